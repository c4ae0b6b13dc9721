"""Labels of a record: scenario, relationship stage, language and license leave the step only when they cannot name anybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.redaction.conversations import PrepareParams, prepare_batch
from attune.redaction.labels import is_plain_label, keep_labels
from attune.redaction.raw_rows import RAW_SCHEMA, raw_tables
from attune.runtime.step import Context

ROW = {
    "record_id": "r_1", "origin": "o", "locator": "1", "family": "product", "source": "user_generated", "conversation_id": "c",
    "messages": [{"role": "user", "content": "We argue a lot."}, {"role": "assistant", "content": "What about?"}],
    "tags": [], "published": False, "markup": False,
}  # fmt: skip


def labels_of(**changes: object) -> dict[str, str | None]:
    row = dict.fromkeys(RAW_SCHEMA.names) | ROW | changes
    return keep_labels(row, ())[0]


@pytest.mark.parametrize(
    "label",
    [
        "trust_rebuilding", "long-distance", "Grief and loss", "in-laws", "step 12", "married 10 years", "hope", "Beziehung",
        "confianza", "self-harm", "lgbtq",
    ],
)  # fmt: skip
def test_a_topic_of_ordinary_words_is_kept(label: str) -> None:
    assert is_plain_label(label)


@pytest.mark.parametrize(
    "label",
    [
        "priya_nair_07911482605", "Oluwaseun", "will young", "grace_hope", "session with Brenwick", "d_a_v_e",
        "call 07911 482605",
        "jane.doe@example.org", "jane at example dot com", "https://example.com/x", "12/04/1988", "a topic " * 20, "[Dave]",
        "trust\u200b Anneke", " ",
    ],
)  # fmt: skip
def test_a_topic_that_could_name_somebody_is_withheld(label: str) -> None:
    assert not is_plain_label(label)


@given(st.text(min_size=1, max_size=80), st.sampled_from(["scenario", "relationship_stage", "language", "license"]))
def test_no_label_with_three_digits_or_a_sign_of_an_address_ever_leaves(text: str, name: str) -> None:
    kept = labels_of(**{name: text})[name]
    if kept is not None and name != "license":
        assert sum(character.isdigit() for character in kept) < 3
        assert "@" not in kept


def test_a_name_that_the_source_knows_is_withheld_even_where_it_is_a_word() -> None:
    assert labels_of(scenario="rose garden")["scenario"] == "rose garden"
    assert labels_of(scenario="rose garden", known={"partner": ["Rose"]})["scenario"] is None


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("license", "CC-BY-4.0", True), ("license", "LicenseRef-proprietary", True),
        ("license", "LicenseRef-Priya-Nair", False),
        ("license", "ask Priya", False), ("language", "en", True), ("language", "pt-BR", True), ("language", "Priya N", False),
    ],
)  # fmt: skip
def test_a_license_is_an_spdx_expression_and_a_language_a_code(name: str, value: str, kept: bool) -> None:
    assert (labels_of(**{name: value})[name] == value) is kept


def test_a_withheld_label_is_counted_and_one_that_the_operator_lists_is_kept() -> None:
    rows = [
        {**ROW, "record_id": f"r_{number}", "scenario": label} for number, label in enumerate(("Priya 0791", "ifs", "trust"))
    ]
    table = next(raw_tables(iter(rows), 10))
    batch = prepare_batch(table, PrepareParams(redact=RedactParams(labels=("ifs",)), made_by="test"), Context())
    assert batch.kept.column("scenario").to_pylist() == [None, "ifs", "trust"]
    assert batch.stats["withheld_labels"] == {"scenario": 1}
