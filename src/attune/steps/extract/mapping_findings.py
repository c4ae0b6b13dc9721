"""What the check of a mapping finds: a subject, a judgement, and a sentence that holds no text of a user."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from attune.redaction.lexicon import base_of, lexicon

Level = Literal["ok", "warning", "problem", "stop"]
MARKS: Mapping[Level, str] = {"ok": "ok", "warning": "??", "problem": "!!", "stop": "!!"}

#: Values of a closed set, such as roles, are shown up to this number; a column with more of them holds something else.
MOST_SHOWN = 10
#: A longer value is text, not a name of a role or a kind; the queries cut it off.
LONGEST_SHOWN = 24
#: Stands for such values in the results of queries.
TOO_LONG = "(too long)"

#: Stands for reasons of consent that a report does not show.
OTHER_REASON = "another reason"

_LONGEST_REASON = 40
_REASON = re.compile(r"[A-Za-z0-9]+(?:[ _.:/-]+[A-Za-z0-9]+){0,3}")
_WORD_LIKE = re.compile(r" ?(?:[A-Za-z]+|[0-9]{1,3})(?:[_.:/-](?:[A-Za-z]+|[0-9]{1,3}))* ?")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# Names of roles and kinds that no dictionary has, or that are first names too.
_TERMS = frozenset(
    {
        *("ai", "assistant", "bot", "chatbot", "gpt", "llm", "user", "users"),
        *("dm", "fax", "mail", "mobile", "msg", "sms", "tel"),
        *("alias", "firstname", "forename", "fullname", "handle", "lastname", "middlename", "nick", "username"),
        *("ccpa", "dob", "gdpr", "iban", "id", "ssn", "uid", "userid", "vat"),
    }
)


@dataclass(frozen=True)
class MappingFinding:
    """One fact about the content of a source, and what it means.

    Attributes:
        source: name of the source.
        subject: what was looked at, such as ``role``.
        level: ``ok``; ``warning``: worth a look; ``problem``: the check fails, a run goes on and says so; ``stop``: neither
            goes on, because people who opted out would be read, names would stay in the text, or data would be scrambled.
        text: what was found, with counts.
    """

    source: str
    subject: str
    level: Level
    text: str

    def __str__(self) -> str:
        """One line for a terminal."""
        return f"{MARKS[self.level]}  {self.subject:<20} {self.text}"


def shown_values(values: Iterable[str | None]) -> frozenset[str]:
    """The values of a column with a closed set that a message may name: none of them can be a person's name or text.

    Args:
        values: all distinct values of the column, or all that are not allowed in it.

    Returns:
        The values that are made of dictionary words that are no names, of terms for roles and kinds, or of short numbers; none
        at all where there are more than :data:`MOST_SHOWN` values.
    """
    known = [value for value in values if value is not None]
    return frozenset(filter(_may_be_shown, known)) if len(known) <= MOST_SHOWN else frozenset()


def named(counts: Mapping[str | None, int]) -> str:
    """Unknown values for a message: those that may be shown, quoted and with their counts, and the number of the others."""
    shown = shown_values(counts)
    texts = [f"{value!r} ({counts[value]:,})" for value in sorted(shown, key=lambda value: (-counts[value], value))]
    if counts.get(None):
        texts.append(f"no value ({counts[None]:,})")
    if hidden := len([value for value in counts if value is not None and value not in shown]):
        texts.append(f"{hidden:,} {'value' if hidden == 1 else 'values'} not shown here: may be a person's text")
    return ", ".join(texts)


def quoted(value: str | None) -> str:
    """A value for a message, or ``a value that is not shown``."""
    return repr(value) if value is not None and shown_values([value]) else "a value that is not shown"


def reason_name(reason: object) -> str:
    """A reason of consent as a report shows it; what may be a sentence that a person wrote is ``another reason``."""
    text = str(reason)
    return text if len(text) <= _LONGEST_REASON and _REASON.fullmatch(text) else OTHER_REASON


def share(part: int, whole: int) -> str:
    """A share with its counts, such as ``12 of 40 (30.0 %)``."""
    return f"{part:,} of {whole:,}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def worst(findings: Sequence[MappingFinding]) -> list[MappingFinding]:
    """The findings that are not ok, those that stop a run first."""
    order: list[Level] = ["stop", "problem", "warning"]
    return sorted((each for each in findings if each.level in order), key=lambda each: order.index(each.level))


def _may_be_shown(value: str) -> bool:
    if len(value) > LONGEST_SHOWN or not _WORD_LIKE.fullmatch(value):
        return False
    return all(_is_harmless(part) for part in _PARTS.findall(value))


def _is_harmless(part: str) -> bool:
    if part.isdigit():
        return True
    base = base_of(part.lower())
    return base in _TERMS or (lexicon().is_word(base) and not lexicon().is_name(base))
