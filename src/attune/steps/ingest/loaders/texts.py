"""Loaders of ChatML and of plain text to pretrain on; parsers of ChatML and dialogues within one text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attune.config.ingest import IngestLimits
from attune.steps.ingest.loaders.base import Broken, Loaded, LoaderRow, ObjectSource, lines, open_text

START = "<|im_start|>"
_TOKENS = re.compile(r"(<\|im_start\|>|<\|im_end\|>|<\|endoftext\|>)")
_RULE = re.compile(r"\s*[-=]{3,}\s*")
_PIECE = 8_000  # characters of a piece of text, about two pages
_GOOD_END = 6_000  # characters after which a piece ends with its paragraph


class ChatMLReader:
    """Reads ChatML line by line: conversations of turns between ``<|im_start|>role`` and ``<|im_end|>``.

    A conversation ends at ``<|endoftext|>``, at a rule of dashes between turns, or where a system turn follows another turn.
    """

    def __init__(self, longest: int = IngestLimits().row_characters) -> None:
        self._longest = longest
        self.messages: list[dict[str, str]] = []
        self.problem = ""
        self._open: list[str] | None = None  # text of the current turn, its role first
        self._size = 0

    def feed(self, line: str) -> Iterator[tuple[list[dict[str, str]], str]]:
        """Read a line; yields the conversations that end in it, each with its problem (empty: none)."""
        if self._open is None and _RULE.fullmatch(line):
            yield from self.finish()
            return
        for part in _TOKENS.split(line):
            if part == START:
                self._begin()
            elif part == "<|im_end|>":
                yield from self._end()
            elif part == "<|endoftext|>":
                yield from self.finish()
            elif self._open is not None:
                self._size += len(part)
                if self._size > self._longest:
                    self._open, self.problem = None, f"is longer than {self._longest:,} characters"
                else:
                    self._open.append(part)
            elif part.strip():
                self.problem = self.problem or "has text outside of a turn"

    def finish(self) -> Iterator[tuple[list[dict[str, str]], str]]:
        """End the current conversation and yield it."""
        if self._open is not None:
            self.problem = self.problem or "has a turn that does not end with <|im_end|>"
        if self.messages or self.problem:
            yield self.messages, self.problem
        self.messages, self.problem, self._open, self._size = [], "", None, 0

    def _begin(self) -> None:
        if self._open is not None:
            self.problem = self.problem or "has a turn that does not end with <|im_end|>"
        self._open = []

    def _end(self) -> Iterator[tuple[list[dict[str, str]], str]]:
        if self._open is None:
            self.problem = self.problem or "ends a turn that never began"
            return
        role, _, content = "".join(self._open).partition("\n")
        self._open = None
        role = role.strip()
        if role == "system" and self.messages:
            yield from self.finish()
        self.messages.append({"role": role, "content": content.strip()})


def parse_chatml(text: str) -> list[dict[str, str]]:
    """The turns of one conversation. Raises ValueError with the problem, without the text."""
    reader = ChatMLReader()
    found = [item for line in text.splitlines(keepends=True) for item in reader.feed(line)]
    found += reader.finish()
    if len(found) != 1 or found[0][1]:
        raise ValueError(found[0][1] if found and found[0][1] else "holds more than one conversation or none")
    return found[0][0]


# As in collections of preference pairs: "\n\nHuman: …\n\nAssistant: …".
_SPEAKER = re.compile(r"(?:\A\s*|\n\s*\n)(Human|User|Assistant|System): ?")


def is_dialogue(text: str) -> bool:
    """Whether a text is a dialogue with the labels ``Human:`` and ``Assistant:``."""
    return _SPEAKER.match(text) is not None and "\n\nAssistant:" in text


def parse_dialogue(text: str) -> list[dict[str, str]]:
    """The turns of a dialogue; the last one is empty where an answer is expected."""
    _, *parts = _SPEAKER.split(text)
    return [{"role": name.lower(), "content": content.strip()} for name, content in zip(parts[::2], parts[1::2], strict=True)]


def chatml(source: ObjectSource) -> Iterator[LoaderRow]:
    """ChatML text with any number of conversations."""
    reader, number = ChatMLReader(source.limits.row_characters), 0
    with open_text(source) as handle:
        for _, line in lines(handle, source.limits.row_characters):
            if line is None:
                reader.problem, line = source.too_long, ""
            for messages, problem in reader.feed(line):
                number += 1
                yield _conversation(number, messages, problem)
        for messages, problem in reader.finish():
            yield _conversation(number + 1, messages, problem)


def _conversation(number: int, messages: list[dict[str, str]], problem: str) -> LoaderRow:
    place = f"conversation {number}"
    return Broken(place, problem) if problem else Loaded(place, {"messages": messages})


def text(source: ObjectSource) -> Iterator[LoaderRow]:
    """Plain text, cut into pieces at paragraph ends; only paragraphs longer than a piece are divided."""
    number = size = 0
    piece: list[str] = []
    with open_text(source) as handle:
        for place, line in lines(handle, source.limits.row_characters):
            if line is None:
                yield Broken(f"line {place}", source.too_long)
                continue
            for part in _parts(line):
                if size + len(part) > _PIECE or (size > _GOOD_END and not part.strip()):
                    if row := _piece(number, piece):
                        number += 1
                        yield row
                    piece, size = [], 0
                piece.append(part)
                size += len(part)
        if row := _piece(number, piece):
            yield row


def _piece(number: int, piece: list[str]) -> Loaded | None:
    said = "".join(piece).strip()
    return Loaded(f"piece {number + 1}", {"text": said}) if said else None


def _parts(line: str) -> Iterator[str]:
    """A line; if it is longer than a piece, its parts, cut at spaces."""
    place = 0
    while len(line) - place > _PIECE:
        end = line.rfind(" ", place, place + _PIECE) + 1 or place + _PIECE
        yield line[place:end]
        place = end
    yield line[place:]
