"""Time, memory and bytes written of an erasure, how they grow with what is kept, and a search of every byte afterwards.

    python benchmarks/erase.py --sizes 10000 100000 --people 1 100

For each size a house is made first and is no part of the figures: a snapshot, the outputs of score and of dedupe with a band
index, two dataset versions, and a DVC cache of the snapshot. Then so many people are erased from all of it, one run after the
other. "MiB written" is the size of all files that are new or changed; "read" is what the locations held before. Every record
has a word of its own: afterwards all bytes of all locations, Parquet and its strings decoded, are searched for the words,
tokens and ids of whoever was erased. The last column is the processor time for a MiB read beside that of the first row with as
many people: 1.00 throughout is linear growth.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

KEY = b"c4d81f6a0b97e3525d8c1ea7f4b06392e8157ad0c3b9f64e21d7a05b8c9f36e4"
ORIGIN = "product/conversations"
_EACH = 5  # records of one person
_TESTS = str(Path(__file__).parents[1] / "tests" / "support")
_WORD = re.compile(rb"[A-Za-z0-9_\-]+")
_LAST_WORD = re.compile(rb"[A-Za-z0-9_\-]*\Z")
_PIECE, _LONGEST = 1 << 22, 1 << 10  # bytes read at once; a word is never longer than this
_LOCATIONS = ("data", "work", "datasets", "cache")


def make_house(root: Path, size: int, words: int, workers: int) -> None:
    """Write the snapshot and run the steps on it."""
    sys.path.insert(0, _TESTS)
    from record_factory import AS_OF, make_record, random_text

    from attune.config.params import load_params
    from attune.records.record import provenance, record_id, to_table
    from attune.records.shards import ShardSetWriter
    from attune.records.tokens import token
    from attune.runtime import run_step

    generator = random.Random(size)
    with ShardSetWriter(str(root / "data"), "extract", to_table([]).schema, 2_000, AS_OF) as writer:
        for user in range(size // _EACH):
            records = []
            for number in range(_EACH):
                locator = token(KEY, "row", f"{user}\0{number}")
                texts = [random_text(generator, generator.randint(words // 2, words)) for _ in range(4)]
                marked = [f"{_mark(user, number)} {text}, and what helps now?" for text in texts]
                records.append(
                    make_record(
                        user * _EACH + number,
                        marked,
                        record_id=record_id(ORIGIN, locator),
                        subject_id=token(KEY, "user", str(user)),
                        conversation_id=token(KEY, "conversation", f"{user}-{number}"),
                        provenance=provenance(ORIGIN, locator, "extract"),
                    )
                )
            writer.write(to_table(records))
    params = load_params(
        [],
        [
            f"run.workers={workers}",
            'run.erased=""',
            "score.threshold=0",
            "score.review_threshold=0",
            f"dedupe.index={root}/cache/bands",
        ],
    )
    run_step.run("score", {"inputs": [str(root / "data")]}, str(root / "work/score"), params)
    run_step.run("dedupe", {"inputs": [str(root / "work/score")]}, str(root / "work/dedupe"), params)
    for version in (1, 2):
        own = params.model_copy(update={"compile": params.compile.model_copy(update={"version": version})})
        run_step.run("compile", {"inputs": [str(root / "work/dedupe")]}, str(root / f"datasets/{version}"), own)
    dvc(root, "init", "--no-scm", "--quiet")
    dvc(root, "add", "data", "--quiet")


def _mark(user: int, number: int) -> str:
    return f"mark{user}x{number}"


def dvc(root: Path, *arguments: str) -> None:
    """Run DVC in the house."""
    subprocess.run([Path(sys.executable).with_name("dvc"), *arguments], cwd=root, check=True, stdout=subprocess.DEVNULL)


def erase(root: str, users: list[int]) -> tuple[float, float, int, int]:
    """Erase people in this process: wall and processor seconds, peak memory in bytes, and rows removed."""
    from attune.governance.erase import Erasure
    from attune.records.shards import json_bytes
    from attune.records.tokens import token
    from attune.runtime.resources import PeakMemory

    locations = {name: f"{root}/{name}" for name in _LOCATIONS}
    people = frozenset(token(KEY, "user", str(user)) for user in users)
    started, busy = time.monotonic(), processor_seconds()
    with PeakMemory() as memory:
        record = Erasure(locations, people, "benchmark", f"{root}/erasures").run(lambda value: json_bytes(value))
    return time.monotonic() - started, processor_seconds() - busy, memory.peak_bytes, record["rows_removed"]


def processor_seconds() -> float:
    """Processor time of this process and of those that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def stamps(root: Path) -> dict[str, tuple[int, int, int]]:
    """What tells whether a file is the one that stood there before."""
    found = {}
    for name in _LOCATIONS:
        for path in (root / name).rglob("*"):
            if path.is_file():
                about = path.stat()
                found[str(path)] = (about.st_ino, about.st_mtime_ns, about.st_size)
    return found


def left(root: Path, users: list[int]) -> list[str]:
    """Files anywhere in the house, hidden ones and the DVC cache too, that hold something of these people."""
    from attune.records.record import record_id
    from attune.records.tokens import token

    wanted = set()
    for user in users:
        wanted.add(token(KEY, "user", str(user)))
        for number in range(_EACH):
            locator = token(KEY, "row", f"{user}\0{number}")
            wanted |= {_mark(user, number), token(KEY, "conversation", f"{user}-{number}"), record_id(ORIGIN, locator), locator}
    sought = {word.encode() for word in wanted}
    return [
        str(path)
        for path in root.rglob("*")
        if path.is_file() and any(sought.intersection(_WORD.findall(part)) for part in parts(path))
    ]


def parts(path: Path) -> Iterator[bytes]:
    """The bytes of a file in pieces that cut no word, and of Parquet the strings in it. Memory: a few MiB."""
    rest = b""
    with path.open("rb") as handle:
        parquet = handle.read(4) == b"PAR1"
        handle.seek(0)
        while content := handle.read(_PIECE):
            content = rest + content
            rest = _LAST_WORD.search(content[-_LONGEST:])[0]
            yield content[: len(content) - len(rest)]
    yield rest
    if parquet:
        file = pq.ParquetFile(path)
        for batch in file.iter_batches(2_000):
            yield from strings(pa.Table.from_batches([batch]))


def strings(table: pa.Table) -> Iterator[bytes]:
    """All buffers of strings in a table."""
    for column in table.columns:
        for chunk in column.chunks:
            yield from (bytes(buffer) for buffer in chunk.buffers() if buffer is not None and len(buffer) > 16)
            if pa.types.is_dictionary(chunk.type):
                yield from (bytes(buffer) for buffer in chunk.dictionary.buffers() if buffer is not None)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="records of the snapshot")
    parser.add_argument("--people", type=int, nargs="+", default=[1, 100], help="how many are erased in each run")
    parser.add_argument("--words", type=int, default=40, help="most words of a message; a record has four")
    parser.add_argument("--workers", type=int, default=2, help="of the steps that make the house")
    parser.add_argument("--house", type=Path, help="make or take the houses here, and work on a copy")
    options = parser.parse_args()
    os.environ["ATTUNE_SUBJECT_KEY"] = KEY.decode()
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(
        f"{'records':>9} {'people':>7} {'read MiB':>9} {'wall s':>8} {'cpu s':>8} {'peak MiB':>9} {'MiB written':>12} "
        f"{'rows':>7} {'left':>5} {'relative':>9}"
    )
    first: dict[int, float] = {}
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "house"
            kept = options.house / str(size) if options.house else None
            if kept is None or not kept.exists():
                maker = get_context("spawn").Process(target=make_house, args=(root, size, options.words, options.workers))
                maker.start()
                maker.join()
                if maker.exitcode:
                    sys.exit(f"the house of {size:,} records could not be made")
                if kept is not None:
                    shutil.copytree(root, kept)
            else:
                shutil.copytree(kept, root)
            run(root, size, options.people, first)


def run(root: Path, size: int, people: list[int], first: dict[int, float]) -> None:
    """Erase from one house and print its rows of the table."""
    next_user, gone = 3, []
    for count in people:
        users = list(range(next_user, next_user + count))
        next_user += count
        before = stamps(root)
        read = sum(about[2] for about in before.values()) / 2**20
        with ProcessPoolExecutor(1, get_context("spawn")) as worker:
            wall, cpu, peak, rows = worker.submit(erase, str(root), users).result()
        written = sum(about[2] for name, about in stamps(root).items() if before.get(name) != about) / 2**20
        gone += users
        first.setdefault(count, cpu / read)
        found = [name for name in left(root, gone) if "/.dvc/" not in name]
        print(
            f"{size:>9,} {count:>7,} {read:>9,.1f} {wall:>8.1f} {cpu:>8.1f} {peak / 2**20:>9,.0f} {written:>12,.1f} {rows:>7,} "
            f"{len(found):>5} {cpu / read / first[count]:>9.2f}",
            flush=True,
        )
        for name in found[:5]:
            print(f"          {name}")
    started = time.monotonic()
    dvc(root, "add", "data", "--quiet")
    dvc(root, "gc", "--workspace", "--force", "--quiet")
    seconds, found = time.monotonic() - started, left(root, gone)
    print(f"          dvc add and dvc gc: {seconds:.1f} s; files left anywhere, the DVC cache too: {len(found)}")


if __name__ == "__main__":
    main()
