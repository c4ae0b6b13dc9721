"""Speed, memory and recall of the step dedupe, beside datasketch and brute force on the same records.

    python benchmarks/dedupe.py --records 100000 200000 500000 1000000 --reference-records 10000

Prints tables. The input is made first, in a process of its own, and is no part of the figures. Resident memory is that of this
process and its workers together, sampled four times a second. Processor time is what a loaded machine changes least.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import combinations, pairwise
from multiprocessing import get_context
from pathlib import Path

import pyarrow.parquet as pq

from attune.config.params import DedupeParams, RunParams
from attune.records.shards import ShardSetWriter, open_set
from attune.runtime.resources import PeakMemory
from attune.runtime.step import Context
from attune.steps.dedupe.step import dedupe

_BATCH = 1_000
_THRESHOLD = 0.85
_NEAR = (0.80, 0.82, 0.84, 0.85, 0.86, 0.88, 0.90, 0.95, 1.0)  # similarity bands of the recall table
_TESTS = str(Path(__file__).parents[1] / "tests" / "support")


def make_input(folder: str, first: int, count: int, words: int, duplicates: float) -> None:
    """Write ``count`` records of about ``words`` words, a share of them exact or edited copies of one of the last 10,000."""
    sys.path.insert(0, _TESTS)
    from record_factory import AS_OF, edited, make_record, random_text

    from attune.records.record import RECORD_SCHEMA, to_table

    generator = random.Random(first)
    recent: list[str] = []
    with ShardSetWriter(folder, "score", RECORD_SCHEMA, 5_000, AS_OF) as writer:
        for start in range(first, first + count, _BATCH):
            records = []
            for number in range(start, min(start + _BATCH, first + count)):
                if recent and generator.random() < duplicates:
                    text = edited(generator, generator.choice(recent), generator.choice((0, 1, 1, 2, 3, 4, 6, 9)))
                else:
                    text = random_text(generator, generator.randint(words // 2, words + words // 2))
                recent.append(text)
                records.append(make_record(number, ["what now", text]))
            del recent[:-10_000]
            writer.write(to_table(records))


def made(folder: str, first: int, count: int, arguments: argparse.Namespace) -> str:
    process = get_context("spawn").Process(
        target=make_input, args=(folder, first, count, arguments.words, arguments.duplicates)
    )
    process.start()
    process.join()
    return folder


def cpu_seconds() -> float:
    """Processor time of this process and its finished children."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def with_attune(what: str, folder: str, output: str, workers: int, index: str = "") -> set[str]:
    params = DedupeParams(keep="keep_first", threshold=_THRESHOLD, index=index)
    with PeakMemory() as memory:
        started, cpu = time.perf_counter(), cpu_seconds()
        dedupe([folder], output, params, Context(workers=workers), run=RunParams())
        seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    kept = {name for table in open_set(output).tables(["record_id"]) for name in table.column("record_id").to_pylist()}
    row(what, open_set(folder).rows, seconds, cpu, memory.peak_bytes / 2**30, len(kept))
    return kept


def with_datasketch(records: list[dict[str, object]]) -> set[str]:
    """The same rule with datasketch: first come, first kept; candidates verified by exact Jaccard."""
    from datasketch import MinHash, MinHashLSH
    from record_factory import shingles, similarity

    started, cpu = time.perf_counter(), cpu_seconds()
    index = MinHashLSH(num_perm=128, params=(16, 8))
    sets: dict[str, frozenset[tuple[str, ...]]] = {}
    for record in records:
        name, own = str(record["record_id"]), shingles(record)
        signature = MinHash(num_perm=128)
        signature.update_batch([" ".join(item).encode() for item in own])
        if all(similarity(own, sets[other]) < _THRESHOLD for other in index.query(signature)):
            index.insert(name, signature)
            sets[name] = own
    row("datasketch, 1 process", len(records), time.perf_counter() - started, cpu_seconds() - cpu, None, len(sets))
    return set(sets)


def similar_pairs(records: list[dict[str, object]]) -> dict[tuple[str, str], float]:
    """Every pair of different texts with a similarity of 0.8 or more, by comparing all that share an n-gram."""
    from record_factory import shingles, similarity

    owners: dict[tuple[str, ...], list[str]] = {}
    sets: dict[str, frozenset[tuple[str, ...]]] = {}
    for record in records:
        name, own = str(record["record_id"]), shingles(record)
        sets[name] = own
        for item in own:
            owners.setdefault(item, []).append(name)
    shared = {pair for names in owners.values() if len(names) > 1 for pair in combinations(sorted(names), 2)}
    found = {pair: similarity(sets[pair[0]], sets[pair[1]]) for pair in shared}
    return {pair: value for pair, value in found.items() if value >= _NEAR[0]}


def by_brute_force(records: list[dict[str, object]], pairs: dict[tuple[str, str], float]) -> set[str]:
    """The rule without any hashing: a record goes if it is near one that was kept before it."""
    near: dict[str, list[str]] = {}
    for (left, right), value in pairs.items():
        if value >= _THRESHOLD:
            near.setdefault(left, []).append(right)
            near.setdefault(right, []).append(left)
    kept: set[str] = set()
    for record in records:
        name = str(record["record_id"])
        if not any(other in kept for other in near.get(name, ())):
            kept.add(name)
    return kept


def compare(records: list[dict[str, object]], kept: set[str], output: str) -> None:
    """Recall and precision against brute force, of records and of pairs by similarity."""
    reference = with_datasketch(records)
    started, cpu = time.perf_counter(), cpu_seconds()
    pairs = similar_pairs(records)
    truth = by_brute_force(records, pairs)
    row("brute force", len(records), time.perf_counter() - started, cpu_seconds() - cpu, None, len(truth))
    everyone = {str(record["record_id"]) for record in records}
    for name, found in (("attune", everyone - kept), ("datasketch", everyone - reference)):
        right = len(found & (everyone - truth))
        print(f"  {name}: recall {right / len(everyone - truth):.4f}, precision {right / len(found):.4f} of removed records")
    texts: dict[str, str] = {}
    first = {
        str(record["record_id"]): texts.setdefault(str(record["content_hash"]), str(record["record_id"])) for record in records
    }
    listed = pq.read_table(f"{output}/pairs.parquet", columns=["better_id", "worse_id"]).to_pylist()
    proposed = {tuple(sorted((item["better_id"], item["worse_id"]))) for item in listed}
    print(f"\n  {'similarity':<14}{'pairs':>8}{'found':>8}{'recall':>9}{'1-(1-J^8)^16':>15}")
    for low, high in pairwise(_NEAR):
        own = {
            pair: value for pair, value in pairs.items() if low <= value < high and all(first[name] == name for name in pair)
        }
        if own:
            expected = sum(1 - (1 - value**8) ** 16 for value in own.values()) / len(own)
            found_pairs = len(own.keys() & proposed)
            print(f"  {low:.2f} to {high:.2f}{len(own):>10,}{found_pairs:>8,}{found_pairs / len(own):>9.4f}{expected:>15.4f}")
    print()


def records_of(folder: str) -> Iterator[dict[str, object]]:
    for table in open_set(folder).tables(["record_id", "content_hash", "messages"]):
        yield from table.to_pylist()


def row(what: str, count: int, seconds: float, cpu: float, memory: float | None, kept: int) -> None:
    resident = f"{memory:8.2f}" if memory is not None else f"{'':>8}"
    rates = f"{seconds:>9.1f}{count / seconds:>11,.0f}{cpu:>8.1f}{cpu / count * 1e6:>10.1f}"
    print(f"{what:<28}{count:>10,}{rates}{resident}{kept:>10,}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="*", default=[100_000, 200_000])
    parser.add_argument("--reference-records", type=int, default=10_000, help="size for datasketch and brute force; 0: none")
    parser.add_argument(
        "--batch", type=int, default=0, help="then a second batch of this size against an index of the last size"
    )
    parser.add_argument("--words", type=int, default=100)
    parser.add_argument("--duplicates", type=float, default=0.15)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {arguments.workers} workers")
    print(f"records of {arguments.words} words, {arguments.duplicates:.0%} copies with 0 to 9 edits, threshold {_THRESHOLD}\n")
    print(f"{'what':<28}{'records':>10}{'wall s':>9}{'records/s':>11}{'cpu s':>8}{'cpu us/r':>10}{'GiB':>8}{'kept':>10}")
    sys.path.insert(0, _TESTS)
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.reference_records:
            folder = made(f"{scratch}/reference", 0, arguments.reference_records, arguments)
            kept = with_attune("attune dedupe", folder, f"{scratch}/reference-out", arguments.workers)
            compare(list(records_of(folder)), kept, f"{scratch}/reference-out")
        for count in arguments.records:
            folder = made(f"{scratch}/{count}", 0, count, arguments)
            with_attune("attune dedupe", folder, f"{scratch}/out", arguments.workers)
        if arguments.batch and arguments.records:
            index = f"{scratch}/index"
            with_attune("the same, filling an index", folder, f"{scratch}/out", arguments.workers, index)
            size = sum(file.stat().st_size for file in Path(index).iterdir())
            print(f"  the index takes {size / count:.0f} B a record of the input on disk")
            batch = made(f"{scratch}/batch", count, arguments.batch, arguments)
            with_attune("a new batch against it", batch, f"{scratch}/batch-out", arguments.workers, index)


if __name__ == "__main__":
    main()
