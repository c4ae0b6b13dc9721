"""Loader of transcripts: plain text with speakers, WebVTT and SRT subtitles."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from attune.records.record import ROLES
from attune.steps.ingest.families import Family
from attune.steps.ingest.loaders.base import LONGEST_LINE, TOO_LONG, Broken, Loaded, LoaderRow, lines, open_text
from attune.steps.ingest.loaders.speaker_labels import (
    TIME,
    changes_speaker,
    is_speaker,
    names_in,
    role_of,
    turn_of,
    without_time,
)

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
_UNNAMED = "unnamed"
_NumberedLines = Iterator[tuple[int, str | None]]


def transcript(uri: str, family: Family) -> Iterator[LoaderRow]:
    """Turns that begin with ``Name:``, a time such as ``[00:01:23]`` before or behind it or none; subtitles as they come.

    The names are looked up in ``roles`` of the family, without regard to case; ``*`` there is everybody whose name begins with
    a capital or is a label such as ``Speaker 2``, ``unnamed`` a text before the first name. A line without such a name goes on
    with the turn before it, unless it begins with a label that nobody has a role for: then nobody knows who speaks. A rule
    of dashes or equal signs parts conversations; lines such as ``# scenario: trust`` before the first turn set a field. The
    field ``speakers`` has the names, so that the mapping can give them to redaction.
    """
    with open_text(uri, family.encoding) as handle:
        session, before = _TranscriptSession(family), False
        for number, line in _plain(lines(handle)):
            if line is not None and _RULE.match(line):
                yield from session.rows()
                session = _TranscriptSession(family)
            elif line is None or session.size > LONGEST_LINE:
                session.problem = TOO_LONG
            elif session.add(number, line):
                before = False
            elif line.strip() and not before:
                before = True  # one finding for all lines up to the first turn
                yield Broken(f"line {number}", _NOBODY)
        yield from session.rows()


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


class _TranscriptSession:
    """One conversation of a transcript while it is read."""

    def __init__(self, family: Family) -> None:
        self.messages: list[dict[str, str]] = []
        self.problem = ""
        self.size = 0
        self._parts: list[str] = []  # of the current turn
        self._name = ""
        self._fields: dict[str, Any] = {}
        self._speakers: set[str] = set()
        self._start = 0
        self._roles = {name: name for name in ROLES} | {name.lower(): role for name, role in family.roles.items()}

    def add(self, number: int, line: str) -> bool:
        """Read a line; False when it belongs to no turn."""
        if not self.messages and (header := _HEADER.match(line)):
            self._fields[header[1].lower()] = header[2]
            self._start = self._start or number
            return True
        said, turn = without_time(line), turn_of(line)
        role = role_of(turn, self._roles) if turn else None
        if turn and role:
            self._speakers.update(names_in(turn, self._roles))
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
        return bool(self.messages)

    def rows(self) -> Iterator[LoaderRow]:
        """The conversation, if there is one."""
        self._close()
        place = f"line {self._start or 1}"
        if self.problem:
            yield Broken(place, self.problem)
        elif self.messages:
            yield Loaded(place, {**self._fields, "messages": self.messages, "speakers": sorted(self._speakers)})

    def _begin(self, number: int, name: str, role: str, said: str) -> None:
        self._start = self._start or number
        if self.messages and name == self._name:  # the same speaker continues: one turn
            self._parts.append(said)
            return
        self._close()
        self.messages.append({"role": role, "content": ""})
        self._name, self._parts = name, [said]

    def _close(self) -> None:
        if self.messages and self._parts:
            self.messages[-1]["content"] = "\n".join(self._parts).strip()
        self._parts = []
