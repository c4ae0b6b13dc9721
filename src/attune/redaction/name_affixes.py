"""What belongs to a name beside it: initials ("D. Chen", "Dave C."), forms of address ("Ms", "Fr."), "big", "lil", "Jr.".

They are replaced with the name, but tell nobody apart: they have no part in which placeholder a person gets, and are not
looked for elsewhere. "Dr." and "Prof." stay, since they say what a person does.
"""

from __future__ import annotations

import re

from attune.redaction.plain_view import plain_view

# Lower case too: "ms pritchard", "lil dave".
_ADDRESS, _EPITHETS = "mr|mrs|ms|mx|mme|mlle", "big|lil|li['’]l|ol|ole"
# With a capital or a full stop: "fr" is "for real" in chats, and "miss" a verb.
_MARKED = "Fr|Rev|Br|Sr|Sra|Srta|Hr|Sis"
_REACH = 24
_BEFORE = re.compile(
    rf"(?<![^\W_])(?:(?:(?i:{_ADDRESS})(?:\. ?| )|(?i:{_EPITHETS})['’]? |(?:{_MARKED})(?:\. ?| )|(?i:{_MARKED})\. ?"
    r"|(?<=[a-z] )Miss |(?<!\.)[^\W\d_]\. ?|(?-i:[A-Z])\. ?|(?![AIUO])[A-Z] ))+\Z"
)
# A full stop that ends a sentence stays. In lower case not the letters that are words in chats: "dave u know", "dave r u".
_STOP = r"\.(?=[,;)]| [a-z])"
_AFTER = re.compile(
    rf"(?: (?:(?![AI]\b(?!\.))[A-Z]|[dfghjlpqstvz])(?![\w'’]))?(?:(?<=[ .][A-Za-z]){_STOP})?"
    rf"(?:,? (?:(?i:jr|sr)\b(?:{_STOP})?|(?:II|III|IV|Esq)(?!\w)))?"
)
_TITLES = frozenset(
    """mr mrs ms miss mx mme mlle fr rev br sr sra srta hr sis big lil li'l ol ole jr dr prof professor doctor madam herr frau
    senor senora father pastor reverend ii iii iv esq phd he him she her they them""".split()  # noqa: SIM905
)
_PARENTHESIS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def with_affixes(text: str, start: int, end: int, first: int, last: int) -> tuple[int, int]:
    """Where a name begins and ends with what belongs to it; ``first`` and ``last`` are the limits."""
    beside = start > first and text[start - 1] in " ."
    before = _BEFORE.search(text, max(first, start - _REACH), start) if beside else None
    after = _AFTER.match(text, end, last)
    return (before.start() if before else start), (after.end() if after else end)


def is_affix(word: str) -> bool:
    """Whether a word (folded) is a form of address or an epithet, and no name by itself."""
    return word in _TITLES


def in_order(name: str) -> str:
    """A name as a database has it, plain and with the given name first: "Pritchard, Dave (he/him)" is "Dave Pritchard"."""
    name = plain_view(name).text
    last, comma, given = _PARENTHESIS.sub(" ", name).partition(",")
    if comma and given.strip() and not all(is_affix(word) for word in re.findall(r"[^\W\d_]+", given.lower())):
        return f"{given.strip()} {last.strip()}"
    return f"{last.strip()} {given.strip()}".strip() or name
