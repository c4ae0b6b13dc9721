"""How often a name that the database knows is masked, by the form in which it is typed.

    python benchmarks/known_names.py [--names 20000]

Names come from Faker in twelve locales; each is planted in a sentence in up to eighteen forms.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator

from attune.config.params import RedactParams
from attune.redaction.known_names import DIMINUTIVES
from attune.redaction.lexicon import fold
from attune.redaction.redactor import Redactor
from attune.redaction.types import Known

LOCALES = ("en_US", "en_GB", "de_DE", "es_ES", "fr_FR", "en_IN", "pl_PL", "tr_TR", "it_IT", "pt_BR", "sv_SE", "nl_NL")
SENTENCES = (
    "talked to {x} about it yesterday",
    "{x} is the reason I'm here",
    "I don't know what {x} wants from me.",
    "we went home and {x} cried all night",
    "so {x} and i had another fight",
    "my mom told {x} to stop",
    "i love {x} but i can't go on",
    "Last night {x} left without a word.",
    "everything was ok until {x} came home drunk",
)
POSSESSIVE = ("{x} mother hates me", "I'm at {x} place right now", "we took {x} car")


def misspelt(name: str, draw: random.Random) -> str | None:
    """One letter swapped with the next, left out, doubled or wrong."""
    if len(name) < 5:
        return None
    at = draw.randrange(1, len(name) - 1)
    return draw.choice(
        (
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + draw.choice("aeiourstnl") + name[at + 1 :],
        )
    )


def forms(first: str, last: str, draw: random.Random) -> Iterator[tuple[str, str]]:
    """The forms of one name, each with what it is called."""
    yield from (("first", first), ("last", last), ("full", f"{first} {last}"), ("in capitals", first.upper()))
    yield from (("first, lower", first.lower()), ("last, lower", last.lower()), ("full, lower", f"{first} {last}".lower()))
    yield from (
        ("title", f"Dr. {last}"),
        ("title, lower", f"mrs {last.lower()}"),
        ("without accents", fold(first).capitalize()),
    )
    yield from (
        ("possessive", f"{first}'s"),
        ("possessive, lower", f"{first.lower()}'s"),
        ("possessive, bare", f"{first.lower()}s"),
    )
    yield from (("initial", f"{first[0]}. {last}"), ("reversed", f"{last}, {first}"))
    wrong = misspelt(first, draw)
    if wrong:
        yield from (("misspelt", wrong), ("misspelt, lower", wrong.lower()))
    for short in DIMINUTIVES.get(fold(first), ())[:1]:
        yield from (("short form", short.capitalize()), ("short form, lower", short))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=20_000, help="how many to plant")
    count = parser.parse_args().names
    from faker import Faker

    draw = random.Random(3)
    fakers = [Faker(locale) for locale in LOCALES]
    for faker in fakers:
        faker.seed_instance(5)
    items, planted = [], []
    while len(items) < count:
        faker = draw.choice(fakers)
        first, last = faker.first_name(), faker.last_name()
        known = Known(partner=(f"{first} {last}",))
        for kind, form in forms(first, last, draw):
            sentence = draw.choice(POSSESSIVE if kind.startswith("possessive") else SENTENCES)
            start = sentence.index("{x}")
            items.append(([{"role": "user", "content": sentence.replace("{x}", form)}], known))
            planted.append((kind, start, start + len(form)))
    support, masked = Counter[str](), Counter[str]()
    for (kind, start, end), result in zip(planted, Redactor(RedactParams()).redact_many(items), strict=True):
        support[kind] += 1
        masked[kind] += any(finding.start < end and start < finding.end for finding in result.findings)
    for kind in support:
        print(f"{kind:20s} {masked[kind] / support[kind]:.4f} of {support[kind]:6,}")
    print(f"{'all':20s} {masked.total() / support.total():.4f} of {support.total():6,}")


if __name__ == "__main__":
    main()
