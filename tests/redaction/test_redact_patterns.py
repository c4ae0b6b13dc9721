"""Structured identifiers, one by one, in sentence case and in lower case; and ordinary numbers that are none."""

from __future__ import annotations

import pytest

from attune.config.params import RedactParams
from attune.redaction import validators as check
from attune.redaction.number_formats import is_national_identifier
from attune.redaction.redactor import Redactor
from attune.redaction.types import Known

FOUND = [
    ("EMAIL_ADDRESS", "my mail is jo.ann+x@mail.example.org ok", "jo.ann+x@mail.example.org"),
    ("EMAIL_ADDRESS", "sarah dot chen at gmail dot com please", "sarah dot chen at gmail dot com"),
    ("EMAIL_ADDRESS", "sarah.chen (at) gmail.com please", "sarah.chen (at) gmail.com"),
    ("PHONE_NUMBER", "call 415-555-0132 now", "415-555-0132"),
    ("PHONE_NUMBER", "call (415)555 0132 now", "(415)555 0132"),
    ("PHONE_NUMBER", "call 4155550132 now", "4155550132"),
    ("PHONE_NUMBER", "call +44 7700 900123 now", "+44 7700 900123"),
    ("PHONE_NUMBER", "call 020 7946 0958 now", "020 7946 0958"),
    ("PHONE_NUMBER", "call 0151/23456789 now", "0151/23456789"),
    ("PHONE_NUMBER", "llama al 612 34 56 78 hoy", "612 34 56 78"),
    ("PHONE_NUMBER", "call 001-581-896-0013x3890 now", "001-581-896-0013x3890"),
    ("PHONE_NUMBER", "four one five five five five oh one three two", "four one five five five five oh one three two"),
    ("CREDIT_CARD", "card 4111 1111 1111 1111 ok", "4111 1111 1111 1111"),
    ("CREDIT_CARD", "card 378282246310005 ok", "378282246310005"),
    ("IBAN_CODE", "to DE89 3704 0044 0532 0130 00 and then", "DE89 3704 0044 0532 0130 00"),
    ("IBAN_CODE", "to GB82WEST12345698765432 and then", "GB82WEST12345698765432"),
    ("US_SSN", "it is 219-09-9921 there", "219-09-9921"),
    ("US_SSN", "my ssn is 219099921 ok", "219099921"),
    ("NATIONAL_ID", "dni 12345678Z ok", "12345678Z"),
    ("NATIONAL_ID", "number AB123456C ok", "AB123456C"),
    ("NATIONAL_ID", "cpf 529.982.247-25 ok", "529.982.247-25"),
    ("PASSPORT", "passport X1234567 ok", "X1234567"),
    ("US_DRIVER_LICENSE", "my driver's license is D1234567 ok", "D1234567"),
    ("LICENSE_PLATE", "my license plate is 7ABC123 ok", "7ABC123"),
    ("IP_ADDRESS", "from 203.0.113.9 today", "203.0.113.9"),
    ("IP_ADDRESS", "from 2001:db8::8a2e:370:7334 today", "2001:db8::8a2e:370:7334"),
    ("MAC_ADDRESS", "mac 00:1B:44:11:3A:B7 ok", "00:1B:44:11:3A:B7"),
    ("URL", "see https://example.org/u/ann?x=1. Then", "https://example.org/u/ann?x=1"),
    ("URL", "see www.example.org/ann then", "www.example.org/ann"),
    ("SOCIAL_HANDLE", "ask @jenny_99 then", "@jenny_99"),
    ("SOCIAL_HANDLE", "my insta is jenny.k99 ok", "jenny.k99"),
    ("DATE_OF_BIRTH", "dob 03/14/1986 ok", "03/14/1986"),
    ("DATE_OF_BIRTH", "I was born on March 3, 1987 there", "March 3, 1987"),
    ("GEO_COORDINATES", "at 37.7749, -122.4194 now", "37.7749, -122.4194"),
    ("PASSWORD", "my password is hunter2! ok", "hunter2!"),
    ("ACCOUNT_NUMBER", "account number 12345678 ok", "12345678"),
    ("STREET_ADDRESS", "at 742 Evergreen Terrace, Springfield, IL 62704 now", "742 Evergreen Terrace, Springfield, IL 62704"),
    ("STREET_ADDRESS", "at 10 Downing Street, London SW1A 2AA now", "10 Downing Street, London SW1A 2AA"),
    ("STREET_ADDRESS", "sie wohnt Hauptstraße 12, 10115 Berlin", "Hauptstraße 12, 10115 Berlin"),
    ("STREET_ADDRESS", "en la Calle Mayor 15, 28013 Madrid", "Calle Mayor 15, 28013 Madrid"),
]
CASE_SENSITIVE = [
    ("API_KEY", "key sk-proj-abcdefgh12345678 ok", "sk-proj-abcdefgh12345678"),
    ("API_KEY", "AKIAIOSFODNN7EXAMPLE leaked", "AKIAIOSFODNN7EXAMPLE"),
    ("LICENSE_PLATE", "a car with AB12 CDE on it", "AB12 CDE"),
]
ORDINARY = [
    "we were together 10 years, 2 kids, 3 dogs, since 2019 and 2020",
    "$1,200 a month, 100% sure, 24/7, 9-5, 50/50, 2-3 times",
    "he is 35 and she is 33, 6 ft 2, at 10:30 on 2023-10-11",
    "it was 5 years down the road, a 20 minutes drive, 3 kids in the way",
    "i look at all the messages. it hurts. she yells at me. at times i cry",
    "my password is gone and my pin does not work",
    "chapter 12 verse 3, step 2 of 12, 1 in 3 women",
    "i called to cancel at 4:30, they charged me anyway",
    "it's 12:45:30 :: and 1:1 sessions",
]


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(RedactParams(names="lists"), 17)


def findings(redactor: Redactor, text: str) -> list[tuple[str, str]]:
    result = redactor.redact([{"role": "user", "content": text}], Known())
    return [(one.type, text[one.start : one.end]) for one in result.findings]


@pytest.mark.parametrize(("kind", "text", "value"), FOUND + CASE_SENSITIVE)
def test_an_identifier_is_found_whole_and_under_its_kind(redactor: Redactor, kind: str, text: str, value: str) -> None:
    assert (kind, value) in findings(redactor, text)


@pytest.mark.parametrize(("kind", "text", "value"), FOUND)
def test_an_identifier_is_masked_in_lower_case_too(redactor: Redactor, kind: str, text: str, value: str) -> None:
    assert value.lower() in [found for _, found in findings(redactor, text.lower())]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_numbers_are_left_alone(redactor: Redactor, text: str) -> None:
    assert findings(redactor, text) == []


def test_check_digits_tell_real_numbers_from_others(redactor: Redactor) -> None:
    assert check.card_number("4111 1111 1111 1111")
    assert not check.card_number("4111 1111 1111 1112")
    assert check.iban_checksum("DE89370400440532013000")
    assert not check.iban_checksum("DE89370400440532013001")
    assert (check.iban_length("DE"), check.iban_length("NO"), check.iban_length("US")) == (22, 15, None)
    assert is_national_identifier("86095742719", (11,))
    assert is_national_identifier("943 476 5919", (10,))
    assert is_national_identifier("2 55 08 14 168 025 38", (1, 2, 2, 2, 3, 3, 2))
    assert not is_national_identifier("1234 5678 9012", (4, 4, 4))
    assert ("NATIONAL_ID", "RSSMRA85T10A562S") in findings(redactor, "it is RSSMRA85T10A562S there")
    assert findings(redactor, "it is RSSMRA85T10A562T there") == []


def test_national_identifiers_that_are_checked_by_hand_are_told_by_date_and_form() -> None:
    assert is_national_identifier("811228-9874", (6, 4))
    assert is_national_identifier("811288-9863", (6, 4))  # a coordination number: the day plus 60
    assert not is_national_identifier("811328-9874", (6, 4))
    assert is_national_identifier("900131-1234567", (6, 7))
    assert not is_national_identifier("901331-1234567", (6, 7))
