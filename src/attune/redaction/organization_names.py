# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Organizations, schools and places told by the words of their own names: "Harlow & Sons", "Mercy Hospital", "Riverside Park".

A name ends in a head word (or begins with one, "University of …") and needs a word that distinguishes it: "the pain clinic" and "a
support group" are none. In lower case that must be a name, a town or a word that is in no dictionary; before a legal form any word will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from attune.redaction.lexicon import Lexicon, base_of
from attune.redaction.lexicon import lexicon as shipped_lexicon
from attune.redaction.organization_words import (
    ACRONYMS,
    BEFORE_OF,
    BRANDS,
    COMPANY_HEADS,
    DISTINCTIVE,
    GENERIC,
    LEGAL,
    LOWER_HEADS,
    ORGANIZATIONS,
    PLACES,
    SCHOOLS,
    WRITTEN_LEGAL,
    is_generic,
)
from attune.redaction.places import places_of, towns
from attune.redaction.types import Source, Span

#: Words of which a text must hold one.
HEAD_WORDS = LEGAL | ORGANIZATIONS | PLACES | SCHOOLS
_POSSESSIVES = frozenset(f"{word}'s" for word in HEAD_WORDS)
#: Every word that this module asks for.
WORDS = HEAD_WORDS | _POSSESSIVES
_PIECE = re.compile(r"[^\W_]+(?:[.'’&+-][^\W_]+)*(?:(?<=\b[A-Za-z])\.|(?<=\.[A-Za-z])\.)?|[^\s\w]|\n")
_NEAR, _NEAR_AFTER = 80, 50
_UNCOMMON = 4
# Heads in lower case before which an uncommon word alone makes no name.
_WEAK_HEADS = frozenset(
    "center centre park market beach temple primary arms shelter camp fitness dental solutions systems energy capital resources".split()
)
# Heads before which any word in lower case makes a name, as before a legal form.
_STRONG_LOWER = frozenset(
    "airlines pharmaceuticals technologies logistics enterprises ventures biotech therapeutics laboratories aerospace bancorp brewing".split()
)
_ANY_AFTER_OF = frozenset("university college bank church universität universidad county".split())
_GREETINGS = frozenset("dear hi hello hey thanks yes".split())
_DOUBTFUL_LEGAL = WRITTEN_LEGAL.keys() | {"sons", "limited", "bros", "holdings"}
_PREPOSITIONS = frozenset({"at", "from", "with", "for"})
_MOST_BEFORE, _MOST_LOWER_BEFORE = 6, 3
_JOINERS = frozenset("of de del la du für van von der den und et e y & + d'".split())
_AND = frozenset({"and", "&", "+", "und", "et", "y", "e"})
_MEDICAL = frozenset(
    "hospital clinic center centre dental school university college department institute services care hospice".split()
)
# Words that end a name in lower case, whatever they are beside.
_STOPS = frozenset(
    """in on at to from for with by of about into through over under near the a an my our your his her their its this that these those some any no and or but so if when while as is was
    were are be been being am i you he she we they it me him us them who which what where how why do does did have has had will would can could should may might must not go
    goes going went gone get gets got getting make makes made see saw take took went call called visit visited joined join left leave like just also then than there here now really very more most own
    new old other another same good bad great best local big small little whole every each all both out up down off back only even still again already because until since after before during el la los las del de le les der die das im au al which please let's never always sometimes""".split()
)
# "First", "New", "United": stops as words, parts of names before a head.
_NOT_STOPS = frozenset({"new", "old", "great"})


class _Piece(NamedTuple):
    start: int
    end: int
    text: str
    base: str


def find(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """Names in ``text`` that are told by their own words; ``words`` are those of its words in lower case that lists hold."""
    heads = words & (HEAD_WORDS | _POSSESSIVES)
    if heads:
        yield from _by_heads(text, heads)


def _by_heads(text: str, heads: AbstractSet[str]) -> Iterator[Span]:
    """Names around each place where one of ``heads`` stands."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter that grows in lower case: places would not fit
        lowered = text
    for head in sorted({head.removesuffix("'s") for head in heads}):
        for place in places_of(lowered, head):
            if not _may_be_name(text, place, head):
                continue
            first = max(text.rfind(" ", 0, max(0, place - _NEAR)) + 1, place - 2 * _NEAR)
            last = text.find(" ", place + _NEAR_AFTER, place + 2 * _NEAR)
            pieces = _pieces(text, first, min(len(text), place + 2 * _NEAR) if last < 0 else last)
            position = next((at for at, piece in enumerate(pieces) if piece.start == place), None)
            if position is not None and pieces[position].base == head:
                yield from _around(pieces, position)


def _may_be_name(text: str, place: int, head: str) -> bool:
    """A cheap look at the words beside a head: whether they may make it a name."""
    end = place + len(head)
    if head in BEFORE_OF and text[end : end + 4] in (" of ", " de ", " for", " at "):
        return True
    before = text[max(0, place - 30) : place].rstrip().rpartition(" ")[2]
    if not before:
        return False
    if before[0].isupper() or before[0].isdigit() or before in ("&", "and", "+", "und", "of", "la") or before[-1] == ",":
        return True
    return head in LOWER_HEADS and before.lower() not in _STOPS


def _pieces(text: str, first: int, last: int) -> list[_Piece]:
    found = []
    for match in _PIECE.finditer(text, first, last):
        written = match.group()
        base = base_of(written.replace(".", "")) if written[0].isalnum() else written
        end = match.end() - 2 if written[-2:] in ("'s", "’s") else match.end()
        found.append(_Piece(match.start(), end, written, base))
    return found


def _around(pieces: Sequence[_Piece], position: int) -> Iterator[Span]:
    """The name around the head word at ``position``."""
    head, lists = pieces[position], shipped_lexicon()
    if head.base in WRITTEN_LEGAL and not _is_written_legal(pieces, position):
        return
    if position and pieces[position - 1].base in ("of", "for") and head.base != "technology":  # "The Science of Trust"
        return
    first = _without_openers(pieces, _first_capital(pieces, position), position)
    last, named = _after_head(pieces, position)
    small = head.text[0].islower()
    distinct = any(
        _distinguishes(piece, head, lists, small=small) for piece in pieces[first:position] if piece.text[0].isalnum()
    )
    if not (distinct or named):
        if small and first < position and head.base not in LEGAL:
            return
        first, distinct = _first_lower(pieces, position, lists)
    if not (distinct or named) or " ".join(piece.base for piece in pieces[first : last + 1]) in BRANDS:
        return
    kind = _kind(pieces, first, position, last)
    source = Source.SCHOOL if kind == "SCHOOL" else Source.ORGANIZATION_NAME
    yield Span(pieces[first].start, pieces[last].end, kind, source)


def _is_written_legal(pieces: Sequence[_Piece], position: int) -> bool:
    """Whether a short legal form that is also a word or a unit is written as one: "Lindqvist AB", not "70 kg"."""
    head = pieces[position]
    if head.text.islower():  # a text in lower case: the words before it decide
        return position > 0 and pieces[position - 1].text[0].isalpha() and pieces[position - 1].text.islower()
    return head.text in WRITTEN_LEGAL[head.base] and position > 0 and pieces[position - 1].text[-1].isalpha()


def _kind(pieces: Sequence[_Piece], first: int, position: int, last: int) -> str:
    bases = [piece.base for piece in pieces[first : last + 1]]
    head = pieces[position].base
    if any(base in LEGAL for base in bases):
        return "ORGANIZATION"
    if head in SCHOOLS and not (head == "institute" and "technology" not in bases):
        return "SCHOOL"
    if head in ORGANIZATIONS or head == "institute":
        return (
            "SCHOOL"
            if any(base in ("school", "university", "college") for base in bases) and head != "union"
            else "ORGANIZATION"
        )
    return "PLACE"


def _is_capital(piece: _Piece) -> bool:
    return piece.text[0].isupper() or (piece.text[0].isdigit() and len(piece.text) <= 3)


def _first_capital(pieces: Sequence[_Piece], position: int) -> int:
    """The first of the capitalized words before a head."""
    first, at = position, position - 1
    company = pieces[position].base in COMPANY_HEADS
    while at >= 0 and position - at <= 2 * _MOST_BEFORE:
        piece = pieces[at]
        before_capital = at > 0 and _is_capital(pieces[at - 1])
        if _is_capital(piece) and piece.text[0].isalnum():
            first = at
        elif not before_capital or not (
            (piece.base in _AND and (company or piece.text in "&+"))
            or (piece.base in _JOINERS - _AND and first == at + 1)
            or (piece.text == "," and _list_of_partners(pieces, at, position))
        ):
            break
        at -= 1
    return first


def _list_of_partners(pieces: Sequence[_Piece], comma: int, position: int) -> bool:
    """Whether a comma belongs to a firm's name: "Ashby, Cole and Reyes LLP", "Harlow Systems, Inc."."""
    between = [piece.base for piece in pieces[comma + 1 : position]]
    return pieces[position].base in LEGAL and (not between or any(base in _AND for base in between))


def _without_openers(pieces: Sequence[_Piece], first: int, position: int) -> int:
    """Leave words out that only begin a sentence: "At Mercy Hospital", "Yes. Which Hospital"."""
    for at in range(position - 1, first - 1, -1):
        base = pieces[at].base
        if (base in _STOPS and base not in _NOT_STOPS and base not in _JOINERS) or (
            base == "the" and pieces[at - 1].base not in ("of", "for")
        ):
            first = at + 1
            break
    while first < position and (
        not pieces[first].text[0].isalnum() or pieces[first].base in _JOINERS or pieces[first].base in _GREETINGS
    ):
        first += 1
    return first


def _distinguishes(piece: _Piece, head: _Piece, lists: Lexicon, *, small: bool) -> bool:
    """Whether a word before a head makes it a name; before a head without a capital a word of the dictionary does not."""
    base = piece.base
    if base in _STOPS or base in _AND or base in _JOINERS or base in HEAD_WORDS - DISTINCTIVE:
        return False
    if head.base in LEGAL:
        return True
    if not _is_capital(piece) or base in ACRONYMS:
        return False
    if small:
        return base not in GENERIC and _distinguishes_lower(base, head, lists)
    return not is_generic(base, medical=head.base in _MEDICAL)


def _first_lower(pieces: Sequence[_Piece], position: int, lists: Lexicon) -> tuple[int, bool]:
    """The first of the words before a head in lower case, and whether they distinguish a name."""
    head, first, at = pieces[position], position, position - 1
    if head.base not in LOWER_HEADS:
        return position, False
    union = head.base == "union" and position > 0 and pieces[position - 1].base == "credit"
    legal = head.base in LEGAL or head.base in _STRONG_LOWER or union
    distinct = False
    while at >= 0 and position - at <= (2 * _MOST_BEFORE if legal else _MOST_LOWER_BEFORE):
        piece = pieces[at]
        if legal and (piece.text in ("&", ",", "-") or (piece.base in _AND and head.base != "ag")):
            if at == 0 or not pieces[at - 1].text[0].isalnum() or (piece.text == "," and at != position - 1 and not distinct):
                break
            at -= 1
            continue
        if not piece.text[0].isalnum() or (piece.base in _STOPS and piece.base not in _NOT_STOPS) or "'" in piece.base:
            break
        if not legal and lists.tiers.get(piece.base, 9) <= 1 and piece.base != "first":
            break
        first = at
        distinct |= (legal and piece.base not in _STOPS) or _distinguishes_lower(piece.base, head, lists)
        at -= 1
    if (
        legal
        and head.base in ("ab", "as", "oy", "spa", "ag", "nv", "lp", "sas", "sons", "limited", "bros")
        and not _clear_lower(pieces, first, position, lists)
    ):
        return position, False
    if (
        not distinct
        and not legal
        and first < position
        and at >= 0
        and pieces[at].base in _PREPOSITIONS
        and head.base not in _WEAK_HEADS
    ):
        # "an account at three rivers credit union"
        distinct = (
            position - first > 1
            and not pieces[first].base.endswith("ing")
            and any(
                lists.tiers.get(piece.base, 9) >= _UNCOMMON
                and not is_generic(piece.base, medical=True)
                and piece.text[0].isalpha()
                for piece in pieces[first:position]
            )
        )
        return (first, True) if distinct else (position, False)
    while distinct and not legal and first < position and _is_only_before(pieces[first].base, head, lists):
        first += 1
    return (first, distinct) if first < position else (position, False)


def _is_only_before(base: str, head: _Piece, lists: Lexicon) -> bool:
    """Whether a word in lower case only stands before a name: "the local harlow clinic", not "first baptist church"."""
    return base != "first" and not _distinguishes_lower(base, head, lists) and is_generic(base, medical=True)


def _clear_lower(pieces: Sequence[_Piece], first: int, position: int, lists: Lexicon) -> bool:
    """Whether a legal form that is also a word ends a name: "park & sons", "lindqvist ab", not "my two sons"."""
    if pieces[position].base in ("sons", "bros"):
        return pieces[position - 1].base in _AND and any(lists.is_name(piece.base) for piece in pieces[first:position])
    return any(piece.base not in lists.tiers for piece in pieces[first:position] if piece.text[0].isalpha())


def _distinguishes_lower(base: str, head: _Piece, lists: Lexicon) -> bool:
    if base in HEAD_WORDS or base in _STOPS:
        return False
    if base in DISTINCTIVE:
        return head.base in PLACES or head.base in SCHOOLS
    if is_generic(base, medical=True):
        return False
    tier = lists.tiers.get(base, 9)
    if lists.is_name(base) and tier > 4 and base not in lists.ambiguous:
        return True
    kind = towns().kinds.get(base)
    if kind in ("plain", "region") or (kind == "sure" and tier > 4):
        return True
    return tier == 9 and base.isalpha() and len(base) > 3


def _after_head(pieces: Sequence[_Piece], position: int) -> tuple[int, bool]:
    """The last word of a name after its head, and whether a name follows: "University of Ghent", "Harlow Systems, Inc."."""
    last = position
    at = position + 1
    while at < len(pieces) and (
        (
            pieces[at].base in HEAD_WORDS
            and pieces[at].text[0].isupper() == pieces[position].text[0].isupper()
            and pieces[at].base not in ("co",)
        )
        or (pieces[at].text == "," and at + 1 < len(pieces) and pieces[at + 1].base in LEGAL)
        or (
            pieces[at].base in _AND
            and at + 1 < len(pieces)
            and pieces[at + 1].base in LEGAL | {"co"}
            and pieces[position].base in COMPANY_HEADS
        )
    ):
        if pieces[at].base in HEAD_WORDS:
            last = at
        at += 1
    if (
        pieces[position].base in BEFORE_OF
        and at + 1 < len(pieces)
        and pieces[at].base in ("of", "de", "for", "at")
        and pieces[at].text.islower()
    ):
        end = _after_of(pieces, at + 1, pieces[position].base)
        if end:
            return end, True
    return last, False


def _after_of(pieces: Sequence[_Piece], at: int, head: str) -> int:
    """The last word of what follows "of"; 0: no name does."""
    if pieces[at].base == "the" and at + 1 < len(pieces):
        at += 1
    last, start, lists = 0, at, shipped_lexicon()
    while at < len(pieces) and _is_capital(pieces[at]) and pieces[at].text[0].isalpha() and pieces[at].base not in _STOPS:
        last = at
        at += 1
    if last:
        plain = all(lists.tiers.get(piece.base, 9) < 8 and not lists.is_name(piece.base) for piece in pieces[start : last + 1])
        return 0 if plain and head not in _ANY_AFTER_OF else last
    if at < len(pieces) and pieces[at].text[0].isalpha():
        kind = towns().kinds.get(pieces[at].base)
        two = f"{pieces[at].base} {pieces[at + 1].base}" if at + 1 < len(pieces) else ""
        if two in towns().kinds:
            return at + 1
        if kind in ("plain", "sure", "region") or pieces[at].base in ("christ",):
            return at
    return 0
