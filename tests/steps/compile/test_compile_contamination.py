"""Records that contain text of a held-out record without being similar to it: the version must pass the leakage gate."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from compiled_version import compile_records
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_factory import files, make_record, random_text, rows, write_set

from attune.config.params import CompileParams, FreezeParams, RunParams, VerifyParams
from attune.records.record import SPLITS
from attune.records.shards import QUARANTINED, REJECTED, open_set
from attune.records.test_sets import freeze
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.steps.compile import contamination
from attune.steps.verify.step import verify

Row = dict[str, Any]
COPY = "copy_of_held_out"
RUN = RunParams(shard_rows=500)


def compiled(
    folder: Path, records: list[Row], *, shard_rows: int = 500, workers: int = 1, **params: Any
) -> tuple[Report, Path]:
    return compile_records(folder, records, input_rows=shard_rows, shard_rows=500, workers=workers, **params)


def faults(output: Path, **params: Any) -> dict[str, int]:
    report = verify(str(output), str(output.parent / "verify"), VerifyParams(**{"category_tolerance": 1.0} | params), Context())
    return {name: count for gate in report.numbers["gates"].values() for name, count in gate["violations"].items() if count}


def reasons(output: Path) -> Counter[str]:
    return Counter(row["reason"] for row in rows(open_set(f"{output}/{REJECTED}")))


def split_of(output: Path) -> dict[str, str]:
    return {row["record_id"]: split for split in SPLITS for row in rows(open_set(f"{output}/{split}"))}


def alone(number: int, text: str | list[str], **changes: Any) -> Row:
    """A record that shares no id with another one."""
    names: Row = {"subject_id": None, "conversation_id": f"c_{number}", "record_id": f"r_{number:05}"}
    return make_record(number, text, **names | changes)


def strangers(count: int, seed: int = 1, words: int = 60, first: int = 50_000) -> list[Row]:
    generator = random.Random(seed)
    return [alone(first + number, random_text(generator, words)) for number in range(count)]


def snapshots(count: int, seed: int = 2, first: int = 0, lengths: tuple[int, ...] = (160, 240, 400, 700)) -> list[Row]:
    """``count`` conversations, each as several snapshots with ids of their own."""
    generator = random.Random(seed)
    found = []
    for _ in range(count):
        words = random_text(generator, max(lengths)).split()
        for length in lengths:
            turns = [" ".join(words[start : start + 20]) for start in range(0, length, 20)]
            found.append(alone(first + len(found), turns))
    return found


def test_snapshots_of_conversations_without_ids_make_a_version_that_passes(tmp_path: Path) -> None:
    records = snapshots(150) + strangers(100)
    report, output = compiled(tmp_path, records)
    assert faults(output) == {}
    assert reasons(output)[COPY] <= 0.05 * len(records)  # snapshots of one conversation go to one split, not away
    assert all(report.numbers["splits"].values())


def test_a_rejected_answer_that_is_another_record_is_no_leak(tmp_path: Path) -> None:
    generator = random.Random(3)
    records = strangers(600)
    for number in range(200):
        other = records[number]["messages"][-1]["content"]
        records.append(alone(number, ["How is it?", random_text(generator, 50)], rejected_response=other))
    _, output = compiled(tmp_path, records)
    assert faults(output) == {}
    assert sum(reasons(output).values()) <= 8


def test_an_answer_that_was_rejected_for_another_one_is_no_leak(tmp_path: Path) -> None:
    generator = random.Random(4)
    records = strangers(400)
    for number in range(200):
        question, answer = (message["content"] for message in records[number]["messages"])
        other = random_text(generator, 60)
        records.append(alone(number, [question, other], rejected_response=answer))
    _, output = compiled(tmp_path, records)
    assert faults(output) == {}


def test_a_system_prompt_that_quotes_a_conversation_is_no_leak(tmp_path: Path) -> None:
    records = strangers(600)
    for number in range(200):
        quoted = " ".join(message["content"] for message in records[2 * number]["messages"])
        turns = [{"role": "system", "content": f"You know this conversation well: {quoted} Do the same."}]
        records[2 * number + 1]["messages"] = turns + records[2 * number + 1]["messages"]
        del records[2 * number + 1]["content_hash"]
    _, output = compiled(tmp_path, [make_record(0, "", **record) for record in records])
    assert faults(output) == {}
    assert sum(reasons(output).values()) <= 8


def test_of_many_records_that_share_a_script_few_are_removed(tmp_path: Path) -> None:
    generator = random.Random(5)
    script = random_text(generator, 300)
    records = [alone(number, ["hello", f"{script} {random_text(generator, 150)}"]) for number in range(800)]
    report, output = compiled(tmp_path, records)
    assert faults(output) == {}
    assert reasons(output) == {}
    assert report.rows is not None
    assert report.rows.kept == 800


def test_a_held_out_record_that_many_others_contain_is_removed_itself(tmp_path: Path) -> None:
    generator = random.Random(6)
    script = random_text(generator, 300)
    lone = alone(1, ["hello", script], family="sarcasm")  # a family that is held out: it stands in test, whatever the draw
    records = [lone] + [alone(2 + number, ["hello", f"{script} {random_text(generator, 150)}"]) for number in range(200)]
    _, output = compiled(tmp_path, records)
    assert faults(output, holdout_families={"sarcasm": 1.0}) == {}
    assert reasons(output) == {COPY: 1}
    assert lone["record_id"] not in split_of(output)


def test_records_held_out_by_family_stay_and_their_few_copies_are_removed(tmp_path: Path) -> None:
    records = strangers(300) + snapshots(60, lengths=(180, 420))
    for record in records[300::2]:
        record["family"] = "sarcasm"
    _, output = compiled(tmp_path, records)
    assert faults(output, holdout_families={"sarcasm": 1.0}) == {}
    placed = split_of(output)
    assert all(placed.get(record["record_id"], "test") == "test" for record in records if record["family"] == "sarcasm")


def test_records_with_text_of_a_frozen_test_set_are_removed_and_the_set_stays(tmp_path: Path) -> None:
    whole = snapshots(200, lengths=(500,))
    _, version = compiled(tmp_path / "first", whole)
    freeze(
        str(version),
        str(tmp_path / "frozen"),
        FreezeParams(general=8, personalization=1, safety=1, empathy=1),
        seed=1,
        short=True,
    )
    parts = [alone(1_000 + number, [turn["content"] for turn in row["messages"][:10]]) for number, row in enumerate(whole)]
    sets = (str(tmp_path / "frozen"),)
    _, output = compiled(tmp_path / "second", parts, test_sets=sets)
    frozen = [line for path in (tmp_path / "frozen").glob("*.jsonl") for line in path.read_text("utf-8").splitlines()]
    assert faults(output, test_sets=sets) == {}
    assert 0 < reasons(output)[COPY] <= len(frozen)  # a few of them by chance stand in test now, where they may


def mixture(seed: int, size: int = 40) -> list[Row]:
    """A random mixture of snapshots, quotes, pairs and unrelated records; some are of two kinds."""
    generator = random.Random(seed)
    records = snapshots(size, seed, lengths=(150, 190, 300, 420)) + strangers(4 * size, seed + 1)
    for number, record in enumerate(generator.sample(records, 2 * size)):
        other = generator.choice(records)
        said = [message["content"] for message in other["messages"] if message["role"] != "system"]
        kind = generator.randrange(4)
        if kind == 0:
            record["rejected_response"] = said[-1]
        elif kind == 1:
            record["rejected_response"] = " ".join(said)
        elif kind == 2:
            record["messages"] = [{"role": "system", "content": " ".join(said)}, *record["messages"]]
        else:
            turns = [*said[: len(said) - len(said) % 2], random_text(generator, 40), random_text(generator, 40)]
            records.append(alone(90_000 + number, turns))
    for record in records:
        del record["content_hash"]
    return [make_record(0, "", **record) for record in records]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6))
def test_whatever_the_mixture_the_version_passes_the_leakage_gate(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / str(seed)
    records = mixture(seed)
    report, output = compiled(folder, records)
    assert faults(output) == {}
    splits = Counter(split_of(output).values())
    quarantined = open_set(f"{output}/{QUARANTINED}").rows
    assert sum(splits.values()) + sum(reasons(output).values()) + quarantined == len(records)
    assert report.rows is not None
    assert report.rows.rejected == dict(reasons(output))


def test_workers_and_the_order_of_shards_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.steps.compile.step._POOL_ROWS", 10)
    records = mixture(7)
    _, one = compiled(tmp_path / "one", records, shard_rows=37)
    _, two = compiled(tmp_path / "two", records, shard_rows=120, workers=2)
    left = {name: content for name, content in files(one).items() if name.endswith((".jsonl", ".parquet"))}
    right = {name: content for name, content in files(two).items() if name in left}
    assert left == right
    _, three = compiled(tmp_path / "three", list(reversed(records)), shard_rows=60)
    assert split_of(three) == split_of(one)
    assert reasons(three) == reasons(one)


def test_the_search_finds_every_pair_that_brute_force_finds(tmp_path: Path) -> None:
    """The same rules by brute force, without an index."""
    generator = random.Random(8)
    texts = [random_text(generator, generator.randint(140, 400)).split() for _ in range(60)]
    held = [words[generator.randint(0, 40) :] + generator.choice(texts)[:30] for words in texts]
    own = [generator.choice(held)[: generator.randint(100, 400)] + random_text(generator, 8).split() for _ in range(300)]

    def grams(words: list[str]) -> set[tuple[str, ...]]:
        return {tuple(words[place : place + 13]) for place in range(len(words) - 12)}

    theirs = [grams(words) for words in held]
    wanted = set()
    for row, one in enumerate(map(grams, own)):
        for number, two in enumerate(theirs):
            least = min(len(one), len(two))
            if least >= 128 and len(one & two) >= CompileParams().part_share * least - 1e-9:
                wanted.add((row, number))
    assert len(wanted) > 20
    assert _found(tmp_path, own, held) == wanted


def _found(folder: Path, own: list[list[str]], held: list[list[str]]) -> set[tuple[int, int]]:
    import numpy as np

    from attune.runtime.progress import Progress
    from attune.runtime.workers import Workers
    from attune.similarity.catalog import scan
    from attune.similarity.minhash import Banding
    from attune.steps.compile.step import _READ, _remember

    records = [alone(number, " ".join(words)) for number, words in enumerate([*held, *own])]
    for record in records:
        record["messages"] = [{"role": "assistant", "content": record["messages"][-1]["content"]}]
    inputs = [open_set(write_set(folder / "in", records, 50))]
    with Workers("test", 1) as workers:
        catalog = scan(inputs, _READ, _remember, Banding(25, 5, 1), 3, 8, workers, Progress("test"))
        none = np.zeros(0, np.int64)
        numbers = np.arange(len(held)), np.arange(len(held), len(records))
        rules = contamination.ContaminationRules.of(CompileParams())
        found = contamination.find_contamination(
            catalog, (none, numbers[0]), (numbers[1], none), rules, workers, Progress("test")
        )
    return {(row - len(held), number) for row, number in zip(found.rows.tolist(), found.held.tolist(), strict=True)}
