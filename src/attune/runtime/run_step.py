"""The one way to run a step: for the CLI, a DVC stage and a Kubeflow component alike.

Around a step's own function this resolves parameters and context, resumes, measures, writes the report and stops at a failed
gate; so the three fronts differ in nothing but where their arguments come from.
"""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from attune import storage
from attune.config.params import Params
from attune.errors import GateError
from attune.records import shards
from attune.records.erased import Erased, load_erased
from attune.records.lineage import write_lineage
from attune.records.tokens import subject_key
from attune.reporting.page import write_report
from attune.reporting.report import Report, Rows, report_json
from attune.runtime import audit_trail, engine
from attune.runtime.cache_key import (
    Fingerprints,
    Inputs,
    all_bytes,
    as_list,
    fingerprints,
    finished,
    key_of,
    lineage_of,
    state_of,
)
from attune.runtime.code_version import code_version
from attune.runtime.logs import step_log
from attune.runtime.progress import Listener, Progress
from attune.runtime.registry import STEPS, Step, require_step
from attune.runtime.resources import PeakMemory, cpu_seconds
from attune.runtime.step import Context
from attune.runtime.without_erased import without_erased

__all__ = ["OUTCOME", "STEPS", "Inputs", "Outcome", "Step", "require_step", "run"]

Told = Callable[[Report], Report]

OUTCOME = "outcome.json"
_COMMIT = "step.json"


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
    seen = {key: [audit_trail.without_password(uri) for uri in as_list(value)] for key, value in sorted(inputs.items())}
    audit_trail.record("step.start", output, step=name, inputs=seen)
    try:
        with PeakMemory() as memory:
            report, resumed = _run(step, inputs, output, params, context)
    except BaseException as error:
        audit_trail.record("step.failed", output, step=name, error=type(error).__name__)
        raise
    ended: dict[str, Any] = {"resumed": resumed, "code": code_version(step.module), "failed_gates": list(report.failed_gates)}
    audit_trail.record("step.end", output, step=name, **ended)
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
    while True:
        done = _run_with_list(step, inputs, output, params, context)
        now = _erased(step, params)
        if now.version == context.erased.version:
            return done
        context = replace(context, erased=now)  # somebody was erased meanwhile: what was written may hold them


def _run_with_list(step: Step, inputs: Inputs, output: str, params: Params, context: Context) -> tuple[Report, bool]:
    work = _run_batched if step.batched else _run_whole
    if not step.copies_records:
        known = {} if step.reads_sources else fingerprints(step, inputs)
        return work(step, inputs, known, output, params, context, lambda report: report)
    with without_erased(as_list(inputs["inputs"]), output, context.erased) as cleared:
        context = context if cleared.rows else replace(context, erased=Erased())  # a list of nobody here changes nothing
        known = fingerprints(step, inputs)
        return work(step, {**inputs, "inputs": cleared.uris}, known, output, params, context, cleared.told)


def _refuse_failed(step: Step, inputs: Inputs, output: str, params: Params) -> None:
    """Stop at an input that failed a gate of the step that wrote it, unless the run accepts that, which is recorded."""
    if step.reads_sources:
        return
    for uri in (uri for value in inputs.values() for uri in as_list(value)):
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
        audit_trail.record("gate.accepted", output, step=step.name, input=audit_trail.without_password(uri), gates=gates)


def _context(step: Step, params: Params, listener: Listener | None) -> Context:
    return Context(
        seed=params.run.seed,
        as_of=params.run.as_of,
        workers=params.run.workers or os.cpu_count() or 1,
        subject_key=subject_key() if step.needs_key else b"",
        erased=_erased(step, params),
        progress=Progress(step.name, step.unit, listener),
    )


def _erased(step: Step, params: Params) -> Erased:
    return load_erased(params.run.erased) if step.leaves_out_erased or step.copies_records else Erased()


def _run_batched(
    step: Step, inputs: Inputs, known: Fingerprints, output: str, params: Params, context: Context, told: Told
) -> tuple[Report, bool]:
    module = importlib.import_module(step.module)
    opened = [shards.open_set(uri) for uri in as_list(inputs["inputs"])]
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
    report = told(module.report(result, section))
    write_report(output, report)
    write_lineage(output, lineage_of(step, known, params))
    return report, result.units > 0 and result.reused == result.units


def _run_whole(
    step: Step, inputs: Inputs, known: Fingerprints, output: str, params: Params, context: Context, told: Told
) -> tuple[Report, bool]:
    state, complete = state_of(step, inputs, params, context)
    key = key_of(step, all_bytes(inputs) if step.distrustful else known, params, context, state)
    commit = storage.join(output, engine.COMMITS, _COMMIT)
    done = finished(commit, key, output) if complete else None
    if done is not None:
        return done, True
    storage.remove(commit)
    report = told(_call(step, inputs, output, params, context))
    write_report(output, report)
    write_lineage(output, lineage_of(step, known, params, state))
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
