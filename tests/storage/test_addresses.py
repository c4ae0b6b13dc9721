"""Secrets in addresses reach no message, record or argument."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.errors import UsageError
from attune.runtime import audit_trail
from attune.runtime.logs import StepLog
from attune.storage.addresses import split_secrets, without_secrets

FORMS = (
    "postgresql://me:{secret}@db.example:5432/name?sslmode=require",
    "postgres://db.example/name?password={secret}",
    "postgresql://me@db.example/name?sslmode=require&sslpassword={secret}&sslkey=/a/key",
    "postgresql://db.example/name?pass%77ord={secret}&service=prod",
    "postgresql://db.example/name?oauth_client_secret={secret}",
    "host=db.example user=me password={secret} dbname=name",
    "host=db.example PASSWORD = '{secret}' dbname=name",
    "s3://bucket/key?X-Amz-Signature={secret}",
    "https://me:{secret}@store.example/path",
)


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_leaves_an_address_and_the_rest_stays(form: str, tmp_path: Path) -> None:
    address = form.format(secret="hunter2")
    shown = without_secrets(address)
    assert "hunter2" not in shown
    assert any(place in shown for place in ("db.example", "s3://bucket/key", "store.example/path"))
    assert without_secrets(f"database {address} does not answer") == f"database {shown} does not answer"
    assert audit_trail.without_password(address) == shown
    log = StepLog(tmp_path, "data", "extract")
    log.failed(UsageError(f"database {address}: does not answer"), "")
    (line,) = [file.read_text() for file in tmp_path.rglob("*.jsonl")]
    assert "hunter2" not in line


@pytest.mark.parametrize(
    "address",
    [
        "/data/product.db",
        "sqlite:///data/product.db",
        "s3://bucket/users/a@b.example/part.jsonl",
        "postgresql://db.example:5432/name?sslmode=verify-full&sslrootcert=/etc/ca.crt&service=prod&passfile=/a/b",
        "3 of 4 rows have an unknown kind; max_tokens=5",
    ],
)
def test_what_holds_no_secret_is_not_changed(address: str) -> None:
    assert without_secrets(address) == address
    assert split_secrets(address) == (address, {})


@given(st.text(min_size=6, max_size=20).map(lambda text: f"S3cr3t{text}"), st.sampled_from(FORMS[:5]))
def test_any_secret_is_found_in_any_place_and_decoded(secret: str, form: str) -> None:
    encoded = quote(secret, safe="")
    address, secrets = split_secrets(form.format(secret=encoded))
    assert list(secrets.values()) == [secret]
    assert encoded not in address
    assert encoded not in without_secrets(form.format(secret=encoded))


def test_a_run_hands_the_secrets_of_an_address_to_its_processes_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.run import _database

    for name in ("PGPASSWORD", "ATTUNE_PGSSLPASSWORD"):
        monkeypatch.setenv(name, "")
    address, version = _database("postgresql://me:a%23b@db.example/name?sslpassword=c%20d&sslmode=require", "subprocess")
    assert address == "postgresql://me@db.example/name?sslmode=require"
    assert version == "postgresql://db.example/name?sslmode=require"
    assert (os.environ["PGPASSWORD"], os.environ["ATTUNE_PGSSLPASSWORD"]) == ("a#b", "c d")
    address, _ = _database("postgresql://me@db.example/name?password=e", "subprocess")
    assert (address, os.environ["PGPASSWORD"]) == ("postgresql://me@db.example/name", "e")
    for wrong, said in (
        ("postgresql://me@db.example/name?oauth_client_secret=hunter2", "service file"),
        ("postgresql://me:hunter2/x@db.example/name", "%40"),
        ("postgresql://me:hunter2?x@db.example/name", "%40"),
        ("host=db.example password=hunter2", "no such file"),
    ):
        with pytest.raises(UsageError, match=said) as caught:
            _database(wrong, "subprocess")
        assert "hunter2" not in str(caught.value)


def test_a_service_names_a_database_without_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from attune.steps.extract.connect import database_address

    assert database_address("postgresql:///name?service=prod") == "postgresql://service=prod/name"
    monkeypatch.setenv("PGSERVICE", "staging")
    assert database_address("postgresql://") == "postgresql://service=staging/"
    assert database_address("postgresql://db.example/name") != database_address("postgresql:///name")
