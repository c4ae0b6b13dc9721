"""How well the offline scorer parts good replies from poor ones, and how fast the step score is.

    python benchmarks/score.py [--counsel-chat FILE] [--records SHARD_SET ...]

Quality: the area under the ROC curve (the chance that a good reply gets a higher number than a poor one, ties count half) on
text that the scorer was not made from: hand-written pairs (tests/data/replies), and the half of the counsel-chat answers that
the table of :mod:`attune.steps.score.fluency` did not see. Speed: records a second of CPU time, in one process.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import random
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from tools.train_fluency import rows

from attune.config.params import ScoreParams
from attune.records.shards import open_set
from attune.runtime import engine
from attune.runtime.step import Context
from attune.steps.score import step as score_step
from attune.steps.score.conversation_columns import columns_from_lists
from attune.steps.score.offline_scorer import OfflineRatings, rate_conversations

REPLIES = Path(__file__).parents[1] / "tests" / "steps" / "score" / "replies"
GENERIC = (
    "Every couple has problems. Communication is the key to success.",
    "Thank you for sharing. I am here to help. Let me know if you need anything else.",
    "It is important to take care of yourself and to have a healthy lifestyle.",
    "There are many resources available. Please consult a professional for more information.",
    "Everything happens for a reason. Stay positive and things will work out in the end.",
    "Relationships need work from both sides. Try to find a good balance.",
)
COLD = (
    "This is a common problem. Make a plan and follow it.",
    "You are overreacting. Get over it and move on.",
    "Statistics show that most cases resolve within a year. No action is required.",
    "The first option costs more. The second option takes longer. Choose one.",
    "Calm down. Other people have it worse.",
    "Sleep eight hours, exercise three times a week, and reduce sugar.",
    "That was your own decision, so the consequences were predictable.",
    "See a doctor for a prescription. Insurance usually covers it.",
    "Write a list of tasks and complete them in order of priority.",
    "The term for this is attachment avoidance. It is described in the literature.",
)
Pair = tuple[str, str, str]  # language, prompt, reply


def auc(good: Sequence[float], poor: Sequence[float]) -> float:
    """Area under the ROC curve."""
    order = np.sort(np.asarray(poor))
    below = np.searchsorted(order, good, "left")
    equal = np.searchsorted(order, good, "right") - below
    return float((below + equal / 2).sum() / (len(good) * len(poor)))


def scores(pairs: Sequence[Pair]) -> OfflineRatings:
    """What the offline scorer says of each."""
    talks = [[{"role": "user", "content": prompt}, {"role": "assistant", "content": reply}] for _, prompt, reply in pairs]
    return rate_conversations(columns_from_lists(talks), [language for language, _, _ in pairs])


def hand_written(name: str) -> tuple[list[Pair], list[Pair]]:
    """The good and the poor replies of a file of pairs."""
    with (REPLIES / name).open(encoding="utf-8", newline="") as handle:
        lines = list(csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [(line[0], line[1], line[2]) for line in lines], [(line[0], line[1], line[3]) for line in lines]


def shuffled_words(text: str, generator: random.Random) -> str:
    words = text.split()
    generator.shuffle(words)
    return " ".join(words)


def pieces(text: str, generator: random.Random) -> str:
    """Pieces of words, as a badly trained model with a BPE vocabulary says them."""
    parts = [word[start : start + 3] for word in text.split() for start in range(0, len(word), 3)]
    generator.shuffle(parts)
    found = [generator.choice(("", " ", " ")) + part for part in parts]
    return "".join(found).strip()[: len(text)] + "."


def cut(text: str, generator: random.Random) -> str:
    words = text.split()
    return " ".join(words[: max(1, int(len(words) * generator.uniform(0.3, 0.7)))]).rstrip(".!?…")


def loop(text: str, _: random.Random) -> str:
    first = text.split(". ")[0][:120]
    return f"{first}. " * 6


def damaged(real: Sequence[Pair], damage: Callable[[str, random.Random], str]) -> list[Pair]:
    generator = random.Random(7)
    return [(language, prompt, damage(reply, generator)) for language, prompt, reply in real]


def swapped(real: Sequence[Pair]) -> list[Pair]:
    """Each reply under a prompt that it does not belong to."""
    generator = random.Random(7)
    found = []
    for language, prompt, _ in real:
        others = [pair for pair in real if pair[1] != prompt and pair[0] == language]
        found.append((language, prompt, generator.choice(others)[2]))
    return found


def table(real: Sequence[Pair], cold: Sequence[Pair]) -> None:
    """Print the AUC against each kind of poor reply."""
    good = scores(real)
    kinds: dict[str, list[Pair]] = {
        "words shuffled": damaged(real, shuffled_words),
        "pieces of words": damaged(real, pieces),
        "cut off": damaged(real, cut),
        "one sentence repeated": damaged(real, loop),
        "generic reply": [
            (language, prompt, GENERIC[place % len(GENERIC)]) for place, (language, prompt, _) in enumerate(real)
        ],
        "reply to another prompt": swapped(real),
    }
    pooled: list[float] = []
    for name, poor in kinds.items():
        values = scores(poor).coherence
        pooled += list(values)
        print(f"  coherence  {name:28s} {auc(good.coherence, values):.3f}   reach 0.8: {np.mean(values >= 0.8):.2f}")
    reach = np.mean(good.coherence >= 0.8)
    print(f"  coherence  {'all of these':28s} {auc(good.coherence, pooled):.3f}   good reach 0.8: {reach:.2f}")
    values = scores(cold).empathy
    print(
        f"  empathy    {'cold reply':28s} {auc(good.empathy, values):.3f}   reach 0.7: {np.mean(values >= 0.7):.2f}, "
        f"good {np.mean(good.empathy >= 0.7):.2f}"
    )


def quality(counsel_chat: Path | None) -> None:
    """Print every AUC."""
    warm, cold = hand_written("warm_and_cold.tsv")
    coherent, incoherent = hand_written("incoherent.tsv")
    for language in ("en", "es", "de"):
        print(f"hand-written, {language}: {sum(pair[0] == language for pair in warm)} warm and cold, "
              f"{sum(pair[0] == language for pair in coherent)} coherent and incoherent")  # fmt: skip
        mine, theirs = ([pair for pair in some if pair[0] == language] for some in (coherent, incoherent))
        good, poor = scores(mine), scores(theirs)
        print(f"  coherence  {'incoherent, by hand':28s} {auc(good.coherence, poor.coherence):.3f}")
        table([pair for pair in warm if pair[0] == language], [pair for pair in cold if pair[0] == language])
    if counsel_chat is None:
        return
    for half, name in ((1, "not seen"), (0, "seen by the fluency table")):
        real = [("en", row["question"], row["answer"]) for row in rows(counsel_chat, half)]
        print(f"counsel-chat, the half {name}: {len(real)} answers")
        table(real, [(language, prompt, COLD[place % len(COLD)]) for place, (language, prompt, _) in enumerate(real)])


def speed(folders: Sequence[str]) -> None:
    """Print records a second of CPU time."""
    inputs = [open_set(folder) for folder in folders]
    context = engine.with_reference_time(Context(), inputs)
    tables = [part for item in inputs for part in item.tables()]
    count = sum(part.num_rows for part in tables)
    for _ in range(3):
        started = time.process_time()
        prepared = score_step.prepare(inputs, ScoreParams())
        middle = time.process_time()
        for part in tables:
            score_step.score(part, prepared, context)
        ended = time.process_time()
    print(f"{count:,} records: statistics {count / (middle - started):,.0f}/s, scoring {count / (ended - middle):,.0f}/s, "
          f"both {count / (ended - started):,.0f} records/s a core (third of three passes)")  # fmt: skip
    print(f"peak resident: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counsel-chat", type=Path, help="counselchat-data.csv")
    parser.add_argument("--records", nargs="*", default=[], help="shard sets to score for the speed")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    quality(arguments.counsel_chat)
    if arguments.records:
        speed(arguments.records)


if __name__ == "__main__":
    main()
