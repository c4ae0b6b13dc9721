"""The band index: a later batch is compared with earlier ones without their texts."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_factory import (
    edited,
    files,
    make_record,
    random_text,
    record_lists,
    record_stream,
    rows,
    shingles,
    similarity,
    write_set,
)

from attune import storage
from attune.config.params import DedupeParams, Params, RunParams
from attune.errors import RunError, UsageError
from attune.records.record import MESSAGES_TYPE, to_table
from attune.records.shards import REJECTED, open_set
from attune.reporting.report import Report
from attune.runtime import run_step
from attune.runtime.step import Context
from attune.similarity import band_index, index_store
from attune.steps.dedupe.step import dedupe

RUN = RunParams(shard_rows=200)
KEEP = ("keep_first", "keep_longest", "keep_best_quality")


def run(folder: Path, name: str, inputs: Sequence[str], *, index: Path | str = "", **params: Any) -> tuple[Report, str]:
    output = str(folder / name)
    return dedupe(list(inputs), output, DedupeParams(index=str(index), **params), Context(), run=RUN), output


def outcome(output: str) -> dict[str, str]:
    """The representative of each record."""
    found = {row["record_id"]: row["cluster_id"] for row in rows(open_set(output))}
    return found | {row["record_id"]: row["cluster_id"] for row in rows(open_set(f"{output}/{REJECTED}"))}


@given(records=record_lists(), cut=st.floats(0, 1))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_two_batches_with_an_index_give_the_result_of_one_run_over_both(
    records: list[dict[str, Any]], cut: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("index")
    place = round(cut * len(records))
    sets = [write_set(folder / f"in-{n}", some, 9) for n, some in enumerate((records[:place], records[place:]))]
    _, whole = run(folder, "whole", sets, keep="keep_first")
    _, first = run(folder, "first", sets[:1], index=folder / "index", keep="keep_first")
    _, second = run(folder, "second", sets[1:], index=folder / "index", keep="keep_first")
    assert outcome(first) | outcome(second) == outcome(whole)
    assert index_store.open_index(str(folder / "index")).rows == open_set(whole).rows


@pytest.mark.parametrize("keep", KEEP)
def test_a_later_batch_finds_its_duplicates_after_the_earlier_texts_are_gone(tmp_path: Path, keep: str) -> None:
    generator = random.Random(1)
    records = record_stream(400, seed=2, duplicates=0)
    _, first = run(tmp_path, "first", [write_set(tmp_path / "in-1", records)], index=tmp_path / "index", keep=keep)
    shutil.rmtree(tmp_path / "in-1")
    shutil.rmtree(first)
    texts = [record["messages"][-1]["content"] for record in records]
    later = [make_record(1_000 + n, ["what now", edited(generator, texts[n], n % 2)], quality_score=10.0) for n in range(50)]
    later += [make_record(2_000 + n, ["what now", random_text(generator, 60)]) for n in range(50)]
    report, second = run(tmp_path, "second", [write_set(tmp_path / "in-2", later)], index=tmp_path / "index", keep=keep)
    removed = pq.read_table(Path(second) / "duplicates.parquet").to_pylist()
    sets = {record["record_id"]: shingles(record) for record in records + later}
    assert {row["removed_id"]: row["kept_id"] for row in removed} == {
        copy["record_id"]: original["record_id"]
        for copy, original in zip(later[:50], records[:50], strict=True)
        if similarity(sets[copy["record_id"]], sets[original["record_id"]]) >= 0.85
    }
    for row in removed:
        assert row["similarity"] == pytest.approx(similarity(sets[row["removed_id"]], sets[row["kept_id"]]), abs=1e-12)
        assert row["decision"] == "an earlier batch has it"
    assert report.numbers["index"]["earlier_records"] == 400
    assert report.numbers["index"]["duplicates_of_earlier"] == len(removed)


def test_the_same_batch_again_adds_nothing_and_rejects_none_of_its_records(tmp_path: Path) -> None:
    records = record_stream(300, seed=3)
    batches = [write_set(tmp_path / "in-1", records[:200]), write_set(tmp_path / "in-2", records[200:])]
    written = []
    for name in ("once", "again"):
        outputs = [run(tmp_path, f"{name}-{n}", [batch], index=tmp_path / "index")[1] for n, batch in enumerate(batches)]
        written.append([files(output) for output in outputs] + [files(tmp_path / "index")])
    assert written[0] == written[1]


def test_records_that_come_again_in_another_batch_are_kept_and_not_added(tmp_path: Path) -> None:
    records = record_stream(200, seed=4)
    _, first = run(tmp_path, "first", [write_set(tmp_path / "in-1", records, 60)], index=tmp_path / "index")
    more = record_stream(250, seed=4)
    report, second = run(tmp_path, "second", [write_set(tmp_path / "in-2", more, 50)], index=tmp_path / "index")
    assert {name: keeper for name, keeper in outcome(second).items() if name in outcome(first)} == outcome(first)
    assert report.numbers["index"]["came_again"] == open_set(first).rows
    index = index_store.open_index(str(tmp_path / "index"))
    assert index.rows == open_set(second).rows


def test_a_changed_record_is_not_a_duplicate_of_its_earlier_version(tmp_path: Path) -> None:
    text = random_text(random.Random(5), 100)
    old, new = make_record(1, ["hi", text]), make_record(1, ["hi", text + " laban"])
    run(tmp_path, "first", [write_set(tmp_path / "in-1", [old])], index=tmp_path / "index")
    report, second = run(tmp_path, "second", [write_set(tmp_path / "in-2", [new])], index=tmp_path / "index")
    assert report.rows is not None
    assert report.rows.kept == 1
    assert rows(open_set(second))[0]["messages"] == new["messages"]


@pytest.mark.parametrize(
    "change", [{"threshold": 0.9}, {"keep": "keep_first"}, {"bands": 32}, {"shingle_words": 4}, {"min_words": 9}]
)
def test_an_index_built_with_other_parameters_is_refused_and_the_parameter_is_named(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    inputs = [write_set(tmp_path / "in", record_stream(20, seed=6))]
    run(tmp_path, "first", inputs, index=tmp_path / "index")
    before = files(tmp_path / "index")
    name = next(iter(change))
    with pytest.raises(UsageError, match=rf"dedupe\.{name} = .*, this run has {change[name]!r}"):
        run(tmp_path, "second", inputs, index=tmp_path / "index", **change)
    assert files(tmp_path / "index") == before


def test_a_changed_file_of_the_index_is_named(tmp_path: Path) -> None:
    inputs = [write_set(tmp_path / "in", record_stream(20, seed=7))]
    run(tmp_path, "first", inputs, index=tmp_path / "index")
    file = next((tmp_path / "index").glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(RunError, match=rf"{file.name}: its bytes are not those"):
        run(tmp_path, "second", [write_set(tmp_path / "in-2", record_stream(20, seed=8))], index=tmp_path / "index")


def test_removed_records_leave_nothing_in_the_files_and_represent_no_record(tmp_path: Path) -> None:
    records = record_stream(300, seed=9, duplicates=0)
    inputs = [write_set(tmp_path / "in", records)]
    index = str(tmp_path / "index")
    run(tmp_path, "first", inputs, index=index)
    gone = [record["record_id"] for record in records[::50]]
    before = files(index)
    assert band_index.remove(index, [*gone, "r_unknown"]) == len(gone)
    left = pa.concat_tables([pq.read_table(file) for file in sorted(Path(index).glob("*.parquet"))])
    assert not set(gone) & set(left.column("record_id").to_pylist())
    assert left.num_rows == 294
    assert not any(name.encode() in content for name in gone for content in files(index).values())
    own = band_index.find(index, pa.array([record["messages"] for record in records], MESSAGES_TYPE))
    assert {match.record_id for match in own} == {record["record_id"] for record in records} - set(gone)
    # Killed before the old files were removed: the next call does it.
    after = files(index)
    for name, content in before.items():
        if name not in after:
            (tmp_path / "index" / name).write_bytes(content)
    assert band_index.remove(index, gone) == 0
    assert files(index) == after


def test_all_records_of_a_batch_can_be_removed(tmp_path: Path) -> None:
    records = record_stream(20, seed=10, duplicates=0)
    index = str(tmp_path / "index")
    run(tmp_path, "first", [write_set(tmp_path / "in", records)], index=index)
    assert band_index.remove(index, [record["record_id"] for record in records]) == 20
    assert list(Path(index).glob("*.parquet")) == []
    assert band_index.find(index, [records[0]["messages"][1]["content"]]) == []


def test_find_returns_similar_records_with_the_exact_similarity(tmp_path: Path) -> None:
    generator = random.Random(11)
    records = record_stream(100, seed=12, duplicates=0)
    records.append(make_record(500, ["hi", "too short"]))
    index = str(tmp_path / "index")
    table = to_table(records)
    assert band_index.add(index, "frozen", table, DedupeParams()) == 101
    assert band_index.add(index, "frozen", table, DedupeParams()) == 101
    assert index_store.open_index(index).rows == 101
    edits = [make_record(n, ["what now", edited(generator, records[n]["messages"][1]["content"], n)]) for n in range(6)]
    asked = [*edits, make_record(900, ["hi", "too short"]), make_record(901, ["hi", random_text(generator, 50)])]
    found = band_index.find(index, pa.array([record["messages"] for record in asked], MESSAGES_TYPE))
    expected = [similarity(shingles(copy), shingles(record)) for copy, record in zip(edits, records, strict=False)]
    assert [(match.place, match.record_id) for match in found] == [
        *((n, records[n]["record_id"]) for n, value in enumerate(expected) if value >= 0.85),
        (6, records[-1]["record_id"]),
    ]
    for match in found[:-1]:
        assert match.similarity == pytest.approx(expected[match.place], abs=1e-12)
    plain = band_index.find(index, [f"what now {records[3]['messages'][1]['content']}", "", "too short"])
    assert [(match.place, match.record_id, match.similarity) for match in plain] == [(0, records[3]["record_id"], 1.0)]


def test_find_without_an_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no band index .*attune dedupe --index"):
        band_index.find(str(tmp_path), ["hello"])


def test_a_finished_run_is_done_again_when_the_index_lost_its_batch(tmp_path: Path) -> None:
    inputs = [write_set(tmp_path / "in", record_stream(50, seed=13))]
    params = Params.model_validate({"run": {"workers": 1}, "dedupe": {"index": str(tmp_path / "index")}})
    assert not run_step.run("dedupe", {"inputs": inputs}, str(tmp_path / "out"), params).resumed
    assert run_step.run("dedupe", {"inputs": inputs}, str(tmp_path / "out"), params).resumed
    before = files(tmp_path / "index")
    shutil.rmtree(tmp_path / "index")
    assert not run_step.run("dedupe", {"inputs": inputs}, str(tmp_path / "out"), params).resumed
    assert files(tmp_path / "index") == before


def test_two_writers_of_one_index_do_not_lose_a_batch_in_silence(tmp_path: Path) -> None:
    index = str(tmp_path / "index")
    opened = index_store.open_index(index, DedupeParams())
    band_index.add(index, "one", to_table(record_stream(10, seed=14)), DedupeParams())
    with pytest.raises(RunError, match="another run changed this band index"):
        index_store.commit(opened.with_segment(index_store.Segment("two", ())), opened)
    assert [segment["batch"] for segment in json.loads((tmp_path / "index" / "_index.json").read_bytes())["segments"]] == [
        "one"
    ]


@pytest.mark.slow
def test_the_number_of_workers_does_not_matter_to_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.steps.dedupe.step._POOL_ROWS", 10)
    monkeypatch.setattr("attune.similarity.band_index._FILE_ROWS", 70)
    written = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        for number, records in enumerate((record_stream(300, seed=15), record_stream(200, seed=16))):
            inputs = [write_set(folder / f"in-{number}", records, 40)]
            params = DedupeParams(index=str(folder / "index"))
            dedupe(inputs, str(folder / f"out-{number}"), params, Context(workers=workers), run=RUN)
        written.append(files(folder))
    assert written[0] == written[1]


def test_an_index_can_be_in_an_object_store(tmp_path: Path, s3_bucket: str) -> None:
    records = record_stream(120, seed=17)
    inputs = [write_set(tmp_path / "in", records)]
    run(tmp_path, "local", inputs, index=tmp_path / "index")
    run(tmp_path, "first", inputs, index=f"{s3_bucket}/index")
    _, output = run(tmp_path, "again", inputs, index=f"{s3_bucket}/index")
    assert files(output) == files(tmp_path / "local")
    assert storage.list_files(f"{s3_bucket}/index") == sorted(files(tmp_path / "index"))
    gone = rows(open_set(output))[0]["record_id"]
    assert band_index.remove(f"{s3_bucket}/index", [gone]) == 1
    assert band_index.remove(str(tmp_path / "index"), [gone]) == 1
    assert storage.list_files(f"{s3_bucket}/index") == sorted(files(tmp_path / "index"))


_SCRIPT = """
import sys
from attune.runtime import run_step as steps
from attune.config.params import Params
from attune.similarity import band_index
task = sys.argv[1]
band_index._FILE_ROWS = 200
params = Params.model_validate({"run": {"workers": 1, "shard_rows": 100}, "dedupe": {"index": "index"}})
if task == "dedupe":
    for batch in ("1", "2"):
        steps.run("dedupe", {"inputs": ["in-" + batch]}, "out-" + batch, params)
else:
    band_index.remove("index", open("gone").read().split())
"""


@pytest.mark.slow
def test_killed_at_random_moments_two_batches_and_then_an_erasure_leave_the_same_bytes_in_the_end(tmp_path: Path) -> None:
    records = record_stream(2_400, seed=18)
    clean, killed = tmp_path / "clean", tmp_path / "killed"
    for folder in (clean, killed):
        write_set(folder / "in-1", records[:1_200], 100)
        write_set(folder / "in-2", records[1_200:], 100)
        (folder / "gone").write_text("\n".join(record["record_id"] for record in records[::100]))

    def start(task: str, folder: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", _SCRIPT, task], cwd=folder, stderr=subprocess.PIPE)

    generator = random.Random(19)
    for task, kills in (("dedupe", 3), ("remove", 2)):
        started = time.monotonic()
        assert start(task, clean).wait() == 0
        seconds = time.monotonic() - started
        for _ in range(kills):
            process = start(task, killed)
            time.sleep(generator.uniform(0.4, 0.98) * seconds)
            process.kill()
            process.wait()
        assert start(task, killed).wait() == 0
        for name in ("index", "out-1", "out-2"):
            assert visible(killed / name) == visible(clean / name)


def visible(folder: Path) -> dict[str, bytes]:
    """All files except those about the run itself."""
    return {name: content for name, content in files(folder).items() if not name.startswith(".")}
