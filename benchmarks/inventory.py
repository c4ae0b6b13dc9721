"""Keys a second through the inventory, and its memory, beside a plain loop of fnmatch over the same keys.

    python benchmarks/inventory.py [--sizes 100000 1000000 10000000] [--naive 100000]

Writes an S3 Inventory as Amazon writes it (gzip CSV with URL-encoded keys, or Parquet; up to 1,000,000 rows a data file),
takes the inventory in a process of its own, and prints CPU time (not wall time, so that a busy machine does not change the
figures much) and peak resident memory. The loop stops at the first pattern that matches, and gets the keys unpacked.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import multiprocessing
import platform
import random
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from attune.redaction.lexicon import lexicon
from attune.steps.ingest.families import FamilyMap, load_families
from attune.steps.ingest.inventory import inventory

FAMILIES = Path(__file__).parents[1] / "sources" / "families.yaml"
KINDS = [
    "edge_case_crisis/crisis_chats_{}.jsonl",
    "edge_case_generator/2026/part-{}.jsonl",
    "edge_case_resulting_chats/run {}/chats.jsonl.gz",
    "sarcasm/sarcasm_{}.json",
    "training/voice_persona/session_{}.txt",
    "raw/video_transcripts/channel/{}.vtt",
    "safety_guardrails/guardrails_{}.csv",
    "mental_health_datasets/expert_curated_{}.jsonl",
    "roleplay/sessions-{}.parquet",
    "experimental/{}.jsonl",
    "backups/2025/dump-{}.tar.gz",
]
FILE_ROWS = 1_000_000


def keys_of(first: int, count: int) -> list[str]:
    draw = random.Random(first)
    return [draw.choice(KINDS).format(f"{number:08}") for number in range(first, first + count)]


def write_inventory(folder: Path, count: int, form: str) -> Path:
    (folder / "data").mkdir(parents=True)
    files = []
    for first in range(0, count, FILE_ROWS):
        keys = keys_of(first, min(FILE_ROWS, count - first))
        name = f"{first:010}.{'csv.gz' if form == 'CSV' else 'parquet'}"
        path = folder / "data" / name
        if form == "CSV":
            lines = "".join(f'"bucket","{key.replace(" ", "+")}","{len(key) * 1000}"\n' for key in keys)
            path.write_bytes(gzip.compress(lines.encode(), 1))
        else:
            pq.write_table(pa.table({"bucket": ["bucket"] * len(keys), "key": keys, "size": [1000] * len(keys)}), path)
        digest = hashlib.md5(path.read_bytes()).hexdigest()
        files.append({"key": f"data/{name}", "size": path.stat().st_size, "MD5checksum": digest})
    manifest = {
        "sourceBucket": "bucket", "destinationBucket": "arn:aws:s3:::reports", "version": "2016-11-30", "fileFormat": form,
        "fileSchema": "Bucket, Key, Size", "files": files,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder / "manifest.json"


def peak_mib() -> float:
    """Peak resident memory of this process (getrusage would tell of the process that it was forked from)."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def measure(manifest: Path, output: Path, workers: int) -> dict[str, float]:
    lexicon()  # read once a process, whatever the size
    families = load_families(str(FAMILIES))
    before = peak_mib()
    wall, cpu = time.perf_counter(), time.process_time()
    report = inventory([str(manifest)], str(output), families, workers=workers)
    return {
        "keys": report.numbers["objects"],
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "before": before,
        "peak": peak_mib(),
    }


def naive(keys: list[str], families: FamilyMap) -> float:
    started = time.process_time()
    counts: Counter[str] = Counter()
    for key in keys:
        if any(fnmatchcase(key, pattern) for pattern in families.ignore):
            continue
        entry = next((entry for entry in families.families if fnmatchcase(key, entry.pattern)), None)
        counts[entry.family if entry else ""] += 1
    return len(keys) / (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--formats", nargs="+", choices=["CSV", "Parquet"], default=["CSV", "Parquet"])
    parser.add_argument("--naive", type=int, default=100_000, help="keys of the fnmatch loop")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    families = load_families(str(FAMILIES))
    plain = naive(keys_of(0, arguments.naive), families)
    patterns = len(families.families) + len(families.ignore)
    print(f"{platform.platform()}, {multiprocessing.cpu_count()} cores, pyarrow {pa.__version__}, {patterns} patterns")
    print(f"a loop of fnmatch, {arguments.naive:,} keys: {plain:,.0f} keys/s a core")
    print("format        keys   CPU s  wall s   keys/s a core   x loop   peak MiB (before)")
    spawn = multiprocessing.get_context("spawn")
    for form in arguments.formats:
        for size in arguments.sizes:
            with tempfile.TemporaryDirectory() as folder:
                manifest = write_inventory(Path(folder) / "in", size, form)
                with ProcessPoolExecutor(1, mp_context=spawn) as executor:
                    found = executor.submit(measure, manifest, Path(folder) / "out", arguments.workers).result()
            rate = found["keys"] / found["cpu"]
            print(
                f"{form:8s} {found['keys']:10,.0f} {found['cpu']:7.1f} {found['wall']:7.1f} {rate:15,.0f} {rate / plain:8.1f} "
                f"{found['peak']:10.0f} ({found['before']:.0f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
