"""The plain form of a text for the second scan and the PII gate, by Unicode's own categories.

It shares no table with the view that the first pass detects on: a character that one of them forgets must not be forgotten by
the other.
"""

from __future__ import annotations

import functools
import re
import unicodedata

_BLANKS = re.compile(r"[ \t]{2,}")
_MINUS = "\u2212"


def plain_form(text: str) -> str:
    """``text`` in compatibility form (NFKC): plain digits, letters, blanks and hyphens, without invisible characters."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", text)
        text = "".join(map(_plain, folded)) if not folded.isascii() else folded
    return _BLANKS.sub(" ", text.replace("\t", " "))


@functools.lru_cache(maxsize=1 << 13)
def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category == "Pd" or character == _MINUS:
        return "-"
    if category in {"Cf", "Me"} or unicodedata.name(character, "").startswith("VARIATION SELECTOR"):
        return ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    return character
