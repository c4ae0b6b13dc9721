# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Labelled training texts of the name model: templates filled with names and words, with the variations of real typing."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attune.redaction.lexicon import Lexicon, fold
from tools.train_names import formats, hand_lists, ordinary, templates
from tools.train_names.lexicon import faker_names
from tools.train_names.places import CITIES

_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(Fs|[A-Za-z])\}")
_FIRST_LETTER = re.compile(r"^[^\w{]*[a-zà-ÿ]")
_TITLES = re.compile(r"\b(dr|mr|mrs|ms|prof)\b")
_LABELS = {
    "P": "PER",
    "F": "PER",
    "L": "PER",
    "N": "PER",
    "f": "PER",
    "Fs": "PER",
    "A": "ADDR",
    "O": "ORG",
    "S": "ORG",
    "C": "LOC",
}
_SYLLABLES = "ba be bi bo bra ca ce cha da de do dra el en fa fi ga ge gra ha he ja je jo ka ke ki ko la le li lo lu ma me mi mo na ne ni no o pa pe ra re ri ro sa se sha ta te ti to tri va ve vi wa ya yo za ze zo".split()  # fmt: skip
_ENDINGS = "a ah an ara ek el en ene ia ian ie ik ila in ina io is ita lyn na on or ra rick ro ron s ski son stein sen ton us vic wood y yn".split()

# The share of texts with capitals in which some sentences have none.
_MIXED = 0.3
# The share of names in lower case among capitalized words, as phones leave names that they do not know.
_LOWER_CASE_NAMES = 0.12


@dataclass(frozen=True)
class Labelled:
    """A text and the spans of its names, addresses, organizations and places."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


@dataclass
class _Piece:
    text: str
    spans: list[tuple[int, int, str]]


class TextMaker:
    """Generates labelled texts from a random generator."""

    def __init__(self, lexicon: Lexicon, generator: random.Random) -> None:
        self._random = generator
        first, last = faker_names()
        self._first = [name for name in first if len(name) < 14] + [
            name.capitalize() for name in hand_lists.ROMANIZED_FIRST * 2
        ]
        self._nicknames = [name.capitalize() for name in hand_lists.NICKNAMES]
        self._last = [name for name in last if len(name) < 16] + [name.title() for name in hand_lists.ROMANIZED_LAST * 3]
        self._common = [name for name in self._first if fold(name) in lexicon.well_known]
        self._words = {tier: sorted(w for w, t in lexicon.tiers.items() if t == tier and w.isalpha()) for tier in range(1, 9)}
        self._groups = [
            (_lines(templates.PERSON), 0.35), (_lines(formats.FORMATS), 0.15), (_lines(templates.NEGATIVE), 0.23), (_lines(formats.NO_NAMES), 0.04),
            (_lines(ordinary.ORDINARY), 0.11), (_lines(templates.ADDRESS), 0.04), (_lines(templates.ORGANIZATION), 0.045), (_lines(templates.PLACE), 0.035),
        ]  # fmt: skip
        verbs = [word for tier in (2, 3, 4) for word in self._words[tier] if _verb(word, lexicon)]
        self._verbs = {"b": verbs, "d": [_past(verb) for verb in verbs], "g": [_continuous(verb) for verb in verbs]}
        self._verbs = {form: [word for word in words if word in lexicon.tiers] for form, words in self._verbs.items()}
        self._telling = sorted(lexicon.ambiguous & lexicon.first) + sorted(set(hand_lists.NAMES_BEFORE_WORDS) & lexicon.first)
        # "Peregrine", "Young", "Iria": rare words and words of other languages that are also names.
        self._words_as_first = [word.capitalize() for tier in (6, 7, 8) for word in self._words[tier] if 3 < len(word) < 10]
        self._words_as_last = [
            word.capitalize() for word in sorted(lexicon.last) if lexicon.tiers.get(word, 9) in (2, 3, 4, 5, 6)
        ]
        self._not_names = [word for word in hand_lists.NOT_NAMES if len(word) > 2]
        self._names_as_words = [word for word in hand_lists.AMBIGUOUS if lexicon.tiers.get(word, 9) <= 6]

    def texts(self, count: int) -> Iterator[Labelled]:
        """Generate ``count`` texts."""
        for _ in range(count):
            yield self._text()

    def _text(self) -> Labelled:
        roll = self._random.random()
        style = "lower" if roll < 0.36 else "upper" if roll < 0.40 else "sentence"
        names = [self._given() for _ in range(3)]
        count = self._random.choice((1, 1, 2, 2, 3, 4, 5))
        # Many people write some sentences of a message without capitals, most of all the signature.
        mixed = style == "sentence" and count > 1 and self._random.random() < _MIXED
        pieces = [
            self._lower_case(names) if mixed and self._random.random() < 0.4 else self._piece(style, names)
            for _ in range(count)
        ]
        joiner = self._random.choice((" ", "\n") if mixed else (" ", " ", " ", "\n"))
        text, spans = "", []
        for piece in pieces:
            if text:
                text += joiner if text[-1] in ".!?\n" or (style == "lower" and self._random.random() < 0.4) else f".{joiner}"
            spans += [(start + len(text), end + len(text), label) for start, end, label in piece.spans]
            text += piece.text
        if style == "upper":
            upper = text.upper()
            text = upper if len(upper) == len(text) else text
        if style == "lower":
            lower = text.lower()
            text = lower if len(lower) == len(text) else text
        return Labelled(text, tuple(spans))

    def _lower_case(self, names: Sequence[str]) -> _Piece:
        """A piece without capitals."""
        piece = self._piece("lower", names)
        lower = piece.text.lower()
        return _Piece(lower, piece.spans) if len(lower) == len(piece.text) else piece

    def _piece(self, style: str, names: Sequence[str]) -> _Piece:
        lines, _ = self._random.choices(self._groups, [weight for _, weight in self._groups])[0]
        line = self._random.choice(lines)
        while _CHOICE.search(line):
            line = _CHOICE.sub(lambda match: self._random.choice(match.group(1).split("|")), line)
        line = re.sub(r"\s+", " ", line).strip().replace("\\n", "\n")
        ends = self._random.random()
        if ends < 0.5 and line[-1:].isalnum():
            line += self._random.choice(("", ".", ".", "!", "?", "..."))
        return self._fill(self._cased(line, style), style, names)

    def _cased(self, line: str, style: str) -> str:
        if style == "sentence" and self._random.random() < 0.92:
            line = _FIRST_LETTER.sub(lambda match: match.group().upper(), line)
            line = re.sub(r"(?<=[.!?] )[a-z]|\bi\b(?=[ ',])", lambda match: match.group().upper(), line)
            if self._random.random() < 0.8:
                line = _TITLES.sub(lambda match: match.group().capitalize(), line)
                line = re.sub(
                    r"\b(aunt|uncle|pastor|coach|judge|father|officer|grandma|grandpa|miss|professor) (?=\{)",
                    lambda m: m.group().capitalize(),
                    line,
                )
                line = re.sub(
                    r"\b(?:january|february|march|april|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|christmas|easter|catholic)\b",
                    lambda m: m.group().capitalize(),
                    line,
                )
        return line

    def _fill(self, line: str, style: str, names: Sequence[str]) -> _Piece:
        text, spans, position = "", [], 0
        for match in _SLOT.finditer(line):
            text += self._misspelt(line[position : match.start()])
            value = self._value(match.group(1), style, names)
            if not text.strip() and style == "sentence" and match.group(1) in "wyxm":
                value = value[:1].upper() + value[1:]
            label = _LABELS.get(match.group(1))
            if label:
                spans.append((len(text), len(text) + len(value), label))
            text += value
            position = match.end()
        return _Piece(text + self._misspelt(line[position:]), spans)

    def _value(self, slot: str, style: str, names: Sequence[str]) -> str:
        draw = self._random
        if slot in ("P", "F", "N", "L", "f", "Fs"):
            return self._name(slot, style, names)
        if slot == "A":
            return self._address()
        if slot in ("O", "S"):
            return self._organization(slot)
        if slot == "C":
            return draw.choice(CITIES)
        if slot == "w" and draw.random() < 0.1:
            return draw.choice((draw.choice(templates.EMOTIONS), draw.choice(templates.NUISANCE_WORDS)))
        if slot in ("w", "W"):
            word = draw.choice(self._words[draw.choices((1, 2, 3, 4, 5, 6, 7), (16, 16, 26, 18, 13, 9, 2))[0]])
            return word.capitalize() if slot == "W" or draw.random() < 0.02 else word
        if slot in ("y", "Y"):
            word = draw.choice(self._words[8])
            return word.capitalize() if slot == "Y" else word
        if slot in ("m", "M"):
            word = draw.choice(self._names_as_words)
            return word.capitalize() if slot == "M" else word
        if slot == "x":
            word = draw.choice(self._not_names)
            return (
                word if draw.random() < 0.25 else word.upper() if len(word) < 5 and draw.random() < 0.5 else word.capitalize()
            )
        if slot == "n":
            return str(draw.choice((2, 3, 4, 5, 6, 8, 10, 12, 15, 19, 22, 25, 27, 31, 34, 38, 42, 2015, 2019, 2021)))
        if slot in self._verbs:
            return draw.choice(self._verbs[slot])
        if slot == "z":
            return (
                self._typo(draw.choice(self._words[5]))
                if draw.random() < 0.3
                else draw.choice(self._words[draw.choice((6, 7))])
            )
        lists = {"k": templates.KIN, "t": templates.TIMES, "e": templates.EMOTIONS, "v": templates.VERBS_ING}
        return draw.choice(lists[slot])

    def _given(self) -> str:
        roll = self._random.random()
        if roll < 0.03:
            return self._invented()
        if roll > 0.92:
            return self._random.choice(self._telling if roll > 0.945 else self._words_as_first).capitalize()
        return self._random.choice(self._nicknames if roll < 0.18 else self._common if roll < 0.55 else self._first)

    def _invented(self) -> str:
        parts = [self._random.choice(_SYLLABLES) for _ in range(self._random.choice((1, 1, 2)))]
        return ("".join(parts) + self._random.choice(_ENDINGS)).capitalize()

    def _surname(self) -> str:
        roll = self._random.random()
        if roll < 0.03:
            return self._invented()
        name = self._random.choice(self._words_as_last if roll > 0.9 else self._last)
        return f"{name}-{self._random.choice(self._last)}" if self._random.random() < 0.02 else name

    def _name(self, slot: str, style: str, names: Sequence[str]) -> str:
        draw = self._random
        given = draw.choice(names) if draw.random() < 0.5 else self._given()
        if slot == "L":
            name = self._surname()
        elif slot == "N" or (slot == "P" and draw.random() < 0.45) or (slot == "F" and draw.random() < 0.08):
            middle = draw.random()
            between = f" {draw.choice('ABCDEFGHJKLMNPRST')}." if middle < 0.06 else f" {self._given()}" if middle < 0.11 else ""
            name = f"{given}{between} {self._surname()}"
        else:
            name = given if draw.random() > 0.03 else f"{given} {draw.choice('ABCDFGHJKLMPRST')}."
        if slot == "Fs":
            name = given + "s"
        if draw.random() < 0.1 or (style == "lower" and draw.random() < 0.5):
            name = "".join(fold(part) if part.islower() else fold(part).capitalize() for part in re.split(r"(\W+)", name))
        if draw.random() < 0.04:
            name = self._typo(name)
        if slot == "f" or (style == "sentence" and draw.random() < _LOWER_CASE_NAMES):
            name = name.lower()
        return name.strip()

    def _address(self) -> str:
        draw = self._random
        street = draw.choice((self._surname(), draw.choice(self._words[5]).capitalize(), draw.choice("Oak Maple Park Main Cedar Elm Lake Hill Washington High Church Station Mill River Sunset".split())))  # fmt: skip
        number = draw.choice(
            (str(draw.randint(1, 99)), str(draw.randint(100, 9999)), f"{draw.randint(1, 99)}{draw.choice('ABC')}")
        )
        text = f"{number} {draw.choice(('', '', '', 'N ', 'West ', 'E. '))}{street} {draw.choice(templates.STREET_TAILS)}"
        text += draw.choice(
            (
                "",
                "",
                f", Apt {draw.randint(1, 40)}",
                f" apt {draw.randint(1, 40)}B",
                f" #{draw.randint(1, 99)}",
                f", Unit {draw.randint(1, 20)}",
            )
        )
        roll = draw.random()
        if roll < 0.45:
            text += f", {draw.choice(CITIES)}"
            text += draw.choice(
                (
                    "",
                    f", {draw.choice('CA NY TX FL IL WA OR OH GA NC MI'.split())} {draw.randint(10000, 99999)}",
                    f" {draw.randint(10000, 99999)}",
                )
            )
        elif roll < 0.55:
            text = f"{self._surname()}{draw.choice(('straße', 'strasse', 'weg', 'platz', 'str.'))} {draw.randint(1, 140)}, {draw.randint(10000, 99999)} {draw.choice(CITIES)}"
        elif roll < 0.65:
            text = f"{draw.choice(('Calle', 'Avenida', 'Plaza', 'Calle de', 'Rue de', 'Via'))} {self._surname()} {draw.randint(1, 140)}, {draw.choice(CITIES)}"
        return text

    def _organization(self, slot: str) -> str:
        draw = self._random
        stem = draw.choice((self._surname(), f"{self._surname()} & {self._surname()}", draw.choice(self._words[6]).capitalize(), f"{draw.choice(self._words[5]).capitalize()} {draw.choice(self._words[5]).capitalize()}", self._invented(), draw.choice(CITIES)))  # fmt: skip
        if slot == "S":
            return draw.choice((f"{stem} {draw.choice(templates.SCHOOL_TAILS)}", f"University of {draw.choice(CITIES)}"))
        return f"{stem} {draw.choice(templates.ORGANIZATION_TAILS)}" if draw.random() < 0.75 else stem

    def _misspelt(self, text: str) -> str:
        if self._random.random() > 0.08:
            return text
        words = text.split(" ")
        at = self._random.randrange(len(words))
        if len(words[at]) > 3 and words[at].isalpha():
            words[at] = self._typo(words[at])
        return " ".join(words)

    def _typo(self, word: str) -> str:
        if len(word) < 4:
            return word
        at = self._random.randrange(1, len(word) - 1)
        kind = self._random.randrange(3)
        if kind == 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return word[:at] + word[at + 1 :] if kind == 1 else word[:at] + word[at] + word[at:]


def _lines(text: str) -> list[str]:
    return [line for line in text.strip().split("\n") if line]


def _verb(word: str, lexicon: Lexicon) -> bool:
    """Whether the lexicon also has the word in -ed and in -ing."""
    return len(word) > 2 and _past(word) in lexicon.tiers and _continuous(word) in lexicon.tiers and word not in lexicon.first


def _past(verb: str) -> str:
    return (
        f"{verb}d"
        if verb.endswith("e")
        else f"{verb[:-1]}ied"
        if verb.endswith("y") and verb[-2] not in "aeiou"
        else f"{verb}ed"
    )


def _continuous(verb: str) -> str:
    return f"{verb[:-1]}ing" if verb.endswith("e") else f"{verb}ing"
