"""The plain form of a text for the second scan and the PII gate, by Unicode's own categories.

It shares no table with the view that the first pass detects on: a character that one of them forgets must not be forgotten by
the other.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata

_BLANKS = re.compile(r"[ \t]{2,}")
_MINUS = "\u2212"
_MOST_PASSES = 50  # references of references; a bound on the work that a hostile text can ask for


def plain_form(text: str) -> str:
    """``text`` in compatibility form (NFKC): plain digits, letters, blanks and hyphens, without invisible characters.

    Character references of HTML, also of references, count as what they stand for.
    """
    for _ in range(_MOST_PASSES):
        before = text
        text = html.unescape(text) if "&" in text else text
        if not text.isascii():
            text = "".join(map(_plain, unicodedata.normalize("NFKC", text)))
        text = _BLANKS.sub(" ", text.replace("\t", " "))
        if text == before or "&" not in text:
            break
    return text


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
