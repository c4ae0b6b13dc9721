# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Makes ``lexicon.json.gz``: ordinary words by how common they are, and names, from licensed lists.

Sources: names from Faker (MIT) and from ``hand_lists``; words from SCOWL (its licence allows any use), their frequencies and
the commonest words of other languages from wordfreq (data: CC BY-SA 4.0); drugs from drug-named-entity-recognition (MIT; data
of DrugBank's open vocabulary, CC0, and of NHS, MeSH and MedlinePlus); misspellings from codespell's dictionary (CC BY-SA 3.0);
the rest by hand. See ``docs/redaction.md``.
"""

from __future__ import annotations

import bz2
import gzip
import importlib
import importlib.util
import json
import pickle
import pkgutil
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from attune.errors import UsageError
from tools.train_names import foreign_words, medical_words, ordinary_words
from tools.train_names import hand_lists as hand

_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ][A-Za-zÀ-ɏḀ-ỿ'’-]*$")
_SCOWL_SIZES = (10, 20, 35, 40, 50, 55, 60, 70, 80)
# Where most words are known, an unknown one is more likely a name.
_LANGUAGES_OF_USERS, _WORDS_OF_USERS = ("es", "de"), 40_000
_OTHER_LANGUAGES = ("es", "de", "fr", "it", "pt", "nl", "fil")
_OTHER_LANGUAGE_WORDS = 8_000
# How many of the commonest words of a language tell it, and how common a word of English may be to be among them.
_TELLING_WORDS = 500
_TELLING_ZIPF = 4.6
# A word of at least this frequency (Zipf scale: log10 of occurrences per 10^9 words) is not a name unless the hand lists say so.
_TOO_COMMON_FOR_A_NAME = 4.6
# A name that is a word only in SCOWL's longer lists ("angelica") counts only as a name.
_RARE_WORD_SIZE = 55
# The most common words of a language ("sie", "mes") are words there, even if a list of names contains them.
_FUNCTION_WORDS = 400
_NAMES_IN_EVERY_LANGUAGE = frozenset(
    "juan jose maria luis carlos ana jean paul pierre joao pedro giovanni giuseppe hans peter marie anna jan mia elle paulo allen elke donna mai li han anni anders vero al".split()
)
# Misspellings and the words of chats: rare, though no candidates for names in lower case.
_MISSPELT_TIER = 6
# Up to this tier a word is told by how common it is, not by which list it is in.
_COMMON, _USUAL = 3, 4
# The tier of words of the other languages: behind all English words.
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
    for word, meant in misspellings():
        if word not in names and word not in dictionary and tiers.get(meant, 9) <= _USUAL:
            tiers.setdefault(word, _MISSPELT_TIER)
    for word in map(fold, (*hand.CHAT_WORDS, *ordinary_words.CHAT, *ordinary_words.INTERJECTIONS)):
        if word not in names:
            tiers[word] = min(tiers.get(word, _MISSPELT_TIER), _MISSPELT_TIER)
    rare_words = {word for word, size in dictionary.items() if size >= _RARE_WORD_SIZE and word in names}
    for word in (rare_words | set(hand.NAMES_BEFORE_WORDS)) - set(hand.AMBIGUOUS):
        tiers.pop(word, None)
    contractions = set(map(fold, ordinary_words.BARE_CONTRACTIONS + ordinary_words.NO_NAMES)) - {"dan"}
    for word in contractions:
        tiers[word] = min(tiers.get(word, _COMMON), _COMMON)
    first, last = first - contractions, last - contractions
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
    for word in foreign_words.PIDGIN + foreign_words.TAGALOG + foreign_words.GERMAN + foreign_words.SPANISH:
        if fold(word).isalpha() and fold(word) not in names:
            tiers.setdefault(fold(word), _OTHER_LANGUAGE_TIER)
    foreign = {
        folded
        for language in _LANGUAGES_OF_USERS
        for folded in map(fold, top_n_list(language, _WORDS_OF_USERS))
        if folded.isalpha() and len(folded) > 2 and folded not in tiers and folded not in names
    }
    known = {name for name in names if zipf(name) >= 2.2}
    medicine = set(map(fold, medical_words.ALL)) | drugs()
    medicine = {word for word in medicine if tiers.get(word, 9) > _COMMON}
    brands = (
        ordinary_words.DRINKS_AND_SCHOOL
        + ordinary_words.CREDENTIALS
        + ordinary_words.BRANDS
        + ordinary_words.GAMES_AND_SHOWS
        + ordinary_words.SPORTS_AND_ARTS
        + ordinary_words.THERAPIES
    )
    unnamed = {fold(word) for word in brands if fold(word) not in names and tiers.get(fold(word), 9) > _COMMON}
    return {
        "tiers": {str(tier): _joined(word for word, at in tiers.items() if at == tier) for tier in sorted(set(tiers.values()))},
        "first": _joined(first),
        "last": _joined(last),
        "well_known": _joined(known),
        "ambiguous": _joined(map(fold, hand.AMBIGUOUS)),
        "not_names": _joined({*map(fold, hand.NOT_NAMES), *unnamed}),
        "medical": _joined(medicine - names),
        "drugs_and_names": _joined(medical_words.DRUGS_AND_NAMES),
        "eponyms": _joined(medical_words.EPONYMS),
        "everyday_abroad": _joined(map(fold, foreign_words.GERMAN + foreign_words.SPANISH + foreign_words.TAGALOG)),
        "telling": {language: _joined(words) for language, words in telling_words(zipf).items()},
        "proper": _joined(proper),
        "foreign": _joined(foreign),
    }


def telling_words(zipf: Callable[[str], float]) -> dict[str, set[str]]:
    """The words by which a text of each language is told from an English one."""
    from wordfreq import top_n_list

    telling: dict[str, set[str]] = {"pcm": {fold(word) for word in foreign_words.PIDGIN_TELLING}}
    for language in _OTHER_LANGUAGES:
        words = {fold(word) for word in top_n_list(language, _TELLING_WORDS)}
        telling[language] = {word for word in words if word.isalpha() and len(word) > 1 and zipf(word) < _TELLING_ZIPF}
    return telling


def drugs() -> set[str]:
    """Generic and brand names of drugs that are one word."""
    spec = importlib.util.find_spec("drug_named_entity_recognition")
    if spec is None or spec.origin is None:
        raise UsageError("drug-named-entity-recognition is not installed; pip install drug-named-entity-recognition")
    with bz2.open(Path(spec.origin).with_name("drug_ner_dictionary.pkl.bz2")) as file:
        lists = pickle.load(file)  # noqa: S301 - a file of the package that pip installed
    variants = set(map(fold, lists["drug_variant_to_canonical"]))
    return {name for name in variants if name.isalpha() and len(name) > 3}


def misspellings() -> list[tuple[str, str]]:
    """What people write for a word ("definately") and that word ("definitely"), sorted."""
    spec = importlib.util.find_spec("codespell_lib")
    if spec is None or spec.origin is None:
        raise UsageError("codespell is not installed; pip install codespell")
    lines = (Path(spec.origin).parent / "data" / "dictionary.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("->") for line in lines)
    return sorted((fold(word), fold(meant.split(",")[0])) for word, _, meant in pairs if word.isalpha() and len(word) > 3)


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
