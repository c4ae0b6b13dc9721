"""What a gate says: passed or failed, how often each of its checks was violated, and the worst examples by id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

EXAMPLES = 20


@dataclass
class Violations:
    """Counts and first examples of violations by check, added up shard by shard.

    Attributes:
        counts: check -> how often it was violated.
        examples: check -> (what, detail) of the first :data:`EXAMPLES`; ids, names and numbers, never a text.
    """

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, check: str, what: str, detail: str = "") -> None:
        """Note one violation."""
        self.counts[check] = self.counts.get(check, 0) + 1
        shown = self.examples.setdefault(check, [])
        if len(shown) < EXAMPLES:
            shown.append((what, detail))

    def merge(self, other: Violations) -> None:
        """Add those of another shard."""
        for check, count in other.counts.items():
            self.counts[check] = self.counts.get(check, 0) + count
            self.examples[check] = (self.examples.get(check, []) + other.examples[check])[:EXAMPLES]

    def of(self, checks: Iterable[str]) -> dict[str, int]:
        """Counts of the checks named, zero for those that were never violated."""
        return {check: self.counts.get(check, 0) for check in checks}


@dataclass(frozen=True)
class Gate:
    """One gate's result.

    Attributes:
        name: one of the eight.
        checks: what it looked at -> number of violations.
        examined: what was looked at, in words with numbers.
        examples: (check, what, detail) of the worst.
    """

    name: str
    checks: dict[str, int]
    examined: str
    examples: list[tuple[str, str, str]]

    @property
    def passed(self) -> bool:
        """Whether no check was violated."""
        return not any(self.checks.values())

    @property
    def evidence(self) -> str:
        """One line that says what was looked at and what was wrong."""
        wrong = [f"{count:,} × {check}" for check, count in self.checks.items() if count]
        return f"{self.examined}; {', '.join(wrong) if wrong else 'nothing wrong'}"


def gate(name: str, violations: Violations, checks: Iterable[str], examined: str) -> Gate:
    """The gate over some checks."""
    counts = violations.of(checks)
    examples = [(check, *example) for check in counts for example in violations.examples.get(check, [])]
    return Gate(name, counts, examined, examples)
