"""Category (B7) and complexity of a record, by simple rules.

Category, the first rule that holds:

1. ``safety_ethics``: the family is about safety, the record is tagged ``crisis``, or a reply refers the user to emergency help.
2. ``personalization``: the replies mention at least two different facts about this user (placeholders such as [User],
   [Partner] or [CITY_1], or "you mentioned …").
3. ``instruction_following``: the user opens by asking what to do or for something to be made ("how do I …", "help me …").
4. ``contextual_understanding``: the conversation has at least 5 turns, so that a reply must use the context.
5. ``empathetic_dialogue``: the replies are empathic (the threshold of B3).
6. ``instruction_following``: everything else.

Complexity starts at 1 and gains one for each of: 5 turns or more; 12 turns or more; 80 words or more by the user;
two themes or more; a crisis. The maximum is 5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from attune.config.params import ScoreParams
from attune.redaction.placeholders import EXPRESSION, PLACEHOLDER
from attune.steps.score.conversation_columns import (
    ASSISTANT,
    END,
    START,
    USER,
    ConversationColumns,
    Flags,
    Floats,
    Messages,
    Numbers,
    columns_from_lists,
    contains,
    re2,
)

_SAFETY_FAMILIES = frozenset({"safety_guardrails", "edge_case_crisis"})
_CONTEXT_TURNS = 5
_LONG_TURNS = 12
_MANY_WORDS = 80
_PARTICULARS = 2
_MANY_THEMES = 2
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
    columns: ConversationColumns,
    families: Sequence[str],
    tags: Sequence[Sequence[str] | None],
    empathy: Floats,
    params: ScoreParams,
) -> list[str]:
    """The category of each record; an unknown empathy (NaN) counts as below the threshold."""
    replies = columns.where(ASSISTANT)
    safety = columns.count(replies, columns.matches(_whole(_EMERGENCY), replies)) > 0
    recalls = columns.count(replies, columns.matches(_whole(_RECALLS), replies)) > 0
    particulars = _different_placeholders(columns, replies) + recalls
    instruction = _opens_with_instruction(columns)
    many_turns = columns.turns() >= _CONTEXT_TURNS
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
    return categories(columns_from_lists([messages]), [family], [tags], np.array([empathy]), params)[0]


def complexities(columns: ConversationColumns, tags: Sequence[Sequence[str] | None]) -> Numbers:
    """The complexity of each conversation, 1 to 5."""
    said = columns.joined(USER)
    count = columns.turns()
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
    return int(complexities(columns_from_lists([messages]), [tags])[0])


def _whole(pattern: str) -> str:
    """The pattern, limited to whole words of a folded text."""
    return START + re2(pattern) + END


def _opens_with_instruction(columns: ConversationColumns) -> Flags:
    said = columns.where(USER)
    first = said[np.unique(columns.record[said], return_index=True)[1]]
    found = np.zeros(columns.rows, np.bool_)
    found[columns.record[first]] = columns.matches(_whole(_INSTRUCTION), first)
    return found


def _different_placeholders(columns: ConversationColumns, replies: Numbers) -> Numbers:
    """Number of different placeholders in the replies of each conversation."""
    with_some = replies[columns.matches(EXPRESSION, replies, folded=False)]
    different = {
        (int(columns.record[message]), mark)
        for message, text in zip(with_some, columns.text.take(with_some).to_pylist(), strict=True)
        for mark in PLACEHOLDER.findall(text)
    }
    return np.bincount(np.array([record for record, _ in different], np.int64), minlength=columns.rows)
