"""Category (B7) and complexity of a record, by rules that a person can follow.

Category, the first that holds:

1. ``safety_ethics``: the family is about safety, the record is tagged ``crisis``, or a reply sends the user to emergency help.
2. ``personalization``: a reply speaks of at least two different particulars of this user (placeholders such as [User],
   [Partner] or [CITY_1], or "you mentioned …").
3. ``instruction_following``: the user opens by asking what to do or for something to be made ("how do I …", "help me …").
4. ``contextual_understanding``: the conversation has at least 5 turns, so that a reply must keep in mind what was said.
5. ``empathetic_dialogue``: the replies are empathic (the threshold of B3).
6. ``instruction_following``: everything else: somebody asks, and gets an answer.

Complexity starts at 1 and gains one for each of: 5 turns or more; 12 turns or more; 80 words or more said by the user;
two themes or more; a crisis. It ends at 5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow.compute as pc

from attune.config.params import ScoreParams
from attune.steps.score.conversations import (
    ASSISTANT,
    END,
    OTHER,
    PLACEHOLDER,
    START,
    USER,
    Conversations,
    Flags,
    Floats,
    Numbers,
    contains,
    from_lists,
    re2,
)

Messages = Sequence[Mapping[str, str]]

_SAFETY_FAMILIES = frozenset({"safety_guardrails", "edge_case_crisis"})
_CONTEXT_TURNS = 5
_LONG_TURNS = 12
_MANY_WORDS = 80
_PARTICULARS = 2
_MANY_THEMES = 2
_PLACEHOLDER = re.compile(PLACEHOLDER)
_RECALLS = (
    r"(?:you (?:mentioned|said|told me|wrote)|as you (?:said|described)"
    r"|your (?:anniversary|wedding|daughter|son|kids|mother|father|job)"
    r"|dijiste|mencionaste|me contaste|du hast (?:gesagt|erwähnt|erzählt)|wie du (?:sagst|schreibst))"
)
_EMERGENCY = r"(?:988|911|112|116 ?123|hotline|crisis line|emergency (?:services|room)|línea de crisis|telefonseelsorge|notruf)"
_INSTRUCTION = (
    r"(?:how (?:do|can|to|should|would)|what (?:should|can|could|do|would)|should i"
    r"|help me (?:\w+ ){0,2}(?:write|plan|find|say|with|to)"
    r"|can you|could you|give me|show me|suggest|any (?:advice|tips|ideas)|advice|tips|steps|ideas for|write|draft|list|plan"
    r"|cómo (?:puedo|hago|debo|le)|qué (?:hago|puedo|debo|le)|dame|ayúdame|consejo"
    r"|wie (?:kann|soll|mache|sage)|was (?:kann|soll|mache)|hilf mir|gib mir|tipps?|ratschlag)"
)
_THEMES = (
    r"(?:money|debt|salary|paycheck|bills|budget|rent|savings|dinero|deuda|geld|schulden)",
    r"(?:kids?|child(?:ren)?|son|daughter|baby|parenting|hij[oa]s?|niñ[oa]s?|kinder?|tochter|sohn)",
    r"(?:cheat\w*|affair|unfaithful|lied|lying|trust|jealous\w*|infiel|celos|confianza|betrog\w+|vertrauen|eifers\w+)",
    r"(?:sex|sexual\w*|intima\w+|touch\w*|desire|libido|intimidad|nähe|zärtlich\w+)",
    r"(?:mother|father|parents|in-laws?|sister|brother|family|suegra|madre|padre|familia|schwiegermutter|vater|familie)",
    r"(?:job|work|boss|career|overtime|trabajo|jefe|arbeit|chef)",
    r"(?:divorce\w*|separat\w+|break ?up|broke up|leave (?:him|her|them)|divorci\w+|separar\w*|scheidung|trenn\w+)",
    r"(?:drink\w*|alcohol|drugs?|addict\w*|gambl\w+|beber|alcohol|drogas|trink\w+|alkohol|drogen)",
    r"(?:move|moved|moving|distance|far away|long[- ]distance|abroad|mudar\w*|distancia|umzug|fernbeziehung)",
    r"(?:anxi\w+|depress\w+|panic|therap\w+|ansiedad|depresi\w+|terapia|ängste|depressi\w+|therapie)",
    r"(?:dish(?:es|washer)?|chores|laundry|clean\w*|cook\w*|housework|tareas|limpi\w+|haushalt|putz\w+)",
)


def categories(
    talk: Conversations, families: Sequence[str], tags: Sequence[Sequence[str] | None], empathy: Floats, params: ScoreParams
) -> list[str]:
    """The category of each record; an empathy that nobody knows (NaN) is not enough."""
    replies = talk.where(ASSISTANT)
    safety = talk.count(replies, talk.matches(_whole(_EMERGENCY), replies)) > 0
    recalls = talk.count(replies, talk.matches(_whole(_RECALLS), replies)) > 0
    particulars = _different_placeholders(talk, replies) + recalls
    instruction = _opens_with_instruction(talk)
    many_turns = turns(talk) >= _CONTEXT_TURNS
    found = []
    for place, family in enumerate(families):
        if family in _SAFETY_FAMILIES or "crisis" in (tags[place] or ()) or safety[place]:
            found.append("safety_ethics")
        elif particulars[place] >= _PARTICULARS:
            found.append("personalization")
        elif instruction[place]:
            found.append("instruction_following")
        elif many_turns[place]:
            found.append("contextual_understanding")
        else:
            found.append("empathetic_dialogue" if empathy[place] >= params.empathy_threshold else "instruction_following")
    return found


def category(family: str, tags: Sequence[str], messages: Messages, empathy: float, params: ScoreParams) -> str:
    """The category of one record."""
    return categories(from_lists([messages]), [family], [tags], np.array([empathy]), params)[0]


def complexities(talk: Conversations, tags: Sequence[Sequence[str] | None]) -> Numbers:
    """How much each conversation asks of whoever answers, 1 to 5."""
    said = talk.joined(USER)
    count = turns(talk)
    spaces = pc.count_substring(said, " ").to_numpy(zero_copy_only=False)
    themes = np.sum([contains(said, _whole(theme)) for theme in _THEMES], axis=0)
    crisis = np.array(["crisis" in (some or ()) for some in tags], np.bool_)
    points = (
        (count >= _CONTEXT_TURNS).astype(np.int64)
        + (count >= _LONG_TURNS)
        + (spaces + 1 >= _MANY_WORDS)
        + (themes >= _MANY_THEMES)
        + crisis
    )
    return np.asarray(np.minimum(5, 1 + points))


def complexity(tags: Sequence[str], messages: Messages) -> int:
    """The complexity of one conversation."""
    return int(complexities(from_lists([messages]), [tags])[0])


def turns(talk: Conversations) -> Numbers:
    """User and assistant messages of each conversation."""
    return np.bincount(talk.record[talk.role != OTHER], minlength=talk.rows)


def _whole(pattern: str) -> str:
    """The pattern as whole words of a folded text."""
    return START + re2(pattern) + END


def _opens_with_instruction(talk: Conversations) -> Flags:
    said = talk.where(USER)
    first = said[np.unique(talk.record[said], return_index=True)[1]]
    found = np.zeros(talk.rows, np.bool_)
    found[talk.record[first]] = talk.matches(_whole(_INSTRUCTION), first)
    return found


def _different_placeholders(talk: Conversations, replies: Numbers) -> Numbers:
    """How many different placeholders the replies of each conversation hold."""
    with_some = replies[talk.matches(PLACEHOLDER, replies, folded=False)]
    different = {
        (int(talk.record[message]), mark)
        for message, text in zip(with_some, talk.text.take(with_some).to_pylist(), strict=True)
        for mark in _PLACEHOLDER.findall(text)
    }
    return np.bincount(np.array([record for record, _ in different], np.int64), minlength=talk.rows)
