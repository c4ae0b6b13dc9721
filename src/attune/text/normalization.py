"""Texts as a reader sees them: what nobody can tell apart by eye is the same for everything that compares.

- Characters without a shape (zero-width spaces, soft hyphens) are not there.
- Compatibility forms (full-width letters, ligatures) and combined accents are the letters that they show (NFKC).
- Case makes no difference, in any script (``str.casefold``: STRASSE is straße).
- In a word that puts letters of the Latin and of the Greek or Cyrillic alphabet side by side, those of the others that look
  like a Latin one are that one. Words of one alphabet stay as they are: Russian is no misspelt English.

ASCII needs none of it but the lower case. The leakage gate does the same with code of its own (``gates/likeness.py``).
"""

from __future__ import annotations

import re
import unicodedata

_SHAPELESS = [
    0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010), *range(0x202A, 0x202F),
    *range(0x2060, 0x2070), *range(0xFE00, 0xFE10), 0xFEFF, *range(0xE0000, 0xE1000),
]  # fmt: skip
_SHAPELESS_RUN = re.compile("[" + "".join(chr(code) for code in _SHAPELESS if code < 0xE0000) + "\U000e0000-\U000e0fff]+")

_LATIN_FOR = {
    "а": "a",
    "е": "e",
    "о": "o",
    "р": "p",
    "с": "c",
    "у": "y",
    "х": "x",
    "і": "i",
    "ј": "j",
    "ѕ": "s",
    "ԁ": "d",
    "һ": "h",
    "ӏ": "l",
    "ԛ": "q",
    "ԝ": "w",
    "α": "a",
    "ο": "o",
    "ε": "e",
    "ρ": "p",
    "ν": "v",
    "ι": "i",
    "κ": "k",
    "τ": "t",
    "υ": "u",
    "χ": "x",
}
_AS_LATIN = str.maketrans(_LATIN_FOR)
_OTHER = "\u0370-\u03ff\u0400-\u052f"
_HAS_OTHER = re.compile(f"[{_OTHER}]")
_SIDE_BY_SIDE = re.compile(f"[a-z][{_OTHER}]|[{_OTHER}][a-z]")
_RUN = re.compile(r"\w+")

# Marks belong to the word that they stand in; from U+3000 on nothing is written with them that has words.
_MARKS = "".join(chr(code) for code in range(0x300, 0x3000) if unicodedata.category(chr(code))[0] == "M")
_BETWEEN_WORDS = re.compile(rf"[^\x00-\x7f\w{_MARKS}]+")
_NO_LETTERS = re.compile(r"[\W_]+")
# Digits in circles (❶) are words, but stand among pictographs, which are none: they go where nobody writes, in Glagolitic.
_CIRCLED = re.compile("[\u2776-\u2793]")
_TO_GLAGOLITIC = 0x2C30 - 0x2776


def plain(text: str) -> str:
    """A text as a reader sees it, in one case of letters."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", _shaped(text))
    text = _shaped(text).casefold()  # once more: some forms stand for characters without a shape
    if _HAS_OTHER.search(text) and _SIDE_BY_SIDE.search(text):
        text = _RUN.sub(_in_one_alphabet, text)
    return text


def spaced(text: str) -> str:
    """A text as a reader sees it, in which only ASCII and spaces end words; scripts without spaces stay as they are."""
    uncircled = _CIRCLED.sub(lambda digit: chr(ord(digit.group()) + _TO_GLAGOLITIC), plain(text))
    return _BETWEEN_WORDS.sub(" ", uncircled)


def letters(text: str) -> str:
    """The letters and digits of a text as a reader sees them, without marks, spaces and signs."""
    return _NO_LETTERS.sub("", plain(text))


def _shaped(text: str) -> str:
    return _SHAPELESS_RUN.sub("", text)


def _in_one_alphabet(word: re.Match[str]) -> str:
    return word.group().translate(_AS_LATIN) if _SIDE_BY_SIDE.search(word.group()) else word.group()
