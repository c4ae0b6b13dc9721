"""What single characters show in plain letters, digits, blanks and signs: "１", "𝟙" and "①" are 1, a no-break space is a blank.

Built on Unicode's own data (digit values, compatibility forms, names of letters), so that no script or style has to be listed.
"""

from __future__ import annotations

import re
import unicodedata

from attune.text.normalization import INVISIBLE

#: Characters that belong to the one before them: accents, strokes, keycaps, variation selectors.
COMBINING = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
#: Dashes that may end a clause as well: they are hyphens between digits only.
LONG_DASHES = "\u2012\u2013\u2014\u2015\u2e3a\u2e3b"

_BLANKS = frozenset("\t\v\f\x1c\x1d\x1e\x1f\u115f\u1160\u2800\u3164\uffa0")  # besides those that Unicode calls spaces
_HYPHENS = frozenset(
    "\u02d7\u058a\u05be\u1400\u1806\u2010\u2011\u2043\u207b\u208b\u2212\u2796\u2e17\u2e1a\u2e40\ufe58\ufe63\uff0d"
)
_SIGNS = {
    **dict.fromkeys("\x85\u2028\u2029", "\n"),
    **dict.fromkeys("\u2044\u2215\u29f8\u2571", "/"),
    **dict.fromkeys("\u0589\u05c3\u02d0\u02f8\u2236\ua789\ufe13\ufe55", ":"),
    **dict.fromkeys("\u2024\u3002\uff61\ua4f8", "."),
    **dict.fromkeys("\u204e\u2217\u2731", "*"),
    **dict.fromkeys("\u02cd\u203f\u2040\ufe4d\ufe4e\ufe4f", "_"),
    "\u2795": "+",
    "\u0251": "a",
    "\u0261": "g",
    "\U0001f51f": "10",  # keycap ten
}
# Letters in styles that have no compatibility form: small capitals, and white letters in black circles and squares.
_STYLED = re.compile(
    r"LATIN LETTER SMALL CAPITAL ([A-Z])|(?:CROSSED )?NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER ([A-Z])"
)
_LIGATURES = frozenset("\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06")
_CONTROL = frozenset({"Cc"})


class _PlainForms(dict[int, str]):
    """Plain forms by code point, for ``str.translate``; each is worked out when its character is first seen."""

    def __missing__(self, code: int) -> str:
        form = self[code] = _plain_form(chr(code))
        return form


def _plain_form(character: str) -> str:
    """The plain form of one character; empty where it shows nothing, itself where it is as plain as it gets."""
    category = unicodedata.category(character)
    if character == "\n":
        return character
    if category == "Zs" or character in _BLANKS:
        return " "
    if character in _SIGNS:
        return _SIGNS[character]
    if category in _CONTROL or INVISIBLE.fullmatch(character):
        return ""
    if character in _HYPHENS:
        return "-"
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    return _letter(character, category)


def _letter(character: str, category: str) -> str:
    form = unicodedata.normalize("NFKC", character)
    number = unicodedata.numeric(character, None) if category == "No" else None
    if number is not None and number >= 10 and number == int(number) and number <= 50:  # numbers in circles
        return str(int(number))
    if form != character:
        return form if len(form) == 1 or character in _LIGATURES else character
    styled = _STYLED.fullmatch(unicodedata.name(character, ""))
    if styled:
        return styled[1].lower() if styled[1] else styled[2]
    return character


#: Code point -> plain form.
PLAIN_FORMS = _PlainForms()
