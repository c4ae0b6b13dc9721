"""Speed, memory and recall of the step dedupe, beside datasketch on the same records.

    python benchmarks/dedupe.py --records 200000 --reference-records 10000

Prints a table. Resident memory is that of this process and its workers together, sampled four times a second. The input is made
first, in a process of its own, and is not part of the figures.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from record_factory import AS_OF, edited, make_record, random_text, shingles, similarity

from attune.core.memory import PeakMemory
from attune.core.params import DedupeParams, RunParams
from attune.core.records import RECORD_SCHEMA, to_table
from attune.core.shards import ShardSetWriter, open_set
from attune.core.step import Context
from attune.data.dedupe import dedupe

_BATCH = 1_000


def make_input(folder: str, count: int, words: int, duplicates: float) -> None:
    """Write ``count`` records of about ``words`` words, a share of them exact or edited copies of one of the last 10,000."""
    generator = random.Random(1)
    recent: list[str] = []
    with ShardSetWriter(folder, "score", RECORD_SCHEMA, 5_000, AS_OF) as writer:
        for first in range(0, count, _BATCH):
            records = []
            for number in range(first, min(first + _BATCH, count)):
                if recent and generator.random() < duplicates:
                    text = edited(generator, generator.choice(recent), generator.choice((0, 1, 1, 2, 3, 4, 6, 9)))
                else:
                    text = random_text(generator, generator.randint(words // 2, words + words // 2))
                recent.append(text)
                records.append(make_record(number, ["what now", text]))
            del recent[:-10_000]
            writer.write(to_table(records))


def cpu_seconds() -> float:
    """Processor time of this process and its finished children: what a loaded machine does not change much."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def with_attune(folder: str, output: str, workers: int) -> tuple[float, float, float, set[str]]:
    with PeakMemory() as memory:
        started, cpu = time.perf_counter(), cpu_seconds()
        dedupe([folder], output, DedupeParams(keep="keep_first"), Context(workers=workers), run=RunParams())
        seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    kept = {name for table in open_set(output).tables(["record_id"]) for name in table.column("record_id").to_pylist()}
    return seconds, cpu, memory.peak_bytes / 2**30, kept


def with_datasketch(records: list[dict[str, object]]) -> tuple[float, set[str]]:
    """The same rule with datasketch: first come, first kept; candidates verified by exact Jaccard."""
    from datasketch import MinHash, MinHashLSH

    started = time.perf_counter()
    index = MinHashLSH(num_perm=128, params=(16, 8))
    sets: dict[str, frozenset[tuple[str, ...]]] = {}
    for record in records:
        name, own = str(record["record_id"]), shingles(record)
        signature = MinHash(num_perm=128)
        signature.update_batch([" ".join(item).encode() for item in own])
        if all(similarity(own, sets[other]) < 0.85 for other in index.query(signature)):
            index.insert(name, signature)
            sets[name] = own
    return time.perf_counter() - started, set(sets)


def by_brute_force(records: list[dict[str, object]]) -> set[str]:
    """The rule without any hashing: each record against every kept one that shares an n-gram."""
    kept: dict[str, frozenset[tuple[str, ...]]] = {}
    owners: dict[tuple[str, ...], list[str]] = {}
    for record in records:
        own = shingles(record)
        others = {name for item in own for name in owners.get(item, ())}
        if all(similarity(own, kept[name]) < 0.85 for name in others):
            name = str(record["record_id"])
            kept[name] = own
            for item in own:
                owners.setdefault(item, []).append(name)
    return set(kept)


def records_of(folder: str) -> Iterator[dict[str, object]]:
    for table in open_set(folder).tables(["record_id", "messages"]):
        yield from table.to_pylist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[50_000, 200_000])
    parser.add_argument("--reference-records", type=int, default=10_000, help="size for datasketch and brute force")
    parser.add_argument("--words", type=int, default=100)
    parser.add_argument("--duplicates", type=float, default=0.15)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    print(f"{'what':<28}{'records':>10}{'seconds':>10}{'records/s':>12}{'cpu s':>9}{'GiB':>8}{'kept':>10}")
    for count in [arguments.reference_records, *arguments.records]:
        with tempfile.TemporaryDirectory() as scratch:
            folder, output = f"{scratch}/in", f"{scratch}/out"
            process = get_context("spawn").Process(
                target=make_input, args=(folder, count, arguments.words, arguments.duplicates)
            )
            process.start()
            process.join()
            seconds, cpu, memory, kept = with_attune(folder, output, arguments.workers)
            row("attune dedupe", count, seconds, cpu, memory, len(kept))
            if count == arguments.reference_records:
                compare(list(records_of(folder)), kept)
            shutil.rmtree(output)


def compare(records: list[dict[str, object]], kept: set[str]) -> None:
    seconds, reference = with_datasketch(records)
    row("datasketch, 1 process", len(records), seconds, seconds, None, len(reference))
    started = time.perf_counter()
    truth = by_brute_force(records)
    seconds = time.perf_counter() - started
    row("brute force", len(records), seconds, seconds, None, len(truth))
    everyone = {str(record["record_id"]) for record in records}
    for name, found in (("attune", everyone - kept), ("datasketch", everyone - reference)):
        right = len(found & (everyone - truth))
        print(f"  {name}: recall {right / len(everyone - truth):.4f}, precision {right / len(found):.4f} against brute force")


def row(what: str, count: int, seconds: float, cpu: float, memory: float | None, kept: int) -> None:
    resident = f"{memory:8.2f}" if memory is not None else f"{'':>8}"
    print(f"{what:<28}{count:>10,}{seconds:>10.2f}{count / seconds:>12,.0f}{cpu:>9.1f}{resident}{kept:>10,}", flush=True)


if __name__ == "__main__":
    main()
