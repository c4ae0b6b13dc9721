# ruff: noqa: SIM905 - word lists stay on the line where they can be read as one
"""The name model: finds persons, addresses, organizations and places with the shipped CRF.

Only the context of candidate words is decoded; a word that is ordinary as typed is no candidate by itself.
"""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from attune.redaction.crf import Crf, Decoded, padded
from attune.redaction.features import FeatureMaker, Token, is_misspelt
from attune.redaction.lexicon import RAREST_TIER, Lexicon, base_of, lexicon

#: The shipped weights.
FILE = Path(__file__).with_name("names.json.gz")
# How many words on each side of a suspicious one are decoded with it.
_REACH = 5
# "rose", "bill", "faith": a lower-case word of the dictionary must be likelier a name than not.
_ENOUGH_FOR_A_WORD = 0.55
# "Thirdly", "Peregrine": a capitalized one that is in no list of names; "ondine": one of the rarest in lower case.
_ENOUGH_FOR_A_RARE_WORD = 0.25
# "likeely", "learningand": about one typing error from a usual word, or two of them run together; more where the letters are
# none of a name.
_ENOUGH_FOR_A_SLIP, _ENOUGH_FOR_A_PLAIN_SLIP, _ENOUGH_FOR_A_DERIVED_WORD = 0.3, 0.8, 0.95
_SHORTEST_SLIP = 4
_PREFIXES = tuple(
    "un re over under non anti pre post self inter mis dis de hyper super semi multi out sub trans micro cyber".split()
)
_SUFFIXES = tuple("ness less ful ish able ability ing in ed ly ers ism ist ists ize ized izing hood ship wise".split())
_SHORTEST_PART = 3
_PART_TIER = 3
# "Love yourself", "Robin is here": an everyday word at the begin of a sentence.
_ENOUGH_AT_BEGIN = 0.8
_COMMON_TIER = 5
_SENTENCE_ENDS = frozenset('.!?:;*-–—•…"“”(\n')
_MOST_SLIPS_KEPT = 30_000


class Mention(NamedTuple):
    """Tokens ``first`` to ``last`` (included) of a passage, taken for one thing of ``kind``."""

    first: int
    last: int
    kind: str  # "PER", "ADDR", "ORG", "LOC"
    marginal: float  # the probability of its surest word


class Passage(NamedTuple):
    """Tokens that stand side by side in a text written in ``casing``, and which of them may be part of a name."""

    casing: str
    tokens: Sequence[Token]
    suspects: Sequence[bool]
    matters: Sequence[bool] | None = None  # tokens of which one must be in a mention for it to count; None: any


class NameModel:
    """The shipped model: finds mentions in passages."""

    def __init__(self, file: Path = FILE) -> None:
        model = json.loads(gzip.decompress(file.read_bytes()))
        self.maker = FeatureMaker(lexicon(), model["ngrams"])
        self.crf = Crf(model, self.maker, wanted=("B-PER", "I-PER"))
        self._kinds = [label[2:] for label in self.crf.labels]
        self._begins = [label.startswith("B-") for label in self.crf.labels]
        self._lists = lexicon()
        self._slips: dict[str, bool] = {}

    def find(self, passages: Sequence[Passage], least: float, sure: float | None = None) -> list[list[Mention]]:
        """The mentions in each passage; all are decoded together, so that a batch costs little more than one passage.

        Persons are found wherever their marginal is over ``least``, other things where they are likeliest and no person is
        over ``sure`` (by default ``least``).
        """
        found: list[list[Mention]] = [[] for _ in passages]
        where, windows = [], []
        for number, passage in enumerate(passages):
            words = [token.text for token in passage.tokens]
            for first, last in _windows(passage.suspects):
                if passage.matters is not None and not any(passage.matters[first:last]):
                    continue
                where.append((number, first))
                windows.append((passage.casing, padded(words, first, last)))
        for (number, first), decoded in zip(where, self.crf.decode(windows, least) if windows else (), strict=True):
            if decoded:
                passage = passages[number]
                found[number] += [
                    mention
                    for mention in self._mentions(decoded, first, passage.tokens, least, least if sure is None else sure)
                    if mention.kind == "ADDR" or any(passage.suspects[mention.first : mention.last + 1])
                ]
        return found

    def _mentions(self, decoded: Decoded, first: int, tokens: Sequence[Token], least: float, sure: float) -> list[Mention]:
        mentions: list[Mention] = []
        for at, (best, probability, person) in enumerate(zip(*decoded, strict=True), start=first):
            kind = self._kinds[best]
            if not kind and person <= least:
                continue
            word = tokens[at].text
            if kind == "PER" or person > (sure if kind else least):
                enough = self._enough(word, least)
                if word[0].isupper() and (not at or tokens[at - 1].text in _SENTENCE_ENDS):
                    enough = max(enough, self._enough_at_begin(word))
                kind = "PER" if person > max(least, enough) else "" if kind == "PER" else kind
            if not kind or (kind == "PER" and not word[0].isalpha()):
                continue
            marginal = person if kind == "PER" else probability
            begins = self._begins[best] and self._kinds[best] == kind
            if mentions and mentions[-1].last == at - 1 and mentions[-1].kind == kind and not begins:
                previous = mentions[-1]
                mentions[-1] = Mention(previous.first, at, kind, max(previous.marginal, marginal))
            else:
                mentions.append(Mention(at, at, kind, marginal))
        return mentions

    def _enough(self, word: str, least: float) -> float:
        """How probable it must be that a word is a name: more for a word of the dictionary, less where it is capitalized."""
        base = base_of(word)
        if base not in self._lists.tiers:
            slip = word[0].islower() and not self._lists.is_name(base) and self._is_slip(base)
            if not slip:
                return least
            if self._is_derived(base):
                return _ENOUGH_FOR_A_DERIVED_WORD
            return _ENOUGH_FOR_A_SLIP if self.maker.looks_like_name(base) else _ENOUGH_FOR_A_PLAIN_SLIP
        if self._lists.tiers[base] == RAREST_TIER and not self._lists.is_name(base) and self._is_slip(base):  # "aloneness"
            return _ENOUGH_FOR_A_PLAIN_SLIP
        if word[0].islower():
            return _ENOUGH_FOR_A_RARE_WORD if self._lists.tiers[base] == RAREST_TIER else _ENOUGH_FOR_A_WORD
        return least if self._lists.is_name(base) else _ENOUGH_FOR_A_RARE_WORD

    def _enough_at_begin(self, word: str) -> float:
        """The same for a word that begins a sentence, where any word has a capital."""
        return _ENOUGH_AT_BEGIN if self._lists.tiers.get(base_of(word), 9) <= _COMMON_TIER else 0.0

    def _is_slip(self, base: str) -> bool:
        if (slip := self._slips.get(base)) is None:
            if len(self._slips) >= _MOST_SLIPS_KEPT:
                self._slips.clear()
            slip = self._slips[base] = len(base) > _SHORTEST_SLIP and (
                is_misspelt(base) or self._is_compound(base) or self._is_derived(base)
            )
        return slip

    def _is_compound(self, base: str) -> bool:
        tiers = self._lists.tiers
        return any(
            tiers.get(base[:at], 9) <= _PART_TIER and tiers.get(base[at:], 9) <= _PART_TIER
            for at in range(_SHORTEST_PART, len(base) - _SHORTEST_PART + 1)
        )

    def _is_derived(self, base: str) -> bool:
        """Whether a word is made of a usual one: "preworkout", "aloneness", "prayin"."""
        for prefix in _PREFIXES:
            if base.startswith(prefix) and self._is_usual(base[len(prefix) :]):
                return True
        for suffix in _SUFFIXES:
            if base.endswith(suffix):
                stem = base[: -len(suffix)]
                if self._is_usual(stem) or self._is_usual(f"{stem}e") or (suffix == "in" and self._is_usual(f"{base}g")):
                    return True
        return False

    def _is_usual(self, base: str) -> bool:
        return len(base) > _SHORTEST_PART and self._lists.tiers.get(base, 9) <= _COMMON_TIER and not self._lists.is_name(base)


def _windows(suspicious: Sequence[bool]) -> list[tuple[int, int]]:
    """Ranges of tokens around the suspicious ones, merged where they meet."""
    windows: list[tuple[int, int]] = []
    for at, flag in enumerate(suspicious):
        if flag:
            first, last = max(0, at - _REACH), min(len(suspicious), at + _REACH + 1)
            if windows and first <= windows[-1][1]:
                windows[-1] = (windows[-1][0], last)
            else:
                windows.append((first, last))
    return windows


def suspicion(lists: Lexicon) -> Callable[[str], bool]:
    """A test of whether a token can be part of a name: it is no ordinary word as typed."""
    trivial = lists.trivial

    def suspicious(word: str) -> bool:
        return word not in trivial and len(word) > 1 and word[0].isalpha() and word.replace("’", "'") not in trivial

    return suspicious


@functools.cache
def name_model() -> NameModel:
    """The shipped model, loaded once per process."""
    return NameModel()
