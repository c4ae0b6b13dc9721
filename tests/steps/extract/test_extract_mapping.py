"""A mapping is checked by the content of its sources: a wrong one stops before a row is written, and says what is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapped_product import CONSENT, CONVERSATIONS, FEEDBACK, IDENTITIES, USERS, MappedProduct
from product_sample import KEY, rows_of, run_extract

from attune.cli.main import main
from attune.config.params import ExtractParams, RunParams
from attune.errors import RunError, UsageError
from attune.steps.extract.mapping_check import MappingCheck, check_content
from attune.steps.extract.mapping_findings import MappingFinding, shown_values

LENIENT = RunParams(shard_rows=40, quarantine_limit=1.0)


@pytest.fixture(params=["sqlite", "postgresql"])
def product(request: pytest.FixtureRequest, tmp_path: Path) -> MappedProduct:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return MappedProduct(tmp_path, url)


@pytest.fixture
def file_product(tmp_path: Path) -> MappedProduct:
    return MappedProduct(tmp_path)


def checked(product: MappedProduct, **params: object) -> MappingCheck:
    return check_content(product.database, ExtractParams(sources=str(product.sources), **params))  # type: ignore[arg-type]


def bad(check: MappingCheck) -> list[MappingFinding]:
    return [finding for finding in check.findings if finding.level in ("problem", "stop")]


def warned(check: MappingCheck) -> set[str]:
    return {finding.source for finding in check.findings if finding.level == "warning" and finding.source != "login"}


def read(product: MappedProduct, output: Path, **params: object) -> list[dict[str, object]]:
    run_extract(product.database, output, run=LENIENT, sources=str(product.sources), **params)
    return rows_of(output)


def exit_code(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_a_right_mapping_has_no_finding_but_the_login_and_is_read_without_those_who_opted_out(
    product: MappedProduct, tmp_path: Path
) -> None:
    found = checked(product)
    assert bad(found) == []
    assert warned(found) == set()
    assert [finding.source for finding in found.findings if finding.level == "warning"] == ["login"] * product.server
    assert len(read(product, tmp_path / "out")) == USERS - USERS // 6


class Wrong(NamedTuple):
    """A wrong mapping: the source, its SQL, and what the message must say."""

    source: str
    sql: str
    said: str
    run_stops: bool = True


_AS_ID = ("CAST(id AS TEXT)", "CAST(threads.account AS TEXT)")
WRONG = (
    # The ids of two sources do not meet.
    Wrong("consent", CONSENT.replace(_AS_ID[0], "handle"), "source consent .*'opted_out': 0 of 4 .*deleted_reasons"),
    Wrong("consent", CONSENT.replace(_AS_ID[0], "mail"), "source consent .*: 0 of 4"),
    Wrong("consent", CONSENT.replace(_AS_ID[0], "CAST(id + 5000 AS TEXT)"), "source consent .*: 0 of 4"),
    Wrong("consent", f"{CONSENT} UNION ALL SELECT mail, 'opted_out' FROM accounts WHERE id = 1", "form of others: e-mail .1.:"),
    Wrong("consent", f"{CONSENT} UNION ALL SELECT handle, 'erased' FROM accounts WHERE id < 3", "reason 'erased': 0 of 2"),
    Wrong("consent", f"{CONSENT} UNION ALL SELECT CAST(id + 100 * account AS TEXT), 'opted_out' FROM accounts, votes",
          "min_consent_matched"),
    Wrong("consent", f"{CONSENT} UNION ALL SELECT NULLIF(handle, handle), 'opted_out' FROM accounts", "rows without a user_id"),
    Wrong("identities", IDENTITIES.replace(_AS_ID[0], "handle"), "source identities .*: user_id: 0 of 20 .*min_identified"),
    Wrong("identities", f"{IDENTITIES} LIMIT 1", "source identities .*: user_id: 1 of 20 .*min_identified"),
    Wrong("identities", "SELECT handle AS user_id, mail AS person, mail AS kind, mail AS value FROM accounts WHERE id > 99",
          "the query returns no row"),
    Wrong("conversations",
          CONVERSATIONS.replace(_AS_ID[1], "accounts.handle") + "JOIN accounts ON accounts.id = threads.account",
          "source identities .*: user_id: 0 of 24"),
    # Redaction would not know the names.
    Wrong("identities", IDENTITIES.replace("'name'", "'first_name'"),
          "24 of 48 .* unknown kind: 'first_name' .24.*name, email"),
    Wrong("identities", IDENTITIES.replace("'user'", "'customer'"),
          "unknown person: 'customer' .*allowed: user, partner, other"),
    Wrong("identities", IDENTITIES.replace("full_name", "NULLIF(mail, mail)").replace("mail FROM", "'  ' FROM"),
          "0 of 48 .* have a value"),
    # Data would be scrambled.
    Wrong("feedback", FEEDBACK.replace("stars", "vote"),
          "source feedback .*: rating: 8 of 20 .* numbers from 1 to 5, from -1 to 1"),
    Wrong("feedback", FEEDBACK.replace("stars", "percent"), "rating: .* numbers from 1 to 5, from 4 to 92"),
    Wrong("feedback", FEEDBACK.replace("stars", "stars - 1"), "rating: .* from 0 to 4"),
    Wrong("feedback", FEEDBACK.replace("stars", "vote * vote"), "rating: .*every value is at its lowest end"),
    Wrong("feedback", FEEDBACK.replace("stars AS rating", "'better' AS outcome"),
          "outcome: .*unknown outcome: 'better' .20.*improved"),
    Wrong("conversations", CONVERSATIONS.replace(_AS_ID[1], "CAST(posts.sender_id AS TEXT)"), "have more than one user_id"),
    Wrong("conversations", CONVERSATIONS.replace(_AS_ID[1],
          "CASE WHEN posts.sender = 'user' THEN CAST(threads.account AS TEXT) END"),
          "a user_id on some messages only"),
    Wrong("feedback", FEEDBACK.replace("CAST(account AS TEXT) AS user_id", "CAST(account + 1 AS TEXT) AS user_id"),
          "source feedback .*: user_id: 0 of .* have the same user_id there"),
    Wrong("feedback", FEEDBACK.replace("CAST(thread AS TEXT)", "CAST(thread + 500 AS TEXT)"),
          "source feedback .*: conversation_id: 0 of 20 ", run_stops=False),
    Wrong("conversations", CONVERSATIONS.replace("posts.n", "0"), "two messages have the same position", run_stops=False),
    Wrong("conversations", CONVERSATIONS.replace("posts.sender", "'bot'"), "unknown role: 'bot' .80.", run_stops=False),
    Wrong("conversations", CONVERSATIONS.replace("posts.sender", "'user'"),
          "no message has the role assistant", run_stops=False),
)  # fmt: skip
ON_SQLITE = (
    Wrong("feedback", FEEDBACK.replace("stars", "stars || ''"), "rating: 20 of 20 .* numbers from 1 to 5"),
    Wrong("feedback", FEEDBACK.replace("stars AS rating", "yes AS helpful"), "helpful: 20 of 20 .* 0 or 1"),
    Wrong("feedback", FEEDBACK.replace("{at}", "1772000000"), "created_at: 20 of 20 .* not timestamps"),
    Wrong("conversations", CONVERSATIONS.replace("posts.n", "posts.n || ''"), "position: 80 of 80 .* not whole numbers"),
    Wrong("conversations", CONVERSATIONS.replace("{at}", "posts.seconds + 0"), "created_at: 80 of 80 .* not timestamps"),
)
ON_POSTGRESQL = (
    Wrong("conversations", CONVERSATIONS.replace("{at}", "to_timestamp(posts.seconds::float8 * 1000)"),
          "created_at: 80 values, from 5.*none is in our time"),
)  # fmt: skip


def test_every_wrong_mapping_is_found_by_the_check_and_stops_the_run_before_anything_is_written(
    product: MappedProduct, tmp_path: Path
) -> None:
    right = {file.stem: file.read_text() for file in product.sources.iterdir()}
    for wrong in (*WRONG, *(ON_POSTGRESQL if product.server else ON_SQLITE)):
        product.write(wrong.source, wrong.sql)
        found = bad(checked(product))
        told = "\n".join(f"source {each.source} (): {each.subject}: {each.text}" for each in found)
        assert re.search(wrong.said, told), f"{wrong}\n{told}"
        if wrong.run_stops:
            with pytest.raises(UsageError) as caught:
                read(product, tmp_path / "out")
            assert re.search(wrong.said, str(caught.value)), wrong
            assert not (tmp_path / "out").exists()
        for secret in ("night", "@mail", "Priya", "Raman"):
            assert secret not in told, wrong
        (product.sources / f"{wrong.source}.sql").write_text(right[wrong.source])


def test_what_may_be_right_is_only_warned_of(product: MappedProduct, tmp_path: Path) -> None:
    right = {file.stem: file.read_text() for file in product.sources.iterdir()}
    gone = f"{CONSENT} UNION ALL SELECT CAST(id + 5000 AS TEXT), 'opted_out' FROM accounts WHERE id < 7"
    none = "SELECT {text} AS user_id, {text} AS person, {text} AS kind, {text} AS value WHERE FALSE"
    for source, sql, where in (
        ("consent", gone, "consent"),  # 6 of 10 are users no more
        ("consent", f"{CONSENT} AND id > 99", "consent"),
        ("identities", none, "identities"),
        ("identities", IDENTITIES.replace("accounts", "accounts WHERE id < 12"), "identities"),
        ("feedback", f"{FEEDBACK} WHERE FALSE AND TRUE", "feedback"),
        ("conversations", CONVERSATIONS.replace("posts.body", """'{"text": "' || posts.body || '"}'"""), "conversations"),
        ("conversations", CONVERSATIONS.replace("posts.body", """'"' || posts.body || '"'"""), "conversations"),
        ("conversations", CONVERSATIONS.replace("posts.body", "'<p>' || posts.body || '</p>'"), "conversations"),
        ("conversations", CONVERSATIONS.replace("posts.n", "-posts.n"), "conversations"),
    ):
        product.write(source, sql)
        found = checked(product)
        assert bad(found) == []
        assert warned(found) == {where}, sql
        (product.sources / f"{source}.sql").write_text(right[source])
    product.write("consent", "SELECT {text} AS user_id, {text} AS reason WHERE FALSE;")
    assert warned(checked(product)) == set()
    assert len(read(product, tmp_path / "out")) == USERS


def test_parameters_allow_what_the_check_refuses_by_default(file_product: MappedProduct, tmp_path: Path) -> None:
    file_product.write("consent", f"{CONSENT} UNION ALL SELECT handle, 'erased' FROM accounts WHERE id < 3")
    assert len(read(file_product, tmp_path / "a", deleted_reasons=["erased"])) == 20
    file_product.write("consent", CONSENT)
    file_product.write("identities", f"{IDENTITIES} LIMIT 1")
    assert len(read(file_product, tmp_path / "b", min_identified=0)) == 20
    file_product.write("identities", IDENTITIES)
    file_product.write("feedback", FEEDBACK.replace("stars", "percent"))
    assert len(read(file_product, tmp_path / "c", mapping_limit=1)) == 20


def test_a_product_without_users_has_nothing_to_check(product: MappedProduct, tmp_path: Path) -> None:
    product.execute("DELETE FROM posts; DELETE FROM votes")
    product.write("consent", CONSENT.replace(_AS_ID[0], "handle"))
    assert bad(checked(product)) == []
    product.execute("DELETE FROM accounts")
    assert bad(checked(product)) == []
    assert read(product, tmp_path / "out") == []


def test_consent_must_name_users_of_the_conversations_where_no_name_need_be_known(file_product: MappedProduct) -> None:
    handles = CONVERSATIONS.replace(_AS_ID[1], "accounts.handle") + "JOIN accounts ON accounts.id = threads.account"
    file_product.write("conversations", handles)
    told = [f"{finding.source}: {finding.text}" for finding in bad(checked(file_product, min_identified=0))]
    assert any(text.startswith("consent: reason 'opted_out': 0 of 4") for text in told), told


def test_ids_without_a_type_are_compared_as_text_whichever_source_holds_numbers(
    file_product: MappedProduct, tmp_path: Path
) -> None:
    expected = read(file_product, tmp_path / "expected")
    right = {file.stem: file.read_text() for file in file_product.sources.iterdir()}
    numbers = {name: re.sub(r"CAST\(((?:\w+\.)?\w+) AS TEXT\)", r"\1", sql) for name, sql in right.items()}
    for mixed in (("consent",), ("conversations",), ("identities", "feedback"), tuple(right)):
        for name in mixed:
            assert mixed == tuple(right) or numbers[name] != right[name]
            (file_product.sources / f"{name}.sql").write_text(numbers[name])
        assert bad(checked(file_product)) == []
        for way in ("full", "incremental"):
            output = tmp_path / f"{'-'.join(mixed)}-{way}"
            report = run_extract(file_product.database, output, run=LENIENT, sources=str(file_product.sources))
            assert report.numbers["refused"] == {"opted_out": {"users": 4, "conversations": 4}}, mixed
            assert rows_of(output) == expected, mixed
            if way == "incremental":
                file_product.execute(
                    "UPDATE posts SET body = body || ' Again.' WHERE thread = 101; UPDATE accounts SET sharing = 1"
                )
                run_extract(file_product.database, output, run=LENIENT, sources=str(file_product.sources), incremental=True)
                assert len(rows_of(output)) == USERS
                file_product.execute("UPDATE posts SET body = replace(body, ' Again.', ''); "
                                     "UPDATE accounts SET sharing = (id % 6 <> 0)")  # fmt: skip
        for name in mixed:
            (file_product.sources / f"{name}.sql").write_text(right[name])


def test_a_number_in_identities_is_known_to_redaction(file_product: MappedProduct, tmp_path: Path) -> None:
    phone = "UNION ALL SELECT CAST(id AS TEXT), 'user', 'phone', phone FROM accounts"
    file_product.write("identities", f"{IDENTITIES} {phone}")
    file_product.execute("UPDATE posts SET body = 'you can reach me at 5550100001 at any time' WHERE thread = 101 AND n = 0")
    rows = read(file_product, tmp_path / "out")
    assert "5550100001" not in json.dumps([row["messages"] for row in rows])


def test_quarantine_and_the_failed_run_name_the_unknown_roles(product: MappedProduct, tmp_path: Path) -> None:
    product.execute("UPDATE posts SET sender = 'bot' WHERE thread = 101 AND n = 1; "
                    "UPDATE posts SET sender = 'Priya' WHERE thread = 102 AND n = 1")  # fmt: skip
    report = run_extract(product.database, tmp_path / "out", run=LENIENT, sources=str(product.sources))
    assert report.rows is not None
    assert report.rows.quarantined == {"a message has an unknown role": 1, "a message has an unknown role: bot": 1}
    with pytest.raises(RunError, match=r"unknown role.*unknown roles: 'bot' \(1\), 1 value not shown here.*quarantined"):
        run_extract(product.database, tmp_path / "out", run=RunParams(), sources=str(product.sources))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["bot", "HUMAN", "sender_type", "coachAI", "0", "12", "whatsapp"], True),
        (["Priya", "grace", "priya_raman", "a@b.example", "night12owl", "see you at nine", "x" * 25, "2026", ""], False),
    ],
)
def test_only_values_that_cannot_be_a_name_or_text_are_shown(values: list[str], shown: bool) -> None:
    for value in values:
        assert (value in shown_values([value, None])) == shown, value


@given(st.lists(st.text(max_size=40), max_size=30))
def test_what_is_shown_is_short_and_of_a_closed_set(values: list[str]) -> None:
    shown = shown_values(values)
    assert shown <= set(values)
    assert len(shown) <= 10
    assert all(len(value) <= 24 and value.isascii() and value.isprintable() for value in shown)


def test_the_command_prints_and_judges_the_content_and_exits_with_2_for_a_wrong_mapping(
    product: MappedProduct, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", KEY.decode())
    arguments = ["extract", "--check", "--sample", "10", "--database", product.database]
    arguments += ["--set", f"extract.sources={product.sources}"]
    assert exit_code(arguments) == 0
    told = capsys.readouterr().out
    for line in (
        "role                 assistant 40, user 40",
        "created_at           80 values, from 2026-03-01 10:00:00 to 2026-03-23 10:00:03",
        "user_id              20 of 20 (100.0 %) conversations are of a user with a name or identifier",
        "user_id              reason 'opted_out': 4 of 4 (100.0 %) ids are the id of a user",
        "rating               20 values, from 1 to 5",
        "content              detected languages: en 100.0 %",
        "user_id              10 conversations looked at: each has one user",
    ):
        assert f"ok  {line}" in told, line
    product.write("consent", CONSENT.replace(_AS_ID[0], "handle"))
    assert exit_code(arguments) == 2
    told = capsys.readouterr().out
    assert "!!  user_id              reason 'opted_out': 0 of 4" in told
    assert "1 problem, " in told
    product.write("consent", "SELECT 1")
    assert exit_code(arguments) == 2
    assert "the content was not checked" in capsys.readouterr().out
    assert exit_code([argument for argument in arguments if argument != "--check"]) == 2  # a run has its own sample


def test_a_login_that_may_write_is_warned_of_on_the_page_and_refused_on_request(postgres_url: str, tmp_path: Path) -> None:
    product = MappedProduct(tmp_path, postgres_url)
    report = run_extract(product.database, tmp_path / "out", run=LENIENT, sources=str(product.sources))
    assert "Warning: login: rights: the login postgres is a superuser" in report.lead
    with pytest.raises(UsageError, match=r"superuser, and extract\.require_read_only_role is true"):
        read(product, tmp_path / "other", require_read_only_role=True)
    assert not (tmp_path / "other").exists()
