"""The redactor: known values, placeholders, offsets, and that redacting twice changes nothing."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.redaction.placeholders import VOCABULARY
from attune.redaction.redactor import Redactor
from attune.redaction.types import Finding, Known

KNOWN = Known(
    user=("Sarah Chen", "sare"),
    partner=("William Ortiz",),
    others=("Benedikta Holm",),
    emails=("sarah.chen88@mailbox.example",),
    phones=("+1 415 555 0132",),
    addresses=("12 Larkspur Lane, Fenwick, OR 97201",),
    employers=("Harlow Systems Inc",),
    schools=("Brightwater High School",),
)


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(RedactParams(), 17)


def user(*texts: str) -> list[dict[str, str]]:
    return [{"role": "user" if at % 2 == 0 else "assistant", "content": text} for at, text in enumerate(texts)]


def redacted(redactor: Redactor, *texts: str, known: Known | None = None) -> list[str]:
    return [message["content"] for message in redactor.redact(user(*texts), known or Known()).messages]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I am Sarah Chen.", "I am [User]."),
        ("sarah is tired", "[User] is tired"),
        ("SARAH IS TIRED", "[User] IS TIRED"),
        ("Sarah's mother called", "[User]'s mother called"),
        ("sarahs mother called", "[User] mother called"),
        ("talk to sare about it", "talk to [User] about it"),
        ("I love Will so much", "I love [Partner] so much"),
        ("billy never listens", "[Partner] never listens"),
        ("William said no", "[Partner] said no"),
        ("then benedikta came", "then [PERSON_2] came"),
        ("write to Sarah.Chen88@mailbox.example now", "write to [EMAIL] now"),
        ("call 415.555.0132 tonight", "call [PHONE] tonight"),
        ("it's (415) 555-0132", "it's [PHONE]"),
        ("we live at 12 larkspur lane", "we live at [ADDRESS]"),
        ("my boss at Harlow Systems yelled", "my boss at [WORKPLACE] yelled"),
        ("my boss at harlow yelled", "my boss at [WORKPLACE] yelled"),
        ("back at Brightwater High School", "back at [SCHOOL]"),
    ],
)
def test_known_values_are_found_in_the_forms_that_people_type(redactor: Redactor, text: str, expected: str) -> None:
    assert redacted(redactor, text, known=KNOWN) == [expected]


def test_a_word_that_is_also_a_known_name_stays_where_it_is_a_word(redactor: Redactor) -> None:
    assert redacted(redactor, "i will go and he will stay", known=KNOWN) == ["i will go and he will stay"]


def test_one_person_has_one_placeholder_through_the_conversation(redactor: Redactor) -> None:
    first, second, third = redacted(
        redactor, "My sister Annelise told me about Dr. Patel.", "How did Annelise know Dr. Patel?", "annelise works for patel"
    )
    assert first == "My sister [PERSON_2] told me about Dr. [PERSON_3]."
    assert second == "How did [PERSON_2] know Dr. [PERSON_3]?"
    assert third == "[PERSON_2] works for [PERSON_3]"


def test_who_introduces_themselves_is_the_user_and_the_spouse_is_the_partner_without_a_database(redactor: Redactor) -> None:
    assert redacted(redactor, "hi, this is maria lopez and my husband Tomasz left") == [
        "hi, this is [User] and my husband [Partner] left"
    ]


def test_an_assistants_introduction_is_not_the_users(redactor: Redactor) -> None:
    assert "[User]" not in "".join(redacted(redactor, "hello", "Hi, I'm Ottoline, your coach."))


def test_numbers_go_on_after_placeholders_that_stand_already(redactor: Redactor) -> None:
    assert redacted(redactor, "[PERSON_2] met Annelise") == ["[PERSON_2] met [PERSON_3]"]


def test_findings_point_into_the_text_as_it_came(redactor: Redactor) -> None:
    text = "Annelise and Priyanka met at 10.20.30.40 with priyanka"
    result = redactor.redact(user(text), Known())
    assert [text[one.start : one.end] for one in result.findings] == ["Annelise", "Priyanka", "10.20.30.40", "priyanka"]
    assert all(isinstance(one, Finding) and one.message == 0 for one in result.findings)


def test_status_says_clean_or_redacted(redactor: Redactor) -> None:
    assert redactor.redact(user("nothing to see here"), Known()).pii_status == "clean"
    assert redactor.redact(user("call Priyanka"), Known()).pii_status == "redacted"


def test_other_keys_of_a_message_stay(redactor: Redactor) -> None:
    messages = [{"role": "user", "content": "ask Priyanka", "id": "7"}]
    assert redactor.redact(messages, Known()).messages == [{"role": "user", "content": "ask [PERSON_2]", "id": "7"}]


def test_a_redactor_can_be_pickled_and_results_do_not_depend_on_what_came_before() -> None:
    fresh = pickle.loads(pickle.dumps(RedactParams()))
    one, other = Redactor(fresh, 17), Redactor(fresh, 17)
    one.redact(user("My friend Zebulonia and Priyanka"), KNOWN)
    text = "zebulonia said hi to Priyanka at Harlow"
    assert one.redact(user(text), Known()) == other.redact(user(text), Known())


PIECES = st.sampled_from(
    [
        "My wife Ann said",
        "i'm tired of will",
        "told jen about it",
        "— Marta",
        "call me at 415-555-0132",
        "sarah dot chen at gmail dot com",
        "I work at Brightfield Logistics",
        "on 12 Oak Street, Salem, OR 97301",
        "@jenny_99 wrote",
        "Dr. Okwuosah",
        "DE89 3704 0044 0532 0130 00",
        "[PERSON_4] and [EMAIL]",
        "born on March 3, 1987",
        "nothing much",
        "love,\nPriya",
        "it was fine.",
        "password is Tr0ub4dor&3",
        "¿qué tal, Andrés?",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=5), st.sampled_from([" ", ". ", "\n", ", "]), st.booleans())
def test_redacting_redacted_text_changes_nothing(pieces: list[str], joiner: str, lower: bool) -> None:
    redactor = Redactor(RedactParams(), 17)
    text = joiner.join(pieces)
    once = redactor.redact(user(text.lower() if lower else text), KNOWN)
    twice = redactor.redact(once.messages, KNOWN)
    assert twice.messages == once.messages
    assert twice.findings == ()


CONVERSATIONS = st.lists(st.lists(PIECES, min_size=1, max_size=3), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(CONVERSATIONS, st.booleans())
def test_many_together_are_redacted_as_each_would_be_alone_whatever_was_read_before(
    conversations: list[list[str]], knows: bool
) -> None:
    values = KNOWN if knows else Known()
    together = Redactor(RedactParams(), 17).redact_many([(user(*texts), values) for texts in conversations])
    assert together == [Redactor(RedactParams(), 17).redact(user(*texts), values) for texts in conversations]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_whatever_the_text_replacing_the_findings_gives_the_result(text: str) -> None:
    redactor = Redactor(RedactParams(), 17)
    result = redactor.redact(user(text), Known())
    if not result.findings:
        assert result.messages[0]["content"] == text
    assert all(0 <= one.start < one.end <= len(text) for one in result.findings)


@given(
    st.lists(
        st.sampled_from(
            [
                "i",
                "we",
                "the",
                "dog",
                "was",
                "late",
                "and",
                "nobody",
                "cared",
                "so",
                "it",
                "goes",
                "on",
                "my",
                "wife",
                "is",
                "tired",
                "of",
                "chores",
            ]
        ),
        max_size=30,
    )
)
def test_text_without_anything_personal_comes_back_byte_for_byte(words: list[str]) -> None:
    text = " ".join(words)
    assert redacted(Redactor(RedactParams(), 17), text) == [text]


def test_every_placeholder_is_in_the_documented_vocabulary(redactor: Redactor) -> None:
    text = "Priyanka, 10.20.30.40, a@b.co, 415-555-0132, https://x.example/a, card 4111 1111 1111 1111"
    findings = redactor.redact(user(text), Known()).findings
    assert len(findings) == 6
    for finding in findings:
        assert finding.placeholder in VOCABULARY or finding.placeholder.startswith(("[PERSON_", "[CITY_"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("told will about it", "told [Partner] about it"),
        ("i will go if will wants to", "i will go if [Partner] wants to"),
        ("then sarha left", "then [User] left"),
        ("Benedikat cooked", "[PERSON_2] cooked"),
        ("wiliams idea", "[Partner] idea"),
    ],
)
def test_known_names_are_found_misspelt_and_as_lower_case_words_where_somebody_is_meant(
    redactor: Redactor, text: str, expected: str
) -> None:
    assert redacted(redactor, text, known=KNOWN) == [expected]


@pytest.mark.parametrize(
    ("text", "secret", "status"),
    [
        ("Ayer hablé con Khatuna y no quiso saber nada de la boda.", "Khatuna", "redacted"),
        ("Hallo, ich heiße Tamaz und ich brauche Hilfe mit meiner Beziehung.", "Tamaz", "redacted"),
        ("Ich weiß nicht, was ich mit Tamaz machen soll, er kommt immer zu spät.", None, "requires_review"),
        ("Ich weiß nicht, was ich noch machen soll, er kommt immer zu spät.", None, "clean"),
    ],
)
def test_unknown_names_in_other_languages_are_replaced_where_that_is_clear_and_held_back_where_it_is_not(
    redactor: Redactor, text: str, secret: str | None, status: str
) -> None:
    result = redactor.redact(user(text))
    assert result.pii_status == status
    assert secret is None or secret not in result.messages[0]["content"]


def test_a_finding_says_which_tier_found_it_and_only_repeated_names_are_propagated(redactor: Redactor) -> None:
    result = redactor.redact(
        user("My friend Zebulonia and her husband left.", "Did zebulonia say why?", "oyunbileg is so kind to me")
    )
    assert [one.tier for one in result.findings if one.message == 2] == ["model"]
    assert all(one.tier != "propagated" for one in result.findings if one.message == 0)
