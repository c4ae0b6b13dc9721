"""Masks object keys for reports, because paths can contain names, e-mail addresses and ids.

A word of a key is shown when the family map contains it, or when it is a dictionary word and in no list of names. Every other
word except a short file extension becomes ``…``, and every run of digits ``#``: ``users/ann_lee/session_12.txt`` becomes
``users/…/session_#.txt``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from attune.steps.ingest.families import FamilyMap

_WORD = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+")
_HIDDEN = "…"
_REPEATED = re.compile(f"{_HIDDEN}(?:[^/]?{_HIDDEN})+")
_FORMATS = frozenset(
    "jsonl json csv tsv parquet txt text vtt srt chatml md gz zst zip xml html pdf doc docx xlsx mp mov wav".split()  # noqa: SIM905
)
_ENDING = re.compile(r"\.([A-Za-z]{1,4})$")
_LONGEST = 200


class KeyMask:
    """Masks the parts of a key that may identify a person.

    Args:
        families: the map; the words of its patterns and family names are shown.
    """

    def __init__(self, families: FamilyMap) -> None:
        said: Iterable[str] = [entry.pattern for entry in families.families] + list(families.ignore) + families.names
        self._words = _FORMATS | {word.lower() for text in said for word in _WORD.findall(text)}

    def __call__(self, key: str) -> str:
        """``key`` with names and numbers masked."""
        ending = _ENDING.search(key)
        place = ending.start() if ending and not _is_name(ending[1]) else len(key)
        shown = _DIGITS.sub("#", _WORD.sub(self._shown, key[:place]))
        shown = _REPEATED.sub(_HIDDEN, shown) + key[place:]
        return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + _HIDDEN

    def _shown(self, found: re.Match[str]) -> str:
        word = found[0]
        if word.lower() in self._words:
            return word
        return word if len(word) > 1 and _is_word(word) and not _is_name(word) else _HIDDEN


def _is_word(word: str) -> bool:
    from attune.redaction.lexicon import fold, lexicon

    return lexicon().is_word(fold(word))


def _is_name(word: str) -> bool:
    from attune.redaction.lexicon import fold, lexicon

    return lexicon().is_name(fold(word))
