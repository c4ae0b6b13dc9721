"""Numbers, names and addresses of public crisis services stay in the text; a person's own stay no longer than before."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.errors import UsageError
from attune.redaction import help_line_file
from attune.redaction.conversations import PrepareParams
from attune.redaction.help_lines import help_lines
from attune.redaction.redactor import redactor_of
from attune.redaction.rescan import kinds_left
from attune.redaction.types import Known, Source, Span


def redacted(text: str, known: Known | None = None, params: RedactParams | None = None) -> str:
    return redactor_of(params or RedactParams(), 17).redact([{"role": "user", "content": text}], known).messages[0]["content"]


KEPT = (
    "if you want to die, please call 1-800-273-8255 or 988 right now",
    "call the Samaritans on 116 123, 24 hours a day, or write to jo@samaritans.org",
    "samaritans: 116-123, +44 116 123, 0044 116 123",
    "The Trevor Project is at (866) 488-7386, 866.488.7386 and 18664887386",
    "text HOME to 741741 (Crisis Text Line), or 741-741",
    "1-800-799-SAFE (7233), see www.thehotline.org or https://www.thehotline.org/get-help",
    "1-800-273-TALK, 1800SUICIDE and 800.656.HOPE all work",
    "Childline is 0800 1111, written 08001111 too",
    "Telefonseelsorge: 0800 111 0 111 oder 0800/1110222 oder +49 (0)800 111 0 111",
    "Lifeline 13 11 14, Beyond Blue 1300 22 4636, Kids Helpline 1800 55 1800",
    "SOS Amitié 09 72 39 40 50; Teléfono de la Esperanza 717 003 717; Telefono Amico 02 2327 2327",
    "AASRA 9820466726 or +91 98204 66726, Befrienders Kenya 0722 178 177, SADAG 0800 567 567",
)


@pytest.mark.parametrize("text", KEPT)
def test_numbers_names_and_addresses_of_help_lines_stay_in_both_scans(text: str) -> None:
    assert redacted(text) == text
    assert redacted(text.lower()) == text.lower()
    assert kinds_left([{"role": "assistant", "content": text}]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the Trevor Project helped Trevor at 415-555-0132", "the Trevor Project helped [PERSON_2] at [PHONE]"),
        ("my number is 212-988-1234, call 988", "my number is [PHONE], call 988"),
        ("her cell is 1-800-273-8256", "her cell is [PHONE]"),
        ("the cvv is 988", "the cvv is [SECRET]"),
        ("pay with 4111 0800 1111 2229", "pay with [CARD]"),
        ("I live at 988 Main Street, Springfield", "I live at [ADDRESS]"),
        ("RAINN and my brother Rainn", "RAINN and my brother [PERSON_2]"),
        ("write to mike@samaritans.org", "write to [EMAIL]"),
        ("see www.thehotline.org/chat?user=jane.roe", "see www.thehotline.org/chat?[URL]"),
        ("call +1 988 555 0132", "call [PHONE]"),
    ],
)
def test_what_only_looks_like_a_help_line_is_redacted_as_before(text: str, expected: str) -> None:
    assert redacted(text) == expected


def test_help_lines_win_over_known_values_and_over_names_found_elsewhere() -> None:
    known = Known(user=("Trevor Samaritan",), phones=("+44 116 123",))
    text = "I am Trevor. Trevor called The Trevor Project and the Samaritans on 116 123."
    assert redacted(text, known) == "I am [User]. [User] called The Trevor Project and the Samaritans on 116 123."


_LINES = sorted(
    number
    for service, _ in help_line_file.read(help_line_file.SHIPPED).all_services()
    for number in (*service.numbers, *service.text)
)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(_LINES), st.sampled_from(["call {}", "{}", "text {} now", "({})", "call {} or 415-555-0132"]))
def test_no_number_of_the_file_is_replaced_in_any_sentence(number: str, sentence: str) -> None:
    text = redacted(sentence.format(number))
    assert number in text
    assert "0132" not in text


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(_LINES), st.integers(min_value=100, max_value=9999), st.sampled_from([" ", "-", "."]))
def test_more_digits_beside_a_help_line_make_another_number(number: str, more: int, between: str) -> None:
    digits = "".join(one for one in number if one.isdigit())
    text = f"{digits}{between}{more}"
    span = Span(0, len(text), "PHONE_NUMBER", Source.LABELLED_PHONE)
    left = help_lines().without([span], text)
    assert left == [span] or str(more) in {line.replace(" ", "") for line in _LINES}


def test_the_file_names_a_source_for_every_service_and_many_countries() -> None:
    file = help_line_file.read(help_line_file.SHIPPED)
    assert len(file.countries) >= 40
    assert all(service.numbers or service.text or service.web for service, _ in file.all_services())


OWN = """
checked: 2026-01-31
countries:
  GB:
    calling_code: "44"
    services:
      - names: [Harbour Line]
        numbers: ["01632 960 555"]
        web: [harbour.example]
        source: https://harbour.example/
"""


def test_an_operator_adds_services_and_they_are_part_of_the_cache_key(tmp_path: Path) -> None:
    file = tmp_path / "lines.yaml"
    file.write_text(OWN)
    params = RedactParams(help_lines=str(file))
    text = "Harbour Line, 01632 960555 or +44 1632 960 555; Samaritans 116 123"
    assert redacted(text, params=params) == text
    assert redacted("call 01632 960555") == "call [PHONE]"
    before = PrepareParams.of(params, "x")
    file.write_text(OWN.replace("960 555", "960 556"))
    assert PrepareParams.of(params, "x") != before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("a: [", "is no YAML"),
        (OWN.replace("01632 960 555", "call us"), "numbers.0"),
        (OWN.replace('"44"', '"+44"'), "calling_code"),
        (OWN.replace("source: https://harbour.example/", ""), "source"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "own.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match=message) as caught:
        help_lines(str(file))
    assert str(file) in str(caught.value)
