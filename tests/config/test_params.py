"""Parameters: one model, laid over file by file, and errors that name the key, the value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attune.config.params import Params, load_params, validate_params
from attune.errors import UsageError


def write(path: Path, values: object) -> Path:
    path.write_text(values if isinstance(values, str) else yaml.safe_dump(values), encoding="utf-8")
    return path


def test_without_files_everything_is_the_default() -> None:
    assert load_params() == Params()


def test_later_files_lie_over_earlier_ones_and_set_over_all(tmp_path: Path) -> None:
    base = write(tmp_path / "base.yaml", {"dedupe": {"threshold": 0.7, "keep": "keep_first"}, "run": {"seed": 1, "workers": 3}})
    over = write(tmp_path / "over.yaml", {"dedupe": {"threshold": 0.8}, "run": {"seed": 2}})
    params = load_params([base, over], ["run.seed=3", "run.seed=4"])
    assert (params.dedupe.threshold, params.dedupe.keep) == (0.8, "keep_first")
    assert (params.run.seed, params.run.workers) == (4, 3)
    assert load_params([over, base]).dedupe.threshold == 0.7


def test_values_of_set_are_yaml() -> None:
    params = load_params(overrides=["extract.days=null", "extract.completed_only=true", "score.generic_phrases=[a, b]"])
    assert params.extract.days is None
    assert params.extract.completed_only is True
    assert params.score.generic_phrases == ("a", "b")


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load_params([write(tmp_path / "empty.yaml", "# nothing\n")]) == Params()


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("dedupe.threshold=1.5", ["dedupe.threshold", "1.5", "less than or equal to 1"]),
        ("dedupe.threshold=high", ["dedupe.threshold", "'high'", "valid number"]),
        ("dedupe.keep=newest", ["dedupe.keep", "'newest'", "'keep_first', 'keep_longest' or 'keep_best_quality'"]),
        ("dedupe.treshold=0.5", ["dedupe.treshold", "no such key", "threshold"]),
        ("score.treshold=0.5", ["score.treshold: no such key, did you mean score.threshold?"]),
        ("dedup.threshold=0.5", ["dedup: no such key, did you mean dedupe?"]),
        ("dedupe.xyz=1", ["dedupe.xyz: no such key; known here: threshold, keep"]),
        ("run.shard_rows=0", ["run.shard_rows", "0", "greater than 0"]),
        ("run.as_of=2026-10-31T00:00:00", ["run.as_of", "2026", "timezone"]),
        ("dedupe.bands=7", ["dedupe", "bands 7", "must divide permutations 128"]),
        ("score.review_threshold=9", ["score", "review_threshold 9", "threshold 7"]),
        ("compile.train_share=0.5", ["compile", "0.6", "must be 1"]),
        ("compile.category_mix.gossip=0.1", ["compile", "category_mix", "must name exactly"]),
        ("dedupe=5", ["dedupe", "5", "DedupeParams"]),
        ("dedupe.threshold=.nan", ["dedupe.threshold", "nan"]),
    ],
)
def test_an_error_names_the_key_the_value_and_what_is_allowed(override: str, expected: list[str]) -> None:
    with pytest.raises(UsageError) as error:
        load_params(overrides=[override])
    message = str(error.value)
    assert message.startswith("--set: ")
    assert error.value.exit_code == 2
    for part in expected:
        assert part in message, message


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            ["compile.group_threshold=0.9"],
            "compile.group_threshold = 0.9 and verify.near_duplicate_threshold = 0.85: compile.group_threshold must be at most",
        ),
        (["verify.near_duplicate_threshold=0.7"], "compile.group_threshold = 0.8 and verify.near_duplicate_threshold = 0.7"),
        (["verify.part_words=100"], "compile.part_words = 140 and verify.part_words = 100"),
        (["compile.part_share=0.99"], "compile.part_share = 0.99 and verify.part_share = 0.95"),
        (["compile.hidden_share=0.9"], "compile.hidden_share = 0.9 and verify.hidden_share = 0.8"),
        (["verify.hidden_words=3"], "compile.hidden_words = 12 and verify.hidden_words = 3"),
        (["verify.min_words=4"], "compile.min_words = 8 and verify.min_words = 4"),
        (["verify.shingle_words=4"], "compile.shingle_words = 3 and verify.shingle_words = 4: both must be equal"),
        (["train.context_length=128"], "evaluate.context_length = 256 and train.context_length = 128"),
    ],
)
def test_values_of_two_sections_that_do_not_fit_are_refused_before_any_work(overrides: list[str], said: str) -> None:
    with pytest.raises(UsageError) as error:
        load_params(overrides=overrides)
    assert said in str(error.value)


def test_values_of_two_sections_that_are_changed_together_are_accepted() -> None:
    params = load_params(overrides=["train.context_length=128", "evaluate.context_length=128", "verify.part_words=200"])
    assert params.train.context_length == params.evaluate.context_length


def test_an_error_names_the_file_that_its_value_came_from(tmp_path: Path) -> None:
    base = write(tmp_path / "base.yaml", {"dedupe": {"threshold": 7}, "run": {"seed": 1}})
    over = write(tmp_path / "over.yaml", {"run": {"workers": -1}})
    with pytest.raises(UsageError) as error:
        load_params([base, over], ["run.seed=2"])
    message = str(error.value)
    assert f"{base}: dedupe.threshold = 7" in message
    assert f"{over}: run.workers = -1" in message
    assert "--set" not in message


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(UsageError) as error:
        validate_params({"dedupe": {"threshold": 2}, "run": {"workers": -1}}, "params.yaml")
    assert str(error.value).count("params.yaml: ") == 1
    assert "dedupe.threshold = 2" in str(error.value)
    assert "run.workers = -1" in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [("a: [", "is not valid YAML"), ("- a\n- b\n", "must hold sections such as `dedupe:`, found a list"), ("7", "found a int")],
)
def test_a_file_that_is_no_parameter_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    file = write(tmp_path / "bad.yaml", content)
    with pytest.raises(UsageError, match=message) as error:
        load_params([file])
    assert str(file) in str(error.value)


def test_missing_folders_and_undecodable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml: no such parameter file"):
        load_params([tmp_path / "nowhere.yaml"])
    with pytest.raises(UsageError, match="cannot be read"):
        load_params([tmp_path])
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff\xfe\xfa")
    with pytest.raises(UsageError, match="is not valid YAML"):
        load_params([tmp_path / "latin.yaml"])


@pytest.mark.parametrize("override", ["dedupe.threshold", "=3", "  =3", "dedupe.threshold=["])
def test_a_malformed_set_says_how_one_looks(override: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        load_params(overrides=[override])


yaml_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner, max_size=3)
    ),
    max_leaves=6,
)
keys = st.sampled_from(["run", "dedupe", "score", "compile", "verify", "threshold", "seed", "workers", "category_mix", "x"])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(keys, st.one_of(yaml_values, st.dictionaries(keys, yaml_values, max_size=3)), max_size=4))
def test_any_values_give_params_or_one_clear_error(values: dict[str, object]) -> None:
    try:
        validate_params(values)
    except UsageError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


def test_params_do_not_change_after_loading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Params().run.seed = 3  # type: ignore[misc]


def test_params_survive_the_way_through_json() -> None:
    params = load_params(overrides=["run.as_of=2026-10-31T00:00:00Z", "dedupe.threshold=0.9"])
    assert Params.model_validate_json(params.model_dump_json()) == params


def test_datasets_and_models_are_named_after_the_project_unless_they_have_a_name() -> None:
    params = load_params([], ["run.project=coach"])
    assert (params.compile.name, params.release.project) == ("coach", "coach")
    params = load_params([], ["run.project=coach", "compile.name=chats"])
    assert (params.compile.name, params.release.project) == ("chats", "coach")
    assert load_params([]).release.project == "assistant"
