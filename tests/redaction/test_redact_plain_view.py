"""Redaction reads what a text shows: odd blanks, dashes, letters and digits hide nothing, and a name in brackets is a name."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.redaction.placeholders import EXPRESSION, PLACEHOLDER, VOCABULARY, Placeholders, label_of
from attune.redaction.plain_view import plain_view
from attune.redaction.redactor import Redactor
from attune.redaction.types import TYPES, Known, Result

KNOWN = Known(
    user=("Sarah Chen",), partner=("Pritchard, Dave",), emails=("sarah.chen@mail.example",), phones=("+1 212 555 0199",)
)
REDACTOR = Redactor(RedactParams())

BLANKS = [
    *(chr(code) for code in range(0x80, 0x10000) if unicodedata.category(chr(code)) == "Zs"),
    *("\t", "  ", "   ", " \u200b ", "\u00a0\u00a0", "\u3164", "\u2800", "&nbsp;", "&#160;", "&amp;nbsp;", "&#x2009;"),
]
DASHES = [*"\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "&#8209;", "&ndash;", "-\u200b", "\u00ad-"]
HIDDEN = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200f", "\u202e", "\ufe0f", "&shy;", "&#8203;", "\x00"]

# The text around a value, the value, and what its groups are.
VALUES = [
    ("my card is {} ok", "4111 1111 1111 1111"),
    ("my card is {} ok", "4111-1111-1111-1111"),
    ("my ssn is {} ok", "219-09-9912"),
    ("my ssn is {} ok", "219 09 9912"),
    ("pay to {} please", "GB82 WEST 1234 5698 7654 32"),
    ("call {} after six", "415-555-0132"),
    ("call {} after six", "(415) 555-0132"),
    ("call {} after six", "+44 7700 900123"),
    ("write to {} any time", "sarah.chen@mail.example"),
    ("write to {} any time", "bob-lee.kay@foo.example.com"),
    ("then {} left me", "Dave Pritchard"),
    ("then {} left me", "pritchard"),
    ("i told {} everything", "sarah chen"),
]


def redact(text: str, known: Known = KNOWN) -> Result:
    return REDACTOR.redact([{"role": "user", "content": text}], known)


def redacted(text: str, known: Known = KNOWN) -> str:
    return redact(text, known).messages[0]["content"]


def _fullwidth(character: str) -> str:
    return chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character


def _mathematical(character: str) -> str:
    if character.isdigit():
        return chr(0x1D7CE + int(character))
    return chr(0x1D41A + ord(character) - 97) if "a" <= character <= "z" else _fullwidth(character)


def _circled(character: str) -> str:
    return "\u24ea" if character == "0" else chr(0x245F + int(character)) if character.isdigit() else character


def _keycap(character: str) -> str:
    return f"{character}\ufe0f\u20e3" if character.isdigit() else character


def _arabic(character: str) -> str:
    return chr(0x660 + int(character)) if character.isdigit() else character


def _reference(character: str) -> str:
    return f"&#{ord(character)};"


def _struck(character: str) -> str:
    return f"{character}\u0336" if character.isalnum() else character


def _lookalike(character: str) -> str:
    return character.translate(
        str.maketrans("aeopcyxiPDCK", "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0420D\u0421\u041a")
    )


STYLES = [_fullwidth, _mathematical, _circled, _keycap, _arabic, _reference, _struck, _lookalike]


def assert_found_like_the_plain_one(sentence: str, value: str, odd: str) -> None:
    text = sentence.format(odd)
    plain, found = redact(sentence.format(value)), redact(text)
    assert [one.placeholder for one in found.findings] == [one.placeholder for one in plain.findings], text
    assert [(one.type, one.tier) for one in found.findings] == [(one.type, one.tier) for one in plain.findings], text
    pieces, position = [], 0
    for one in found.findings:
        pieces += [text[position : one.start], one.placeholder]
        position = one.end
    result = found.messages[0]["content"]
    assert result == "".join(pieces) + text[position:]  # nothing changes outside of the findings
    left = plain_view(PLACEHOLDER.sub("", result)).text
    assert not re.search(r"\d", left)
    assert not re.search(r"dave|pritchard|sarah|chen|kay", left, re.I)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(VALUES), st.data())
def test_a_value_with_odd_separators_is_found_like_the_plain_one(value: tuple[str, str], data: st.DataObject) -> None:
    sentence, written = value
    blank, dash = data.draw(st.sampled_from(BLANKS)), data.draw(st.sampled_from(DASHES))
    hidden = data.draw(st.sampled_from(["", *HIDDEN]))
    at = data.draw(st.integers(1, len(written) - 1))
    odd = written[:at].replace(" ", blank).replace("-", dash) + hidden + written[at:].replace(" ", blank).replace("-", dash)
    assert_found_like_the_plain_one(sentence, written, odd)


@pytest.mark.parametrize("style", STYLES)
def test_a_value_in_an_odd_style_is_found_like_the_plain_one(style: object) -> None:
    assert callable(style)
    for sentence, written in VALUES:
        assert_found_like_the_plain_one(sentence, written, "".join(map(style, written)))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("aé1 .[]&;<b>_-\n\r\t\u00a0\u00ad\u200b\u2013\u0301\u20e3\ufe0f１ﬁ⑩ⅳа🙂")))
def test_every_place_of_a_view_lies_in_the_text_in_the_same_order(text: str) -> None:
    view = plain_view(text)
    reached = 0
    for place in range(len(view.text)):
        start, end = view.original(place, place + 1)
        assert 0 <= start < end <= len(text)
        assert start >= reached or text[start:end] == text[reached - (end - start) : reached]  # one character that shows two
        reached = end
        if view.text[place].isalnum() and text[start:end].isascii() and "&" not in text:
            assert text[start:end] == view.text[place]
    assert view.original(0, len(view.text))[1] <= len(text)
    if re.fullmatch(r"[a1é.\n-]*(?: [a1é.\n-]+)*", text):
        assert view.text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4111 1111\n1111 1111 ok", "[CARD] ok"),
        ("4111\n1111\n1111\n1111 ok", "[CARD] ok"),
        ("\n".join("4111111111111111"), "[CARD]"),
        (" ".join("4111111111111111"), "[CARD]"),
        ("it is GB82 WEST\n1234 5698\n\n7654 32", "it is [IBAN]"),
        ("my ssn: 219-09-\n9912", "my ssn: [SSN]"),
        ("4111_1111_1111_1111", "[CARD]"),
        ("rent:\n1200\n1350\n1400\n1500", "rent:\n1200\n1350\n1400\n1500"),
        ("from 1 2 3 4 5 6 7 8 9 10 I pick 7", "from 1 2 3 4 5 6 7 8 9 10 I pick 7"),
    ],
)
def test_a_number_over_several_lines_or_digit_by_digit_is_one_number(text: str, expected: str) -> None:
    assert redacted(text, Known()) == expected


@pytest.mark.parametrize("known", [KNOWN, Known()])
@pytest.mark.parametrize(
    "text",
    [
        "[Dave Pritchard] hit me",
        "told [dave] about it",
        "[[Dave Pritchard]] hit me",
        "[Dave]: hi",
        "[Dave Pritchard](http://x.co/a) said",
        "@[Dave Pritchard](user:12) said hi",
        "![Dave](picture.png)",
        "[NAME: Dave]",
        "[D]ave hit me",
        "[Dave_Pritchard] hit me",
        "[my husband Dave]",
        "[Dave Pritchard and I argued",
        '["Dave", "Sarah"]',
        "[User]Dave hit me",
        "<b>Da</b>ve hit me",
    ],
)
def test_a_name_in_brackets_is_a_name(text: str, known: Known) -> None:
    assert not re.search(r"dave|pritchard|\bave\b|\bve\b|sarah", redacted(text, known), re.I)


def test_what_is_found_in_brackets_is_what_is_found_without_them() -> None:
    for text in ("{} hit me", "my cousin {} told me", "told {} about it", "{}: hi", "me and {} broke up"):
        for name in ("Tomasz", "thandolwethu", "Beatriz Kowalczyk", "hope", "summer", "jay"):
            plain, marked = redact(text.format(name), Known()), redact(text.format(f"[{name}]"), Known())
            assert [one.placeholder for one in marked.findings] == [one.placeholder for one in plain.findings], (text, name)


def test_the_placeholders_of_the_vocabulary_are_left_alone_and_no_others() -> None:
    for label in {*VOCABULARY, *map(label_of, TYPES)}:
        placeholder = label.replace("_n]", "_12]")
        assert PLACEHOLDER.fullmatch(placeholder)
        text = f"I told {placeholder} on Sunday, and {placeholder} cried"
        assert redacted(text) == text
    for other in ("[Dave]", "[user]", "[PERSON_n]", "[PERSON_2195550132]", "[Person_2]", "[EMAIL_1]", "[Name]", "[EMAIL ]"):
        assert not PLACEHOLDER.fullmatch(other)
    assert re.compile(EXPRESSION).groups == 0
    assert "4155550132" not in redacted("[PERSON_4155550132] is the number")


def test_new_placeholders_never_repeat_one_of_the_text_and_never_outgrow_the_vocabulary() -> None:
    placeholders = Placeholders(["[PERSON_9999] told [PERSON_2] and [CITY_4]"])
    given_out = [placeholders.of("PERSON", "", name, [name]) for name in ("ann", "bob", "ann")]
    assert given_out == ["[PERSON_3]", "[PERSON_4]", "[PERSON_3]"]
    assert placeholders.of("LOCATION", "", "paris", ["paris"]) == "[CITY_5]"
    many = Placeholders(["[PERSON_9998]"])
    assert all(PLACEHOLDER.fullmatch(many.of("PERSON", "", str(number), [str(number)])) for number in range(5))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pritchard, Dave was there", "[Partner] was there"),
        ("pritchard,dave was there", "[Partner] was there"),
        ("DAVE PRITCHARD hit me", "[Partner] hit me"),
        ("d. pritchard hit me", "[Partner] hit me"),
        ("D.Pritchard hit me", "[Partner] hit me"),
        ("Dave P. hit me", "[Partner] hit me"),
        ("dave p hit me", "[Partner] hit me"),
        ("I saw Dave P. He left", "I saw [Partner]. He left"),
        ("Fr. Dave and Ms Pritchard", "[Partner] and [Partner]"),
        ("big dave and lil Dave", "[Partner] and [Partner]"),
        ("Lil' Dave hit me", "[Partner] hit me"),
        ("dave.pritchard and dave_pritchard", "[Partner] and [Partner]"),
        ("davepritchard88 wrote to dpritchard", "[Partner] wrote to [Partner]"),
        ("told dave. pritchard said no", "told [Partner]. [Partner] said no"),
        ("fr dave i think, and i miss dave", "fr [Partner] i think, and i miss [Partner]"),
        ("Fr. Tomasz and big Beatriz", "[PERSON_2] and [PERSON_3]"),
        ("J. Patel met J. Novak", "[PERSON_2] met [PERSON_3]"),
        ("Ms Kowalczyk met Ms Patel", "[PERSON_2] met [PERSON_3]"),
        ("Tomasz K. called me", "[PERSON_2] called me"),
    ],
)
def test_initials_and_forms_of_address_go_with_the_name(text: str, expected: str) -> None:
    assert redacted(text) == expected


@pytest.mark.parametrize(
    "value",
    [
        "Pritchard, Dave",
        "PRITCHARD,DAVE",
        "Pritchard, Dave (he/him)",
        "Fr. Dave Pritchard",
        "lil Dave Pritchard",
        "Dave\u00a0Pritchard",
    ],
)
def test_a_known_name_is_found_however_the_database_writes_it(value: str) -> None:
    known = Known(partner=(value,))
    assert redacted("dave came, pritchard was big on fr and lil", known) == "[Partner] came, [Partner] was big on fr and lil"
    assert redacted("pritchard, dave was here", known) == "[Partner] was here"
