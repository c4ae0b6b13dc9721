"""``attune redact``: files, standard input, explanations, and evaluation on labelled spans."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from attune.cli.redact import app
from attune.config.params import RedactParams
from attune.errors import UsageError
from attune.redaction.evaluate import Case, Gold, canonical, evaluate, is_claimed, read_cases

TEXT = "Call Priyanka at a.b@mail.example, she met nobody."
LINES = {"text": TEXT, "spans": [{"start": 5, "end": 13, "type": "PERSON"}, {"start": 17, "end": 33, "type": "EMAIL_ADDRESS"}]}
RESEARCH = [
    {
        "full_text": TEXT,
        "masked": "…",
        "spans": [
            {"entity_type": "PERSON", "entity_value": "Priyanka", "start_position": 5, "end_position": 13},
            {"entity_type": "EMAIL_ADDRESS", "entity_value": "a.b@mail.example", "start_position": 17, "end_position": 33},
        ],
    }
]


def test_both_forms_of_labelled_data_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(LINES) + "\n\n")
    (tmp_path / "b.json").write_text(json.dumps(RESEARCH))
    assert read_cases(tmp_path / "a.jsonl") == read_cases(tmp_path / "b.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "neither JSON Lines nor"),
        ('{"body": "x"}', "needs `text`"),
        ('{"text": "abc", "spans": [{"start": 1, "end": 9, "type": "PERSON"}]}', "does not lie in"),
        ('{"text": "abc", "spans": [{"start": 1}]}', "a span needs start"),
        ('{"text": "abc", "spans": ["x"]}', "a span must be an object"),
        ("[3]", "must be an object"),
        ("", "holds no records"),
    ],
)
def test_a_broken_dataset_is_refused_with_the_place_and_what_is_wrong(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(content)
    with pytest.raises(UsageError, match=message):
        read_cases(file)


def test_a_missing_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such dataset"):
        read_cases(tmp_path / "none.jsonl")


def test_figures_count_what_they_say() -> None:
    cases = [
        Case("Call Priyanka now", (Gold(5, 13, "PERSON"),)),
        Case("The word table stays", (Gold(9, 14, "PERSON"),)),
        Case("Write to a.b@mail.example now Thandolwethu", (Gold(9, 25, "PERSON"),)),
    ]
    figures = evaluate(cases, RedactParams())
    assert figures["types"]["PERSON"] == {"support": 3, "masked": 0.6667, "recall": 0.3333, "precision": 0.5, "f2": 0.3571}
    assert figures["types"]["EMAIL_ADDRESS"] == {"support": 0, "masked": 0.0, "recall": 0.0, "precision": 1.0, "f2": 0.0}
    assert figures["records"] == 3
    assert figures["records_with_leak_per_1000"] == 333.333
    assert figures["false_flags_per_1000_words"] == pytest.approx(1000 / 12, abs=0.01)


def test_types_of_other_sets_are_compared_with_ours() -> None:
    figures = evaluate([Case("Call Priyanka or a@b.example", (Gold(5, 13, "NAME"), Gold(17, 28, "EMAIL")))], RedactParams())
    assert {kind: row["recall"] for kind, row in figures["types"].items()} == {"NAME": 1.0, "EMAIL": 1.0}


def test_a_set_of_presidio_research_is_read_as_lines_too_whatever_characters_its_texts_hold(tmp_path: Path) -> None:
    odd = {**RESEARCH[0], "full_text": TEXT + "\u2028next\x85line"}
    (tmp_path / "a.jsonl").write_text(
        f"{json.dumps(odd, ensure_ascii=False)}\n{json.dumps(RESEARCH[0])}\n", encoding="utf-8-sig"
    )
    assert [len(case.spans) for case in read_cases(tmp_path / "a.jsonl")] == [2, 2]


def test_the_line_that_is_broken_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(LINES)}\n\n{{broken\n")
    with pytest.raises(UsageError, match="line 3"):
        read_cases(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("B-PER", "PERSON"),
        ("first name", "PERSON"),
        ("LASTNAME", "PERSON"),
        ("GPE", "LOCATION"),
        ("STREET_ADDRESS", "STREET_ADDRESS"),
        ("ZIP_CODE", "STREET_ADDRESS"),
        ("US_SSN", "US_SSN"),
        ("DOMAIN_NAME", "URL"),
        ("US_DRIVER_LICENSE", "US_DRIVER_LICENSE"),
        ("US_BANK_NUMBER", "ACCOUNT_NUMBER"),
        ("IBAN_CODE", "IBAN_CODE"),
        ("CUSTOMER_PHONE_NO", "PHONE_NUMBER"),
        ("USERNAME", "SOCIAL_HANDLE"),
        ("SOMETHING_ELSE", "SOMETHING_ELSE"),
    ],
)
def test_names_of_types_of_other_sets_are_understood(theirs: str, ours: str) -> None:
    assert canonical(theirs) == ours
    assert is_claimed(theirs)


def test_what_redaction_does_not_claim_is_reported_and_is_no_leak() -> None:
    case = Case("A 34 year old Dutch man came on Tuesday", (Gold(2, 4, "AGE"), Gold(14, 19, "NRP"), Gold(32, 39, "DATE_TIME")))
    figures = evaluate([case], RedactParams())
    assert {kind: row["masked"] for kind, row in figures["types"].items()} == {"AGE": 0.0, "NRP": 0.0, "DATE_TIME": 0.0}
    assert figures["records_with_leak_per_1000"] == 0


def test_the_command_evaluates_and_prints_one_json_object(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(LINES))
    result = CliRunner().invoke(app, ["evaluate", "--dataset", str(tmp_path / "a.jsonl"), "--json"])
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert set(figures) == {
        "types",
        "records",
        "records_with_leak_per_1000",
        "false_flags_per_1000_words",
        "records_per_second",
    }
    assert figures["types"]["PERSON"]["masked"] == 1.0


def test_the_command_evaluates_and_prints_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(LINES))
    result = CliRunner().invoke(app, ["evaluate", "--dataset", str(tmp_path / "a.jsonl")])
    assert "EMAIL_ADDRESS" in result.stdout
    assert "records with leak per 1000: 0" in result.stdout


def test_the_command_redacts_standard_input() -> None:
    result = CliRunner().invoke(app, [], input="ask Priyanka\n")
    assert (result.exit_code, result.stdout) == (0, "ask [PERSON_2]\n")


def test_the_command_redacts_text_and_records_and_explains(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("ask Priyanka")
    (tmp_path / "talk.jsonl").write_text(
        json.dumps({"id": 1, "messages": [{"role": "user", "content": "ask Priyanka"}]})
        + "\n"
        + json.dumps({"text": "a@b.example"})
    )
    result = CliRunner().invoke(app, [str(tmp_path / "note.txt"), str(tmp_path / "talk.jsonl"), "--explain"])
    note, talk, text = result.stdout.splitlines()
    assert note == "ask [PERSON_2]"
    assert json.loads(talk) == {"id": 1, "messages": [{"role": "user", "content": "ask [PERSON_2]"}]}
    assert json.loads(text) == {"text": "[EMAIL]"}
    assert "Priyanka" in result.stderr
    assert "PERSON" in result.stderr


def test_a_line_that_is_no_record_is_named_without_its_text(tmp_path: Path) -> None:
    (tmp_path / "talk.jsonl").write_text("Priyanka said so\n")
    result = CliRunner().invoke(app, [str(tmp_path / "talk.jsonl")])
    assert isinstance(result.exception, UsageError)
    assert "line 1" in str(result.exception)
    assert "Priyanka" not in str(result.exception)


def test_a_mounted_spacy_model_finds_names_too(tmp_path: Path) -> None:
    import spacy
    from spacy.training import Example

    from attune.redaction.redactor import Redactor
    from attune.redaction.types import Known

    pipeline = spacy.blank("en")
    pipeline.add_pipe("ner").add_label("PERSON")
    taught = [
        Example.from_dict(pipeline.make_doc(text), {"entities": spans})
        for text, spans in (
            ("so table left", [(3, 8, "PERSON")]),
            ("it rained all day", []),
            ("then table called", [(5, 10, "PERSON")]),
        )
    ]
    optimizer = pipeline.initialize(lambda: taught)
    for _ in range(30):
        pipeline.update(taught, sgd=optimizer, drop=0.0)
    pipeline.to_disk(tmp_path / "model")
    redactor = Redactor(RedactParams(ner=str(tmp_path / "model")))
    result = redactor.redact([{"role": "user", "content": "so table left"}], Known())
    assert [(one.type, one.tier) for one in result.findings] == [("PERSON", "ner")]
    assert Redactor(RedactParams()).redact([{"role": "user", "content": "so table left"}], Known()).findings == ()


def test_a_missing_model_folder_is_named_with_its_key() -> None:
    from attune.redaction.redactor import Redactor
    from attune.redaction.types import Known

    with pytest.raises(UsageError, match=r"redact\.ner = .*nowhere"):
        Redactor(RedactParams(ner="nowhere")).redact([{"role": "user", "content": "so Priyanka left"}], Known())
