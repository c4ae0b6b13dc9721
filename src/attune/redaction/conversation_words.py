"""Phrases that mention a crisis, abuse or a goal, in English, Spanish and German.

They tag and sort records. They are not a clinical instrument, and no decision about a person is based on them.
"""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(patterns) + r")")  # for lower-cased text: three times as fast as IGNORECASE


CRISIS = _any(
    r"(?:kill|hurt|harm|cut(?:ting)?) (?:my ?self|me)\b",
    r"suicid\w*",
    r"end (?:it all|my life)\b",
    r"(?:don['’]?t|do not|dont) want to (?:live|be alive|be here|wake up)\b",
    r"want(?:ed)? to die\b",
    r"better off (?:dead|without me)\b",
    r"no reason to live\b",
    r"self[- ]?harm\w*",
    r"(?:he|she|they|partner\]?) (?:hit|hits|choked|chokes|strangled|beat|beats|threatens|threatened) me\b",
    r"(?:afraid|scared) (?:for my life|of what (?:he|she|they)(?: might|['’]ll| will) do)",
    r"quitarme la vida\b",
    r"suicidi\w+",
    r"no quiero (?:vivir|seguir viviendo)\b",
    r"quiero morir(?:me)?\b",
    r"hacerme daño\b",
    r"me (?:pega|golpea|golpeó|amenaza)\b",
    r"(?:mich|mir) (?:umbringen|das leben nehmen|etwas antun|verletzen)\b",
    r"nicht mehr (?:leben|weiterleben)\b",
    r"selbstmord\w*",
    r"suizid\w*",
    r"(?:er|sie) (?:schlägt|bedroht|würgt) mich\b",
)

GOAL = _any(
    r"my goal",
    r"i(?:['’]m| am)? (?:want|trying|try|hope|plan|hoping|planning|working|determined) (?:to|on)\b",
    r"i(?:['’]d| would) like to\b",
    r"we (?:want|plan|hope|decided) to\b",
    r"mi (?:meta|objetivo)",
    r"quiero (?:lograr|aprender|mejorar|cambiar|ser|poder)\b",
    r"mein ziel",
    r"ich (?:möchte|will|versuche|nehme mir vor)\b",
)


# Every match of an expression contains one of these; most texts contain none, and then the expression need not run.
_REQUIRED_WORDS = {
    CRISIS: (
        "myself", "my self", "kill me", "hurt me", "harm me", "cut me", "cutting me", "suic", "end it all", "end my life",
        "want to live", "want to be", "want to wake", "want to die", "wanted to die", "better off", "no reason", "self",
        "hit me", "hits me", "choke", "strangled", "beat me", "beats me", "threaten", "scared", "afraid", "vida", "vivir",
        "viviendo", "morir", "daño", "me pega", "me golpe", "me amenaza", "leben", "umbringen", "antun", "verletzen",
        "selbstmord", "suizid", "schlägt", "bedroht", "würgt",
    ),
}  # fmt: skip


def mentions(pattern: re.Pattern[str], text: str) -> bool:
    """Whether ``text`` matches ``pattern``, ignoring case."""
    lower = text.lower()
    needed = _REQUIRED_WORDS.get(pattern)
    if needed is None:
        return pattern.search(lower) is not None
    for word in needed:
        if word in lower:
            return pattern.search(lower) is not None
    return False
