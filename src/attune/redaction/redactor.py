"""Redacts conversations: tiers propose spans, overlaps are resolved, and placeholders replace the spans by offset."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from attune.config.params import RedactParams
from attune.redaction import canaries, known_identifiers, rescan
from attune.redaction.detection import Detections, Detector
from attune.redaction.help_lines import HelpLines, help_lines
from attune.redaction.known_names import Requirement, may_propagate, requirement_when_propagated
from attune.redaction.lexicon import WORD, Lexicon, base_of, fold, lexicon, stretches_of, words_of
from attune.redaction.name_affixes import is_affix, with_affixes
from attune.redaction.overlaps import resolve_overlaps
from attune.redaction.placeholders import Placeholders
from attune.redaction.plain_view import PlainView, plain_view
from attune.redaction.types import Finding, Known, PiiStatus, Result, Source, Span
from attune.runtime.resources import garbage_collection_paused
from attune.runtime.step import Stats

# A placeholder changes the context of other words: texts are read again until nothing is found, this many times at most.
_MAX_PASSES = 4
# Characters on each side of a name found again that say whether it is one there.
_NEAR = 24
# Between a form of address and the name.
_WIDEST_GAP = 2
# How many conversations are detected together.
_TOGETHER = 128


class Redactor:
    """Redacts conversations; results depend on nothing but the input and the parameters.

    Args:
        params: how names are found.
        seed: for canaries and the rescan sample; redaction itself is not random.
    """

    def __init__(self, params: RedactParams, seed: int = 17) -> None:
        self.params = params
        self.seed = seed
        self._lexicon = lexicon()
        self._detector = Detector(params)
        self._help_lines = help_lines(params.help_lines)

    def redact(self, messages: Sequence[dict[str, str]], known_values: Known | None = None) -> Result:
        """Replace every identifier in one conversation. Texts without any come back byte for byte."""
        return self.redact_many([(messages, known_values or Known())])[0]

    def redact_many(self, conversations: Sequence[tuple[Sequence[dict[str, str]], Known]]) -> list[Result]:
        """Many conversations, each as :meth:`redact` would; several times faster than one by one."""
        results: list[Result] = []
        for first in range(0, len(conversations), _TOGETHER):
            with garbage_collection_paused():
                results += self._redact(conversations[first : first + _TOGETHER])
        return results

    def _redact(self, conversations: Sequence[tuple[Sequence[dict[str, str]], Known]]) -> list[Result]:
        together = [_RedactionUnit(messages, values, self._help_lines) for messages, values in conversations]
        for _ in range(_MAX_PASSES):
            detections = self._detector.detect(one.views[number].text for one in together for number in one.changed)
            for one in together:
                if one.changed:
                    one.replace(detections, self._lexicon)
        return [one.result() for one in together]


class _RedactionUnit:
    """One conversation under way: its texts as replaced so far, their plain views, and what was found."""

    def __init__(self, messages: Sequence[dict[str, str]], values: Known, help_lines: HelpLines) -> None:
        self._messages = messages
        self._help_lines = help_lines
        self._gazetteer = known_identifiers.gazetteer_of(values) if values.any() else None
        self._texts = [message["content"] for message in messages]
        self.views = [plain_view(text) for text in self._texts]
        self.changed = list(range(len(messages)))
        self._placeholders: Placeholders | None = None
        self._detections: list[Detections | None] = [None] * len(messages)
        self._edits: list[list[tuple[int, int, int]]] = [[] for _ in messages]
        self._findings: list[Finding] = []
        self._doubts: set[str] = set()

    def replace(self, detections: dict[str, Detections], lexicon: Lexicon) -> None:
        """Replace the detections in the changed texts, and propagate the names found there to all texts."""
        found: list[list[Span]] = [[] for _ in self.views]
        for number in self.changed:
            text = self.views[number].text
            detected = self._detections[number] = detections[text]
            self._doubts |= detected.doubts
            spans: list[Span] = []
            if self._gazetteer is not None:
                words, candidates = detected.words, detected.candidates
                spans += known_identifiers.find_all(text, detected.forms, words, candidates, self._gazetteer)
            if detected.spans:
                own = self._messages[number]["role"] == "user"
                spans += detected.spans if own else map(_without_role, detected.spans)
            found[number] = resolve_overlaps(self._help_lines.without(spans, text), text) if spans else []
        if not any(found):
            self.changed = []
            return
        names = self._names_to_propagate(found, lexicon)
        if names:
            for number, view in enumerate(self.views):
                text = view.text
                persons = [span for span in found[number] if span.type == "PERSON"]  # keep the tier that found them
                propagated = [
                    span
                    for span in _propagated(text, self._words(number), names)
                    if not any(span.start < person.end and person.start < span.end for person in persons)
                ]
                if propagated:
                    found[number] = resolve_overlaps([*found[number], *self._help_lines.without(propagated, text)], text)
        for number, spans in enumerate(found):
            if spans:
                self._fill(number, spans)
        self.changed = [number for number, spans in enumerate(found) if spans]

    def result(self) -> Result:
        """The conversation as it is now."""
        redacted = [{**message, "content": text} for message, text in zip(self._messages, self._texts, strict=True)]
        findings = sorted(self._findings, key=lambda finding: (finding.message, finding.start, finding.end))
        status: PiiStatus = "requires_review" if self._doubts else "redacted" if findings else "clean"
        return Result(redacted, tuple(findings), status, tuple(sorted(self._doubts)))

    def _words(self, number: int) -> frozenset[str]:
        detected = self._detections[number]
        return detected.words if detected else frozenset()

    def _names_to_propagate(self, found: Sequence[Sequence[Span]], lexicon: Lexicon) -> dict[str, Requirement]:
        """Folded parts of the detected names, and the evidence that each needs elsewhere: some are words as well."""
        names: dict[str, Requirement] = {}
        for view, spans in zip(self.views, found, strict=True):
            text = view.text
            for span in spans:
                if span.type == "PERSON" and span.tier != "known":
                    if "-" in text[span.start : span.end]:
                        names[fold(text[span.start : span.end])] = Requirement.NONE
                    for part in WORD.findall(text[span.start : span.end]):
                        base = base_of(part)
                        requirement = requirement_when_propagated(base, lexicon)
                        if requirement is not None:
                            names[base] = requirement
        return names

    def _fill(self, number: int, spans: Sequence[Span]) -> None:
        view, edits = self.views[number], self._edits[number]
        named = [(span, self._placeholder(view.text, span)) for span in _without_lone_affixes(view.text, spans)]
        labelled = list(_in_original(view, self._texts[number], _with_affixes(view.text, named)))
        self._findings += [
            Finding(number, *_original(edits, span.start, span.end), span.type, span.tier, label) for span, label in labelled
        ]
        self._texts[number] = _replace(self._texts[number], labelled, edits)
        self.views[number] = plain_view(self._texts[number])

    def _placeholder(self, text: str, span: Span) -> str:
        written = [base_of(part) for part in WORD.findall(text[span.start : span.end])] or [text[span.start : span.end]]
        # "J. Patel" and "J. Smith" are two, "Ms Patel" and "Priya Patel" may be one
        parts = [part for part in written if len(part) > 1 and not is_affix(part)] or written
        if self._placeholders is None:  # at the first place that is replaced: until then the texts are as they came
            self._placeholders = Placeholders(self._texts)
        return self._placeholders.of(span.type, span.role, " ".join(parts), parts)


def _without_lone_affixes(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """The spans without "Lil'" where the name itself follows, which takes it along."""
    for number, span in enumerate(spans):
        following = spans[number + 1] if number + 1 < len(spans) else None
        beside = following is not None and following.type == span.type == "PERSON" and following.start - span.end <= _WIDEST_GAP
        if not (beside and is_affix(base_of(text[span.start : span.end].rstrip(".'’")))):
            yield span


def _with_affixes(text: str, named: Sequence[tuple[Span, str]]) -> Iterator[tuple[Span, str]]:
    """The spans of names with the initials and forms of address beside them."""
    reached = 0
    for number, (span, label) in enumerate(named):
        limit = named[number + 1][0].start if number + 1 < len(named) else len(text)
        if span.type == "PERSON":
            start, end = with_affixes(text, span.start, span.end, reached, limit)
            span = span._replace(start=start, end=end)
        yield span, label
        reached = span.end


def _in_original(view: PlainView, text: str, labelled: Iterable[tuple[Span, str]]) -> Iterator[tuple[Span, str]]:
    """The spans of a view as spans of the text itself; they stay disjoint where two meet inside of one character."""
    reached = 0
    for span, label in labelled:
        start, end = view.original(span.start, span.end)
        opened = text.count("[", start, end) - text.count("]", start, end)
        if opened > 0 and text[end : end + 1] == "]":  # "@[Priya]"
            end += 1
        elif opened < 0 and text[start - 1 : start] == "[":  # "[P]riya"
            start -= 1
        start, reached = max(start, reached), end
        yield span._replace(start=start, end=end), label


def _without_role(span: Span) -> Span:
    """Remove the role: "I" and "my wife" in an assistant's text are not the user and the partner."""
    return Span(span.start, span.end, span.type, span.source) if span.role else span


def _propagated(text: str, words: frozenset[str], names: dict[str, Requirement]) -> Iterator[Span]:
    plain = words if text.isascii() else {fold(word) for word in words}
    here = {form for name in names for form in (name, f"{name}s", f"{name}'s", f"{name}s'", f"{name}'") if form in plain}
    for name in names:
        if "-" in name and plain.issuperset(name.split("-")):
            for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.I):
                yield Span(*match.span(), "PERSON", Source.PROPAGATED)
    if not here:
        return
    here = here if text.isascii() else {word for word in words if fold(word) in here}
    for first, last in stretches_of(text, here, near=_NEAR, lower=True):
        near = words_of(text, first, last)
        for position, word in enumerate(near):
            base = word.base if word.base in names else word.base[:-1] if word.base[-1:] == "s" else ""
            if base in names and may_propagate(text, near, position, base, names[base]):
                yield Span(word.start, word.end, "PERSON", Source.PROPAGATED)


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
    """The redactor for ``params``, made once per process."""
    return Redactor(params, seed)


def redact_conversations(
    conversations: Sequence[tuple[str, list[dict[str, str]], Known]], params: RedactParams, seed: int
) -> tuple[list[Result], Stats]:
    """Redact ``(record_id, messages, known)`` triples.

    The samples for canaries and the rescan follow from the record's id and the seed, so they do not depend on batches.

    Returns:
        One result a conversation, in order, and statistics that can be summed over batches: ``records``, ``statuses``
        (status -> records), ``found`` (type -> tier -> count), ``canaries`` (``planted``, ``found``, ``survived``: "type/style"
        -> count), ``rescan`` (``records`` read and ``disagreements``: kind -> records), ``review`` (reason -> records),
        ``recognizers`` (name -> records it read).
    """
    redactor = redactor_of(params, seed)
    results: list[Result] = []
    rescanned, disagreements, reasons = 0, Counter[str](), Counter[str]()
    redacted = redactor.redact_many([(messages, known_identifiers) for _, messages, known_identifiers in conversations])
    for (record_id, _, known), result in zip(conversations, redacted, strict=True):
        if rescan.sampled(record_id, params.rescan_rate, seed):
            rescanned += 1
            left = rescan.kinds_left(result.messages, known, params.help_lines)
            disagreements.update(left)
            if left:
                marks = tuple(f"rescan_{kind.lower()}" for kind in left)
                result = replace(result, pii_status="requires_review", review_reasons=(*result.review_reasons, *marks))
        reasons.update(result.review_reasons)
        results.append(result)
    stats: Stats = {
        "records": len(results),
        "statuses": dict(sorted(Counter(result.pii_status for result in results).items())),
        "found": count_findings(results),
        "canaries": canaries.plant(conversations, params, redactor, seed),
        "rescan": {"records": rescanned, "disagreements": dict(sorted(disagreements.items()))},
        "review": dict(sorted(reasons.items())),
        "recognizers": dict.fromkeys(_recognizers(params), len(results)),
    }
    return results, stats


def _recognizers(params: RedactParams) -> list[str]:
    """The recognizers that were on, for the report of a run."""
    model = ["name_model"] if params.names == "model" else []
    return ["known", "patterns", "cues_and_lists", *model, *([f"ner_{params.ner_kind}"] if params.ner else [])]


def count_findings(results: Iterable[Result]) -> dict[str, dict[str, int]]:
    """How often each type was found, by tier; no text."""
    counts: dict[str, Counter[str]] = {}
    for result in results:
        for finding in result.findings:
            counts.setdefault(finding.type, Counter())[finding.tier] += 1
    return {kind: dict(sorted(counts[kind].items())) for kind in sorted(counts)}
