"""Markdown pages as the tests of the documentation see them: code blocks, code spans, shell commands, links and headings."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SHELL = ("console", "bash", "sh")

_FENCE = re.compile(r"^ {0,3}(`{3,})\s*(\w*)")
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$")
_PLACEHOLDER = re.compile(r"<([\w -]+)>")
_OPERATOR = re.compile(r"[();<>|&]+")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_BEFORE_A_COMMAND = ("export", "nice", "time", "sudo", "then", "do", "$", "{")
_OUR_PROGRAM = re.compile(r"(\.venv/bin/)?(attune|make|python3?) \S")
ANYTHING = "…"


@dataclass(frozen=True)
class Block:
    """A fenced code block; ``line`` is that of its first line of code."""

    page: Page
    line: int
    language: str
    text: str
    marker: str = ""  # the HTML comment on the line before the fence, such as "run"


@dataclass(frozen=True)
class Command:
    """A shell command as its words, without variables before it."""

    line: int
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        """The name of the program, without its folder."""
        return self.words[0].rsplit("/", 1)[-1]

    @property
    def text(self) -> str:
        """The command, for a message."""
        return " ".join(self.words)


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    def __str__(self) -> str:
        return self.path.relative_to(REPOSITORY).as_posix()

    @cached_property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[Block]:
        """The fenced code blocks."""
        found: list[Block] = []
        fence, language, start, marker = "", "", 0, ""
        lines = self.text.splitlines()
        for number, line in enumerate(lines, 1):
            match = _FENCE.match(line)
            if not fence and match:
                fence, language, start = match[1], match[2], number + 1
                comment = re.fullmatch(r"<!-- *([\w ]+?) *-->", lines[number - 2]) if number > 1 else None
                marker = comment[1] if comment else ""
            elif fence and line.strip() == fence:
                found.append(Block(self, start, language, "\n".join(lines[start - 1 : number - 1]), marker))
                fence = ""
        assert not fence, f"{self}:{start - 1}: the code block is never closed"
        return found

    @cached_property
    def prose(self) -> str:
        """The text with code blocks blanked, line by line, so that positions stay."""
        lines = self.text.splitlines()
        for block in self.blocks:
            for number in range(block.line - 2, block.line + len(block.text.splitlines())):
                lines[number] = ""
        return "\n".join(lines)

    @cached_property
    def spans(self) -> list[tuple[int, str]]:
        """Inline code, with its line; a span that wraps is joined."""
        found, offset = [], 0
        for paragraph in re.split(r"(\n\s*\n)", self.prose):
            for match in _SPAN.finditer(paragraph):
                line = self.prose.count("\n", 0, offset + match.start()) + 1
                found.append((line, " ".join(match[1].split()).replace("\\|", "|")))
            offset += len(paragraph)
        return found

    @cached_property
    def commands(self) -> list[Command]:
        """The commands of shell blocks, and lines of other blocks and inline code that begin with a program of ours."""
        found = [command for block in self.blocks if block.language in SHELL for command in _of_block(block)]
        plain = [block for block in self.blocks if not block.language]
        lines = [(line, text) for block in plain for line, text in enumerate(block.text.splitlines(), block.line)]
        for line, text in [*self.spans, *lines]:
            if _OUR_PROGRAM.match(text):
                found += [Command(line, words) for words in split_commands(text)]
        return found

    @cached_property
    def links(self) -> list[tuple[int, str]]:
        """The targets of links and images, with their lines."""
        text = _SPAN.sub(lambda match: " " * len(match[0]) if "](" in match[0] else match[0], self.prose)
        return [(text.count("\n", 0, match.start()) + 1, match[1]) for match in _LINK.finditer(text)]

    @cached_property
    def anchors(self) -> set[str]:
        """What ``#…`` in a link may name: the headings, as GitHub spells them."""
        seen: Counter[str] = Counter()
        found = set()
        for line in self.prose.splitlines():
            if match := _HEADING.match(line):
                words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1]).replace("`", "")
                slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
                found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
                seen[slug] += 1
        return found


def pages() -> list[Page]:
    """The pages that people read: README, CONTRIBUTING and everything in ``docs/``."""
    return [Page(REPOSITORY / name) for name in ("README.md", "CONTRIBUTING.md")] + [
        Page(path) for path in sorted((REPOSITORY / "docs").glob("**/*.md"))
    ]


def _of_block(block: Block) -> Iterator[Command]:
    """The commands of a block; where lines begin with ``$``, the others are output."""
    lines = block.text.splitlines()
    prompted = any(line.startswith("$ ") for line in lines)
    pending, start = "", 0
    for number, line in enumerate(lines, block.line):
        if prompted and not pending and not line.startswith("$ "):
            continue
        start = start if pending else number
        pending += line.removeprefix("$ ") if not pending else f"\n{line}"
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        try:
            commands = list(split_commands(pending))
        except ValueError:
            continue  # a quotation that goes on in the next line
        yield from (Command(start, words) for words in commands)
        pending = ""
    assert not pending, f"{block.page}:{start}: is not a shell command: {pending.splitlines()[0]}"


def split_commands(text: str) -> Iterator[tuple[str, ...]]:
    """The commands that a line of shell runs, each as its words; ``<name>`` is a placeholder."""
    lexer = shlex.shlex(_PLACEHOLDER.sub(ANYTHING, text), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for token in [*lexer, ";"]:
        if not _OPERATOR.fullmatch(token):
            words.append(token)
            continue
        while words and (_ASSIGNMENT.match(words[0]) or words[0] in _BEFORE_A_COMMAND):
            words.pop(0)
        if words:
            yield tuple(words)
        words = []
