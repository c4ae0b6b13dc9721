# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Makes ``lexicon.json.gz``: ordinary words by how common they are, and names, from licensed lists.

Sources: names from Faker (MIT) and from ``hand_lists``; words from SCOWL (its licence allows any use), their frequencies and
the commonest words of other languages from wordfreq (data: CC BY-SA 4.0). See ``docs/redaction.md``.
"""

from __future__ import annotations

import gzip
import importlib
import json
import pkgutil
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from attune.errors import UsageError
from tools.train_names import hand_lists as hand

_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ][A-Za-zÀ-ɏḀ-ỿ'’-]*$")
_SCOWL_SIZES = (10, 20, 35, 40, 50, 55, 60, 70, 80)
# Where most words are known, an unknown one is more likely a name.
_LANGUAGES_OF_USERS, _WORDS_OF_USERS = ("es", "de"), 40_000
_OTHER_LANGUAGES = ("es", "de", "fr", "it", "pt", "nl")
_OTHER_LANGUAGE_WORDS = 8_000
# A word of at least this frequency (Zipf scale: log10 of occurrences per 10^9 words) is not a name unless the hand lists say so.
_TOO_COMMON_FOR_A_NAME = 4.6
# A name that is a word only in SCOWL's longer lists ("angelica") counts only as a name.
_RARE_WORD_SIZE = 55
# The most common words of a language ("sie", "mes") are words there, even if a list of names contains them.
_FUNCTION_WORDS = 400
_NAMES_IN_EVERY_LANGUAGE = frozenset(
    "juan jose maria luis carlos ana jean paul pierre joao pedro giovanni giuseppe hans peter marie anna jan mia elle paulo allen elke donna mai li han anni anders vero al".split()
)
# The tier of words of the six other languages: behind all English words.
_OTHER_LANGUAGE_TIER = 8


def fold(word: str) -> str:
    """Lower case without accents: the form in which words are looked up."""
    decomposed = unicodedata.normalize("NFD", word.lower().replace("’", "'"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def faker_names() -> tuple[list[str], list[str]]:
    """Given names and surnames in Latin script of all of Faker's locales, as written, sorted."""
    import faker.providers.person as people

    first: set[str] = set()
    last: set[str] = set()
    for module in pkgutil.iter_modules(people.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for attribute in dir(provider):
            values = getattr(provider, attribute)
            if isinstance(values, tuple | list | dict) and attribute.startswith(("first", "last")):
                names = {part for value in values if isinstance(value, str) for part in value.split() if _LATIN.match(part)}
                (first if attribute.startswith("first") else last).update(name for name in names if len(name) > 1)
    return sorted(first), sorted(last)


def read_scowl(folder: Path) -> dict[str, int]:
    """Lower-case English words of SCOWL with the smallest list (10: commonest) that holds each."""
    words: dict[str, int] = {}
    for size in _SCOWL_SIZES:
        for variety in ("english", "american", "british"):
            file = folder / f"{variety}-words.{size}"
            if file.exists():
                for word in file.read_text(encoding="latin-1").split():
                    if word.islower():
                        words.setdefault(fold(word), size)
    if not words:
        raise UsageError(f"{folder}: holds no SCOWL lists; install Debian's package scowl and give its folder with --scowl")
    return words


def build(scowl: Path) -> dict[str, object]:
    """All lists of the lexicon; words folded, each list sorted."""
    from wordfreq import freq_to_zipf, get_frequency_dict, top_n_list

    first_written, last_written = faker_names()
    first = {fold(name) for name in first_written} | set(map(fold, hand.NICKNAMES + hand.ROMANIZED_FIRST))
    last = {fold(name) for name in last_written} | set(map(fold, hand.ROMANIZED_LAST))
    names = first | last
    dictionary = read_scowl(scowl)
    named = set(hand.NAMES_BEFORE_WORDS) | set(hand.AMBIGUOUS) | set(hand.NICKNAMES)

    frequencies = get_frequency_dict("en")

    def zipf(word: str) -> float:
        return float(freq_to_zipf(frequencies[word])) if word in frequencies else 0.0

    tiers: dict[str, int] = {}
    for word, size in dictionary.items():
        if len(word) > 1 or word in {"a", "i"}:
            tiers[word] = _tier(zipf(word), size)
    for word in (*hand.CHAT_WORDS, *hand.CONTRACTIONS):
        tiers.setdefault(fold(word), 3)
    proper: set[str] = set()  # frequent but in no dictionary: brands, places, slang, and names that are in no list
    for word in top_n_list("en", 30_000):
        folded = fold(word)
        if folded.isalpha() and folded not in names and folded not in tiers:
            tiers[folded] = _tier(zipf(word), 50)
            proper.add(folded)
    rare_words = {word for word, size in dictionary.items() if size >= _RARE_WORD_SIZE and word in names}
    for word in (rare_words | set(hand.NAMES_BEFORE_WORDS)) - set(hand.AMBIGUOUS):
        tiers.pop(word, None)
    nicknames = {fold(name) for name in hand.NICKNAMES} - set(tiers)
    for word in [word for word, tier in tiers.items() if tier >= 5 and word[-1] == "s" and word[:-1] in nicknames]:
        del tiers[word]  # in "mikes place" it is a name, although dictionaries have it as a short form of microphone
    too_common = {word for word in names if zipf(word) > _TOO_COMMON_FOR_A_NAME and word in tiers and word not in named}
    first, last = first - too_common, last - too_common
    names = first | last
    for language in _OTHER_LANGUAGES:
        for at, word in enumerate(top_n_list(language, _OTHER_LANGUAGE_WORDS)):
            folded = fold(word)
            everyday = at < _FUNCTION_WORDS and folded not in named and folded not in _NAMES_IN_EVERY_LANGUAGE
            if folded.isalpha() and len(folded) > 1 and (everyday or folded not in names):
                tiers.setdefault(folded, _OTHER_LANGUAGE_TIER)
    foreign = {
        folded
        for language in _LANGUAGES_OF_USERS
        for folded in map(fold, top_n_list(language, _WORDS_OF_USERS))
        if folded.isalpha() and len(folded) > 2 and folded not in tiers and folded not in names
    }
    known = {name for name in names if zipf(name) >= 2.2}
    return {
        "tiers": {str(tier): _joined(word for word, at in tiers.items() if at == tier) for tier in sorted(set(tiers.values()))},
        "first": _joined(first),
        "last": _joined(last),
        "well_known": _joined(known),
        "ambiguous": _joined(map(fold, hand.AMBIGUOUS)),
        "not_names": _joined(map(fold, hand.NOT_NAMES)),
        "proper": _joined(proper),
        "foreign": _joined(foreign),
    }


def write(scowl: Path, output: Path) -> None:
    """Write the lexicon to ``output``; the same lists give the same bytes."""
    text = json.dumps(build(scowl), ensure_ascii=False, indent=0, sort_keys=True)
    output.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _tier(zipf: float, size: int) -> int:
    """From 1 (the commonest words) to 7 (words that few people use)."""
    for tier, least in enumerate((6.0, 5.2, 4.5, 3.9, 3.2, 2.4), start=1):
        if zipf >= least:
            return tier if size <= 60 else max(tier, 5)
    return 7


def _joined(words: Iterable[str]) -> str:
    return " ".join(sorted(set(words)))
