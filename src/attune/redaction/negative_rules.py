# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Negative rules: words that look like names and are none: "in April", "a kitty", "my" beside a name, "II", "New Year's Eve"."""

from __future__ import annotations

import re

from attune.redaction.address_doubts import is_no_address
from attune.redaction.context_words import KIN, LABELS, TIMES
from attune.redaction.lexicon import WORD, Lexicon, base_of
from attune.redaction.ordinary_contexts import is_ordinary
from attune.redaction.types import Source, Span

_TIME_BEFORE = frozenset(
    "in last this next since until till by of early late mid come every during from to before after around through end beginning middle between and or month".split()
)
_EVERYDAY = 4
_ARTICLES = frozenset("a an any some no every each the these those another such".split())
_NUMBER_AFTER = re.compile(r"\s*(?:\d|of \d)")
_SENTENCE_VERBS = frozenset("will may hope love mark grant bless".split())
_EVE_BEFORE = frozenset({"year", "years", "christmas", "new"})
# "Will our marriage …", "May I …": what follows the verb that begins a question.
_AFTER_VERB = re.compile(
    r"\s+(?:i|you|he|she|it|we|they|my|your|his|her|our|their|the|a|an|this|that|these|those|there|be|not|never|anyone|someone|people|god|things)\b",
    re.I,
)
_LAST_WORD = re.compile(r"([^\W\d_]+)(?:['’]s)?[^\w.!?\n]*$")


def is_rejected(span: Span, text: str, lexicon: Lexicon) -> bool:
    """Whether a span that no database value and no clear cue explains is an ordinary word in its place."""
    words = [(word, base_of(word)) for word in WORD.findall(text[span.start : span.end])]
    if not words:
        return span.tier == "model" and (
            span.type == "STREET_ADDRESS" or not any(map(str.isdigit, text[span.start : span.end]))
        )
    if span.type == "LOCATION":
        return all(base in lexicon.unnamed or lexicon.tiers.get(base, 9) <= 3 for _, base in words)
    if span.type == "STREET_ADDRESS":
        return span.tier == "model" and is_no_address(text, span.start, span.end)
    if span.type != "PERSON" or span.tier == "known":
        return False
    if all(base in LABELS for _, base in words):
        return True
    if span.tier != "ner" and not is_accented_name(*words[0]) and is_ordinary(span, text, words, lexicon):
        return True
    if span.tier in ("model", "gazetteer") and all(base in KIN and word[0].islower() for word, base in words):
        return True
    if span.tier == "cue" and (span.source.rank >= Source.TITLE.rank or words[0][1] in lexicon.ambiguous):
        return False
    if all(_function_word(word, base, lexicon) for word, base in words):
        return True
    if len(words) > 1 or span.tier == "cue":
        return False
    return _ordinary_here(span, text, *words[0], lexicon)


def is_accented_name(word: str, base: str) -> bool:
    """Whether a word that English calls upon is a man of Spanish: "Jesús" has an accent, "Jesus" none."""
    return base == "jesus" and not word.isascii() and word[0].isupper()


def _function_word(word: str, base: str, lexicon: Lexicon) -> bool:
    if "'" in base or "’" in word:
        return base in lexicon.tiers or base.replace("'", "") in lexicon.tiers
    if word.isupper() and len(word) <= 4 and base in lexicon.unnamed:
        return True
    return lexicon.tiers.get(base, 9) <= 2 and not (base in lexicon.ambiguous and word[0].isupper())


def _ordinary_here(span: Span, text: str, word: str, base: str, lexicon: Lexicon) -> bool:
    match = _LAST_WORD.search(text[max(0, span.start - 30) : span.start])
    before = match.group(1).lower() if match else ""
    if base in ("an", "so", "my") or (base in _SENTENCE_VERBS and _AFTER_VERB.match(text, span.end)):
        return True
    if (
        word.isupper() and len(word) <= 5 and base not in lexicon.first and not text.isupper()
    ):  # degrees and other abbreviations
        return True
    if before == "of" and base not in lexicon.first and lexicon.tiers.get(base, 9) <= _EVERYDAY:  # "Head of Sales"
        return True
    if base in TIMES and (before in _TIME_BEFORE or _NUMBER_AFTER.match(text, span.end)):
        return True
    if base == "eve" and before in _EVE_BEFORE:
        return True
    if base in lexicon.unnamed:
        return not is_accented_name(word, base)
    return before in _ARTICLES and base in lexicon.tiers and not (word[0].isupper() and base in lexicon.first)
