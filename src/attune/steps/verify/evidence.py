"""What a gate says: passed or failed, how often each of its checks was violated, and the worst examples by id."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

EXAMPLES = 20

_NAME = re.compile(r"[\w.:/+#|,;=~!$%&*()\[\]-]{0,120}")
_LONGEST = 200


def shown(value: object) -> str:
    """A value as evidence may show it: a name or a number as it is, of what could be a sentence its length and hash."""
    text = str(value)
    if _NAME.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"a text of {len(text)} characters (sha256 {digest[:12]})"


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
        """Note one violation of what ``what`` names: a file, or a record by its id as :func:`shown` gives it."""
        self.counts[check] = self.counts.get(check, 0) + 1
        kept = self.examples.setdefault(check, [])
        if len(kept) < EXAMPLES:
            kept.append((what[:_LONGEST], detail[:_LONGEST]))

    def merge(self, other: Violations) -> None:
        """Add those of another shard."""
        for check, count in other.counts.items():
            self.counts[check] = self.counts.get(check, 0) + count
            self.examples[check] = (self.examples.get(check, []) + other.examples[check])[:EXAMPLES]

    def of(self, checks: Iterable[str]) -> dict[str, int]:
        """Counts of the checks named, zero for those that were never violated."""
        return {check: self.counts.get(check, 0) for check in checks}


@dataclass(frozen=True)
class GateResult:
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


def gate(name: str, violations: Violations, checks: Iterable[str], examined: str) -> GateResult:
    """The gate over some checks."""
    counts = violations.of(checks)
    examples = [(check, *example) for check in counts for example in violations.examples.get(check, [])]
    return GateResult(name, counts, examined, examples)


def failed_names(gates: Iterable[GateResult]) -> list[str]:
    """The names of the gates that failed."""
    return [gate.name for gate in gates if not gate.passed]
