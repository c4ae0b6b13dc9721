"""Who is on the list of the erased is neither read from a source nor compiled from a backup."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sample
from governance_house import KEY, House, make_house
from record_factory import make_record, rows, write_set

from attune.config.params import Params, load_params
from attune.errors import RunError, UsageError
from attune.records.erased import LIST, Erased, erased_people, keyed_digest, load_erased, remember
from attune.records.shards import open_set
from attune.records.tokens import token
from attune.runtime import run_step

SOURCES = Path(__file__).parents[2] / "sources"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY.decode())


@pytest.fixture
def papers(tmp_path: Path) -> str:
    return str(tmp_path / "erasures")


def put_on_list(papers: str, people: list[str], conversations: list[str] | None = None) -> None:
    remember(papers, [keyed_digest(KEY, name) for name in people], [keyed_digest(KEY, name) for name in conversations or []])


def with_list(papers: str, *more: str) -> Params:
    return load_params([], [f"run.erased={papers}", "run.workers=1", *more])


def everything_in(folder: Path) -> bytes:
    tables = [json.dumps(rows(open_set(str(file.parent))), default=str) for file in folder.rglob("_shards.json")]
    plain = [file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.suffix != ".parquet"]
    return b"\n".join([*plain, *(table.encode() for table in tables)])


def test_a_database_that_still_holds_an_erased_person_does_not_bring_them_back(tmp_path: Path, papers: str) -> None:
    sample.generate(tmp_path / "product", 60, 17)
    database = {"database": str(tmp_path / "product/product.db")}
    params = with_list(papers, f"extract.sources={SOURCES}", "redact.names=lists", "extract.incremental=true")
    run_step.run("extract", database, str(tmp_path / "data"), params)
    before = rows(open_set(str(tmp_path / "data")))
    person = before[0]["subject_id"]
    put_on_list(papers, [person])
    again = run_step.run("extract", database, str(tmp_path / "data"), params)  # the list alone has changed
    stay = [row["record_id"] for row in before if row["subject_id"] != person]
    assert [row["record_id"] for row in rows(open_set(str(tmp_path / "data")))] == stay
    assert again.report.numbers["filtered"]["erased"] >= len(before) - len(stay)
    assert person.encode() not in everything_in(tmp_path / "data")
    once_more = run_step.run("extract", database, str(tmp_path / "data"), params)
    assert [row["record_id"] for row in rows(open_set(str(tmp_path / "data")))] == stay
    assert once_more.report.numbers["update"]["mode"] == "incremental" or once_more.resumed


def test_objects_that_name_an_erased_person_are_read_without_them(tmp_path: Path, papers: str) -> None:
    family = {
        "family": "chats", "pattern": "chats/*.jsonl", "loader": "jsonl", "source": "user_generated",
        "columns": {"question": "q", "answer": "a", "subject": "who"},
    }  # fmt: skip
    (tmp_path / "families.yaml").write_text(json.dumps({"families": [family]}))
    (tmp_path / "store/chats").mkdir(parents=True)
    lines = [
        {"q": f"how do I rest more, {n}?", "a": f"you could begin with {n} minutes.", "who": f"u{n % 3}"} for n in range(60)
    ]
    (tmp_path / "store/chats/a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    person = token(KEY, "user", "u1")
    put_on_list(papers, [person])
    params = with_list(papers, f"ingest.families={tmp_path / 'families.yaml'}")
    outcome = run_step.run("ingest", {"roots": [str(tmp_path / "store")]}, str(tmp_path / "out"), params)
    assert outcome.report.rows is not None
    assert (outcome.report.rows.rows_in, outcome.report.rows.kept) == (60, 40)
    assert dict(outcome.report.rows.rejected) == {"erased": 20}
    assert person.encode() not in everything_in(tmp_path / "out")


def test_a_backup_that_is_compiled_again_is_compiled_without_them(tmp_path: Path, papers: str) -> None:
    house: House = make_house(tmp_path / "house")
    person = house.kept_record("train")["subject_id"]
    mine = [row for row in rows(open_set(str(house.root / "data"))) if row["subject_id"] == person]
    backup = {"inputs": [str(house.root / "work/dedupe")]}
    put_on_list(papers, [person])
    outcome = run_step.run("compile", backup, str(tmp_path / "v1"), with_list(papers))
    assert outcome.report.rows is not None
    assert outcome.report.rows.rejected["erased"] >= 1
    manifest = json.loads((tmp_path / "v1/manifest.json").read_text())
    assert manifest["left_out"]["erased"]["rows"] == outcome.report.rows.rejected["erased"]
    found = everything_in(tmp_path / "v1")
    said = [message["content"] for row in mine for message in row["messages"]]
    ids = [row[name] for row in mine for name in ("record_id", "subject_id", "conversation_id")]
    assert [text for text in (*ids, *said) if text.encode() in found] == []
    assert (
        run_step.run("verify", {"dataset": str(tmp_path / "v1")}, str(tmp_path / "verify"), with_list(papers)).report
        is not None
    )
    assert run_step.run("compile", backup, str(tmp_path / "v1"), with_list(papers)).resumed
    put_on_list(papers, [house.kept_record("test")["subject_id"]])
    assert not run_step.run("compile", backup, str(tmp_path / "v1"), with_list(papers)).resumed


def test_nobodys_record_of_an_erased_conversation_stays_out_too(tmp_path: Path, papers: str) -> None:
    records = [
        make_record(number, f"what helps on day {number}?", subject_id=None, conversation_id=f"conversation_{number}")
        for number in range(30)
    ]
    write_set(tmp_path / "scored", records)
    put_on_list(papers, [], ["conversation_3"])
    outcome = run_step.run("compile", {"inputs": [str(tmp_path / "scored")]}, str(tmp_path / "v1"), with_list(papers))
    assert outcome.report.rows is not None
    assert outcome.report.rows.rejected["erased"] == 1
    assert records[3]["record_id"].encode() not in everything_in(tmp_path / "v1")


def test_a_list_that_cannot_be_read_stops_the_step(tmp_path: Path, papers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not load_erased(papers)
    assert not load_erased("")
    put_on_list(papers, ["user_a"])
    assert load_erased(papers).holds(None, "user_a")
    assert not load_erased(papers).holds("user_b", None)
    monkeypatch.delenv("ATTUNE_SUBJECT_KEY")
    with pytest.raises(UsageError, match=r"erased.json lists erased people, .* no key for subject tokens"):
        load_erased(papers)
    for garbled in (b"{", b"[]", b'{"people": [1]}', b'{"people": null}', b"\xff"):
        (Path(papers) / LIST).write_bytes(garbled)
        with pytest.raises(RunError, match="is not a list of erased people"):
            erased_people(papers)


@pytest.mark.parametrize("step", ["score", "dedupe"])
def test_a_step_given_an_old_set_writes_what_it_would_write_without_the_erased(tmp_path: Path, papers: str, step: str) -> None:
    house = make_house(tmp_path / "house")
    old = rows(open_set(str(house.root / "data")))
    person, conversation = (
        old[4]["subject_id"],
        next(r["conversation_id"] for r in old if r["subject_id"] != old[4]["subject_id"]),
    )
    theirs = [row for row in old if row["subject_id"] == person or row["conversation_id"] == conversation]
    write_set(tmp_path / "clean", [row for row in old if row not in theirs])
    before = run_step.run(step, {"inputs": [str(house.root / "data")]}, str(tmp_path / "old"), with_list(papers))
    put_on_list(papers, [person], [conversation])
    clean = run_step.run(step, {"inputs": [str(tmp_path / "clean")]}, str(tmp_path / "out-clean"), with_list(papers))
    assert not clean.resumed
    outcome = run_step.run(step, {"inputs": [str(house.root / "data")]}, str(tmp_path / "old"), with_list(papers))
    assert not outcome.resumed
    assert outcome.report.rows is not None
    assert before.report.rows is not None
    assert outcome.report.rows.rejected["erased"] == len(theirs)
    assert outcome.report.rows.rows_in == before.report.rows.rows_in == len(old)
    for kind in ("", "rejected", "quarantined"):
        assert rows(open_set(str(tmp_path / "old" / kind))) == rows(open_set(str(tmp_path / "out-clean" / kind)))
    found = everything_in(tmp_path / "old")
    said = [message["content"] for row in theirs for message in row["messages"]]
    ids = [row[name] for row in theirs for name in ("record_id", "conversation_id")]
    assert [text for text in (*ids, person, *said) if text.encode() in found] == []
    assert not (tmp_path / "old/.without-erased").exists()
    again = run_step.run(step, {"inputs": [str(house.root / "data")]}, str(tmp_path / "old"), with_list(papers))
    assert again.resumed
    assert again.report.rows == outcome.report.rows


@pytest.mark.parametrize("step", ["score", "dedupe"])
def test_a_list_of_people_who_are_not_in_a_set_makes_no_step_run_again(tmp_path: Path, papers: str, step: str) -> None:
    write_set(tmp_path / "in", [make_record(number, f"what helps on day {number}?") for number in range(30)])
    run_step.run(step, {"inputs": [str(tmp_path / "in")]}, str(tmp_path / "out"), with_list(papers))
    put_on_list(papers, ["user_elsewhere"], ["conversation_elsewhere"])
    outcome = run_step.run(step, {"inputs": [str(tmp_path / "in")]}, str(tmp_path / "out"), with_list(papers))
    assert outcome.resumed
    assert outcome.report.rows is not None
    assert "erased" not in outcome.report.rows.rejected


def test_what_a_kill_left_beside_an_output_goes_and_a_set_of_erased_people_alone_becomes_empty(
    tmp_path: Path, papers: str
) -> None:
    write_set(
        tmp_path / "in", [make_record(number, f"what helps on day {number}?", subject_id="user_a") for number in range(5)]
    )
    left = tmp_path / "out/.without-erased/000/part-00000.parquet"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    put_on_list(papers, ["user_a"])
    outcome = run_step.run("dedupe", {"inputs": [str(tmp_path / "in")]}, str(tmp_path / "out"), with_list(papers))
    assert outcome.report.rows is not None
    assert (outcome.report.rows.rows_in, outcome.report.rows.kept) == (5, 0)
    assert not left.parents[1].exists()


def test_who_is_erased_while_a_step_runs_is_not_in_what_it_wrote(
    tmp_path: Path, papers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(tmp_path / "house")
    person = house.kept_record("train")["subject_id"]
    seen = []

    def then_erase(number: int) -> Erased:
        before = load_erased(papers)
        if number == 0:
            put_on_list(papers, [person])  # another process erases them after this one has read the list
        return before

    monkeypatch.setattr(run_step, "load_erased", lambda _: (seen.append(1), then_erase(len(seen) - 1))[1])
    outcome = run_step.run("compile", {"inputs": [str(house.root / "work/dedupe")]}, str(tmp_path / "v1"), with_list(papers))
    assert outcome.report.rows is not None
    assert outcome.report.rows.rejected["erased"] >= 1
    assert person.encode() not in everything_in(tmp_path / "v1")
