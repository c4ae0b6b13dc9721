"""Encoding repair: what was decoded wrongly comes back, what was right is not touched."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import RIGHT as SENTENCES
from sentences import damaged

from attune.text.repair import repair

RIGHT = [
    "plain ASCII, untouched",
    "café déjà vu",
    "naïve “quotes” — don’t",
    "Grüße aus München, schöne Straße",
    "señor mañana ¿qué?",
    "Привет, как дела",
    "こんにちは世界",
    "你好，世界",
    "한국어 텍스트",
    "ελληνικά κείμενο",
    "עברית טקסט",
    "العربية نص",
    "Tiếng Việt có dấu",
    "ÅÄÖ åäö",
    "São João ção",
    "łódź żółć",
    "I ❤️ you 😂👍🏽",
    "Çağrı İstanbul ığüşöç",
    "À la carte",
    "50 °C ± 2 µm",
    "हिन्दी पाठ",
    "ไทย",
    "Ã",
    "â",
]
DAMAGED = [
    "café déjà vu",
    "don’t — “ever”",
    "Grüße aus München",
    "¿qué pasó, señor?",
    "I ❤️ you 😂",
    "Привет, как дела",
    "你好，世界",
]


def wrongly(text: str) -> str:
    """UTF-8 read as Windows-1252, as browsers do it: bytes without a character become control characters."""
    return "".join(
        bytes([byte]).decode("cp1252") if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(byte) for byte in text.encode()
    )


@pytest.mark.parametrize("text", RIGHT)
def test_text_that_was_right_stays_as_it_was(text: str) -> None:
    assert repair(text) == (unicodedata.normalize("NFC", text), 0)


@pytest.mark.parametrize("text", DAMAGED)
def test_text_decoded_wrongly_once_is_repaired_and_counted_as_one_layer(text: str) -> None:
    assert repair(wrongly(text)) == (text, 1)


@pytest.mark.parametrize("text", DAMAGED)
def test_text_decoded_wrongly_twice_is_repaired_and_counted_as_two_layers(text: str) -> None:
    assert repair(wrongly(wrongly(text))) == (text, 2)


@pytest.mark.parametrize("language", list(SENTENCES))
def test_right_sentences_of_many_languages_are_not_touched(language: str) -> None:
    for text in SENTENCES[language]:
        assert repair(text) == (unicodedata.normalize("NFC", text), 0)
    together = " ".join(SENTENCES[language])
    assert repair(together) == (unicodedata.normalize("NFC", together), 0)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("table", ["cp1252", "latin-1"])
@pytest.mark.parametrize("language", list(SENTENCES))
def test_sentences_of_many_languages_come_back_from_the_common_mistakes(language: str, table: str, layers: int) -> None:
    for text in SENTENCES[language]:
        right = unicodedata.normalize("NFC", text)
        wrong = damaged(right, table, layers)
        if wrong is not None:
            assert repair(wrong) == (right, layers)


@pytest.mark.parametrize(("table", "least"), [("cp1250", 0.85), ("cp1251", 0.85), ("mac_roman", 0.85), ("cp437", 0.85)])
def test_most_sentences_come_back_from_rarer_tables(table: str, least: float) -> None:
    pairs = [
        (unicodedata.normalize("NFC", text), damaged(unicodedata.normalize("NFC", text), table, 1))
        for texts in SENTENCES.values()
        for text in texts
    ]
    back = [repair(wrong)[0] == right for right, wrong in pairs if wrong is not None]
    assert sum(back) / len(back) >= least


def test_any_stretch_of_whole_words_of_a_right_sentence_is_right() -> None:
    for text in (text for texts in SENTENCES.values() for text in texts):
        words = unicodedata.normalize("NFC", text).split(" ")
        for start, end in itertools.combinations(range(len(words) + 1), 2):
            stretch = " ".join(words[start:end])
            assert repair(stretch) == (stretch, 0)


def test_decomposed_characters_are_composed() -> None:
    assert repair("cafe\u0301") == ("café", 0)


@given(st.text())
def test_the_result_is_nfc_without_lone_surrogates_and_repair_is_done_at_once(text: str) -> None:
    repaired, layers = repair(text)
    assert unicodedata.is_normalized("NFC", repaired)
    assert layers in (0, 1, 2)
    repaired.encode("utf-8")


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_ascii_is_returned_as_it_is(text: str) -> None:
    assert repair(text) == (text, 0)
