"""A columnar view of the conversations of a batch, so that every computation runs over all messages at once.

Patterns are searched by RE2 (inside Arrow), which is twenty times as fast as Python's ``re`` on a list of texts. Words are
numbers: each text is split into words once, and a property of a word is computed once for each distinct word.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from attune.records.record import MESSAGES_TYPE
from attune.redaction.placeholders import EXPRESSION

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Messages = Sequence[Mapping[str, str]]

OTHER, USER, ASSISTANT = 0, 1, 2
PRETRAINING = "pretraining"  # tag of a text to pretrain on: one assistant message without a user
PLACEHOLDER_WORD = "zzplaceholder"
# RE2's own \w and \b match only ASCII.
LETTER = r"[\pL\pN_]"
_NO_LETTER = r"[^\pL\pN_]"
START, END = rf"(?:^|{_NO_LETTER})", rf"(?:$|{_NO_LETTER})"


@dataclass(frozen=True)
class ConversationColumns:
    """The messages of a batch, in order; the n-th conversation is the n-th row.

    Attributes:
        rows: number of conversations.
        record: index of the conversation of each message.
        role: :data:`USER`, :data:`ASSISTANT` or :data:`OTHER`, of each message.
        text: text of each message.
        folded: text in lower case, trimmed, with straight apostrophes.
        vocabulary: the distinct words of the batch, in lower case; a placeholder is :data:`PLACEHOLDER_WORD`.
        word: index in the vocabulary of each word of each message, in order.
        message: index of the message of each word.
    """

    rows: int
    record: Numbers
    role: Numbers
    text: pa.Array
    folded: pa.Array
    vocabulary: Sequence[str]
    word: Numbers
    message: Numbers

    @property
    def messages(self) -> int:
        """Number of messages."""
        return len(self.record)

    def where(self, role: int) -> Numbers:
        """Indices of the messages of a role."""
        return np.flatnonzero(self.role == role)

    def count(self, messages: Numbers, weights: Any = None) -> Floats:
        """How many of these messages each conversation has, or the sum of their weights."""
        return np.bincount(self.record[messages], weights=weights, minlength=self.rows).astype(np.float64)

    def matches(self, pattern: str, messages: Numbers, *, folded: bool = True) -> Flags:
        """For each of the messages, whether it contains a match of the RE2 pattern."""
        return contains((self.folded if folded else self.text).take(pa.array(messages)), pattern)

    def words_per_message(self) -> Numbers:
        """Number of words of each message."""
        return np.bincount(self.message, minlength=self.messages)

    def of_word(self, trait: Callable[[str], int]) -> Numbers:
        """``trait`` of each word; it is called once for each distinct word."""
        if not len(self.word):
            return np.zeros(0, np.int64)
        return np.fromiter(map(trait, self.vocabulary), np.int64, len(self.vocabulary))[self.word]

    def joined(self, role: int) -> pa.Array:
        """The folded messages of a role in each conversation, joined to one string."""
        chosen = self.where(role)
        counts = np.bincount(self.record[chosen], minlength=self.rows)
        offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
        return pc.binary_join(pa.ListArray.from_arrays(offsets, self.folded.take(pa.array(chosen))), " ")

    def last(self, role: int) -> Numbers:
        """Index of the last message of a role in each conversation; -1 where there is none."""
        found = np.full(self.rows, -1, np.int64)
        chosen = self.where(role)
        found[self.record[chosen]] = chosen  # later ones win
        return found

    def last_length(self, role: int) -> Numbers:
        """Characters of the last message of a role, trimmed, in each conversation; 0 where there is none."""
        last = self.last(role)
        lengths = np.zeros(self.rows, np.int64)
        lengths[last >= 0] = pc.utf8_length(self.folded.take(pa.array(last[last >= 0]))).to_numpy(zero_copy_only=False)
        return lengths

    def turns(self) -> Numbers:
        """Number of user and assistant messages of each conversation."""
        return np.bincount(self.record[self.role != OTHER], minlength=self.rows)


def to_columns(messages: pa.Array | pa.ChunkedArray) -> ConversationColumns:
    """The columnar view of a column of messages."""
    column = messages.combine_chunks() if isinstance(messages, pa.ChunkedArray) else messages
    if isinstance(column, pa.ChunkedArray):  # an empty chunked array stays one in some versions of Arrow
        column = pa.array([], MESSAGES_TYPE)
    flat = column.flatten()
    text = pc.fill_null(flat.field("content"), "")
    role = pc.fill_null(pc.index_in(flat.field("role"), pa.array(["", "user", "assistant"])), 0).to_numpy(zero_copy_only=False)
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    plain = pc.utf8_lower(pc.replace_substring_regex(text, EXPRESSION, f" {PLACEHOLDER_WORD} "))
    vocabulary, word, message = _words(pc.replace_substring(plain, "’", "'"))
    return ConversationColumns(
        rows=len(column),
        record=np.repeat(np.arange(len(column), dtype=np.int64), lengths),
        role=role.astype(np.int64),
        text=text,
        folded=fold(text),
        vocabulary=vocabulary,
        word=word,
        message=message,
    )


def columns_from_lists(rows: Sequence[Messages]) -> ConversationColumns:
    """The columnar view of plain lists of messages."""
    return to_columns(pa.array([list(row) for row in rows], MESSAGES_TYPE))


def fold(text: pa.Array) -> pa.Array:
    """Lower case, straight apostrophes, trimmed."""
    return pc.utf8_trim_whitespace(pc.replace_substring(pc.utf8_lower(text), "’", "'"))


def contains(texts: pa.Array, pattern: str) -> Flags:
    """For each text, whether it contains a match of the RE2 pattern."""
    found: Flags = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False).astype(np.bool_)
    return found


def distinct(numbers: Numbers) -> Numbers:
    """The distinct numbers in order; sorting is faster than the hashing of ``np.unique`` on this many."""
    ordered = np.sort(numbers)
    new = np.ones(len(ordered), np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


@functools.cache
def re2(pattern: str) -> str:
    r"""A pattern for Python's ``re``, rewritten for RE2: ``\w`` is any letter, ``\b`` the end of a word."""
    return pattern.replace(r"\w", LETTER).replace(r"\b", END)


def any_of(patterns: Sequence[str]) -> str:
    """An RE2 pattern that finds any of the patterns where a word starts."""
    return START + "(?:" + "|".join(re2(pattern) for pattern in patterns) + ")"


def _words(plain: pa.Array) -> tuple[list[str], Numbers, Numbers]:
    """The distinct words, and for each word in order its index among them and the index of its message."""
    lists = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, r"[^\pL\pM']+", " ")))
    encoded = lists.flatten().dictionary_encode()
    message = np.repeat(np.arange(len(plain), dtype=np.int64), pc.list_value_length(lists).to_numpy(zero_copy_only=False))
    index: dict[str, int] = {}
    # Quotation marks that look like apostrophes are removed; a word of nothing else is dropped.
    spellings = [word.strip("'") for word in encoded.dictionary.to_pylist()]
    numbers = np.array([index.setdefault(word, len(index)) if word else -1 for word in spellings], np.int64)
    word = numbers[encoded.indices.to_numpy(zero_copy_only=False)] if len(numbers) else np.zeros(0, np.int64)
    real = word >= 0
    return list(index), word[real], message[real]
