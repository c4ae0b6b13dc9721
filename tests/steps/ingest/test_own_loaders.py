"""A map of families runs no code: loaders come from the package, from installed packages, or from the operator's folder."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from attune.errors import UsageError
from attune.steps.ingest import own_loaders
from attune.steps.ingest.families import load_families
from attune.steps.ingest.own_loaders import find, use_folder

CODE = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\ndef load(stream):\n    yield {}\n"


def map_with(folder: Path, loader: str) -> str:
    path = folder / "families.yaml"
    path.write_text(f'families:\n  - {{family: notes, pattern: "*", loader: "{loader}", columns: messages}}\n')
    return str(path)


@pytest.mark.parametrize(
    "loader",
    ["pickle:load", "os:system", "builtins:exec", "subprocess:run", "attune.cli.main:main", "my_package.module:load",
     "pickle", "/tmp/evil.py:load", "../evil.py:load", "..\\\\evil.py:load", "mine.py", "mine.py:", "mine.py:a.b",
     "mine.py:load()", ":load", "http://host/evil.py:load", "mine.pyc:load", "mine.so:load", " mine.py:load",
     "m\u00efne.py:load"],
)  # fmt: skip
def test_a_loader_that_is_neither_built_in_nor_registered_nor_a_file_of_the_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loader: str
) -> None:
    monkeypatch.setenv("ATTUNE_LOADERS", str(tmp_path))
    with pytest.raises(UsageError, match="attune ingest --loaders names"):
        load_families(map_with(tmp_path, loader))


def test_code_runs_only_from_the_folder_that_the_operator_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ATTUNE_LOADERS", raising=False)
    chosen, other = tmp_path / "chosen", tmp_path / "other"
    for folder in (chosen / "deep", other):
        folder.mkdir(parents=True)
        (folder / "mine.py").write_text(CODE)
    (chosen / "linked.py").symlink_to(other / "mine.py")
    (chosen / "up").symlink_to(other)
    for named in ("deep/mine.py:load", "mine.py:load"):
        with pytest.raises(UsageError, match="attune ingest --loaders DIR"):
            find(named)
    use_folder("chosen")
    for named in ("linked.py:load", "up/mine.py:load", "deep/../../other/mine.py:load", "absent.py:load"):
        with pytest.raises(UsageError, match="no such file in the folder of loaders"):
            find(named)
    assert not list(tmp_path.rglob("ran"))
    assert list(find("deep/mine.py:load")(None)) == [{}]  # type: ignore[arg-type]
    assert [path.parent.name for path in tmp_path.rglob("ran")] == ["deep"]
    for named, said in (("deep/mine.py:Path", None), ("deep/mine.py:absent", "has no function absent")):
        if said:
            with pytest.raises(UsageError, match=said):
                find(named)
    with pytest.raises(UsageError, match="no such folder"):
        use_folder("absent")


def test_an_installed_package_registers_a_loader_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("sleep_diaries", "json:loads", own_loaders.GROUP)
    monkeypatch.setattr(own_loaders, "entry_points", lambda group: EntryPoints([point]).select(group=group))
    assert load_families(map_with(tmp_path, "sleep_diaries")).families[0].loader == "sleep_diaries"
    assert find("sleep_diaries").__name__ == "loads"
