"""Names where they got through: small among capitals, rare words, two languages in a line, questions, what "will" does."""

from __future__ import annotations

import chat_lines
import life_lines
import pytest

from attune.config.params import RedactParams
from attune.redaction.evaluate import Case, Gold, evaluate
from attune.redaction.redactor import Redactor


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(RedactParams())


def redacted(redactor: Redactor, text: str) -> str:
    return redactor.redact([{"role": "user", "content": text}]).messages[0]["content"]


@pytest.mark.parametrize("lines", [life_lines.DEVELOPMENT, life_lines.HELD_OUT, chat_lines.DEVELOPMENT])
@pytest.mark.parametrize(("manner", "floor"), [("as typed", 0.96), ("lower", 0.93), ("telephone", 0.92)])
def test_names_are_masked_however_a_line_is_capitalized(lines: list[str], manner: str, floor: float) -> None:
    made = [Case(one["text"], tuple(Gold(**span) for span in one["spans"])) for one in life_lines.cases(lines, manner)]
    person = evaluate(made, RedactParams())["types"]["PERSON"]
    assert person["masked"] >= floor
    assert person["precision"] >= 0.93


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My father asked what she earns in front of everyone.\nmy cousin thorvinda hollisterby was there too", "thorvinda"),
        ("I needed that. Thank you for listening.\nok thats all, bye\n-brenlow", "brenlow"),
        ("We talked it over. It was hard. Then I met bryndalyn at the door and she smiled.", "bryndalyn"),
    ],
)
def test_a_name_without_a_capital_is_masked_in_a_text_that_has_some(redactor: Redactor, text: str, name: str) -> None:
    assert name not in redacted(redactor, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my cousin caltha whitbrook was there too", "my cousin [PERSON_2] was there too"),
        ("charge nurse ondine put me on nights", "charge nurse [PERSON_2] put me on nights"),
        ("me and orpine broke up again lol", "me and [PERSON_2] broke up again lol"),
    ],
)
def test_a_name_that_is_one_of_the_rarest_words_is_masked_whole(redactor: Redactor, text: str, expected: str) -> None:
    assert redacted(redactor, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("but will never shows up on time", "but [PERSON_2] never shows up on time"),
        ("she says that jay hits her", "she says that [PERSON_2] hits her"),
        ("what would jay do if he knew", "what would [PERSON_2] do if he knew"),
        ("What would Jesús do?", "What would [PERSON_2] do?"),
    ],
)
def test_what_somebody_does_tells_that_a_word_is_a_name(redactor: Redactor, text: str, expected: str) -> None:
    assert redacted(redactor, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "i never will always miss this",
        "it hurts but will never stop",
        "but may never pass",
        "and will always be his",
        "what would jesus do",
        "what would love do, what does hope mean",
        "i think that hope left me",
        "why did everyone leave",
        "my husband adamantly refuses to talk",
        "my gender dysphoria is getting worse",
        "She is Head of Sales at a bank",
        "my therapist recommends journaling and psychoeducation",
    ],
)
def test_words_stay_where_nobody_is_meant(redactor: Redactor, text: str) -> None:
    assert redacted(redactor, text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Anahuac me dejó ayer. No sé qué hacer.",
        "Nahuel siempre me grita cuando llega tarde a la casa.",
        "mi novia Iria siempre está con el móvil cuando cenamos",
        "yaretzi no me quiere hablar desde que se fue con su novio",
        "We had a fight about the weekend plans.\nIeri Orison mi ha scritto di nuovo.",
        "Ayer xochilt lloró porque nemesio se fue otra vez con otra",
    ],
)
def test_an_unknown_name_in_spanish_is_masked_or_waits_for_a_person(redactor: Redactor, text: str) -> None:
    result = redactor.redact([{"role": "user", "content": text}])
    masked = any(
        start in result.messages[0]["content"] for start in ("[P", "[CITY")
    )  # [PERSON_2], [Partner]; Anahuac is a town too
    assert masked or result.pii_status == "requires_review"
    assert result.pii_status != "clean"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Calle Pino 45, Col. Roma Norte, C.P. 06700, México D.F.", "[ADDRESS]"),
        (
            "Send it to Calle Pino 45 Int. 3, Colonia Roma Norte, C.P. 06700, Ciudad de México please",
            "Send it to [ADDRESS] please",
        ),
        ("Calz. de Tlalpan 300-B, Col. Portales Sur, Alcaldía Benito Juárez, CDMX", "[ADDRESS]"),
        ("Rua Augusta, 1500 - Consolação, São Paulo - SP, 01304-001, Brasil", "[ADDRESS]"),
        ("moro na Rua Marechal Deodoro, 88, Centro, Curitiba/PR, CEP 80010-010", "moro na [ADDRESS]"),
        ("Prolongación Hidalgo 77, San José el Alto, 76147 Querétaro, Qro.", "[ADDRESS]"),
        ("nos vemos en la calle Mayor 5, y luego hablamos", "nos vemos en la [ADDRESS], y luego hablamos"),
    ],
)
def test_addresses_of_mexico_and_brazil_are_covered_to_their_end(redactor: Redactor, text: str, expected: str) -> None:
    assert redacted(redactor, text) == expected
