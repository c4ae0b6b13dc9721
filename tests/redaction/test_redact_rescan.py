"""The second scan: it reads what the first pass may have missed, by its own means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.redaction.placeholders import VOCABULARY
from attune.redaction.rescan import kinds_left
from attune.redaction.types import Known
from attune.text.plain_form import plain_form

#: Type, and a text with ``~`` where people put a blank or a dash.
IDENTIFIERS = [
    ("PAYMENT_CARD", "he used my card 4000~0012~3456~7899"),
    ("US_SSN", "they asked for 219~09~9954 on the form"),
    ("IBAN_CODE", "send it to de89~3704~0044~0532~0130~00"),
    ("PHONE_NUMBER", "call me at 212~555~0147 tonight"),
    ("PHONE_NUMBER", "it is +44~7700~900123"),
]
SEPARATORS = [" ", "-", "\u00a0", "\u202f", "\u2009", "\u2011", "\u2013", "\u2212", " \u200b", "\t", "  ", "\u00ad-", "\uff0d"]
DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")  # full-width


def kinds(text: str, known: Known | None = None) -> list[str]:
    return kinds_left([{"role": "user", "content": text}], known)


@pytest.mark.parametrize(
    ("kind", "text"), IDENTIFIERS, ids=[f"{kind} {number}" for number, (kind, _) in enumerate(IDENTIFIERS)]
)
def test_an_identifier_is_seen_whatever_separates_its_groups_and_however_its_digits_are_drawn(kind: str, text: str) -> None:
    for separator in SEPARATORS:
        written = text.replace("~", separator)
        assert kind in kinds(written), repr(written)
        assert kind in kinds(written.translate(DIGITS)), repr(written)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("EMAIL_ADDRESS", "write to Jane AT Example DOT com"), ("EMAIL_ADDRESS", "post@müller-praxis.de is hers"),
        ("IP_ADDRESS", "from 2001:db8:0:1:1:1:1:1 again"), ("URL", "see https://example.com/people/ann"),
        ("GEO_COORDINATES", "he was at 51.50331, -0.12761"), ("DATE_OF_BIRTH", "DOB: 12/04/1988"),
        ("DATE_OF_BIRTH", "born on 4 May 1988"),
        ("PASSPORT", "passport no. 533380006"), ("UPI_ID", "pay ananya.k@okaxis please"), ("CARD_CODE", "cvv 482"),
        ("SPELLED_NAME", "my name is p-r-i-y-a"), ("STREET_ADDRESS", "221 west oak street, apt 4b"),
        ("US_SSN", "ssn is 219 09 9954"),
        ("PASSWORD", "my password is hunter2go"), ("API_KEY", "ghp_0123456789abcdefghij0123456789abcdef"),
    ],
)  # fmt: skip
def test_each_format_of_its_own_is_seen(kind: str, text: str) -> None:
    assert kind in kinds(text)


def test_only_the_placeholders_of_the_product_are_passed_over() -> None:
    assert kinds(" ".join(VOCABULARY).replace("_n]", "_2]")) == []
    assert kinds("[212-555-0147] or [mail: a.b@mail.example]") == ["EMAIL_ADDRESS", "PHONE_NUMBER"]


def test_what_the_database_knows_is_looked_for_as_it_stands() -> None:
    known = Known(user=("Will Brenwick",), partner=("Anneke",), emails=("w.b@mail.example",), phones=("+44 7700 900123",))
    for text in ("[Anneke] hit me", "[Anneke](http://x.example)", "i told anneke that", "Mr. Will Brenwick", "so Will left"):
        assert "KNOWN_NAME" in kinds(text, known), text
    assert kinds("ask will  brenwick", known) == ["KNOWN_NAME"]
    assert kinds("Will you come? I will.", known) == []
    assert "KNOWN_PHONE" in kinds("it is 7 7 0 0 9 0 0 1 2 3", known)
    assert "KNOWN_EMAIL" in kinds("W.B@MAIL.EXAMPLE", known)


@pytest.mark.parametrize(
    "text",
    [
        "I weigh 180 pounds and sleep 6 hours.", "It got worse...so we left at 10:30.", "Page 212, chapter 3",
        "I had a U T I in 2019", "call me when you can", "He is 34, she is 29, and it cost 1,200.50", "it is 40% better",
        "we text 3-4 times a day", "a-b test",
    ],
)  # fmt: skip
def test_ordinary_text_with_numbers_is_not_doubted(text: str) -> None:
    assert kinds(text) == []


@given(st.text(max_size=60))
def test_the_plain_form_is_stable_and_holds_no_odd_blank_or_dash(text: str) -> None:
    plain = plain_form(text)
    assert plain_form(plain) == plain
    assert not set(plain) & set("\u00a0\u2009\u202f\u200b\u00ad\u2011\u2013\u2212\ufe0f")
