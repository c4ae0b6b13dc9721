"""Who begins to speak in a line of a transcript, in the ways in which programs and typists write it.

``Ann: text`` · ``[00:03] Ann: text`` · ``Ann (00:03): text`` · ``Ann [00:03]`` or ``Ann  0:03`` on a line of its own ·
``00:03 Speaker 1`` on a line of its own · ``**Ann:** text`` · ``>> Ann: text`` · ``12 Ann: text`` ·
``Dr. Lee (Therapist): text``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

TIME = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
ANYBODY = "*"
_CLOCK = rf"[\[(<]\s?{TIME}(?:\s?(?:-->|[-–—])\s?{TIME})?\s?[\])>]"
_STAMP = re.compile(rf"^\s*(?:{_CLOCK}|{TIME}(?=[\s,]|$))\s*,?\s*(?:[-–—]\s+)?")
_NAME = r"(?P<name>[^\W\d_][\w .'’-]{0,40}?)"
# Blanks are bounded: where several runs of them may follow each other, a line of blanks would cost its cube.
_TURN = re.compile(
    rf"{_NAME}\s{{0,3}}(?:\((?P<also>[^():\d]{{1,40}})\))?(?:,?\s{{0,3}}{_CLOCK}|,?\s{{1,3}}{TIME})?\s{{0,3}}"
    r"(?:(?<!\d)[:：]|[:：](?!\d))"
)
_HEADED = re.compile(rf"{_NAME}(?:\t|\s{{2,9}}){TIME}$")  # as some services export: the name and its time alone
_TIMED = re.compile(rf"{_NAME}\s{{1,9}}(?:{_CLOCK}|{TIME})(?=\s|$)")
_MARKED = re.compile(r"(\*\*|__)(?P<name>[^*_:：\s](?:[^*_:：]{0,44}[^*_:：\s])?)\s{0,3}(?:[:：]\s{0,3}\1|\1\s{0,3}[:：])")
_LEAD = re.compile(r"(?:>{1,3}|[-–—•*]|\d{1,4}[.)]?)\s+")
_CHANGE = re.compile(r">{2,3}\s*\S")
_PERSON = re.compile(r"(?:[^\W\d_][\w.'’-]*)(?: [^\W\d_][\w.'’-]*){0,3}")
# With one of these before the colon somebody goes on talking: "He said: no", "The thing is: …".
_PROSE = frozenset(
    """i he she we they it you that this the a an so and but yes no well then now here there what why how my your his her our is
    was said says because if when like also first second finally remember question answer note""".split()  # noqa: SIM905
)
# What programs and typists call people whose name they do not know. Such a label is never part of what somebody says.
_LABEL = re.compile(
    r"(?:speaker|spk|unknown|client|patient|participant|interviewer|interviewee|respondent|therapist|counsell?or|coach|host|guest|"
    r"narrator|moderator|caller|voice|man|woman|male|female|user|assistant|person)(?: speaker| voice)?[ _]?(?:\d{1,3}|[a-e])?",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[A-Z]\d{0,3}")  # as in Q and A, T and C, or T1, C1, T2, C2 where turns are counted
_NUMBER = re.compile(r"[ _#]*\d{1,3}$")


@dataclass(frozen=True)
class Turn:
    """The beginning of a turn.

    Attributes:
        name: who speaks, as it is written.
        text: what they say in this line.
        also: what stands in parentheses behind the name.
        sure: no other reading of the line is likely, so that any capitalized name will do.
    """

    name: str
    text: str
    also: str = ""
    sure: bool = True


def turn_of(line: str) -> Turn | None:
    """The turn that may begin in a line; whether it does depends on the name."""
    stamped = _STAMP.match(line)
    said = line[stamped.end() :].strip() if stamped else line.strip()
    if found := _begins(said):
        return found
    if lead := _LEAD.match(said):
        found = _begins(said[lead.end() :])
        return replace(found, sure=False) if found else None
    return Turn(said, "", sure=False) if stamped and _PERSON.fullmatch(_NUMBER.sub("", said)) else None


def _begins(said: str) -> Turn | None:
    if marked := _MARKED.match(said):
        said = f"{marked['name']}: {said[marked.end() :]}"
    if found := _HEADED.match(said):
        return Turn(found["name"], "")
    if found := _TURN.match(said):
        text = said[found.end() :].strip()
        stamp = re.match(_CLOCK, text)
        return Turn(found["name"], text[stamp.end() :].strip() if stamp else text, (found["also"] or "").strip())
    if found := _TIMED.match(said):
        return Turn(found["name"], said[found.end() :].strip(), sure=False)
    return None


def without_time(line: str) -> str:
    """A line without the time that it begins with."""
    return _STAMP.sub("", line, count=1).strip()


def changes_speaker(line: str) -> bool:
    """Whether a line says that somebody else speaks now, as captions do with ``>>``."""
    return _CHANGE.match(without_time(line)) is not None


def role_of(turn: Turn, roles: Mapping[str, str]) -> str | None:
    """The role of who speaks, by ``roles`` (names in lower case); None: the map has none, or nobody begins to speak here."""
    for name in filter(None, (turn.also, turn.name)):
        for known in (name.lower(), _NUMBER.sub("", name).lower()):
            if known != ANYBODY and known in roles:
                return roles[known]
    return roles.get(ANYBODY) if is_label(turn) or _is_person(turn) else None


def is_label(turn: Turn) -> bool:
    """Whether a turn begins with what stands for a person whose name nobody wrote: ``Speaker 2``, ``Client``, ``C``."""
    return any(map(_LABEL.fullmatch, (turn.name, turn.also))) or (turn.sure and _LETTER.fullmatch(turn.name) is not None)


def is_somebody(turn: Turn) -> bool:
    """Whether a turn begins with a label or with a name that is no word: whoever that is, it is not who spoke before."""
    return is_label(turn) or _is_known(turn.name)


def names_in(turn: Turn, roles: Mapping[str, str]) -> tuple[str, ...]:
    """The names of a turn that the map does not know: those of people, for redaction."""
    named = _NUMBER.sub("", turn.name).lower() in roles or turn.name.lower() in roles
    return () if named or _LABEL.fullmatch(turn.name) or _LETTER.fullmatch(turn.name) else (turn.name,)


def _is_person(turn: Turn) -> bool:
    if not _PERSON.fullmatch(turn.name) or not _PROSE.isdisjoint(turn.name.lower().split()):
        return False
    return (turn.sure and turn.name[0].isupper()) or _is_known(turn.name)


def _is_known(name: str) -> bool:
    """Whether the first of a person's names is in a list of names and in no list of words."""
    from attune.redaction.lexicon import fold, lexicon

    first = fold(name.split()[0])
    return _PERSON.fullmatch(name) is not None and lexicon().is_name(first) and not lexicon().is_word(first)
