"""Derived families: long sessions from all others, complex trauma from transcripts, and how well the tagger does."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from counsel_chat import counsel_chat_file
from hypothesis import given
from hypothesis import strategies as st
from product_sample import KEY, REPOSITORY, rows_of

from attune.config.params import IngestParams, RedactParams, RunParams
from attune.runtime.step import Context
from attune.steps.ingest.derived_families import groups_of, is_cptsd
from attune.steps.ingest.step import ingest


def examples(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(__file__).with_name(f"cptsd_{name}.jsonl").read_text().splitlines()]


PAGE = (REPOSITORY / "docs" / "families.md").read_text(encoding="utf-8")
GROUPS = IngestParams().cptsd_groups
TRAUMA = "My father used to beat us for years. I get flashbacks, I'm always on edge, I can't trust anyone."


def session(turns: int, text: str = "How do I go on?") -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[number % 2], "content": f"{text} ({number})"} for number in range(turns)]


def run(
    tmp_path: Path, rows: list[dict[str, Any]], columns: str = "messages", family: str = "video_transcripts", **params: Any
) -> Any:
    (tmp_path / "x.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    entry = {"family": family, "pattern": "*", "loader": "jsonl", "columns": columns, "published": True}
    (tmp_path / "map.yaml").write_text(yaml.safe_dump({"families": [entry], "ignore": ["map.yaml"]}))
    values = IngestParams(families=str(tmp_path / "map.yaml"), **params)
    context = Context(subject_key=KEY)
    report = ingest(
        [str(tmp_path / "x.jsonl")], str(tmp_path / "out"), values, context,
        redact=RedactParams(), run=RunParams(), long_running_turns=6,
    )  # fmt: skip
    return report, {row["provenance"]["locator"]: row for row in rows_of(tmp_path / "out")}


def test_sessions_of_more_turns_than_the_limit_become_a_family_of_their_own(tmp_path: Path) -> None:
    system = [{"role": "system", "content": "Be kind."}]
    report, found = run(tmp_path, [{"messages": session(6)}, {"messages": session(7)}, {"messages": system + session(6)}])
    assert [found[f"line {number}"]["family"] for number in (1, 2, 3)] == [
        "video_transcripts",
        "long_running_therapy",
        "video_transcripts",
    ]
    assert found["line 2"]["tags"] == ["from_video_transcripts"]
    assert report.numbers["derived"] == {"long_running_therapy": {"video_transcripts": 1}}


def test_transcripts_about_complex_trauma_become_a_family_unless_they_are_long(tmp_path: Path) -> None:
    rows = [{"messages": session(2, TRAUMA)}, {"messages": session(8, TRAUMA)}, {"messages": session(2)}]
    report, found = run(tmp_path, rows)
    assert [found[f"line {number}"]["family"] for number in (1, 2, 3)] == ["cptsd", "long_running_therapy", "video_transcripts"]
    assert {"cptsd", "from_video_transcripts"} <= set(found["line 1"]["tags"])
    assert "cptsd" in found["line 2"]["tags"]
    assert report.numbers["derived"] == {"cptsd": {"video_transcripts": 1}, "long_running_therapy": {"video_transcripts": 1}}


def test_the_tagger_reads_the_families_that_the_parameters_name_and_no_other(tmp_path: Path) -> None:
    _, found = run(tmp_path, [{"messages": session(2, TRAUMA)}], family="mine")
    assert found["line 1"]["family"] == "mine"
    (tmp_path / "again").mkdir()
    _, found = run(tmp_path / "again", [{"messages": session(2, TRAUMA)}], family="mine", cptsd_families=("mine",))
    assert found["line 1"]["family"] == "cptsd"


def test_preference_pairs_and_texts_stay_where_they_are(tmp_path: Path) -> None:
    pair = {"prompt": session(9), "chosen": [{"role": "assistant", "content": "Rest."}], "rejected": "Run."}
    _, found = run(tmp_path, [pair], columns="preference")
    assert found["line 1"]["family"] == "video_transcripts"
    (tmp_path / "text").mkdir()
    _, found = run(tmp_path / "text", [{"text": TRAUMA}], columns="pretraining")
    assert (found["line 1"]["family"], found["line 1"]["tags"]) == ("video_transcripts", ["pretraining"])


def interval(hits: int, number: int) -> str:
    """A share with its 95 % interval by Wilson, as the page shows it."""
    z, share = 1.96, hits / number
    middle, width = share + z * z / 2 / number, z * (share * (1 - share) / number + (z / 2 / number) ** 2) ** 0.5
    low, high = ((middle + sign * width) / (1 + z * z / number) for sign in (-1, 1))
    return f"{share:.2f} ({hits} of {number}; {low:.2f} to {high:.2f})"


@pytest.mark.parametrize("name", ["development", "heldout"])
def test_the_tagger_is_as_good_as_its_page_says_on_text_that_it_was_made_from_and_on_other(name: str) -> None:
    decided = [(is_cptsd([line["text"]], GROUPS), line["cptsd"]) for line in examples(name)]
    hits = sum(found and meant for found, meant in decided)
    found, meant = sum(found for found, _ in decided), sum(meant for _, meant in decided)
    assert f"| {name} | {len(decided)} | {interval(hits, found)} | {interval(hits, meant)} |" in PAGE


def test_the_tagger_is_as_good_as_its_page_says_on_published_questions() -> None:
    csv.field_size_limit(1 << 28)
    with counsel_chat_file().open(encoding="utf-8", newline="") as handle:
        questions = {row["questionID"]: f"{row['questionTitle']}\n{row['questionText']}" for row in csv.DictReader(handle)}
    meant = set(Path(__file__).with_name("cptsd_counsel_chat.txt").read_text().split())
    found = {number for number, text in questions.items() if is_cptsd([text], GROUPS)}
    hits = len(found & meant)
    line = f"| counsel-chat | {len(questions)} | {interval(hits, len(found))} | {interval(hits, len(meant))} |"
    assert line in PAGE


def test_who_asks_how_to_stand_by_somebody_is_not_taken_for_the_one_it_happened_to() -> None:
    story = "I was beaten for years. I have nightmares, I never feel safe, I hate myself."
    assert is_cptsd([story], GROUPS)
    assert not is_cptsd([story.replace("I ", "She ") + " How can I support her?"], GROUPS)


@pytest.mark.parametrize(
    ("harm", "exposure"),
    [
        ("He beat me once. It was in March.", False),
        ("He beat me. It went on every night.", True),
        ("He beat me. We talked. It rained. Every night I read.", False),
        ("I was never beaten, not in all those years.", False),
        ("She was a child soldier.", True),
    ],
)
def test_harm_is_exposure_only_where_it_was_repeated_or_without_escape(harm: str, exposure: bool) -> None:
    assert ("exposure" in groups_of([harm])) is exposure


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("I have nightmares.", {"reexperiencing"}),
        ("I don't have nightmares.", set()),
        ("No nightmares, no flashbacks.", set()),
        ("No nightmares, but I get flashbacks.", {"reexperiencing"}),
        ("I can’t trust anyone.", {"relationships"}),
        ("She denied flashbacks and nightmares.", set()),
        ("That movie gave me nightmares.", set()),
        ("This is not complex PTSD.", set()),
        ("Complex PTSD it is.", {"named"}),
    ],
)
def test_a_group_counts_only_where_nobody_denies_it(text: str, groups: set[str]) -> None:
    assert set(groups_of([text])) == groups


@given(st.lists(st.sampled_from([example["text"] for example in examples("development")]), min_size=1, max_size=3))
def test_more_text_never_takes_a_group_away(texts: list[str]) -> None:
    assert set(groups_of(texts[:1])) <= set(groups_of(texts))
