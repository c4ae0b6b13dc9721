"""The engine's promises: nothing is lost, the bad rows stand alone, what was done is not done again, the bytes are the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_factory import files
from steps_of_test import Settings, always_raise, die, double_a_row, lose_a_row, sort_out, table

from attune.errors import RunError
from attune.records import shards
from attune.records.shards import ShardSetWriter, open_set
from attune.runtime import engine
from attune.runtime.engine import MapJob, MapResult, run_map, shard_units, stream_units
from attune.runtime.step import Context, MapFunction, merge_stats


def make_input(folder: Path, rows: int = 40, shard_rows: int = 10) -> Path:
    with ShardSetWriter(str(folder), "input", table([]).schema, shard_rows, None) as writer:
        writer.write(table(list(range(rows))))
    return folder


def run(
    source: Path,
    output: Path,
    params: Settings | None = None,
    function: MapFunction = sort_out,
    limit: float = 1.0,
    **context: object,
) -> MapResult:
    units = shard_units([open_set(str(source))])
    job = MapJob("sort", function, params or Settings(), Context(**context), str(output), limit)  # type: ignore[arg-type]
    return run_map(job, units)


def numbers(folder: Path) -> list[int]:
    return [number for part in open_set(str(folder)).tables() for number in part.column("number").to_pylist()]


def calls(folder: Path) -> int:
    return len(list(folder.iterdir()))


@pytest.mark.parametrize("function", [lose_a_row, double_a_row])
def test_a_step_that_loses_or_doubles_a_row_fails_and_completes_nothing(tmp_path: Path, function: MapFunction) -> None:
    source = make_input(tmp_path / "in")
    with pytest.raises(RunError, match=r"batch 0 has 10 rows in but .* the step loses or doubles rows"):
        run(source, tmp_path / "out", function=function)
    assert not (tmp_path / "out" / shards.DESCRIPTION).exists()


def test_every_row_is_kept_rejected_with_a_reason_or_quarantined_with_an_error(tmp_path: Path) -> None:
    source = make_input(tmp_path / "in")
    result = run(source, tmp_path / "out", Settings(bad=(3, 12)))
    assert numbers(tmp_path / "out") == [number for number in range(40) if number % 2 and number != 3]
    assert numbers(tmp_path / "out" / "rejected") == [number for number in range(40) if number % 2 == 0 and number != 12]
    assert numbers(tmp_path / "out" / "quarantined") == [3, 12]
    assert (result.rows_in, result.kept) == (40, 19)
    assert result.rejected == {"even": 16, "even_and_small": 3}
    assert sum(result.quarantined.values()) == 2
    assert result.stats["sum"] == sum(range(40)) - 15
    assert result.stats["by_length"]["3"] == 38


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sets(st.integers(0, 39)), st.integers(1, 40))
def test_bisection_isolates_exactly_the_bad_rows(tmp_path_factory: pytest.TempPathFactory, bad: set[int], batch: int) -> None:
    output = tmp_path_factory.mktemp("out")
    units = stream_units([table(list(range(start, min(start + batch, 40)))) for start in range(0, 40, batch)])
    params = Settings(bad=tuple(sorted(bad)))
    result = run_map(MapJob("sort", sort_out, params, Context(), str(output), quarantine_limit=1.0), units)
    assert numbers(output / "quarantined") == sorted(bad)
    assert sorted([*numbers(output), *numbers(output / "rejected"), *bad]) == list(range(40))
    assert result.rows_in == 40
    shutil.rmtree(output)


def test_an_error_is_named_by_kind_and_place_and_never_by_its_message(tmp_path: Path) -> None:
    source = make_input(tmp_path / "in")
    result = run(source, tmp_path / "out", Settings(bad=(3,)))
    (error,) = result.quarantined
    assert error.startswith("ValueError at ")
    written = b"".join(files(tmp_path / "out").values())
    assert b"secret" not in written
    assert str(tmp_path).encode() not in written


def test_the_place_of_an_error_is_the_same_wherever_the_checkout_stands() -> None:
    with pytest.raises(TypeError) as inside:
        merge_stats({"a": 1}, {"a": "x"})
    assert engine.describe_error(inside.value).split(":")[0] == "TypeError at runtime/step.py"
    assert engine.describe_error(inside.value, line=False) == "TypeError at runtime/step.py:merge_stats"
    code = compile("1 / 0", "/home/someone/attune/.venv/lib/other.py", "exec")
    with pytest.raises(ZeroDivisionError) as outside:
        exec(code)
    assert engine.describe_error(outside.value) == "ZeroDivisionError at ?"


def test_unredacted_rows_do_not_go_to_quarantine_with_their_text(tmp_path: Path) -> None:
    units = stream_units([table(list(range(10)))])
    run_map(MapJob("sort", sort_out, Settings(bad=(3,)), Context(), str(tmp_path), 1, keep_quarantined_rows=False), units)
    (part,) = open_set(str(tmp_path / "quarantined")).tables()
    assert part.column_names == ["record_id", "error"]
    assert part.column("record_id").to_pylist() == ["r_3"]


def test_more_quarantined_rows_than_the_limit_fail_the_step_and_name_the_commonest_error(tmp_path: Path) -> None:
    source = make_input(tmp_path / "in")
    run(source, tmp_path / "out", Settings(bad=(1, 2)), limit=0.05)
    with pytest.raises(RunError, match=r"3 of 40 rows .* quarantine_limit of 5.0%; the commonest error is ValueError"):
        run(source, tmp_path / "out", Settings(bad=(1, 2, 3)), limit=0.05)
    assert not (tmp_path / "out" / shards.DESCRIPTION).exists()


def test_a_step_that_fails_on_no_rows_at_all_is_broken_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        run_map(MapJob("broken", always_raise, Settings(), Context(), str(tmp_path)), stream_units([table([])]))
    with pytest.raises(KeyError):
        run_map(MapJob("broken", always_raise, Settings(), Context(), str(tmp_path)), stream_units([table([1])]))


def test_one_worker_and_two_write_the_same_bytes(tmp_path: Path) -> None:
    source = make_input(tmp_path / "in", rows=60)
    one = run(source, tmp_path / "one", Settings(bad=(7, 22)))
    two = run(source, tmp_path / "two", Settings(bad=(7, 22)), workers=2)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert one == two


def test_what_was_done_is_not_done_again_and_gives_the_same_result(tmp_path: Path) -> None:
    source, made = make_input(tmp_path / "in"), tmp_path / "calls"
    made.mkdir()
    first = run(source, tmp_path / "out", Settings(calls=str(made)))
    assert calls(made) == 4
    before = files(tmp_path / "out")
    again = run(source, tmp_path / "out", Settings(calls=str(made)))
    assert calls(made) == 4
    assert files(tmp_path / "out") == before
    assert (again.stats, again.rejected, again.kept) == (first.stats, first.rejected, first.kept)
    assert json.dumps(again.stats) == json.dumps(first.stats), "the order of what a page shows must not depend on resuming"
    assert (first.reused, again.reused) == (0, 4)


@pytest.mark.parametrize(
    "change",
    [{"seed": 18}, {"as_of": datetime(2026, 1, 1, tzinfo=UTC)}, {"subject_key": b"another key of bytes"}],
)
def test_a_changed_context_makes_everything_anew(tmp_path: Path, change: dict[str, object]) -> None:
    source = make_input(tmp_path / "in")
    run(source, tmp_path / "out")
    assert run(source, tmp_path / "out", **change).reused == 0


def test_changed_parameters_make_everything_anew_and_leave_nothing_of_the_old(tmp_path: Path) -> None:
    source = make_input(tmp_path / "in")
    run(source, tmp_path / "out", Settings(bad=(3,)))
    assert run(source, tmp_path / "out", Settings(limit=20)).reused == 0
    run(source, tmp_path / "fresh", Settings(limit=20))
    assert files(tmp_path / "out") == files(tmp_path / "fresh")


def test_a_smaller_input_leaves_no_stale_files(tmp_path: Path) -> None:
    run(make_input(tmp_path / "large", 60), tmp_path / "out", Settings(bad=(3,)))
    (tmp_path / "out" / ".part-00009.parquet.77-aa.tmp").write_bytes(b"half")
    (tmp_path / "out" / ".commits" / ".part-00009.json.77-aa.tmp").write_bytes(b"half")
    run(make_input(tmp_path / "small", 20), tmp_path / "out", Settings(bad=(3,)))
    run(tmp_path / "small", tmp_path / "fresh", Settings(bad=(3,)))
    assert files(tmp_path / "out") == files(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("part", "damage"),
    [(part, damage) for part in ("part-00001.parquet", "rejected/part-00002.parquet") for damage in ("remove", "cut", "flip")]
    + [(".commits/part-00000.json", "remove"), (".commits/part-00000.json", "cut")],
)
def test_a_damaged_file_is_made_again(tmp_path: Path, part: str, damage: str) -> None:
    source = make_input(tmp_path / "in")
    run(source, tmp_path / "out")
    before, file = files(tmp_path / "out"), tmp_path / "out" / part
    content = bytearray(file.read_bytes())
    if damage == "remove":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    assert run(source, tmp_path / "out").reused == 3
    assert files(tmp_path / "out") == before


def test_a_set_is_not_complete_while_its_step_runs_again(tmp_path: Path) -> None:
    source = make_input(tmp_path / "in")
    run(source, tmp_path / "out")

    complete: list[bool] = []

    def look(batch: pa.Table, params: Settings, context: Context) -> engine.Batch:
        complete.extend((tmp_path / "out" / folder / shards.DESCRIPTION).exists() for folder in ("", "rejected", "quarantined"))
        return sort_out(batch, params, context)

    run(source, tmp_path / "out", Settings(limit=9), function=look)
    assert complete == [False] * 3 * 4  # three sets, four batches


def test_a_worker_that_dies_is_a_clear_error(tmp_path: Path) -> None:
    source = make_input(tmp_path / "in")
    with pytest.raises(RunError, match=r"a worker process died .* run again to resume"):
        run(source, tmp_path / "out", function=die, workers=2)


def test_no_input_gives_complete_and_empty_sets(tmp_path: Path) -> None:
    result = run_map(MapJob("sort", sort_out, Settings(), Context(), str(tmp_path)), [])
    assert (result.rows_in, result.kept, result.units) == (0, 0, 0)
    assert [open_set(str(tmp_path / folder)).rows for folder in ("", "rejected", "quarantined")] == [0, 0, 0]


nests = st.recursive(st.integers(0, 99), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6)
counters = st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from("xyz"), st.integers(0, 99)), max_size=3)


@given(st.lists(counters, max_size=5))
def test_statistics_sum_to_the_same_in_any_grouping(parts: Sequence[dict[str, dict[str, int]]]) -> None:
    total: dict[str, object] = {}
    for part in parts:
        total = merge_stats(total, part)
    reverse: dict[str, object] = {}
    for part in reversed(parts):
        reverse = merge_stats(part, reverse)
    assert total == reverse


def test_statistics_that_do_not_fit_together_are_an_error_that_names_them() -> None:
    with pytest.raises(TypeError, match="'mean' is int in one batch and str in another"):
        merge_stats({"mean": 1}, {"mean": "1"})
