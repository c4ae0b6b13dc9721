"""Language detection: right on sentences, silent on what is too short, and never an error."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.text.language import LANGUAGES, UNDETERMINED, conversation_language, detect_language

SENTENCES = {
    "en": ["I keep asking myself whether we should move in together.", "She never answers when I call her at work."],
    "es": ["Llevo semanas sin dormir bien y no sé cómo contárselo.", "Mi hermana siempre llega tarde a las cenas familiares."],
    "de": [
        "Seit dem Umzug streiten wir fast jeden Abend.",
        "Ich möchte endlich wieder ruhig schlafen können.",
    ],
    "fr": ["Depuis le déménagement nous nous disputons presque tous les soirs.", "Je voudrais enfin retrouver le sommeil."],
    "it": ["Da quando abbiamo traslocato litighiamo quasi ogni sera.", "Vorrei finalmente dormire di nuovo tranquillo."],
    "pt": [
        "Desde a mudança discutimos quase todas as noites.",
        "Eu queria voltar a dormir tranquilo, não consigo.",
    ],
    "nl": ["Sinds de verhuizing maken we bijna elke avond ruzie.", "Ik zou eindelijk weer rustig willen slapen."],
    "pl": ["Od przeprowadzki kłócimy się prawie każdego wieczoru.", "Chciałbym wreszcie znowu spokojnie spać."],
    "sv": ["Sedan flytten bråkar vi nästan varje kväll om småsaker.", "Jag skulle vilja kunna sova lugnt igen."],
    "ru": ["После переезда мы ссоримся почти каждый вечер.", "Я хотел бы наконец снова спокойно спать."],
    "uk": ["Після переїзду ми сваримося майже щовечора через дрібниці.", "Я хотів би нарешті знову спокійно спати."],
    "tr": ["Taşındığımızdan beri neredeyse her akşam tartışıyoruz.", "Artık yeniden huzurla uyuyabilmek istiyorum."],
    "fi": ["Muuton jälkeen olemme riidelleet melkein joka ilta.", "Haluaisin vihdoin taas nukkua rauhassa."],
    "cs": ["Od stěhování se hádáme skoro každý večer kvůli maličkostem.", "Chtěl bych konečně zase klidně spát."],
    "hu": ["A költözés óta szinte minden este veszekszünk.", "Szeretnék végre újra nyugodtan aludni."],
    "el": ["Από τη μετακόμιση μαλώνουμε σχεδόν κάθε βράδυ.", "Θα ήθελα επιτέλους να κοιμηθώ ήσυχα."],
    "ja": ["引っ越してから毎晩のように喧嘩をしています。", "またぐっすり眠れるようになりたいです。"],
    "zh": ["搬家以后我们几乎每天晚上都吵架。", "我希望终于可以安心睡觉。"],
    "ko": ["이사한 뒤로 거의 매일 저녁 다툽니다.", "다시 편안하게 자고 싶어요."],
    "ar": ["منذ انتقالنا إلى البيت الجديد نتشاجر كل مساء تقريبا.", "أريد أن أنام بهدوء مرة أخرى."],
    "he": ["מאז המעבר אנחנו רבים כמעט כל ערב.", "הייתי רוצה סוף סוף לישון בשקט."],
}


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in SENTENCES.items() for text in texts])
def test_a_sentence_is_recognized(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text",
    ["No.", "no", "No, no.", "ok", "OK", "haha", "Ja", "Nein.", "Si", "oui", "hola", "lol", "lol idk", "hmm", "sure", "👍",
     "😂😂 ❤️", "", " ", "12:30", "???", "[PERSON_1]", "[PERSON_1], [USER]?",
     "https://example.org/der/die/und", "ann@example.org"],
)  # fmt: skip
def test_a_text_that_is_too_short_or_holds_no_words_is_undetermined(text: str) -> None:
    assert detect_language(text) == UNDETERMINED


@pytest.mark.parametrize(("language", "text"), [("zh", "你好"), ("ko", "안녕"), ("el", "γεια"), ("he", "שלום"), ("th", "สวัสดี")])
def test_a_script_of_one_language_decides_a_short_text(language: str, text: str) -> None:
    assert detect_language(text) == language


def test_placeholders_and_addresses_do_not_count() -> None:
    text = "Ich habe gestern mit [PERSON_1] gesprochen, das war schön."
    assert (
        detect_language(text)
        == detect_language(text.replace("[PERSON_1]", "[ORGANIZATION_12] https://the.example.com/and/of"))
        == "de"
    )


def test_turns_that_tell_nothing_leave_the_language_to_the_others() -> None:
    assert conversation_language(["No.", SENTENCES["en"][0], "ok", "haha"]) == "en"
    assert conversation_language(["No.", "ok"]) == UNDETERMINED
    assert conversation_language([]) == UNDETERMINED


def test_short_turns_are_read_together_where_none_is_clear() -> None:
    turns = ["Ja", "Vielen Dank", "Nein.", "Bis dann"]
    assert {detect_language(turn) for turn in turns} == {UNDETERMINED}
    assert conversation_language(turns) == "de"


def test_of_several_languages_the_one_with_most_letters_is_the_conversations_if_it_has_more_than_half() -> None:
    english, german = SENTENCES["en"], SENTENCES["de"]
    assert conversation_language([*english, german[0]]) == "en"
    assert conversation_language([english[0], *german]) == "de"
    assert conversation_language([english[0], german[1], SENTENCES["fr"][1]]) == UNDETERMINED


@settings(deadline=None)
@given(st.text(st.characters()))
def test_any_text_has_a_known_language_or_none_and_always_the_same(text: str) -> None:
    found = detect_language(text)
    assert found in {*LANGUAGES, UNDETERMINED}
    assert found == detect_language(text)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["L"])))
def test_a_text_without_letters_is_undetermined(text: str) -> None:
    assert detect_language(text) == UNDETERMINED


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(sum(SENTENCES.values(), ["ok", "No."])), max_size=5))
def test_a_conversation_has_a_language_of_its_turns_whatever_their_order(turns: list[str]) -> None:
    found = conversation_language(turns)
    assert found in {UNDETERMINED, *map(detect_language, turns)}
    assert found == conversation_language(turns[::-1])


def test_the_detector_opens_no_connection() -> None:
    program = (
        "import socket, sys\n"
        "def refuse(*_, **__): raise AssertionError('a connection')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from attune.text.language import detect_language\n"
        "assert 'py3langid' not in sys.modules\n"
        "assert detect_language('This works without a network.') == 'en'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
