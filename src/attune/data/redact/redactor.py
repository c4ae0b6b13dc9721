"""Redacts one conversation: every tier proposes spans, overlaps are settled, places are filled from the right."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from attune.core.params import RedactParams
from attune.data.redact import addresses, known, ner, organizations, patterns, rules
from attune.data.redact.features import Token, casing_of, tokens_of
from attune.data.redact.lexicon import (
    OTHER_LANGUAGE_TIER,
    PLACEHOLDER,
    WORD,
    base_of,
    fold,
    forms_of,
    lexicon,
    stretches_of,
    words_of,
)
from attune.data.redact.names_model import NameModel, name_model, suspicion
from attune.data.redact.placeholders import Placeholders
from attune.data.redact.types import Finding, Known, PiiStatus, Result, Span
from attune.data.redact.vetoes import is_no_name

_KINDS = {"PER": "PERSON", "ADDR": "STREET_ADDRESS", "ORG": "ORGANIZATION", "LOC": "LOCATION"}
_MODEL_PRIORITY = {"PERSON": 44, "STREET_ADDRESS": 43, "ORGANIZATION": 42, "SCHOOL": 42, "LOCATION": 41}
_SCHOOL = re.compile(r"school|universi|college|academy|institute of|elementary|\bprep\b|kindergarten", re.I)
# A redacted text gives other words other neighbours; what is found then is replaced as well, until nothing is found.
_MAX_PASSES = 4
_FEWEST_FOREIGN, _FOREIGN_SHARE = 3, 0.3


class Redactor:
    """Redacts conversations; holds no state between them, so that results depend on nothing but the input.

    Args:
        params: how names are found.
        seed: for what samples; redaction itself draws nothing at random.
    """

    def __init__(self, params: RedactParams, seed: int = 17) -> None:
        self.params = params
        self.seed = seed
        self._lexicon = lexicon()
        self._model = name_model() if params.names == "model" else None
        self._is_suspicious = suspicion(self._lexicon)

    def redact(self, messages: Sequence[dict[str, str]], known_values: Known | None = None) -> Result:
        """One conversation with every identifier replaced. Texts without any come back byte for byte."""
        texts = [message["content"] for message in messages]
        index = known.index_of(known_values or Known(), self._lexicon)
        placeholders = Placeholders(texts)
        roles = [message["role"] for message in messages]
        edits: list[list[tuple[int, int, int]]] = [[] for _ in texts]
        findings: list[Finding] = []
        doubts: set[str] = set()
        changed = set(range(len(texts)))
        for _ in range(_MAX_PASSES):
            found = self._spans(texts, roles, index, doubts, changed)
            changed = {number for number, spans in enumerate(found) if spans}
            if not any(found):
                break
            for number, spans in enumerate(found):
                labelled = [(span, self._placeholder(texts[number], span, placeholders)) for span in spans]
                findings += [
                    Finding(number, *_original(edits[number], span.start, span.end), span.type, span.tier, label)
                    for span, label in labelled
                ]
                texts[number] = _replace(texts[number], labelled, edits[number])
        redacted = [{**message, "content": text} for message, text in zip(messages, texts, strict=True)]
        findings.sort(key=lambda finding: (finding.message, finding.start, finding.end))
        status: PiiStatus = "requires_review" if doubts else "redacted" if findings else "clean"
        return Result(redacted, tuple(findings), status, tuple(sorted(doubts)))

    def _spans(
        self, texts: Sequence[str], roles: Sequence[str], index: known.KnownIndex, doubts: set[str], changed: set[int]
    ) -> list[list[Span]]:
        """The settled spans of each changed message; why the conversation is doubtful is added to ``doubts``."""
        trivial = self._lexicon.trivial
        found: list[list[Span]] = []
        for number, (text, role) in enumerate(zip(texts, roles, strict=True)):
            if number not in changed:
                found.append([])
                continue
            forms = forms_of(text)
            lower = frozenset(forms_of(text.lower()))
            spans = [*patterns.find(text, lower), *addresses.find(text, lower), *organizations.find(text, lower)]
            spans += known.find_contacts(text, index)
            hints = known.hints(text, lower, index)
            for first, last in stretches_of(text, hints, lower=True) if hints else ():
                spans += known.find(text, words_of(text, first, last), index, first, last)
            strange = {form for form in forms if form not in trivial}
            if strange:
                spans += self._names(text, role, strange, lower, doubts)
            if self.params.ner:
                spans += ner.find(text, self.params.ner, self.params.ner_kind)
            found.append(settle([span for span in spans if not is_no_name(span, text, self._lexicon)], text) if spans else [])
        names = self._names_to_propagate(texts, found)
        if names:
            for number, text in enumerate(texts):
                propagated = list(_propagated(text, names))
                if propagated:
                    found[number] = settle([*found[number], *propagated], text)
        return found

    def _names(self, text: str, role: str, strange: Set[str], lower: Set[str], doubts: set[str]) -> Iterator[Span]:
        """Names by cue, list and model in the neighbourhoods of words that are not ordinary as typed."""
        foreign, casing = self._foreign(lower), casing_of(text)
        for first, last in stretches_of(text, strange):
            words = words_of(text, first, last)
            yield from (_with_role(span, role) for span in rules.find(text, words, self._lexicon))
            if self._model:
                tokens = tokens_of(text, first, last)
                yield from self._modelled(text, tokens, casing, self._model, doubts, foreign=foreign)
        yield from rules.line_cues(text, self._lexicon)

    def _modelled(
        self, text: str, tokens: list[Token], casing: str, model: NameModel, doubts: set[str], *, foreign: bool
    ) -> Iterator[Span]:
        least = min(self.params.name_threshold, self.params.doubt_threshold)
        for mention in model.find(casing, tokens, self._is_suspicious, least):
            kind = _KINDS[mention.kind]
            first, last = tokens[mention.first], tokens[mention.last]
            if foreign and not any(self._strictly_name(token.text) for token in tokens[mention.first : mention.last + 1]):
                if kind == "PERSON" and mention.marginal >= self.params.name_threshold:
                    doubts.add("other_language")  # perhaps a name: the model cannot tell here, so a person must look
                continue
            if kind == "PERSON" and mention.marginal < self.params.name_threshold:
                if self.params.doubt_threshold > 0 and base_of(first.text) not in self._lexicon.tiers:
                    doubts.add("name_uncertain")
                continue
            if kind == "ORGANIZATION" and _SCHOOL.search(text, first.start, last.end):
                kind = "SCHOOL"
            yield Span(first.start, last.end, kind, "model", _MODEL_PRIORITY[kind])

    def _foreign(self, words: Set[str]) -> bool:
        """Whether the text is of another language: there the model, made for English, is believed for listed names only.

        What else it takes for a name makes the conversation doubtful.
        """
        tiers = self._lexicon.tiers
        others = sum(1 for word in words if tiers.get(fold(word), 0) == OTHER_LANGUAGE_TIER)
        return others >= _FEWEST_FOREIGN and others >= _FOREIGN_SHARE * len(words)

    def _strictly_name(self, word: str) -> bool:
        base, lists = base_of(word), self._lexicon
        if len(base) < 4 or base in lists.tiers or not lists.is_name(base):
            return len(base) == 3 and word[0].isupper() and base in lists.first and base not in lists.tiers
        return word[0].isupper() or base in lists.well_known

    def _names_to_propagate(self, texts: Sequence[str], found: Sequence[Sequence[Span]]) -> dict[str, bool]:
        """Folded parts of the names found so far; True: the part is a word as well and counts only capitalized."""
        names: dict[str, bool] = {}
        for text, spans in zip(texts, found, strict=True):
            for span in spans:
                if span.type == "PERSON" and span.tier != "known":
                    for part in WORD.findall(text[span.start : span.end]):
                        base = base_of(part)
                        if (
                            len(base) > 2
                            and 3 < self._lexicon.tiers.get(base, 9) != OTHER_LANGUAGE_TIER
                            and base not in self._lexicon.not_names
                        ):
                            names[base] = self._lexicon.is_everyday(base)
        return names

    def _placeholder(self, text: str, span: Span, placeholders: Placeholders) -> str:
        parts = [base_of(part) for part in WORD.findall(text[span.start : span.end])] or [text[span.start : span.end]]
        return placeholders.of(span.type, span.role, " ".join(parts), parts)


def settle(spans: Iterable[Span], text: str) -> list[Span]:
    """Disjoint spans in order: overlapping ones become their union, with the type of the one of the highest priority."""
    ordered = sorted(spans)
    if not ordered:
        return []
    protected = [match.span() for match in PLACEHOLDER.finditer(text)] if "[" in text else []
    settled: list[Span] = []
    for span in ordered:
        if any(span.start < end and start < span.end for start, end in protected):
            continue
        if settled and span.start < settled[-1].end:
            best = max(settled[-1], span, key=lambda each: (each.priority, each.end - each.start))
            role = best.role or (settled[-1].role or span.role if best.type == "PERSON" else "")
            settled[-1] = Span(settled[-1].start, max(settled[-1].end, span.end), best.type, best.tier, best.priority, role)
        elif (
            settled
            and span.type == settled[-1].type == "PERSON"
            and span.start == settled[-1].end + 1
            and _one_name(settled[-1], span, text)
        ):
            settled[-1] = replace(settled[-1], end=span.end)
        else:
            settled.append(span)
    return settled


def _one_name(left: Span, right: Span, text: str) -> bool:
    """Whether two names side by side are one: found by the model word by word, and nobody's known role is lost."""
    return text[left.end] == " " and left.tier == right.tier == "model" and not left.role and not right.role


def _with_role(span: Span, role: str) -> Span:
    """What an assistant says of "I" and "my wife" is not said of the user and the partner."""
    return span if role == "user" or not span.role else Span(span.start, span.end, span.type, span.tier, span.priority)


def _propagated(text: str, names: dict[str, bool]) -> Iterator[Span]:
    folded = text.lower() if text.isascii() else " ".join(map(fold, WORD.findall(text)))
    if not any(name in folded for name in names):
        return
    for word in words_of(text):
        base = word.base if word.base in names else word.base[:-1] if word.base[-1:] == "s" else ""
        if base in names and (not names[base] or word.text[0].isupper()):  # words count only where they are capitalized
            yield Span(word.start, word.end, "PERSON", "propagated", 30)


def _replace(text: str, labelled: Sequence[tuple[Span, str]], edits: list[tuple[int, int, int]]) -> str:
    for span, label in reversed(labelled):
        text = text[: span.start] + label + text[span.end :]
    shift = 0
    for span, label in labelled:
        start, old, new = span.start + shift, span.end - span.start, len(label)
        edits.append((start, old, new))
        shift += new - old
    return text


def _original(edits: Sequence[tuple[int, int, int]], start: int, end: int) -> tuple[int, int]:
    """Where a span of the text as edited so far stood in the text as it came."""
    for at, old, new in reversed(edits):
        start = start if start < at + new else start + old - new
        end = end if end <= at else end + old - new
    return start, end


@functools.cache
def redactor_of(params: RedactParams, seed: int) -> Redactor:
    """The redactor of this process for ``params``: made once."""
    return Redactor(params, seed)


def count_findings(results: Iterable[Result]) -> dict[str, dict[str, int]]:
    """How often each type was found, by tier; no text."""
    counts: dict[str, Counter[str]] = {}
    for result in results:
        for finding in result.findings:
            counts.setdefault(finding.type, Counter())[finding.tier] += 1
    return {kind: dict(sorted(counts[kind].items())) for kind in sorted(counts)}
