"""Inventory: every key of a listing is counted once, under the first pattern that matches, whatever the listing looks like."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from product_sample import REPOSITORY

from attune.errors import RunError, UsageError
from attune.reporting.page import write_report
from attune.reporting.report import Report
from attune.steps.ingest.families import FamilyMap, differences, load_families
from attune.steps.ingest.family_matching import PatternMatcher
from attune.steps.ingest.inventory import inventory
from attune.steps.ingest.key_masking import KeyMask
from attune.steps.ingest.listing import batches, list_objects
from attune.steps.ingest.s3_inventory import read_keys, read_manifest

ATTUNE = [sys.executable, "-m", "attune.cli"]
MAP = REPOSITORY / "sources" / "families.yaml"
COLUMNS = {"question": "q", "answer": "a"}


def family_map(**patterns: str) -> FamilyMap:
    entries = [
        {"family": name, "pattern": pattern, "loader": "jsonl", "columns": COLUMNS} for name, pattern in patterns.items()
    ]
    return FamilyMap.model_validate({"families": entries})


def touch(root: Path, *keys: str, size: int = 3) -> Path:
    for key in keys:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(b"x" * size)
    return root


def take(source: Path | str, output: Path, families: FamilyMap, **options: Any) -> Report:
    report = inventory([str(source)], str(output), families, **options)
    write_report(str(output), report)
    return report


def write_manifest(folder: Path, keys: Sequence[str], form: str = "CSV", parts: int = 1) -> Path:
    """An S3 Inventory as S3 writes it: the report's folder, and ``data/`` beside it."""
    data, files = folder / "data", []
    data.mkdir(parents=True)
    for part in range(parts):
        mine = list(keys[part::parts])
        name = f"part-{part}.{ {'CSV': 'csv.gz', 'Parquet': 'parquet', 'ORC': 'orc'}[form] }"
        if form == "CSV":
            lines = "".join(f'"b","{quote_plus(key, safe="/")}","3","2026-01-01T00:00:00.000Z"\n' for key in mine)
            (data / name).write_bytes(gzip.compress(lines.encode()))
        else:
            table = pa.table({"bucket": ["b"] * len(mine), "key": mine, "size": pa.array([3] * len(mine), pa.int64())})
            (pq if form == "Parquet" else orc).write_table(table, data / name)
        files.append(
            {"key": f"reports/b/daily/data/{name}", "MD5checksum": hashlib.md5((data / name).read_bytes()).hexdigest()}
        )
    manifest = {
        "sourceBucket": "b", "destinationBucket": "arn:aws:s3:::reports", "version": "2016-11-30", "fileFormat": form,
        "fileSchema": "Bucket, Key, Size, LastModifiedDate" if form == "CSV" else "message s3.inventory {…}", "files": files,
    }  # fmt: skip
    report = folder / "2026-01-01T00-00Z"
    report.mkdir()
    (report / "manifest.json").write_text(json.dumps(manifest))
    return report / "manifest.json"


PART = st.sampled_from(["*", "?", "a", "b", "/", ".", "ab", "[ab]", "[!a]", ".json", " ", "+", "(", "é", "-", "_"])
PATTERN = st.lists(PART, min_size=1, max_size=6).map("".join)
KEY = st.text(alphabet="ab/.jsonéx +(-_", max_size=12)


@settings(deadline=None, max_examples=300)
@given(patterns=st.lists(PATTERN, min_size=1, max_size=7), keys=st.lists(KEY, max_size=20))
def test_keys_go_to_the_first_pattern_that_a_plain_loop_finds(patterns: list[str], keys: list[str]) -> None:
    batch = pa.RecordBatch.from_pydict({"key": pa.array(keys, pa.string())})
    found = {index: part.column("key").to_pylist() for index, part in PatternMatcher(patterns).split(batch)}
    expected: dict[int | None, list[str]] = {}
    for key in keys:
        index = next((place for place, pattern in enumerate(patterns) if fnmatchcase(key, pattern)), None)
        expected.setdefault(index, []).append(key)
    assert found == expected


@settings(deadline=None, max_examples=100)
@given(patterns=st.lists(PATTERN, min_size=2, max_size=6), keys=st.lists(KEY, max_size=20))
def test_every_pattern_that_matches_a_key_as_well_is_found(patterns: list[str], keys: list[str]) -> None:
    router = PatternMatcher(patterns)
    batch = pa.RecordBatch.from_pydict({"key": pa.array(keys, pa.string())})
    found = Counter(
        (index, other, key)
        for index, part in router.split(batch) if index is not None
        for other, both in router.others(part, index)
        for key in both.column("key").to_pylist()
    )  # fmt: skip
    expected: Counter[tuple[int, int, str]] = Counter()
    for key in keys:
        matching = [place for place, pattern in enumerate(patterns) if fnmatchcase(key, pattern)]
        expected.update((matching[0], other, key) for other in matching[1:])
    assert found == expected


def test_a_compressed_object_belongs_where_the_plain_one_does() -> None:
    batch = pa.RecordBatch.from_pydict({"key": ["x.jsonl", "x.jsonl.gz", "x.jsonl.zst", "x.jsonl.bz2"]})
    parts = {index: part.column("key").to_pylist() for index, part in PatternMatcher(["*.jsonl"]).split(batch)}
    assert parts == {0: ["x.jsonl", "x.jsonl.gz", "x.jsonl.zst"], None: ["x.jsonl.bz2"]}


def test_a_folder_is_counted_by_family_with_what_is_missing_partial_and_of_no_family(tmp_path: Path) -> None:
    root = touch(
        tmp_path / "in", "a/1.jsonl", "a/2.jsonl", "b/1.jsonl", "other/deep/er/x.xyz", "other/deep/y.xyz", ".git/config"
    )
    families = FamilyMap.model_validate(
        {**family_map(first="a/*", second="b/*", third="c/*").model_dump(), "expected": {"second": {"minimum_objects": 2}}}
    )
    report = take(root, tmp_path / "out", families)
    found = json.loads((tmp_path / "out" / "coverage.json").read_text())
    assert {name: (family["state"], family["objects"], family["bytes"]) for name, family in found["families"].items()} == {
        "first": ("present", 2, 6),
        "second": ("partial", 1, 3),
        "third": ("missing", 0, 0),
    }
    assert found["unmapped"] == {
        "objects": 2,
        "bytes": 6,
        "groups": [{"folder": "other/deep/", "extension": ".xyz", "objects": 2, "bytes": 6}],
    }
    assert (found["objects"], found["mapped"], found["ignored"]) == (6, 3, 1)
    assert "1 are left out: hidden files" in report.lead
    assert report.failed_gates == []
    page = (tmp_path / "out" / "report.html").read_text()
    assert 'data-key="coverage/second/state"' in page
    assert "other/deep/" in page


def test_overlapping_patterns_and_families_without_a_loader_are_named(tmp_path: Path) -> None:
    values = family_map(narrow="a/special*", wide="a/*").model_dump()
    values["families"] = [*values["families"], {"family": "unread", "pattern": "u/*", "loader": None}]
    values["expected"] = {"promised": {"about": "Nothing in the map says where it lies."}, "made": {"origin": "derived"}}
    root = touch(tmp_path / "in", "a/special.jsonl", "a/plain.jsonl", "u/1.bin")
    numbers = take(root, tmp_path / "out", FamilyMap.model_validate(values)).numbers
    assert numbers["overlaps"] == [
        {"pattern": "a/special*", "family": "narrow", "also_matches": "a/*", "of_family": "wide", "objects": 1}
    ]
    assert numbers["without_loader"] == ["promised", "unread"]
    assert numbers["families"]["unread"]["objects"] == 1
    assert numbers["families"]["made"]["state"] == "derived"


KEYS = [
    "crisis/one two.jsonl",
    "crisis/ünïcode+plus%41.jsonl",
    'sarcasm/"quoted",comma.json',
    "notes/x.unknown",
    "crisis/folder/",
    *(f"guardrails/{number}.csv" for number in range(50)),
]


@pytest.mark.parametrize("form", ["CSV", "Parquet", "ORC"])
def test_an_s3_inventory_counts_as_the_listing_itself_does(tmp_path: Path, form: str) -> None:
    manifest = write_manifest(tmp_path / "report", KEYS, form, parts=3)
    families = load_families(str(MAP))
    numbers = take(manifest, tmp_path / "out", families, workers=2).numbers
    objects = {name: family["objects"] for name, family in numbers["families"].items() if family["objects"]}
    assert objects == {"edge_case_crisis": 2, "sarcasm": 1, "safety_guardrails": 50}
    assert (numbers["objects"], numbers["bytes"], numbers["unmapped"]["objects"]) == (54, 162, 1)
    keys = [
        key for file in read_manifest(str(manifest)) for batch in read_keys(file) for key in batch.column("key").to_pylist()
    ]
    assert sorted(keys) == sorted(key for key in KEYS if not key.endswith("/"))


@pytest.mark.parametrize("form", ["CSV", "Parquet"])
def test_a_data_file_that_is_not_what_the_manifest_promises_is_named(tmp_path: Path, form: str) -> None:
    manifest = write_manifest(tmp_path / "report", KEYS, form)
    (file,) = (tmp_path / "report" / "data").iterdir()
    content = file.read_bytes()
    for damaged in (content[:-9], content[:40] + b"!" + content[41:], b""):
        file.write_bytes(damaged)
        with pytest.raises(RunError, match=rf"{file.name}: its MD5 is .* the manifest promises"):
            take(manifest, tmp_path / "out", load_families(str(MAP)))
    assert not (tmp_path / "out" / "coverage.json").exists()
    file.unlink()
    with pytest.raises(UsageError, match=r"names reports/b/daily/data/part-0\..*, which is not there"):
        take(manifest, tmp_path / "out", load_families(str(MAP)))


def test_a_data_file_with_other_columns_than_the_manifest_says_is_not_called_damaged(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path, ["a.jsonl"])
    values = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**values, "fileSchema": "Bucket, Key, Size"}))
    manifest.with_suffix(".checksum").unlink(missing_ok=True)
    with pytest.raises(RunError, match=r"its MD5 is right.*fileSchema of the manifest"):
        take(manifest, tmp_path / "out", family_map(first="*"))


def test_a_manifest_that_its_checksum_denies_is_refused(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "report", KEYS)
    manifest.with_suffix(".checksum").write_text(hashlib.md5(manifest.read_bytes()).hexdigest() + "\n")
    read_manifest(str(manifest))
    manifest.write_text(manifest.read_text().replace("2016", "2017"))
    with pytest.raises(RunError, match=r"is not what manifest\.checksum promises"):
        read_manifest(str(manifest))


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"fileFormat": "XML", "fileSchema": "", "files": [], "destinationBucket": ""}']
)
def test_a_file_that_is_no_manifest_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UsageError, match=r"manifest\.json: (is not a manifest|fileFormat is XML)"):
        take(tmp_path / "manifest.json", tmp_path / "out", load_families(str(MAP)))


def test_old_versions_and_delete_markers_are_not_counted(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "report", ["x"])
    rows = [("now", "true", "false"), ("old", "false", "false"), ("deleted", "true", "true")]
    lines = "".join(f'"b","crisis/{key}.jsonl","v","{latest}","{marker}",""\n' for key, latest, marker in rows)
    data = tmp_path / "report" / "data" / "part-0.csv.gz"
    data.write_bytes(gzip.compress(lines.encode()))
    values = json.loads(manifest.read_text())
    values["fileSchema"] = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size"
    values["files"][0]["MD5checksum"] = hashlib.md5(data.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(values))
    numbers = take(manifest, tmp_path / "out", load_families(str(MAP))).numbers
    assert (numbers["objects"], numbers["bytes"]) == (1, 0)


def test_a_bucket_is_listed_page_by_page_below_its_prefix_alone(s3_bucket: str, tmp_path: Path) -> None:
    import boto3

    client, bucket = boto3.client("s3"), s3_bucket.removeprefix("s3://")
    for number in range(1_003):
        client.put_object(Bucket=bucket, Key=f"data/crisis/{number:04}.jsonl", Body=b"abc")
    client.put_object(Bucket=bucket, Key="database/crisis.jsonl", Body=b"abc")
    client.put_object(Bucket=bucket, Key="data/folder/", Body=b"")
    numbers = take(f"{s3_bucket}/data", tmp_path / "out", load_families(str(MAP))).numbers
    assert numbers["objects"] == numbers["families"]["edge_case_crisis"]["objects"] == 1_003
    assert numbers["bytes"] == 3_009
    assert list(list_objects(f"{s3_bucket}/database/crisis.jsonl")) == [("crisis.jsonl", 3)]
    with pytest.raises(UsageError, match="no such folder or file"):
        list(list_objects(f"{s3_bucket}/nothing"))
    with pytest.raises(UsageError, match="no such bucket"):
        list(list_objects("s3://there-is-none/x"))


def test_an_inventory_report_in_a_bucket_is_read_where_s3_put_it_and_written_back(s3_bucket: str, tmp_path: Path) -> None:
    import boto3

    client, bucket = boto3.client("s3"), s3_bucket.removeprefix("s3://")
    manifest = write_manifest(tmp_path / "report", KEYS, parts=2)
    text = manifest.read_text().replace("arn:aws:s3:::reports", f"arn:aws:s3:::{bucket}")
    for file in (tmp_path / "report" / "data").iterdir():
        client.put_object(Bucket=bucket, Key=f"reports/b/daily/data/{file.name}", Body=file.read_bytes())
    client.put_object(Bucket=bucket, Key="elsewhere/manifest.json", Body=text.encode())
    report = inventory([f"{s3_bucket}/elsewhere/manifest.json"], f"{s3_bucket}/out", load_families(str(MAP)))
    assert report.numbers["objects"] == 54
    written = json.loads(client.get_object(Bucket=bucket, Key="out/coverage.json")["Body"].read())
    assert written["objects"] == 54


def test_a_store_that_does_not_answer_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(RunError, match="the store did not answer"):
        list(list_objects("s3://bucket/x", endpoint="http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("users/ann_lee/session_12.txt", "users/…/session_#.txt"),
        ("chats/john.smith@example.org.jsonl", "chats/…@example.….jsonl"),
        ("sarcasm/2026-01-31/part-0001.json.gz", "sarcasm/#-#-#/part-#.json.gz"),
        ("Zuleyka Thandolwethu.vtt", "….vtt"),
        ("+1 415 555 0134/notes.csv", "+# # # #/notes.csv"),
    ],
)
def test_a_page_shows_keys_without_names_and_numbers(key: str, shown: str) -> None:
    assert KeyMask(load_families(str(MAP)))(key) == shown


def test_no_name_in_a_key_reaches_the_files_of_an_inventory(tmp_path: Path) -> None:
    root = touch(tmp_path / "in", "crisis/zuleyka_okonkwo.jsonl", "users/siobhan.kowalczyk", "thandolwethu/x/y.bin")
    take(root, tmp_path / "out", load_families(str(MAP)))
    written = " ".join(file.read_text() for file in (tmp_path / "out").iterdir()).lower()
    assert [name for name in ("zuleyka", "okonkwo", "siobhan", "kowalczyk", "thandolwethu") if name in written] == []


def test_groups_of_unmapped_objects_stay_bounded(tmp_path: Path) -> None:
    entries = ((f"folder{number}/x.bin", 1) for number in range(5_000))
    from attune.steps.ingest.family_matching import FamilyMatcher
    from attune.steps.ingest.listing_counts import ListingCounts

    tally = ListingCounts()
    for batch in batches(entries):
        tally.add(batch, FamilyMatcher(family_map(a="a/*")))
    assert len(tally.unmapped) <= 2_001
    assert sum(tally.unmapped.values()) == 5_000


def test_the_command_exits_with_3_when_a_required_family_is_not_there(tmp_path: Path) -> None:
    root = touch(tmp_path / "in", "a/1.jsonl")
    values = family_map(first="a/*", second="b/*").model_dump(mode="json")
    for optional, code in ((False, 3), (True, 0)):
        values["expected"] = {"second": {"optional": optional}}
        (tmp_path / "map.yaml").write_text(yaml.safe_dump(values))
        command = [
            "inventory",
            str(root),
            "--output",
            str(tmp_path / "out"),
            "--set",
            f"ingest.families={tmp_path / 'map.yaml'}",
        ]
        plain = subprocess.run([*ATTUNE, *command], cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
        assert plain.returncode == 0, plain.stderr
        asked = subprocess.run([*ATTUNE, *command, "--require"], cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
        assert asked.returncode == code, asked.stderr
        assert (tmp_path / "out" / "coverage.json").exists()


def test_a_source_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere: no such folder or file"):
        take(tmp_path / "nowhere", tmp_path / "out", load_families(str(MAP)))


def test_two_inventories_of_the_same_store_are_the_same_bytes(tmp_path: Path) -> None:
    manifest = write_manifest(
        tmp_path / "report", [f"folder{number % 7}/x{number}.bin" for number in range(500)] + KEYS, parts=4
    )
    for name, workers in (("one", 1), ("two", 3)):
        take(manifest, tmp_path / name, load_families(str(MAP)), workers=workers)
    for file in ("coverage.json", "report.json", "report.html"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_what_the_map_and_the_parameters_say_differently_is_said() -> None:
    families = load_families(str(MAP))
    holdouts = {name: expected.holdout for name, expected in families.expected.items() if expected.holdout}
    assert differences(families, holdouts, {"product": 100}) == []
    assert differences(families, {**holdouts, "sarcasm": 0.5}, {"product": 7}) == [
        "compile.holdout_families: sarcasm is 0.5 in this run, the map says 1",
        "verify.required_families: product needs 7 records in this run, the map says 100",
    ]


def test_the_page_says_what_to_bring_and_which_license_is_named(tmp_path: Path) -> None:
    values = family_map(first="a/*", second="b/*", third="c/*").model_dump()
    values["families"][0]["license"] = "MIT"
    values["families"][2]["columns"] = {**COLUMNS, "license": "l"}
    values["expected"] = {"second": {"about": "Letters that nobody sent."}}
    numbers = take(touch(tmp_path / "in", "a/1.jsonl"), tmp_path / "out", FamilyMap.model_validate(values)).numbers
    licenses = {name: found["licenses"] for name, found in numbers["families"].items()}
    assert licenses == {"first": ["MIT"], "second": ["! none named"], "third": ["of each row"]}
    page = (tmp_path / "out" / "report.html").read_text()
    for said in ("What to bring", "Letters that nobody sent.", "b/*", "✕ missing", "✓ present"):
        assert said in page
