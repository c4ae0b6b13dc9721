"""The front door: help that is light, errors that say what to do, exit codes that scripts can use."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from attune.cli import main
from attune.config.params import Params
from attune.config.params_file import default_params_yaml
from attune.runtime.run_step import STEPS

ROOT = Path(__file__).parents[2]
ATTUNE = [sys.executable, "-m", "attune.cli"]


def attune(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*ATTUNE, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120)


def test_help_names_every_step() -> None:
    result = attune("--help")
    assert result.returncode == 0
    for step in STEPS:
        assert f"\n  {step} " in result.stdout


@pytest.mark.parametrize("step", STEPS)
def test_every_step_explains_itself(step: str) -> None:
    result = attune(step, "--help")
    assert result.returncode == 0
    assert "--output" in result.stdout
    assert "--set" in result.stdout


def every_command() -> list[str]:
    """All commands with their groups, such as ``dataset show``."""

    def below(path: str, command: Any) -> Iterator[str]:
        yield path
        for name, sub in getattr(command, "commands", {}).items():
            yield from below(f"{path} {name}", sub)

    root = typer.main.get_command(main.app)
    return [path for name in root.list_commands(None) for path in below(name, root.get_command(None, name))]


def test_help_shows_no_python_type_and_lists_each_command_with_the_first_words_of_its_own_help() -> None:
    found = {
        path: attune(*path.split(), "--help").stdout for path in ("run", "redact files", "dataset export", "retention apply")
    }
    for path, text in found.items():
        assert re.findall(r"<\w+>|list\[|Path\b", text) == [], path
    assert set(STEPS) <= set(every_command())
    assert {"dataset show", "redact evaluate", "ingest scaffold"} <= set(every_command())
    root = typer.main.get_command(main.app)
    for commands in main.COMMANDS.values():
        for name, entry in commands.items():
            assert root.get_command(None, name).help.splitlines()[0] == entry.help, name


def test_every_command_that_reads_parameters_has_the_same_options_for_them() -> None:
    root = typer.main.get_command(main.app)
    for path in every_command():
        command = root
        for name in path.split():
            command = command.get_command(None, name) if command is root else command.commands[name]
        options = {option for parameter in command.params for option in parameter.opts}
        assert ("--params" in options) == ("-p" in options) == ("--set" in options) == ("-s" in options), path


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom attune.cli import main as cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'transformers', 'pyarrow', 'presidio_analyzer', 'numpy', 'kfp', 'ray', 'pandas'}\n"
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("dedupe.threshold=9", "dedupe.threshold = 9"),
        ("dedupe.treshold=0.9", "dedupe.treshold: no such key"),
        ("score.threshold=high", "score.threshold = 'high'"),
        ("nonsense", "must look like dedupe.threshold=0.9"),
    ],
)
def test_a_bad_parameter_is_named_before_any_work(tmp_path: Path, override: str, said: str) -> None:
    output = tmp_path / "out"
    result = attune("dedupe", "--input", str(tmp_path), "--output", str(output), "--set", override)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not output.exists()


def test_a_missing_parameter_file_is_named(tmp_path: Path) -> None:
    result = attune("dedupe", "-i", str(tmp_path), "-o", str(tmp_path / "out"), "--params", "absent.yaml")
    assert result.returncode == 2
    assert "absent.yaml: no such parameter file" in result.stderr


def test_an_input_that_is_no_shard_set_is_named(tmp_path: Path) -> None:
    result = attune("score", "--input", str(tmp_path / "absent"), "--output", str(tmp_path / "out"))
    assert result.returncode == 2
    assert "absent: holds no complete shard set" in result.stderr


def test_extraction_without_a_key_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNE_SUBJECT_KEY", raising=False)
    monkeypatch.delenv("ATTUNE_SUBJECT_KEY_FILE", raising=False)
    result = attune("extract", "--database", str(tmp_path / "x.db"), "--output", str(tmp_path / "out"))
    assert result.returncode == 2
    assert "openssl rand -hex 32" in result.stderr


@pytest.mark.parametrize("step", ["extract --database", "ingest --root", "dedupe --input", "verify"])
def test_a_wrong_input_is_reported_before_the_step_is_said_to_have_started(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", "7f3a9c1e5b8d2046a1c7e9f03b5d8264c0e1a9b7d3f5826149ec7b0d5a3f8e12")
    result = attune(*step.split(), str(tmp_path / "absent"), "--output", str(tmp_path / "out"))
    assert result.returncode == 2
    assert "absent: " in result.stderr
    assert "started" not in result.stderr


def test_an_unknown_option_is_a_usage_error() -> None:
    assert attune("score", "--nonsense").returncode == 2


def test_params_yaml_holds_every_default() -> None:
    assert (ROOT / "params.yaml").read_text(encoding="utf-8") == default_params_yaml(), "run `make params`"


def test_a_later_parameter_file_and_an_override_win(tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text("dedupe: {threshold: 0.7}\nscore: {threshold: 6.5}\n")
    result = attune("params", "--params", str(tmp_path / "overlay.yaml"), "--set", "dedupe.threshold=0.75")
    assert result.returncode == 0, result.stderr
    import yaml

    shown = yaml.safe_load(result.stdout)
    assert shown["dedupe"]["threshold"] == 0.75
    assert shown["score"]["threshold"] == 6.5
    assert shown["compile"]["train_share"] == Params().compile.train_share
