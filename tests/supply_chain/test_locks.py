"""What is installed: locked with hashes, listed in a bill of materials, and looked up in an advisory database."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools import audit, lock, sbom

ROOT = Path(__file__).parents[2]
LOCKS = (lock.RUNTIME, lock.DEVELOPMENT, lock.TORCH, lock.INSTALLER)
PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*==[^ ;]+( ; [^\\]+?)?( \\)?")


def read(name: str) -> list[str]:
    return lock.entries((ROOT / name).read_text())


def canonical(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def test_every_file_that_is_installed_has_a_hash_but_those_of_pytorch() -> None:
    for name in LOCKS:
        for entry in read(name):
            first, *hashes = entry.splitlines()
            assert PINNED.fullmatch(first), first
            assert bool(hashes) == (name != lock.TORCH), first
            assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in hashes), first


def test_the_locks_hold_each_package_once_and_every_requirement_in_its_own_lock() -> None:
    held = {name: [lock.name_of(entry) for entry in read(name)] for name in LOCKS}
    everything = [package for name, packages in held.items() if name != lock.INSTALLER for package in set(packages)]
    assert len(everything) == len(set(everything))
    versions = dict.fromkeys(entry.splitlines()[0] for name in LOCKS for entry in read(name))
    assert len({re.split("==", line)[0] + line.partition(" ;")[2] for line in versions}) == len(versions), "one version each"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = [*project["project"]["dependencies"]]
    for extra in project["project"]["optional-dependencies"].values():
        needed += extra
    for requirement in needed:
        assert canonical(requirement) in (*held[lock.RUNTIME], *held[lock.TORCH]), requirement
    for requirement in (one for group in project["dependency-groups"].values() for one in group):
        assert canonical(requirement) in everything, requirement
    assert not {"pytest", "hypothesis", "mypy", "ruff", "moto", "playwright", "pip-audit"} & set(held[lock.RUNTIME])


def test_machines_and_images_install_by_the_locks() -> None:
    makefile, recipe, script = ((ROOT / name).read_text() for name in ("Makefile", "images/Dockerfile", "images/install"))
    assert f"LOCKS := {lock.RUNTIME} {lock.DEVELOPMENT} {lock.TORCH}\n" in makefile
    for text in (makefile, script):
        assert f"--require-hashes --requirement {lock.INSTALLER}" in text
    assert f"--constraint {lock.RUNTIME} --constraint {lock.TORCH}" in script
    installs = [line for line in recipe.splitlines() if re.search(r"(pip|uv) install|install-locked", line)]
    assert all("install-locked" in line for line in installs), installs
    for text in (makefile, script):
        assert f"--build-constraint {lock.INSTALLER}" in text


@given(
    st.sets(st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)),
    st.sets(st.sampled_from(["torch", "triton", "nvidia-nccl-cu13"])),
)
def test_a_resolution_is_divided_without_loss(names: set[str], torch: set[str]) -> None:
    everything = sorted({*names, *torch})
    given_lock = "".join(
        f"{name}==1 ; x == 'y' \\\n    --hash=sha256:{0:064x} \\\n    --hash=sha256:{1:064x}\n" for name in everything
    )
    needed = {name for name in everything if len(name) % 2}
    run_time, development, special = lock.split(given_lock, needed)
    hashed = [entry for entry in lock.entries(given_lock) if lock.name_of(entry) not in lock.names(special)]
    assert sorted([*lock.entries(run_time), *lock.entries(development)]) == sorted(hashed)
    assert lock.names(special) == {name for name in everything if name in {"torch", "triton", "nvidia-nccl-cu13"}}
    assert lock.names(run_time) == needed - lock.names(special)
    assert special == "".join(f"{name}==1 ; x == 'y'\n" for name in everything if name in lock.names(special))


def test_the_bill_of_materials_lists_what_the_run_time_locks_hold_and_nothing_else(tmp_path: Path) -> None:
    assert sbom.main([str(tmp_path / "a" / "sbom.json")]) == sbom.main([str(tmp_path / "b.json")]) == 0
    content = (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "a" / "sbom.json").read_bytes() == content, "the same locks give the same bytes"
    document = json.loads(content)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    listed: dict[str, Any] = {f"{item['name']}=={item['version']}": item for item in document["components"]}
    entries = [*read(lock.RUNTIME), *read(lock.TORCH)]
    assert sorted(listed) == sorted(re.split(r"[ \n]", entry)[0] for entry in entries)
    for entry in entries:
        item = listed[re.split(r"[ \n]", entry)[0]]
        (files,) = item["externalReferences"]
        assert sorted(digest["content"] for digest in files.get("hashes", ())) == sorted(
            re.findall("sha256:([0-9a-f]{64})", entry)
        )
        assert item["purl"] == f"pkg:pypi/{item['name']}@{item['version']}"
    assert {reference for item in document["dependencies"] for reference in item.get("dependsOn", ())} == {
        item["bom-ref"] for item in document["components"]
    }


ANSWERS: dict[str, Any] = {
    "clean": {"dependencies": [{"name": "a", "version": "1", "vulns": []}]},
    "vulnerable": {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]},
            {"name": "b", "skip_reason": "unknown"},
        ]
    },
    "partial": {"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "unknown"}]},
    "none known": {"dependencies": [{"name": "b", "skip_reason": "unknown"}]},
    "empty": {"dependencies": []},
    "silent": None,
}


@pytest.mark.parametrize(
    ("first", "second", "code", "said"),
    [
        ("clean", "silent", 0, "1 packages checked by pypi, 0 vulnerable"),
        ("vulnerable", "clean", 1, "a 1: CVE-1, fixed in 2"),
        ("partial", "silent", 4, "not checked: b"),
        ("silent", "clean", 0, "checked by osv"),
        ("none known", "vulnerable", 1, "checked by osv"),
        ("silent", "silent", 4, "NOT CHECKED: no advisory database answered"),
        ("none known", "empty", 4, "NOT CHECKED: no advisory database answered"),
    ],
)
def test_an_audit_tells_vulnerable_from_unchecked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], first: str, second: str, code: int, said: str
) -> None:
    answers = {"pypi": ANSWERS[first], "osv": ANSWERS[second]}
    monkeypatch.setattr(audit, "ask", lambda service, _: answers[service])
    assert audit.main([]) == code
    told = capsys.readouterr()
    assert said in told.out + told.err
