"""Writes a first loader and its test into the user's project; both work as they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from attune import storage
from attune.errors import UsageError
from attune.steps.ingest.families import NAME

_LOADER = '''"""Reads objects of the family {family}.

`attune ingest` calls `load` with an object's bytes, decompressed when they are gzip or zstd, and takes a dictionary for each
conversation. Its `messages` have a `role` (system, user or assistant) and a `content`; names and identifiers in them are
replaced before anything is written. Other known fields: scenario, language, created_at, license, and group (rows with the same
value stay in one split). Change the code between the two lines of dashes.
"""

from collections.abc import Iterator
from io import TextIOWrapper
from typing import IO, Any

from attune.steps.ingest.loaders import Broken, Loaded


def load(stream: IO[bytes]) -> Iterator[Loaded | Broken]:
    """One conversation a line: the question, a tab, the answer."""
    for number, line in enumerate(TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape"), start=1):
        if not line.strip():
            continue
        place = f"line {{number}}"
        # ------------------------------------------------------------------------------------------------------------
        question, tab, answer = line.rstrip("\\n").partition("\\t")
        if not tab:
            yield Broken(place, "has no tab between question and answer")  # the reason, without the text
            continue
        fields: dict[str, Any] = {{
            "messages": [{{"role": "user", "content": question}}, {{"role": "assistant", "content": answer}}],
            "scenario": "{family}",
        }}
        # ------------------------------------------------------------------------------------------------------------
        yield Loaded(place, fields)
'''

_TEST = '''"""The loader of the family {family}: run with `pytest {test}`."""

import runpy
from io import BytesIO
from pathlib import Path

from attune.steps.ingest.families import Family
from attune.steps.ingest.loaders import Broken, Loaded
from attune.steps.ingest.mapping import raw_row

LOADER = Path(__file__).with_name("{module}")
FAMILY = Family.model_validate({{"family": "{family}", "pattern": "*", "loader": "{loader}", "source": "expert_curated"}})
OBJECT = "How do I begin?\\tWith one small step.\\nThis line has no answer\\nAnd then?\\tWith the next one.\\n"


def load(content: bytes) -> list[Loaded | Broken]:
    return list(runpy.run_path(str(LOADER))["load"](BytesIO(content)))


def test_every_row_is_read_or_named_as_broken() -> None:
    rows = load(OBJECT.encode())
    assert [type(row) for row in rows] == [Loaded, Broken, Loaded]
    assert [row.place for row in rows] == ["line 1", "line 2", "line 3"]


def test_every_row_fits_what_ingest_takes() -> None:
    records = [raw_row(FAMILY, "object.txt", row, b"a key for tests only") for row in load(OBJECT.encode())]
    assert [record["problem"] is None for record in records] == [True, False, True]
    assert [turn["content"] for turn in records[0]["messages"]] == ["How do I begin?", "With one small step."]


def test_a_reason_holds_nothing_of_the_text() -> None:
    (broken,) = (row for row in load(OBJECT.encode()) if isinstance(row, Broken))
    assert not any(word in broken.reason for word in ("This", "line has", "no answer"))
'''

_ENTRY = """  - family: {family}
    pattern: "*{family}*"
    loader: {loader}
    source: user_generated   # or expert_curated, synthetic
    license: LicenseRef-proprietary   # SPDX name of the license of these texts
"""


@dataclass(frozen=True)
class Scaffold:
    """The files that were written, and the entry that the family map needs."""

    loader: Path
    test: Path
    entry: str


def scaffold(family: str, folder: Path) -> Scaffold:
    """Write a loader for ``family`` that works, and a test that passes, into ``folder``.

    Raises:
        UsageError: the name is not a valid family name, or one of the two files exists already.
    """
    if not NAME.fullmatch(family):
        raise UsageError(
            f"{family}: is not a valid family name; use lower-case letters, digits, _ and -, such as sleep_diaries"
        )
    module = family.replace("-", "_")
    loader, test = folder / f"{module}.py", folder / f"test_{module}.py"
    for file in (loader, test):
        if file.exists():
            raise UsageError(f"{file}: exists already and was not changed; remove it, or choose another --folder")
    named = f"{loader.name}:load"  # relative to the folder that --loaders names
    storage.write_bytes(str(loader), _LOADER.format(family=family).encode())
    storage.write_bytes(str(test), _TEST.format(family=family, module=loader.name, loader=named, test=test.as_posix()).encode())
    return Scaffold(loader, test, _ENTRY.format(family=family, loader=named))
