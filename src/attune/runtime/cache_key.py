"""Cache keys: a finished step is resumed when its inputs, parameters, code and other dependencies are the same.

The same facts are written to the output's ``lineage.json``.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attune import storage
from attune.config.params import Params
from attune.records.lineage import Lineage, without_machine_paths
from attune.reporting.report import Report, report_from_json
from attune.runtime.code_version import code_version
from attune.runtime.registry import Step, Trait
from attune.runtime.step import Context

Inputs = Mapping[str, str | Sequence[str]]
Fingerprints = Mapping[str, Sequence[str]]

# Written again on every run, resumed or not, so a change to one of these files does not undo a finished step.
ALWAYS_WRITTEN = frozenset({"report.html", "lineage.json", "metrics.json"})
# Parameters of the section `run` that change what a step writes; seed, as_of and erased reach a step through its context.
_RUN_PARAMS = ("shard_rows",)


@dataclass(frozen=True)
class Dependencies:
    """What a step's result depends on besides its inputs, parameters and code.

    Attributes:
        files: fingerprints of files and folders that parameters name, by parameter.
        external: what ``external_state`` of the step's module returned; empty where it has none.
        sources: for a step that reads sources, a hash of each local source and of the key of subject tokens.
        complete: whether these facts are enough to know that the step was done before. They are not where a source is on a
            server, and not where something that the step left outside its output is gone.
    """

    files: Mapping[str, Sequence[str]] = field(default_factory=dict)
    external: str = ""
    sources: Sequence[str] = ()
    complete: bool = True


def fingerprints(step: Step, inputs: Inputs, *, all_bytes: bool = False) -> dict[str, list[str]]:
    """The fingerprint of each input; inputs that the step also writes to are left out.

    Args:
        step: the step.
        inputs: its named inputs.
        all_bytes: hash every file of a folder, also where a manifest describes it.
    """
    hashed = storage.hash_of_all if all_bytes else storage.fingerprint
    return {name: [hashed(uri) for uri in as_list(value)] for name, value in inputs.items() if name not in step.updates}


def own_params(step: Step, params: Params) -> dict[str, Any]:
    """The parameters that the step gets and that change its result, as plain values by section."""
    values: dict[str, Any] = {step.name: getattr(params, step.name).model_dump(mode="json")}
    for name in step.params:
        section, _, key = name.partition(".")
        content = getattr(params, section).model_dump(mode="json")
        if section == "run":
            values[section] = {own: content[own] for own in _RUN_PARAMS}
        else:
            values[section] = {**values.get(section, {}), key: content[key]} if key else content
    return values


def dependencies(step: Step, inputs: Inputs, params: Params, context: Context) -> Dependencies:
    """Find out what the step's result depends on besides inputs, parameters and code.

    A step with :attr:`Trait.EXTERNAL_STATE` has a function ``external_state(**inputs, params)`` in its module. It returns a
    text that changes with what the result depends on, and whether what an earlier run left outside its output is there.
    """
    files = _file_fingerprints(step, params)
    external, complete = "", True
    if Trait.EXTERNAL_STATE in step.traits:
        module = importlib.import_module(step.module)
        external, complete = module.external_state(**inputs, params=getattr(params, step.name))
    if Trait.READS_SOURCES not in step.traits:
        return Dependencies(files, external, (), complete)
    sources = [_source_bytes(uri) for value in inputs.values() for uri in as_list(value)]
    local = [source for source in sources if source is not None]
    key = hashlib.sha256(context.subject_key).hexdigest()
    return Dependencies(files, external, [*local, key], complete and len(local) == len(sources))


def key_of(step: Step, known: Fingerprints, params: Params, context: Context, other: Dependencies) -> str:
    """The cache key of a whole step's result.

    Args:
        step: the step.
        known: fingerprints of its inputs; empty for a step that reads sources.
        params: all parameters.
        context: of the run.
        other: what else the result depends on.
    """
    parts = {
        "inputs": known,
        "params": own_params(step, params),
        "seed": context.seed,
        "as_of": context.now.isoformat(),
        "code": code_version(*step.code_modules),
        "files": other.files,
        "external": other.external,
        "sources": other.sources,
        "erased": context.erased.version,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def lineage_of(step: Step, known: Fingerprints, params: Params, other: Dependencies) -> Lineage:
    """What an output is made from; ``known`` are the fingerprints of its inputs."""
    files = {name: found[0] if len(found) == 1 else _digest(found) for name, found in other.files.items()}
    if other.external:
        files[f"{step.name}.state"] = hashlib.sha256(other.external.encode()).hexdigest()
    return Lineage(
        step=step.name,
        code=code_version(*step.code_modules),
        params=without_machine_paths({name: value for name, value in own_params(step, params).items() if name != "run"}),
        seed=params.run.seed,
        as_of=params.run.as_of.isoformat() if params.run.as_of else None,
        inputs=known,
        files=files,
    )


def finished_report(commit: str, key: str, output: str) -> Report | None:
    """The report of a finished step with this key, if every file that it wrote is still there unchanged."""
    if not storage.exists(commit):
        return None
    try:
        saved = storage.parse_json(storage.read_bytes(commit))
        if saved["key"] != key:
            return None
        files = {storage.checked_name(name, commit): sha256 for name, sha256 in saved["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, storage.UnsafeNameError):
        return None  # damaged, or written by hand: the step does its work again
    for name, sha256 in files.items():
        path = storage.join(output, name)
        if name not in ALWAYS_WRITTEN and (not storage.exists(path) or storage.sha256_file(path) != sha256):
            return None
    return report_from_json(storage.read_bytes(storage.join(output, "report.json")))


def file_hashes(output: str) -> dict[str, str]:
    """The SHA-256 of every file of a finished step that must stay as it is."""
    return {
        name: storage.sha256_file(storage.join(output, name)) for name in storage.walk(output) if name not in ALWAYS_WRITTEN
    }


def as_list(value: str | Sequence[str]) -> list[str]:
    """One URI or several, as a list."""
    return [value] if isinstance(value, str) else list(value)


def _file_fingerprints(step: Step, params: Params) -> dict[str, list[str]]:
    """Fingerprints of what the parameters in ``step.files`` name; a name of no file, such as a model's id, has none."""
    hashed = storage.hash_of_all if Trait.HASHES_ALL_BYTES in step.traits else storage.fingerprint
    found: dict[str, list[str]] = {}
    for name in step.files:
        section, _, key = name.partition(".")
        uris = as_list(getattr(getattr(params, section), key) or ())
        known = [hashed(uri) for uri in uris if storage.exists(uri)]
        if known:
            found[name] = known
    return found


def _source_bytes(uri: str) -> str | None:
    """A hash over a source on this machine; None for a server or a store, which must be read to be known."""
    path = uri.removeprefix("sqlite:///")
    if "://" in path or not storage.exists(path):
        return None
    beside = [f"{path}-wal"] if storage.exists(f"{path}-wal") else []  # what SQLite has not written into the file yet
    return " ".join(storage.fingerprint(each) for each in (path, *beside))


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
