"""What an author of a dataset version could hide who knows the format and updates all hashes."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from compiled_version import compile_records
from dataset_forger import Row, change, check, read_lines, say, seal, split_rows, violations, write_lines
from jsonschema import Draft202012Validator
from record_factory import make_record, random_text

from attune.config.params import Params, VerifyParams
from attune.errors import GateError, UsageError
from attune.records.dataset import sealed
from attune.records.record import provenance
from attune.runtime import run_step
from attune.runtime.step import Context
from attune.steps.verify.manifest_validation import Manifest
from attune.steps.verify.step import verify


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    generator = random.Random(3)
    records = [make_record(n, ["hello", random_text(generator, 40)], subject_id=f"user_{n // 2}") for n in range(400)]
    return compile_records(folder, records)[1]


def test_the_unchanged_version_passes(sound: Path) -> None:
    assert violations(check(sound)) == {}


@pytest.mark.parametrize(
    "disguise",
    [
        str.upper,
        lambda text: text.replace(" ", "  \n"),
        lambda text: ", ".join(text.split()),
        lambda text: text.replace("a", "ａ"),  # full width
        lambda text: "\u200b".join(text),  # invisible characters between all letters
        lambda text: text.replace("o", "о"),  # Cyrillic
    ],
)
def test_a_copy_in_another_split_is_seen_through_its_disguise(dataset: Path, disguise: Callable[[str], str]) -> None:
    text = random_text(random.Random(5), 50)
    change(dataset, "test", lambda rows: say(rows[0], text))
    change(dataset, "train", lambda rows: say(rows[0], disguise(text)))
    report = check(dataset)
    assert "leakage" in report.failed_gates
    assert violations(report)["near duplicate in two splits"] >= 1


def test_a_short_copy_in_another_case_is_leakage_too(dataset: Path) -> None:
    change(dataset, "test", lambda rows: rows[0].update(messages=talk("Thank you!", "Any time.")))
    change(dataset, "train", lambda rows: rows[0].update(messages=talk("thank you", "any  time")))
    assert found(dataset) == {"identical after normalization in two splits": 1}


def test_near_duplicates_are_found_in_scripts_without_spaces(dataset: Path) -> None:
    text = "私は昨日の夜に彼と話をしましたがとても悲しい気持ちになりました今日はどうすればいいですか教えてください"
    change(dataset, "test", lambda rows: say(rows[0], text))
    change(dataset, "train", lambda rows: say(rows[0], text.replace("昨日", "先日")))
    assert found(dataset) == {"near duplicate in two splits": 1}


def found(dataset: Path) -> dict[str, int]:
    """Violations other than those of the statistics, which change with every text."""
    return {name: count for name, count in violations(check(dataset)).items() if name != "statistic is wrong"}


def talk(*contents: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(contents)]


@pytest.mark.parametrize("share", [0.849, 0.851])
def test_the_threshold_of_leakage_is_exact(dataset: Path, share: float) -> None:
    # Two texts of n distinct words that differ in the last k have n - k - 2 n-grams in common of n - 2 + k.
    pool = random.Random(9).sample([f"w{number}" for number in range(4000)], 2100)
    words, others = pool[:1000], pool[1000:]
    edits = next(k for k in range(1, 200) if (1002 - 4 - k) / (1002 - 4 + k) < share)
    edits -= share > 0.85  # the last number of edits that is still over
    left, right = " ".join(words), " ".join([*words[: 1000 - edits], *others[:edits]])
    ask = "hello"
    change(dataset, "test", lambda rows: rows[0].update(messages=talk(ask, left)))
    change(dataset, "train", lambda rows: rows[0].update(messages=talk(ask, right)))
    grams = [set(zip(t, t[1:], t[2:], strict=False)) for t in ([ask, *left.split()], [ask, *right.split()])]
    exact = len(grams[0] & grams[1]) / len(grams[0] | grams[1])
    assert abs(exact - 0.85) < 0.003
    assert violations(check(dataset)).get("near duplicate in two splits", 0) == (exact >= 0.85)


@pytest.mark.parametrize("field", ["scenario", "tags", "rejected_response", "relationship_stage", "review_reasons", "license"])
def test_an_identifier_in_any_field_is_found(dataset: Path, field: str) -> None:
    text = "ask jo.doe@mail.example.org"
    change(dataset, "train", lambda rows: rows[2].update({field: [text] if field in {"tags", "review_reasons"} else text}))
    assert violations(check(dataset))["e-mail address in the text"] == 1


def test_an_identifier_in_a_system_prompt_or_an_id_is_found(dataset: Path) -> None:
    change(dataset, "train", lambda rows: rows[1]["messages"].insert(0, {"role": "system", "content": "call +49 171 5550132"}))
    change(dataset, "test", lambda rows: rows[1].update(subject_id="jo.doe@mail.example.org"))
    seen = violations(check(dataset))
    assert seen["phone number in the text"] == seen["e-mail address in the text"] == 1


@pytest.mark.parametrize(
    ("text", "check_name"),
    [
        ("it is jo\u200b.doe@mail\u200b.example.org", "e-mail address in the text"),
        ("it is jo.doe＠mail.example.org", "e-mail address in the text"),
        ("it is jo.doe (at) mail (dot) example", "e-mail address in the text"),
        ("my card: ４１１１ １１１１ １１１１ １１１１", "payment card number in the text"),
        ("send it to DE89 3704 0044 0532 0130 00 please", "bank account number in the text"),
        ("my machine is 93.184.216.34, look", "network address in the text"),
        ("my machine is 2a00:1450:4001:82b::200e, look", "network address in the text"),
        ("iban de89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000", "bank account number in the text"),
        ("they asked for 219\u201109\u20119954", "social security number in the text"),
        ("ring 212\u2013555\u20130147 tonight", "phone number in the text"),
        ("write to Jane AT Example DOT com", "e-mail address in the text"),
        ("passport no. 533380006", "labelled identifier in the text"),
        ("dob: 12/04/1988", "labelled identifier in the text"),
        ("he was at 51.50331, -0.12761", "coordinates in the text"),
    ],
)
def test_identifiers_are_read_as_a_person_reads_them(dataset: Path, text: str, check_name: str) -> None:
    change(dataset, "train", lambda rows: say(rows[5], text))
    assert found(dataset) == {check_name: 1}


def test_help_lines_and_ordinary_numbers_are_no_identifiers(dataset: Path) -> None:
    text = "call 1-800-273-8255 or 988, text 741741; I am 34, page 212, 40%, at 10:30, 1,200.50 dollars, 6 hours 30 min"
    change(dataset, "train", lambda rows: say(rows[5], text))
    assert found(dataset) == {}


@pytest.mark.parametrize("place", ["file", "column", "pandas", "pandas column", "origin"])
def test_a_name_in_the_metadata_of_a_shard_or_an_identifier_in_an_origin_is_found(dataset: Path, place: str) -> None:
    if place == "origin":
        change(dataset, "train", lambda rows: rows[0].update(provenance=provenance("call 212-555-0147.txt", "1", "ingest")))
        assert violations(check(dataset))["phone number in the text"] == 1
        return
    path = next((dataset / "train").glob("*.parquet"))
    table = pq.read_table(path)
    frame = table.to_pandas()
    if place == "file":
        table = table.replace_schema_metadata({"note": "Priya Nair"})
    elif place == "column":
        at = table.schema.get_field_index("scenario")
        table = table.cast(table.schema.set(at, table.schema.field(at).with_metadata({"owner": "Priya Nair"})))
    elif place == "pandas":
        frame.attrs["owner"] = "Priya Nair"
        table = table.replace_schema_metadata(pa.Schema.from_pandas(frame).metadata)
    else:
        frame = frame.set_index(frame["scenario"].rename("Priya Nair"))
        table = table.replace_schema_metadata(pa.Schema.from_pandas(frame).metadata)
    pq.write_table(table, path)
    seal(dataset)
    assert violations(check(dataset)) == {"column is not of the contract": 1}


def test_what_pandas_writes_of_its_own_is_no_fault(dataset: Path) -> None:
    path = next((dataset / "train").glob("*.parquet"))
    table = pq.read_table(path)
    plain = pa.Schema.from_pandas(table.to_pandas()).metadata
    pq.write_table(table.replace_schema_metadata(plain), path)
    seal(dataset)
    assert violations(check(dataset)) == {}


@pytest.mark.parametrize("name", ["README.md", "statistics.json", "croissant.json", "manifest.json"])
def test_an_identifier_in_a_file_beside_the_records_is_found(dataset: Path, name: str) -> None:
    if name == "README.md":
        (dataset / name).write_text((dataset / name).read_text() + "\nWrite to jane.roe@example.org or call +49 170 1234567.\n")
    elif name != "manifest.json":
        value = json.loads((dataset / name).read_bytes())
        (dataset / name).write_text(json.dumps(value | {"note": "jane.roe@example.org"}))
    seal(dataset, **({"note": "jane.roe@example.org"} if name == "manifest.json" else {}))
    found = violations(check(dataset))
    assert found["e-mail address in the text"] == 1
    assert ("phone number in the text" in found) == (name == "README.md")
    assert ("statistic is wrong" in found) == (name == "statistics.json")


def test_a_sentence_in_a_tag_is_found(dataset: Path) -> None:
    change(dataset, "train", lambda rows: rows[0].update(tags=["my husband left me last year", "fine:tag_1"]))
    assert violations(check(dataset)) == {"field is missing or not of the contract": 1}


def test_version_numbers_and_local_addresses_are_not_identifiers(dataset: Path) -> None:
    change(dataset, "train", lambda rows: say(rows[5], "version 1.2.3, 127.0.0.1, 192.168.0.1, GB12 but not more, at @home"))
    assert found(dataset) == {}


def test_a_record_that_is_only_in_the_export_is_found(dataset: Path) -> None:
    lines = read_lines(dataset / "compiled.jsonl")
    write_lines(dataset / "compiled.jsonl", [*lines, lines[0] | {"messages": talk("who", "me")}])
    seal(dataset)
    assert violations(check(dataset)) == {"export line too many": 1}


def test_a_key_that_an_export_line_holds_twice_is_found(dataset: Path) -> None:
    path = dataset / "compiled.jsonl"
    first, rest = path.read_text("utf-8").split("\n", 1)
    path.write_text('{"messages":[{"role":"user","content":"hidden"}],' + first[1:] + "\n" + rest, "utf-8")
    seal(dataset)
    assert violations(check(dataset)) == {"export line is wrong or missing": 1}


def test_a_shard_that_only_the_list_of_shards_names_is_found(dataset: Path) -> None:
    shutil.copy(dataset / "test" / "part-00000.parquet", dataset / "train" / "extra.parquet")
    path = dataset / "train" / "_shards.json"
    described = json.loads(path.read_bytes())
    path_after_seal = described | {"shards": [*described["shards"], {"name": "extra.parquet", "rows": 20, "sha256": "0" * 64}]}
    path.write_text(json.dumps(path_after_seal))
    seen = violations(check(dataset))
    assert seen["list of shards differs from the manifest"] == seen["file is not in the manifest"] == 1
    assert seen["file differs from the manifest"] == 1


@pytest.mark.parametrize("name", ["notes.txt", "train/part-7.parquet", "../outside.parquet", "/etc/hostname", "extra/a.jsonl"])
def test_a_file_that_the_format_does_not_know_is_named_and_never_opened(dataset: Path, name: str) -> None:
    manifest = json.loads((dataset / "manifest.json").read_bytes())
    manifest["files"][name] = {"sha256": "0" * 64, "bytes": 1, "rows": 5}
    (dataset / "manifest.json").write_bytes(sealed(manifest))
    report = check(dataset)
    assert violations(report)["file is not of the format"] == 1
    assert ["file is not of the format", name, ""] in report.numbers["gates"]["hash"]["examples"]


def test_two_swapped_shards_are_found(dataset: Path) -> None:
    left, right = dataset / "train" / "part-00000.parquet", dataset / "train" / "part-00001.parquet"
    contents = left.read_bytes(), right.read_bytes()
    left.write_bytes(contents[1])
    right.write_bytes(contents[0])
    seal(dataset)
    assert "hash" in check(dataset).failed_gates


def test_a_shard_of_another_split_is_found_by_its_rows(dataset: Path) -> None:
    shutil.copy(dataset / "train" / "part-00000.parquet", dataset / "validation" / "part-00000.parquet")
    seal(dataset)
    report = check(dataset)
    assert {"leakage", "split", "statistics", "hash"} <= set(report.failed_gates)
    assert violations(report)["split differs from its folder"] == 150


def rewrite(path: Path, edit: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(edit(pq.read_table(path)), path)


@pytest.mark.parametrize(
    ("edit", "check_name"),
    [
        (lambda table: table.append_column("note", pa.array(["psst"] * len(table))), "column is not of the contract"),
        (lambda table: table.replace_schema_metadata({"names": "Jo Doe"}), "column is not of the contract"),
        (lambda table: table.drop_columns(["license"]), "file lacks a column"),
        (lambda t: t.drop_columns(["language"]).append_column("language", pa.array([7] * len(t))), "column has another type"),
        (lambda table: table.slice(1), "number of rows differs from the manifest"),
    ],
)  # fmt: skip
def test_a_malformed_shard_is_a_violation_and_not_an_error(
    dataset: Path, edit: Callable[[pa.Table], pa.Table], check_name: str
) -> None:
    rewrite(dataset / "train" / "part-00000.parquet", edit)
    seal(dataset)
    assert violations(check(dataset))[check_name] >= 1


def test_fields_outside_of_the_contract_are_found(dataset: Path) -> None:
    def spoil(rows: list[Row]) -> None:
        rows[0]["category"] = "secrets"
        rows[1]["complexity"] = 9
        rows[2]["quality_score"] = float("nan")
        rows[3]["messages"][0]["role"] = "ghost"
        rows[4]["language"] = None

    change(dataset, "train", spoil)
    report = check(dataset)
    assert violations(report)["field is missing or not of the contract"] == 5
    fields = {example[2] for example in report.numbers["gates"]["provenance"]["examples"]}
    assert fields == {"category", "complexity", "quality_score", "messages.role", "language"}


def test_every_change_of_the_manifest_is_found(dataset: Path) -> None:
    path = dataset / "manifest.json"
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"seed": 17', b'"seed": 18'))
    assert violations(check(dataset)) == {"manifest differs from its seal": 1}
    path.write_bytes(content)
    seal(dataset, version="v7_20260101")
    assert violations(check(dataset)) == {
        "version name does not follow from the manifest": 1,
        "Croissant description is of other files": 1,
    }
    path.write_bytes(content)
    seal(dataset, address="0" * 64)  # the helper computes it anew, so this changes nothing
    assert violations(check(dataset)) == {}


def test_counts_and_licenses_that_the_manifest_claims_are_recounted(dataset: Path) -> None:
    manifest = json.loads((dataset / "manifest.json").read_bytes())
    counts = manifest["counts"] | {"families": {"product": 1}, "records": 5000}
    seal(dataset, counts=counts, licenses={"MIT": {"product": 400}})
    report = check(dataset)
    places = {example[1] for example in report.numbers["gates"]["statistics"]["examples"]}
    assert {"manifest.counts.records", "manifest.counts.families.product", "manifest.licenses.MIT"} <= places


def test_a_manifest_cannot_allow_itself_more_than_the_verification_does(dataset: Path) -> None:
    change(dataset, "train", lambda rows: [row.update(family="sarcasm") for row in rows[:3]])
    change(dataset, "train", lambda rows: [row.update(source="synthetic") for row in rows])
    params = json.loads((dataset / "manifest.json").read_bytes())["params"]
    seal(dataset, params=params | {"holdout_families": {}, "max_synthetic_share": 1.0})
    seen = violations(check(dataset))
    assert seen["held-out family outside of test"] == 1
    assert seen["too much is synthetic"] == 1


def test_a_record_without_a_license_fails_where_the_run_asks_for_one(dataset: Path) -> None:
    change(dataset, "train", lambda rows: rows[0].update(license=None))
    report = check(dataset, require_license=True)
    assert "provenance" in report.failed_gates
    assert violations(report)["license is missing"] == 1
    gate = report.numbers["gates"]["provenance"]
    assert ["license is missing", split_rows(dataset, "train")[0]["record_id"], "family product"] in map(list, gate["examples"])
    assert "license is missing" not in violations(check(dataset))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("{}", "lists no files"),
        ('{"files": {}}', "Field required"),
    ],
)
def test_a_garbled_manifest_is_one_clear_error(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(UsageError, match=said):
        check(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [("params", {"train_share": "x"}), ("counts", []), ("as_of", 5), ("address", "short"), ("files", {"a": 3})],
)
def test_a_manifest_with_a_claim_of_another_type_is_one_clear_error(dataset: Path, name: str, value: Any) -> None:
    manifest = json.loads((dataset / "manifest.json").read_bytes()) | {name: value}
    (dataset / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match=r"see docs/dataset-format.md"):
        check(dataset)


def test_a_version_that_changed_after_it_passed_is_verified_again(dataset: Path, tmp_path: Path) -> None:
    def run() -> run_step.StepResult:
        return run_step.run("verify", {"dataset": str(dataset)}, str(tmp_path / "verify"), Params(verify=VerifyParams()))

    assert not run().resumed
    assert run().resumed
    shard = dataset / "train" / "part-00001.parquet"
    shard.write_bytes(shard.read_bytes()[:-1] + b"!")
    with pytest.raises(GateError, match="hash"):
        run()
    with pytest.raises(GateError, match="hash"):
        run()


def test_a_version_in_an_s3_bucket_is_verified_where_it_is(dataset: Path, s3_bucket: str) -> None:
    import fsspec

    store = fsspec.filesystem("s3")
    store.put(str(dataset) + "/", f"{s3_bucket}/version/", recursive=True)
    assert verify(f"{s3_bucket}/version", "unused", VerifyParams(), Context()).failed_gates == []
    store.pipe_file(f"{s3_bucket}/version/train/part-00099.parquet", b"PAR1")
    report = verify(f"{s3_bucket}/version", "unused", VerifyParams(), Context())
    assert violations(report) == {"file is not in the manifest": 1}


def test_a_version_that_someone_else_wrote_passes_when_it_follows_the_format(dataset: Path) -> None:
    """Other writers produce other bytes: large strings, another compression, no Arrow schema, JSON lines with spaces."""
    for part in dataset.glob("*/*.parquet"):
        table = pq.read_table(part)
        large = [pa.field(f.name, pa.large_string()) if pa.types.is_string(f.type) else f for f in table.schema]
        pq.write_table(table.cast(pa.schema(large)), part, compression="gzip", store_schema=False)
    write_lines(dataset / "compiled.jsonl", [dict(reversed(line.items())) for line in read_lines(dataset / "compiled.jsonl")])
    seal(dataset, code="their own", parents=[{"name": "their source"}])
    assert violations(check(dataset)) == {}
    assert len(split_rows(dataset, "test")) == 20


def test_a_failed_gate_is_exit_code_3_and_a_garbled_manifest_2(dataset: Path, tmp_path: Path) -> None:
    def code(*more: str) -> int:
        command = [sys.executable, "-m", "attune.cli", "verify", str(dataset), "--output", str(tmp_path / "verify"), *more]
        return subprocess.run(command, capture_output=True, cwd=tmp_path).returncode

    assert code() == 0
    (dataset / "README.md").write_text("another")
    assert [code(), code()] == [3, 3]
    (dataset / "manifest.json").write_text("{")
    assert code() == 2


def test_the_documented_schema_of_a_manifest_is_the_one_that_is_read(sound: Path) -> None:
    documented = json.loads((Path(__file__).parents[3] / "docs" / "schema" / "manifest.schema.json").read_bytes())
    assert documented == Manifest.model_json_schema()
    Draft202012Validator(documented).validate(json.loads((sound / "manifest.json").read_bytes()))
