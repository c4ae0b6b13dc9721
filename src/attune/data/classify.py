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

from attune.core.params import ScoreParams

Messages = Sequence[Mapping[str, str]]

_SAFETY_FAMILIES = frozenset({"safety_guardrails", "edge_case_crisis"})
_CONTEXT_TURNS = 5
_LONG_TURNS = 12
_MANY_WORDS = 80
_PARTICULARS = 2
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Za-z]*(?:_[A-Z]+)*(?:_?\d+)?\]")
_RECALLS = re.compile(
    r"\b(?:you (?:mentioned|said|told me|wrote)|as you (?:said|described)"
    r"|your (?:anniversary|wedding|daughter|son|kids|mother|father|job)"
    r"|dijiste|mencionaste|me contaste|du hast (?:gesagt|erwähnt|erzählt)|wie du (?:sagst|schreibst))\b",
    re.IGNORECASE,
)
_EMERGENCY = re.compile(
    r"\b(?:988|911|112|116 ?123|hotline|crisis line|emergency (?:services|room)|línea de crisis|telefonseelsorge|notruf)\b",
    re.IGNORECASE,
)
_INSTRUCTION = re.compile(
    r"\b(?:how (?:do|can|to|should|would)|what (?:should|can|could|do|would)|should i"
    r"|help me (?:\w+ ){0,2}(?:write|plan|find|say|with|to)"
    r"|can you|could you|give me|show me|suggest|any (?:advice|tips|ideas)|advice|tips|steps|ideas for|write|draft|list|plan"
    r"|cómo (?:puedo|hago|debo|le)|qué (?:hago|puedo|debo|le)|dame|ayúdame|consejo"
    r"|wie (?:kann|soll|mache|sage)|was (?:kann|soll|mache)|hilf mir|gib mir|tipps?|ratschlag)\b",
    re.IGNORECASE,
)
_THEMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:money|debt|salary|paycheck|bills|budget|rent|savings|dinero|deuda|geld|schulden)\b",
        r"\b(?:kids?|child(?:ren)?|son|daughter|baby|parenting|hij[oa]s?|niñ[oa]s?|kinder?|tochter|sohn)\b",
        r"\b(?:cheat\w*|affair|unfaithful|lied|lying|trust|jealous\w*|infiel|celos|confianza|betrog\w+|vertrauen|eifers\w+)\b",
        r"\b(?:sex|sexual\w*|intima\w+|touch\w*|desire|libido|intimidad|nähe|zärtlich\w+)\b",
        r"\b(?:mother|father|parents|in-laws?|sister|brother|family|suegra|madre|padre|familia|schwiegermutter|vater|familie)\b",
        r"\b(?:job|work|boss|career|overtime|trabajo|jefe|arbeit|chef)\b",
        r"\b(?:divorce\w*|separat\w+|break ?up|broke up|leave (?:him|her|them)|divorci\w+|separar\w*|scheidung|trenn\w+)\b",
        r"\b(?:drink\w*|alcohol|drugs?|addict\w*|gambl\w+|beber|alcohol|drogas|trink\w+|alkohol|drogen)\b",
        r"\b(?:move|moved|moving|distance|far away|long[- ]distance|abroad|mudar\w*|distancia|umzug|fernbeziehung)\b",
        r"\b(?:anxi\w+|depress\w+|panic|therap\w+|ansiedad|depresi\w+|terapia|ängste|depressi\w+|therapie)\b",
        r"\b(?:dish(?:es|washer)?|chores|laundry|clean\w*|cook\w*|housework|tareas|limpi\w+|haushalt|putz\w+)\b",
    )
)


def category(family: str, tags: Sequence[str], messages: Messages, empathy: float, params: ScoreParams) -> str:
    """The category of a record."""
    replies = [message["content"] for message in messages if message["role"] == "assistant"]
    said = [message["content"] for message in messages if message["role"] == "user"]
    if family in _SAFETY_FAMILIES or "crisis" in tags or any(_EMERGENCY.search(reply) for reply in replies):
        return "safety_ethics"
    particulars = {found for reply in replies for found in _PLACEHOLDER.findall(reply)}
    particulars |= {"recalls" for reply in replies if _RECALLS.search(reply)}
    if len(particulars) >= _PARTICULARS:
        return "personalization"
    if said and _INSTRUCTION.search(said[0]):
        return "instruction_following"
    if turns(messages) >= _CONTEXT_TURNS:
        return "contextual_understanding"
    return "empathetic_dialogue" if empathy >= params.empathy_threshold else "instruction_following"


def complexity(tags: Sequence[str], messages: Messages) -> int:
    """How much a conversation asks of whoever answers, 1 to 5."""
    said = " ".join(message["content"] for message in messages if message["role"] == "user")
    count = turns(messages)
    points = (
        (count >= _CONTEXT_TURNS)
        + (count >= _LONG_TURNS)
        + (said.count(" ") + 1 >= _MANY_WORDS)
        + (sum(theme.search(said) is not None for theme in _THEMES) >= 2)
        + ("crisis" in tags)
    )
    return min(5, 1 + points)


def turns(messages: Messages) -> int:
    """User and assistant messages."""
    return sum(message["role"] != "system" for message in messages)
