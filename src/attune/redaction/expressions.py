"""What the tables of structured identifiers are made of: one kind's expression, what it needs, and pieces that they share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

#: A checked number (Luhn, mod 97, …) wins over a cued one, that over a mere form, that over a loose one.
CHECKED, CUED, FORM, LOOSE = 90, 80, 70, 60


@dataclass(frozen=True)
class Pattern:
    """One way in which an identifier is written.

    Attributes:
        group: what is replaced, when the expression also matches a cue around it.
        cues: lower-case words one of which the text must hold; empty: tried on every text that reaches its table.
    """

    type: str
    expression: re.Pattern[str]
    priority: int
    valid: Callable[[str], bool] | None = None
    group: int | str = 0
    cues: frozenset[str] = frozenset()


def pattern(
    kind: str,
    expression: str,
    priority: int,
    valid: Callable[[str], bool] | None = None,
    group: int | str = 0,
    *,
    cues: str = "",
    flags: int = re.I,
) -> Pattern:
    """A pattern from the source of its expression; ``cues`` are words with blanks between."""
    return Pattern(kind, re.compile(expression, flags), priority, valid, group, frozenset(cues.split()))


def cues_of(patterns: tuple[Pattern, ...]) -> frozenset[str]:
    """Every cue of a table."""
    return frozenset().union(*(one.cues for one in patterns))


#: Where a cue begins and ends: also inside ``user_phone`` and ``"account-number":``.
START, END = r"(?<![^\W_])", r"(?![^\W_])"

#: What stands between a label and its value: "my number is", "No.:", ``_number": "``, "# ".
IS = (
    r"(?:[\s_-]*(?:numbers?|num|code|id|nummer|número|numero|n[ro][.:]|n[ro]\b|n[º°])|\s*#)?[\"']?\s?[,;]?\s*"
    r"(?:\b(?:is|was|are|es|ist|it's|its)\b|['’]s\b|:|=|-|–|→|->)?\s*[\"'#(]{0,2}\s*"
)

#: Top-level domains that people have addresses under; ``is_domain`` looks at those that are words too.
TLD = (
    r"(?:com|org|net|edu|gov|mil|int|info|biz|name|pro|museum|coop|aero|jobs|mobi|travel|app|dev|xyz|online|site|website|space|shop|store|blog|page"
    r"|link|club|health|care|life|live|family|tech|cloud|world|today|news|email|agency|studio|design|digital|media|solutions|services|systems|group"
    r"|consulting|company|center|fun|top|vip|wiki|social|network|house|love|dating|support|works|zone|berlin|london|nyc|example|test|eu|asia|cat"
    r"|a[cdefgilmoqrtuwxz]|b[abdefghijmnorstvwyz]|c[acdfghiklmnoruvwxyz]|d[ejkmoz]|e[ceges]|f[ijkmor]|g[abdefghilmnpqrstuwy]|h[kmnrtu]|i[delmnoqrst]"
    r"|j[emop]|k[eghimnprwyz]|l[abcikrstuvy]|m[aceghklmnopqrstuvwxyz]|n[aceflgopruz]|om|p[aefghklmnrstw]|qa|r[eosuw]|s[abcdegiklmnorstvxyz]"
    r"|t[cdfghjklmnortvwz]|u[agksyz]|v[aceginu]|w[fs]|y[et]|z[amw])"
)


_ANY_DIGIT = re.compile(r"\d")


def any_digit(text: str) -> bool:
    """Whether a digit of any script is in ``text``; in plain text ten looks are several times faster than an expression."""
    if text.isascii():
        return (
            "1" in text
            or "2" in text
            or "0" in text
            or "3" in text
            or "5" in text
            or "4" in text
            or "6" in text
            or "7" in text
            or "8" in text
            or "9" in text
        )
    return _ANY_DIGIT.search(text) is not None
