"""The plain view of a text, on which redaction detects: what the text shows, with every place mapped back to the text itself.

A number with no-break spaces, an address with full-width letters or a name with a soft hyphen inside reads like the plain one,
so it must be found like the plain one. The view is made in stages, each on the result of the one before:

1. HTML character references become characters (``&nbsp;``, ``&#8209;``, also ``&amp;nbsp;``), and tags without attributes that
   format a part of a line are left out (``<b>``, ``<wbr>``).
2. Characters become the plain ones that they show (``plain_characters``); what shows nothing is left out; letters and their
   combining accents are joined.
3. Dashes and underscores between digits become "-", dots in the middle of a line ".", and marks inside words that stand for an
   apostrophe one; Greek and Cyrillic letters in a Latin word become the Latin ones that they look like. No place moves.
4. Several blanks become one.
5. Square brackets are left out, except those of placeholders, of "[at]" and "[dot]" and around single signs: a name in brackets
   is a name.

The view of most texts is the text itself. What is outside of the places that are replaced keeps its characters, since
only places are mapped back.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from attune.redaction.placeholders import EXPRESSION, PLACEHOLDER
from attune.redaction.plain_characters import COMBINING, LONG_DASHES, PLAIN_FORMS
from attune.text.normalization import LOOKALIKES, OTHER_ALPHABET

#: A stretch of a text that shows something else than its own characters: its begin and end, and what it shows.
Change = tuple[int, int, str]
# Where a changed stretch begins in the view and in the text, and how long it is in each.
_Block = tuple[int, int, int, int]

_REFERENCE = re.compile(
    r"&(?:(?:amp|#38|#x26);)*(?:(?:#0{0,9}\d{1,7}|#x0{0,9}[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});|nbsp|#0{0,9}\d{2,7}(?!\d))", re.I
)
_TAGS = re.compile(
    r"</?(?:b|i|u|s|em|strong|small|big|sub|sup|span|font|wbr|mark|del|ins|code|tt|kbd|nobr)\s?/?>|(</?(?:br|td|p)\s?/?>)", re.I
)
# Letters of Western Europe, quotes and long dashes are as plain as they get, and stand in most texts that are not ASCII.
_ODD = re.compile("[^\n -~\u00a1-\u00ac\u00ae-\u00b1\u00b4-\u00b8\u00ba-\u017e\u0180-\u01c3‘’“”–—…•€]+")
_ODD_IN_ASCII = re.compile("[^\n -~]+")
_SIGNS = b"&<[]`_\x7f" + bytes(set(range(32)) - {10})  # of ASCII: what starts any change but that of blanks
_COMBINING = re.compile(f"[{COMBINING}]")
_BLANKS = re.compile("  +")
_BRACKET = re.compile(r"[\[\]]")
_BRACKETS = re.compile(
    rf"(?-i:{EXPRESSION})"
    r"|\[\s*(?:at|ät|arroba|chiocciola|dot|punkt|punto|ponto|point|period|dash|hyphen|minus|plus|underscore|[^\w\s\[\]]+|)\s*\]"
    r"|(?<!\w)\[\w\](?!\w)"
    r"|\[[0-9a-f.]*:[0-9a-f:.]*(?:%\w+)?\]"
    r"|(?P<letter>(?<=[^\W_])\[[^\W\d_]{1,2}\]|\[[^\W\d_]{1,2}\](?=[^\W_]))"
    r"|(?P<bracket>[\[\]])",
    re.I,
)

# Between digits with or without blanks, between groups of a code ("GB82–WEST–1234", "B–XY 123"), and in mail and web addresses.
_DASHES = re.compile(
    rf"[{LONG_DASHES}](?:(?:(?<=[\d)].)|(?<=[\d),] .))(?= ?[\d(+])|(?<=\d.)(?=[A-Za-z]{{1,4}}[-{LONG_DASHES}\d]|[A-Za-z](?!\w))"
    rf"|(?:(?<=\b[A-Za-z].)|(?<=\b[A-Za-z]{{2}}.)|(?<=\b[A-Za-z]{{3}}.))(?=[A-Za-z]{{1,2}}[-{LONG_DASHES} ]?\d)"
    r"|(?<=[A-Za-z].)(?=\d{3})|(?<=\w.)(?=[\w.+-]{0,64}\w[@.]\w))"
)
_DOTS = re.compile("[\u00b7\u2022\u2027\u2219\u22c5\u30fb](?<=\\d.)(?=\\d)")
_APOSTROPHES = re.compile("[`\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u2018\u201b\u2032\uff07](?<=[^\\W\\d_].)(?=[^\\W\\d_])")
# Numbers in groups ("4111_1111_…") and behind a word ("PERSON_4155550132"), but no parts of links and short numbers of names.
_UNDERSCORE = re.compile(r"_(?:\d{3}|(?<=\d_)\d)")
_DIGITS = re.compile(r"(?<![\w/=&?#.:@-])((?:[A-Za-z]{2,20}_)?)(\d+(?:_\d+)*)(?!\w)")
_FEWEST_DIGITS = 7
_HAS_MARKS = re.compile(
    f"[{LONG_DASHES}`\u00b4\u00b7\u02b9\u02bb\u02bc\u02bd\u02c8\u2018\u201b\u2022\u2027\u2032\u2219\u22c5\u30fb]"
)

_OTHER_LETTER = re.compile(f"[{OTHER_ALPHABET}]")
_MIXED = re.compile(f"[A-Za-z][{OTHER_ALPHABET}]|[{OTHER_ALPHABET}][A-Za-z]")
_LATIN = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"\w+")
# Capitals look like other letters than their small forms do: "В" is no "b" and "ν" is no "n".
_CAPITALS = dict(zip("АВЕКМНОРСТХУІЈЅԌԚԜҮӀΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTXYIJSGQWYIABEZHIKMNOPTYX", strict=True))
_LATIN_FORMS: dict[int, str | int] = {**LOOKALIKES, **{ord(other): latin for other, latin in _CAPITALS.items()}}


class PlainView:
    """A text as it reads, with the way back from places in it to places in the text itself."""

    __slots__ = ("_stages", "text")

    def __init__(self, text: str, stages: tuple[tuple[list[int], list[_Block]], ...] = ()) -> None:
        self.text = text
        self._stages = stages

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text itself that shows what stands from ``start`` to ``end`` here, with what is hidden inside."""
        for starts, blocks in reversed(self._stages):
            end = _back(starts, blocks, end - 1, last=True) if end > start else _back(starts, blocks, end, last=False)
            start = _back(starts, blocks, start, last=False)
        return start, max(start, end)


def _back(starts: list[int], blocks: list[_Block], place: int, *, last: bool) -> int:
    """Where the character at ``place`` begins before a stage, or with ``last`` ends."""
    number = bisect_right(starts, place) - 1
    if number < 0:
        return place + last
    here, there, length, before = blocks[number]
    if place < here + length:
        return there + before if last else there
    return there + before + place - here - length + last


def plain_view(text: str) -> PlainView:
    """The view of a text; of most texts the text itself."""
    ascii_only = text.isascii()
    # What redaction has put in itself is plain: nearly all texts are here that are read again after a replacement.
    if ascii_only and is_plain(PLACEHOLDER.sub("x", text) if "[" in text else text):
        return PlainView(text)
    stages: list[tuple[list[int], list[_Block]]] = []
    if "&" in text:
        text = _staged(text, _references(text), stages)
        ascii_only = text.isascii()
    if "<" in text:
        text = _staged(text, ((*match.span(), " " if match[1] else "") for match in _TAGS.finditer(text)), stages)
    if not ascii_only:
        text = _staged(text, _characters(text, _ODD), stages)
        text = _in_place(text)
    elif not (text.isprintable() or text.replace("\n", "").isprintable()):
        text = _staged(text, _characters(text, _ODD_IN_ASCII), stages)
    if ascii_only and "`" in text:
        text = _APOSTROPHES.sub("'", text)
    if "_" in text and _UNDERSCORE.search(text):
        text = _DIGITS.sub(_grouped, text)
    if "  " in text:
        text = _staged(text, ((*match.span(), " ") for match in _BLANKS.finditer(text)), stages)
    if "[" in text or "]" in text:
        text = _staged(text, _brackets(text), stages)
    return PlainView(text, tuple(stages))


def changed_view(text: str, changes: Iterable[Change]) -> PlainView:
    """The view of a text with the given changes, which are in order and disjoint."""
    stages: list[tuple[list[int], list[_Block]]] = []
    changed = _staged(text, changes, stages)
    return PlainView(changed, tuple(stages))


def is_plain(text: str) -> bool:
    """Whether nothing in a text of ASCII can show something else than itself."""
    return "  " not in text and len(text.encode().translate(None, _SIGNS)) == len(text)


def _staged(text: str, changes: Iterable[Change], stages: list[tuple[list[int], list[_Block]]]) -> str:
    """``text`` with the changes made; where a place moves, the blocks are added to ``stages``."""
    pieces: list[str] = []
    blocks: list[_Block] = []
    position, shift = 0, 0
    for start, end, shown in changes:
        pieces += (text[position:start], shown)
        position = end
        if end - start != len(shown) or len(shown) > 1:
            blocks.append((start + shift, start, len(shown), end - start))
            shift += len(shown) - (end - start)
    if not pieces:
        return text
    if blocks:
        stages.append(([block[0] for block in blocks], blocks))
    pieces.append(text[position:])
    return "".join(pieces)


def _references(text: str) -> Iterator[Change]:
    for match in _REFERENCE.finditer(text):
        name = match.group().rsplit("&", 1)[-1].rsplit("amp;", 1)[-1].rsplit("#38;", 1)[-1].rsplit("#x26;", 1)[-1]
        reference = f"&{name}" if name else "&amp;"
        shown = html.unescape(reference)
        shown = html.unescape(reference.lower()) if shown == reference else shown
        if shown != reference and len(shown) == 1:
            yield *match.span(), shown


def _characters(text: str, odd: re.Pattern[str]) -> Iterator[Change]:
    """What odd characters show: each by itself, with the accents that stand after it."""
    for match in odd.finditer(text):
        stretch = match.group()
        if stretch.translate(PLAIN_FORMS) == stretch and not _COMBINING.search(stretch):
            continue
        yield from _shown(text, match.start(), match.end())


def _shown(text: str, first: int, last: int) -> Iterator[Change]:
    """The changes of one odd stretch; an accent at its begin belongs to the letter before it."""
    start = first - 1 if first and _COMBINING.match(text, first) and not text[first - 1].isspace() else first
    while start < last:
        character = text[start]
        end = start + 1
        while end < last and _COMBINING.match(text, end):
            end += 1
        if character == "\r":
            shown = "" if text[end : end + 1] == "\n" else "\n"
        else:
            shown = "" if _COMBINING.match(character) else character.translate(PLAIN_FORMS)
        if end > start + 1 and len(shown) == 1:
            composed = unicodedata.normalize("NFC", shown + text[start + 1 : end])
            shown = composed if len(composed) == 1 else shown
        if shown != text[start:end]:
            yield start, end, shown
        start = end


def _in_place(text: str) -> str:
    """Stage 3: no place moves."""
    if _HAS_MARKS.search(text):
        text = _DOTS.sub(".", _DASHES.sub("-", text))
        text = _APOSTROPHES.sub("'", text)
    if _OTHER_LETTER.search(text) and _LATIN.search(text):
        if all(ord(letter) in _LATIN_FORMS for letter in _OTHER_LETTER.findall(text)):
            return text.translate(_LATIN_FORMS)
        if _MIXED.search(text):
            return _WORD.sub(_in_one_alphabet, text)
    return text


def _grouped(number: re.Match[str]) -> str:
    word, digits = number.groups()
    if sum(map(str.isdigit, digits)) < _FEWEST_DIGITS:
        return number.group()
    return word.replace("_", " ") + digits.replace("_", "-")


def _in_one_alphabet(word: re.Match[str]) -> str:
    written = word.group()
    return written.translate(_LATIN_FORMS) if _MIXED.search(written) else written


def _brackets(text: str) -> Iterator[Change]:
    """Brackets that are left out; between two words a blank stands for them."""
    position = 0
    for bracket in _BRACKET.finditer(text):
        match = _BRACKETS.match(text, bracket.start()) if bracket.start() >= position else None
        if match is None:
            continue
        start, position = match.span()
        end = position
        if match["letter"]:  # "[D]ave"
            yield start, start + 1, ""
            yield end - 1, end, ""
        elif match["bracket"]:
            between = text[start - 1 : start].isalnum() and text[end : end + 1].isalnum()
            yield start, end, " " if between else ""
