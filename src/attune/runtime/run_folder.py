"""Run folders: ``runs/<id>/`` holds what was run, with which parameters and versions, and what each step did, on one page.

``run.json`` is written at the start. ``steps.jsonl`` grows by a line for each execution that begins and each step that ends,
and is never rewritten. ``cost.json`` says what the last execution cost. ``index.html`` is drawn from these and from the steps'
own ``report.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from attune import storage
from attune.errors import UsageError
from attune.records.shards import json_bytes
from attune.reporting import charts
from attune.reporting.markup import cell, details, document, human, row, section, table, text, value_attributes
from attune.reporting.page import leaves, safe_address
from attune.reporting.record_lineage import RecordFlow, follow
from attune.reporting.sankey import flow_section
from attune.reporting.scales import number_text
from attune.storage.json_lines import append_line

RUN = "run.json"
STEPS = "steps.jsonl"
COST = "cost.json"
INDEX = "index.html"
_BEGUN = "begun"

Status = Literal["done", "resumed", "failed"]
_SIGNS: dict[str, tuple[str, str]] = {"done": ("✓", "good"), "resumed": ("↺", "neutral"), "failed": ("✕", "bad")}
_GOOD, _BAD = {"promote", "done", "completed"}, {"reject", "rolled_back", "failed", "aborted"}
_DECISIONS = ("decision", "version")  # what the index shows of a step's ``numbers``, beside every ``status`` one level down
_DRILL = "drill"  # a rollout that must end by being taken back


@dataclass(frozen=True)
class StepRow:
    """What the run remembers of one step.

    Attributes:
        step: the step's name.
        title: what it did, in a few words.
        rows_in: rows that came in; None for steps that have no rows, as are the three below.
        kept: rows that went on.
        rejected: rows that were left out with a reason.
        quarantined: rows that could not be processed.
        seconds: wall time.
        peak_bytes: peak resident memory of all its processes together.
        status: whether it ran, was found done, or failed.
        report: its page, relative to the run folder; empty when there is none.
        cpu_seconds: CPU time of all its processes together.
        failed_gates: gates of its own that it failed.
        ending: how it ended, in a few words, where that is not the same every time: a release, a rollout.
        notice: what a person must know of that although nothing failed: a candidate that did not reach the users.
    """

    step: str
    title: str
    rows_in: int | None
    kept: int | None
    rejected: int | None
    quarantined: int | None
    seconds: float
    peak_bytes: int
    status: Status
    report: str = ""
    cpu_seconds: float = 0.0
    failed_gates: Sequence[str] = ()
    ending: str = ""
    notice: str = ""


@dataclass(frozen=True)
class RunCost:
    """What the last execution of a run cost: all of its processes, the one that drives the pipeline too.

    Attributes:
        seconds: wall time.
        cpu_seconds: CPU time, user and system.
        peak_bytes: resident memory of all processes together, at its highest.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class RunFolder:
    """A run's folder; the last part of ``path`` is the run's id."""

    path: Path

    def write_run(self, params: BaseModel, versions: Mapping[str, str], what: str = "") -> None:
        """Write ``run.json``: the parameters, the versions of code, data and prompts, and what was asked for."""
        value = {"run": self.path.name, "what": what, "params": params.model_dump(mode="json"), "versions": dict(versions)}
        storage.write_bytes(str(self.path / RUN), json_bytes(value))

    def begin(self) -> None:
        """Begin an execution: what an earlier one recorded of its steps is no longer told."""
        (self.path / COST).unlink(missing_ok=True)
        self._append({_BEGUN: True})

    def record_step(self, step: StepRow) -> None:
        """Append a step to ``steps.jsonl``; a step that is recorded again replaces its older line when the page is drawn."""
        self._append(asdict(step))

    def _append(self, value: Mapping[str, Any]) -> None:
        line = json.dumps(value, sort_keys=True).encode() + b"\n"
        path = self.path / STEPS
        with storage.explained_write(str(path)):
            append_line(path, line)

    def steps(self) -> list[StepRow]:
        """The latest row of every step of the last execution, in the order in which steps first appeared.

        A line that was cut by a kill is passed over.
        """
        path = self.path / STEPS
        latest: dict[str, StepRow] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            try:
                values = json.loads(line)
                if values == {_BEGUN: True}:
                    latest.clear()
                    continue
                step = StepRow(**values)
            except (ValueError, TypeError):
                continue
            latest[step.step] = step
        return list(latest.values())

    def write_cost(self, cost: RunCost) -> None:
        """Write ``cost.json``: what the last execution cost."""
        storage.write_bytes(str(self.path / COST), json_bytes(asdict(cost)))

    def cost(self) -> RunCost | None:
        """What the last execution cost; None when none has ended."""
        path = self.path / COST
        try:
            return RunCost(**json.loads(path.read_bytes())) if path.exists() else None
        except (ValueError, TypeError):
            return None

    def flow(self) -> RecordFlow | None:
        """Where every record went, as the reports of the steps tell; None when no record came in."""
        return follow({step.step: _report_numbers(self.path, step) for step in self.steps()})

    def write_index(self) -> Path:
        """Draw ``index.html`` and return where it stands."""
        path = self.path / INDEX
        storage.write_bytes(str(path), render_index(self).encode())
        return path


def render_index(folder: RunFolder) -> str:
    """The page of a run: its steps as a picture and as a table, what was decided, parameters and versions.

    Raises:
        UsageError: the folder has no ``run.json``.
    """
    try:
        run = json.loads(storage.read_bytes(str(folder.path / RUN)))
    except ValueError:
        raise UsageError(f"{folder.path / RUN}: is not JSON; start the run again") from None
    steps = folder.steps()
    reports = {step.step: _report_numbers(folder.path, step) for step in steps}
    header = (
        f'<p class="step">Attune · run <b>{text(run["run"])}</b></p><h1>{text(run["what"] or _title(steps))}</h1>'
        f'<p class="lead">{text(_lead(steps, folder.cost()))}</p>{_failures(steps, reports)}'
    )
    gated = {name for name, values in reports.items() if values.get("failed_gates")}
    linked = {step.step for step in steps if step.report and (folder.path / step.report).is_file()}
    flow = follow(reports)
    way = [flow_section(flow)] if flow else []
    parts = [_picture(steps, gated, linked), *way, _decisions(steps, reports), _steps_table(steps, linked)]
    parts.append(_values("Versions", run["versions"], "versions"))
    params = [(path.removeprefix("params/"), value) for path, value in leaves(run["params"], "params")]
    listed = _value_table("Parameters", params, "params")
    parts.append(section("Parameters", details(f"{len(params)} values", listed)))
    return document(
        f"Run {run['run']}",
        header,
        "\n".join(part for part in parts if part),
        "Drawn from run.json, steps.jsonl, cost.json and the steps' own report.json.",
    )


def _title(steps: Sequence[StepRow]) -> str:
    return f"From {steps[0].step} to {steps[-1].step}" if len(steps) > 1 else "Run"


def _lead(steps: Sequence[StepRow], cost: RunCost | None) -> str:
    if not steps:
        return "No step has finished yet."
    failed = [step.step for step in steps if step.status == "failed"]
    resumed = sum(step.status == "resumed" for step in steps)
    seconds = cost.seconds if cost else sum(step.seconds for step in steps)
    peak = max(step.peak_bytes for step in steps)
    count = f"{len(steps)} steps" if len(steps) != 1 else "One step"
    ended = f"{', '.join(failed)} failed" if failed else f"{resumed} of them done before" if resumed else "all done"
    together = f" All processes of the run together took {memory(cost.peak_bytes)} at most." if cost else ""
    return f"{count}, {ended}, in {duration(seconds)}; no step took more than {memory(peak)}.{together}"


def _failures(steps: Sequence[StepRow], reports: Mapping[str, Mapping[str, Any]]) -> str:
    gates = [
        f"{text(step.step)}: {', '.join(text(gate) for gate in reports[step.step].get('failed_gates', ()))}"
        for step in steps
        if reports[step.step].get("failed_gates")
    ]
    failed = [text(step.step) for step in steps if step.status == "failed" and not reports[step.step].get("failed_gates")]
    lines = [f"<strong>✕ Gates failed</strong> in {line}." for line in gates]
    lines += [f"<strong>✕ The step {name} failed.</strong> Steps after it did not run." for name in failed]
    lines += [f"<strong>! {human(step.step)}:</strong> {text(step.notice)}" for step in steps if step.notice]
    return "".join(f'<p class="verdict">{line}</p>' for line in lines)


def _picture(steps: Sequence[StepRow], gated: set[str], linked: set[str]) -> str:
    """The steps in order, as nodes with their status and rows."""
    if not steps:
        return ""
    nodes = []
    for step in steps:
        sign, tone = _SIGNS[step.status]
        status: str = step.status
        if step.step in gated:
            sign, tone, status = "✕", "bad", "gate failed"
        elif step.ending:
            sign, tone = ("!", "warning") if step.notice else (sign, tone)
            status = text(f"{status}: {step.ending}")
        name = human(step.step)
        name = f'<a href="{text(safe_address(step.report))}">{name}</a>' if step.step in linked else name
        counts = ""
        if step.rows_in is not None:
            kept = step.kept or 0
            counts = charts.mini_flow(kept, step.rejected or 0, step.quarantined or 0)
            counts += f'<span class="count">{number_text(step.rows_in)} → <b>{number_text(kept)}</b> rows</span>'
        nodes.append(
            f'<li class="{tone}"><span class="name">{name}</span><span class="soft">{text(step.title)}</span>{counts}'
            f'<span class="tone">{sign} {status}<span class="soft"> · {duration(step.seconds)}</span></span></li>'
        )
    return section("The way through", f'<ol class="steps">{"".join(nodes)}</ol>')


def _decisions(steps: Sequence[StepRow], reports: Mapping[str, Mapping[str, Any]]) -> str:
    """What steps decided, from their ``numbers``: a dataset's version, a release's decision, how rollouts ended."""
    tiles = []
    for step in steps:
        for key, value in _decided(reports[step.step].get("numbers", {})):
            word = str(value).lower().replace(" ", "_")
            good, bad = (_BAD, _GOOD) if key == _DRILL else (_GOOD, _BAD)
            tone = "good" if word in good else "bad" if word in bad else "neutral"
            sign = {"good": "✓ ", "bad": "✕ ", "neutral": ""}[tone]
            label = f'<dt><span class="tone">{sign}</span>{human(step.step)}: {human(key.replace("_", " "))}</dt>'
            shown = human(str(value).replace("_", " ") if tone != "neutral" else value)
            long = " long" if len(str(value)) > 13 else ""
            attributes = value_attributes(f"decisions/{step.step}/{key}", value)
            tiles.append(f'<div class="{tone}">{label}<dd class="value{long}"><span {attributes}>{shown}</span></dd></div>')
    return section("What was decided", f'<dl class="tiles">{"".join(tiles)}</dl>') if tiles else ""


def _decided(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str | int | float]]:
    for name, value in numbers.items():
        if name in _DECISIONS and isinstance(value, str):
            yield name, value
        elif isinstance(value, Mapping) and isinstance(value.get("status"), str):
            yield name, value["status"]


def _steps_table(steps: Sequence[StepRow], linked: set[str]) -> str:
    columns = ["step", "rows in", "kept", "rejected", "quarantined", "time", "CPU time", "peak memory", "status", "report"]
    rows, missing = [], [step.step for step in steps if step.step not in linked]
    for step in steps:
        counts = {"rows in": step.rows_in, "kept": step.kept, "rejected": step.rejected, "quarantined": step.quarantined}
        cells = [cell(count, f"steps/{step.step}/{name.replace(' ', '_')}") for name, count in counts.items()]
        cells.append(cell(step.seconds, f"steps/{step.step}/seconds", shown=duration(step.seconds)))
        cells.append(cell(step.cpu_seconds, f"steps/{step.step}/cpu_seconds", shown=duration(step.cpu_seconds)))
        cells.append(cell(step.peak_bytes, f"steps/{step.step}/peak_bytes", shown=memory(step.peak_bytes)))
        cells.append(cell(step.status, f"steps/{step.step}/status"))
        link = (
            f'<a href="{text(safe_address(step.report))}">report of {text(step.step)}</a>'
            if step.step in linked
            else "no report"
        )
        rows.append(row(step.step, [*cells, f'<td class="s">{link}</td>']))
    if not rows:
        return ""
    listed = table("Steps", columns, rows, numeric=[False, *[True] * 7, False, False])
    note = f"No report was found for {', '.join(missing)}." if missing else ""
    return section("Steps", listed, note=note, classes="wide")


def _values(title: str, values: Mapping[str, Any], key: str) -> str:
    return section(title, _value_table(title, list(values.items()), key)) if values else ""


def _value_table(title: str, values: Sequence[tuple[str, Any]], key: str) -> str:
    rows = [row(name, [cell(value, f"{key}/{name}")]) for name, value in values]
    return table(title, ["name", "value"], rows, numeric=[False, False])


def _report_numbers(folder: Path, step: StepRow) -> Mapping[str, Any]:
    """The step's ``report.json``; empty when it is missing or broken."""
    if not step.report:
        return {}
    path = (folder / step.report).with_name("report.json")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def duration(seconds: float) -> str:
    """Seconds for people.

    >>> duration(0.04), duration(3.21), duration(75), duration(3700)
    ('0.04 s', '3.2 s', '1 min 15 s', '1 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes = round(seconds / 60) if seconds >= 3600 else int(seconds // 60)
    return f"{minutes // 60} h {minutes % 60} min" if seconds >= 3600 else f"{minutes} min {int(seconds % 60)} s"


def memory(size: int) -> str:
    """Bytes for people.

    >>> memory(0), memory(52_428_800), memory(3_221_225_472)
    ('0 MiB', '50 MiB', '3.0 GiB')
    """
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
