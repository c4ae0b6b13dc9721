"""Addresses, telephone numbers, plates, identity numbers and rows in the forms of many countries; and what only looks alike."""

from __future__ import annotations

import pytest
import world_identifiers
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.redaction.redactor import redactor_of
from attune.redaction.types import Finding

NUMBERS = frozenset(
    """STREET_ADDRESS PHONE_NUMBER LICENSE_PLATE NATIONAL_ID ACCOUNT_NUMBER CREDIT_CARD GEO_COORDINATES DATE_OF_BIRTH PASSPORT
    US_SSN IP_ADDRESS EMAIL_ADDRESS URL SOCIAL_HANDLE""".split()  # noqa: SIM905
)


def findings(text: str) -> tuple[Finding, ...]:
    return redactor_of(RedactParams(names="lists"), 17).redact([{"role": "user", "content": text}]).findings


def redacted(text: str) -> str:
    return redactor_of(RedactParams(names="lists"), 17).redact([{"role": "user", "content": text}]).messages[0]["content"]


@pytest.mark.parametrize("pool", [world_identifiers.DEVELOPMENT, world_identifiers.HELDOUT])
@pytest.mark.parametrize(("lower", "address", "other"), [(False, 0.99, 0.99), (True, 0.96, 0.97)])
def test_identifiers_of_many_countries_are_masked_as_typed_and_in_lower_case(
    pool: dict[str, tuple[str, ...]], lower: bool, address: float, other: float
) -> None:
    seen: dict[bool, list[bool]] = {True: [], False: []}
    for kind, text, places in world_identifiers.cases(pool, lower=lower):
        found = findings(text)
        seen[kind.startswith("address")] += [any(one.start < end and start < one.end for one in found) for start, end in places]
    assert sum(seen[True]) / len(seen[True]) >= address
    assert sum(seen[False]) / len(seen[False]) >= other


@pytest.mark.parametrize("lower", [False, True])
def test_doses_scores_dates_verses_prices_and_lists_are_no_identifiers(lower: bool) -> None:
    for text in world_identifiers.ORDINARY:
        typed = text.lower() if lower else text
        assert [(one.type, typed[one.start : one.end]) for one in findings(typed) if one.type in NUMBERS] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zip Code:\n30309-2214", "Zip Code:\n[ADDRESS]"),
        ("Address:\nBirkenweg 3\n8053 Graz\nTel: 0316 555019", "Address:\n[ADDRESS]\nTel: [PHONE]"),
        ("email address: kim@example.org", "email address: [EMAIL]"),
        ("my address: unknown, 3 houses down", "my address: unknown, 3 houses down"),
        ("i live at przykopa 105 with him", "i live at [ADDRESS] with him"),
        ("i live at home with 3 kids", "i live at home with 3 kids"),
        ("we moved to Oslo 3 years ago", "we moved to [CITY_1] 3 years ago"),
        ("he stood at 14 Marlow Road, Then he left", "he stood at [ADDRESS], Then he left"),
        ("call 020 7946 0018-Fax or 2125550187cell", "call [PHONE]-Fax or [PHONE]cell"),
        ("not answering at 4471 2290 today", "not answering at [PHONE] today"),
        ("the number of visits was 1200000", "the number of visits was 1200000"),
        ("a car, KX 4471 ZB, outside", "a car, [LICENSE_PLATE], outside"),
        ("my car: BMW 320 from 2019, Ford F-150, Mazda CX-5", "my car: BMW 320 from 2019, Ford F-150, Mazda CX-5"),
        ("visa, 4000056655665556, 12/27, 482", "visa, [CARD], 12/27, [SECRET]"),
        ("id,birthdate,mobile\n7,1990-05-12,07700 900 132", "id,birthdate,mobile\n7,[DATE_OF_BIRTH],[PHONE]"),
        ("12/10/2023, 14/10/2023 and 20/10/2023 were bad", "12/10/2023, 14/10/2023 and 20/10/2023 were bad"),
        ("my surname is O-K-A-F-O-R", "my surname is [PERSON_2]"),
        ("what we need is L-O-V-E and a D-I-V-O-R-C-E", "what we need is L-O-V-E and a D-I-V-O-R-C-E"),
        ("K as in kilo, A as in apple, I as in ink", "[PERSON_2]"),
        ("pay priya.k@okaxis or 9876543019@ybl", "pay [ACCOUNT_NUMBER] or [ACCOUNT_NUMBER]"),
        ("at ///filled.count.soap, 849VCWC8+R9", "at [COORDINATES], [COORDINATES]"),
        ("ghana card GHA-712345678-9, KRA A012345678Z", "ghana card [ID_NUMBER], KRA [ID_NUMBER]"),
    ],
)  # fmt: skip
def test_an_identifier_is_replaced_and_what_stands_around_it_stays(text: str, expected: str) -> None:
    assert redacted(text) == expected


_GLUED = st.sampled_from(["-Fax", "-Office", "-home", "cell", "-Work", "(mobile)", "/fax", ""])
_NUMBERS = st.sampled_from(
    ["415-555-0132", "020 7946 0018", "07700 900 551", "0491570156", "+1 646 555 0182", "(02) 5550 1234"]
)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["call ", "Tel: ", "fax - ", "", "on ", "Mobile\n", "ph "]), _NUMBERS, _GLUED)
def test_a_telephone_number_is_masked_whatever_is_glued_to_it(before: str, number: str, after: str) -> None:
    text = redacted(f"{before}{number}{after}")
    assert "[PHONE]" in text
    assert not any(one.isdigit() for one in text)


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(["Flat 3", "Apt 4B", "Suite 200", "Unit 7", "Level 5", "The Old Forge", "Room 12"]),
    st.sampled_from([", ", "\n", " ,\n"]),
    st.sampled_from(["14 Marlow Road", "221 W 43rd Street", "12 14 Seymour Street", "88-90 Corbin Avenue"]),
    st.sampled_from([", ", "\n"]),
    st.sampled_from(["Reading", "Guelph ON N1H 3A1", "Leeds\nLS6 2QT", "Dayton, OH 45402"]),
)
def test_an_address_is_covered_from_its_flat_to_its_town(unit: str, one: str, street: str, two: str, town: str) -> None:
    text = f"{unit}{one}{street}{two}{town}"
    assert redacted(f"we live at\n{text}\n") == "we live at\n[ADDRESS]\n"


def test_a_placeholder_s_number_is_no_number() -> None:
    text = "[PERSON_2] met [CITY_1] street at 12 Corbin Road"
    assert redacted(text) == "[PERSON_2] met [CITY_1] street at [ADDRESS]"
