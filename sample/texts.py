"""The languages of the sample: their grammars, and how they speak of a partner and of other people."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from sample.grammar import Grammar, Random, load_grammar, with_capitals
from sample.identifiers import pick
from sample.lexicon import read_sections

# Uneven on purpose: more than half of the scenarios are under-represented (below 5 %).
SCENARIOS = {
    "communication": 16.0, "trust": 9.0, "money": 8.5, "breakup": 8.0, "parenting": 7.5, "housework": 7.0, "jealousy": 6.5,
    "intimacy": 6.0, "long_distance": 5.5, "loneliness": 5.5, "in_laws": 4.2, "work_stress": 3.5, "infidelity": 3.0,
    "boundaries": 2.8, "moving_in": 2.2, "dating": 2.0, "gratitude": 1.6, "grief": 1.2, "wedding": 1.0, "blended_family": 0.8,
}  # fmt: skip
CONTEXT_NAMES = frozenset(
    [
        "P",
        "Y",
        "PD",
        "PA",
        "YD",
        "whom",
        "he",
        "him",
        "his",
        "himself",
        "He",
        "Him",
        "His",
        "T",
        "TY",
        "t_he",
        "V",
        "K",
        "K2",
        "N",
    ]
)
_FILES = {
    "en": ("common.txt", "scenarios_1.txt", "scenarios_2.txt", "identifiers.txt", "health.txt", "families.txt"),
    "es": ("all.txt",),
    "de": ("all.txt",),
}
_PRONOUNS: dict[str, dict[str, dict[str, str]]] = {
    "en": {
        "male": {"he": "he", "him": "him", "his": "his", "himself": "himself"},
        "female": {"he": "she", "him": "her", "his": "her", "himself": "herself"},
    },
    "es": {
        "male": {"he": "él", "him": "lo", "his": "su", "himself": "sí mismo"},
        "female": {"he": "ella", "him": "la", "his": "su", "himself": "sí misma"},
    },
    "de": {
        "male": {"he": "er", "him": "ihm", "his": "sein", "himself": "sich", "whom": "ihn"},
        "female": {"he": "sie", "him": "ihr", "his": "ihr", "himself": "sich", "whom": "sie"},
    },
}
# relationship -> (of a woman, of a man); German with its three cases (nominative, dative, accusative)
_PARTNER_WORDS = {
    "en": {
        "married": ("wife", "husband"), "engaged": ("fiancée", "fiancé"), "dating": ("girlfriend", "boyfriend"),
        "cohabiting": ("girlfriend", "boyfriend"), "long_distance": ("girlfriend", "boyfriend"), "separated": ("wife",
        "husband"), "open": ("partner", "partner"),
    },
    "es": {
        "married": ("esposa", "marido"), "engaged": ("prometida", "prometido"), "dating": ("novia", "novio"),
        "cohabiting": ("pareja", "pareja"), "long_distance": ("novia", "novio"), "separated": ("esposa", "marido"),
        "open": ("pareja", "pareja"),
    },
    "de": {
        "married": ("Frau", "Mann"), "engaged": ("Verlobte", "Verlobter"), "dating": ("Freundin", "Freund"),
        "cohabiting": ("Freundin", "Freund"), "long_distance": ("Freundin", "Freund"), "separated": ("Frau", "Mann"),
        "open": ("Partnerin", "Partner"),
    },
}  # fmt: skip
_KIN: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {"female": ("sister", "cousin", "mom", "aunt", "best friend", "roommate", "coworker", "neighbor"),
           "male": ("brother", "cousin", "dad", "uncle", "best friend", "roommate", "coworker", "boss")},
    "es": {"female": ("hermana", "prima", "madre", "tía", "mejor amiga", "compañera", "vecina"),
           "male": ("hermano", "primo", "padre", "tío", "mejor amigo", "compañero", "jefe")},
    "de": {"female": ("Schwester", "Cousine", "Mutter", "Tante", "beste Freundin", "Kollegin", "Nachbarin"),
           "male": ("Bruder", "Cousin", "Vater", "Onkel", "bester Freund", "Kollege", "Chef")},
}  # fmt: skip
_MY = {"en": ("my", "my"), "es": ("mi", "mi"), "de": ("meine", "mein")}
_YOUR = {"en": ("your", "your"), "es": ("tu", "tu"), "de": ("Ihre", "Ihr")}


@dataclass(frozen=True)
class Language:
    """One language: its grammar and which scenarios it can write about, with cumulated weights."""

    code: str
    grammar: Grammar
    scenarios: tuple[str, ...]
    cumulated: tuple[float, ...]

    def scenario(self, rng: Random) -> str:
        """A scenario, by its weight."""
        return self.scenarios[bisect(self.cumulated, rng() * self.cumulated[-1])]

    def emoji(self, mood: str) -> tuple[str, ...]:
        """Emoji that suit a mood: sad or glad."""
        return _emoji()[mood]


@dataclass(frozen=True, slots=True)
class Third:
    """Somebody else in the conversation."""

    gender: str
    kin: str


@cache
def language(code: str) -> Language:
    """The language called ``code`` (ISO 639-1)."""
    grammar = load_grammar(code, _FILES[code], CONTEXT_NAMES)
    scenarios = tuple(name for name in SCENARIOS if f"{name}.open" in grammar.sections)
    return Language(code, grammar, scenarios, tuple(accumulate(SCENARIOS[name] for name in scenarios)))


def third_person(rng: Random, code: str) -> Third:
    """Who else plays a part: a sister, a boss, a friend."""
    gender = "female" if rng() < 0.5 else "male"
    return Third(gender, pick(rng, _KIN[code][gender]))


def speaking_of(
    code: str, relationship: str, gender: str, partner_name: str | None, third: Third, third_name: str | None
) -> dict[str, Any]:
    """What the templates' slots for people stand for in one conversation; the mapping is shared, copy it to change it.

    Args:
        code: language.
        relationship: type of the relationship, as in the partners table.
        gender: the partner's.
        partner_name: marked name; None: the partner is never named.
        third: somebody else.
        third_name: their marked name; None: never named.
    """
    base = _speaking_of_unnamed(code, relationship, gender, third)
    if partner_name is None and third_name is None:
        return base
    context = dict(base)
    for slots, name in ((("P", "Y", "PD", "PA", "YD"), partner_name), (("T", "TY"), third_name)):
        for slot in slots:
            if name is not None and slot in base:
                context[slot], context[f"{slot}^"] = _ways(base[slot][0], name), _ways(base[f"{slot}^"][0], name)
    return context


@cache
def _speaking_of_unnamed(code: str, relationship: str, gender: str, third: Third) -> dict[str, Any]:
    index = 1 if gender == "male" else 0
    word = _PARTNER_WORDS[code][relationship][index]
    third_index = 1 if third.gender == "male" else 0
    context: dict[str, Any] = dict(_PRONOUNS[code]["male" if index else "female"])
    context |= {"He": context["he"].capitalize(), "His": context["his"].capitalize(), "Him": context["him"].capitalize()}
    context["P"], context["Y"] = (f"{_MY[code][index]} {word}",), (f"{_YOUR[code][index]} {word}",)
    if code == "de":
        dative, accusative = (
            (f"meinem {_weak(word)}", f"meinen {_weak(word)}") if index else (f"meiner {word}", f"meine {word}")
        )
        context["PD"], context["PA"] = (dative,), (accusative,)
        context["YD"] = (f"Ihrem {_weak(word)}" if index else f"Ihrer {word}",)
    context["T"], context["TY"] = (f"{_MY[code][third_index]} {third.kin}",), (f"{_YOUR[code][third_index]} {third.kin}",)
    context["t_he"] = _PRONOUNS[code][third.gender]["he"]
    context["K"] = third.kin
    return with_capitals(context)


def _ways(words: str, name: str) -> tuple[str, ...]:
    return (words, name, name, f"{words} {name}")


def _weak(word: str) -> str:
    return "Verlobten" if word == "Verlobter" else word


@cache
def _emoji() -> dict[str, tuple[str, ...]]:
    sections = read_sections("en/common.txt")
    return {mood: tuple(sections[f"emoji_{mood}"]) for mood in ("sad", "glad")}
