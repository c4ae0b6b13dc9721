"""Writes one conversation: somebody with a trouble, and a coach who answers well, poorly or not at all."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, field
from typing import Any

from sample.grammar import Random, Section, expand
from sample.texts import Language
from sample.writing import type_out

# How the coach answers, with the share of each among conversations.
QUALITIES = {
    "good": 0.685, "fair": 0.085, "flat": 0.055, "generic": 0.035, "too_short": 0.03, "off_topic": 0.025, "no_question": 0.035,
    "ends_on_user": 0.03, "harmful": 0.004, "mixed": 0.016,
}  # fmt: skip
_QUALITY_NAMES = tuple(QUALITIES)
_QUALITY_LIMITS = tuple(sum(list(QUALITIES.values())[: index + 1]) for index in range(len(QUALITIES)))
_WELL = ("good", "no_question", "ends_on_user", "mixed")
_ROUND_LIMITS = (0.08, 0.34, 0.66, 0.86, 0.96, 1.0)  # 1, 2, 3 … rounds
LONG_SHARE = 0.025


@dataclass(slots=True)
class Draft:
    """A conversation in the making; its texts still carry the marks of planted values."""

    scenario: str
    language: str
    kind: str
    quality: str
    roles: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def add(self, role: str, text: str) -> None:
        """Append a message."""
        self.roles.append(role)
        self.texts.append(text)

    def users(self) -> list[int]:
        """Positions of the user's messages."""
        return [index for index, role in enumerate(self.roles) if role == "user"]


def draw_quality(rng: Random) -> str:
    """How the coach will answer."""
    return _QUALITY_NAMES[min(bisect(_QUALITY_LIMITS, rng()), len(_QUALITY_NAMES) - 1)]


class Dialogue:
    """Says one line after another without repeating a template before its section is used up."""

    def __init__(self, rng: Random, language: Language, scenario: str, context: dict[str, Any]) -> None:
        self.rng = rng
        self.language = language
        self.scenario = scenario
        self.context = dict(context)
        self.went_well = True
        self._sections = language.grammar.sections
        self._cursors: dict[str, list[Any]] = {}

    def say(self, part: str) -> str:
        """A line of ``part``: the scenario's own where it has some, else the common one."""
        cursor = self._cursors.get(part)
        if cursor is None:
            section: Section = self._sections.get(f"{self.scenario}.{part}") or self._sections[part]
            order = section.orders[int(self.rng() * len(section.orders))]
            cursor = self._cursors[part] = [section.nodes, order, 0]
        nodes, order, position = cursor
        cursor[2] = position + 1
        return expand(nodes[order[position % len(order)]], self.rng, self.context)

    def maybe(self, part: str, chance: float) -> str:
        """A line and a blank, or nothing."""
        return f"{self.say(part)} " if self.rng() < chance else ""

    def filled(self, part: str, value: str) -> str:
        """A line of ``part`` with ``value`` in its slot V."""
        self.context["V"] = self.context["V^"] = value
        return self.say(part)


def write_dialogue(dialogue: Dialogue, quality: str, *, long: bool, check_in: bool) -> Draft:
    """Write a conversation in which the coach answers with ``quality``."""
    draft = Draft(dialogue.scenario, dialogue.language.code, "check_in" if check_in else "coaching", quality)
    rounds = 11 + int(dialogue.rng() * 9) if long else 1 + bisect(_ROUND_LIMITS, dialogue.rng())
    if check_in:
        rounds = min(rounds, 3)
        draft.add("assistant", dialogue.say("check_in_prompt"))
    plan = _plan(rounds)
    for number, step in enumerate(plan):
        draft.add("user", _user_line(dialogue, step, quality, check_in=check_in))
        if quality == "ends_on_user" and number == len(plan) - 1:
            break
        turn = quality
        if quality == "mixed":
            turn = "good" if dialogue.rng() < 0.5 else "flat"
        draft.add("assistant", _coach_line(dialogue, step, turn, last=number == len(plan) - 1))
    return draft


def style_users(draft: Draft, style: str, dialogue: Dialogue) -> None:
    """Give the user's messages the way in which this person types."""
    sad, glad = dialogue.language.emoji("sad"), dialogue.language.emoji("glad")
    positions = draft.users()
    for index in positions:
        emoji = glad if index == positions[-1] and len(positions) > 2 else sad
        draft.texts[index] = type_out(draft.texts[index], style, dialogue.rng, emoji)


def _plan(rounds: int) -> list[str]:
    short = {1: ["open"], 2: ["open", "detail"], 3: ["open", "detail", "outcome"], 4: ["open", "detail", "doubt", "outcome"]}
    if rounds in short:
        return short[rounds]
    middle = ["detail", "more", "advice", "doubt", "more_any", "advice", "doubt"]
    steps = [middle[index % len(middle)] for index in range(rounds - 4)]
    return ["open", *steps, "detail", "doubt", "outcome"]


def _user_line(dialogue: Dialogue, step: str, quality: str, *, check_in: bool) -> str:
    say, maybe = dialogue.say, dialogue.maybe
    if step == "open":
        if check_in:
            return say("check_in_reflection") + (f" {say('aside')}" if dialogue.rng() < 0.3 else "")
        extra = (
            f" {say('unique_plain')}" if dialogue.rng() < 0.16 and "unique_plain" in dialogue.language.grammar.sections else ""
        )
        tail = f" {say('aside')}" if dialogue.rng() < 0.6 else ""
        return f"{maybe('hello', 0.35)}{say('open')}{extra}{tail}"
    if step in ("detail", "advice"):
        return say("detail") + (
            f" {say('aside')}" if dialogue.rng() < 0.35 else f" {say('more')}" if dialogue.rng() < 0.3 else ""
        )
    if step in ("more", "more_any"):
        return say(step) + (f" {say('aside')}" if dialogue.rng() < 0.3 else "")
    if step == "doubt":
        return maybe("thanks", 0.5) + say("doubt")
    chances = {"good": 0.88, "mixed": 0.6, "fair": 0.5, "no_question": 0.6}
    ending = "outcome_good" if dialogue.rng() < chances.get(quality, 0.15) else "outcome_flat"
    if quality in ("harmful", "off_topic", "flat", "generic") and dialogue.rng() < 0.4:
        ending = "outcome_bad"
    dialogue.went_well = ending == "outcome_good"
    return maybe("thanks", 0.3) + say(ending)


def _coach_line(dialogue: Dialogue, step: str, quality: str, *, last: bool) -> str:
    if quality in _WELL:
        line = _good_line(dialogue, step, last=last)
        return _without_questions(line, dialogue) if quality == "no_question" else line
    say, maybe = dialogue.say, dialogue.maybe
    if quality == "fair":
        return (
            f"{maybe('validate', 0.7)}{say('flat')} {say('ask')}"
            if dialogue.rng() < 0.7
            else f"{say('validate')} {say('flat')}"
        )
    if quality == "flat":
        return f"{say('flat')} {say('flat_more')}" if dialogue.rng() < 0.7 else say("flat")
    if quality == "harmful":
        return f"{say('harmful')} {say('flat_more')}"
    return say({"generic": "generic", "too_short": "short", "off_topic": "off_topic"}[quality])


def _good_line(dialogue: Dialogue, step: str, *, last: bool) -> str:
    say, maybe, rng = dialogue.say, dialogue.maybe, dialogue.rng
    name = ""
    if "N" in dialogue.context and rng() < 0.25:
        name = f"{dialogue.context['N']}, "
    if step == "open":
        if last:
            return f"{_after(name, say('validate'))} {say('reflect')} {say('suggest')} {say('ask_try')}"
        return f"{_after(name, say('validate'))} {say('reflect') + ' ' if rng() < 0.75 else ''}{say('ask')}"
    if step in ("more", "more_any"):
        return f"{_after(name, say('hear_more'))} {say('reflect') + ' ' if rng() < 0.4 else ''}{say('ask')}"
    if step in ("detail", "advice"):
        return f"{_after(name, say('hear_more'))} {say('suggest')} {say('ask_try')}"
    if step == "doubt":
        return f"{maybe('validate', 0.3)}{_after(name, say('adapt'))} {say('adapt_ask')}"
    return _after(name, say("close" if dialogue.went_well else "close_soft"))


def _after(name: str, line: str) -> str:
    """``line`` after an address by name."""
    if not name or line.startswith(("I ", "I'")) or _is_planted(line):
        return name + line
    return name + line[:1].lower() + line[1:]


def _is_planted(line: str) -> bool:
    """Whether a line begins with a planted value, whose case must stay."""
    return bool(line) and line[0] >= "\ue000"


def _without_questions(line: str, dialogue: Dialogue) -> str:
    kept = [sentence for sentence in line.replace("? ", "?\n").replace(". ", ".\n").split("\n") if "?" not in sentence]
    text = " ".join(kept)
    return f"{text} {dialogue.say('no_question_end')}".strip()
