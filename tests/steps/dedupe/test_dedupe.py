from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_factory import (
    AS_OF,
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

from attune.config.params import DedupeParams, Params, RunParams
from attune.errors import RunError, UsageError
from attune.records.shards import QUARANTINED, REJECTED, open_set
from attune.reporting.report import Report, report_json
from attune.runtime import run_step
from attune.runtime.step import Context
from attune.steps.dedupe import pairs_page
from attune.steps.dedupe.step import dedupe, rewrite_pages

RUN = RunParams(shard_rows=200)


def run_dedupe(folder: Path, records: list[dict[str, Any]], *, shard_rows: int = 100, **params: Any) -> tuple[Report, str]:
    inputs = write_set(folder / "in", records, shard_rows)
    output = str(folder / "out")
    return dedupe([inputs], output, DedupeParams(**params), Context(), run=RUN), output


def duplicates(output: str) -> list[dict[str, Any]]:
    return pq.read_table(Path(output) / "duplicates.parquet").to_pylist()


def kept_ids(output: str) -> set[str]:
    return {row["record_id"] for row in rows(open_set(output))}


def test_an_exact_copy_is_removed_and_names_its_representative(tmp_path: Path) -> None:
    text = random_text(random.Random(1), 30)
    first, copy, other = (make_record(n, ["hello", text if n < 2 else random_text(random.Random(2), 30)]) for n in range(3))
    report, output = run_dedupe(tmp_path, [first, copy, other], keep="keep_first")
    assert kept_ids(output) == {first["record_id"], other["record_id"]}
    assert report.rows is not None
    assert dict(report.rows.rejected) == {"exact_duplicate": 1}
    assert duplicates(output) == [
        {
            "removed_id": copy["record_id"],
            "kept_id": first["record_id"],
            "reason": "exact_duplicate",
            "similarity": 1.0,
            "decision": "kept the first",
        }
    ]
    assert {row["cluster_id"] for row in rows(open_set(output))} == kept_ids(output)
    assert [row["cluster_id"] for row in rows(open_set(f"{output}/{REJECTED}"))] == [first["record_id"]]


@pytest.mark.parametrize(
    ("keep", "winner", "decision"),
    [
        ("keep_first", 0, "kept the first"),
        ("keep_longest", 1, "kept the longer one"),
        ("keep_best_quality", 2, "kept the better one (9 over"),
    ],
)
def test_each_strategy_keeps_the_record_that_it_prefers(tmp_path: Path, keep: str, winner: int, decision: str) -> None:
    text = random_text(random.Random(3), 100)
    scores = [7.0, 8.0, 9.0]
    texts = [text, text + " laban", text]
    records = [make_record(n, ["hello", texts[n]], quality_score=scores[n]) for n in range(3)]
    _, output = run_dedupe(tmp_path, records, keep=keep)
    assert kept_ids(output) == {records[winner]["record_id"]}
    assert all(row["decision"].startswith(decision) for row in duplicates(output))


def test_the_last_tie_goes_to_the_smaller_id(tmp_path: Path) -> None:
    text = random_text(random.Random(4), 40)
    records = [make_record(n, ["hello", text], quality_score=8.0) for n in range(6)]
    for keep in ("keep_best_quality", "keep_longest"):
        _, output = run_dedupe(tmp_path / keep, records, keep=keep)
        assert kept_ids(output) == {min(record["record_id"] for record in records)}


def test_a_chain_of_small_changes_is_not_collapsed_into_one_record(tmp_path: Path) -> None:
    words = random_text(random.Random(5), 200).split()
    a = " ".join(words)
    b = " ".join([*words[10:], *random_text(random.Random(6), 10).split()])
    c = " ".join([*words[20:], *b.split()[-10:], *random_text(random.Random(7), 10).split()])
    records = [make_record(n, ["hi", text], quality_score=9.0 - n) for n, text in enumerate((a, b, c))]
    sets = [shingles(record) for record in records]
    assert similarity(sets[0], sets[1]) >= 0.85 <= similarity(sets[1], sets[2])
    assert similarity(sets[0], sets[2]) < 0.85
    _, output = run_dedupe(tmp_path, records)
    assert kept_ids(output) == {records[0]["record_id"], records[2]["record_id"]}
    pairs = pq.read_table(Path(output) / "pairs.parquet").to_pylist()
    assert {(pair["better_id"], pair["worse_id"]): pair["outcome"] for pair in pairs} == {
        (records[0]["record_id"], records[1]["record_id"]): "near_duplicate",
        (records[0]["record_id"], records[2]["record_id"]): "below_threshold",
        (records[1]["record_id"], records[2]["record_id"]): "chain",
    }


def test_short_texts_are_compared_by_hash_only(tmp_path: Path) -> None:
    texts = ["you can do it", "You can do it", "you can do it"]
    report, _ = run_dedupe(tmp_path, [make_record(n, ["hi", text]) for n, text in enumerate(texts)], keep="keep_first")
    assert report.numbers["exact_duplicates"] == 1
    assert report.numbers["near_duplicates"] == 0
    assert report.numbers["too_short_to_compare"] == 3


def test_case_punctuation_and_a_shared_system_prompt_do_not_count(tmp_path: Path) -> None:
    generator = random.Random(8)
    prompt = {"role": "system", "content": random_text(generator, 300)}
    text = random_text(generator, 40)
    contents = [text, text.title() + "…", random_text(generator, 40)]
    records = []
    for number, content in enumerate(contents):
        messages = [prompt, {"role": "user", "content": "hm"}, {"role": "assistant", "content": content}]
        records.append(make_record(number, "", messages=messages))
    report, _ = run_dedupe(tmp_path, records)
    assert report.numbers["near_duplicates"] == 1
    assert report.numbers["similarity"]["counts"][-1] == 1


def test_the_cost_of_a_boilerplate_bucket_is_not_quadratic(tmp_path: Path) -> None:
    generator = random.Random(9)
    boilerplate = random_text(generator, 60)
    # Near enough to share bands (J about 0.75), too far to be duplicates.
    records = [make_record(n, ["hi", f"{boilerplate} {random_text(generator, 9)}"]) for n in range(600)]
    report, _ = run_dedupe(tmp_path, records)
    assert report.numbers["large_buckets"] > 0
    assert report.numbers["compared_pairs"] < 600 * 599 / 2 / 10  # the sketches tell the others apart
    assert report.rows is not None
    assert report.rows.kept == 600


def test_of_many_copies_with_small_changes_one_is_kept(tmp_path: Path) -> None:
    generator = random.Random(10)
    text = random_text(generator, 120)
    records = [make_record(n, ["hi", edited(generator, text, 1)]) for n in range(300)]
    report, output = run_dedupe(tmp_path, records)
    assert len(kept_ids(output)) == 1
    assert report.numbers["largest_cluster"] == 300


def test_compared_with_brute_force_nearly_every_near_duplicate_is_found_and_none_is_wrong(tmp_path: Path) -> None:
    records = record_stream(1_500, seed=11)
    _, output = run_dedupe(tmp_path, records)
    kept = kept_ids(output)
    sets = {record["record_id"]: shingles(record) for record in records}
    by_shingle: dict[tuple[str, ...], list[str]] = {}
    for name in sorted(kept):
        for item in sets[name]:
            by_shingle.setdefault(item, []).append(name)
    pairs = {pair for names in by_shingle.values() for pair in combinations(sorted(names), 2)}
    left_over = [pair for pair in pairs if similarity(sets[pair[0]], sets[pair[1]]) >= 0.85]
    removed = duplicates(output)
    assert len(removed) > 100
    assert len(left_over) <= 0.01 * len(removed)
    assert all(max(similarity(sets[a], sets[b]) for a, b in [pair]) < 0.9 for pair in left_over)
    for row in removed:
        exact = similarity(sets[row["removed_id"]], sets[row["kept_id"]])
        assert exact >= 0.85
        assert row["similarity"] == pytest.approx(exact, abs=1e-12)
        assert row["kept_id"] in kept


@given(records=record_lists(), keep=st.sampled_from(["keep_first", "keep_longest", "keep_best_quality"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_no_row_is_lost_and_the_shard_size_of_the_input_does_not_matter(
    records: list[dict[str, Any]], keep: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outputs = []
    for shard_rows in (7, 1_000):
        folder = tmp_path_factory.mktemp("dedupe")
        report, output = run_dedupe(folder, records, shard_rows=shard_rows, keep=keep)
        outputs.append((files(output), report_json(report)))
        kept, gone = rows(open_set(output)), rows(open_set(f"{output}/{REJECTED}"))
        assert Counter(row["record_id"] for row in kept + gone) == Counter(record["record_id"] for record in records)
        assert [row["removed_id"] for row in duplicates(output)] == [row["record_id"] for row in gone]
        assert {row["cluster_id"] for row in gone} <= {row["record_id"] for row in kept}
    assert outputs[0] == outputs[1]


@pytest.mark.slow
def test_the_number_of_workers_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.steps.dedupe.step._POOL_ROWS", 100)
    inputs = write_set(tmp_path / "in", record_stream(900, seed=12), 130)
    written = []
    for workers in (1, 2):
        output = str(tmp_path / f"out-{workers}")
        report = dedupe([inputs], output, DedupeParams(), Context(workers=workers), run=RUN)
        written.append((files(output), report_json(report)))
    assert written[0] == written[1]


def test_every_number_on_the_page_agrees_with_the_files(tmp_path: Path) -> None:
    report, output = run_dedupe(tmp_path, record_stream(400, seed=13))
    removed = duplicates(output)
    reasons = Counter(row["reason"] for row in removed)
    assert report.rows is not None
    assert report.rows.rows_in == 400
    assert report.rows.kept == len(kept_ids(output))
    assert dict(report.rows.rejected) == dict(reasons)
    assert report.numbers["clusters"] == len({row["kept_id"] for row in removed})
    assert sum(report.numbers["similarity"]["counts"]) == reasons["near_duplicate"]
    assert sum(report.numbers["cluster_sizes"].values()) == report.numbers["clusters"]


def test_a_row_without_a_content_hash_goes_to_quarantine(tmp_path: Path) -> None:
    records = record_stream(200, seed=14, duplicates=0)
    records[5]["content_hash"] = "broken"
    report, output = run_dedupe(tmp_path, records)
    assert report.rows is not None
    assert sum(report.rows.quarantined.values()) == 1
    broken = rows(open_set(f"{output}/{QUARANTINED}"))
    assert [row["record_id"] for row in broken] == [records[5]["record_id"]]
    assert "content_hash" in broken[0]["error"]


def test_too_many_broken_rows_fail_the_step_and_leave_no_finished_set(tmp_path: Path) -> None:
    records = record_stream(50, seed=15, duplicates=0)
    for record in records[:2]:
        record["content_hash"] = ""
    with pytest.raises(RunError, match=r"2 of 50 rows.*quarantine_limit"):
        run_dedupe(tmp_path, records)
    with pytest.raises(UsageError, match="no complete shard set"):
        open_set(str(tmp_path / "out"))


def test_no_input_rows_give_an_empty_set(tmp_path: Path) -> None:
    report, output = run_dedupe(tmp_path, [])
    assert open_set(output).rows == 0
    assert json.loads(report_json(report))["rows"]["rows_in"] == 0
    assert open_set(output).as_of == AS_OF


def test_in_an_oversized_bucket_no_near_duplicate_is_missed(tmp_path: Path) -> None:
    generator = random.Random(31)
    boilerplate = random_text(generator, 60)
    texts = [f"{boilerplate} {random_text(generator, generator.randint(4, 30))}" for _ in range(400)]
    texts += [edited(generator, generator.choice(texts), generator.choice((0, 1, 2))) for _ in range(100)]
    records = [make_record(n, ["hi", text]) for n, text in enumerate(texts)]
    report, output = run_dedupe(tmp_path, records, keep="keep_first")
    sets = [shingles(record) for record in records]
    kept: list[int] = []
    for number, own in enumerate(sets):
        if all(similarity(own, sets[other]) < 0.85 for other in kept):
            kept.append(number)
    assert report.numbers["large_buckets"] > 0
    assert kept_ids(output) == {records[number]["record_id"] for number in kept}


@given(records=record_lists(), keep=st.sampled_from(["keep_longest", "keep_best_quality"]), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_the_order_of_the_input_changes_neither_clusters_nor_survivors(
    records: list[dict[str, Any]], keep: str, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shuffled = random.Random(seed).sample(records, len(records))
    clusters = []
    for some in (records, shuffled):
        _, output = run_dedupe(tmp_path_factory.mktemp("dedupe"), some, keep=keep)
        every = rows(open_set(output)) + rows(open_set(f"{output}/{REJECTED}"))
        clusters.append({row["record_id"]: row["cluster_id"] for row in every})
    assert clusters[0] == clusters[1]


@given(records=record_lists(), keep=st.sampled_from(["keep_first", "keep_longest", "keep_best_quality"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_every_removed_record_is_similar_to_its_representative_and_every_pair_is_listed_with_its_outcome(
    records: list[dict[str, Any]], keep: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _, output = run_dedupe(tmp_path_factory.mktemp("dedupe"), records, keep=keep)
    kept, sets = kept_ids(output), {record["record_id"]: shingles(record) for record in records}
    hashes = {record["record_id"]: record["content_hash"] for record in records}
    stands_for = {row["removed_id"]: row["kept_id"] for row in duplicates(output)}
    for removed, keeper in stands_for.items():
        assert keeper in kept
        assert hashes[removed] == hashes[keeper] or similarity(sets[removed], sets[keeper]) >= 0.85
    pairs = pq.read_table(Path(output) / "pairs.parquet").to_pylist()
    assert len({(pair["better_id"], pair["worse_id"]) for pair in pairs}) == len(pairs)
    for pair in pairs:
        better, worse, outcome = pair["better_id"], pair["worse_id"], pair["outcome"]
        if outcome != "exact_duplicate":
            assert pair["similarity"] == pytest.approx(similarity(sets[better], sets[worse]), abs=1e-12)
        assert (outcome in {"exact_duplicate", "near_duplicate"}) == (stands_for.get(worse) == better)
        assert (outcome == "below_threshold") == (pair["similarity"] < 0.85)
        assert outcome != "chain" or (better not in kept and worse in kept)
        assert outcome != "both_removed" or {better, worse}.isdisjoint(kept)
        assert outcome != "other_representative" or (better in kept and stands_for[worse] != better)


_ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)


@given(texts=st.lists(st.one_of(_ANY_TEXT, st.sampled_from(["", " ", "\u200b", "好" * 9, "\0", "a" * 70])), max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_any_text_is_compared_and_only_equal_content_is_an_exact_duplicate(
    texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    records = [make_record(number, ["hi", text]) for number, text in enumerate(texts)]
    report, output = run_dedupe(tmp_path_factory.mktemp("dedupe"), records, keep="keep_first")
    assert report.numbers["exact_duplicates"] == len(texts) - len({record["content_hash"] for record in records})
    assert b"<script" not in (Path(output) / "pairs.html").read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.upper(),
        lambda text: text.replace(" ", "\u00a0 "),
        lambda text: text.replace("e", "e\u0301"),
        lambda text: text.replace("an", "a\u200bn"),
        lambda text: text.replace("b", "\uff42"),
        lambda text: text.replace(" ", " — "),
    ],
    ids=["case", "no-break space", "decomposed", "zero-width space", "full-width", "dashes"],
)
def test_invisible_differences_do_not_count(tmp_path: Path, change: Callable[[str], str]) -> None:
    text = random_text(random.Random(41), 60)
    accented = text.replace("e", "\u00e9") if "\u0301" in change(text) else text
    records = [make_record(number, ["hi", own]) for number, own in enumerate((accented, change(text)))]
    report, output = run_dedupe(tmp_path, records)
    found = "exact_duplicates" if accented != text else "near_duplicates"  # the content hash is one of NFC
    assert report.numbers[found] == 1
    assert duplicates(output)[0]["similarity"] == 1.0


def test_the_page_of_pairs_marks_what_differs_and_escapes_what_was_said(tmp_path: Path) -> None:
    text = random_text(random.Random(42), 80)
    words = text.split()
    other = " ".join([*words[:40], "<img src=x>", *words[41:]])
    records = [make_record(number, ["hi", own], quality_score=9.0 - number) for number, own in enumerate((text, other))]
    _, output = run_dedupe(tmp_path, records)
    page = (Path(output) / "pairs.html").read_text()
    assert f"<del>{words[40]}</del> <ins>&lt;img src=x&gt;</ins>" in page
    assert "kept the better one (9 over 8)" in page
    assert page.count("<article>") == 1
    assert words[5] not in page  # of what both say only the words beside a difference are shown


def test_a_resumed_step_renders_its_page_of_pairs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page follows a change of its template, stays the same bytes without one, and the step stays finished."""
    generator = random.Random(43)
    texts = [random_text(generator, 60) for _ in range(20)]
    near = [edited(generator, text, 1 + number % 4) for number, text in enumerate(texts)]
    records = [make_record(n, ["hi", text], quality_score=n % 10) for n, text in enumerate([*texts, *texts[:3], *near])]
    earlier, later = (write_set(tmp_path / name, some, 9) for name, some in (("1", records[:12]), ("2", records[12:])))
    output = str(tmp_path / "out")
    params = Params(dedupe=DedupeParams(index=str(tmp_path / "index")), run=RUN)
    run_step.run("dedupe", {"inputs": [earlier]}, str(tmp_path / "first"), params)
    assert not run_step.run("dedupe", {"inputs": [later]}, output, params).resumed
    page = Path(output) / "pairs.html"
    before = page.read_bytes()
    assert before.count(b"<article>") > 10
    monkeypatch.setattr(pairs_page, "_CONTEXT", 7)
    for _ in range(2):
        assert run_step.run("dedupe", {"inputs": [later]}, output, params).resumed
        assert page.read_bytes() != before
    monkeypatch.undo()
    assert run_step.run("dedupe", {"inputs": [later]}, output, params).resumed
    assert page.read_bytes() == before


def test_a_page_of_pairs_whose_texts_cannot_be_told_apart_by_id_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = random_text(random.Random(44), 60)
    records = [make_record(1, ["hi", own]) for own in (text, edited(random.Random(45), text, 1))]
    report, output = run_dedupe(tmp_path, records)
    assert report.numbers["near_duplicates"] == 1
    before = (Path(output) / "pairs.html").read_bytes()
    monkeypatch.setattr(pairs_page, "_CONTEXT", 7)
    assert not rewrite_pages([str(tmp_path / "in")], output, DedupeParams())
    assert (Path(output) / "pairs.html").read_bytes() == before
