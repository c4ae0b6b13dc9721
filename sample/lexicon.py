"""Reads the sample's words: plain text files with ``[section]`` headings and one entry a line, beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

TEXT_FOLDER = Path(__file__).parent / "text"


def read_sections(*names: str) -> dict[str, list[str]]:
    """The sections of files under ``text/``, merged; lines that start with ``#`` are comments."""
    sections: dict[str, list[str]] = {}
    for name in names:
        current: list[str] = []
        for line in (TEXT_FOLDER / name).read_text(encoding="utf-8").splitlines():
            if line.startswith("[") and line.endswith("]"):
                current = sections.setdefault(line[1:-1], [])
            elif line and not line.startswith("#"):
                current.append(line)
    return sections


@dataclass(frozen=True)
class Culture:
    """Names of one culture; ``underscore`` in the file is a blank here."""

    name: str
    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """All cultures with their cumulated weights, for weighted choice by bisection."""

    cultures: tuple[Culture, ...]
    cumulated: tuple[float, ...]

    def by_name(self, name: str) -> Culture:
        """The culture called ``name``."""
        return next(culture for culture in self.cultures if culture.name == name)


@cache
def names() -> Names:
    """The name lists."""
    cultures, weights = [], []
    for heading, lines in read_sections("names.txt").items():
        name, weight = heading.split()
        lists = {}
        for line in lines:
            kind, _, words = line.partition(": ")
            lists[kind] = tuple(word.replace("_", " ") for word in words.split())
        cultures.append(Culture(name, **lists))
        weights.append(float(weight))
    return Names(tuple(cultures), tuple(accumulate(weights)))


@cache
def nicknames() -> tuple[dict[str, str], tuple[str, ...]]:
    """Short forms by given name, and names that friends give without any."""
    sections = read_sections("nicknames.txt")
    return dict(line.split(" ", 1) for line in sections["short"]), tuple(sections["pet"])


@cache
def places() -> dict[str, tuple[str, ...]]:
    """Parts of addresses, employers and schools."""
    return {name: tuple(lines) for name, lines in read_sections("places.txt").items()}
