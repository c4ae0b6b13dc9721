"""A PostgreSQL server as it is in the field: it drops connections, restarts, wants TLS and passwords."""

from __future__ import annotations

import datetime as dt
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import Server, controlled_server, fresh_database
from processes import wait_until
from product_sample import all_text, bytes_of, run_extract
from programs import needs
from sample import write_postgres

from attune.config.params import RunParams
from attune.errors import RunError, UsageError
from attune.runtime.step import Context
from attune.steps.extract.connect import connect
from attune.steps.extract.database import ConnectionLostError, ServerLimits

CONVERSATIONS = 60
LENIENT = RunParams(shard_rows=20, quarantine_limit=0.5)
PASSWORD = "correct#horse%battery"
QUOTED = "correct%23horse%25battery"
ONCE = ServerLimits(connect_seconds=5, connect_attempts=1)


@pytest.fixture
def product(postgres_url: str) -> str:
    write_postgres(postgres_url, CONVERSATIONS, 17)
    return postgres_url


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


def terminate_extraction(url: str) -> int:
    """Cut every connection of an extraction; how many there were."""
    ended = execute(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'attune extract'")
    return len(ended)


def test_a_connection_that_is_cut_in_the_middle_of_a_stream_is_told_as_such(product: str) -> None:
    with connect(product) as database:
        rows = database.rows("SELECT g FROM generate_series(1, 100000) AS g")
        next(rows)
        assert terminate_extraction(product) == 1
        with pytest.raises(ConnectionLostError, match=r"connection was lost while reading .*, and its snapshot with it"):
            list(rows)


def test_an_extraction_whose_connection_is_cut_starts_anew_and_ends_with_the_same_bytes(
    product: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_extract(product, tmp_path / "undisturbed", run=LENIENT)
    cut = _cut_after_batches(product, monkeypatch, batches=[2])
    report = run_extract(product, tmp_path / "cut", run=LENIENT)
    assert cut == [1]
    assert bytes_of(tmp_path / "cut") == bytes_of(tmp_path / "undisturbed")
    assert report.rows is not None


def test_finished_batches_are_not_made_again_after_a_restart(
    product: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    _cut_after_batches(product, monkeypatch, batches=[2], made=made)
    run_extract(product, tmp_path / "cut", run=LENIENT)
    batches = len(list((tmp_path / "cut" / ".commits").glob("part-*.json")))
    assert len(made) == batches  # two before the cut, the others after it, none twice


def test_an_extraction_that_is_cut_again_and_again_fails_and_says_what_to_do(
    product: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _cut_after_batches(product, monkeypatch, batches=[1, 2, 3, 4])
    with pytest.raises(RunError, match="run again when the server is back: batches that are finished"):
        run_extract(product, tmp_path / "out", run=LENIENT, restarts=2)
    assert not (tmp_path / "out" / "_shards.json").exists()


def _cut_after_batches(
    url: str, monkeypatch: pytest.MonkeyPatch, batches: list[int], made: list[int] | None = None
) -> list[int]:
    """Let the connection be cut by the server when so many batches were redacted."""
    from attune.steps.extract import step as module

    cut: list[int] = []
    made = [] if made is None else made
    real = module.prepare_batch

    def prepare(table: object, params: object, context: Context) -> object:
        made.append(1)
        if len(made) in batches:
            cut.append(terminate_extraction(url))
        return real(table, params, context)  # type: ignore[arg-type]

    prepare.__module__ = real.__module__
    monkeypatch.setattr(module, "prepare_batch", prepare)
    monkeypatch.setattr("attune.steps.extract.postgresql.FETCH_ROWS", 50)
    return cut


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server of this module alone: it is stopped and started."""
    hba = "host all reader 127.0.0.1/32 scram-sha-256"
    with controlled_server(hba=hba) as server:
        execute(server.url, f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
        yield server


def test_a_server_that_is_down_is_waited_for(own_server: Server) -> None:
    own_server.stop()
    starter = threading.Timer(1.0, own_server.start, kwargs={"wait": False})
    starter.start()
    with connect(own_server.url, ServerLimits(connect_attempts=20)) as database:
        assert next(database.rows("SELECT 1")) == (1,)
    starter.join()


def test_an_extraction_survives_a_restart_of_the_server(
    own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_database(own_server.url) as url:
        write_postgres(url, CONVERSATIONS, 17)
        run_extract(url, tmp_path / "undisturbed", run=LENIENT)
        monkeypatch.setattr("attune.steps.extract.postgresql.FETCH_ROWS", 50)
        from attune.steps.extract import step as module

        real, calls = module.prepare_batch, [0]

        def prepare(table: object, params: object, context: Context) -> object:
            calls[0] += 1
            if calls[0] == 2:
                own_server.stop()
                threading.Timer(0.7, own_server.start, kwargs={"wait": False}).start()
            return real(table, params, context)  # type: ignore[arg-type]

        prepare.__module__ = real.__module__
        monkeypatch.setattr(module, "prepare_batch", prepare)
        run_extract(url, tmp_path / "restarted", run=LENIENT, connect_attempts=20)
        assert bytes_of(tmp_path / "restarted") == bytes_of(tmp_path / "undisturbed")
        wait_until(lambda: _answers(own_server.url))


def _answers(url: str) -> bool:
    import psycopg

    try:
        execute(url, "SELECT 1")
    except psycopg.OperationalError:  # not there yet
        return False
    return True


def test_a_wrong_password_is_told_at_once_and_never_shown(own_server: Server) -> None:
    url = own_server.url.replace("postgres@", "reader:wr%6Fng-secret@")
    with pytest.raises(UsageError, match="password authentication failed") as caught, connect(url, ServerLimits()):
        pass
    assert "attempts" not in str(caught.value)  # it was tried once
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("way", ["address", "PGPASSWORD", "PGPASSFILE"])
def test_a_password_may_come_in_three_ways_and_is_in_no_file(
    own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    url = own_server.url.replace("postgres@", "reader@")
    if way == "address":
        url = url.replace("reader@", f"reader:{QUOTED}@")
    elif way == "PGPASSWORD":
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
    else:
        file = tmp_path / "pgpass"
        file.write_text(f"*:*:*:reader:{PASSWORD}\n")
        file.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(file))
    with connect(url, ONCE) as database:
        assert next(database.rows("SELECT current_user::text")) == ("reader",)
        assert PASSWORD not in database.name


def test_no_file_of_an_extraction_holds_the_password(own_server: Server, tmp_path: Path) -> None:
    with fresh_database(own_server.url) as url:
        write_postgres(url, 20, 17)
        execute(url, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
        run_extract(url.replace("postgres@", f"reader:{QUOTED}@"), tmp_path / "out", run=LENIENT)
        report = run_extract(f"{url.replace('postgres@', 'reader@')}?password={QUOTED}", tmp_path / "out", run=LENIENT)
    assert "login" not in report.lead  # it may only read
    everything = "\n".join(all_text(tmp_path / "out"))
    assert PASSWORD not in everything
    assert QUOTED not in everything


@pytest.mark.parametrize("password", ["pA@Qx", "pA/Qx", "pA?Qx"])
def test_a_password_that_is_not_quoted_is_refused_without_showing_a_piece_of_it(password: str) -> None:
    url = f"postgresql://reader:{password}@db.example/product"
    with pytest.raises(UsageError, match="write them as %40, %2F and %3F") as caught, connect(url, ONCE):
        pass
    assert "pA" not in str(caught.value)
    assert "Qx" not in str(caught.value)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two certificate authorities, and a certificate of the first for localhost."""
    needs("openssl")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN=test {name}",
                "-keyout", f"{name}.key", "-out", f"{name}.crt")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=DNS:localhost")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "server.crt")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def tls_server(authority: Path) -> Iterator[Server]:
    """A server that takes encrypted connections only."""
    files = {name: (authority / name).read_bytes() for name in ("server.crt", "server.key")}
    settings = {"ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key"}
    with controlled_server(files, settings, hba="hostssl all reader 127.0.0.1/32 trust") as server:
        execute(server.url, "CREATE ROLE reader LOGIN")
        yield server


def of_reader(server: Server, host: str, options: str) -> str:
    return server.url.replace("postgres@127.0.0.1", f"reader@{host}") + f"?{options}"


ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


def test_the_identity_of_a_server_is_verified_when_the_address_says_so(tls_server: Server, authority: Path) -> None:
    options = f"sslmode=verify-full&sslrootcert={authority / 'ca.crt'}&hostaddr=127.0.0.1"
    with connect(of_reader(tls_server, "localhost", options), ONCE) as database:
        assert next(database.rows(ENCRYPTED)) == (True,)


def test_tls_may_be_asked_for_by_the_environment(tls_server: Server, authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-ca")
    monkeypatch.setenv("PGSSLROOTCERT", str(authority / "ca.crt"))
    with connect(of_reader(tls_server, "127.0.0.1", ""), ONCE) as database:
        assert next(database.rows(ENCRYPTED)) == (True,)


@pytest.mark.parametrize(
    ("certificate", "host", "reason"),
    [("other.crt", "localhost", "certificate verify failed"), ("ca.crt", "127.0.0.1", "does not match host name")],
)
def test_a_server_that_is_not_who_it_should_be_is_one_clear_error_at_once(
    tls_server: Server, authority: Path, certificate: str, host: str, reason: str
) -> None:
    options = f"sslmode=verify-full&sslrootcert={authority / certificate}&hostaddr=127.0.0.1"
    with (
        pytest.raises(UsageError, match=f"{reason}.*check sslmode and sslrootcert") as caught,
        connect(of_reader(tls_server, host, options), ServerLimits()),
    ):
        pass
    assert "attempts" not in str(caught.value)  # it was tried once
    assert "\n" not in str(caught.value)


def test_a_slow_consumer_does_not_lose_its_transaction(own_server: Server) -> None:
    execute(own_server.url, "ALTER DATABASE postgres SET idle_in_transaction_session_timeout = '200ms'")
    try:
        with connect(own_server.url, ONCE) as database:
            rows = database.rows("SELECT g FROM generate_series(1, 5000) AS g")
            next(rows)
            time.sleep(0.6)
            assert len(list(rows)) == 4999
            assert database.now() - dt.datetime.now(dt.UTC) < dt.timedelta(seconds=60)
    finally:
        execute(own_server.url, "ALTER DATABASE postgres RESET idle_in_transaction_session_timeout")
