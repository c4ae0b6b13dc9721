"""Runs the detectors over single texts: patterns, addresses, cues, lists of names, and the name model.

Most texts hold nothing that could be a name or a number, which the set of their words tells. The texts of a batch are read
together, since the name model decodes many at once for little more than one. Results of texts that come again are cached:
assistants repeat themselves, and short answers are alike.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from attune.config.params import RedactParams
from attune.redaction import (
    addresses,
    context_rules,
    mounted_model,
    name_rules,
    organizations,
    patterns,
    places,
    self_introductions,
)
from attune.redaction.context_words import TIMES
from attune.redaction.features import Token, casing_of, tokens_of
from attune.redaction.foreign_names import GERMAN_WORDS, ForeignNames, goes_on, is_foreign
from attune.redaction.lexicon import PLACEHOLDER, Word, base_of, forms_of, lexicon, lower_forms_of, stretches_of
from attune.redaction.name_model import Mention, Passage, name_model, suspicion
from attune.redaction.negative_rules import is_rejected
from attune.redaction.types import Source, Span

_KINDS = {"PER": "PERSON", "ADDR": "STREET_ADDRESS", "ORG": "ORGANIZATION", "LOC": "LOCATION"}
_MODEL_SOURCE = {
    "PERSON": Source.MODEL_PERSON,
    "STREET_ADDRESS": Source.MODEL_ADDRESS,
    "ORGANIZATION": Source.MODEL_ORGANIZATION,
    "WORKPLACE": Source.MODEL_ORGANIZATION,
    "SCHOOL": Source.MODEL_ORGANIZATION,
    "LOCATION": Source.MODEL_LOCATION,
}
_SCHOOL = re.compile(r"school|universi|college|academy|institute of|elementary|\bprep\b|kindergarten", re.I)
_AUXILIARIES = frozenset({"will", "may", "would", "is", "was"})
_TOWNS = (Source.TOWN, Source.TOWN_AFTER_CUE)  # told by the gazetteer or by a cue, whatever else their names mean
_TOWN_BEFORE = re.compile(
    r"\b(?:(?:live[sd]?|living|born|raised|grew up|based|located|stay(?:ed|ing|s)?|settled|resid(?:es?|ed|ing)"
    r"|apartment|house|home|job|work(?:s|ed|ing)?|hospital|school)\s(?:\w+\s)?(?:in|near|outside|around)"
    r"|(?:mov(?:ed?|es|ing)|flew|fly|flying|drove|drive|driving|travel(?:s|ed|ing|led|ling)?|trip|relocat(?:ed|ing|e)|flight|train|bus"
    r"|commut(?:e|es|ing))\s(?:\w+\s)?(?:to|from|near)|(?:city|town|suburbs?|outskirts|village|mayor|people|university) of"
    r"|downtown|(?:i'm|im|he's|she's|hes|shes|we're|i am|is|are|originally|come|comes|came) from)\s\Z",
    re.I,
)
_INITIALS = frozenset("bcdefghjklmnopqrstvwxyz")
_INITIAL = re.compile(r"(?<![\w.])[^\W\d_]\. ?(?:[^\W\d_]\. ?)?[^\W\d_]{3}")
_LONGEST_KEPT = 1500
_MOST_KEPT, _MOST_REMEMBERED = 4096, 50_000
_MOST_WORDS_KEPT = 30_000

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Detections:
    """What was found in one text, before overlaps are resolved and without known values."""

    forms: frozenset[str]  # words as typed, without placeholders
    words: frozenset[str]  # the same in lower case
    candidates: frozenset[str]  # those as typed that may be part of a name
    spans: tuple[Span, ...]
    doubts: frozenset[str]  # reasons for review


@dataclass(slots=True)
class _Partial:
    """A text that the rules have read, with the passages that the model still has to read."""

    text: str
    forms: frozenset[str]
    words: frozenset[str]
    candidates: frozenset[str]
    foreign: bool  # of another language than English
    spans: list[Span]
    passages: list[Passage]


class Detector:
    """Finds identifiers in texts. Its caches change its speed and never its results."""

    def __init__(self, params: RedactParams) -> None:
        self._params = params
        self._lexicon = lexicon()
        self._model = name_model() if params.names == "model" else None
        self._is_suspicious = suspicion(self._lexicon)
        self._kept: RepeatCache[Detections] = RepeatCache()
        self._foreign_names = ForeignNames(self._lexicon, self._model.maker.looks_like_name if self._model else None)
        self._unlisted: set[str] = set()  # words as typed that no list or rule holds
        self._listed: set[str] = set()  # the others that were seen
        # The word lists live as long as the process: keep them out of garbage collection.
        gc.freeze()

    def detect(self, texts: Iterable[str]) -> dict[str, Detections]:
        """The detections of each text."""
        detections: dict[str, Detections] = {}
        pending: list[_Partial] = []
        for text in texts:
            if text in detections:
                continue
            kept = self._kept.get(text)
            if kept is None:
                pending.append(self._by_rules(text))
            detections[text] = kept or _NOTHING
        least = min(self._params.name_threshold, self._params.doubt_threshold)
        passages = [passage for partial in pending for passage in partial.passages]
        mentions = iter(self._model.find(passages, least, self._params.name_threshold) if self._model and passages else ())
        for partial in pending:
            found = self._with_mentions(partial, [next(mentions) for _ in partial.passages])
            detections[partial.text] = found
            if len(partial.text) <= _LONGEST_KEPT:
                self._kept.add(partial.text, found)
        return detections

    def _by_rules(self, text: str) -> _Partial:
        bare = PLACEHOLDER.sub(" ", text) if "[" in text else text
        forms = frozenset(forms_of(bare))
        words = frozenset(lower_forms_of(bare)) if bare.isascii() else frozenset(map(str.lower, forms))
        listed = self._listed_in(forms)
        low = frozenset(map(str.lower, listed))
        cues = low & _TRIGGER_WORDS
        spans = [*patterns.find(text, cues), *addresses.find(text, words), *organizations.find(text, cues)]
        foreign = is_foreign(low, self._lexicon, len(words))
        candidates = self._candidates(text, listed, low, foreign)
        partial = _Partial(text, forms, words, candidates, foreign, spans, [])
        triggers = candidates | (listed & name_rules.TITLES_AS_TYPED)
        if "." in text and not low.isdisjoint(_INITIALS):
            triggers |= {match.group() for match in _INITIAL.finditer(text)}
        if triggers:
            casing = casing_of(text) if self._model else ""
            for first, last in stretches_of(text, triggers):
                tokens = tokens_of(text, first, last)
                spans += name_rules.find(text, _words(text, tokens), self._lexicon)
                if self._model:
                    suspects = [self._is_suspicious(token.text) or token.text in candidates for token in tokens]
                    matters = [self._foreign_names.matters(text, words, token) for token in tokens] if foreign else None
                    partial.passages.append(Passage(casing, tokens, suspects, matters))
            spans += name_rules.line_patterns(text, self._lexicon)
        spans += self_introductions.stated_names(text, cues)
        spans += self_introductions.introduced_rare_words(text, cues, self._lexicon)
        if candidates and not words.isdisjoint(self._lexicon.other_languages) and words.isdisjoint(GERMAN_WORDS):
            spans += self_introductions.names_in_foreign_sentences(text, candidates, self._lexicon)
        if "-" in text:
            spans += context_rules.hyphenated_names(text, self._lexicon)
        if "." in text:
            spans += self_introductions.initials(text)
        spans += places.find(text, forms, words, candidates, regions=self._params.places == "all")
        if self._params.ner:
            spans += mounted_model.find(text, self._params.ner, self._params.ner_kind)
        return partial

    def _listed_in(self, forms: frozenset[str]) -> frozenset[str]:
        """The words as typed that a list or rule holds; the others, most of a text, are known after one look."""
        if len(self._unlisted) + len(self._listed) > _MOST_WORDS_KEPT:
            self._unlisted, self._listed = set(), set()
        for form in forms.difference(self._unlisted, self._listed):
            (self._listed if self._is_listed(form) else self._unlisted).add(form)
        return forms - self._unlisted

    def _is_listed(self, form: str) -> bool:
        lower, lists = form.lower(), self._lexicon
        return (
            not form.isascii()
            or form not in lists.trivial
            or form in lists.uncommon_capitals
            or form in name_rules.TITLES_AS_TYPED
            or lower in context_rules.context_only_names()
            or lower in lists.other_languages
            or lower in _TRIGGER_WORDS
            or lower in _INITIALS
        )

    def _candidates(self, text: str, forms: frozenset[str], words: frozenset[str], foreign: bool) -> frozenset[str]:
        """The words of ``text`` as typed that may be part of a name, or stand before one."""
        lists = self._lexicon
        candidates = {form for form in forms.difference(lists.trivial) if form.upper() != form.lower()}
        candidates.update(context_rules.context_only_words(text, words, lists))
        candidates.update(form for form in forms & lists.uncommon_capitals if _inside_sentence(text, form))
        if not (foreign or words.isdisjoint(lists.other_languages)):
            candidates.update(form for form in forms if form.lower() in lists.other_languages)
        return frozenset(candidates)

    def _with_mentions(self, partial: _Partial, mentions: Sequence[Sequence[Mention]]) -> Detections:
        doubts: set[str] = set()
        for passage, found in zip(partial.passages, mentions, strict=True):
            if found:
                partial.spans += self._from_model(partial, passage.tokens, found, doubts)
        spans = [span for span in partial.spans if span.source in _TOWNS or not is_rejected(span, partial.text, self._lexicon)]
        if spans:
            spans += context_rules.coordinated_names(partial.text, spans, self._lexicon)
        return Detections(partial.forms, partial.words, partial.candidates, tuple(spans), frozenset(doubts))

    def _from_model(
        self, partial: _Partial, tokens: Sequence[Token], mentions: Sequence[Mention], doubts: set[str]
    ) -> Iterator[Span]:
        for mention in mentions:
            kind = _KINDS[mention.kind]
            first, last = tokens[mention.first], tokens[mention.last]
            if kind == "PERSON" and mention.last > mention.first and last.text in _AUXILIARIES:  # "karma will"
                mention = mention._replace(last=mention.last - 1)
                last = tokens[mention.last]
            if partial.foreign and not self._foreign_names.is_name(
                partial.text, partial.words, tokens[mention.first : mention.last + 1], mention.marginal
            ):
                if (
                    kind == "PERSON"
                    and mention.marginal >= self._params.name_threshold
                    and any(
                        self._foreign_names.could_be_name(partial.text, token, mention.marginal)
                        for token in tokens[mention.first : mention.last + 1]
                    )
                ):
                    doubts.add("other_language")  # perhaps a name: a person must decide
                continue
            if kind == "PERSON" and mention.marginal < self._params.name_threshold:
                if self._params.doubt_threshold > 0 and base_of(first.text) not in self._lexicon.tiers:
                    doubts.add("name_uncertain")
                continue
            if kind == "LOCATION" and base_of(first.text) in TIMES:  # "back in April"
                continue
            if kind == "ORGANIZATION" and _SCHOOL.search(partial.text, first.start, last.end):
                kind = "SCHOOL"
            if kind == "ORGANIZATION" and organizations.workplace_before(partial.text, first.start):
                kind = "WORKPLACE"
            if kind == "PERSON" and self._is_town(partial.text, first, last):
                kind = "LOCATION"
            yield Span(first.start, last.end, kind, _MODEL_SOURCE[kind])

    def _is_town(self, text: str, first: Token, last: Token) -> bool:
        """Whether what the model takes for a person stands where a town stands: "we moved to …"."""
        base, lists = base_of(first.text), self._lexicon
        if (base in lists.first and first is last) or text[last.end : last.end + 2] in ("'s", "’s"):
            return False
        return _TOWN_BEFORE.search(text, max(0, first.start - 40), first.start) is not None


class RepeatCache(Generic[Value]):
    """A cache of values by text, for texts that were added at least twice: most never come again.

    Memory: at most 2 ``most`` values and 2 ``remembered`` hashes. When the newer half is full, the older one is dropped; a
    value that is read moves to the newer half.
    """

    def __init__(self, most: int = _MOST_KEPT, remembered: int = _MOST_REMEMBERED) -> None:
        self._most, self._remembered = most, remembered
        self._new: dict[str, Value] = {}
        self._old: dict[str, Value] = {}
        self._seen: set[int] = set()  # hashes of texts added once; a collision costs one place
        self._seen_before: set[int] = set()

    def get(self, text: str) -> Value | None:
        """The cached value of a text."""
        value = self._new.get(text)
        if value is None and (value := self._old.get(text)) is not None:
            self._put(text, value)
        return value

    def add(self, text: str, value: Value) -> None:
        """Cache a value if its text has been added before."""
        number = hash(text)
        if number in self._seen or number in self._seen_before:
            self._put(text, value)
            return
        if len(self._seen) >= self._remembered:
            self._seen_before, self._seen = self._seen, set()
        self._seen.add(number)

    def _put(self, text: str, value: Value) -> None:
        if len(self._new) >= self._most:
            self._old, self._new = self._new, {}
        self._new[text] = value


def _inside_sentence(text: str, form: str) -> bool:
    """Whether a word stands after another one of its sentence, at its first place in ``text``."""
    return goes_on(text[: text.find(form)])


def _words(text: str, tokens: Sequence[Token]) -> list[Word]:
    return [
        _tuple(Word, (start, end, text[start:end], base_of(written))) for start, end, written in tokens if written[0].isalpha()
    ]


_TRIGGER_WORDS = patterns.WORDS | organizations.WORDS | self_introductions.WORDS
_tuple = tuple.__new__  # half the cost of a call of the class
_NOTHING = Detections(frozenset(), frozenset(), frozenset(), (), frozenset())
