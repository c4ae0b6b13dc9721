"""Placeholders of redacted values. ``docs/redaction.md`` documents the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable

USER, PARTNER = "[User]", "[Partner]"

#: Types whose values are numbered within a conversation, so that people and places can be told apart: label, first number.
_NUMBERED = {"PERSON": ("PERSON", 2), "LOCATION": ("CITY", 1)}

_FIXED = {
    "EMAIL_ADDRESS": "[EMAIL]",
    "PHONE_NUMBER": "[PHONE]",
    "STREET_ADDRESS": "[ADDRESS]",
    "ORGANIZATION": "[ORG]",
    "WORKPLACE": "[WORKPLACE]",
    "PLACE": "[PLACE]",
    "SCHOOL": "[SCHOOL]",
    "CREDIT_CARD": "[CARD]",
    "IBAN_CODE": "[IBAN]",
    "US_SSN": "[SSN]",
    "NATIONAL_ID": "[ID_NUMBER]",
    "PASSPORT": "[PASSPORT]",
    "US_DRIVER_LICENSE": "[DRIVER_LICENSE]",
    "LICENSE_PLATE": "[LICENSE_PLATE]",
    "IP_ADDRESS": "[IP_ADDRESS]",
    "MAC_ADDRESS": "[MAC_ADDRESS]",
    "URL": "[URL]",
    "SOCIAL_HANDLE": "[HANDLE]",
    "DATE_OF_BIRTH": "[DATE_OF_BIRTH]",
    "GEO_COORDINATES": "[COORDINATES]",
    "API_KEY": "[SECRET]",
    "PASSWORD": "[SECRET]",
    "ACCOUNT_NUMBER": "[ACCOUNT_NUMBER]",
    "CRYPTO": "[WALLET]",
}

VOCABULARY = (USER, PARTNER, "[PERSON_n]", "[CITY_n]", *sorted(set(_FIXED.values())))

# More digits would be a place to hide a number in.
_HIGHEST = 9999
#: The vocabulary as the source of an expression, for Python and RE2 alike. Nothing else in brackets is a placeholder.
EXPRESSION = (
    r"\[(?:"
    + "|".join(
        [
            *(name[1:-1] for name in (USER, PARTNER)),
            *(rf"{label}_[0-9]{{1,4}}" for label, _ in _NUMBERED.values()),
            *sorted({label[1:-1] for label in _FIXED.values()}),
        ]
    )
    + r")\]"
)
#: A placeholder of this product, from this pass or an earlier run: it is never touched.
PLACEHOLDER = re.compile(EXPRESSION)


def label_of(kind: str) -> str:
    """The placeholder of a type, such as ``[EMAIL]`` or ``[PERSON_n]``."""
    return f"[{_NUMBERED[kind][0]}_n]" if kind in _NUMBERED else _FIXED[kind]


class Placeholders:
    """The placeholders of one conversation: the same person or place gets the same one everywhere in it."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._next = {kind: first for kind, (_, first) in _NUMBERED.items()}
        self._taken: set[str] = set()
        for text in texts:
            if "[" not in text:
                continue
            self._taken.update(PLACEHOLDER.findall(text))
        for kind, (label, _) in _NUMBERED.items():
            for placeholder in self._taken:
                if placeholder.startswith(f"[{label}_"):
                    self._next[kind] = max(self._next[kind], int(placeholder[len(label) + 2 : -1]) + 1)

    def of(self, kind: str, role: str, key: str, parts: Iterable[str]) -> str:
        """The placeholder of one value: ``key`` is its folded text, ``parts`` its words (a person may go by any of them)."""
        if kind not in _NUMBERED:
            return _FIXED[kind]
        fixed = {"user": USER, "partner": PARTNER}.get(role)
        names = list(parts) if kind == "PERSON" else [key]
        known = next((self._names[kind, name] for name in names if (kind, name) in self._names), None)
        placeholder = fixed or known or self._new(kind)
        for name in names:
            self._names.setdefault((kind, name), placeholder)
        return placeholder

    def _new(self, kind: str) -> str:
        """The next number; where a text names the highest one, the lowest that no text names; the highest when all are used."""
        label, first = _NUMBERED[kind]
        if self._next[kind] <= _HIGHEST:
            placeholder = f"[{label}_{self._next[kind]}]"
            self._next[kind] += 1
        else:
            free = (f"[{label}_{number}]" for number in range(first, _HIGHEST) if f"[{label}_{number}]" not in self._taken)
            placeholder = next(free, f"[{label}_{_HIGHEST}]")
        self._taken.add(placeholder)
        return placeholder
