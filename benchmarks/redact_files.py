"""Memory and speed of ``attune redact`` on one large file: what is redacted piece by piece needs memory for one piece.

    python benchmarks/redact_files.py [--megabytes 100] [--format jsonl] [--names lists]

Writes files of a tenth of the size and of the whole size, redacts each in a process of its own, and prints peak resident memory
beside the rate in CPU time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

LINES = (
    "We keep having the same argument about money and I never know how to end it without one of us leaving the room.",
    "he says that everything is fine, and then he sleeps on the couch for a week",
    "My sister Priya told me that he was seen with somebody else on Friday night.",
    "You can call me at 415-555-0132 after work if that is easier.",
    "she wants kids and i am not sure that i ever will, so every talk about the future ends badly",
    "Is it normal to feel relieved when your partner goes away for a few days?",
)
WORKER = """
import resource, sys, time
from pathlib import Path
from attune.config.params import RedactParams
from attune.redaction.command import redact_document
started = time.process_time()
pieces = sum(1 for one in redact_document(Path(sys.argv[1]), RedactParams(names=sys.argv[2])))
print(pieces, time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def write(file: Path, size: int) -> None:
    """Records of about 100 words until the file has ``size`` bytes."""
    with file.open("w", encoding="utf-8") as out:
        at = written = 0
        if file.suffix == ".csv":
            written += out.write("id,text\n")
        while written < size:
            text = " ".join(LINES[(at + step) % len(LINES)] for step in range(6))
            line = {".jsonl": json.dumps({"id": at, "text": text}), ".csv": f'{at},"{text}"'}.get(file.suffix, text)
            written += out.write(line + "\n")
            at += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--format", choices=("jsonl", "txt", "csv"), default="jsonl")
    parser.add_argument("--names", choices=("lists", "model"), default="lists")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for megabytes in (max(1, arguments.megabytes // 10), arguments.megabytes):
            file = Path(folder, f"{megabytes}.{arguments.format}")
            write(file, megabytes * 1_000_000)
            ran = subprocess.run(
                [sys.executable, "-c", WORKER, str(file), arguments.names], capture_output=True, text=True, check=True
            )
            pieces, seconds, peak = map(float, ran.stdout.split())
            rate = f"{pieces / seconds:8,.0f} pieces/s a core, {megabytes / seconds:5.2f} MB/s"
            print(f"{file.name:12s} {pieces:10,.0f} pieces   {rate}   peak resident {peak:6.0f} MiB")
            file.unlink()


if __name__ == "__main__":
    main()
