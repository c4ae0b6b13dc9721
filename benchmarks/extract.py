"""Speed and memory of extraction from SQLite and from PostgreSQL, as tables grow; and what an incremental run costs.

    python benchmarks/extract.py                                  # 10,000 and 50,000 conversations, both databases
    python benchmarks/extract.py --conversations 1000000 --database postgresql --through score
    python benchmarks/extract.py --conversations 10000 --parts    # CPU time of each part, on one core

A sample product is made for each size; a PostgreSQL server is started for the run and gone afterwards. Wall time depends on
what else the machine does; CPU time is that of all processes of the step together, so conversations/s a core is
conversations / CPU seconds. Peak memory is the resident memory of all processes of the step, sampled four times a second,
pages that they share counted for each; the server's is not in it. Memory is flat when it does not grow with the table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from postgres_server import postgres_server  # noqa: E402
from sample import generate, write_postgres  # noqa: E402

from attune.config.params import ExtractParams, Params, RunParams  # noqa: E402
from attune.errors import GateError  # noqa: E402
from attune.reporting.report import report_from_json  # noqa: E402
from attune.runtime import engine, run_step  # noqa: E402
from attune.runtime.progress import Progress  # noqa: E402

KEY = "c4d81f6a0b97e3525d8c1ea7f4b06392e8157ad0c3b9f64e21d7a05b8c9f36e4"


class CpuTime:
    """CPU seconds of this process and all that it started, ended ones included."""

    def __enter__(self) -> CpuTime:
        self._before = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = self._now() - self._before

    @staticmethod
    def _now() -> float:
        spent = os.times()
        return spent.user + spent.system + spent.children_user + spent.children_system


def params_of(arguments: argparse.Namespace, *, incremental: bool = False) -> Params:
    return Params(
        run=RunParams(workers=arguments.workers, quarantine_limit=0.5, accept_failed_gates=True),
        extract=ExtractParams(sources=str(ROOT / "sources"), incremental=incremental),
    )


def read_outcome(output: Path) -> run_step.StepResult:
    """What the step noted of its last run, gates failed or not."""
    noted = json.loads((output / engine.COMMITS / run_step.RESULT_FILE).read_text(encoding="utf-8"))
    report = report_from_json(json.dumps(noted["report"]).encode())
    return run_step.StepResult(
        noted["step"], report, noted["seconds"], noted["cpu_seconds"], noted["peak_bytes"], noted["resumed"]
    )


def measure(
    what: str, step: str, inputs: dict[str, str | list[str]], output: Path, params: Params, conversations: int = 0
) -> run_step.StepResult:
    started = time.monotonic()
    with CpuTime() as cpu:
        try:
            run_step.run(step, inputs, str(output), params)
        except GateError as error:  # what a gate says of the records is no matter of speed
            print(f"{what}: {error}")
    outcome = read_outcome(output)
    wall = time.monotonic() - started
    rows = conversations or (outcome.report.rows.rows_in if outcome.report.rows else 0)
    print(
        f"{what:42s} {rows:10,d} conversations {wall:8.1f} s wall {rows / wall:8,.0f}/s   {cpu.seconds:8.1f} s CPU "
        f"{rows / cpu.seconds:7,.0f}/s a core   {outcome.peak_bytes / 2**20:6,.0f} MiB",
        flush=True,
    )
    return outcome


@contextmanager
def databases(kind: str, folder: Path, conversations: int) -> Iterator[dict[str, str]]:
    """The addresses of the product by kind of database."""
    wanted = ["sqlite", "postgresql"] if kind == "both" else [kind]
    found: dict[str, str] = {}
    if "sqlite" in wanted:
        generate(folder / "sample", conversations, 17, Progress("sample"))
        found["sqlite"] = str(folder / "sample" / "product.db")
    if "postgresql" not in wanted:
        yield found
        return
    with postgres_server() as url:
        write_postgres(url, conversations, 17, Progress("sample"))
        yield {**found, "postgresql": url}


def add_news(database: str, count: int) -> None:
    """Let some conversations go on, now."""
    few = f"SELECT conversation_id FROM conversations ORDER BY conversation_id DESC LIMIT {count}"
    sql = (
        f"INSERT INTO messages SELECT 'news-{count}-' || conversation_id, conversation_id, {10_000 + count}, 'user', "
        f"'Thank you, it went better.', '2026-11-01T12:00:00+00:00' FROM ({few}) AS few"
    )
    if database.startswith("postgresql://"):
        import psycopg

        with psycopg.connect(database) as server:
            server.execute(sql.encode())
        return
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(sql)


def run_size(conversations: int, arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        with databases(arguments.database, folder, conversations) as found:
            for kind, database in found.items():
                output = folder / kind
                full = measure(f"{kind}: extract", "extract", {"database": database}, output, params_of(arguments))
                read = full.report.rows.rows_in if full.report.rows else 0
                if arguments.through == "score":
                    measure(
                        f"{kind}: score", "score", {"inputs": [str(output)]}, folder / f"{kind}-score", params_of(arguments)
                    )
                again = params_of(arguments, incremental=True)
                update = {"database": database}
                measure(f"{kind}: incremental, the last day again", "extract", update, output, again)
                for share in (0.001, 0.01):
                    news = max(1, round(read * share))
                    add_news(database, news)
                    outcome = measure(f"{kind}: incremental, {share:.1%} of them go on", "extract", update, output, again)
                    told = outcome.report.numbers["update"]
                    print(f"{'':42s} {told['read']:,} conversations of {told['users_read']:,} users were read again")


def parts(arguments: argparse.Namespace) -> None:
    """CPU time of each part of a full extraction, in one process."""
    from attune.redaction import canaries, rescan
    from attune.redaction.conversation_words import CRISIS, GOAL, mentions
    from attune.redaction.conversations import PrepareParams, prepare_batch
    from attune.redaction.health import find_health
    from attune.redaction.raw_rows import raw_rows, raw_tables
    from attune.redaction.redactor import Redactor, redactor_of
    from attune.redaction.types import Known
    from attune.runtime.engine import stream_units
    from attune.runtime.resources import garbage_collection_paused
    from attune.runtime.step import Context
    from attune.steps.extract.connect import open_database
    from attune.steps.extract.source_check import load_queries
    from attune.steps.extract.source_merge import ReadFilter, SourceMerger
    from attune.steps.extract.source_sql import stream_sql
    from attune.steps.extract.sources import STREAMED
    from attune.text.language import conversation_language
    from attune.text.repair import repair

    params = params_of(arguments)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        generate(Path(name), arguments.conversations[0], 17, Progress("sample"))
        with open_database(str(Path(name) / "product.db"), params.extract) as database:
            queries = load_queries(database, params.extract)
            streams = [stream_sql(queries[source], queries["consent"], database.dialect) for source in STREAMED]
            merger = SourceMerger(database, queries, params.extract, KEY.encode(), ReadFilter())
            list(raw_tables([], 1))  # what is imported once is not counted
            spent: dict[str, float] = {}

            def timed(part: str, work: Callable[[], Any]) -> Any:
                started = time.process_time()
                result = work()
                spent[part] = time.process_time() - started
                return result

            timed("read", lambda: [sum(1 for _ in database.rows(sql)) for sql in streams])
            rows = timed("read and merge", lambda: list(merger))
            tables = timed("to Arrow", lambda: list(raw_tables(rows, params.run.shard_rows)))
            units = timed("digest", lambda: list(stream_units(tables)))
        back = timed("from Arrow", lambda: [row for unit in units for row in raw_rows(unit.load())])
        good = [row for row in back if not row["problem"]]
        texts = [message["content"] for row in good for message in row["messages"]]
        said = ["\n".join(each["content"] for each in row["messages"] if each["role"] == "user") for row in good]
        repair("é")
        timed("repair", lambda: [repair(text) for text in texts])
        find_health(good[0]["messages"])
        timed("health", lambda: [find_health(row["messages"]) for row in good])
        timed("crisis and goal", lambda: [mentions(pattern, text) for text in said for pattern in (CRISIS, GOAL)])
        turns = [[each["content"] for each in row["messages"] if each["role"] == "user"] for row in good]
        conversation_language(["The model is loaded by the first text."])
        timed("language", lambda: [conversation_language(each) for each in turns])
        started = time.process_time()
        rescan.kinds_left([{"role": "user", "content": "call 020 7946 0958"}])
        redactor = redactor_of(params.redact, params.run.seed)
        start_up = time.process_time() - started
        given = [
            (
                row["record_id"],
                row["messages"],
                Known(**{kind: tuple(values) for kind, values in (row["known"] or {}).items() if values}),
            )
            for row in good
        ]
        conversations = [(messages, known) for _, messages, known in given]
        with garbage_collection_paused():
            lists = Redactor(params.redact.model_copy(update={"names": "lists"}))
            timed("redaction: known values, patterns, lists", lambda: lists.redact_many(conversations))
            timed("redaction: with the name model", lambda: Redactor(params.redact).redact_many(conversations))
        timed("canaries", lambda: canaries.plant(given, params.redact, redactor, params.run.seed))
        looked = [row for row in good if rescan.sampled(row["record_id"], params.redact.rescan_rate, params.run.seed)]
        timed("second look", lambda: [rescan.kinds_left(row["messages"]) for row in looked])
        prepare = PrepareParams(redact=params.redact, made_by="extract")
        context = Context(subject_key=KEY.encode())
        whole = list(raw_tables(good, params.run.shard_rows))
        prepare_batch(whole[0].slice(0, 20), prepare, context)
        timed("prepare: all of it, redaction included", lambda: [prepare_batch(table, prepare, context) for table in whole])
        print(f"{len(rows):,} conversations, {len(texts):,} texts of which {len(set(texts)):,} differ")
        print(f"once a process: {start_up:.1f} s for the lists, the model and the second look; then CPU microseconds each:")
        for part, seconds in spent.items():
            print(f"  {part:42s} {1e6 * seconds / len(rows):8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--conversations", type=int, action="append", metavar="N", help="size; once for each [10,000 and 50,000]"
    )
    parser.add_argument("--database", choices=("both", "sqlite", "postgresql"), default="both")
    parser.add_argument("--through", choices=("extract", "score"), default="extract", help="the last step that is run")
    parser.add_argument("--workers", type=int, default=0, help="worker processes; 0: one a core")
    parser.add_argument("--folder", help="where the products and outputs are put [a temporary folder]")
    parser.add_argument("--parts", action="store_true", help="CPU time of each part instead, on the first size")
    arguments = parser.parse_args()
    arguments.conversations = arguments.conversations or [10_000, 50_000]
    os.environ.setdefault("ATTUNE_SUBJECT_KEY", KEY)
    memory = psutil.virtual_memory().total / 2**30
    print(f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}")
    if arguments.parts:
        parts(arguments)
        return
    for conversations in arguments.conversations:
        run_size(conversations, arguments)


if __name__ == "__main__":
    main()
