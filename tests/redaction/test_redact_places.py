"""Towns, named places, organizations, schools and workplaces: what is replaced, by what, and what stays a word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.redaction import organization_names, organizations, places
from attune.redaction.evaluate import Case, Gold, evaluate
from attune.redaction.lexicon import lexicon
from attune.redaction.redactor import Redactor
from attune.redaction.types import Known


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(RedactParams(), 17)


def redacted(redactor: Redactor, text: str, known: Known | None = None) -> str:
    return redactor.redact([{"role": "user", "content": text}], known or Known()).messages[0]["content"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How is the weather in Kaliningrad today?", "How is the weather in [CITY_1] today?"),
        ("Hi Winnipeg, I'm glad you wrote", "Hi [CITY_1], I'm glad you wrote"),
        ("i flew from new york to los angeles", "i flew from [CITY_1] to [CITY_2]"),
        ("there's nothing to do in nagpur", "there's nothing to do in [CITY_1]"),
        ("we live in reading but he works in bath", "we live in [CITY_1] but he works in [CITY_2]"),
        ("I moved to Nice in March. It was nice.", "I moved to [CITY_1] in March. It was nice."),
        ("My cousin lives in Mobile, Alabama.", "My cousin lives in [CITY_1], Alabama."),
        ("I want to leave Chattanooga's suburbs", "I want to leave [CITY_1]'s suburbs"),
        ("my flight to chicago was late, chicago is cold", "my flight to [CITY_1] was late, [CITY_1] is cold"),
        ("we moved to fall creek last year", "we moved to [CITY_1] last year"),
        ("She lives in Gundersheim with her son.", "She lives in [CITY_1] with her son."),
        ("we live in zwiefalterhof now", "we live in [CITY_1] now"),
    ],
)
def test_towns_are_replaced_where_the_gazetteer_or_the_words_before_them_say_so(
    redactor: Redactor, text: str, expected: str
) -> None:
    assert redacted(redactor, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "He lives in a mobile home and is reading in the bath.",
        "we are going to bend the rules, what a nice surprise",
        "i live in constant fear and in hope",
        "The Glasgow Coma Scale was 15, no Stockholm syndrome.",
        "I was born in March and he in April. He went on in France and in Texas.",
        "we live in a smal hose",
    ],
)
def test_words_that_are_towns_elsewhere_stay(redactor: Redactor, text: str) -> None:
    assert redacted(redactor, text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Smith and Sons fixed the roof. Marshall PLC called.", "[ORG] fixed the roof. [ORG] called."),
        ("smith and sons fixed the roof. marshall plc called", "[ORG] fixed the roof. [ORG] called"),
        ("I got a letter from Ashby, Cole & Reyes LLP.", "I got a letter from [ORG]."),
        ("My landlord, Peachtree Properties, won't answer.", "My landlord, [ORG], won't answer."),
        ("I was a customer of Voltaro for years", "I was a customer of [ORG] for years"),
        ("I have an account with Northern Trust", "I have an account with [ORG]"),
        ("Is KPMG a good company?", "Is [ORG] a good company?"),
        ("someone from vanguard insurance called about the loan", "someone from [ORG] called about the loan"),
        ("my boss at Harlow Systems yelled", "my boss at [WORKPLACE] yelled"),
        ("he is a driver for Kestrelby Foods Inc.", "he is a driver for [WORKPLACE]."),
        ("My company, Quill Analytics, was sold.", "My company, [WORKPLACE], was sold."),
        ("kowalski bakery fired me last week", "[WORKPLACE] fired me last week"),
        ("she got an interview with siemens next tuesday", "she got an interview with [WORKPLACE] next tuesday"),
        ("my daughter goes to lincoln elementary", "my daughter goes to [SCHOOL]"),
        ("She studied at the University of Ghent.", "She studied at the [SCHOOL]."),
        ("she got into ohio state university", "she got into [SCHOOL]"),
        ("We married at First Baptist Church.", "We married at [PLACE]."),
        ("we married at first baptist church", "we married at [PLACE]"),
        ("I go to St Mary's every Sunday.", "I go to [PLACE] every Sunday."),
        ("He was born at Mercy Hospital.", "He was born at [PLACE]."),
        ("he was born at mercy hospital", "he was born at [PLACE]"),
        ("We had drinks at the Red Lion.", "We had drinks at the [PLACE]."),
        ("We walked in Riverside Park.", "We walked in [PLACE]."),
    ],
)
def test_organizations_schools_and_named_places_are_told_apart(redactor: Redactor, text: str, expected: str) -> None:
    assert redacted(redactor, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The pain clinic helped, and so did my support group at the community center.",
        "I went to church, then to the park, and called Customer Service and Human Resources.",
        "I love my new school and the college is great. He is in middle school.",
        "I use Google and Instagram all day and shop at Walmart.",
        "She was treated with chemotherapy at the Pulmonary Clinic.",
        "Rebuilding trust takes time. Traumatic events hurt. Let's trust the process.",
        "i am in physical therapy, working with anxiety and treated for cancer",
        "my two sons and my husband work at home, i work nights",
    ],
)
def test_words_for_kinds_of_places_and_household_brands_stay(redactor: Redactor, text: str) -> None:
    assert redacted(redactor, text) == text


def test_a_brand_that_everybody_uses_is_replaced_where_somebody_works(redactor: Redactor) -> None:
    assert redacted(redactor, "i work at google but i shop at walmart") == "i work at [WORKPLACE] but i shop at walmart"


def test_a_known_employer_is_a_workplace_wherever_it_stands(redactor: Redactor) -> None:
    known = Known(employers=("Harlow Systems",))
    assert redacted(redactor, "Harlow Systems sent a letter", known) == "[WORKPLACE] sent a letter"


def test_countries_and_states_go_only_where_a_run_asks_for_it(redactor: Redactor) -> None:
    text = "I left Norway for Texas, and my wife is from south korea. Jordan told us about turkey."
    everywhere = redacted(Redactor(RedactParams(places="all"), 17), text)
    assert redacted(redactor, text).startswith("I left Norway for Texas, and my wife is from south korea.")
    assert everywhere.startswith("I left [PLACE] for [PLACE], and my wife is from [PLACE].")
    assert everywhere.endswith("told us about turkey.")


def test_a_country_that_stays_is_no_leak_and_is_not_counted_as_masked() -> None:
    case = Case("I left Norway.", (Gold(7, 13, "GPE"),))
    kept, gone = (evaluate([case], RedactParams(places=which)) for which in ("towns", "all"))
    assert (kept["types"]["GPE"]["masked"], kept["records_with_leak_per_1000"]) == (0.0, 0.0)
    assert (gone["types"]["GPE"]["masked"], gone["types"]["GPE"]["recall"]) == (1.0, 1.0)


def test_a_workplace_counts_as_an_organization_and_a_named_place_as_a_place_in_measuring() -> None:
    text = "I work at Harlow Systems and pray at Trinity Lutheran Church"
    figures = evaluate([Case(text, (Gold(10, 24, "ORG"), Gold(37, len(text), "FAC")))], RedactParams())
    assert {kind: row["recall"] for kind, row in figures["types"].items()} == {"ORG": 1.0, "FAC": 1.0}


_TOWNS = sorted(name for name, kind in places.towns().kinds.items() if kind == "plain" and name.isascii())


@given(st.sampled_from(_TOWNS), st.sampled_from(["{}", "We drove through {} at night.", "{} is cold", "is {}'s mayor nice?"]))
@settings(deadline=None, max_examples=80)
def test_a_large_town_that_is_no_word_is_replaced_in_any_case(name: str, sentence: str) -> None:
    for written in (name, name.title(), name.upper()):
        text = sentence.format(written)
        forms = frozenset(text.replace("'s", "").strip("?.").split())
        spans = list(places.find(text, forms, frozenset(map(str.lower, forms)), frozenset()))
        assert any(text[span.start : span.end] == written for span in spans), text


@given(st.text(max_size=80), st.sampled_from(sorted(organizations.WORDS)), st.text(max_size=80))
@settings(deadline=None, max_examples=150)
def test_spans_lie_in_the_text_whatever_stands_beside_a_cue(before: str, word: str, after: str) -> None:
    for cue in (word, word.title(), word.upper()):
        text = f"{before} {cue} {after}"
        words = frozenset(text.lower().split())
        spans = [
            *organizations.find(text, words & organizations.WORDS),
            *places.find(text, frozenset(text.split()), words, words),
        ]
        assert all(0 <= span.start < span.end <= len(text) for span in spans)


def test_the_gazetteer_leaves_everyday_words_to_cues() -> None:
    known, tiers = places.towns(), lexicon().tiers
    common = {name for name, kind in known.kinds.items() if kind != "cued" and kind != "region" and tiers.get(name, 9) <= 2}
    assert common <= {"london", "paris"}
    assert organization_names.WORDS <= organizations.WORDS
