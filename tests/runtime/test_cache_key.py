"""Cache keys see what changes the bytes of an output, and nothing else."""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from record_factory import files as files_of
from record_factory import record_stream, write_set
from source_tree import SOURCE, SourceTree, append, changed, replace

from attune.config import rollout
from attune.config.params import ExtractParams, Params, RedactParams, RunParams
from attune.llm import client
from attune.redaction import canaries
from attune.redaction.conversations import PrepareParams, prepare_batch
from attune.reporting import report as core_report
from attune.runtime import engine, watchdog, without_erased
from attune.runtime.cache_key import Dependencies, dependencies, fingerprints, key_of, own_params
from attune.runtime.code_version import code_version, normalized_source, reached, reason_outside
from attune.runtime.registry import STEPS, Step
from attune.runtime.step import Context
from attune.steps.dedupe import report as similarity_report
from attune.text import normalization

REPOSITORY = Path(__file__).parents[2]
NO_FILES = Dependencies()


@pytest.fixture
def tree(tmp_path: Path) -> SourceTree:
    return SourceTree(tmp_path / "tree")


def comment_everywhere(tree: SourceTree) -> None:
    """Change comments, blank lines, docstrings and stylesheets of all files."""
    for file in tree.files("*.py"):
        text = file.read_text(encoding="utf-8")
        if text.startswith('"""'):
            text = text.replace('"""', '"""Changed. ', 1)
        file.write_text(f"# A comment.\n\n{text}\n\n\n# Another comment.\n", encoding="utf-8")
    append(tree.files("*.css"), "\nbody { color: red }\n")
    append(tree.files("*.md"), "\nMore words.\n")


def test_comments_docstrings_blank_lines_and_styles_change_no_key(tree: SourceTree) -> None:
    before = tree.keys()
    assert tree.files("*.css"), "the tree has a stylesheet to change"
    comment_everywhere(tree)
    assert changed(before, tree.keys()) == set()


def test_descriptions_of_parameters_change_no_key_and_a_default_changes_that_of_its_own_step(tree: SourceTree) -> None:
    before = tree.keys()
    for file in tree.files("*.py"):
        if reason_outside(module_name(tree.package, file)) == reason_outside(rollout.__name__):
            file.write_text(file.read_text().replace('description="', 'description="Changed: '))
    assert changed(before, tree.keys()) == set()
    replace(tree.file(rollout), "default=False", "default=True")
    assert changed(before, tree.keys()) == {"rollout"}


def test_a_change_of_code_changes_the_keys_of_exactly_the_steps_that_use_it(tree: SourceTree) -> None:
    expected = {
        normalization: {"extract", "ingest", "redacted batches", "dedupe", "compile", "verify"},
        client: {"score"},
        engine: {"extract", "ingest", "score", "dedupe", "compile", "redacted batches"},
        canaries: {"extract", "ingest", "redacted batches"},
        without_erased: {"score", "dedupe"},
        core_report: set(),
        similarity_report: set(),
        watchdog: set(),
    }
    before = tree.keys()
    for module, steps in expected.items():
        tree.change_code(module)
        after = tree.keys()
        assert changed(before, after) == steps, module.__name__
        before = after


def test_a_changed_word_list_changes_the_keys_of_the_steps_that_read_it(tree: SourceTree) -> None:
    before = tree.keys()
    append(tree.files("cue_words.yaml"), "\n# more\n")
    assert changed(before, tree.keys()) == {"score"}


def test_finished_steps_stay_done_after_a_comment_or_a_style_and_not_after_a_change_of_code(
    tree: SourceTree, tmp_path: Path
) -> None:
    write_set(tmp_path / "in", list(record_stream(60, 3)), 20)

    def run_both() -> dict[str, bool]:
        for step, source in (("score", "in"), ("dedupe", "score")):
            tree.run(["-m", "attune.cli", step, "--input", source, "--output", step, "--set", "run.workers=1"], tmp_path)
        notes = {step: tmp_path / step / ".commits" / "outcome.json" for step in ("score", "dedupe")}
        return {step: json.loads(note.read_text())["resumed"] for step, note in notes.items()}

    def written() -> dict[str, bytes]:
        both = {(step, name): data for step in ("score", "dedupe") for name, data in files_of(tmp_path / step).items()}
        return {f"{step}/{name}": data for (step, name), data in both.items() if ".commits" not in name}

    assert run_both() == {"score": False, "dedupe": False}
    before = written()
    comment_everywhere(tree)
    (tmp_path / "dedupe" / "report.html").unlink()
    assert run_both() == {"score": True, "dedupe": True}
    assert written().keys() == before.keys(), "the page is there again"
    assert {name: data for name, data in written().items() if not name.endswith(".html")} == {
        name: data for name, data in before.items() if not name.endswith(".html")
    }
    tree.change_code(normalization)
    assert run_both() == {"score": True, "dedupe": False}


# What is outside of every key


def module_name(package: Path, file: Path) -> str:
    parts = file.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(module: str) -> ast.Module:
    path = SOURCE.parent.joinpath(*module.split("."))
    file = next(file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file())
    return ast.parse(file.read_bytes())


def imported_names(module: str) -> dict[str, str]:
    """Name -> module, of ``from module import name``."""
    found = (node for node in ast.walk(tree_of(module)) if isinstance(node, ast.ImportFrom) and node.module)
    return {alias.name: str(node.module) for node in found for alias in node.names}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_every_attune_module_that_a_step_imports_is_in_its_key_or_declared_to_be_outside(step: Step) -> None:
    reach = reached(*step.code_modules)
    assert step.module in reach.modules
    for module in reach.modules:
        assert reason_outside(module) is None
        for name, source in imported_names(module).items():
            for imported in (source, f"{source}.{name}"):
                known = imported in reach.modules or imported in reach.outside
                assert known or not is_module_with_code(imported) or only_for_types(module, source), imported
    assert all(reason_outside(module) for module in reach.outside)


def is_module_with_code(name: str) -> bool:
    path = SOURCE.parent.joinpath(*name.split("."))
    file = next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)
    return name.startswith("attune.") and file is not None and normalized_source(file.read_bytes()) != normalized_source(b"")


def only_for_types(module: str, source: str) -> bool:
    branches = (node for node in ast.walk(tree_of(module)) if isinstance(node, ast.If))
    guarded = [node for node in branches if ast.unparse(node.test) == "TYPE_CHECKING"]
    return any(isinstance(node, ast.ImportFrom) and node.module == source for block in guarded for node in ast.walk(block))


OUTSIDE = sorted({module for step in STEPS.values() for module in reached(*step.code_modules).outside})
_PAGE = reason_outside(core_report.__name__)
PAGES = [name for name in OUTSIDE if name != core_report.__name__ and reason_outside(name) == _PAGE]
_WRITERS = {"write_bytes", "write_text", "write_table", "write_shard", "ShardSetWriter", "StreamWriter"}
_WRITERS |= {"describe", "run_map", "open"}


@pytest.mark.parametrize("module", OUTSIDE)
def test_nothing_outside_of_the_keys_writes_shards_or_manifests(module: str) -> None:
    called = {ast.unparse(node.func).rsplit(".", 1)[-1] for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call)}
    allowed = {
        core_report.__name__: {"write_bytes"},  # report.json and report.html
        "attune.runtime.progress": {"open"},  # progress.jsonl of the run
        "attune.runtime.audit_trail": {"write_bytes"},  # the trail itself and its head
    }
    assert called & _WRITERS <= allowed.get(module, set())


@pytest.mark.parametrize("module", PAGES)
def test_a_page_takes_verdicts_and_computed_values_from_code_that_the_key_covers(module: str) -> None:
    """Steps get functions, constants and plain records from page modules, and the pages decide on no gate."""
    body = tree_of(module)
    users = {name for step in STEPS.values() for name in reached(*step.code_modules).modules}
    taken = {name for user in users for name, source in imported_names(user).items() if source == module}
    for node in body.body:
        if isinstance(node, ast.ClassDef) and node.name in taken:
            methods = [item.name for item in node.body if isinstance(item, ast.FunctionDef)]
            assert not methods, f"{node.name}.{methods} is used by a step, so it belongs into a module that the key covers"
    covered = {name for name, source in imported_names(module).items() if not reason_outside(source)}
    for call in (node for node in ast.walk(body) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Report"):
        gates = [keyword.value for keyword in call.keywords if keyword.arg == "failed_gates"] + call.args[6:]
        for gate in gates:
            assert isinstance(gate, ast.Call), ast.unparse(gate)
            assert ast.unparse(gate.func) in covered, ast.unparse(gate)


def test_every_data_file_beside_a_step_or_library_is_in_a_key_or_is_documentation_or_a_style() -> None:
    covered = {file for step in STEPS.values() for file in reached(*step.code_modules).data}
    folders = {file.parent for step in STEPS.values() for file in reached(*step.code_modules).modules.values()} - {SOURCE}
    files = {file for folder in folders for file in folder.iterdir() if file.is_file() and file.suffix not in {".py", ".pyc"}}
    assert {file.name for file in files - covered if file.suffix not in {".md", ".css", ".typed"}} == set()


# Parameters, files and state in the key


def key(name: str, params: Params, dependencies: Dependencies = NO_FILES) -> str:
    return key_of(STEPS[name], {}, params, Context(), dependencies)


def test_a_parameter_of_another_section_changes_only_the_keys_of_the_steps_that_read_it() -> None:
    def differing(params: Params) -> set[str]:
        return {name for name in STEPS if key(name, params) != key(name, Params())}

    assert differing(Params(extract=ExtractParams(days=3))) == {"extract"}
    assert differing(Params(extract=ExtractParams(long_running_turns=3))) == {"extract", "ingest"}
    assert differing(Params(run=RunParams(shard_rows=5))) == {"extract", "ingest", "dedupe", "compile"}
    assert differing(Params(run=RunParams(workers=5, erased="elsewhere", accept_failed_gates=True))) == set()


def test_each_step_gets_exactly_the_parameters_that_its_key_covers() -> None:
    for step in STEPS.values():
        given = step.other_params(Params())
        assert set(given) == {name.rsplit(".", 1)[-1] for name in step.params}
        assert own_params(step, Params()).keys() == {step.name, *(name.split(".")[0] for name in step.params)}


def test_the_content_of_files_that_parameters_name_is_in_the_key(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    params = Params.model_validate({"rollout": {"prompts": str(prompts)}, "compile": {"test_sets": [str(tmp_path / "sets")]}})
    absent = key("rollout", params, dependencies(STEPS["rollout"], {}, params, Context()))
    keys = {absent}
    for text in ("one\n", "two\n"):
        prompts.write_text(text)
        keys.add(key("rollout", params, dependencies(STEPS["rollout"], {}, params, Context())))
    assert len(keys) == 3
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "manifest.json").write_text("{}")
    assert dependencies(STEPS["compile"], {}, params, Context()).files.keys() == {"compile.test_sets"}


def test_another_ner_model_in_the_same_folder_redacts_every_batch_anew(tmp_path: Path) -> None:
    unit = next(iter(engine.stream_units([pa.table({"a": [1]})])))

    def batch_key() -> str:
        params = PrepareParams.of(RedactParams(ner=str(tmp_path)), "extract")
        return engine.MapJob("extract", prepare_batch, params, Context(), "out").key(unit)

    (tmp_path / "model.bin").write_bytes(b"one")
    before = batch_key()
    (tmp_path / "model.bin").write_bytes(b"two")
    assert batch_key() != before


def test_a_changed_loader_of_ones_own_makes_ingest_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_LOADERS", str(tmp_path))

    def state() -> str:
        entry = {"family": "notes", "pattern": "*.x", "loader": "mine.py:load", "columns": {"text": "text"}}
        (tmp_path / "families.yaml").write_text(yaml.safe_dump({"families": [entry]}))
        params = Params.model_validate({"ingest": {"families": str(tmp_path / "families.yaml")}})
        return dependencies(STEPS["ingest"], {"roots": []}, params, Context(subject_key=b"k")).external

    (tmp_path / "mine.py").write_text("def load(handle):\n    yield {}\n")
    before = state()
    (tmp_path / "mine.py").write_text("def load(handle):\n    yield {'text': 1}\n")
    assert before != state()


def test_verify_knows_its_input_by_all_bytes_and_other_steps_by_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "data.jsonl").write_text("1")
    inputs = {"dataset": str(tmp_path)}
    by_manifest = fingerprints(STEPS["verify"], inputs)
    by_bytes = fingerprints(STEPS["verify"], inputs, all_bytes=True)
    (tmp_path / "data.jsonl").write_text("2")
    assert fingerprints(STEPS["verify"], inputs) == by_manifest
    assert fingerprints(STEPS["verify"], inputs, all_bytes=True) != by_bytes


# Versions of code


def test_formatting_and_docstrings_are_normalized_away_and_all_else_is_not() -> None:
    source = b'"""Doc."""\n\n\ndef f(x):\n    """Doc."""\n    # why\n    return x + 1\n\n\n'
    source += b'class A:\n    a = 1\n    """About a."""\n'
    assert normalized_source(source) == normalized_source(b"def f(x): return (x+1)\nclass A:\n  a=1")
    assert normalized_source(source) != normalized_source(source.replace(b"+ 1", b"+ 2"))
    assert normalized_source(b"x = 'a'") != normalized_source(b"x = 'b'")


@pytest.fixture
def room(tree: SourceTree) -> SourceTree:
    """A tree with a step of its own."""
    step = tree.package / "room"
    step.mkdir()
    (step / "__init__.py").write_text("value = 1\n")
    (step / "step.py").write_text(
        "from typing import TYPE_CHECKING\nfrom attune.room.helper import help\n"
        "if TYPE_CHECKING:\n    from attune.room import typed\n\ndef run():\n    from attune.room import inner\n"
    )
    (step / "helper.py").write_text("from pathlib import Path\nhelp = Path(__file__).parent / 'words'\n")
    for name in ("inner", "typed", "stranger", "report", "some_page"):
        (step / f"{name}.py").write_text("value = 1\n")
    append([step / "inner.py"], "from attune.room.report import value\nfrom attune.room.some_page import value\n")
    (step / "words").mkdir()
    for name in ("words/list.txt", "unread.txt", ".hidden"):
        (step / name).write_text("a\n")
    return tree


def version_in(tree: SourceTree) -> str:
    return tree.run(["-c", "from attune.runtime.code_version import code_version; print(code_version('attune.room.step'))"])


@pytest.mark.parametrize("file", ["step.py", "helper.py", "inner.py", "words/list.txt", "__init__.py"])
def test_the_version_of_a_step_changes_with_every_file_that_it_reaches(room: SourceTree, file: str) -> None:
    before = version_in(room)
    append([room.package / "room" / file], "\nchanged = 1\n")
    assert version_in(room) != before


def test_the_version_of_a_step_does_not_change_with_what_it_never_runs(room: SourceTree) -> None:
    before = version_in(room)
    unread = ("typed.py", "stranger.py", "report.py", "some_page.py", "unread.txt", ".hidden")
    append([room.package / "room" / name for name in unread], "\nchanged = 1\n")
    assert version_in(room) == before


def test_a_step_of_ones_own_outside_attune_has_a_version_of_its_own(tmp_path: Path) -> None:
    versions = set()
    for number in (1, 2):
        file = tmp_path / f"own_step_{number}.py"
        file.write_text(f"value = {number}\n")
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[file.stem] = module
        versions.add(code_version(file.stem))
        del sys.modules[file.stem]
    assert len(versions) == 2


# DVC


@pytest.mark.parametrize("stage", yaml.safe_load((REPOSITORY / "dvc.yaml").read_text())["stages"])
def test_the_code_that_a_dvc_stage_depends_on_is_what_the_key_of_its_step_covers(stage: str) -> None:
    deps = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text())["stages"][stage]["deps"]
    named = [REPOSITORY / dep for dep in deps if dep.startswith("src/")]
    assert named == sorted(set(named))
    covered = {file.resolve() for file in reached(*STEPS[stage].code_modules).files}
    missing = {file for file in covered if not any(file.is_relative_to(folder) for folder in named)}
    assert not missing, "the stage would not run again when one of these changes"
    for folder in named:
        assert any(file.is_relative_to(folder) for file in covered), f"no code of {stage} is in {folder}"
