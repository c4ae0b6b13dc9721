"""The shipped lists of words and names, tokenization into words, and look-up.

The lexicon is read once per process (about 0.2 s). ``tools/train_names/lexicon.py`` makes it.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

#: The shipped word lists.
FILE = Path(__file__).with_name("lexicon.json.gz")

#: A word: letters, with apostrophes inside ("O'Brien", "ann's").
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

_POSSESSIVE = re.compile(r"['’](?:s|S)?$|(?<=s)['’]$")
# Up to this tier a word is so common that its lower-case form is not taken for a name again in a conversation.
EVERYDAY_TIER = 5
RAREST_TIER = 7  # the words of large dictionaries alone
# From this tier on a word is seldom capitalized inside a sentence unless it is a name.
_UNCOMMON = 3
# Characters on each side of a word that are looked at with it: more than the name model reaches.
_NEAR = 72
OTHER_LANGUAGE_TIER = 8


# Everything that no word is made of, as blanks: cutting by it and by blanks is several times faster than an expression.
_BLANKS = {code: " " for code in range(128) if not chr(code).isalpha() and chr(code) != "'"}
_ASCII_BLANKS = bytes(ord(_BLANKS.get(code, chr(code))) if code < 128 else 32 for code in range(256))
_BLANKS |= {ord(mark): " " for mark in "—–…“”«»¿¡•\u00a0‘‚„"} | {ord("’"): "'"}


def forms_of(text: str) -> list[str]:
    """The words of ``text`` as typed, without their places; apostrophes are straight. Rough, for looking up only."""
    if text.isascii():
        return text.encode().translate(_ASCII_BLANKS).decode().split()  # bytes are translated ten times faster
    return text.translate(_BLANKS).split()


_ANY_DIGIT = re.compile(r"\d")


def any_digit(text: str) -> bool:
    """Whether a digit of any script is in ``text``; in plain text ten looks are several times faster than an expression."""
    if text.isascii():
        return (
            "1" in text
            or "2" in text
            or "0" in text
            or "3" in text
            or "5" in text
            or "4" in text
            or "6" in text
            or "7" in text
            or "8" in text
            or "9" in text
        )
    return _ANY_DIGIT.search(text) is not None


class Word(NamedTuple):
    """A word of a text, with its place and the form that it is looked up by (folded, without the possessive)."""

    start: int
    end: int
    text: str
    base: str


@functools.lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """Lower case, without accents, with a straight apostrophe."""
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFD", lowered.replace("’", "'").replace("ß", "ss"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@functools.lru_cache(maxsize=1 << 16)
def base_of(word: str) -> str:
    """The folded word without a possessive ``'s``."""
    return _POSSESSIVE.sub("", fold(word))


def stretches_of(text: str, forms: Iterable[str], *, near: int = _NEAR, lower: bool = False) -> list[tuple[int, int]]:
    """The stretches of ``text`` around every place where one of ``forms`` stands, cut at blanks, merged where they meet.

    Only the words near a candidate decide on it: the rest of a long text is not tokenized.

    Args:
        text: any text.
        forms: words as typed, with straight apostrophes.
        near: how many characters on each side belong to a stretch at least.
        lower: the forms are lower case and stand for any case.
    """
    searched = text.replace("’", "'")
    if lower:
        searched = searched.lower()
    if len(searched) != len(text):  # a letter that grows in lower case: places would not fit
        return [(0, len(text))]
    places = []
    for form in forms:
        place = searched.find(form)
        while place >= 0:
            places.append((max(0, place - near), place + len(form) + near))
            place = searched.find(form, place + len(form))
    stretches: list[tuple[int, int]] = []
    for begin, end in sorted(places):
        first = text.rfind(" ", 0, begin) + 1 if begin else 0
        last = text.find(" ", end)
        last = len(text) if last < 0 else last
        if stretches and first <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(last, stretches[-1][1]))
        else:
            stretches.append((first, last))
    return stretches


# Half the cost of calling the class; words are made by the million.
_tuple = tuple.__new__


def words_of(text: str, first: int = 0, last: int | None = None) -> list[Word]:
    """The words of ``text`` in order; a trailing possessive belongs to the word's text but not to its ``end``."""
    words = []
    for match in WORD.finditer(text, first, len(text) if last is None else last):
        start, end = match.span()
        written = match.group()
        if written[-2:] in ("'s", "’s", "'S", "’S"):
            end -= 2
        words.append(_tuple(Word, (start, end, text[start:end], base_of(written))))
    return words


@dataclass(frozen=True)
class Lexicon:
    """Word lists. All keys are folded."""

    tiers: dict[str, int]  # 1: the commonest English words … 7: rare ones; 8: common in six other languages
    first: frozenset[str]
    last: frozenset[str]
    well_known: frozenset[str]  # names that are written often
    ambiguous: frozenset[str]  # names that are words as well
    not_names: frozenset[str]  # months, nations, drugs, apps: capitalized, but no names of people
    proper: frozenset[str]  # words that are written often and stand in no dictionary: brands, places, slang, people
    foreign: frozenset[str]  # rarer words of Spanish and German: no names there in lower case
    trivial: frozenset[str]  # forms as typed that are no candidates for names by themselves
    common_names: frozenset[str]  # names that are among the commonest words: trivial even so
    uncommon_capitals: frozenset[str]  # trivial forms that are candidates when capitalized inside a sentence
    other_languages: frozenset[str]  # words that are common in other languages and not in English
    unnamed: frozenset[str]  # ``not_names`` and ``medical``
    medical: frozenset[str]  # drugs, conditions, body parts, tests and treatments; no names
    drugs_and_names: frozenset[str]  # those that people are called too: "Allegra", "Camila"
    eponyms: frozenset[str]  # what diseases, signs and tests are called after: "Parkinson", "Phalen"
    everyday_abroad: frozenset[str]  # everyday words of other languages, names among them: "sommer", "luna"
    telling: dict[str, frozenset[str]]  # language -> words by which its texts are told from English ones
    any_telling: frozenset[str]  # those of all languages

    def is_name(self, base: str) -> bool:
        """Whether ``base`` is in a list of given names or surnames."""
        return base in self.first or base in self.last

    def is_word(self, base: str) -> bool:
        """Whether ``base`` is an ordinary word, in any language that the lexicon knows."""
        return base in self.tiers or base in self.unnamed

    def is_everyday(self, base: str) -> bool:
        """Whether ``base`` is written all the time without meaning a person."""
        return self.tiers.get(base, 9) <= EVERYDAY_TIER or base in self.not_names or base in self.ambiguous


@functools.cache
def lexicon() -> Lexicon:
    """The shipped lexicon."""
    lists = json.loads(gzip.decompress(FILE.read_bytes()))
    tiers = {word: int(tier) for tier, words in sorted(lists["tiers"].items()) for word in words.split()}
    first, last = frozenset(lists["first"].split()), frozenset(lists["last"].split())
    ambiguous, not_names = frozenset(lists["ambiguous"].split()), frozenset(lists["not_names"].split())
    proper = frozenset(lists["proper"].split())
    medical = frozenset(lists["medical"].split())
    trivial = _trivial(tiers, first | last, ambiguous, not_names | medical, proper)
    uncommon = {word.capitalize() for word, tier in tiers.items() if _UNCOMMON <= tier != OTHER_LANGUAGE_TIER}
    return Lexicon(
        tiers=tiers,
        first=first,
        last=last,
        well_known=frozenset(lists["well_known"].split()),
        ambiguous=ambiguous,
        not_names=not_names,
        other_languages=frozenset(word for word, tier in tiers.items() if tier == OTHER_LANGUAGE_TIER),
        proper=proper,
        foreign=frozenset(lists["foreign"].split()),
        trivial=trivial,
        common_names=frozenset(word for word in ambiguous & first if tiers.get(word, 9) <= 2),
        uncommon_capitals=(frozenset(uncommon) & trivial) - {word.capitalize() for word in not_names | medical},
        unnamed=not_names | medical,
        medical=medical,
        drugs_and_names=frozenset(lists["drugs_and_names"].split()),
        eponyms=frozenset(lists["eponyms"].split()),
        everyday_abroad=frozenset(lists["everyday_abroad"].split()),
        telling={language: frozenset(words.split()) for language, words in sorted(lists["telling"].items())},
        any_telling=frozenset(" ".join(lists["telling"].values()).split()),
    )


def _trivial(
    tiers: dict[str, int],
    names: frozenset[str],
    ambiguous: frozenset[str],
    not_names: frozenset[str],
    proper: frozenset[str],
) -> frozenset[str]:
    """Forms as typed that are no candidates for names: lower-case words, and capitalized ones in no list of names.

    The rarest words stay candidates: almost any spelling is one ("ondine", "caltha"), and people hardly write them.
    """
    lower = {
        word
        for word, tier in tiers.items()
        if tier <= 2
        or not (tier == RAREST_TIER or word in ambiguous or (tier >= EVERYDAY_TIER and (word in names or word in proper)))
    }
    lower -= {word for word in lower if word.endswith("'s") and word[:-2] in names and tiers.get(word[:-2], 9) > EVERYDAY_TIER}
    lower |= not_names - ambiguous
    rare = {word for word, tier in tiers.items() if tier in (RAREST_TIER - 1, RAREST_TIER)}
    capitalized = {word.capitalize() for word in lower if not (word in names or word in proper or word in rare)}
    capitalized |= {form for word in not_names - ambiguous for form in (word.capitalize(), word.upper())}
    forms = lower | capitalized | {"I", "A", "fiancé", "fiancée", "Fiancé", "Fiancée", "cliché", "café"}
    usual = [word for word, tier in tiers.items() if tier <= 4]
    usual += [form(word) for word in usual for form in (str.capitalize, str.upper)]
    forms |= {f"{word}'s" for word in forms.intersection(usual)}
    forms |= {f"{word[0].upper()}{word[1:]}" for word in forms if "'" in word and word.split("'")[0] not in names}
    return frozenset(forms)
