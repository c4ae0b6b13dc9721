"""Encoding repair beside ftfy's own ``fix_text``: what comes back, what is touched that was right, and records a second.

    python benchmarks/repair.py [--records 20000]

Sentences in many languages are damaged as software damages them (UTF-8 read as Windows-1252, Latin-1 or another one-byte table,
once or twice); a repair counts when exactly the sentence comes back (NFC). "Touched" counts sentences that were right and came
back changed (other than by NFC); for ftfy this includes its other services, such as straightening quotation marks.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import ftfy

from attune.text.repair import repair

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from sentences import RIGHT, damaged, tables


def ftfy_text(text: str) -> str:
    """Ftfy as it comes."""
    return unicodedata.normalize("NFC", ftfy.fix_text(text))


def ours(text: str) -> str:
    """What Attune does."""
    return repair(text)[0]


def rate(function: Callable[[str], str], texts: list[str]) -> float:
    """Texts a second of CPU time."""
    started = time.process_time()
    for text in texts:
        function(text)
    return len(texts) / (time.process_time() - started)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=20_000, help="texts of about 100 words for the speed")
    parser.add_argument("--missed", action="store_true", help="name the languages that are not brought back")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ftfy {ftfy.__version__}")
    sentences = [(language, unicodedata.normalize("NFC", text)) for language, texts in RIGHT.items() for text in texts]
    print(f"{len(sentences)} sentences in {len(RIGHT)} languages or styles")
    for layers in (1, 2):
        for table in tables():
            cases = [(language, text, wrong) for language, text in sentences if (wrong := damaged(text, table, layers))]
            mine = [ours(wrong) == text for _, text, wrong in cases]
            theirs = [ftfy_text(wrong) == ftfy_text(text) for _, text, wrong in cases]
            print(f"read as {table:8s} x{layers}: {len(cases):3d} damaged   brought back: attune {sum(mine):3d} "
                  f"({sum(mine) / len(cases):.3f})   ftfy {sum(theirs):3d} ({sum(theirs) / len(cases):.3f})")  # fmt: skip
            if arguments.missed:
                print("   ", ", ".join(sorted({case[0] for case, good in zip(cases, mine, strict=True) if not good})))
    touched = [(language, text) for language, text in sentences if ours(text) != text]
    theirs_touched = [text for _, text in sentences if ftfy_text(text) != text]
    print(f"right sentences touched: attune {len(touched)}, ftfy {len(theirs_touched)}, of {len(sentences)}")
    for language, _ in touched:
        print(f"    touched: {language}")
    plain = [f"We keep having the same argument about money, number {place}. " * 10 for place in range(arguments.records)]
    accented = [
        " ".join(text for _, text in sentences[place % 50 : place % 50 + 8]) for place in range(arguments.records // 20)
    ]
    broken = [damaged(text, "cp1252", 1) or text for text in accented]
    for name, texts in (("plain English", plain), ("many languages", accented), ("wrongly decoded", broken)):
        print(f"{name:16s} attune {rate(ours, texts):12,.0f} records/s a core   ftfy {rate(ftfy_text, texts[:500]):9,.0f}")
    print(f"peak resident: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
