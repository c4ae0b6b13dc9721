"""Names in badly written chat: told by their neighbours, and masked whole."""

from __future__ import annotations

import re

import chat_lines as chat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.redaction.evaluate import Case, Gold, evaluate
from attune.redaction.redactor import Redactor


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(RedactParams())


def redacted(redactor: Redactor, *texts: str) -> list[str]:
    return [one["content"] for one in redactor.redact([{"role": "user", "content": text} for text in texts]).messages]


@pytest.mark.parametrize("lines", [chat.DEVELOPMENT, chat.HELD_OUT])
@pytest.mark.parametrize(("lower", "floor"), [(False, 0.97), (True, 0.93)])
def test_names_in_badly_written_chat_are_masked(lines: list[str], lower: bool, floor: float) -> None:
    made = [Case(one["text"], tuple(Gold(**span) for span in one["spans"])) for one in chat.cases(lines, lower=lower)]
    person = evaluate(made, RedactParams())["types"]["PERSON"]
    assert person["masked"] >= floor
    assert person["precision"] >= 0.93


@pytest.mark.parametrize(
    "text",
    [
        "i lost my faith and i dont know what to do",
        "we were so young and i trusted him",
        "i hope that you will help me",
        "i love summer and i miss winter",
        "the bill came and i could not pay",
        "may i ask you something. will you help me",
        "my sister hates me and my mom loves him",
        "his name is on the list, her name is not",
        "my co-worker told me that well-meaning people hurt me",
        "at 5 a.m. the e.r. called",
        "i work at home and she works at a bank",
        "one two three four five six seven eight",
    ],
)
def test_words_that_are_names_elsewhere_stay_where_nobody_stands(redactor: Redactor, text: str) -> None:
    assert redacted(redactor, text) == [text]


def test_a_name_that_is_a_word_is_known_again_where_somebody_stands(redactor: Redactor) -> None:
    assert redacted(redactor, "hope said no", "i told everyone about hope. i hope it helps", "Hope you are well") == [
        "[PERSON_2] said no",
        "i told everyone about [PERSON_2]. i hope it helps",
        "Hope you are well",
    ]


def test_the_spouse_in_lower_case_is_the_partner(redactor: Redactor) -> None:
    assert redacted(redactor, "my husband django wont talk to me") == ["my husband [Partner] wont talk to me"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("his number's oh two two double four nine hundred four six one", "his number's [PHONE]"),
        (
            "my wife works at orlando steel, i work nights at saint general",
            "my wife works at [WORKPLACE], i work nights at [WORKPLACE]",
        ),
        ("we live in brackenridge", "we live in [CITY_1]"),
        ("A.J. and my brother left", "[PERSON_2] and my brother left"),
    ],
)
def test_what_chat_says_in_passing_is_replaced(redactor: Redactor, text: str, expected: str) -> None:
    assert redacted(redactor, text) == [expected]


_NAMES = st.sampled_from(["Ann-Marie", "Soo-ah", "O'Brien", "D'Andre", "Jean-Luc", "Min-jae", "Abu-Bakr", "Mary-Kate"])


@given(_NAMES, st.booleans(), st.sampled_from(["told me so", "hit me", "wont talk to me", "called, and {} cried"]))
@settings(deadline=None, max_examples=60)
def test_no_mask_leaves_a_rest_of_letters_beside_it(name: str, lower: bool, said: str) -> None:
    text = f"{name} {said.format(name)}"
    result = (
        Redactor(RedactParams()).redact([{"role": "user", "content": text.lower() if lower else text}]).messages[0]["content"]
    )
    assert not re.search(r"\][\w-]|\]['’](?!s\b)|[\w'’-]\[", result), result
