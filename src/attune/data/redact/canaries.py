# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Canaries: synthetic people planted in copies of records before redaction, to measure how much gets through.

A canary's name is made of syllables, so that it is in no list and no database; its digits come from number ranges kept for
fiction where there are any. Copies are redacted like all else, looked at, and thrown away: none leaves this module.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from attune.core.params import RedactParams
from attune.core.step import Stats
from attune.data.redact.redactor import Redactor
from attune.data.redact.types import Known

Conversation = tuple[str, list[dict[str, str]], Known]

_STARTS = "Bel Cal Dar El Fen Gar Hal Jor Kel Lor Mar Nor Or Pel Quin Ras Sel Tam Ul Ver Wil Yar Zan".split()
_MIDDLES = ("", "a", "e", "i", "o", "ara", "eli", "ino")
_ENDS = "dra lin mira neth rick ron sa son tha trice vin wyn ya zel".split()
_SURNAMES = "Ashgrove Brenwick Calderstone Dunmarrow Elverson Farthingwell Greysmith Hollowell Kestrelby Larkensen Merrowitz Norvenko Oakhurstov Penbright Quillfeather Ravensby".split()

#: What a canary is and how it is written: type, style, and the sentence that carries it.
STYLES: tuple[tuple[str, str, str], ...] = (
    ("PERSON", "as_typed", "Yesterday {first} called me again and we talked."),
    ("PERSON", "lower_case", "told {first_lower} about it and it went ok"),
    ("PERSON", "possessive", "We stayed at {first}'s place last weekend."),
    ("PERSON", "full_name", "My friend {first} {last} thinks I should leave."),
    ("PERSON", "title", "Dr. {last} said that I need more sleep."),
    ("PERSON", "signature", "Thank you for everything.\n— {first}"),
    ("PERSON", "introduction", "hi, i'm {first_lower} and i need some advice"),
    ("EMAIL_ADDRESS", "as_typed", "You can write to {first_lower}.{last_lower}@example.com any time."),
    ("EMAIL_ADDRESS", "obfuscated", "my mail is {first_lower} dot {last_lower} at example dot com"),
    ("PHONE_NUMBER", "as_typed", "Call me at (212) 555-01{two} tonight."),
    ("PHONE_NUMBER", "dotted", "my cell is 212.555.01{two} text me"),
    ("PHONE_NUMBER", "international", "Outside the US it's +44 7700 9001{two}."),
    ("STREET_ADDRESS", "as_typed", "I moved to {number} {last} Street, Apt {two}."),
    ("CREDIT_CARD", "as_typed", "He used my card 4111 1111 1111 1111 without asking."),
    ("US_SSN", "as_typed", "They wanted my social, 219-09-99{two}, for the lease."),
    ("IBAN_CODE", "as_typed", "Bitte auf DE89 3704 0044 0532 0130 00 überweisen."),
    ("IP_ADDRESS", "as_typed", "The login came from 203.0.113.{two}."),
)  # fmt: skip


@dataclass(frozen=True)
class Canary:
    """One planted identity: the strings that must be gone, each apart."""

    kind: str
    style: str
    sentence: str
    secrets: tuple[str, ...]


def plant(conversations: Sequence[Conversation], params: RedactParams, redactor: Redactor, seed: int) -> Stats:
    """Plant canaries in copies of a sample of the conversations, redact these and count what survives.

    Which records are sampled and what is planted follows from the record's id and the seed alone. An identity that is left in
    a conversation which goes to review was ``held``: it reaches a person and no training set.
    """
    planted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for record_id, messages, known in conversations:
        draw = random.Random(f"canary:{seed}:{record_id}")  # noqa: S311 - a repeatable sample, no secret
        if not messages or draw.random() >= params.canary_rate:
            continue
        canary = make(draw)
        copies = [dict(message) for message in messages]
        users = [message for message in copies if message["role"] == "user"] or copies
        carrier = draw.choice(users)
        carrier["content"] = f"{carrier['content'].rstrip()}\n{canary.sentence}"
        redacted = redactor.redact(copies, known)
        left = "\n".join(message["content"] for message in redacted.messages).casefold()
        name = f"{canary.kind}/{canary.style}"
        planted[name] += 1
        gone = not any(secret.casefold() in left for secret in canary.secrets)
        found[name] += gone
        held[name] += not gone and redacted.pii_status == "requires_review"
    survived = {name: planted[name] - found[name] - held[name] for name in sorted(planted)}
    return {
        "planted": dict(sorted(planted.items())),
        "found": {name: found[name] for name in sorted(planted)},
        "held": {name: held[name] for name in sorted(planted)},
        "survived": survived,
    }


def make(draw: random.Random) -> Canary:
    """A canary of a random kind and style."""
    kind, style, sentence = draw.choice(STYLES)
    values = {
        "first": draw.choice(_STARTS) + draw.choice(_MIDDLES) + draw.choice(_ENDS),
        "last": draw.choice(_SURNAMES),
        "two": f"{draw.randrange(10, 100)}",
        "number": str(draw.randrange(100, 9900)),
    }
    values |= {"first_lower": values["first"].lower(), "last_lower": values["last"].lower()}
    secrets = {
        "PERSON": tuple(values[part] for part in ("first", "last") if f"{{{part}" in sentence),
        "EMAIL_ADDRESS": (values["last"],),
        "PHONE_NUMBER": (f"01{values['two']}",),
        "STREET_ADDRESS": (f"{values['number']} {values['last']}",),
        "CREDIT_CARD": ("4111 1111",),
        "US_SSN": (f"219-09-99{values['two']}",),
        "IBAN_CODE": ("3704 0044",),
        "IP_ADDRESS": (f"203.0.113.{values['two']}",),
    }
    return Canary(kind, style, sentence.format(**values), secrets[kind])


def upper_bound(survivors: int, planted: int, confidence: float = 0.95) -> float:
    """Exact one-sided upper bound (Clopper-Pearson) on the rate at which identities get through.

    The largest rate p at which as few as ``survivors`` of ``planted`` would still be seen with probability 1 - ``confidence``;
    found by bisection on the binomial distribution, so that nothing heavy is imported. 1.0 when nothing was planted.
    """
    if planted == 0 or survivors >= planted:
        return 1.0
    low, high = survivors / planted, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if _at_most(survivors, planted, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(successes: int, trials: int, rate: float) -> float:
    """The probability of ``successes`` or fewer in ``trials`` at ``rate``, by logarithms so that no term overflows."""
    from math import exp, lgamma, log, log1p

    if rate <= 0:
        return 1.0
    if rate >= 1:
        return 0.0
    total = 0.0
    for count in range(successes + 1):
        ways = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
        total += exp(ways + count * log(rate) + (trials - count) * log1p(-rate))
    return min(total, 1.0)
