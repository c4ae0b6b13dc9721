"""Prefix filtering: which sets of an oversized bucket can be similar, without comparing all pairs and without missing one.

Chaudhuri, Ganti and Kaushik (2006), "A primitive operator for similarity joins"; Bayardo, Ma and Srikant (2007), "Scaling up
all pairs similarity search". Order the tokens of all sets in one way, the rare ones first. Two sets with a Jaccard similarity
of t or more share at least t·n tokens of the larger one with n tokens; so, if each set x keeps its first
|x| - ⌈t·|x|⌉ + 1 tokens only, two such sets still share one. In a bucket around a boilerplate text the rare tokens are what
is not boilerplate, and most records have no partner left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from attune.similarity.minhash import sorted_unique
from attune.similarity.shingles import FINGERPRINT_BITS, I64, U64
from attune.similarity.token_sets import Sets

_COUNTER_BITS = 20  # tokens are counted in that many bits; one that shares a counter ranks as less rare than it is, no more
_MOST_COUNTED = (1 << (64 - FINGERPRINT_BITS)) - 1  # count and fingerprint fill 64 bits together
_ROUNDING = 1e-9
_SETS_AT_A_TIME = 4_096


@dataclass(frozen=True)
class Prefixes:
    """The tokens by which members of oversized buckets find each other.

    Attributes:
        rows: sorted row numbers.
        tokens: prefixes of all rows one after the other as numbers from 0 on; only those that two rows have.
        offsets: row ``rows[i]`` has ``tokens[offsets[i]:offsets[i + 1]]``.
        distinct: how many different tokens there are.
    """

    rows: I64
    tokens: I64
    offsets: I64
    distinct: int


def prefixes(sets: Sets, rows: I64, threshold: float) -> Prefixes:
    """The prefixes of the sets of ``rows`` (sorted) for a similarity of ``threshold`` or more.

    Memory: eight bytes a token of the prefixes, 1 - ``threshold`` of all tokens, and a constant.
    """
    counters = np.zeros(1 << _COUNTER_BITS, np.int64)
    for values, _ in _pieces(sets, rows):
        counters += np.bincount(
            (values >> np.uint64(FINGERPRINT_BITS - _COUNTER_BITS)).astype(np.int64), minlength=len(counters)
        )
    rarity = np.minimum(counters, _MOST_COUNTED).astype(np.uint64) << np.uint64(FINGERPRINT_BITS)
    found: list[U64] = [np.zeros(0, np.uint64)]
    sizes: list[I64] = [np.zeros(0, np.int64)]
    for values, own_sizes in _pieces(sets, rows):
        keys = rarity[values >> np.uint64(FINGERPRINT_BITS - _COUNTER_BITS)] | values
        owners = np.repeat(np.arange(len(own_sizes)), own_sizes)
        order = np.lexsort((keys, owners))
        lengths = own_sizes - np.ceil(threshold * own_sizes - _ROUNDING).astype(np.int64) + (own_sizes > 0)
        ends = np.cumsum(own_sizes)
        place = np.arange(len(values)) - np.repeat(ends - own_sizes, own_sizes)
        found.append(values[order][place < np.repeat(lengths, own_sizes)])
        sizes.append(lengths)
    return _shared(rows, np.concatenate(found), np.concatenate(sizes))


def _pieces(sets: Sets, rows: I64) -> Iterator[tuple[U64, I64]]:
    """Some thousand sets at a time."""
    for first in range(0, len(rows), _SETS_AT_A_TIME):
        yield sets.of(rows[first : first + _SETS_AT_A_TIME])


def _shared(rows: I64, tokens: U64, sizes: I64) -> Prefixes:
    """Only the tokens that two rows have, numbered from 0 on."""
    ordered = np.sort(tokens, kind="stable")
    known = sorted_unique(ordered[1:][ordered[1:] == ordered[:-1]])
    number = np.searchsorted(known, tokens)
    has_partner = known[np.minimum(number, len(known) - 1)] == tokens if len(known) else np.zeros(len(tokens), bool)
    owners = np.repeat(np.arange(len(rows)), sizes)[has_partner]
    counts = np.bincount(owners, minlength=len(rows))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    return Prefixes(rows, number[has_partner], offsets, len(known))
