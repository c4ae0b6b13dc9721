"""Labels of a record (scenario, relationship stage, language, license) that may leave the step.

A label comes from a cell of the product or of a file, so anybody may have typed anything there: a topic such as
``Priya Nair 07911482605``. A label is kept only when it cannot name anybody: it is made of ordinary words and short numbers, or
the operator lists it in ``redact.labels``. Anything else is withheld, and counted.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from attune.redaction.lexicon import fold, lexicon

#: The fields of a raw row that hold labels.
LABEL_FIELDS = ("scenario", "relationship_stage", "language", "license")

_LONGEST, _MOST_DIGITS, _MOST_LETTERS_ALONE = 60, 2, 1
_ALLOWED = re.compile(r"[\w\s&/,()+'’:.-]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_DOTTED = re.compile(r"\w\.\w")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_LICENSE_REFERENCE = re.compile(r"LicenseRef-([A-Za-z0-9.-]+)")
#: Names that are written this often as words may stand alone in a label: "trust", "hope", "grace".
_EVERYDAY_TIER = 4


def keep_labels(row: Mapping[str, Any], allowed: Sequence[str]) -> tuple[dict[str, str | None], list[str]]:
    """The labels of a raw row that may leave the step, and the fields whose label was withheld.

    Args:
        row: a raw row; what it knows of its people counts.
        allowed: labels that are kept whatever they say (``redact.labels``).
    """
    known = _known_words(row.get("known"))
    kept: dict[str, str | None] = {}
    for name in LABEL_FIELDS:
        value = row[name]
        kept[name] = value if value is None or value in allowed or _is_safe(name, value, known) else None
    return kept, [name for name in LABEL_FIELDS if row[name] is not None and kept[name] is None]


def is_plain_label(text: str) -> bool:
    """Whether a label is made of ordinary words and short numbers, none of which could be a person's name."""
    if len(text) > _LONGEST or not text.strip() or not _ALLOWED.fullmatch(text) or _DOTTED.search(text):
        return False
    if sum(character.isdigit() for character in text) > _MOST_DIGITS:
        return False
    words = [fold(word) for word in _WORD.findall(text.replace("_", " "))]
    if sum(len(word) == 1 for word in words) > _MOST_LETTERS_ALONE:
        return False  # spelled out letter by letter
    return all(map(_is_ordinary, words)) and not _is_full_name(words)


def _is_safe(name: str, value: str, known: frozenset[str]) -> bool:
    if name == "language":
        return _LANGUAGE.fullmatch(value) is not None
    if name == "license":
        return _is_license(value)
    return is_plain_label(value) and known.isdisjoint(fold(word) for word in _WORD.findall(value.replace("_", " ")))


@functools.lru_cache(maxsize=1 << 12)
def _is_license(value: str) -> bool:
    """Whether it is an SPDX expression; a reference to a license of one's own must be made of ordinary words."""
    try:
        canonicalize_license_expression(value)
    except InvalidLicenseExpression:
        return False
    return all(is_plain_label(name.replace("-", " ")) for name in _LICENSE_REFERENCE.findall(value))


@functools.lru_cache(maxsize=1 << 14)
def _is_ordinary(word: str) -> bool:
    lists = lexicon()
    if len(word) == 1:
        return True
    if not lists.is_word(word) and not (word.endswith("s") and lists.is_word(word[:-1])):
        return False
    return not lists.is_name(word) or lists.tiers.get(word, 9) <= _EVERYDAY_TIER


def _is_full_name(words: Sequence[str]) -> bool:
    """Whether two or more words are all names, however common: "will young", "grace hope"."""
    return len(words) > 1 and all(map(lexicon().is_name, words))


def _known_words(known: Mapping[str, Iterable[str] | None] | None) -> frozenset[str]:
    """The words of all names that the source knows of the people of a row; short and everyday ones tell nothing."""
    names = [value for values in (known or {}).values() for value in values or ()]
    words = {fold(word) for name in names for word in _WORD.findall(name)}
    tiers = lexicon().tiers
    return frozenset(word for word in words if len(word) > 1 and tiers.get(word, 9) > 2)
