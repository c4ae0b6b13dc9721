"""The page ``pairs.html``: pairs of records with their outcomes, and differences marked word by word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from attune.reporting.markup import render

PAGE = "pairs.html"

_MOST_WORDS = 600  # of a conversation; the page leaves out what follows
_CONTEXT = 8  # equal words that are shown before and after a difference

Words = Sequence[tuple[str, str]]  # (kind, word): ``role`` for who speaks, ``word`` for what is said


@dataclass(frozen=True)
class DiffPart:
    """A part of a difference: ``words`` that are equal, removed or added, or a note in their place."""

    kind: str
    words: Words = ()
    note: str = ""


@dataclass(frozen=True)
class ShownPair:
    """One pair as the page shows it; messages are None for a record of an earlier batch, whose text is not read."""

    better_id: str
    worse_id: str
    similarity: float
    outcome: str
    because: str
    better: Sequence[Mapping[str, str]] | None
    worse: Sequence[Mapping[str, str]] | None


def difference(pair: ShownPair) -> list[DiffPart]:
    """Differences between the texts: words only in the better one are marked removed, words only in the worse one added."""
    if pair.better is None or pair.worse is None:
        known = pair.worse if pair.better is None else pair.better
        note = "The other record is from an earlier batch, whose texts are not read again."
        return [DiffPart("note", note=note), DiffPart("equal", _words(known or [])[:_MOST_WORDS])]
    better, worse = _words(pair.better)[:_MOST_WORDS], _words(pair.worse)[:_MOST_WORDS]
    codes = SequenceMatcher(None, better, worse, autojunk=False).get_opcodes()
    parts: list[DiffPart] = []
    for number, (kind, start, stop, other_start, other_stop) in enumerate(codes):
        if kind == "equal":
            parts.extend(_equal(better[start:stop], first=number == 0, last=number == len(codes) - 1))
            continue
        if stop > start:
            parts.append(DiffPart("removed", better[start:stop]))
        if other_stop > other_start:
            parts.append(DiffPart("added", worse[other_start:other_stop]))
    return parts


@dataclass(frozen=True)
class PairGroup:
    """Pairs with the same decision."""

    title: str
    note: str
    pairs: Sequence[ShownPair]


def render_pairs(shown: Sequence[ShownPair], meanings: Mapping[str, str], total: int, threshold: float, file: str) -> str:
    """The page; equal pairs give equal bytes.

    Args:
        shown: the pairs on the page.
        meanings: outcome -> what it means, in the order of the page.
        total: number of all pairs.
        threshold: the similarity from which on a pair is near.
        file: name of the file with all pairs.
    """
    groups = [
        PairGroup(outcome.replace("_", " ").capitalize(), f"{meaning[0].upper()}{meaning[1:]}.", pairs)
        for outcome, meaning in meanings.items()
        if (pairs := [pair for pair in shown if pair.outcome == outcome])
    ]
    return render(
        "pairs.html", shown=len(shown), total=total, threshold=threshold, file=file, groups=groups, difference=difference
    )


def _words(messages: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    words: list[tuple[str, str]] = []
    for message in messages:
        words.append(("role", str(message["role"])))
        words.extend(("word", word) for word in str(message["content"]).split())
    return words


def _equal(words: Words, *, first: bool, last: bool) -> Iterator[DiffPart]:
    """Words in both texts; long runs are shortened to the words next to differences."""
    before = (2 * _CONTEXT if last else 0) if first else _CONTEXT  # of two equal texts the beginning
    after = 0 if last else _CONTEXT
    left_out = len(words) - before - after
    if left_out <= _CONTEXT:
        yield DiffPart("equal", words)
        return
    if before:
        yield DiffPart("equal", words[:before])
    yield DiffPart("note", note=f"… {left_out:,} equal words …")
    if after:
        yield DiffPart("equal", words[len(words) - after :])
