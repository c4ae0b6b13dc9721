"""Resolves overlaps: the higher rank gives the type; identifiers side by side stay apart ("iban GB08 …, card 6011 …")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from attune.redaction.lexicon import WORD, lexicon
from attune.redaction.negative_rules import is_rejected
from attune.redaction.placeholders import PLACEHOLDER
from attune.redaction.types import Source, Span

# Tiers whose identifiers are cut out of names and places that only the model sees around them.
_SURE_TIERS = frozenset({"pattern", "known"})
_NAMED = frozenset({"PERSON", "ORGANIZATION", "WORKPLACE", "SCHOOL", "LOCATION", "PLACE", "STREET_ADDRESS"})
_MARKS = " \t\n,;:.!?()-–—/\"'"
# Fewer digits beside another number are a part of it, such as an extension.
_FEWEST_DIGITS = 5

# What a name may be glued to: letters and digits, also after a hyphen or an apostrophe that begins no possessive.
_GLUED_BEFORE = re.compile(r"(?:[^\W_]+['’-])*[^\W_]*\Z")
_GLUED_AFTER = re.compile(r"[^\W_]*(?:-[^\W_]+|['’](?![sS](?![^\W_]))[^\W_]+)*")
_GLUE_REACH = 30
_GLUE = frozenset("'’-")
# "ex-Mike" keeps its sense.
_LEFT_OUT = frozenset({"ex-", "pre-", "post-", "non-"})


def resolve_overlaps(spans: Iterable[Span], text: str) -> list[Span]:
    """Disjoint spans in order: overlapping ones become their union, with the type of the one of the highest rank."""
    ordered = [_whole(span, text) for span in spans]
    if len(ordered) > 1:
        ordered = split_at_numbers(sorted(ordered, key=_order), text)
    protected = [match.span() for match in PLACEHOLDER.finditer(text)] if "[" in text else []
    settled: list[Span] = []
    for span in ordered:
        if any(span.start < end and start < span.end for start, end in protected):
            continue
        if settled and span.start < settled[-1].end:
            best = max(settled[-1], span, key=lambda each: (each.source.rank, each.end - each.start))
            role = best.role or (settled[-1].role or span.role if best.type == "PERSON" else "")
            settled[-1] = Span(settled[-1].start, max(settled[-1].end, span.end), best.type, best.source, role)
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


def _order(span: Span) -> tuple[int, int, str, str, int, str]:
    """The order of spans. At one place cues and known values come before the model, whose neighbouring names are joined."""
    return span.start, span.end, span.type, span.source.tier, span.source, span.role


def _whole(span: Span, text: str) -> Span:
    """A name with all that is glued to it: "Soo-ah" and "d'Andre" are one; no part of a name is left beside its placeholder."""
    if span.type != "PERSON":
        return span
    last = text[span.start - 1] if span.start else " "
    glued = last.isalnum() or last in _GLUE  # else the expression, which is tried at many places, finds nothing
    before = _GLUED_BEFORE.search(text, max(0, span.start - _GLUE_REACH), span.start) if glued else None
    after = _GLUED_AFTER.match(text, span.end)
    start = before.start() if before and before.group().lower() not in _LEFT_OUT else span.start
    end = after.end() if after else span.end
    return span._replace(start=start, end=end) if (start, end) != (span.start, span.end) else span


def _one_name(left: Span, right: Span, text: str) -> bool:
    """Whether two names side by side are one: found by the model word by word, and neither has a known role."""
    return text[left.end] == " " and left.tier == right.tier == "model" and not left.role and not right.role


def split_at_numbers(spans: Sequence[Span], text: str) -> list[Span]:
    """``spans`` in order, without the parts that higher-ranked identifiers of other types cover."""
    numbers = [span for span in spans if span.tier in _SURE_TIERS and span.type not in _NAMED]
    if not numbers:
        return list(spans)
    checked = [span for span in numbers if span.source.rank >= Source.CHECKED.rank]
    return sorted((piece for span in spans for piece in _beside(span, numbers, checked, text)), key=_order)


def _beside(span: Span, numbers: Sequence[Span], checked: Sequence[Span], text: str) -> Iterator[Span]:
    if span.tier == "model":
        pieces = _pieces(span, numbers)
        yield from (span,) if pieces is None else (piece for piece in _trimmed(pieces, text) if _says(piece, text))
    elif span.tier == "pattern" and span.source.rank < Source.CHECKED.rank and checked and span.type not in _NAMED:
        pieces = _pieces(span, [one for one in checked if one.type != span.type])
        digits = [sum(map(str.isdigit, text[piece.start : piece.end])) for piece in pieces or ()]
        if pieces is None or any(0 < count < _FEWEST_DIGITS for count in digits):
            yield span
        else:
            yield from _trimmed([piece for piece, count in zip(pieces, digits, strict=True) if count], text)
    else:
        yield span


def _pieces(span: Span, others: Sequence[Span]) -> list[Span] | None:
    """The parts of a span beside ``others``, which are in order; None: none of them touches it."""
    start, pieces, touched = span.start, [], False
    for other in others:
        if other.start < span.end and span.start < other.end:
            if start < other.start:
                pieces.append(_part(span, start, other.start))
            start, touched = max(start, other.end), True
    if start < span.end:
        pieces.append(_part(span, start, span.end))
    return pieces if touched else None


def _part(span: Span, start: int, end: int) -> Span:
    return Span(start, end, span.type, span.source, span.role)


def _trimmed(pieces: Sequence[Span], text: str) -> Iterator[Span]:
    for piece in pieces:
        written = text[piece.start : piece.end]
        start = piece.start + len(written) - len(written.lstrip(_MARKS))
        end = piece.end - len(written) + len(written.rstrip(_MARKS))
        if start < end:
            yield _part(piece, start, end)


def _says(piece: Span, text: str) -> bool:
    """Whether a part of the model's span is more than the words around a number: an address has digits, a name a rare word."""
    written, trivial = text[piece.start : piece.end], lexicon().trivial
    if piece.type == "STREET_ADDRESS" and not any(map(str.isdigit, written)):
        return False
    return any(word not in trivial for word in WORD.findall(written)) and not is_rejected(piece, text, lexicon())
