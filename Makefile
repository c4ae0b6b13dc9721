# All commands. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNNER ?= subprocess
FAMILIES ?=
CONVERSATIONS ?= 4000
DATABASE ?=
PIPELINE ?= attune
NAME ?=
FROM ?=
UNTIL ?=
UPGRADE ?=
BASE_IMAGE ?= python:3.11-slim
ENGINE ?= docker
TAG := $(shell sed -n 's/__version__ = "\(.*\)"/\1/p' src/attune/__init__.py)
STEPS := extract ingest score dedupe compile verify train evaluate release rollout

# pip may know folders or pages with wheels (of torch for this machine, say) that uv does not look at: pass them on.
FIND_LINKS = $(shell $(PYTHON) -m pip config get global.find-links 2>/dev/null || $(PYTHON) -m pip config get :env:.find-links 2>/dev/null)
# Where Python may not keep bytecode, write it now: else each of the many processes of a run compiles its libraries anew.
BYTECODE = $(if $(PYTHONDONTWRITEBYTECODE),--compile-bytecode)
# The locks hold a hash of every file but those of PyTorch, of which a machine may bring its own build (see tools/lock.py).
LOCKS := requirements.lock requirements-dev.lock requirements-torch.lock
INSTALL = $(BIN)/uv pip install --quiet $(BYTECODE) --python $(BIN)/python $(addprefix --constraint ,$(LOCKS)) \
  --build-constraint requirements-build.lock \
  $(addprefix --find-links ,$(FIND_LINKS))

.DEFAULT_GOAL := help
.PHONY: help demo run test test-containers check pipelines data dvc images params lock sbom audit clean

help: ## List what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(VENV)/demo.stamp ## Everything on this machine: sample product, dataset, model, rollout [FAMILIES=dir RUNNER=docker CONVERSATIONS=n]
	@$(BIN)/attune run --sample --runner $(RUNNER) --conversations $(CONVERSATIONS) $(addprefix --families ,$(FAMILIES))

run: $(VENV)/demo.stamp ## The same on your own data: DATABASE=file|url and/or FAMILIES="dir uri" [PIPELINE=dataset NAME=n FROM=step UNTIL=step RUNNER=docker]
	@$(BIN)/attune run --runner $(RUNNER) --pipeline $(PIPELINE) $(if $(DATABASE),--database "$(DATABASE)") \
	  $(addprefix --families ,$(FAMILIES)) $(addprefix --name ,$(NAME)) $(addprefix --from ,$(FROM)) $(addprefix --until ,$(UNTIL))

test: $(VENV)/dev.stamp ## Every test, the fast ones first
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not container"

test-containers: $(VENV)/dev.stamp ## Build the images of the data steps and run the dataset pipeline in them
	$(BIN)/python -m pytest -m container

check: $(VENV)/dev.stamp ## Style, types and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pipelines: $(VENV)/demo.stamp ## Compile the Kubeflow pipelines into build/pipelines
	$(BIN)/python -m pipelines build/pipelines

data: $(VENV)/dev.stamp ## Make the snapshot that data.dvc names: the sample product, extracted
	$(BIN)/attune sample --output build/sample/4000-17
	ATTUNE_SUBJECT_KEY_FILE=build/sample/4000-17/subject.key $(BIN)/attune extract --database build/sample/4000-17/product.db --output data/product
	ATTUNE_SUBJECT_KEY_FILE=build/sample/4000-17/subject.key $(BIN)/attune ingest --root build/sample/4000-17/families --output data/families

dvc: ## Reproduce the dataset version with DVC, from the snapshot in data/ (the sample product where there is none)
	@[ -d data/product ] || $(MAKE) --no-print-directory data
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dvc repro verify

images: $(addprefix image-,$(STEPS)) ## Build one image per step [BASE_IMAGE= ENGINE=]

image-%:
	$(ENGINE) build $(BUILD_FLAGS) --file images/Dockerfile --build-arg BASE=$(BASE_IMAGE) --build-arg STEP=$* --tag attune-$*:$(TAG) .

params: $(VENV)/demo.stamp ## Write params.yaml anew from the defaults in the code
	$(BIN)/attune params --defaults > params.yaml.tmp && mv params.yaml.tmp params.yaml

lock: $(VENV)/uv.stamp ## Resolve the dependencies into the lock files, with hashes; pinned versions stay [UPGRADE=name]
	$(BIN)/python -m tools.lock $(addprefix --upgrade ,$(UPGRADE))

sbom: $(VENV)/dev.stamp ## Write the bill of materials of the locked run-time dependencies: build/sbom.cdx.json (CycloneDX)
	$(BIN)/python -m tools.sbom build/sbom.cdx.json

audit: $(VENV)/dev.stamp ## Look the locked versions up in an advisory database; says it when none answers
	$(BIN)/python -m tools.audit

clean: ## Remove what was built and run here (not the virtual environment)
	rm -rf build runs work data dataset

$(VENV)/uv.stamp: requirements-build.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "attune needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-build.lock
	@touch $@

$(VENV)/demo.stamp: $(VENV)/uv.stamp pyproject.toml $(LOCKS)
	@echo "installing what the demo needs into $(VENV) ..."
	$(INSTALL) --editable '.[extract,ingest,score,dedupe,compile,verify,train,evaluate,release,rollout,pipeline]'
	@touch $@

$(VENV)/dev.stamp: $(VENV)/demo.stamp
	@echo "installing what the tests need into $(VENV) ..."
	$(INSTALL) --editable '.[s3,dvc,governance]' --group dev --group names
	@touch $@
