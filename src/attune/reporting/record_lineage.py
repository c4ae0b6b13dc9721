"""Where every record of a run went: from the database and the files to the splits of the dataset version, by the reports alone.

Each step's report says what came in, what went on and why the rest did not; here they are laid end to end. What one step kept
must be what the next one took in, what the database said it holds must have been read or passed over by name, and what verify
counted in the files must be what compile says it wrote. Whatever does not add up is a problem, and a run with one has failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from attune.records.record import SPLITS

Kind = Literal["passed_over", "rejected", "quarantined"]
Reports = Mapping[str, Mapping[str, Any]]

SOURCES: Mapping[str, tuple[str, ...]] = {
    "extract": (),
    "ingest": (),
    "score": ("extract", "ingest"),
    "dedupe": ("score",),
    "compile": ("dedupe",),
}
_ORIGINS = frozenset(step for step, sources in SOURCES.items() if not sources)
_LAST, _JUDGE = "compile", "verify"
UNPROCESSED = "could_not_be_processed"


@dataclass(frozen=True)
class Loss:
    """Records that did not go on, for one reason."""

    kind: Kind
    reason: str
    count: int


@dataclass(frozen=True)
class Stage:
    """What one step did with the records.

    Attributes:
        step: its name.
        sources: steps whose kept records it took in; none where it reads from outside.
        offered: records that were there for it.
        kept: records that went on.
        losses: all others, by reason, the commonest first within a kind.
    """

    step: str
    sources: tuple[str, ...]
    offered: int
    kept: int
    losses: tuple[Loss, ...]


@dataclass(frozen=True)
class RecordFlow:
    """All stages of a run.

    Attributes:
        stages: in the order in which records pass them.
        splits: records of the dataset version by split; empty while there is none.
        problems: what does not add up, a sentence each.
    """

    stages: tuple[Stage, ...]
    splits: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def offered(self) -> int:
        """Records that came from outside."""
        return sum(stage.offered for stage in self.stages if not stage.sources)

    @property
    def left_out(self) -> int:
        """Records that some step left out."""
        return sum(loss.count for stage in self.stages for loss in stage.losses)

    @property
    def complete(self) -> bool:
        """Whether the way ends in a dataset version."""
        return bool(self.splits)

    def sentence(self) -> str:
        """The whole way in one sentence."""
        end = sum(self.splits.values())
        if self.problems:
            return f"The records do not add up: {'; '.join(self.problems)}."
        if not self.complete:
            return f"{self.offered:,} records came in; the run did not get as far as a dataset version."
        return (
            f"{self.offered:,} records came in: {end:,} are in the dataset version, {self.left_out:,} were left out, each for "
            "a reason that is counted, and none is missing."
        )


def follow(reports: Reports) -> RecordFlow | None:
    """The flow that the steps' reports tell of.

    Args:
        reports: step -> the content of its ``report.json``; that of a step that did not run is absent or empty. A run without a
            database has no extract: what score took in is then held against ingest alone, and anything more is a problem.

    Returns:
        None when no step that reads records from outside has reported.
    """
    stages: list[Stage] = []
    for step, sources in SOURCES.items():
        report = reports.get(step)
        there = tuple(source for source in sources if source in reports or source not in _ORIGINS)
        known = {stage.step for stage in stages}.issuperset(there) and bool(there) == bool(sources)
        if report and report.get("rows") and known:
            stages.append(_stage(step, there, report))
    if not any(not stage.sources for stage in stages):
        return None
    last = stages[-1].step == _LAST
    counts = reports[_LAST]["numbers"]["splits"] if last else {}
    splits = {name: counts[name] for name in SPLITS if name in counts}
    return RecordFlow(tuple(stages), splits, tuple(_problems(stages, splits, reports)))


def _stage(step: str, sources: tuple[str, ...], report: Mapping[str, Any]) -> Stage:
    rows, numbers = report["rows"], report["numbers"]
    passed = _passed_over(numbers) if not sources else []
    quarantined = sum(rows["quarantined"].values())
    losses = [
        *passed,
        *(Loss("rejected", reason, count) for reason, count in _largest_first(rows["rejected"])),
        *([Loss("quarantined", UNPROCESSED, quarantined)] if quarantined else []),
    ]
    offered = rows["rows_in"] + sum(loss.count for loss in passed)
    consenting = numbers.get("consenting_conversations")
    if consenting is not None:  # what the database counted itself, before the first row was read
        offered = consenting + sum(loss.count for loss in _never_read(numbers))
    return Stage(step, sources, offered, rows["kept"], tuple(losses))


def _passed_over(numbers: Mapping[str, Any]) -> list[Loss]:
    """What a source held and the step did not take: people who refused, and what filters leave out."""
    filtered = [Loss("passed_over", name, count) for name, count in _largest_first(numbers.get("filtered", {}))]
    return [*_never_read(numbers), *filtered]


def _never_read(numbers: Mapping[str, Any]) -> list[Loss]:
    counts = {reason: value["conversations"] for reason, value in numbers.get("refused", {}).items()}
    if numbers.get("without_user"):
        counts["no_user_is_named"] = numbers["without_user"]
    return [Loss("passed_over", reason, count) for reason, count in _largest_first(counts)]


def _largest_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda item: (-item[1], item[0]))


def _problems(stages: list[Stage], splits: Mapping[str, int], reports: Reports) -> list[str]:
    kept = {stage.step: stage.kept for stage in stages}
    found = []
    for stage in stages:
        lost = sum(loss.count for loss in stage.losses)
        if stage.offered != stage.kept + lost:
            found.append(f"{stage.step} had {stage.offered:,} records before it, kept {stage.kept:,} and left out {lost:,}")
        came = sum(kept[source] for source in stage.sources)
        if stage.sources and stage.offered != came:
            found.append(f"{stage.step} took in {stage.offered:,} records, but {' and '.join(stage.sources)} kept {came:,}")
    if splits and sum(splits.values()) != kept[_LAST]:
        found.append(f"{_LAST} kept {kept[_LAST]:,} records, but its splits have {sum(splits.values()):,}")
    judged = reports.get(_JUDGE, {}).get("numbers", {}).get("splits")
    if splits and judged is not None and dict(judged) != dict(splits):
        found.append(f"{_JUDGE} found {_listed(judged)} in the files, but {_LAST} wrote {_listed(splits)}")
    return found


def _listed(splits: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in splits.items())
