"""The page of a run, ``index.html``: its steps, the lineage of its records, decisions, parameters and versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from attune.reporting import charts
from attune.reporting.markup import render
from attune.reporting.record_lineage import record_lineage
from attune.reporting.report import Tile, Tone
from attune.reporting.sankey import lineage_view
from attune.reporting.scales import duration_text, memory_text
from attune.reporting.tables import DataCell, DataRow, DataTable, leaves, values_table

StepStatus = Literal["done", "resumed", "failed"]
_SIGNS: dict[StepStatus, tuple[str, Tone]] = {"done": ("✓", "good"), "resumed": ("↺", "neutral"), "failed": ("✕", "bad")}
_GOOD, _BAD = {"promote", "done", "completed"}, {"reject", "rolled_back", "failed", "aborted"}
_DECISIONS = ("decision", "version")  # what is shown of a step's ``numbers``, beside every ``status`` one level down
_DRILL = "drill"  # a rollout that must end in a rollback


@dataclass(frozen=True)
class StepRow:
    """What a run records of one step.

    Attributes:
        step: the step's name.
        title: what it did, in a few words.
        rows_in: rows that came in; None for steps that have no rows, as are the three below.
        kept: rows that it kept.
        rejected: rows that it left out for a reason.
        quarantined: rows that could not be processed.
        seconds: wall time.
        peak_bytes: peak resident memory of all its processes together.
        status: whether it ran, had been done before, or failed.
        report: its page, relative to the run folder; empty if there is none.
        cpu_seconds: CPU time of all its processes together.
        failed_gates: names of its own gates that failed.
        ending: its result in a few words, where steps of this name end in several ways: a release, a rollout.
        notice: a warning although nothing failed: a candidate that did not reach the users.
        message: why it failed; it names places and counts, never a user's text.
    """

    step: str
    title: str
    rows_in: int | None
    kept: int | None
    rejected: int | None
    quarantined: int | None
    seconds: float
    peak_bytes: int
    status: StepStatus
    report: str = ""
    cpu_seconds: float = 0.0
    failed_gates: Sequence[str] = ()
    ending: str = ""
    notice: str = ""
    message: str = ""


@dataclass(frozen=True)
class RunCost:
    """What the last execution of a run cost, including the process that drives the pipeline.

    Attributes:
        seconds: wall time.
        cpu_seconds: CPU time, user and system.
        peak_bytes: peak resident memory of all processes together.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class RunSummary:
    """Everything that the page of a run shows.

    Attributes:
        run: the run's id.
        what: what was asked for; empty for a run without a title.
        params: its parameters, nested.
        versions: versions of code, data and prompts.
        steps: its steps in order.
        cost: what its last execution cost, once it has ended.
        reports: step -> the content of its ``report.json``; empty for one without.
        pages: steps whose own page exists.
    """

    run: str
    what: str
    params: Mapping[str, Any]
    versions: Mapping[str, str]
    steps: Sequence[StepRow]
    cost: RunCost | None
    reports: Mapping[str, Mapping[str, Any]]
    pages: frozenset[str]

    def failed_gates(self, step: str) -> Sequence[str]:
        """Names of gates that failed, as the step's report says."""
        return list(self.reports[step].get("failed_gates", ()))


@dataclass(frozen=True)
class StepNode:
    """A step in the picture of the pipeline."""

    row: StepRow
    tone: Tone
    sign: str
    status: str
    link: str
    bar: Markup | None
    duration: str


def render_run_page(summary: RunSummary) -> str:
    """The page of a run."""
    lineage = record_lineage(summary.reports)
    params = list(leaves(summary.params))
    return render(
        "run.html",
        summary=summary,
        title=summary.what or _title(summary.steps),
        lead=_lead(summary.steps, summary.cost),
        gates={step.step: gates for step in summary.steps if (gates := summary.failed_gates(step.step))},
        nodes=[_node(summary, step) for step in summary.steps],
        lineage=lineage_view(lineage) if lineage else None,
        decisions=list(_decisions(summary)),
        steps_table=_steps_table(summary),
        without_page=[step.step for step in summary.steps if step.step not in summary.pages],
        versions=values_table("Versions", summary.versions.items(), "versions"),
        params=values_table("Parameters", params, "params"),
    )


def _title(steps: Sequence[StepRow]) -> str:
    return f"From {steps[0].step} to {steps[-1].step}" if len(steps) > 1 else "Run"


def _lead(steps: Sequence[StepRow], cost: RunCost | None) -> str:
    if not steps:
        return "No step has finished yet."
    failed = [step.step for step in steps if step.status == "failed"]
    resumed = sum(step.status == "resumed" for step in steps)
    seconds = cost.seconds if cost else sum(step.seconds for step in steps)
    count = f"{len(steps)} steps" if len(steps) != 1 else "One step"
    ended = f"{', '.join(failed)} failed" if failed else f"{resumed} of them resumed" if resumed else "all done"
    peak = f"{memory_text(max(step.peak_bytes for step in steps))} in one step"
    if cost:
        peak += f", {memory_text(cost.peak_bytes)} in all processes together"
    return f"{count}, {ended}, in {duration_text(seconds)}. Peak memory: {peak}."


def _node(summary: RunSummary, step: StepRow) -> StepNode:
    sign, tone = _SIGNS[step.status]
    status: str = step.status
    if summary.failed_gates(step.step):
        sign, tone, status = "✕", "bad", "gate failed"
    elif step.ending:
        sign, tone = ("!", "warning") if step.notice else (sign, tone)
        status = f"{status}: {step.ending}"
    link = step.report if step.step in summary.pages else ""
    bar = None
    if step.rows_in is not None:
        bar = charts.rows_bar(step.kept or 0, step.rejected or 0, step.quarantined or 0)
    return StepNode(step, tone, sign, status, link, bar, duration_text(step.seconds))


def _decisions(summary: RunSummary) -> Iterator[tuple[Tile, str]]:
    """What steps decided, from their ``numbers``: a dataset's version, a release's decision, the end of rollouts."""
    for step in summary.steps:
        for name, value in _decided(summary.reports[step.step].get("numbers", {})):
            word = value.lower().replace(" ", "_")
            good, bad = (_BAD, _GOOD) if name == _DRILL else (_GOOD, _BAD)
            tone: Tone = "good" if word in good else "bad" if word in bad else "neutral"
            label = f"{step.step}: {name.replace('_', ' ')}"
            shown = value if tone == "neutral" else value.replace("_", " ")
            yield Tile(f"decisions/{step.step}/{name}", label, value, tone=tone), shown


def _decided(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in numbers.items():
        if name in _DECISIONS and isinstance(value, str):
            yield name, value
        elif isinstance(value, Mapping) and isinstance(value.get("status"), str):
            yield name, value["status"]


def _steps_table(summary: RunSummary) -> DataTable:
    columns = ["step", "rows in", "kept", "rejected", "quarantined", "time", "CPU time", "peak memory", "status", "report"]
    rows = []
    for step in summary.steps:
        key = f"steps/{step.step}"
        has_page = step.step in summary.pages
        cells = [
            DataCell(step.rows_in, f"{key}/rows_in"),
            DataCell(step.kept, f"{key}/kept"),
            DataCell(step.rejected, f"{key}/rejected"),
            DataCell(step.quarantined, f"{key}/quarantined"),
            DataCell(step.seconds, f"{key}/seconds", duration_text(step.seconds)),
            DataCell(step.cpu_seconds, f"{key}/cpu_seconds", duration_text(step.cpu_seconds)),
            DataCell(step.peak_bytes, f"{key}/peak_bytes", memory_text(step.peak_bytes)),
            DataCell(step.status, f"{key}/status"),
            DataCell(f"report of {step.step}" if has_page else "no report", link=step.report if has_page else ""),
        ]
        rows.append(DataRow(step.step, cells))
    return DataTable("Steps", columns, rows, [False, *[True] * 7, False, False])
