"""Dedupe and compile compute similarity by the same definition as the leakage gate, which shares no code with them.

If they differed, compile would put two texts into different splits and the gate would fail: no version of such data could pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.records.record import MESSAGES_TYPE
from attune.similarity.shingles import shingle
from attune.steps.verify.ngrams import NgramHasher
from attune.text.normalization import conversation_text

_NGRAM = 3
_PIECES = st.sampled_from(
    [
        *("sleep", "don't", "PERSON_2", "[Partner]", "e-mail", "x2", "3.5", "ÉTÉ", "cómo", "naïve", "Größe", "ночь", "שלום"),
        *("مرحبا", "हिन्दी", "ภาษาไทย", "vie\u0302\u0323t", "我很难过", "さびしい", "외로워요", "𠮷野", "ﬁne", "ｗｉｄｅ"),
        *("zero\u200bwidth", "😅", "❤️", "👩‍👩‍👧", "🇩🇪", "→", "€", "+", "…", "—", "«", "»", "¿", "。", "、", "・", "×", "☕"),
        *("ok👍ok", "a…b", "a\u00a0b", "\n", "\t", "_", "__init__", "''", "¯\\_(ツ)_/¯", "①", "½", "ª", "٣", "𝔟𝔬𝔩𝔡"),
        *(
            "straße",
            "STRASSE",
            "İstanbul",
            "ſs",
            "ΣΟΦΟΣ",
            "pаypаl",
            "раypal",
            "сон",
            "kοst",
            "a1б",
            "e\u200b\u0301",
            "so\u00adft",
        ),
        *("so\u00adft", "a\u3164b", "\uffa0", "❶", "ok❷", "ᏣᎳᎩ", "e\u0301\u0327", "a\u20ddb", "\ufeffx", "x\U000e0041y"),
    ]
)
_TEXTS = st.lists(_PIECES, min_size=3, max_size=25).map(" ".join)
_GLUED = st.lists(_PIECES, min_size=3, max_size=25).map("".join)
_CONVERSATIONS = st.lists(_TEXTS | _GLUED, min_size=1, max_size=4)


def _by_dedupe(contents: Sequence[str]) -> set[int]:
    return set(shingle(pa.array([_messages(contents)], MESSAGES_TYPE), _NGRAM).values.tolist())


def _by_the_gate(contents: Sequence[str]) -> set[int]:
    return set(NgramHasher(_NGRAM, _NGRAM).sets([conversation_text(_messages(contents))]).values.tolist())


def _messages(contents: Sequence[str]) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[place % 2], "content": content} for place, content in enumerate(contents)]


def _similarity(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


@settings(deadline=None)
@given(_CONVERSATIONS, _CONVERSATIONS, _CONVERSATIONS)
def test_two_conversations_are_as_similar_for_dedupe_as_for_the_leakage_gate(
    common: list[str], one: list[str], other: list[str]
) -> None:
    left, right = [*common, *one], [*common, *other]
    found = _similarity(_by_dedupe(left), _by_dedupe(right)), _similarity(_by_the_gate(left), _by_the_gate(right))
    assert found[0] == pytest.approx(found[1], abs=1e-12)


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text.translate(str.maketrans("aeopc", "аеорс")),
        lambda text: text.translate(str.maketrans("aou", "αου")),
        lambda text: "\u200b".join(text),
        lambda text: "\u00ad".join(text),
        lambda text: "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() and sign.isalpha() else sign for sign in text),
        lambda text: unicodedata.normalize("NFD", text),
        str.upper,
        lambda text: text.replace(" ", "\u2003"),
    ],
    ids=["Cyrillic", "Greek", "zero width", "soft hyphens", "full width", "combining accents", "capitals", "wide spaces"],
)
def test_texts_that_look_the_same_are_equal_for_both(disguise: Callable[[str], str]) -> None:
    text = "naïve people hardly sleep after cañons boom loudly across their straße"
    assert disguise(text) != text
    assert _by_dedupe([disguise(text)]) == _by_dedupe([text])
    assert _by_the_gate([disguise(text)]) == _by_the_gate([text])


@pytest.mark.parametrize("sign", ["😅", "❤️", "👍🏽", "…", "→", "_", "€", "☕️", "🇩🇪"])
def test_an_additional_symbol_makes_no_difference(sign: str) -> None:
    words = re.split(" ", "i have hardly slept since the argument with my sister on sunday")
    for place in range(len(words) + 1):
        with_sign = " ".join([*words[:place], sign, *words[place:]])
        assert _by_dedupe([with_sign]) == _by_dedupe([" ".join(words)]), (sign, place)
        assert _by_the_gate([with_sign]) == _by_the_gate([" ".join(words)]), (sign, place)


def test_every_character_ends_a_word_for_both_or_for_neither() -> None:
    codes = [code for code in range(0x20, 0x2FFFF) if _is_compared(code)]
    texts = [_messages([f"one two{chr(code)}three four five"]) for code in codes]
    by_dedupe = np.diff(shingle(pa.array(texts, MESSAGES_TYPE), _NGRAM).offsets)
    by_the_gate = NgramHasher(_NGRAM, _NGRAM).sets([conversation_text(text) for text in texts]).sizes
    odd = [f"U+{code:04X}" for code, one, other in zip(codes, by_dedupe, by_the_gate, strict=True) if one != other]
    assert not odd, f"{len(odd)} characters: {odd[:20]}"


def _is_compared(code: int) -> bool:
    """Whether a character has a glyph; two circled zeros among the pictographs are left out."""
    return unicodedata.category(chr(code))[0] in "LMNPSZ" and code not in {0x1F10B, 0x1F10C}


def test_words_of_the_gate_and_of_dedupe_are_counted_alike() -> None:
    contents = ["Ich habe kaum geschlafen 😅", "Das klingt schwer; was hält dich wach?"]
    assert len(_by_dedupe(contents)) == len(_by_the_gate(contents)) == 9
    assert np.unique(list(_by_dedupe(contents))).size == 9
