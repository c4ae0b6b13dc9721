"""Text as it should be: NFC UTF-8, and repaired where it was once decoded with the wrong table."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_LAYERS = 2
# Every wrongly decoded UTF-8 sequence starts with what a lead byte (C2 to F4) looks like in a one-byte table, or holds a C1
# control; text without any of these is passed over without asking ftfy. The letters are those bytes in Windows-1252/1250/1251,
# Latin-1/2, Mac Roman and code page 437/850.
_LEAD = re.compile("[\x80-\x9f\u00c2-\u00f4\u0102-\u0163\u0410-\u0454\u221a\u2500-\u25a0\u252c\u251c\u0393\u2264\u00ac]")
# A single letter, where ftfy sees "à".
_LONE = re.compile(r"(?<!\S)Ã(?= \S)")
_OTHER_TABLES = ("cp1250", "cp1251", "mac_roman", "cp437", "cp850")
_LEAST_SEQUENCES = 2
# What wrong decoding leaves beside it: another sign beyond ASCII, or the space that a no-break space became; "más" has neither.
_SEQUENCE = re.compile("[^\x00-\x7f]{2}|[\u00c2\u00c3\u00c5\u00ce\u00d0\u00d9\u00e0-\u00f4] |[\x80-\x9f]")


def repair(text: str) -> tuple[str, int]:
    """``text`` in NFC, with wrong decodings undone.

    Text that was right stays as it was (but for NFC): a repair is made only where the characters are those that UTF-8 read with
    a one-byte table gives, and are no plausible text as they stand.

    Returns:
        The text, and how many layers of wrong decoding were undone: 0, 1 or 2.
    """
    if text.isascii():
        return text, 0
    layers = 0
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    while layers < _MOST_LAYERS and _LEAD.search(text) and _SEQUENCE.search(text):
        repaired = _undo_one(text)
        if repaired == text:
            break
        text, layers = repaired, layers + 1
    return unicodedata.normalize("NFC", text), layers


def _undo_one(text: str) -> str:
    """One layer of wrong decoding undone, or ``text`` itself where there is none."""
    step, config = _ftfy()
    repaired = str(step(text, config).text)
    if repaired == text:
        return _undo_whole(text)
    if _LONE.search(text) and _is_right_without(text):
        return text
    return repaired


def _undo_whole(text: str) -> str:
    """UTF-8 read with a table that ftfy is wary of; undone only where every character takes part in it.

    In text that was right some character is no part of a UTF-8 sequence: letters of a word stand side by side, and a sequence
    is a letter and then signs. Two sequences are asked for, so that one odd pair of signs is nothing.
    """
    for table in _OTHER_TABLES:
        try:
            repaired = text.encode(table).decode("utf-8")
        except UnicodeError:
            continue
        if sum(character > "\x7f" for character in repaired) >= _LEAST_SEQUENCES:
            return repaired
    return text


def _is_right_without(text: str) -> bool:
    """Whether a lone "Ã" before a space is all that looks wrong, while other letters with accents are right.

    ftfy reads it as an "à" whose second byte became a space; in Portuguese it may as well be the letter itself.
    """
    rest = _LONE.sub("a", text)
    step, config = _ftfy()
    return not rest.isascii() and str(step(rest, config).text) == rest


@functools.cache
def _ftfy() -> tuple[Callable[..., Any], Any]:
    import ftfy

    # ftfy's own loop would undo all layers in one call and not say how many: its single step is what can be counted.
    return ftfy._fix_encoding_one_step_and_explain, ftfy.TextFixerConfig()
