"""HTML to plain text, on the standard library's parser.

Libraries for this parse with lxml or BeautifulSoup, or write Markdown; these few lines keep only paragraphs and list items.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCK_NAMES = (
    "address article aside blockquote br dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre "
    "section table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HIDDEN = frozenset({"head", "script", "style", "template", "title", "xml"})
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad]")


def html_to_text(html: str) -> str:
    """The visible text of ``html``, with a blank line between paragraphs and a dash before list items.

    Entities are decoded; comments, images, scripts and styles are dropped. Text without markup changes only in white space.
    """
    parser = _TextParser()
    parser.feed(html)
    parser.close()
    text = _INVISIBLE.sub("", "".join(parser.parts))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


class _TextParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _BLOCKS:
            self.parts.append("\n" if tag in {"br", "div", "tr"} else "\n\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS and tag not in {"br", "li"}:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
