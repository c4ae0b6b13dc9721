"""Takes apart spans that reach over their neighbours: "iban GB08 …, card 6011 …" is two numbers and no address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attune.redaction.expressions import CHECKED
from attune.redaction.lexicon import WORD, lexicon
from attune.redaction.negative_rules import is_no_name
from attune.redaction.types import Span

# Found by form or by the database: cut the names and places that only the model sees around them.
_SURE_TIERS = frozenset({"pattern", "known"})
_NAMED = frozenset({"PERSON", "ORGANIZATION", "SCHOOL", "LOCATION", "STREET_ADDRESS"})
_MARKS = " \t\n,;:.!?()-–—/\"'"
# A number of fewer digits beside another one is a part of it, such as an extension.
_FEWEST_DIGITS = 5


def separated(spans: Sequence[Span], text: str) -> list[Span]:
    """``spans`` in order, without the parts that surer identifiers of other types take from them."""
    numbers = [span for span in spans if span.tier in _SURE_TIERS and span.type not in _NAMED]
    if not numbers:
        return list(spans)
    checked = [span for span in numbers if span.priority >= CHECKED]
    return sorted(piece for span in spans for piece in _beside(span, numbers, checked, text))


def _beside(span: Span, numbers: Sequence[Span], checked: Sequence[Span], text: str) -> Iterator[Span]:
    if span.tier == "model":
        pieces = _pieces(span, numbers)
        yield from (span,) if pieces is None else (piece for piece in _trimmed(pieces, text) if _says(piece, text))
    elif span.tier == "pattern" and span.priority < CHECKED and checked and span.type not in _NAMED:
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
    return Span(start, end, span.type, span.tier, span.priority, span.role)


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
    return any(word not in trivial for word in WORD.findall(written)) and not is_no_name(piece, text, lexicon())
