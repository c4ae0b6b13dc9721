"""Finds the speaker label at the start of a transcript line, in the forms that programs and typists use.

``Ann: text`` · ``[00:03] Ann: text`` · ``Ann (00:03): text`` · ``Ann [00:03]`` or ``Ann  0:03`` on a line of its own ·
``00:03 Speaker 1`` on a line of its own · ``**Ann:** text`` · ``>> Ann: text`` · ``12 Ann: text`` ·
``Dr. Lee (Therapist): text`` · ``[14/10/2021, 3:36:10 PM] Ann: text`` · ``14.10.21, 15:36 - Ann: text`` ·
``Ann, [14.10.2021 15:36]`` or ``Ann — 14/10/2021 15:36`` on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from attune.steps.ingest.loaders.moments import CLOCK, MARKS, MOMENT, dated

ANYBODY = "*"
_CLOCK = rf"[\[(<]\s?{MOMENT}(?:\s?(?:-->|[-–—])\s?{MOMENT})?\s?[\])>]"
_STAMP = re.compile(rf"^\s*(?:{_CLOCK}|{CLOCK}(?=[\s,]|$))\s*,?\s*(?:[-–—]\s+)?")
_NAME = r"(?P<name>[^\W\d_][\w .'’-]{0,40}?)"
_TURN = re.compile(
    rf"{_NAME}\s{{0,3}}(?:\((?P<also>[^():\d]{{1,40}})\))?(?:,?\s{{0,3}}{_CLOCK}|,?\s{{1,3}}{MOMENT})?\s{{0,3}}"
    r"(?:(?<!\d)[:：]|[:：](?!\d))"
)
# As some services export or copy: name and time on a line of their own.
_HEADED = re.compile(
    rf"{_NAME}(?:(?:\t|\s{{2,9}})\[?{MOMENT}\]?|,?\s{{1,3}}\[{MOMENT}\]|\s[—–]\s(?:(?:Today|Yesterday) at )?{MOMENT})$"
)
_TIMED = re.compile(rf"{_NAME}\s{{1,9}}(?:{_CLOCK}|{CLOCK})(?=\s|$)")
# The sender in an export of a chat, which may be a number, or have signs that no other label has.
_SENDER = re.compile(r"(?P<name>[^:：]{1,80}?)\s?[:：](?=\s|$)\s*")
# What an app itself says of a chat, with a colon in it.
_EVENT = re.compile(
    r"\b(?:created (?:the )?group|changed (?:the|this|their|to)|added|removed|left|joined|pinned|turned (?:on|off)|"
    r"end-to-end encrypted|security code|Ende-zu-Ende-verschlüsselt|hat (?:die|den|das)|cifrados? de extremo|"
    r"chiffrés? de bout)\b"
)
_MARKED = re.compile(r"(\*\*|__)(?P<name>[^*_:：\s](?:[^*_:：]{0,44}[^*_:：\s])?)\s{0,3}(?:[:：]\s{0,3}\1|\1\s{0,3}[:：])")
_LEAD = re.compile(r"(?:>{1,3}|[-–—•*]|\d{1,4}[.)]?)\s+")
_CHANGE = re.compile(r">{2,3}\s*\S")
_CHAT = re.compile(r"From\s{1,4}(?P<name>[^:]{1,60}?)\s{1,4}to\s{1,4}[^:]{1,60}:(?=\s|$)")  # of video calls
_NICKNAME = re.compile(r"[^\W\d_][\w.-]{0,30}[\d_][\w.-]{0,30}")  # ann_92: no word of a sentence looks like this
_PERSON = re.compile(r"(?:[^\W\d_][\w.'’-]*)(?: [^\W\d_][\w.'’-]*){0,3}")
# With one of these words before the colon, the line is speech and not a label: "He said: no", "The thing is: …".
_PROSE = frozenset(
    """i he she we they it you that this the a an so and but yes no well then now here there what why how my your his her our is
    was said says because if when like also first second finally remember question answer note""".split()  # noqa: SIM905
)
# Labels for speakers without a known name. Such a label is never part of the speech.
_LABEL = re.compile(
    r"(?:speaker|spk|unknown|client|patient|participant|interviewer|interviewee|respondent|therapist|counsell?or|coach|host|guest|"
    r"narrator|moderator|caller|voice|man|woman|male|female|user|assistant|person)(?: speaker| voice)?[ _]?(?:\d{1,3}|[a-e])?",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[A-Z]\d{0,3}")  # as in Q and A, T and C, or T1, C1, T2, C2 where turns are counted
_NUMBER = re.compile(r"[ _#]*\d{1,3}$")


@dataclass(frozen=True)
class SpeakerTurn:
    """The start of a speaker's turn.

    Attributes:
        name: the speaker as written.
        text: the speech in this line.
        also: the text in parentheses after the name.
        sure: no other reading of the line is likely, so any capitalized name is accepted.
        sent: the line has the form of a message in an export of a chat, so whatever stands for the name is one.
    """

    name: str
    text: str
    also: str = ""
    sure: bool = True
    sent: bool = False


class InnerLabels:
    """Labels of speakers inside a line: ``Patient: I am sad. Doctor: Since when?`` is two turns.

    Args:
        roles: ``roles`` of a family's entry in the map.
    """

    def __init__(self, roles: Mapping[str, str]) -> None:
        names = {way for name in roles for way in (name, name.capitalize(), name.title(), name.upper()) if way[:1].isupper()}
        self._names = {name for name in names if len(name) > 1}
        self._split = self._found = None
        if names:
            either = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
            label = rf"(?:\*\*)?(?:{either})(?: \d{{1,3}})?(?:\*\*)?\s?[:：](?=\s|\*\*|$)"
            self._split = re.compile(
                rf"(?:(?:(?<=[^\W\d_][.!?…])|(?<=[.!?…][\"”’)]))\s{{1,9}}|\s{{0,9}}\|{{1,2}}\s{{0,9}})(?={label})"
            )
            self._found = re.compile(rf"(?<=\s){label}")

    def is_label(self, line: str) -> bool:
        """Whether a line is a label and nothing else."""
        return line in self._names

    def parts(self, line: str) -> list[str]:
        """A line, divided before each label that follows the end of a sentence."""
        return self._split.split(line) if self._split else [line]

    def inside(self, text: str) -> bool:
        """Whether a label stands within a sentence, so that nobody knows whether the speaker changes there."""
        return self._found is not None and self._found.search(text) is not None


def turn_of(line: str) -> SpeakerTurn | None:
    """The turn that may begin in a line; whether it really does depends on the name (:func:`role_of`)."""
    if when := dated(line):
        rest = line[when.end :].strip()
        return _sent(rest) if when.sets_off else _begins(rest)
    stamped = _STAMP.match(line)
    said = line[stamped.end() :].strip() if stamped else line.strip()
    if found := _begins(said):
        return found
    if lead := _LEAD.match(said):
        found = _begins(said[lead.end() :])
        return replace(found, sure=False) if found else None
    return SpeakerTurn(said, "", sure=False) if stamped and _PERSON.fullmatch(_NUMBER.sub("", said)) else None


def _sent(rest: str) -> SpeakerTurn | None:
    """The message of a chat after its date; None for what the app itself says."""
    found = _SENDER.match(rest)
    if found is None or _EVENT.search(found["name"]):
        return None
    name = MARKS.sub("", found["name"]).strip().removeprefix("~").strip()
    if not name:
        return None
    if role := re.fullmatch(r"(.{1,60}?)\s?\(([^():\d]{1,40})\)", name):
        return SpeakerTurn(role[1], rest[found.end() :], also=role[2], sent=True)
    return SpeakerTurn(name, rest[found.end() :], sent=True)


def _begins(said: str) -> SpeakerTurn | None:
    if marked := _MARKED.match(said):
        said = f"{marked['name']}: {said[marked.end() :]}"
    if found := _CHAT.match(said):
        return SpeakerTurn(found["name"], said[found.end() :].strip(), sent=True)
    if found := _HEADED.match(said):
        return SpeakerTurn(found["name"], "")
    if found := _TURN.match(said):
        text = said[found.end() :].strip()
        stamp = re.match(_CLOCK, text)
        return SpeakerTurn(found["name"], text[stamp.end() :].strip() if stamp else text, (found["also"] or "").strip())
    if found := _TIMED.match(said):
        return SpeakerTurn(found["name"], said[found.end() :].strip(), sure=False)
    return None


def without_time(line: str) -> str:
    """A line without the time at its start."""
    if when := dated(line):
        return line[when.end :].strip() if when.sets_off else line.strip()
    return _STAMP.sub("", line, count=1).strip()


def changes_speaker(line: str) -> bool:
    """Whether a line marks a change of speaker, as captions do with ``>>``."""
    return _CHANGE.match(without_time(line)) is not None


def role_of(turn: SpeakerTurn, roles: Mapping[str, str]) -> str | None:
    """The role of the speaker by ``roles`` (names in lower case); None: the map has no role for it, or no turn begins here."""
    for name in filter(None, (turn.also, turn.name)):
        for known in (name.lower(), _NUMBER.sub("", name).lower()):
            if known != ANYBODY and known in roles:
                return roles[known]
    return roles.get(ANYBODY) if turn.sent or is_label(turn) or _is_person(turn) else None


def is_label(turn: SpeakerTurn) -> bool:
    """Whether a turn begins with a generic label, such as ``Speaker 2``, ``Client`` or ``C``."""
    return any(map(_LABEL.fullmatch, (turn.name, turn.also))) or (
        turn.sure and any(form.fullmatch(turn.name) for form in (_LETTER, _NICKNAME))
    )


def is_speaker(turn: SpeakerTurn) -> bool:
    """Whether a turn begins with a label or with a name that is not a word, so that the speaker has changed."""
    return turn.sent or is_label(turn) or _is_known(turn.name)


def names_in(turn: SpeakerTurn, roles: Mapping[str, str]) -> tuple[str, ...]:
    """The names in a turn that are not in ``roles``; they are names of people, for redaction."""
    named = _NUMBER.sub("", turn.name).lower() in roles or turn.name.lower() in roles
    return () if named or _LABEL.fullmatch(turn.name) or _LETTER.fullmatch(turn.name) else (turn.name,)


def _is_person(turn: SpeakerTurn) -> bool:
    if not _PERSON.fullmatch(turn.name) or not _PROSE.isdisjoint(turn.name.lower().split()):
        return False
    return (turn.sure and turn.name[0].isupper()) or _is_known(turn.name)


def _is_known(name: str) -> bool:
    """Whether the first name is in a list of names and in no list of words."""
    from attune.redaction.lexicon import fold, lexicon

    first = fold(name.split()[0])
    return _PERSON.fullmatch(name) is not None and lexicon().is_name(first) and not lexicon().is_word(first)
