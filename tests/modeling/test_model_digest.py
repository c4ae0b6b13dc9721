"""The digest of a model folder: computed from its bytes, it differs for every change, and nothing in the folder escapes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.errors import GateError, RunError, UsageError
from attune.modeling.model_digest import model_digest, require_digest
from attune.modeling.registry_files import check_entry, check_registered, write_versions
from attune.modeling.training_result import open_training_result

SUMMARY = '{"final": "merged", "before": "base", "base_model": "tiny", "dataset": {"address": "d"}, "stages": []}'
NAMES = st.sampled_from(["config.json", "model.safetensors", ".hidden", "chat/template.jinja", "a", "b"])
FILES = st.dictionaries(NAMES, st.binary(max_size=20), min_size=1)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@given(FILES, FILES)
def test_two_folders_have_one_digest_exactly_when_they_hold_the_same_files(
    tmp_path_factory: pytest.TempPathFactory, left: dict[str, bytes], right: dict[str, bytes]
) -> None:
    one, two = (write(tmp_path_factory.mktemp("model"), files) for files in (left, right))
    assert (model_digest(one) == model_digest(two)) == (left == right)


def test_a_linked_file_counts_by_its_content_and_what_could_hide_one_is_refused(tmp_path: Path) -> None:
    model = write(tmp_path / "model", {"config.json": b"{}"})
    plain = model_digest(write(tmp_path / "plain", {"config.json": b"{}", "w": b"weights"}))
    (tmp_path / "blob").write_bytes(b"weights")
    (model / "w").symlink_to(tmp_path / "blob")
    assert model_digest(model) == plain
    (tmp_path / "blob").write_bytes(b"others")
    with pytest.raises(GateError, match=r"model/ is not the model in training\.json"):
        require_digest(model, plain, "training.json")
    for name, plant in (
        ("folder", lambda path: path.symlink_to(tmp_path / "plain")),
        ("nothing", lambda path: path.symlink_to(tmp_path / "absent")),
        ("pipe", os.mkfifo),
    ):
        plant(model / name)
        with pytest.raises(RunError, match=name):
            model_digest(model)
        (model / name).unlink()
    (tmp_path / "empty").mkdir()
    for missing in ("empty", "absent"):
        with pytest.raises(RunError, match="has no files"):
            model_digest(tmp_path / missing)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"stages": []}',
        "[" * 99_999,
        *(SUMMARY.replace("merged", name) for name in ("../x", "/etc", ".", "link", "a/../../x")),
    ],
)
def test_a_training_result_that_names_folders_elsewhere_or_is_none_is_refused(tmp_path: Path, text: str) -> None:
    models = write(tmp_path / "models", {"merged/w": b"w", "base/w": b"w", "training.json": SUMMARY.encode()})
    (models / "link").symlink_to(tmp_path)
    assert open_training_result(str(models)).summary["final"] == "merged"
    (models / "training.json").write_text(text)
    with pytest.raises(UsageError, match="run `attune train` again"):
        open_training_result(str(models))


@pytest.mark.parametrize("change", ["edit", "add", "remove", "forge", "none"])
def test_a_registry_entry_that_was_changed_is_not_compared_with_as_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", "9c2fe1a07b54d83660f1e2d3c4b5a69788796a5b4c3d2e1f00112233a4b5c6d7")
    entry = write(tmp_path / "entry", {"model/config.json": b"{}", "model/w": b"weights", "decision.json": b"{}"})
    write_versions(entry, {"name": "entry", "decision": "hold"})
    changes = {
        "edit": lambda: (entry / "model" / "w").write_bytes(b"others"),
        "add": lambda: (entry / "model" / ".planted.py").write_bytes(b""),
        "remove": lambda: (entry / "decision.json").unlink(),
        "forge": lambda: (entry / "versions.json").write_text((entry / "versions.json").read_text().replace("hold", "promote")),
        "none": lambda: None,
    }
    changes[change]()
    if change == "none":
        check_registered(entry / "model")
        check_registered(write(tmp_path / "elsewhere", {"config.json": b"{}"}))
        return
    with pytest.raises(GateError, match="signature does not fit" if change == "forge" else "1 files are not those"):
        check_entry(entry)
