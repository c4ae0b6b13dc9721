"""Loader of transcripts: plain text with speakers, WebVTT and SRT subtitles."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from attune.records.record import ROLES
from attune.steps.ingest.families import Family
from attune.steps.ingest.loaders.base import Broken, Loaded, LoaderRow, ObjectSource, lines, open_text
from attune.steps.ingest.loaders.moments import MARKS, TIME, Dated, DateOrder, dated, moment_of, order_of
from attune.steps.ingest.loaders.speaker_labels import (
    InnerLabels,
    SpeakerTurn,
    changes_speaker,
    is_speaker,
    names_in,
    role_of,
    turn_of,
    without_time,
)
from attune.storage.archives import DamagedArchiveError

_RULE = re.compile(r"^\s*(?:-{3,}|={3,}|\*{3,}|#{3,})\s*$")
_HEADER = re.compile(r"^#\s*([A-Za-z_]+)\s*:\s*(.+?)\s*$")
_CUE = re.compile(rf"^\s*{TIME}\s*-->\s*{TIME}")
_VOICE = re.compile(r"<v(?:\.[\w.]+)?\s+([^>]+)>")
_TAG = re.compile(r"</?[^>]{0,80}>|\{\\[^}]{0,80}\}")
_BLOCKS = ("NOTE", "STYLE", "REGION")
_STRANGER = (
    "has a speaker label that `roles` of its entry in families.yaml does not name; add it there, or `*` for everybody else"
)
_NOBODY = "begins with text of no speaker that `roles` of its entry in families.yaml names"
_CHANGED = "changes the speaker (>> or two dashes in one cue) without a name; write who speaks"
_INSIDE = "has a speaker label inside a sentence; write each turn on a line of its own"
_UNDATED = "has a line that begins with a speaker label, inside a message with a date; nobody knows whose words follow"
_UNNAMED = "unnamed"
_MOST_DATES = 20_000  # lines of a file that decide on the order of day and month
# What apps write in place of media, and behind a message that was edited.
_MEDIA = re.compile(
    r"<[^<>]{3,60}>|null|(?:image|video|video note|audio|sticker|GIF|document|Contact card) omitted|\w{3,12} weggelassen"
    r"|.{1,200}\((?:file attached|Datei angehängt|archivo adjunto|fichier joint|file allegato|arquivo anexado)\)"
    r"|(?:This message was deleted|You deleted this message|Diese Nachricht wurde gelöscht|Missed (?:voice|video) call)\b"
    r".{0,40}"
)
_NOTE = re.compile(r"\s?\u200e?<(?:This message was edited|Diese Nachricht wurde bearbeitet|Se editó este mensaje)[^<>]{0,20}>")
_ATTACHED = re.compile(r"\s?\u200e<[^<>]{1,300}>")
_NumberedLines = Iterator[tuple[int, str | None]]


def transcript(source: ObjectSource) -> Iterator[LoaderRow]:
    """Turns that begin with ``Name:``, a time such as ``[00:01:23]`` before or behind it or none; subtitles as they come.

    The names are looked up in ``roles`` of the family, without regard to case; ``*`` there is everybody whose name begins with
    a capital or is a label such as ``Speaker 2``, ``unnamed`` a text before the first name. A line without such a name goes on
    with the turn before it, unless it begins with a label that nobody has a role for: then nobody knows who speaks. A rule
    of dashes or equal signs parts conversations; lines such as ``# scenario: trust`` before the first turn set a field. The
    field ``speakers`` has the names, so that the mapping can give them to redaction.

    In an export of a chat, such as WhatsApp's, every message begins with a date and its sender. Dated lines without a sender,
    lines before the first date and placeholders for media are no turns. A pause longer than ``pause_hours`` of the family
    begins a new conversation.
    """
    longest = source.limits.row_characters
    chat = _chat_of(source)
    with open_text(source) as handle:
        session, before = TranscriptSession(source.family, chat), False
        for number, line in _plain(lines(handle, longest)):
            if line is not None and _RULE.match(line):
                yield from session.rows()
                session = TranscriptSession(source.family, chat)
            elif line is None or session.size > longest:
                session.problem = source.too_long
            elif session.pauses_before(line):
                yield from session.rows()
                session = TranscriptSession(source.family, chat, part_of=session.part_of or session.place)
                session.add(number, line)
            elif session.add(number, line):
                before = False
            elif line.strip() and not before and not chat.messages:
                before = True  # one finding for all lines up to the first turn
                yield Broken(f"line {number}", _NOBODY)
        yield from session.rows()


@dataclass(frozen=True)
class _Chat:
    """Whether a file is an export of a chat, and how it writes dates."""

    messages: bool = False
    order: DateOrder | None = None


def _chat_of(source: ObjectSource) -> _Chat:
    """What the lines of a file say of it: in an export of a chat, more messages begin with a date than without one."""
    roles = {name.lower(): role for name, role in source.family.roles.items()}
    found: list[Dated] = []
    messages = others = 0
    first = True  # whether the first turn has a date
    with contextlib.suppress(DamagedArchiveError), open_text(source) as handle:
        for _, line in lines(handle, source.limits.row_characters):
            stripped = MARKS.sub("", line[:80]) if line else ""
            when = dated(stripped) if stripped[:12].lstrip(" [(<")[:1].isdigit() or "," in stripped[:14] else None
            turn = turn_of(stripped) if when or ":" in stripped else None
            if when:
                found.append(when)
                messages += when.sets_off and turn is not None
            elif turn and role_of(turn, roles):
                first = first and messages > 0
                others += 1
            if len(found) >= _MOST_DATES:
                break
    is_chat = messages > others or (messages > 0 and messages == others and first)
    return _Chat(is_chat, source.family.date_order or order_of(found))


def _plain(found: _NumberedLines) -> _NumberedLines:
    """Lines of a transcript; of subtitles their cues, each as one line."""
    first = next(((number, line) for number, line in found if line is None or line.strip()), None)
    if first is None:
        return iter(())
    start = [first]
    text = first[1] or ""
    if text.startswith("WEBVTT"):
        return _cues(found)
    if text.strip().isdigit():
        start.append(next(found, (first[0] + 1, "")))
        if _CUE.match(start[1][1] or ""):
            return _cues(chain(start, found))
    if _CUE.match(text):
        return _cues(chain(start, found))
    return chain(start, found)


def _cues(found: _NumberedLines) -> _NumberedLines:
    """The text of each cue, without times, numbers, notes and markup; a repeated line is read once."""
    said: list[str] = []
    before, at, inside = "", 0, False
    for number, line in chain(found, [(0, "")]):
        text = (line or "").strip()
        if line is None:
            yield number, None
        elif _CUE.match(text):
            said, at, inside = [], number, True
        elif not text:
            if inside and said:
                yield at, " ".join(said)
            said, inside = [], False
        elif inside and (shown := _shown(text)) and shown != before:
            if said and (turn_of(shown) or text.startswith("-")):  # two people in one cue
                yield at, " ".join(said)
                said = []
                shown = shown if turn_of(shown) else f">> {shown}"
            said.append(shown)
            before = shown


def _shown(text: str) -> str:
    """The visible text of a line of a cue, with the voice as ``Name:``."""
    text = _TAG.sub("", _VOICE.sub(lambda found: f"{found[1].strip()}: ", text))
    return re.sub(r"\s+", " ", html.unescape(text)).strip().removeprefix("- ")


class TranscriptSession:
    """One conversation of a transcript while it is read.

    Args:
        family: its entry in the map, with the roles of speakers.
        chat: whether the text is an export of a chat.
        part_of: position of the chat that a pause divided into conversations.
    """

    def __init__(self, family: Family, chat: _Chat = _Chat(), part_of: str = "") -> None:
        self.messages: list[dict[str, str]] = []
        self.problem = ""
        self.size = 0
        self.part_of = part_of
        self.speakers: set[str] = set()
        self._chat = chat
        self._parts: list[str] = []  # of the current turn
        self._names: list[str] = []  # of the speakers, one for each message
        self._fields: dict[str, Any] = {}
        self._start = 0
        self._event = False  # the last dated line was no turn, so what follows belongs to it
        self._moments: list[datetime] = []  # of the first and the last message
        self._pause = timedelta(hours=family.pause_hours) if family.pause_hours else None
        self._roles = {name: name for name in ROLES} | {name.lower(): role for name, role in family.roles.items()}
        self._labels = InnerLabels(family.roles)

    @property
    def place(self) -> str:
        """Position of the conversation in the file."""
        return f"line {self._start or 1}"

    def pauses_before(self, line: str) -> bool:
        """Whether the message that begins in a line comes so long after the last one that it begins a new conversation."""
        if self._pause is None or not self._moments or not (when := dated(MARKS.sub("", line[:80]))):
            return False
        moment = moment_of(when, self._chat.order)
        return moment is not None and moment - self._moments[-1] > self._pause

    def add(self, number: int, line: str) -> bool:
        """Read a line; False when it belongs to no turn."""
        if not self.messages and (header := _HEADER.match(line)):
            self._fields[header[1].lower()] = header[2]
            self._start = self._start or number
            return True
        marked = MARKS.sub("", line, count=1) if MARKS.match(line) else line
        when = dated(marked)
        if self._chat.messages and (when is None or when.sets_off):
            return self._add_chat_line(number, marked, when)
        for part in self._labels.parts(marked):
            self._add_part(number, part)
        if when and self.messages and (moment := moment_of(when, self._chat.order)):
            self._note(moment)
        return bool(self.messages)

    def _add_chat_line(self, number: int, line: str, when: Dated | None) -> bool:
        if when is None:
            turn = turn_of(line)
            timed = without_time(line) != line.strip()  # a time of day without a date
            if turn and timed and (role_of(turn, self._roles) or is_speaker(turn)):
                self._event = False
                self._add_part(number, line)
            elif turn and turn.name.lower() in self._roles and self.messages:
                self.problem = self.problem or _UNDATED
            elif self.messages and not self._event:
                self._parts.append(_NOTE.sub("", line).strip())
                self.size += len(line)
            return bool(self.messages)
        turn = turn_of(line)
        rest = line[when.end :].strip()
        if turn is None and MARKS.sub("", rest).lower() in self._roles:
            turn = SpeakerTurn(MARKS.sub("", rest), "", sent=True)  # the sender alone; the message is on the next line
        self._event = turn is None
        if turn is None:
            return bool(self.messages)
        if moment := moment_of(when, self._chat.order):
            self._note(moment)
        role = role_of(turn, self._roles)
        text = _ATTACHED.sub("", _NOTE.sub("", turn.text)).strip()
        if _MEDIA.fullmatch(text) or text.startswith("\u200e"):
            text = ""  # what was written under it may follow on the next lines
        self.size += len(text)
        if role is None:
            self.problem = self.problem or _STRANGER
            self._start = self._start or number
            return bool(self.messages)
        self.speakers.update(names_in(turn, self._roles))
        self._begin(number, turn.name, role, text)
        return True

    def _note(self, moment: datetime) -> None:
        self._moments = [self._moments[0] if self._moments else moment, moment]

    def _add_part(self, number: int, line: str) -> None:
        """Read a line, or a part of it that begins with a label of a speaker."""
        said, turn = without_time(line), turn_of(line)
        if turn is None and self._labels.is_label(said):  # alone on its line, above what is said
            turn = SpeakerTurn(said, "")
        role = role_of(turn, self._roles) if turn else None
        if turn and role:
            self.speakers.update(names_in(turn, self._roles))
            self._begin(number, turn.name, role, turn.text)
        elif turn and is_speaker(turn):
            self.problem = self.problem or _STRANGER
        elif changes_speaker(line):
            self.problem = self.problem or _CHANGED
        elif not self.messages and said and _UNNAMED in self._roles:
            self._begin(number, "", self._roles[_UNNAMED], said)
        elif self.messages:
            self._parts.append(said)
        self.size += len(said)
        if self._labels.inside(turn.text if turn and role else said):
            self.problem = self.problem or _INSIDE

    def rows(self) -> Iterator[LoaderRow]:
        """The conversation, if there is one."""
        self.close()
        if self.problem:
            yield Broken(self.place, self.problem)
        elif self.messages:
            fields: dict[str, Any] = {"created_at": self._moments[0]} if self._moments else {}
            fields |= {**self._fields, "messages": self.messages, "speakers": sorted(self.speakers)}
            yield Loaded(self.place, fields, self.part_of or (self.place if self._pause else ""))

    def _begin(self, number: int, name: str, role: str, said: str) -> None:
        self._start = self._start or number
        if self.messages and name == self._names[-1]:  # the same speaker continues: one turn
            self._parts += [said] if said else []
            return
        self.close()
        if self.messages and name == self._names[-1]:  # the one between said nothing, such as a picture
            self._parts = [self.messages[-1]["content"], *([said] if said else [])]
            return
        self.messages.append({"role": role, "content": ""})
        self._names.append(name)
        self._parts = [said]

    def close(self) -> None:
        """End the current turn; in a chat, one without words is none."""
        if self.messages and self._parts:
            self.messages[-1]["content"] = "\n".join(self._parts).strip()
            if self._chat.messages and not self.messages[-1]["content"]:
                self.messages.pop()
                self._names.pop()
        self._parts = []
