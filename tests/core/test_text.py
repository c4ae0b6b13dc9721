"""Encoding repair: what was decoded wrongly comes back, what was right is not touched."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.core.text import repair

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
