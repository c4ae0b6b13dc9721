"""Run a step: the one function behind the command line, a DVC stage and a Kubeflow component.

Around the step's own function it resolves parameters and context, resumes finished work, measures, writes the report, and
stops at a failed gate.
"""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from attune import storage
from attune.config.params import Params
from attune.errors import GateError
from attune.records import shards
from attune.records.dataset import MANIFEST
from attune.records.erased import Erased, load_erased
from attune.records.lineage import write_lineage
from attune.records.tokens import subject_key
from attune.reporting.metrics import write_metrics
from attune.reporting.page import rewrite_page, write_report
from attune.reporting.report import Report, Rows, report_json
from attune.runtime import audit_trail, engine
from attune.runtime.cache_key import (
    Fingerprints,
    Inputs,
    as_list,
    dependencies,
    file_hashes,
    fingerprints,
    finished_report,
    key_of,
    lineage_of,
)
from attune.runtime.code_version import code_version
from attune.runtime.logs import step_log
from attune.runtime.output_lock import output_lock
from attune.runtime.progress import Listener, Progress
from attune.runtime.registry import STEPS, Step, StepKind, Trait, require_step
from attune.runtime.resources import PeakMemory, cpu_seconds
from attune.runtime.snapshot_origin import without_file_name
from attune.runtime.step import Context
from attune.runtime.without_erased import without_erased

__all__ = ["RESULT_FILE", "STEPS", "Inputs", "Step", "StepKind", "StepResult", "Trait", "require_step", "run"]

RESULT_FILE = "outcome.json"
_COMMIT = "step.json"
_COST = "cost.json"


@dataclass(frozen=True)
class StepResult:
    """What happened when a step was run.

    Attributes:
        step: name of the step.
        report: its report.
        seconds: wall-clock time.
        cpu_seconds: CPU time of the process and all its children.
        peak_bytes: peak memory of the process and all its children.
        resumed: whether all of it was done before.
    """

    step: str
    report: Report
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    resumed: bool


@dataclass(frozen=True)
class _Call:
    """One call of a step."""

    step: Step
    inputs: Inputs
    known: Fingerprints  # of the inputs; empty for a step that reads sources
    output: str
    params: Params
    context: Context
    add_erased: Callable[[Report], Report]  # counts the rows of erased people that the step never saw

    @property
    def section(self) -> BaseModel:
        """The step's own parameters."""
        section: BaseModel = getattr(self.params, self.step.name)
        return section

    @property
    def other_params(self) -> dict[str, Any]:
        """The parameters that the step gets besides its own section."""
        return self.step.other_params(self.params)


def run(
    name: str, inputs: Inputs, output: str, params: Params, listener: Listener | None = None, *, folder: str = ""
) -> StepResult:
    """Run one step, or find that it was done before with the same inputs, parameters and code.

    Args:
        name: one of :data:`STEPS`.
        inputs: the step's named inputs: URIs, or lists of URIs.
        output: URI of the folder that the step writes.
        params: the parameters of the run.
        listener: gets progress events.
        folder: the run's local folder, for its logs; empty where the step is not part of a run.

    Raises:
        UsageError: an input, parameter or secret is missing or wrong.
        RunError: the step failed; what it completed is kept.
        GateError: the step's report names failed gates; the report is written.
    """
    step = STEPS[name]
    log = step_log(step.module, name, folder)
    log.started()
    try:
        result = _run_recorded(step, inputs, output, params, listener)
    except BaseException as error:
        log.failed(error, engine.describe_error(error))
        raise
    log.finished(_log_fields(result))
    if result.report.failed_gates:
        raise GateError(
            f"{name}: failed {', '.join(result.report.failed_gates)}; the evidence is in {storage.join(output, 'report.html')}"
        )
    return result


def _run_recorded(step: Step, inputs: Inputs, output: str, params: Params, listener: Listener | None) -> StepResult:
    name = step.name
    context = _context(step, params, listener)
    started, cpu_before = time.monotonic(), cpu_seconds()
    named = {
        key: [audit_trail.without_password(without_file_name(uri) if key == "roots" else uri) for uri in as_list(value)]
        for key, value in sorted(inputs.items())
    }
    audit_trail.record("step.start", output, step=name, inputs=named)
    try:
        with output_lock(output, engine.COMMITS, name), PeakMemory() as memory:
            report, resumed = _run(step, inputs, output, params, context)
    except BaseException as error:
        audit_trail.record("step.failed", output, step=name, error=type(error).__name__)
        raise
    code = code_version(*step.code_modules)
    described = _description_hash(output)  # a later edit of the set, however well made, differs from what stands in the trail
    noted: dict[str, Any] = {
        "resumed": resumed,
        "code": code,
        "failed_gates": list(report.failed_gates),
        **described,
        **_made(report),
    }
    audit_trail.record("step.end", output, step=name, **noted)
    seconds, cpu = time.monotonic() - started, cpu_seconds() - cpu_before
    result = StepResult(name, report, seconds, cpu, memory.peak_bytes, resumed)
    _write_result(result, output)
    done = report.rows.rows_in if report.rows else 0
    note = "done before" if resumed else f"{result.seconds:.1f} s"
    context.progress.update(done, done, note, finished=True)
    return result


def _description_hash(output: str) -> dict[str, str]:
    """The hash of the output's description, for the audit trail; empty where the output has none."""
    for name in (shards.DESCRIPTION, MANIFEST):
        if storage.exists(storage.join(output, name)):
            return {"described": name, "sha256": storage.sha256_file(storage.join(output, name))}
    return {}


def _made(report: Report) -> dict[str, str]:
    """What the trail remembers of a result: a version's content address, a model's digest, and the decision on it."""
    named = ("address", "content", "decision")
    return {name: report.numbers[name] for name in named if isinstance(report.numbers.get(name), str)}


def _log_fields(result: StepResult) -> dict[str, Any]:
    """What the log says about a step that ended."""
    rows = result.report.rows
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
        "resumed": result.resumed,
        "seconds": round(result.seconds, 3),
        "peak_bytes": result.peak_bytes,
        "failed_gates": list(result.report.failed_gates),
    }


def _run(step: Step, inputs: Inputs, output: str, params: Params, context: Context) -> tuple[Report, bool]:
    _refuse_failed_inputs(step, inputs, output, params)
    while True:
        done = _run_with_list(step, inputs, output, params, context)
        now = _erased(step, params)
        if now.version == context.erased.version:
            return done
        context = replace(context, erased=now)  # somebody was erased meanwhile: the output may contain them


def _run_with_list(step: Step, inputs: Inputs, output: str, params: Params, context: Context) -> tuple[Report, bool]:
    work = _run_map if step.kind is StepKind.MAP else _run_whole
    if Trait.INPUTS_WITHOUT_ERASED not in step.traits:
        known = {} if Trait.READS_SOURCES in step.traits else fingerprints(step, inputs)
        return work(_Call(step, inputs, known, output, params, context, lambda report: report))
    with without_erased(as_list(inputs["inputs"]), output, context.erased) as filtered:
        if not filtered.rows:
            context = replace(context, erased=Erased())  # nobody on the list is in the inputs, so it changes nothing
        known, inputs = fingerprints(step, inputs), {**inputs, "inputs": filtered.uris}
        return work(_Call(step, inputs, known, output, params, context, filtered.add_to_report))


def _refuse_failed_inputs(step: Step, inputs: Inputs, output: str, params: Params) -> None:
    """Stop at an input that failed a gate of the step that wrote it, unless the run accepts that, which is recorded."""
    if Trait.READS_SOURCES in step.traits:
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
        subject_key=subject_key() if Trait.READS_SOURCES in step.traits else b"",
        erased=_erased(step, params),
        progress=Progress(step.name, step.unit, listener),
    )


def _erased(step: Step, params: Params) -> Erased:
    return load_erased(params.run.erased) if step.obeys_erased_list else Erased()


def _run_map(call: _Call) -> tuple[Report, bool]:
    step, params = call.step, call.params
    module = importlib.import_module(step.module)
    opened = [shards.open_set(uri) for uri in as_list(call.inputs["inputs"])]
    context = engine.with_reference_time(call.context, opened)
    units = engine.shard_units(opened)
    prepare: Callable[..., BaseModel] | None = getattr(module, "prepare", None)
    job = engine.MapJob(
        step.name,
        step.function,
        prepare(opened, call.section, context, **call.other_params) if prepare else call.section,
        replace(context, workers=min(context.workers, max(1, len(units)))),
        call.output,
        quarantine_limit=params.run.quarantine_limit,
    )
    context.progress.update(0)  # only now: a wrong input or parameter is reported before the step is said to have started
    result = engine.run_map(job, units, total_rows=sum(unit.rows for unit in units))
    report = call.add_erased(module.report(result, call.section))
    write_report(call.output, report)
    write_metrics(call.output, report)
    other = dependencies(step, call.inputs, params, context)
    write_lineage(call.output, lineage_of(step, call.known, params, other))
    return report, result.units > 0 and result.reused == result.units


def _run_whole(call: _Call) -> tuple[Report, bool]:
    step, output = call.step, call.output
    other = dependencies(step, call.inputs, call.params, call.context)
    all_bytes = Trait.HASHES_ALL_BYTES in step.traits
    known = fingerprints(step, call.inputs, all_bytes=True) if all_bytes else call.known
    key = key_of(step, known, call.params, call.context, other)
    commit = storage.join(output, engine.COMMITS, _COMMIT)
    lineage = lineage_of(step, call.known, call.params, other)
    finished = finished_report(commit, key, output) if other.complete else None
    if finished is not None:
        _rewrite_pages(call, commit, key)
        write_lineage(output, lineage)
        return finished, True
    storage.remove(commit)
    if Trait.READS_SOURCES not in step.traits:  # those check their source first and then report the start themselves
        call.context.progress.update(0)
    report = call.add_erased(_call_function(call))
    write_report(output, report)
    write_metrics(output, report)
    write_lineage(output, lineage)
    _write_commit(commit, key, output)
    return report, False


def _rewrite_pages(call: _Call, commit: str, key: str) -> None:
    """Render the pages of a finished step again, as the current code renders them."""
    rewrite_page(call.output)
    if Trait.OWN_PAGES not in call.step.traits:
        return
    module = importlib.import_module(call.step.module)
    if module.rewrite_pages(**call.inputs, output=call.output, params=call.section):
        _write_commit(commit, key, call.output)


def _write_commit(commit: str, key: str, output: str) -> None:
    storage.write_bytes(commit, shards.json_bytes({"key": key, "files": file_hashes(output)}))


def _call_function(call: _Call) -> Report:
    report: Report = call.step.function(
        **call.inputs, output=call.output, params=call.section, context=call.context, **call.other_params
    )
    _check_conservation(call.step, report.rows)
    return report


def _check_conservation(step: Step, rows: Rows | None) -> None:
    if rows is None:
        return
    accounted = rows.kept + sum(rows.rejected.values()) + sum(rows.quarantined.values())
    if accounted != rows.rows_in:
        raise AssertionError(f"{step.name}: {rows.rows_in} rows in, {accounted} accounted for")


def _write_result(result: StepResult, output: str) -> None:
    """Write what the step did; a resumed step keeps the cost of the execution that did the work."""
    cost_file = storage.join(output, engine.COMMITS, _COST)
    cost = {"seconds": round(result.seconds, 3), "cpu_seconds": round(result.cpu_seconds, 3), "peak_bytes": result.peak_bytes}
    if result.resumed and storage.exists(cost_file):
        cost = json.loads(storage.read_bytes(cost_file))
    else:
        storage.write_bytes(cost_file, shards.json_bytes(cost))
    value: Mapping[str, Any] = {
        "step": result.step,
        **cost,
        "resumed": result.resumed,
        "report": json.loads(report_json(result.report)),
    }
    storage.write_bytes(storage.join(output, engine.COMMITS, RESULT_FILE), shards.json_bytes(value))
