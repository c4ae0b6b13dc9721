"""The lineage of a run's records: counts from the database and the files to the splits of the dataset version.

The counts come from the reports of the steps alone. They must agree: a step takes in what the steps before it kept; what the
database says it holds is read or skipped for a named reason; verify finds in the files what compile says it wrote. A
disagreement is a problem, and a run with a problem has failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from attune.records.record import SPLITS

LossKind = Literal["skipped", "rejected", "quarantined"]
StepReports = Mapping[str, Mapping[str, Any]]

SOURCES: Mapping[str, tuple[str, ...]] = {
    "extract": (),
    "ingest": (),
    "score": ("extract", "ingest"),
    "dedupe": ("score",),
    "compile": ("dedupe",),
}
_ORIGINS = frozenset(step for step, sources in SOURCES.items() if not sources)
_LAST, _VERIFY = "compile", "verify"
UNPROCESSED = "could_not_be_processed"


@dataclass(frozen=True)
class RecordLoss:
    """Records that a step did not keep, for one reason."""

    kind: LossKind
    reason: str
    count: int


@dataclass(frozen=True)
class LineageStep:
    """What one step did with the records.

    Attributes:
        step: its name.
        sources: steps whose kept records it took in; none for a step that reads from outside.
        offered: records that it could take in.
        kept: records that it kept.
        losses: all others, by reason, the most frequent first within a kind.
    """

    step: str
    sources: tuple[str, ...]
    offered: int
    kept: int
    losses: tuple[RecordLoss, ...]


@dataclass(frozen=True)
class RecordLineage:
    """Record counts of all steps of a run.

    Attributes:
        steps: in the order in which records pass them.
        splits: records of the dataset version by split; empty while there is no version.
        problems: counts that disagree, a sentence each.
    """

    steps: tuple[LineageStep, ...]
    splits: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def offered(self) -> int:
        """Records that came from outside."""
        return sum(each.offered for each in self.steps if not each.sources)

    @property
    def left_out(self) -> int:
        """Records that some step did not keep."""
        return sum(loss.count for each in self.steps for loss in each.losses)

    @property
    def complete(self) -> bool:
        """Whether the run got as far as a dataset version."""
        return bool(self.splits)

    def sentence(self) -> str:
        """The result in one sentence."""
        end = sum(self.splits.values())
        if self.problems:
            return f"The record counts do not add up: {'; '.join(self.problems)}."
        if not self.complete:
            return f"{self.offered:,} records came in; the run did not get as far as a dataset version."
        return (
            f"{self.offered:,} records came in: {end:,} are in the dataset version, {self.left_out:,} were left out, each with "
            "a counted reason. None is missing."
        )


def record_lineage(reports: StepReports) -> RecordLineage | None:
    """The lineage that the reports of the steps give.

    Args:
        reports: step -> the content of its ``report.json``; that of a step that did not run is absent or empty. A run without a
            database has no extract: score must then have taken in what ingest kept, and anything more is a problem.

    Returns:
        None if no step that reads records from outside has a report.
    """
    steps: list[LineageStep] = []
    for step, sources in SOURCES.items():
        report = reports.get(step)
        there = tuple(source for source in sources if source in reports or source not in _ORIGINS)
        known = {each.step for each in steps}.issuperset(there) and bool(there) == bool(sources)
        if report and report.get("rows") and known:
            steps.append(_lineage_step(step, there, report))
    if not any(not each.sources for each in steps):
        return None
    last = steps[-1].step == _LAST
    counts = reports[_LAST]["numbers"]["splits"] if last else {}
    splits = {name: counts[name] for name in SPLITS if name in counts}
    return RecordLineage(tuple(steps), splits, tuple(_problems(steps, splits, reports)))


def _lineage_step(step: str, sources: tuple[str, ...], report: Mapping[str, Any]) -> LineageStep:
    rows, numbers = report["rows"], report["numbers"]
    skipped = _skipped(numbers) if not sources else []
    quarantined = sum(rows["quarantined"].values())
    losses = [
        *skipped,
        *(RecordLoss("rejected", reason, count) for reason, count in _largest_first(rows["rejected"])),
        *([RecordLoss("quarantined", UNPROCESSED, quarantined)] if quarantined else []),
    ]
    offered = rows["rows_in"] + sum(loss.count for loss in skipped)
    consenting = numbers.get("consenting_conversations")
    if consenting is not None:  # what the database counted before the first row was read
        offered = consenting + sum(loss.count for loss in _never_read(numbers))
    return LineageStep(step, sources, offered, rows["kept"], tuple(losses))


def _skipped(numbers: Mapping[str, Any]) -> list[RecordLoss]:
    """What a source holds and the step did not take: people who refused, and what filters leave out."""
    filtered = [RecordLoss("skipped", name, count) for name, count in _largest_first(numbers.get("filtered", {}))]
    return [*_never_read(numbers), *filtered]


def _never_read(numbers: Mapping[str, Any]) -> list[RecordLoss]:
    counts = {reason: value["conversations"] for reason, value in numbers.get("refused", {}).items()}
    if numbers.get("without_user"):
        counts["no_user_is_named"] = numbers["without_user"]
    return [RecordLoss("skipped", reason, count) for reason, count in _largest_first(counts)]


def _largest_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda item: (-item[1], item[0]))


def _problems(steps: list[LineageStep], splits: Mapping[str, int], reports: StepReports) -> list[str]:
    kept = {each.step: each.kept for each in steps}
    found = []
    for each in steps:
        lost = sum(loss.count for loss in each.losses)
        if each.offered != each.kept + lost:
            found.append(f"{each.step} had {each.offered:,} records to take in, kept {each.kept:,} and left out {lost:,}")
        came = sum(kept[source] for source in each.sources)
        if each.sources and each.offered != came:
            found.append(f"{each.step} took in {each.offered:,} records, but {' and '.join(each.sources)} kept {came:,}")
    if splits and sum(splits.values()) != kept[_LAST]:
        found.append(f"{_LAST} kept {kept[_LAST]:,} records, but its splits have {sum(splits.values()):,}")
    verified = reports.get(_VERIFY, {}).get("numbers", {}).get("splits")
    if splits and verified is not None and dict(verified) != dict(splits):
        found.append(f"{_VERIFY} found {_listed(verified)} in the files, but {_LAST} wrote {_listed(splits)}")
    return found


def _listed(splits: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in splits.items())
