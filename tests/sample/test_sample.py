"""The sample product: the same from the same seed, and every planted thing is where the truth file says."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sample import SampleSummary, demo_key, generate

from attune.errors import RunError, UsageError
from attune.runtime.progress import Progress, ProgressEvent

CONVERSATIONS = 1500
Lines = list[dict[str, Any]]
Contents = dict[tuple[str, int], str | None]
PRIVATE_USE = re.compile("[\ue000-\uf8ff]")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleSummary]:
    folder = tmp_path_factory.mktemp("sample")
    return folder, generate(folder, CONVERSATIONS, 17)


@pytest.fixture(scope="module")
def folder(made: tuple[Path, SampleSummary]) -> Path:
    return made[0]


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{folder / 'product.db'}?mode=ro", uri=True)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def truth(folder: Path) -> Lines:
    return [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def messages(database: sqlite3.Connection) -> Contents:
    rows = database.execute("SELECT conversation_id, position, content FROM messages")
    return {(conversation, position): content for conversation, position, content in rows}


def digests(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.name == "product.db":
            with sqlite3.connect(path) as connection:
                found[path.name] = hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
        elif path.is_file():
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    generate(tmp_path / "a", 120, 5)
    generate(tmp_path / "b", 120, 5)
    generate(tmp_path / "c", 120, 6)
    first, second, other = digests(tmp_path / "a"), digests(tmp_path / "b"), digests(tmp_path / "c")
    assert first == second
    assert first.keys() == other.keys()
    assert not {name for name in first if first[name] == other[name]}


def test_a_second_run_replaces_the_first_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    generate(tmp_path, 50, 1)
    generate(tmp_path, 60, 1)
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".tmp")]
    with sqlite3.connect(tmp_path / "product.db") as connection:
        assert connection.execute("SELECT count(*) FROM conversations").fetchone() == (60,)


def test_more_conversations_keep_the_users_that_came_before(tmp_path: Path, database: sqlite3.Connection) -> None:
    generate(tmp_path, 300, 17)
    with sqlite3.connect(tmp_path / "product.db") as small:
        fewer = small.execute("SELECT * FROM users ORDER BY user_id").fetchall()[:-1]  # the last one was cut short
        few_messages = small.execute("SELECT * FROM messages WHERE conversation_id < 'C00000050' ORDER BY 1").fetchall()
    more = database.execute("SELECT * FROM users ORDER BY user_id LIMIT ?", (len(fewer),)).fetchall()
    assert fewer == more
    assert few_messages == database.execute("SELECT * FROM messages WHERE conversation_id < 'C00000050' ORDER BY 1").fetchall()


def test_the_counts_agree_with_the_files(made: tuple[Path, SampleSummary], database: sqlite3.Connection, truth: Lines) -> None:
    folder, summary = made
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables} == dict(summary.rows)
    assert summary.conversations == CONVERSATIONS
    assert Counter(line["kind"] for line in truth) == summary.planted
    families = folder / "families"
    assert summary.families == {
        "edge_case_crisis": len((families / "edge_case_crisis/crisis_chats.jsonl").read_text().splitlines()),
        "sarcasm": len(json.loads((families / "sarcasm/sarcasm.json").read_text())),
        "voice_persona": len(list((families / "voice_persona").glob("session_*.txt"))),
        "safety_guardrails": len(list(csv.DictReader((families / "safety_guardrails/guardrails.csv").open(newline="")))),
        "mental_health_datasets": len((families / "mental_health_datasets/expert_curated.jsonl").read_text().splitlines()),
        "roleplay_simulator": pq.read_metadata(families / "roleplay_simulator/sessions.parquet").num_rows,
    }


def test_every_planted_span_of_a_message_holds_its_text(truth: Lines, messages: Contents) -> None:
    repaired = {(line["conversation_id"], line["position"]): line["text"] for line in truth if line["kind"] == "encoding"}
    spans = [line for line in truth if line["kind"] in ("pii", "health") and "conversation_id" in line]
    assert len(spans) > 1000
    for line in spans:
        place = (line["conversation_id"], line["position"])
        text = messages[place] if line["on"] == "stored" else repaired[place]
        assert text is not None
        assert text[line["start"] : line["end"]] == line["text"]
    assert {line["on"] for line in spans} == {"stored", "repaired"}


def test_every_planted_span_of_a_check_in_holds_its_text(truth: Lines, database: sqlite3.Connection) -> None:
    rows = {row[0]: row[1:] for row in database.execute("SELECT check_in_id, prompt, reflection, reply FROM check_ins")}
    spans = [line for line in truth if "check_in_id" in line]
    assert len(spans) > 50
    for line in spans:
        text = rows[line["check_in_id"]][("prompt", "reflection", "reply").index(line["field"])]
        assert text[line["start"] : line["end"]] == line["text"]


def test_every_planted_span_of_a_family_file_holds_its_text(folder: Path, truth: Lines) -> None:
    families = folder / "families"
    parquet = pq.read_table(families / "roleplay_simulator/sessions.parquet").to_pylist()
    crisis = (families / "edge_case_crisis/crisis_chats.jsonl").read_text().splitlines()
    expert = [json.loads(line) for line in (families / "mental_health_datasets/expert_curated.jsonl").read_text().splitlines()]
    records: dict[str, list[Any]] = {
        "roleplay_simulator": parquet,
        "edge_case_crisis": [json.loads(line) for line in crisis[:-1]],
        "mental_health_datasets": expert,
        "sarcasm": json.loads((families / "sarcasm/sarcasm.json").read_text()),
        "safety_guardrails": list(csv.DictReader((families / "safety_guardrails/guardrails.csv").open(newline=""))),
    }
    spans = [line for line in truth if line["kind"] in ("pii", "health") and "family" in line]
    assert {line["family"] for line in spans} == {*records, "voice_persona"}
    for line in spans:
        if line["family"] == "voice_persona":
            text = (families / "voice_persona" / line["file"]).read_text().splitlines()[line["line"] - 1]
        else:
            value = records[line["family"]][line["line"] - 1][line["field"]]
            text = value[line["position"]]["content"] if "position" in line else value
        assert text[line["start"] : line["end"]] == line["text"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(crisis[-1])


def test_all_kinds_of_identifiers_are_planted_known_and_unknown(truth: Lines) -> None:
    kinds = Counter((line["type"], line["known"]) for line in truth if line["kind"] == "pii")
    structured = [
        "SSN",
        "IBAN",
        "CARD",
        "IP_ADDRESS",
        "URL",
        "SOCIAL_HANDLE",
        "PASSPORT",
        "LICENCE_PLATE",
        "PASSWORD",
        "API_KEY",
        "UNIQUE_DETAIL",
    ]
    both = ["PERSON", "EMAIL", "PHONE", "ADDRESS", "WORKPLACE", "SCHOOL", "CITY", "BIRTH_DATE"]
    assert not [kind for kind in structured if not kinds[(kind, False)]]
    assert not [kind for kind in both if not (kinds[(kind, False)] and kinds[(kind, True)])]
    names = [line for line in truth if line.get("type") == "PERSON"]
    assert {line["whose"] for line in names} == {"user", "partner", "third"}
    assert sum(line["text"].islower() for line in names) > 100
    health = Counter(line["type"] for line in truth if line["kind"] == "health")
    assert set(health) == {"HEALTH_DIAGNOSIS", "HEALTH_MEDICATION", "HEALTH_LAB_RESULT", "HEALTH_MRN"}


def test_a_known_name_is_what_the_database_knows(truth: Lines, database: sqlite3.Connection) -> None:
    owner = dict(database.execute("SELECT conversation_id, user_id FROM conversations"))
    known: dict[str, set[str]] = defaultdict(set)
    for table in ("users", "partners"):
        for user, name, nickname in database.execute(f"SELECT user_id, name, nickname FROM {table}"):
            known[user] |= {form.casefold() for form in (name, nickname, name.split(" ")[0]) if form}
    checked = 0
    for line in truth:
        if line.get("type") == "PERSON" and line["known"] and "conversation_id" in line:
            user = owner[line["conversation_id"]]
            names = known[user]
            assert line["text"].casefold() in names or any(name.startswith(line["text"].casefold() + " ") for name in names)
            checked += 1
    assert checked > 500


def test_payment_numbers_have_valid_check_digits(truth: Lines) -> None:
    cards = [re.sub(r"\D", "", line["text"]) for line in truth if line.get("type") == "CARD"]
    assert cards
    for card in cards:
        doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(card))]
        assert sum(value // 10 + value % 10 for value in doubled) % 10 == 0
    ibans = [line["text"].replace(" ", "") for line in truth if line.get("type") == "IBAN"]
    assert ibans
    for iban in ibans:
        assert int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1


def test_wrongly_decoded_text_goes_back_to_the_right_one_by_its_tables(truth: Lines, messages: Contents) -> None:
    lines = [line for line in truth if line["kind"] == "encoding"]
    assert {line["layers"] for line in lines} == {1, 2}
    for line in lines:
        text = messages[(line["conversation_id"], line["position"])]
        assert text is not None
        assert text != line["text"]
        for table in reversed(line["tables"]):
            text = text.encode(table).decode()
        assert text == line["text"]


def test_copies_are_as_similar_as_said_and_nothing_else_is(
    truth: Lines, messages: Contents, database: sqlite3.Connection
) -> None:
    """Brute force over what was said: all pairs that share a word 3-gram; nothing else may look like a duplicate."""
    system = set(database.execute("SELECT conversation_id, position FROM messages WHERE role = 'system'"))
    right = {(line["conversation_id"], line["position"]): line["text"] for line in truth if line["kind"] == "encoding"}
    texts: dict[str, list[str]] = defaultdict(list)
    for (conversation, position), content in sorted(messages.items()):
        if (conversation, position) not in system:
            texts[conversation].append(right.get((conversation, position), content or ""))
    grams = {}
    for conversation, contents in texts.items():
        words = re.findall(r"\w+", " ".join(contents).casefold())
        grams[conversation] = {tuple(words[index : index + 3]) for index in range(len(words) - 2)}
    holders: dict[Any, list[str]] = defaultdict(list)
    similar: dict[tuple[str, str], float] = {}
    for conversation in sorted(grams):
        shared: Counter[str] = Counter()
        for gram in grams[conversation]:
            shared.update(holders[gram])
            holders[gram].append(conversation)
        for other, count in shared.items():
            similar[(other, conversation)] = count / (len(grams[conversation]) + len(grams[other]) - count)

    clusters: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in truth:
        if line["kind"] == "duplicate" and "conversation_id" in line:
            clusters[line["cluster_id"]].append(line)
    together = set()
    for members in clusters.values():
        first = next((line["conversation_id"] for line in members if line["relation"] == "original"), None)
        for line in members:
            together |= {(other["conversation_id"], line["conversation_id"]) for other in members}
            if first is None or line["conversation_id"] == first:
                continue
            pair = (min(first, line["conversation_id"]), max(first, line["conversation_id"]))
            assert similar[pair] == pytest.approx(line["similarity"], abs=0.001)
            assert similar[pair] == 1 if line["relation"] == "exact" else 0.87 <= similar[pair] <= 0.99
    misses = {line["conversation_id"]: line for line in truth if line["kind"] == "near_miss"}
    assert misses
    for conversation, line in misses.items():
        pair = (min(line["of"], conversation), max(line["of"], conversation))
        assert 0.5 <= similar[pair] <= 0.75
    surprising = [
        pair for pair, value in similar.items() if value >= 0.7 and pair not in together and not misses.keys() & set(pair)
    ]
    assert surprising == []
    assert Counter(line["relation"] for members in clusters.values() for line in members)["near"] > 10


def test_broken_rows_are_broken_as_said(truth: Lines, database: sqlite3.Connection) -> None:
    problems = [line for line in truth if line["kind"] == "broken" and "conversation_id" in line]
    queries = {
        "null_content": "SELECT conversation_id FROM messages WHERE content IS NULL",
        "unknown_role": "SELECT conversation_id FROM messages WHERE role NOT IN ('user', 'assistant', 'system')",
        "bad_timestamp": "SELECT conversation_id FROM conversations WHERE datetime(started_at) IS NULL",
    }
    stored = {problem: {row[0] for row in database.execute(query)} for problem, query in queries.items()}
    assert problems
    for problem, conversations in stored.items():
        assert conversations
        assert conversations == {line["conversation_id"] for line in problems if line["problem"] == problem}
    assert len(problems) < 0.005 * CONVERSATIONS


def test_dates_end_at_the_fixed_moment_and_some_are_older_than_two_years(database: sqlite3.Connection, truth: Lines) -> None:
    bad = {line["conversation_id"] for line in truth if line["kind"] == "broken" if "conversation_id" in line}
    newest = "2026-10-31T12:00:00+00:00"
    for table in ("users", "check_ins", "activities", "quizzes", "analytics", "feedback"):
        assert database.execute(f"SELECT max(created_at) FROM {table}").fetchone()[0] <= newest
    assert database.execute("SELECT max(created_at) FROM analytics").fetchone()[0] == newest
    started = dict(database.execute("SELECT conversation_id, started_at FROM conversations"))
    old = {key for key, moment in started.items() if key not in bad and moment < "2024-10-31T12:00:00"}
    assert old == {line["conversation_id"] for line in truth if line["kind"] == "conversation" and line["old"]} - bad
    assert 0.03 < len(old) / CONVERSATIONS < 0.15


def test_shares_of_what_is_planted(truth: Lines, database: sqlite3.Connection) -> None:
    conversations = [line for line in truth if line["kind"] == "conversation"]
    languages = Counter(line["language"] for line in conversations)
    assert 0.03 < languages["es"] / CONVERSATIONS < 0.10
    assert 0.02 < languages["de"] / CONVERSATIONS < 0.07
    scenarios = Counter(line["scenario"] for line in conversations)
    assert len(scenarios) > 15
    assert sum(count < 0.05 * CONVERSATIONS for count in scenarios.values()) > 5
    assert all(line["turns"] > 20 for line in conversations if line["long"])
    assert 0.01 < sum(line["long"] for line in conversations) / CONVERSATIONS < 0.05
    assert {line["quality"] for line in conversations} >= {"good", "generic", "too_short", "no_question", "off_topic", "flat"}
    assert {line["type"] for line in truth if line["kind"] == "crisis"} == {"self_harm", "abuse"}
    feedback = database.execute("SELECT count(*) FROM feedback").fetchone()[0]
    assert 0.60 < feedback / CONVERSATIONS < 0.72
    consent = Counter(line["consent"] for line in truth if line["kind"] == "consent")
    assert set(consent) == {"opted_out", "erasure_requested"}
    assert sum(consent.values()) == database.execute("SELECT count(*) FROM users WHERE consent <> 'granted'").fetchone()[0]


def test_people_are_happier_with_better_answers(truth: Lines, database: sqlite3.Connection) -> None:
    good = {line["conversation_id"] for line in truth if line["kind"] == "conversation" and line["quality"] == "good"}
    poor = {line["conversation_id"] for line in truth if line.get("quality") in ("generic", "too_short", "off_topic", "flat")}
    satisfaction: dict[bool, list[float]] = {True: [], False: []}
    improved: dict[bool, list[bool]] = {True: [], False: []}
    for conversation, value in database.execute("SELECT conversation_id, satisfaction FROM activities"):
        if conversation in good | poor:
            satisfaction[conversation in good].append(value)
    for conversation, outcome in database.execute("SELECT conversation_id, outcome FROM feedback"):
        if conversation in good | poor:
            improved[conversation in good].append(outcome == "improved")
    assert sum(satisfaction[True]) / len(satisfaction[True]) > 8 > 5 > sum(satisfaction[False]) / len(satisfaction[False])
    assert sum(improved[True]) / len(improved[True]) > 0.7 > 0.35 > sum(improved[False]) / len(improved[False])


def test_no_mark_of_the_generator_is_left_in_any_text(folder: Path, database: sqlite3.Connection) -> None:
    assert not [name for name in ("truth.jsonl",) if PRIVATE_USE.search((folder / name).read_text(encoding="utf-8"))]
    assert not PRIVATE_USE.search("\n".join(database.iterdump()))
    for path in (folder / "families").rglob("*.*"):
        if path.suffix != ".parquet":
            assert not PRIVATE_USE.search(path.read_text(encoding="utf-8"))
    assert not PRIVATE_USE.search(str(pq.read_table(folder / "families/roleplay_simulator/sessions.parquet").to_pylist()))


def test_the_key_is_a_usable_secret_of_the_seed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from attune.records.tokens import subject_key

    monkeypatch.setenv("ATTUNE_SUBJECT_KEY_FILE", str(folder / "subject.key"))
    assert subject_key() == demo_key(17).strip()
    assert demo_key(17) != demo_key(18)


def test_progress_tells_how_many_conversations_are_written(tmp_path: Path) -> None:
    events: list[ProgressEvent] = []
    generate(tmp_path, 80, 3, Progress("sample", "conversations", events.append))
    assert (events[-1].done, events[-1].total, events[-1].finished) == (80, 80, True)


def test_what_cannot_be_done_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--conversations 0"):
        generate(tmp_path / "none", 0)
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="could not be written"):
        generate(tmp_path / "file", 10)
