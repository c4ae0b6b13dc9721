"""Word n-grams of conversations as 52-bit fingerprints, computed for thousands of records at once on the raw bytes.

What is compared is what was said: the contents of the user's and the assistant's messages, in order, lower-cased. A system
prompt is left out, because it is the same for whole families and would make strangers look alike.

Texts are normalized first (``attune.text.normalization``). A word is a run of letters, digits and marks; white space, control
characters, punctuation and symbols of any script end it. Emoji are no words: two texts that differ in them say the same.
Characters from scripts without spaces (Chinese, Japanese, Korean) are words of their own. ``normalization.words`` finds the
same words in a string, for the leakage gate; a test compares the two, since a pair that only the gate sees stops a version.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from attune.text.normalization import text_for_shingling

FINGERPRINT_BITS = 52  # two sets of 1,000 agree by chance in one fingerprint once in 10**9 comparisons

_CHUNK_BYTES = 1 << 18  # text worked on at a time: the temporary arrays hold some fifty bytes for each of these, and are reused

# Text without any of these needs lower case only. Usual are ASCII but & and < (HTML), Latin letters but ß and İ, dashes, curly
# quotes and pictographs. In the syntax of RE2.
_UNUSUAL = (
    r"[^\x00-\x25\x27-\x3B\x3D-\x7F\x{C0}-\x{D6}\x{D8}-\x{DE}\x{E0}-\x{F6}\x{F8}-\x{12F}\x{131}\x{2010}-\x{2027}\x{2030}-\x{205E}"
    r"\x{2600}-\x{2775}\x{2794}-\x{27BF}\x{1F300}-\x{1FAFF}]"
)

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shingles:
    """The fingerprints of some records.

    Attributes:
        values: fingerprints of all records one after the other, in the order of the text, repetitions included.
        offsets: record ``i`` has ``values[offsets[i]:offsets[i + 1]]``.
        words: number of words of each record.
        characters: length of each record's text in bytes of UTF-8.
    """

    values: U64
    offsets: I64
    words: I64
    characters: I64


def mix(values: U64) -> U64:
    """The finalizer of MurmurHash3 (fmix64): every input bit changes every output bit with a probability of one half."""
    mixed = values ^ (values >> np.uint64(33))
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    mixed ^= mixed >> np.uint64(33)
    return mixed


def random_words(seed: int, count: int) -> U64:
    """``count`` well mixed 64-bit numbers that follow from ``seed`` alone (SplitMix64), on every platform and version."""
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return mix(steps + mix(np.array([seed], np.uint64)))


def shingle(messages: pa.Array | pa.ChunkedArray, length: int) -> Shingles:
    """The word n-grams of conversations.

    Args:
        messages: a column of ``records.MESSAGES_TYPE``.
        length: words of an n-gram. A record with fewer words has none.

    Memory: the fingerprints, eight bytes a word, and a constant.
    """
    parts = [_shingle_chunk(chunk, length) for chunk in _chunks(messages)]
    if not parts:
        empty = np.zeros(0, np.int64)
        return Shingles(np.zeros(0, np.uint64), np.zeros(1, np.int64), empty, empty)
    counts = np.concatenate([np.diff(part.offsets) for part in parts])
    return Shingles(
        np.concatenate([part.values for part in parts]),
        np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        np.concatenate([part.words for part in parts]),
        np.concatenate([part.characters for part in parts]),
    )


def _chunks(messages: pa.Array | pa.ChunkedArray) -> Iterator[pa.Array]:
    """Pieces of about a quarter of a megabyte of text, cut between records."""
    array = messages.combine_chunks() if isinstance(messages, pa.ChunkedArray) else messages
    if not len(array):
        return
    contents = pc.binary_length(pc.struct_field(array.flatten(), "content")).fill_null(0).to_numpy(zero_copy_only=False)
    ends = np.cumsum(pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False))
    sizes = np.concatenate([np.zeros(1, np.int64), np.cumsum(contents, dtype=np.int64)])[ends]
    start = 0
    while start < len(array):
        done = sizes[start - 1] if start else 0
        stop = max(int(np.searchsorted(sizes, done + _CHUNK_BYTES, side="right")), start + 1)
        yield array.slice(start, stop - start)
        start = stop


def _shingle_chunk(messages: pa.Array, length: int) -> Shingles:
    text, text_offsets, characters = _text(messages)
    starts, hashes = _words(text, text_offsets)
    # Record r has the words from word_offsets[r] on.
    first_byte = np.concatenate([np.zeros(1, np.int64), np.cumsum(characters)])
    word_offsets = np.searchsorted(starts, first_byte).astype(np.int64)
    words = np.diff(word_offsets)
    counts = np.maximum(words - (length - 1), 0)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    # The k-th n-gram of record r starts at its k-th word.
    first_word = np.arange(offsets[-1]) + np.repeat(word_offsets[:-1] - offsets[:-1], counts)
    weights = random_words(2, length) | np.uint64(1)
    values = np.zeros(len(first_word), np.uint64)
    for place in range(length):
        values += hashes[first_word + place] * weights[place]
    return Shingles(mix(values) >> np.uint64(64 - FINGERPRINT_BITS), offsets, words, characters)


def _text(messages: pa.Array) -> tuple[npt.NDArray[np.uint8], I64, I64]:
    """Lower-cased bytes of all contents, where each message starts in them, and the bytes of each record."""
    flat = messages.flatten()
    contents = pc.fill_null(pc.struct_field(flat, "content"), "")
    spoken = pc.fill_null(pc.not_equal(pc.struct_field(flat, "role"), "system"), True)
    if not pc.all(spoken, min_count=0).as_py():
        contents = pc.if_else(spoken, contents, "")
    lowered = _normalized(contents)
    lengths: Any = pc.binary_length(lowered).to_numpy(zero_copy_only=False).astype(np.int64)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    buffer = lowered.buffers()[2]
    first = np.frombuffer(lowered.buffers()[1], np.int32)[lowered.offset] if len(lowered) else 0
    text = np.frombuffer(buffer, np.uint8)[first : first + offsets[-1]] if offsets[-1] else np.zeros(0, np.uint8)
    counts = pc.list_value_length(messages).fill_null(0).to_numpy(zero_copy_only=False)
    ends = offsets[np.cumsum(counts)]
    return text, offsets[:-1], np.diff(np.concatenate([np.zeros(1, np.int64), ends]))


def _normalized(contents: pa.Array) -> pa.Array:
    """Normalized texts, in which ASCII signs, spaces, dashes and pictographs alone end words."""
    unusual = pc.match_substring_regex(contents, _UNUSUAL)
    if not pc.any(unusual, min_count=0).as_py():
        return pc.utf8_lower(contents)
    read = pa.array(map(text_for_shingling, contents.filter(unusual).to_pylist()), pa.string())
    return pc.replace_with_mask(pc.utf8_lower(contents), unusual, read)


def _words(text: npt.NDArray[np.uint8], message_starts: I64) -> tuple[I64, U64]:
    """Where each word starts and its hash."""
    if not len(text):
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    kinds = np.frombuffer(bytearray(text.tobytes().translate(_KINDS)), np.uint8)
    kinds[_signs(text)] = 0
    inside = kinds != 0
    first = np.empty(len(text), bool)
    first[0] = True
    np.logical_not(inside[:-1], out=first[1:])
    first[message_starts[message_starts < len(text)]] = True
    own = np.flatnonzero(kinds == _OWN_WORD)
    first[own] = True
    after = own + 3 + (text[own] >= 0xF0)
    first[after[after < len(text)]] = True
    first &= inside
    last = inside.copy()
    last[:-1] &= ~inside[1:] | first[1:]
    starts = np.flatnonzero(first)
    return starts, _hash_words(text, starts, np.flatnonzero(last) + 1 - starts)


def _hash_words(text: npt.NDArray[np.uint8], starts: I64, lengths: I64) -> U64:
    """A 64-bit hash of each word, taking eight bytes of all words at a time."""
    padded = np.concatenate([text, np.zeros(8, np.uint8)])
    eights: U64 = np.ndarray(len(text) + 1, "<u8", padded.data, strides=(1,))  # the eight bytes from each position on
    hashes = mix((eights[starts] & _LOW_BYTES[np.minimum(lengths, 8)]) ^ lengths.astype(np.uint64))
    longer = np.flatnonzero(lengths > 8)
    done = 8
    while len(longer):
        more = eights[starts[longer] + done] & _LOW_BYTES[np.minimum(lengths[longer] - done, 8)]
        hashes[longer] = mix(hashes[longer] + more)
        done += 8
        longer = longer[lengths[longer] > done]
    return hashes


def _signs(text: npt.NDArray[np.uint8]) -> I64:
    """Positions of the bytes of general punctuation (U+2000 to U+206F) and pictographs (U+2600 to U+27BF, U+1F000 on)."""
    three = np.flatnonzero(text[:-2] == 0xE2)
    second = text[three + 1]
    three = three[((second & 0xFE) == 0x80) | ((second >= 0x98) & (second <= 0x9E))]
    four = np.flatnonzero(text[:-3] == 0xF0)
    four = four[text[four + 1] == 0x9F]
    return np.concatenate([three, three + 1, three + 2, four, four + 1, four + 2, four + 3])


def _kinds() -> bytes:
    """What each byte is: 0 between words, 1 in a word, 2 the lead byte of a character that is a word by itself."""
    table = bytearray(256)
    for letter in b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        table[letter] = 1
    for byte in range(0x80, 0x100):
        own = 0xE3 <= byte <= 0xED or 0xF0 <= byte <= 0xF4  # U+3000 to U+DFFF, and everything beyond the basic plane
        table[byte] = _OWN_WORD if own else 1
    return bytes(table)


_OWN_WORD = 2
_KINDS = _kinds()
_LOW_BYTES = np.array([(1 << (8 * count)) - 1 for count in range(9)], np.uint64)
