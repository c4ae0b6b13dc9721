"""Encoding repair: text in NFC, with wrong decodings (mojibake such as ``cafÃ©``) undone."""

from __future__ import annotations

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_LAYERS = 2
# A wrongly decoded UTF-8 sequence starts with what a lead byte (C2 to F4) looks like in a one-byte encoding, or holds a C1
# control character; text without any of these is returned without asking ftfy. The characters are those bytes in
# Windows-1252/1250/1251, Latin-1/2, Mac Roman and code pages 437/850.
_LEAD = re.compile("[\x80-\x9f\u00c2-\u00f4\u0102-\u0163\u0410-\u0454\u221a\u2500-\u25a0\u252c\u251c\u0393\u2264\u00ac]")
# A "Ã" that stands alone; ftfy takes it for a damaged "à".
_LONE = re.compile(r"(?<!\S)Ã(?= \S)")
_OTHER_ENCODINGS = ("cp1250", "cp1251", "mac_roman", "cp437", "cp850")
_MIN_SEQUENCES = 2
# What follows a lead byte in mojibake: another non-ASCII character, or a space that was a no-break space. "más" has neither.
_SEQUENCE = re.compile("[^\x00-\x7f]{2}|[\u00c2\u00c3\u00c5\u00ce\u00d0\u00d9\u00e0-\u00f4] |[\x80-\x9f]")


def repair(text: str) -> tuple[str, int]:
    """Normalize ``text`` to NFC and undo wrong decodings.

    Text that was right is not changed, except by NFC: a repair is made only where the characters are those that UTF-8 bytes
    give in a one-byte encoding, and are implausible as they stand.

    Returns:
        The text, and how many layers of wrong decoding were undone: 0, 1 or 2.
    """
    if text.isascii():
        return text, 0
    layers = 0
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    while layers < _MAX_LAYERS and _LEAD.search(text) and _SEQUENCE.search(text):
        repaired = _undo_layer(text)
        if repaired == text:
            break
        text, layers = repaired, layers + 1
    return unicodedata.normalize("NFC", text), layers


def _undo_layer(text: str) -> str:
    """``text`` with one layer of wrong decoding undone, or unchanged if there is none."""
    repaired = _undo_with_ftfy(text)
    if repaired == text:
        return _undo_other_encodings(text)
    if _LONE.search(text) and _is_right_without_lone(text):
        return text
    return repaired


def _undo_with_ftfy(text: str) -> str:
    """One layer undone by ftfy, which plans for all layers at once: the plan is cut after its first decoding."""
    import ftfy

    plan = ftfy.fix_encoding_and_explain(text).explanation
    if not plan:
        return text
    actions = [step.action for step in plan]
    first = actions.index("decode") + 1 if actions[0] == "encode" else 1
    return str(ftfy.apply_plan(text, [(step.action, step.parameter) for step in plan[:first]]))


def _undo_other_encodings(text: str) -> str:
    """UTF-8 read in an encoding that ftfy does not try, or is cautious with; undone only where every character takes part.

    In text that was right, some character is not part of a UTF-8 sequence: the letters of a word stand side by side, while a
    sequence is a letter followed by symbols. At least two sequences are required, so that one odd pair changes nothing.
    """
    for encoding in _OTHER_ENCODINGS:
        try:
            repaired = text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if sum(character > "\x7f" for character in repaired) >= _MIN_SEQUENCES:
            return repaired
    return text


def _is_right_without_lone(text: str) -> bool:
    """Whether only a lone "Ã" before a space looks wrong, while other accented letters are right.

    ftfy reads it as an "à" whose second byte became a space; in Portuguese it may be the letter itself.
    """
    rest = _LONE.sub("a", text)
    return not rest.isascii() and _undo_with_ftfy(rest) == rest
