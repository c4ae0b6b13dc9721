"""Which stages are trained, and which records each takes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_training import make_records, stage, write_dataset
from record_factory import make_record

from attune.config.params import validate_params
from attune.config.train import TrainParams
from attune.config.vocabulary import CATEGORIES
from attune.errors import UsageError
from attune.modeling.curriculum import load_records, plan, select, selected_ids, shuffled
from attune.records.record import to_table

FAMILIES = ["product", "sarcasm", "addiction"]
TAGS = ["cptsd", "check_in"]


def test_the_plan_begins_with_the_making_of_a_base_model_only_when_none_is_named():
    assert [item.folder for item in plan(TrainParams())] == [
        "00-base",
        "01-continued_pretraining",
        "02-foundation",
        "03-therapeutic_expertise",
    ]
    assert [item.folder for item in plan(TrainParams(base_model="x", stages=("voice_persona",)))] == ["01-voice_persona"]


def test_the_default_curriculum_has_one_pretraining_seven_sft_and_one_preference_stage():
    phases = [item.phase for item in TrainParams().curriculum.values()]
    assert phases == ["pretraining", *["sft"] * 7, "preference"]


def test_a_change_to_one_stage_leaves_the_others_as_they_are():
    params = validate_params({"train": {"curriculum": {"foundation": {"steps": 3}}}}).train
    assert params.curriculum["foundation"].steps == 3
    assert params.curriculum["foundation"].families == ("product",)
    assert params.curriculum["voice_persona"] == TrainParams().curriculum["voice_persona"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"stages": ["nowhere"]}, "nowhere"),
        ({"stages": ["foundation", "foundation"]}, "twice"),
        ({"curriculum": {"foundation": {"categories": ["nice"]}}}, "nice"),
        ({"curriculum": {"foundation": {"stepz": 3}}}, "known here: phase"),
        ({"processes": 3, "batch_size": 8}, "must divide"),
        ({"tiny": {"hidden": 48, "heads": 5}}, "must divide"),
    ],
)
def test_a_wrong_curriculum_is_refused_with_its_key_and_what_is_allowed(values, said):
    with pytest.raises(UsageError, match=said):
        validate_params({"train": values})


record_lists = st.lists(
    st.builds(
        lambda number, **changes: make_record(number, "fine", **changes),
        number=st.integers(0, 10_000),
        family=st.sampled_from(FAMILIES),
        category=st.sampled_from([None, *CATEGORIES]),
        tags=st.lists(st.sampled_from(TAGS), unique=True),
        pii_status=st.sampled_from(["clean", "redacted", "requires_review"]),
        rejected_response=st.sampled_from([None, "worse"]),
    ),
    max_size=20,
)
stages = st.builds(
    stage,
    phase=st.sampled_from(["pretraining", "sft", "preference"]),
    families=st.lists(st.sampled_from(FAMILIES), unique=True).map(tuple),
    tags=st.lists(st.sampled_from(TAGS), unique=True).map(tuple),
    categories=st.lists(st.sampled_from(CATEGORIES), unique=True).map(tuple),
)


@settings(deadline=None)
@given(record_lists, stages)
def test_a_stage_takes_exactly_the_records_of_its_families_or_tags_and_categories(records, params):
    def expected(record):
        named = record["family"] in params.families or set(record["tags"]) & set(params.tags)
        return bool(
            record["pii_status"] != "requires_review"
            and (named or not (params.families or params.tags))
            and (not params.categories or record["category"] in params.categories)
            and (params.phase != "preference" or record["rejected_response"] is not None)
        )

    assert select(to_table(records), params).to_pylist() == [expected(record) for record in records]


@settings(deadline=None)
@given(st.lists(st.text(max_size=8), unique=True), st.integers(), st.text(max_size=5))
def test_shuffling_keeps_every_id_and_does_not_depend_on_the_order_it_gets(ids, seed, purpose):
    order = shuffled(ids, seed, purpose)
    assert sorted(order) == sorted(ids)
    assert shuffled(ids[::-1], seed, purpose) == order


def test_records_come_back_in_the_order_in_which_they_were_asked_for(tmp_path):
    dataset = write_dataset(tmp_path, {"train": [*make_records(7), *make_records(2, first=50, family="sarcasm")]})
    ids = selected_ids(dataset, "train", stage(families=("product",)))
    assert len(ids) == 7
    assert [row["record_id"] for row in load_records(dataset, "train", ids[::-1], ["messages"])] == ids[::-1]
