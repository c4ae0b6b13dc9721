"""By what a finished step is known again: its inputs, parameters, code, and what else its result depends on.

The same facts, in words, are the ``lineage.json`` of its output.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from attune import storage
from attune.config.params import Params
from attune.records.lineage import Lineage, without_machine_paths
from attune.reporting.report import Report, report_from_json
from attune.runtime.code_version import code_version
from attune.runtime.registry import Step
from attune.runtime.step import Context

Inputs = Mapping[str, str | Sequence[str]]
Fingerprints = Mapping[str, Sequence[str]]


def fingerprints(step: Step, inputs: Inputs) -> dict[str, list[str]]:
    """What the inputs of a step are; places that it writes to as well are no inputs in this sense."""
    known = {name: value for name, value in inputs.items() if name not in step.places}
    return {name: [storage.fingerprint(uri) for uri in as_list(value)] for name, value in known.items()}


def all_bytes(inputs: Inputs) -> dict[str, list[str]]:
    """What the inputs of a step that trusts no description are: a hash over all their files."""
    return {name: [storage.hash_of_all(uri) for uri in as_list(value)] for name, value in inputs.items()}


def _source_bytes(uri: str) -> str | None:
    """A hash over a source that lies on this machine; None of a server or a store, which must be read to be known."""
    path = uri.removeprefix("sqlite:///")
    if "://" in path or not storage.exists(path):
        return None
    beside = [f"{path}-wal"] if storage.exists(f"{path}-wal") else []  # what SQLite has not written into the file yet
    return " ".join(storage.fingerprint(each) for each in (path, *beside))


def _files(step: Step, params: Params) -> dict[str, str]:
    """Files that parameters name and the result depends on, by the parameter's key."""
    section = getattr(params, step.name)
    return {f"{step.name}.{name}": str(getattr(section, name)) for name in step.files}


def _own_params(step: Step, params: Params) -> dict[str, Any]:
    return {name: getattr(params, name).model_dump(mode="json") for name in (step.name, *step.sections) if name != "run"}


def lineage_of(step: Step, known: Fingerprints, params: Params, state: str = "") -> Lineage:
    """What an output is made from and by; ``known`` are the fingerprints of its inputs."""
    files = {name: storage.fingerprint(uri) for name, uri in _files(step, params).items() if storage.exists(uri)}
    if step.has_state and state:
        files[f"{step.name}.state"] = hashlib.sha256(state.encode()).hexdigest()
    return Lineage(
        step=step.name,
        code=code_version(step.module),
        params=without_machine_paths(_own_params(step, params)),
        seed=params.run.seed,
        as_of=params.run.as_of.isoformat() if params.run.as_of else None,
        inputs=known,
        files=files,
    )


def state_of(step: Step, inputs: Inputs, params: Params, context: Context) -> tuple[str, bool]:
    """What else the result depends on, and whether that is enough to know that the step was done before."""
    if step.reads_sources:
        files = {name: storage.fingerprint(uri) for name, uri in _files(step, params).items() if storage.exists(uri)}
        sources = [_source_bytes(uri) for value in inputs.values() for uri in as_list(value)]
        said = json.dumps([files, sources, hashlib.sha256(context.subject_key).hexdigest()], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest(), None not in sources
    if not step.has_state:
        return "", True
    state: tuple[str, bool] = importlib.import_module(step.module).external_state(**inputs, params=getattr(params, step.name))
    return state


def key_of(step: Step, known: Fingerprints, params: Params, context: Context, state: str = "") -> str:
    """The key of a step's result; ``known`` says what its inputs are."""
    parts = {
        "inputs": known,
        "params": _own_params(step, params),
        "seed": context.seed,
        "as_of": context.now.isoformat(),
        "shard_rows": params.run.shard_rows,
        "code": code_version(step.module),
        **({"state": state} if state else {}),
        **({"erased": context.erased.version} if context.erased else {}),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def finished(commit: str, key: str, output: str) -> Report | None:
    """The report of a finished run with this key, if every file that it wrote is still there unchanged."""
    if not storage.exists(commit):
        return None
    try:
        saved = json.loads(storage.read_bytes(commit))
    except ValueError:
        return None
    if saved.get("key") != key:
        return None
    for name, sha256 in saved["files"].items():
        path = storage.join(output, name)
        if not storage.exists(path) or storage.sha256_file(path) != sha256:
            return None
    return report_from_json(storage.read_bytes(storage.join(output, "report.json")))


def as_list(value: str | Sequence[str]) -> list[str]:
    """One URI or several, as a list."""
    return [value] if isinstance(value, str) else list(value)
