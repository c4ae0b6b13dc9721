"""Resolves the dependencies into the lock files: ``make lock``.

- ``requirements.lock``: what the package and its extras need at run time, each file with its SHA-256.
- ``requirements-dev.lock``: what tests and tools need besides, with hashes too.
- ``requirements-torch.lock``: PyTorch and the CUDA libraries, without hashes, because a machine may bring a build of its own.
- ``requirements-build.lock``: the installer, and what builds packages that come as source, with hashes.

The first three are disjoint, and constraints of every installation. A pinned version stays, unless pyproject.toml forbids it;
``python -m tools.lock --upgrade NAME`` takes the newest of one package.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNTIME, DEVELOPMENT, TORCH, INSTALLER = (
    "requirements.lock", "requirements-dev.lock", "requirements-torch.lock", "requirements-build.lock",
)  # fmt: skip
_OPTIONS = ("--universal", "--python-version", "3.11", "--no-header", "--no-annotate", "--no-emit-index-url", "--quiet")
_BUILDERS = "uv\nhatchling\nsetuptools\nwheel\n"
_TORCH = re.compile(r"(torch|triton|nvidia-.+|cuda-.+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def main(arguments: Sequence[str]) -> int:
    """Write the lock files; returns the exit code."""
    parser = argparse.ArgumentParser(description="Resolve the dependencies into the lock files.")
    parser.add_argument("--upgrade", action="append", default=[], metavar="NAME", help="take the newest version of a package")
    upgraded = [option for name in parser.parse_args(arguments).upgrade for option in ("--upgrade-package", name)]
    pinned = "".join((ROOT / name).read_text() for name in (RUNTIME, DEVELOPMENT, TORCH) if (ROOT / name).exists())
    everything = resolve(pinned, ["--all-extras", "--group", "dev", "--group", "names", *upgraded, "pyproject.toml"])
    needed = names(resolve(everything, ["--all-extras", "pyproject.toml"]))
    runtime, development, torch = split(everything, needed)
    installer = (ROOT / INSTALLER).read_text() if (ROOT / INSTALLER).exists() else ""
    written = {RUNTIME: runtime, DEVELOPMENT: development, TORCH: torch}
    for name, content in {**written, INSTALLER: resolve(everything + installer, [*upgraded, "-"], given=_BUILDERS)}.items():
        (ROOT / name).write_text(content, encoding="utf-8")
    return 0


def resolve(pinned: str, options: Sequence[str], given: str = "") -> str:
    """What ``uv pip compile`` resolves, with hashes; versions in ``pinned`` are kept where they can be."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "resolved.lock"
        output.write_text(pinned, encoding="utf-8")
        command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", *_OPTIONS, "--generate-hashes"]
        subprocess.run(  # noqa: S603 - the uv of this environment
            [*command, "--output-file", str(output), *options], cwd=ROOT, input=given, text=True, check=True
        )
        return output.read_text(encoding="utf-8")


def entries(lock: str) -> list[str]:
    """The entries of a lock file: a line with name, version and marker, and the lines with its hashes."""
    found: list[str] = []
    for line in lock.splitlines(keepends=True):
        if line[:1].isspace():
            found[-1] += line
        elif line.strip() and not line.startswith("#"):
            found.append(line)
    return found


def name_of(entry: str) -> str:
    """The name of the package in an entry."""
    name = _NAME.match(entry)
    assert name is not None, entry
    return name.group()


def names(lock: str) -> set[str]:
    """The names of the packages in a lock file."""
    return {name_of(entry) for entry in entries(lock)}


def split(everything: str, needed: Iterable[str]) -> tuple[str, str, str]:
    """A resolution of everything, divided into run time, development and PyTorch; the last without hashes."""
    run_time = set(needed)
    parts: dict[str, list[str]] = {RUNTIME: [], DEVELOPMENT: [], TORCH: []}
    for entry in entries(everything):
        name = name_of(entry)
        if _TORCH.fullmatch(name):
            parts[TORCH].append(entry.splitlines()[0].removesuffix("\\").rstrip() + "\n")
        else:
            parts[RUNTIME if name in run_time else DEVELOPMENT].append(entry)
    return "".join(parts[RUNTIME]), "".join(parts[DEVELOPMENT]), "".join(parts[TORCH])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
