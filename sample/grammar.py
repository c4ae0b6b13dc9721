"""A small phrase grammar: ``{a|b}`` picks one, ``{name}`` is a section or something of the conversation.

A template is compiled once to a ``%`` pattern and its slots, so that writing a sentence costs a few list look-ups: the sample
has to be written at thousands of conversations a second.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sample.lexicon import read_sections

Random: TypeAlias = Callable[[], float]
# A node is a plain string or (pattern, slots); a slot is a tuple of nodes or the name of something in the context.
Node: TypeAlias = Any
Context: TypeAlias = Mapping[str, Any]

_ORDERS = 24
_VALUES = "_value"  # sections that end so hold values; all others hold sentences
_SENTENCE_ENDS = (". ", "? ", "! ")


@dataclass(frozen=True)
class Section:
    """Alternatives and some fixed orders to go through them without repeating one."""

    nodes: tuple[Node, ...]
    orders: tuple[tuple[int, ...], ...]


class Grammar:
    """The compiled sections of one language.

    Args:
        sections: templates by section name.
        context_names: slots that the conversation fills (``P``, ``he`` …); any other slot must be a section.

    Raises:
        ValueError: a template names a slot that is neither.
    """

    def __init__(self, sections: Mapping[str, Sequence[str]], context_names: frozenset[str]) -> None:
        self._texts = sections
        self._context_names = context_names
        self._compiled: dict[tuple[str, bool], tuple[Node, ...]] = {}
        shuffler = random.Random(0)  # noqa: S311 (nothing secret)
        self.sections = {}
        for name in sections:
            nodes = self._section(name, capital=not name.endswith(_VALUES))
            orders = tuple(tuple(shuffler.sample(range(len(nodes)), len(nodes))) for _ in range(_ORDERS))
            self.sections[name] = Section(nodes, orders)

    def _section(self, name: str, *, capital: bool) -> tuple[Node, ...]:
        key = (name, capital)
        if key not in self._compiled:
            self._compiled[key] = tuple(self._compile(line, capital=capital) for line in self._texts[name])
        return self._compiled[key]

    def _compile(self, template: str, *, capital: bool) -> Node:
        """``capital``: the template stands at the start of a sentence, so what comes first in it gets a capital."""
        pattern, slots = "", []
        position = 0
        while position < len(template):
            if template[position] != "{":
                end = template.find("{", position)
                end = len(template) if end < 0 else end
                literal = template[position:end]
                pattern += (_capitalized(literal) if capital and not pattern else literal).replace("%", "%%")
                position = end
                continue
            end = _closing(template, position)
            starts = pattern.endswith(_SENTENCE_ENDS) or (not pattern and capital)
            slots.append(self._slot(template[position + 1 : end], template, capital=starts))
            pattern += "%s"
            position = end + 1
        return (pattern, tuple(slots)) if slots else pattern.replace("%%", "%")

    def _slot(self, inside: str, template: str, *, capital: bool) -> Any:
        options = _alternatives(inside)
        if len(options) > 1:
            return tuple(self._compile(option, capital=capital) for option in options)
        if inside in self._context_names:
            return f"{inside}^" if capital else inside
        if inside in self._texts:
            return self._section(inside, capital=capital)
        raise ValueError(f"unknown slot {{{inside}}} in: {template}")


def expand(node: Node, rng: Random, context: Context) -> str:
    """Write one node out with the randomness of ``rng`` and the conversation's ``context``."""
    if node.__class__ is str:
        return node
    pattern, slots = node
    values = []
    for slot in slots:
        options = context[slot] if slot.__class__ is str else slot
        choice = options if options.__class__ is str else options[int(rng() * len(options))]
        values.append(choice if choice.__class__ is str else expand(choice, rng, context))
    return pattern % tuple(values)  # type: ignore[no-any-return]


def with_capitals(context: dict[str, Any]) -> dict[str, Any]:
    """``context`` with ``name^`` for each name: the same with a capital, for the start of a sentence."""
    for name, value in list(context.items()):
        if isinstance(value, str):
            context[f"{name}^"] = _capitalized(value)
        else:
            context[f"{name}^"] = tuple(_capitalized(option) for option in value)
    return context


def load_grammar(language: str, files: Sequence[str], context_names: frozenset[str]) -> Grammar:
    """The grammar of ``text/<language>/<file>`` for all ``files``."""
    return Grammar(read_sections(*(f"{language}/{file}" for file in files)), context_names)


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _closing(template: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(template)):
        depth += {"{": 1, "}": -1}.get(template[position], 0)
        if depth == 0:
            return position
    raise ValueError(f"unbalanced braces in: {template}")


def _alternatives(inside: str) -> list[str]:
    options, depth, start = [], 0, 0
    for position, character in enumerate(inside):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "|" and depth == 0:
            options.append(inside[start:position])
            start = position + 1
    return [*options, inside[start:]]
