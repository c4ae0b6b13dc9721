"""Speed and memory of redaction, per tier, beside Presidio's own analyzer on the same records, and quality on labelled data.

    python benchmarks/redact.py [--records 2000] [--dataset labelled.jsonl]

Records are conversations of about 100 words, made here: three in four name nobody, as in ordinary chat. One core, CPU time of
the process, so that a busy machine does not change the figures much.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from attune.config.params import RedactParams
from attune.redaction import addresses, known_identifiers, organizations, patterns, rescan
from attune.redaction.lexicon import forms_of
from attune.redaction.overlaps import resolve_overlaps
from attune.redaction.redactor import Redactor
from attune.redaction.types import Known, Span
from attune.text.repair import repair

ORDINARY = """
We keep having the same argument about money and I never know how to end it without one of us leaving the room.
i just feel like nobody listens to me when i say that i am tired and need some time for myself
Last weekend we tried to talk it through, but after ten minutes we were both shouting again.
He says that everything is fine, and then he sleeps on the couch for a week.
Is it normal to feel relieved when your partner goes away for a few days?
she wants kids and i am not sure that i ever will, so every talk about the future ends badly
My mother thinks we should see a counselor, my father thinks we should just get over it.
Thank you, that helps a lot. I will try to say it the way you said it and see what happens.
""".strip().split("\n")
PERSONAL = """
My sister {name} told me that he was seen with somebody else on Friday night.
hi, i'm {lower} and i need advice about my marriage
You can call me at 415-555-01{two} after work if that is easier.
We moved to {two} Larkspur Lane, Fenwick, OR 97201 two years ago and it went downhill from there.
told {lower} about it and now everybody at work knows
""".strip().split("\n")
NAMES = [
    "Priya",
    "Tomasz",
    "Siobhan",
    "Keisha",
    "Oluwaseun",
    "Marisol",
    "Jen",
    "Mike",
    "Thandolwethu",
    "Aoife",
    "Kwame",
    "Beatriz",
    "Haruto",
    "Zuleyka",
    "Brinleigh",
]


def records(count: int, words: int = 100) -> list[str]:
    draw = random.Random(11)
    made = []
    for _ in range(count):
        parts: list[str] = []
        while sum(len(part.split()) for part in parts) < words:
            parts.append(draw.choice(ORDINARY))
        if draw.random() < 0.25:
            name = draw.choice(NAMES)
            line = draw.choice(PERSONAL).format(name=name, lower=name.lower(), two=draw.randrange(10, 100))
            parts[draw.randrange(len(parts))] = line
        made.append(" ".join(parts))
    return made


def per_second(function: Callable[[list[str]], object], texts: list[str]) -> float:
    """Records a second of CPU time, in batches as the steps make them."""
    function(texts[:50])
    started = time.process_time()
    function(texts)
    return len(texts) / (time.process_time() - started)


def patterns_alone(texts: list[str], known_values: Known | None = None) -> list[list[Span]]:
    index = known_identifiers.gazetteer_of(known_values) if known_values else None
    found = []
    for text in texts:
        forms = frozenset(forms_of(text))
        words = frozenset(map(str.lower, forms))
        spans = [*patterns.find(text, words), *addresses.find(text, words), *organizations.find(text, words)]
        if index:
            spans += known_identifiers.find_all(text, forms, words, frozenset(), index)
        found.append(resolve_overlaps(spans, text))
    return found


def fresh(names: Literal["model", "lists"], known_values: Known) -> Callable[[list[str]], object]:
    """A redactor that has read nothing yet: what it keeps of one row of the table must not help the next."""
    redactor = Redactor(RedactParams(names=names))
    return lambda texts: redactor.redact_many([([{"role": "user", "content": text}], known_values) for text in texts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--dataset", type=Path, help="labelled JSON Lines, to print quality beside speed")
    arguments = parser.parse_args()
    texts = records(arguments.records)
    people = Known(
        user=("Sarah Chen",), partner=("William Ortiz",), emails=("sarah.chen@mail.example",), phones=("+1 212 555 0199",)
    )
    rows = [
        ("encoding repair", per_second(lambda batch: [repair(text) for text in batch], texts)),
        ("patterns alone", per_second(patterns_alone, texts)),
        ("patterns + known values", per_second(lambda batch: patterns_alone(batch, people), texts)),
        ("patterns + cues and lists of names", per_second(fresh("lists", Known()), texts)),
        ("  the same + known values", per_second(fresh("lists", people), texts)),
        ("default: + the name model", per_second(fresh("model", Known()), texts)),
        ("  the same + known values", per_second(fresh("model", people), texts)),
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    few = texts[: max(100, arguments.records // 10)]
    analyzer = rescan._analyzer()
    presidio = per_second(lambda batch: [analyzer.analyze(text=text, language="en") for text in batch], few)
    print(f"{platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores; one of them is used")
    print(f"{len(texts)} records, {sum(len(text.split()) for text in texts) / len(texts):.0f} words each")
    for name, figure in [*rows, ("Presidio's patterns", presidio)]:
        print(f"{name:36s} {figure:10,.0f} records/s a core   {figure / presidio:6.1f} x Presidio")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak resident: {before:.0f} MiB for redaction, {peak:.0f} MiB with Presidio")
    if arguments.dataset:
        from attune.redaction.evaluate import evaluate, read_cases

        figures = evaluate(read_cases(arguments.dataset), RedactParams())
        for kind, row in figures["types"].items():
            print(f"{kind:24s} " + "  ".join(f"{name} {value:g}" for name, value in row.items()))


if __name__ == "__main__":
    main()
