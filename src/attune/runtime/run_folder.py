"""The run folder ``runs/<id>/``: what was run, with which parameters and versions, and what each step did.

``run.json`` is written at the start. ``steps.jsonl`` grows by a line for each execution that begins and each step that ends,
and is never rewritten. ``cost.json`` says what the last execution cost. ``index.html`` is rendered from these and from the
``report.json`` of each step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from attune import storage
from attune.errors import UsageError
from attune.records.shards import json_bytes
from attune.reporting.record_lineage import RecordLineage, record_lineage
from attune.reporting.run_page import RunCost, RunSummary, StepRow, render_run_page
from attune.runtime import registry
from attune.storage.json_lines import append_line

RUN = "run.json"
STEPS = "steps.jsonl"
COST = "cost.json"
INDEX = "index.html"
_BEGUN = "begun"


@dataclass(frozen=True)
class RunFolder:
    """A run's folder; the last part of ``path`` is the run's id."""

    path: Path

    def write_run(self, params: BaseModel, versions: Mapping[str, str], what: str = "") -> None:
        """Write ``run.json``: the parameters, the versions of code, data and prompts, and what was asked for."""
        value = {"run": self.path.name, "what": what, "params": params.model_dump(mode="json"), "versions": dict(versions)}
        storage.write_bytes(str(self.path / RUN), json_bytes(value))

    def begin(self) -> None:
        """Begin an execution: :meth:`steps` leaves out what an earlier one recorded."""
        self._append({_BEGUN: True})

    def record_step(self, step: StepRow) -> None:
        """Append a step to ``steps.jsonl``; of several lines for a step the last one counts."""
        self._append(asdict(step))

    def _append(self, value: Mapping[str, Any]) -> None:
        line = json.dumps(value, sort_keys=True).encode() + b"\n"
        path = self.path / STEPS
        with storage.explained_write(str(path)):
            append_line(path, line)

    def steps(self) -> list[StepRow]:
        """The latest row of every step of the last execution, in the order of the pipeline.

        A resumed run may record a step that had ended before one that comes earlier.

        A line that a kill cut short is ignored.
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
                if step.report:
                    storage.checked_name(step.report, str(path))
            except (ValueError, TypeError, storage.UnsafeNameError):
                continue
            latest[step.step] = step
        order = {name: place for place, name in enumerate(registry.STEPS)}
        return sorted(latest.values(), key=lambda row: order.get(row.step, len(order)))

    def write_cost(self, cost: RunCost) -> None:
        """Write ``cost.json``: what the execution cost; one that only resumed finished steps leaves what the work cost."""
        if self.cost() is not None and all(step.status == "resumed" for step in self.steps()):
            return
        storage.write_bytes(str(self.path / COST), json_bytes(asdict(cost)))

    def cost(self) -> RunCost | None:
        """What the last execution that did any work cost; None when none has ended."""
        path = self.path / COST
        try:
            return RunCost(**json.loads(path.read_bytes())) if path.exists() else None
        except (ValueError, TypeError):
            return None

    def lineage(self) -> RecordLineage | None:
        """The lineage of the run's records, from the reports of its steps; None if no record came in."""
        return record_lineage(self._reports())

    def summary(self) -> RunSummary:
        """Everything that the page of the run shows.

        Raises:
            UsageError: the folder has no ``run.json``, or one that is not JSON.
        """
        try:
            run = json.loads(storage.read_bytes(str(self.path / RUN)))
        except ValueError:
            raise UsageError(f"{self.path / RUN}: is not JSON; start the run again") from None
        steps = self.steps()
        return RunSummary(
            run=run["run"],
            what=run["what"],
            params=run["params"],
            versions=run["versions"],
            steps=steps,
            cost=self.cost(),
            reports=self._reports(),
            pages=frozenset(step.step for step in steps if step.report and (self.path / step.report).is_file()),
        )

    def write_index(self) -> Path:
        """Render ``index.html`` and return its path."""
        path = self.path / INDEX
        storage.write_bytes(str(path), render_run_page(self.summary()).encode())
        return path

    def _reports(self) -> dict[str, Mapping[str, Any]]:
        return {step.step: _report_content(self.path, step) for step in self.steps()}


def _report_content(folder: Path, step: StepRow) -> Mapping[str, Any]:
    """The step's ``report.json``; empty when it is missing or broken."""
    if not step.report:
        return {}
    path = (folder / step.report).with_name("report.json")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
