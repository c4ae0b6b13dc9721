"""Text normalization: what is the same text, decided case by case, and what any text obeys."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.text.normalization import letters, letters_of, normalize, text_for_shingling, visible_text, words


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("I don&#39;t KNOW", "i don't know"),
        ("don&#x27;t &quot;know&quot; &amp; ask", 'don\'t "know" & ask'),
        ("don&amp;#39;t", "don't"),  # escaped twice
        ("don&amp;amp;amp;#39;t", "don't"),
        (f"&{'amp;' * 5_000}#39;", "'"),
        ("CAF&Eacute; caf&eacute; &NBSP;x", "café café  x"),
        ("so&shy;ft zero&#8203;width", "soft zerowidth"),
        ("R&D, AT&T, Q & A, salt&pepper", "r&d, at&t, q & a, salt&pepper"),
        ("&#9999999;x", "\ufffdx"),
        (f"&#{'9' * 5_000};", f"\ufffd{'9' * 4_993};"),
        ("s<b>lee</b>p", "sleep"),
        ("sleep<br/>well<p class='x'>now</p><LI>here", "sleep well now  here"),
        ("long<wbr>word <unknown-tag a=1>x</unknown-tag>", "longword x"),
        ("&lt;b&gt;bold&lt;/b&gt;", "bold"),  # escaped markup is markup
        ("before <!-- not\nshown --> after", "before  after"),
        ("a < b, 3 <4> 5, <3 you, x<>y", "a < b, 3 <4> 5, <3 you, x<>y"),
        ("＜b＞wide＜/b＞", "wide"),
        ("ｗｉｄｅ ﬁne STRASSE straße", "wide fine strasse strasse"),
        ("e<b>\u0301</b>t\u200b\u00ade", "éte"),
        ("раypal сон kοst", "paypal сон kost"),  # one Cyrillic word, which stays
    ],
)
def test_what_a_reader_takes_for_the_same_has_one_form(text: str, normalized: str) -> None:
    assert normalize(text) == normalized


def test_scanning_for_identifiers_keeps_case_and_tags() -> None:
    assert visible_text("<b>Jo&#64;Example</b>\u200b") == "<b>Jo@Example</b>"


@given(st.text())
def test_escaping_a_text_once_or_twice_changes_nothing(text: str) -> None:
    assert normalize(html.escape(text)) == normalize(text)
    assert normalize(html.escape(html.escape(text))) == normalize(text)


@given(st.text())
def test_words_letters_and_shingling_agree_on_where_words_are(text: str) -> None:
    assert letters(text) == letters_of(normalize(text))
    assert "".join(map(letters_of, words(normalize(text)))) == letters(text) or not text.isascii()
    assert len(text_for_shingling(text)) <= len(normalize(text))


@given(st.text(alphabet=st.characters(codec="ascii", exclude_characters="<&")))
def test_plain_ascii_is_lowered_only(text: str) -> None:
    assert normalize(text) == text.lower()
