"""Redacts conversations: every tier proposes spans, overlaps are settled, places are filled from the right."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from attune.config.params import RedactParams
from attune.redaction import known_identifiers
from attune.redaction.detection import Reader, Reading
from attune.redaction.known_words import Care, care_again, is_again
from attune.redaction.lexicon import PLACEHOLDER, WORD, Lexicon, base_of, fold, lexicon, stretches_of, words_of
from attune.redaction.overlaps import separated
from attune.redaction.placeholders import Placeholders
from attune.redaction.types import Finding, Known, PiiStatus, Result, Span
from attune.runtime.resources import garbage_collection_paused

# A redacted text gives other words other neighbours; what is found then is replaced as well, until nothing is found.
_MAX_PASSES = 4
# Somebody's name found elsewhere in the conversation: surer than the model's "organization" or "place" here.
_PROPAGATED = 45
# What a name may be glued to: letters and digits, also after a hyphen or an apostrophe that begins no possessive.
_GLUED_BEFORE = re.compile(r"(?:[^\W_]+['’-])*[^\W_]*\Z")
_GLUED_AFTER = re.compile(r"[^\W_]*(?:-[^\W_]+|['’](?![sS](?![^\W_]))[^\W_]+)*")
_GLUE_REACH = 30
# Characters on each side of a name found again that say whether it is one there.
_NEAR = 24
# "ex-Mike" keeps its sense.
_LEFT_OUT = frozenset({"ex-", "pre-", "post-", "non-"})
# Conversations whose texts are read together.
_TOGETHER = 128


class Redactor:
    """Redacts conversations; results depend on nothing but the input and the parameters.

    Args:
        params: how names are found.
        seed: for what samples; redaction itself draws nothing at random.
    """

    def __init__(self, params: RedactParams, seed: int = 17) -> None:
        self.params = params
        self.seed = seed
        self._lexicon = lexicon()
        self._reader = Reader(params)

    def redact(self, messages: Sequence[dict[str, str]], known_values: Known | None = None) -> Result:
        """One conversation with every identifier replaced. Texts without any come back byte for byte."""
        return self.redact_many([(messages, known_values or Known())])[0]

    def redact_many(self, conversations: Sequence[tuple[Sequence[dict[str, str]], Known]]) -> list[Result]:
        """Many conversations, each as :meth:`redact` would; several times faster than one by one."""
        results: list[Result] = []
        for first in range(0, len(conversations), _TOGETHER):
            with garbage_collection_paused():
                results += self._redact(conversations[first : first + _TOGETHER])
        return results

    def _redact(self, conversations: Sequence[tuple[Sequence[dict[str, str]], Known]]) -> list[Result]:
        together = [_Conversation(messages, values) for messages, values in conversations]
        for _ in range(_MAX_PASSES):
            readings = self._reader.read(one.texts[number] for one in together for number in one.changed)
            for one in together:
                if one.changed:
                    one.replace(readings, self._lexicon)
        return [one.result() for one in together]


class _Conversation:
    """One conversation under way: its texts as replaced so far, and what was found."""

    def __init__(self, messages: Sequence[dict[str, str]], values: Known) -> None:
        self._messages = messages
        self._index = known_identifiers.index_of(values)
        self.texts = [message["content"] for message in messages]
        self.changed = list(range(len(messages)))
        self._placeholders = Placeholders(self.texts)
        self._readings: list[Reading | None] = [None] * len(messages)
        self._edits: list[list[tuple[int, int, int]]] = [[] for _ in messages]
        self._findings: list[Finding] = []
        self._doubts: set[str] = set()

    def replace(self, readings: dict[str, Reading], lexicon: Lexicon) -> None:
        """Replace what stands in the changed texts, and the names found there everywhere; note what has changed."""
        found: list[list[Span]] = [[] for _ in self.texts]
        for number in self.changed:
            text = self.texts[number]
            reading = self._readings[number] = readings[text]
            self._doubts |= reading.doubts
            spans = list(known_identifiers.find_all(text, reading.forms, reading.words, reading.strange, self._index))
            if reading.spans:
                own = self._messages[number]["role"] == "user"
                spans += reading.spans if own else map(_without_role, reading.spans)
            found[number] = settle(spans, text) if spans else []
        names = self._names_to_propagate(found, lexicon)
        if names:
            for number, text in enumerate(self.texts):
                persons = [span for span in found[number] if span.type == "PERSON"]  # keep the tier that found them
                propagated = [
                    span
                    for span in _propagated(text, self._words(number), names)
                    if not any(span.start < person.end and person.start < span.end for person in persons)
                ]
                if propagated:
                    found[number] = settle([*found[number], *propagated], text)
        for number, spans in enumerate(found):
            if spans:
                self._fill(number, spans)
        self.changed = [number for number, spans in enumerate(found) if spans]

    def result(self) -> Result:
        """The conversation as it is now."""
        redacted = [{**message, "content": text} for message, text in zip(self._messages, self.texts, strict=True)]
        findings = sorted(self._findings, key=lambda finding: (finding.message, finding.start, finding.end))
        status: PiiStatus = "requires_review" if self._doubts else "redacted" if findings else "clean"
        return Result(redacted, tuple(findings), status, tuple(sorted(self._doubts)))

    def _words(self, number: int) -> frozenset[str]:
        reading = self._readings[number]
        return reading.words if reading else frozenset()

    def _names_to_propagate(self, found: Sequence[Sequence[Span]], lexicon: Lexicon) -> dict[str, Care]:
        """Folded parts of the names found so far, and what each needs where it stands again: some are words as well."""
        names: dict[str, Care] = {}
        for text, spans in zip(self.texts, found, strict=True):
            for span in spans:
                if span.type == "PERSON" and span.tier != "known":
                    if "-" in text[span.start : span.end]:
                        names[fold(text[span.start : span.end])] = Care.NONE
                    for part in WORD.findall(text[span.start : span.end]):
                        base = base_of(part)
                        care = care_again(base, lexicon)
                        if care is not None:
                            names[base] = care
        return names

    def _fill(self, number: int, spans: Sequence[Span]) -> None:
        text, edits = self.texts[number], self._edits[number]
        labelled = [(span, self._placeholder(text, span)) for span in spans]
        self._findings += [
            Finding(number, *_original(edits, span.start, span.end), span.type, span.tier, label) for span, label in labelled
        ]
        self.texts[number] = _replace(text, labelled, edits)

    def _placeholder(self, text: str, span: Span) -> str:
        parts = [base_of(part) for part in WORD.findall(text[span.start : span.end])] or [text[span.start : span.end]]
        return self._placeholders.of(span.type, span.role, " ".join(parts), parts)


def settle(spans: Iterable[Span], text: str) -> list[Span]:
    """Disjoint spans in order: overlapping ones become their union, with the type of the one of the highest priority."""
    ordered = sorted(_whole(span, text) for span in spans)
    if not ordered:
        return []
    if len(ordered) > 1:
        ordered = separated(ordered, text)
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
            settled[-1] = settled[-1]._replace(end=span.end)
        else:
            settled.append(span)
    return settled


def _whole(span: Span, text: str) -> Span:
    """A name with all that is glued to it: "Soo-ah" and "d'Andre" are one; nothing of a name is left beside its placeholder."""
    if span.type != "PERSON":
        return span
    before, after = _GLUED_BEFORE.search(text, max(0, span.start - _GLUE_REACH), span.start), _GLUED_AFTER.match(text, span.end)
    start = before.start() if before and before.group().lower() not in _LEFT_OUT else span.start
    end = after.end() if after else span.end
    return span._replace(start=start, end=end) if (start, end) != (span.start, span.end) else span


def _one_name(left: Span, right: Span, text: str) -> bool:
    """Whether two names side by side are one: found by the model word by word, and nobody's known role is lost."""
    return text[left.end] == " " and left.tier == right.tier == "model" and not left.role and not right.role


def _without_role(span: Span) -> Span:
    """What an assistant says of "I" and "my wife" is not said of the user and the partner."""
    return Span(span.start, span.end, span.type, span.tier, span.priority) if span.role else span


def _propagated(text: str, words: frozenset[str], names: dict[str, Care]) -> Iterator[Span]:
    plain = words if text.isascii() else {fold(word) for word in words}
    here = {form for name in names for form in (name, f"{name}s", f"{name}'s", f"{name}s'", f"{name}'") if form in plain}
    for name in names:
        if "-" in name and plain.issuperset(name.split("-")):
            for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.I):
                yield Span(*match.span(), "PERSON", "propagated", _PROPAGATED)
    if not here:
        return
    here = here if text.isascii() else {word for word in words if fold(word) in here}
    for first, last in stretches_of(text, here, near=_NEAR, lower=True):
        near = words_of(text, first, last)
        for position, word in enumerate(near):
            base = word.base if word.base in names else word.base[:-1] if word.base[-1:] == "s" else ""
            if base in names and is_again(text, near, position, base, names[base]):
                yield Span(word.start, word.end, "PERSON", "propagated", _PROPAGATED)


def _replace(text: str, labelled: Sequence[tuple[Span, str]], edits: list[tuple[int, int, int]]) -> str:
    pieces, position, shift = [], 0, 0
    for span, label in labelled:
        pieces += [text[position : span.start], label]
        position = span.end
        start, old, new = span.start + shift, span.end - span.start, len(label)
        edits.append((start, old, new))
        shift += new - old
    return "".join([*pieces, text[position:]])


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
