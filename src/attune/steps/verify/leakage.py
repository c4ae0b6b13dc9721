"""Looks for what validation and test hold in the text of other splits: near duplicates, parts, and copies in hidden fields.

Three searches, each exact (``search``):

- the conversation, and what it would be with its rejected answer, against every conversation of validation and test: Jaccard
  similarity of word n-grams;
- the same for parts: most of one conversation, in long runs of words, stands in the other (a longer one, or its beginning);
- what a reader of the conversation does not see (system prompts and the rejected answer) for most of a conversation.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune.config.params import VerifyParams
from attune.steps.verify.leakage_search import HELD, HOLDS, SIMILAR, TEXTS_AT_A_TIME, Index, build_index
from attune.steps.verify.likeness import Grams, Tokenizer, plain, said

NEAR, PART, HIDDEN = "near duplicate", "part", "hidden copy"

_RUN_WORDS = 13  # of a run that two conversations have in common only when one was copied (Brown et al. 2020, appendix C)
_MATCHES = 5  # pairs of one record that are kept as evidence


@dataclass(frozen=True)
class Likeness:
    """What counts as alike; see ``VerifyParams``."""

    shingle_words: int
    min_words: int
    threshold: float
    part_share: float
    part_words: int
    hidden_share: float = 0.8
    hidden_words: int = 15


def likeness_of(params: VerifyParams) -> Likeness:
    """What the parameters call alike."""
    return Likeness(
        params.shingle_words, params.min_words, params.near_duplicate_threshold, params.part_share, params.part_words
    )


@dataclass(frozen=True)
class Match:
    """A record and what it has of an indexed one: :data:`NEAR`, :data:`PART` or :data:`HIDDEN`."""

    record: str
    other: int
    what: str
    value: float


@dataclass(frozen=True)
class Known:
    """The n-grams of up to :data:`TEXTS_AT_A_TIME` records that others must not be like: short ones and long ones."""

    short: Grams
    long: Grams


class Reader:
    """Turns records into n-grams."""

    def __init__(self, likeness: Likeness) -> None:
        self.likeness = likeness
        self.short = Tokenizer(likeness.shingle_words, likeness.min_words)
        self.long = Tokenizer(_RUN_WORDS, max(likeness.part_words, _RUN_WORDS))

    def known(self, texts: Sequence[str]) -> Known:
        """What is kept of records, by what was said in them."""
        return Known(self.short.grams(texts), self.long.grams(texts))


def save_indexes(folder: str, known: Sequence[Known], likeness: Likeness) -> None:
    """Index records for both lengths of n-grams, into a folder."""
    for name, texts, shares in (
        ("short", [item.short for item in known], (likeness.threshold, likeness.hidden_share)),
        ("long", [item.long for item in known], (1.0, likeness.part_share)),
    ):
        place = Path(folder) / name
        place.mkdir()
        build_index(texts, *shares).save(place)


@functools.lru_cache(maxsize=2)
def _load(folder: str, name: str) -> Index:
    return Index.load(Path(folder) / name)


def find_matches(
    rows: Sequence[Mapping[str, Any]], texts: Sequence[str], reader: Reader, folder: str, first: int, *, most: int = _MATCHES
) -> list[Match]:
    """Matches of some records with those indexed in ``folder``.

    Args:
        rows: the records.
        texts: what was said in them.
        reader: how they are read.
        folder: what :func:`save_indexes` wrote.
        first: number of the first indexed record that they must not be like.
        most: matches of a record that are looked for.
    """
    short, long = _load(folder, "short"), _load(folder, "long")
    least = max(reader.likeness.part_words - _RUN_WORDS + 1, 1)
    found: list[Match] = []
    for owners, spoken in _pieces(_readings(rows, texts)):
        queries = short.queries(reader.short.grams(spoken))
        for text, other, value in short.search(queries, SIMILAR, first=first, most=most):
            found.append(Match(rows[owners[text]]["record_id"], other, NEAR, value))
        queries = long.queries(reader.long.grams(spoken))
        for rule in (HOLDS, HELD):
            for text, other, value in long.search(queries, rule, least=least, first=first, most=most):
                found.append(Match(rows[owners[text]]["record_id"], other, PART, value))
    for hidden, owning in _hidden(rows).items():
        queries = short.queries(reader.short.grams([hidden]))
        least = reader.likeness.hidden_words - reader.likeness.shingle_words + 1
        for _, other, value in short.search(queries, HOLDS, least=least, first=first, most=most):
            found += [Match(rows[row]["record_id"], other, HIDDEN, value) for row in owning]
    return _strongest(found)


def _readings(rows: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> tuple[list[int], list[str]]:
    """Every conversation as it was, and once more with the rejected answer as its end."""
    owners, spoken = list(range(len(rows))), list(texts)
    for number, row in enumerate(rows):
        if row["rejected_response"]:
            owners.append(number)
            spoken.append(f"{said(row['messages'][:-1])}\n{plain(row['rejected_response'])}")
    return owners, spoken


def _pieces(readings: tuple[list[int], list[str]]) -> list[tuple[list[int], list[str]]]:
    owners, spoken = readings
    starts = range(0, len(owners), TEXTS_AT_A_TIME)
    return [(owners[at : at + TEXTS_AT_A_TIME], spoken[at : at + TEXTS_AT_A_TIME]) for at in starts]


def _hidden(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Text that is no part of what was said -> the records that hold it."""
    found: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        parts = [message["content"] for message in row["messages"] if message["role"] == "system"]
        parts += [row["rejected_response"]] if row["rejected_response"] else []
        if parts:
            found.setdefault(plain("\n".join(parts)), []).append(number)
    return found


def _strongest(matches: Sequence[Match]) -> list[Match]:
    """Of the matches of a record with one other, the one that says most: near before part before hidden."""
    best: dict[tuple[str, int], Match] = {}
    for match in matches:
        known = best.get((match.record, match.other))
        if known is None or (known.what == match.what and known.value < match.value):
            best[match.record, match.other] = match
    return list(best.values())
