# ruff: noqa: SIM905 - word lists stay as they can be read
"""Names spelled out letter by letter: "J-E-S-S-I-C-A", "k a t a r z y n a", "K as in kilo, A as in apple"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attune.redaction.types import Source, Span

_LETTERS = re.compile(r"(?<![^\W_])(?<!['’.-])[^\W\d_](?:([ .-])[^\W\d_])(?:\1[^\W\d_]){1,20}(?![^\W_]|['’-]\w)\.?")
# Three letters apart: most texts have none.
_HINT = re.compile(r"(?<![^\W_])[^\W\d_]([ .-])[^\W\d_]\1[^\W\d_](?![^\W_])")
_BY_WORD = re.compile(
    r"(?<!\w)(?:[^\W\d_]\s(?:as in|for|like|wie|come|de|de)\s[^\W\d_]+[\s,.;-]*(?:and\s|then\s|und\s)?){3,}", re.I
)
_BY_WORD_HINT = re.compile(r"(?<!\w)[^\W\d_]\s(?:as in|for|like|wie|come)\s[^\W\d_]", re.I)
_CUE_BEFORE = re.compile(
    r"(?:\b(?:nick|sur|user|first|last|middle|full)?name(?:'s|s)?\b|\bspel(?:l|led|t|ling)s?\b|\bcalled\b|\bbuchstabier\w*|\bheiße\b|\bllamo\b"
    r"|\bdeletre\w*|\bi['’]?m\b|\bi am\b|\bit['’]?s\b|\bthat['’]?s\b|\bcall me\b|\bthis is\b)[^.!?\n]{0,24}\Z",
    re.I,
)  # fmt: skip
_CUE_AFTER = re.compile(
    r"[^.!?\n]{0,16}\b(?:is how|spel(?:l|led|t|ling)|with an? [a-z]\b|is my name|is the name|not [a-z]{3,12}\b|like the)", re.I
)
_NAMING = re.compile(r"name|spel|called|call me|buchstabier|heiße|llamo|deletre|is how", re.I)
_FEWEST, _SURE = 3, 6
_NEAR = 40
_ABBREVIATIONS = frozenset("lgbtq lgbtqia stds stis nasa usa aids adhd ptsd bdsm faq diy asap fbi cia nsfw tldr".split())


def find(text: str) -> Iterator[Span]:
    """Names whose letters stand apart, where a word beside them says so or the letters make no word."""
    if _HINT.search(text):
        for match in _LETTERS.finditer(text):
            end = match.end() - (match.group().endswith(".") and match.group(1) != ".")
            if _is_name(text, match.start(), end):
                yield Span(match.start(), end, "PERSON", Source.STATED_NAME)
    if " as in " in text or _BY_WORD_HINT.search(text):
        for match in _BY_WORD.finditer(text):
            yield Span(match.start(), match.start() + len(match.group().rstrip(" ,.;-")), "PERSON", Source.STATED_NAME)


def _is_name(text: str, start: int, end: int) -> bool:
    from attune.redaction.lexicon import base_of, lexicon

    written = text[start:end]
    joined = base_of("".join(one for one in written if one.isalpha()))
    if len(joined) < _FEWEST or joined in _ABBREVIATIONS or len(set(joined)) == 1:
        return False
    lists = lexicon()
    before = _CUE_BEFORE.search(text, max(0, start - _NEAR), start)
    after = _CUE_AFTER.match(text, end)
    cue = (before.group() if before else "") + (after.group() if after else "")
    if lists.is_name(joined) and joined not in lists.tiers:
        return bool(cue) or len(joined) > _FEWEST
    if lists.is_word(joined) or joined in lists.tiers:
        return bool(_NAMING.search(cue)) or (bool(cue) and lists.is_name(joined))
    if "." in written and written.isupper() and not _NAMING.search(cue):  # an abbreviation
        return False
    return bool(cue) or ("-" in written and len(joined) >= _SURE)
