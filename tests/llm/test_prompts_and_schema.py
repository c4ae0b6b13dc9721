"""Prompt files, and the check of what a model answers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.errors import UsageError
from attune.llm.prompts import load_prompt, packaged_folder
from attune.llm.schema import InvalidAnswer, check_schema, parse, validate

GOOD = """---
name: mark
version: 1.2.3
purpose: a test
output: {type: object, properties: {mark: {type: integer}}, required: [mark], additionalProperties: false}
---
# system
You mark.
# user
This: {{text}}
"""


def test_every_prompt_that_attune_brings_can_be_read_and_names_itself() -> None:
    files = sorted(packaged_folder().glob("*.md"))
    assert "quality_evaluator" in {file.stem for file in files}
    for file in files:
        prompt = load_prompt(file.stem)
        assert prompt.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        assert prompt.label == f"{file.stem} {prompt.version} (sha256 {prompt.sha256})"
        jsonschema.Draft202012Validator.check_schema(dict(prompt.output))


def test_a_folder_by_params_replaces_a_prompt_and_values_are_put_in_once(tmp_path: Path) -> None:
    (tmp_path / "mark.md").write_text(GOOD)
    prompt = load_prompt("mark", str(tmp_path))
    assert prompt.version == "1.2.3"
    assert prompt.messages(text="{{text}} {{other}}") == [
        {"role": "system", "content": "You mark."},
        {"role": "user", "content": "This: {{text}} {{other}}"},
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("name: mark", "name: other"), "its name is 'other'"),
        (("version: 1.2.3", "version: new"), "version"),
        (("purpose: a test\n", ""), "purpose: Field required"),
        (("---\n", ""), "front matter"),
        (("# user", "user"), "one `# system` and one `# user`"),
        (("# system", "before\n# system"), "nothing before"),
        (("type: integer", "type: integer, minimum: x"), r"output\.properties\.mark\.minimum: 'x' is not of type 'number'"),
        (("type: integer", "type: whole"), r"output\.properties\.mark\.type: 'whole'"),
        (("type: integer", "minimum: 1"), r"output\.mark: needs a `type`"),
        (("type: integer", "type: array"), r"output\.mark: an array needs `items`"),
        (("required: [mark]", "required: []"), "strict mode"),
        (("output: {", "output: {{"), "no prompt"),
    ],
)
def test_a_bad_prompt_is_refused_with_its_place(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    (tmp_path / "mark.md").write_text(GOOD.replace(*change))
    with pytest.raises(UsageError, match=message) as caught:
        load_prompt("mark", str(tmp_path))
    assert "mark.md" in str(caught.value)


def test_a_missing_prompt_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"llm\.prompts"):
        load_prompt("mark", str(tmp_path))


def schemas() -> st.SearchStrategy[dict[str, Any]]:
    plain = st.one_of(
        st.fixed_dictionaries({"type": st.just("boolean")}),
        st.fixed_dictionaries({"type": st.sampled_from(["integer", "number"])}, optional={"minimum": st.integers(-3, 3)}),
        st.fixed_dictionaries({"type": st.just("string")}, optional={"maxLength": st.integers(0, 3)}),
    )
    return st.recursive(
        plain,
        lambda inner: st.one_of(
            inner.map(lambda items: {"type": "array", "items": items, "maxItems": 2}),
            st.dictionaries(st.sampled_from("ab"), inner).map(
                lambda properties: {
                    "type": "object",
                    "properties": properties,
                    "required": sorted(properties),
                    "additionalProperties": False,
                }
            ),
        ),
        max_leaves=4,
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text("ab", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=4,
)


@settings(deadline=None)
@given(schemas(), VALUES)
def test_the_check_agrees_with_the_reference_implementation_of_json_schema(schema: dict[str, Any], value: Any) -> None:
    check_schema(schema)
    try:
        validate(value, schema)
        valid = True
    except InvalidAnswer:
        valid = False
    assert valid == jsonschema.Draft202012Validator(schema).is_valid(value)


@given(st.text().filter(lambda text: text.strip() not in ("true", "false")))
def test_text_that_is_no_answer_is_invalid_and_nothing_of_it_is_in_the_error(text: str) -> None:
    with pytest.raises(InvalidAnswer, match=r"^(is not JSON|answer does not match type: \"boolean\")$"):
        parse(text, {"type": "boolean"})


SECRET = "Ann lives at 5 Elm Road"
OBJECT = {
    "type": "object",
    "properties": {
        "mark": {"type": "integer", "minimum": 1},
        "notes": {"type": "array", "items": {"type": "string", "maxLength": 3}},
        "kind": {"type": "string", "enum": ["warm", "cold"]},
    },
    "required": ["mark", "notes", "kind"],
    "additionalProperties": False,
}
VALID = {"mark": 1, "notes": ["a"], "kind": "warm"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mark": 0}, "answer.mark does not match minimum: 1"),
        ({"mark": SECRET}, 'answer.mark does not match type: "integer"'),
        ({"notes": ["a", SECRET]}, "answer.notes[1] does not match maxLength: 3"),
        ({"kind": SECRET}, 'answer.kind does not match enum: ["warm", "cold"]'),
        ({SECRET: 1}, "answer does not match additionalProperties: false"),
    ],
)
def test_an_error_names_the_place_and_the_rule_and_nothing_of_the_answer(change: dict[str, Any], message: str) -> None:
    validate(VALID, OBJECT)
    with pytest.raises(InvalidAnswer) as caught:
        parse(json.dumps({**VALID, **change}), OBJECT)
    assert str(caught.value) == message


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
def test_a_number_that_json_has_not_is_invalid(number: str) -> None:
    with pytest.raises(InvalidAnswer, match="is not JSON"):
        parse(number, {"type": "number"})


def test_deeply_nested_json_is_invalid_not_a_crash() -> None:
    with pytest.raises(InvalidAnswer):
        parse("[" * 200_000, {"type": "boolean"})
    assert parse(json.dumps(True), {"type": "boolean"}) is True
