"""YAML as people write it: nothing that somebody wrote is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from attune.config.params import load_params
from attune.config.yaml_file import load_yaml
from attune.errors import UsageError


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", "x:\n  - {a: 1, a: 1}\n", "1: x\n1: y\n", "a: 1\n'a': 2\n"])
def test_a_key_that_stands_twice_is_an_error_that_names_it_and_its_line(text: str) -> None:
    with pytest.raises(yaml.YAMLError, match=r"is given twice; remove one(.|\n)*line \d"):
        load_yaml(text)


def test_what_an_anchor_brings_may_be_said_anew() -> None:
    assert load_yaml("base: &b {a: 1, c: 2}\nother: {<<: *b, a: 3}\n")["other"] == {"a": 3, "c": 2}


def test_a_parameter_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("dedupe:\n  threshold: 0.9\n  threshold: 0.8\n")
    with pytest.raises(UsageError, match="the key threshold is given twice"):
        load_params([tmp_path / "params.yaml"])
