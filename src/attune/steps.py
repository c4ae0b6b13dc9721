"""The steps by name, and the one way to run one: for the CLI, a DVC stage and a Kubeflow component alike.

Around a step's own function this resolves parameters and context, resumes, measures, writes the report and stops at a failed
gate; so the three fronts differ in nothing but where their arguments come from.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from attune.core import audit, engine, shards, storage
from attune.core.code import code_version
from attune.core.erased import Erased, load_erased
from attune.core.errors import GateError, UsageError
from attune.core.lineage import Lineage, without_machine_paths, write_lineage
from attune.core.logs import step_log
from attune.core.memory import PeakMemory, cpu_seconds
from attune.core.params import Params
from attune.core.progress import Listener, Progress
from attune.core.report import Report, Rows, report_from_json, report_json, write_report
from attune.core.step import Context
from attune.core.tokens import subject_key

Inputs = Mapping[str, str | Sequence[str]]

OUTCOME = "outcome.json"
_COMMIT = "step.json"


@dataclass(frozen=True)
class Step:
    """How a step is run.

    Attributes:
        name: the one name that the step has everywhere.
        module: where its function of the same name stands.
        title: what it does, in a few words.
        batched: its function takes one batch (a map step) instead of whole inputs.
        sections: parameter sections that it needs beside its own.
        reads_sources: its inputs are no outputs of another step; those on a server or in a store must be read to be known.
        needs_key: it makes subject tokens.
        unit: what its progress counts.
        places: inputs that it writes to as well, such as the registry; what stands there is no part of the key.
        distrustful: its inputs are known by all their bytes, not by the description that stands with them.
        files: parameters of its own section that name a file or folder that it reads, such as SQL.
        leaves_out_erased: it takes nothing of people on the list of ``run.erased``; its result depends on that list too.
        has_state: its module has ``external_state(inputs, params)``: what the result depends on beside inputs and parameters,
            and whether what an earlier run left outside of its output is still there.
    """

    name: str
    module: str
    title: str
    batched: bool = False
    sections: tuple[str, ...] = ()
    reads_sources: bool = False
    needs_key: bool = False
    unit: str = "records"
    places: tuple[str, ...] = ()
    distrustful: bool = False
    files: tuple[str, ...] = ()
    has_state: bool = False
    leaves_out_erased: bool = False

    @property
    def function(self) -> Callable[..., Any]:
        """The step's function; importing it may be slow."""
        return getattr(importlib.import_module(self.module), self.name)  # type: ignore[no-any-return]


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "extract",
            "attune.data.extract",
            "read the product database, redacting in memory",
            sections=("redact", "run"),
            reads_sources=True,
            needs_key=True,
            files=("sources",),
            leaves_out_erased=True,
        ),
        Step(
            "ingest",
            "attune.data.ingest",
            "read object-store families, redacting in memory",
            sections=("redact", "run", "extract"),
            reads_sources=True,
            needs_key=True,
            files=("families",),
            leaves_out_erased=True,
        ),
        Step("score", "attune.data.score", "score quality and filter", batched=True, sections=("llm",)),
        Step("dedupe", "attune.data.dedupe", "remove exact and near duplicates", sections=("run",), has_state=True),
        Step(
            "compile",
            "attune.data.compile",
            "assign splits and write the dataset version",
            sections=("run",),
            leaves_out_erased=True,
        ),
        Step("verify", "attune.data.verify", "hold the dataset version against eight gates", distrustful=True),
        Step("train", "attune.training.train", "train the curriculum", unit="optimizer steps"),
        Step("evaluate", "attune.evaluation.evaluate", "measure the model against the one before it", unit="models"),
        Step(
            "release",
            "attune.evaluation.release",
            "decide: promote, hold or reject",
            places=("registry",),
            has_state=True,
        ),
        Step("rollout", "attune.rollout.rollout", "bring the model to users in stages, or back", unit="requests"),
    )
}


@dataclass(frozen=True)
class Outcome:
    """What happened when a step was run: its report, and what it and all its processes cost."""

    step: str
    report: Report
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    resumed: bool


def run(
    name: str, inputs: Inputs, output: str, params: Params, listener: Listener | None = None, *, folder: str = ""
) -> Outcome:
    """Run one step, or find that it was done before with the same inputs, parameters and code.

    Args:
        name: one of :data:`STEPS`.
        inputs: the step's named inputs: URIs, or lists of URIs.
        output: URI of the folder that the step writes.
        params: the parameters of the run.
        listener: gets progress events.
        folder: of the run on this machine, for its logs; empty where the step is part of none.

    Raises:
        UsageError: an input, parameter or secret is missing or wrong.
        RunError: the step failed; what it completed is kept.
        GateError: the step's report names failed gates; the report is written.
    """
    step = STEPS[name]
    log = step_log(step.module, name, folder)
    log.started()
    try:
        outcome = _run_recorded(step, inputs, output, params, listener)
    except BaseException as error:
        log.failed(error, engine.describe_error(error))
        raise
    log.finished(_counts(outcome))
    if outcome.report.failed_gates:
        raise GateError(
            f"{name}: failed {', '.join(outcome.report.failed_gates)}; the evidence is in {storage.join(output, 'report.html')}"
        )
    return outcome


def _run_recorded(step: Step, inputs: Inputs, output: str, params: Params, listener: Listener | None) -> Outcome:
    name = step.name
    context = _context(step, params, listener)
    started, cpu_before = time.monotonic(), cpu_seconds()
    context.progress.update(0)
    seen = {key: [audit.without_password(uri) for uri in _as_list(value)] for key, value in sorted(inputs.items())}
    audit.record("step.start", output, step=name, inputs=seen)
    try:
        with PeakMemory() as memory:
            report, resumed = _run(step, inputs, output, params, context)
    except BaseException as error:
        audit.record("step.failed", output, step=name, error=type(error).__name__)
        raise
    ended: dict[str, Any] = {"resumed": resumed, "code": code_version(step.module), "failed_gates": list(report.failed_gates)}
    audit.record("step.end", output, step=name, **ended)
    seconds, cpu = time.monotonic() - started, cpu_seconds() - cpu_before
    outcome = Outcome(name, report, seconds, cpu, memory.peak_bytes, resumed)
    _record(outcome, output)
    done = report.rows.rows_in if report.rows else 0
    note = "done before" if resumed else f"{outcome.seconds:.1f} s"
    context.progress.update(done, done, note, finished=True)
    return outcome


def _counts(outcome: Outcome) -> dict[str, Any]:
    """What the log says of a step that ended."""
    rows = outcome.report.rows
    counted: dict[str, Any] = {}
    if rows is not None:
        counted = {
            "rows_in": rows.rows_in,
            "kept": rows.kept,
            "rejected": dict(rows.rejected),
            "quarantined": dict(rows.quarantined),
        }
    return {
        **counted,
        "resumed": outcome.resumed,
        "seconds": round(outcome.seconds, 3),
        "peak_bytes": outcome.peak_bytes,
        "failed_gates": list(outcome.report.failed_gates),
    }


def _run(step: Step, inputs: Inputs, output: str, params: Params, context: Context) -> tuple[Report, bool]:
    _refuse_failed(step, inputs, output, params)
    if step.batched:
        return _run_batched(step, inputs, output, params, context)
    return _run_whole(step, inputs, output, params, context)


def _refuse_failed(step: Step, inputs: Inputs, output: str, params: Params) -> None:
    """Stop at an input that failed a gate of the step that wrote it, unless the run accepts that, which is recorded."""
    if step.reads_sources:
        return
    for uri in (uri for value in inputs.values() for uri in _as_list(value)):
        found = shards.open_set(uri) if shards.is_set(uri) else None
        if found is None or not found.failed_gates:
            continue
        gates = ", ".join(found.failed_gates)
        if not params.run.accept_failed_gates:
            page = storage.join(uri, "report.html")
            raise GateError(
                f"{step.name}: {uri} failed {gates} of {found.step}, so no step reads it; see {page}, mend what it shows and "
                f"run {found.step} again, or set run.accept_failed_gates=true, which the audit trail records"
            )
        audit.record("gate.accepted", output, step=step.name, input=audit.without_password(uri), gates=gates)


def _context(step: Step, params: Params, listener: Listener | None) -> Context:
    return Context(
        seed=params.run.seed,
        as_of=params.run.as_of,
        workers=params.run.workers or os.cpu_count() or 1,
        subject_key=subject_key() if step.needs_key else b"",
        erased=load_erased(params.run.erased) if step.leaves_out_erased else Erased(),
        progress=Progress(step.name, step.unit, listener),
    )


def _run_batched(step: Step, inputs: Inputs, output: str, params: Params, context: Context) -> tuple[Report, bool]:
    module = importlib.import_module(step.module)
    opened = [shards.open_set(uri) for uri in _as_list(inputs["inputs"])]
    context = engine.with_context(context, opened)
    units = engine.shard_units(opened)
    section: BaseModel = getattr(params, step.name)
    prepare: Callable[..., BaseModel] | None = getattr(module, "prepare", None)
    beside = {name: getattr(params, name) for name in step.sections}
    prepared = prepare(opened, section, context, **beside) if prepare else section
    result = engine.run_map(
        step.name,
        step.function,
        units,
        output,
        prepared,
        replace(context, workers=min(context.workers, max(1, len(units)))),
        total_rows=sum(unit.rows for unit in units),
        quarantine_limit=params.run.quarantine_limit,
    )
    report: Report = module.report(result, section)
    write_report(output, report)
    write_lineage(output, _lineage(step, _fingerprints(step, inputs), params))
    return report, result.units > 0 and result.reused == result.units


def _run_whole(step: Step, inputs: Inputs, output: str, params: Params, context: Context) -> tuple[Report, bool]:
    fingerprints = {} if step.reads_sources else _fingerprints(step, inputs)
    state, complete = _state(step, inputs, params, context)
    key = _key(step, _all_bytes(inputs) if step.distrustful else fingerprints, params, context, state)
    commit = storage.join(output, engine.COMMITS, _COMMIT)
    done = _finished(commit, key, output) if complete else None
    if done is not None:
        return done, True
    storage.remove(commit)
    report = _call(step, inputs, output, params, context)
    write_report(output, report)
    write_lineage(output, _lineage(step, fingerprints, params, state))
    files = {name: storage.sha256_file(storage.join(output, name)) for name in storage.walk(output)}
    storage.write_bytes(commit, shards.json_bytes({"key": key, "files": files}))
    return report, False


def _call(step: Step, inputs: Inputs, output: str, params: Params, context: Context) -> Report:
    sections = {name: getattr(params, name) for name in step.sections}
    report: Report = step.function(**inputs, output=output, params=getattr(params, step.name), context=context, **sections)
    _check_conservation(step, report.rows)
    return report


def _check_conservation(step: Step, rows: Rows | None) -> None:
    if rows is None:
        return
    accounted = rows.kept + sum(rows.rejected.values()) + sum(rows.quarantined.values())
    if accounted != rows.rows_in:
        raise AssertionError(f"{step.name}: {rows.rows_in} rows in, {accounted} accounted for")


def _fingerprints(step: Step, inputs: Inputs) -> dict[str, list[str]]:
    """What the inputs of a step are; places that it writes to as well are no inputs in this sense."""
    known = {name: value for name, value in inputs.items() if name not in step.places}
    return {name: [storage.fingerprint(uri) for uri in _as_list(value)] for name, value in known.items()}


def _all_bytes(inputs: Inputs) -> dict[str, list[str]]:
    """What the inputs of a step that trusts no description are: a hash over all their files."""
    return {name: [storage.hash_of_all(uri) for uri in _as_list(value)] for name, value in inputs.items()}


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


def _lineage(step: Step, fingerprints: Mapping[str, Sequence[str]], params: Params, state: str = "") -> Lineage:
    files = {name: storage.fingerprint(uri) for name, uri in _files(step, params).items() if storage.exists(uri)}
    if step.has_state and state:
        files[f"{step.name}.state"] = hashlib.sha256(state.encode()).hexdigest()
    return Lineage(
        step=step.name,
        code=code_version(step.module),
        params=without_machine_paths(_own_params(step, params)),
        seed=params.run.seed,
        as_of=params.run.as_of.isoformat() if params.run.as_of else None,
        inputs=fingerprints,
        files=files,
    )


def _state(step: Step, inputs: Inputs, params: Params, context: Context) -> tuple[str, bool]:
    """What else the result depends on, and whether that is enough to know that the step was done before."""
    if step.reads_sources:
        files = {name: storage.fingerprint(uri) for name, uri in _files(step, params).items() if storage.exists(uri)}
        sources = [_source_bytes(uri) for value in inputs.values() for uri in _as_list(value)]
        known = json.dumps([files, sources, hashlib.sha256(context.subject_key).hexdigest()], sort_keys=True)
        return hashlib.sha256(known.encode()).hexdigest(), None not in sources
    if not step.has_state:
        return "", True
    state: tuple[str, bool] = importlib.import_module(step.module).external_state(**inputs, params=getattr(params, step.name))
    return state


def _key(step: Step, fingerprints: Mapping[str, Sequence[str]], params: Params, context: Context, state: str = "") -> str:
    parts = {
        "inputs": fingerprints,
        "params": _own_params(step, params),
        "seed": context.seed,
        "as_of": context.now.isoformat(),
        "shard_rows": params.run.shard_rows,
        "code": code_version(step.module),
        **({"state": state} if state else {}),
        **({"erased": context.erased.version} if context.erased else {}),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _finished(commit: str, key: str, output: str) -> Report | None:
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


def _record(outcome: Outcome, output: str) -> None:
    value = {
        "step": outcome.step,
        "seconds": round(outcome.seconds, 3),
        "cpu_seconds": round(outcome.cpu_seconds, 3),
        "peak_bytes": outcome.peak_bytes,
        "resumed": outcome.resumed,
        "report": json.loads(report_json(outcome.report)),
    }
    storage.write_bytes(storage.join(output, engine.COMMITS, OUTCOME), shards.json_bytes(value))


def _as_list(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def require_step(name: str) -> Step:
    """The step called ``name``. Raises UsageError naming the steps there are."""
    if name not in STEPS:
        raise UsageError(f"{name}: no such step; there are {', '.join(STEPS)}")
    return STEPS[name]
