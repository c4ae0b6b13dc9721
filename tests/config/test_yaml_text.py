"""YAML as people write it: nothing that somebody wrote is passed over."""

from __future__ import annotations

import time
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


MERGES = "m0: &m0 {a: 1}\n" + "".join(f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}, *m{n - 1}]}}\n" for n in range(1, 20))
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "more than 100,000 values"),
        (MERGES, "more than 100,000 values"),
        ("a: &a [*a]\n", "an alias names what it is in"),
        ("a: " + "[" * 5_000 + "]" * 5_000, "nested more than 64 levels"),
        ("a: " + "{b: " * 5_000, "nested more than 64 levels"),
        ("a: " + "9" * 5_000, "cannot be represented"),
        ("a: 2026-13-45\n", "cannot be represented"),
        ("? [a, b]\n: 1\n", "unhashable|cannot be represented"),
        ("a" * (1 << 22) + "a", "at most 4,194,304 are read"),
    ],
)
def test_a_small_file_that_stands_for_a_huge_one_is_refused_at_once(tmp_path: Path, text: str, said: str) -> None:
    before = time.process_time()
    with pytest.raises(yaml.YAMLError, match=said):
        load_yaml(text)
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UsageError, match="is not valid YAML"):
        load_params([tmp_path / "params.yaml"])
    assert time.process_time() - before < 5


def test_an_override_is_held_to_the_same_limits() -> None:
    with pytest.raises(UsageError, match="the value is not valid YAML"):
        load_params([], ["dedupe.threshold=" + "[" * 5_000])
