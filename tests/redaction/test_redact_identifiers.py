"""Structured identifiers in text that the patterns were not written from: masked, covered whole, few false flags."""

from __future__ import annotations

from collections import Counter
from typing import Any

import heldout_identifiers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.redaction.redactor import Redactor, redactor_of


def figures(*, lower: bool) -> dict[str, Any]:
    """By style: labelled, masked, covered whole; and the flags that no label explains."""
    redactor = Redactor(RedactParams())
    labelled, masked, covered = Counter[str](), Counter[str](), Counter[str]()
    flags = wrong = 0
    for case in heldout_identifiers.cases("heldout", lower=lower):
        findings = redactor.redact([{"role": "user", "content": case["text"]}]).findings
        for span in case["spans"]:
            hits = [one for one in findings if one.start < span["end"] and span["start"] < one.end]
            labelled[case["style"]] += 1
            masked[case["style"]] += bool(hits)
            places = [at for at in range(span["start"], span["end"]) if case["text"][at].isalnum()]
            covered[case["style"]] += all(any(one.start <= at < one.end for one in hits) for at in places)
        flags += len(findings)
        wrong += sum(not any(one.start < span["end"] and span["start"] < one.end for span in case["spans"]) for one in findings)
    return {"labelled": labelled, "masked": masked, "covered": covered, "precision": 1 - wrong / flags}


def share(counts: Counter[str], of: Counter[str], *, addresses: bool) -> float:
    styles = [style for style in of if style.startswith("STREET_ADDRESS") == addresses]
    return sum(counts[style] for style in styles) / sum(of[style] for style in styles)


@pytest.mark.parametrize("lower", [False, True])
def test_identifiers_of_forty_formats_and_thirty_locales_are_masked_and_little_else(lower: bool) -> None:
    found = figures(lower=lower)
    assert share(found["masked"], found["labelled"], addresses=False) >= 0.99
    assert share(found["covered"], found["labelled"], addresses=False) >= 0.985
    assert share(found["masked"], found["labelled"], addresses=True) >= 0.95
    assert found["precision"] >= 0.97


def test_the_two_pools_share_neither_sentences_nor_ordinary_text() -> None:
    pools = heldout_identifiers.SENTENCES
    assert not {one for made in pools["development"].values() for one in made} & {
        one for made in pools["heldout"].values() for one in made
    }
    assert not set(heldout_identifiers.ORDINARY["development"]) & set(heldout_identifiers.ORDINARY["heldout"])


@pytest.mark.parametrize("pool", ["development", "heldout"])
@pytest.mark.parametrize("lower", [False, True])
def test_ordinary_numbers_dates_scores_and_prices_are_left_alone(pool: str, lower: bool) -> None:
    redactor = Redactor(RedactParams(names="lists"))
    for text in heldout_identifiers.ORDINARY[pool]:
        typed = text.lower() if lower else text
        assert redactor.redact([{"role": "user", "content": typed}]).messages[0]["content"] == typed


@pytest.mark.parametrize(
    "text",
    [
        "count one two three four five six seven eight nine ten",
        "i love him.it hurts and i want to be with him.so sad",
        "we met during 2019 and it was over in spring 2020",
        "meet me at the dot in the middle",
        "look at this.it was her who called",
        "he is a swift decision maker",
        "page 2019 2020 2021 of the yearbooks",
        "call me in 2019-2020 they said",
    ],
)
def test_what_only_looks_like_an_identifier_stays(text: str) -> None:
    redactor = Redactor(RedactParams(names="lists"))
    assert redactor.redact([{"role": "user", "content": text}]).messages[0]["content"] == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("it was me [at] web [dot] de all along", "me [at] web [dot] de"),
        ("write sarah dot chen at gmail dot com today", "sarah dot chen at gmail dot com"),
        ("call (+91)-98765 43210 now", "(+91)-98765 43210"),
        ('{"user_phone": "98259791"}', "98259791"),
        ("acct #: 1234567", "1234567"),
        ("IBAN GB82 WEST 1234 5698 7654 99 with a typo", "GB82 WEST 1234 5698 7654 99"),
        ("the card ending in 4242 was declined", "4242"),
        ("card xxxx-xxxx-xxxx-4242 was declined", "xxxx-xxxx-xxxx-4242"),
        ("SWIFT: DEUTDEFF", "DEUTDEFF"),
        ("my ahv is 756.9217.0769.85 ok", "756.9217.0769.85"),
        ("her plate is UE-CU-71 and she", "UE-CU-71"),
        (
            "we live at Flat 66\nWilliams Inlet\nEast Ryanchester\nTA7W 0DR",
            "Flat 66\nWilliams Inlet\nEast Ryanchester\nTA7W 0DR",
        ),
        ("ship to 28/601, Basak Street\nLudhiana-796669 please", "28/601, Basak Street\nLudhiana-796669"),
        ("id,card,score\n7,4111111111111111,3", "4111111111111111"),
    ],
)
def test_an_identifier_is_covered_whole(text: str, value: str) -> None:
    redactor = Redactor(RedactParams(names="lists"))
    result = redactor.redact([{"role": "user", "content": text}])
    assert value in {text[one.start : one.end] for one in result.findings}


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("my new # is 07700 900 123 (old one 020-7946-0958)", "my new # is [PHONE] (old one [PHONE])"),
        ("mi cumple es el 5 de mayo de 1990", "mi cumple es el [DATE_OF_BIRTH]"),
        ("DOB 07APR1991", "DOB [DATE_OF_BIRTH]"),
        ("find me on snap jennyb_88", "find me on snap [HANDLE]"),
        ("jenny underscore b at hotmail dot co dot uk", "[EMAIL]"),
        ("sent from 192.168.1.254:8080", "sent from [IP_ADDRESS]"),
        ("Wohne jetzt Am Wall 12a, 28195 Bremen", "Wohne jetzt [ADDRESS]"),
        ("Konto: 532013000, BLZ 37040044", "Konto: [ACCOUNT_NUMBER], BLZ [ACCOUNT_NUMBER]"),
        ("account 954567876544 to IL150120690000003111111, ok?", "account [ACCOUNT_NUMBER] to [IBAN], ok?"),
    ],
)
def test_what_people_write_around_an_identifier_stays(text: str, redacted: str) -> None:
    redactor = Redactor(RedactParams(names="lists"))
    assert redactor.redact([{"role": "user", "content": text}]).messages[0]["content"] == redacted


_CLOSE = (
    ("US_SSN", "ssn", "331-89-2862"),
    ("CREDIT_CARD", "the right number is", "6011417667131700"),
    ("CREDIT_CARD", "card", "4111-1111-1111-1111"),
    ("EMAIL_ADDRESS", "mail", "mary08@mail.example"),
    ("IBAN_CODE", "iban", "GB82WEST12345698765432"),
    ("PHONE_NUMBER", "call", "+1 415 555 0143"),
    ("US_DRIVER_LICENSE", "dl number", "I6979043"),
    ("PASSPORT", "passport no.", "495882024"),
    ("ACCOUNT_NUMBER", "member id", "790375265"),
    ("IP_ADDRESS", "from ip", "64.85.165.92"),
)


@given(
    st.lists(st.sampled_from(_CLOSE), min_size=2, max_size=4, unique=True),
    st.sampled_from([", ", ". ", "\n", " and "]),
    st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_identifiers_side_by_side_keep_their_own_types(chosen: list[tuple[str, str, str]], between: str, lower: bool) -> None:
    text = between.join(f"{label} {value}" for _, label, value in chosen)
    text = text.lower() if lower else text
    result = redactor_of(RedactParams(), 17).redact([{"role": "user", "content": text}])
    found = [(one.type, text[one.start : one.end].lower()) for one in result.findings]
    assert found == [(kind, value.lower()) for kind, _, value in chosen]
