"""HTML becomes the text that a reader would see."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.text.markup import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<ul><li>first</li><li>second</li></ul>", "- first\n\n- second"),
        ("I&nbsp;am &#34;fine&#34; &amp; well", 'I am "fine" & well'),
        ("<!--[if gte mso 9]><xml><w:WordDocument/></xml><![endif]-->Text", "Text"),
        ("<style>p {color: red}</style><script>x()</script>Text", "Text"),
        ('before <img src="data:image/png;base64,AAAA"> after', "before after"),
        ('<a href="https://example.org/ann">my page</a>', "my page"),
        ("I <3 you & 2 < 3", "I <3 you & 2 < 3"),
        ("<span>never closed", "never closed"),
        ("soft\u00adhyphen and \u200bnothing", "softhyphen and nothing"),
    ],
)
def test_html_is_read_as_a_person_reads_it(html: str, text: str) -> None:
    assert html_to_text(html).replace("\n\n- ", "\n- ") == text.replace("\n\n- ", "\n- ")


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="<&\u200b\u2060\ufeff\u00ad")))
def test_no_word_of_plain_text_is_lost(text: str) -> None:
    assert html_to_text(text).split() == text.split()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_input_gives_text(html: str) -> None:
    assert isinstance(html_to_text(html), str)
