"""Files of JSON lines that are appended to: whole lines, after kills, by many writers, on full disks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from attune.errors import RunError
from attune.storage.json_lines import Journal, LockedLines, append_line, complete_lines


def test_a_line_after_an_incomplete_one_stands_alone(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "lines"
    append_line(file, b"one\n")
    with file.open("ab") as handle:
        handle.write(b"torn by a ki")
    assert complete_lines(file) == [b"one"]
    append_line(file, b"two\n")
    assert complete_lines(file) == [b"one", b"torn by a ki", b"two"]


def test_the_file_is_synced_with_each_line_and_its_folder_with_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(Path(f"/proc/self/fd/{descriptor}").readlink()))
    for file in (tmp_path / "many", tmp_path / "one"):
        for _ in range(2):
            if file.name == "many":
                append_line(file, b"x\n")
            else:
                with LockedLines(file) as lines:
                    lines.append(b"x\n")
        assert synced == [file, tmp_path, file]
        synced.clear()
    append_line(tmp_path / "progress", b"x\n", durable=False)
    assert synced == []


def test_lines_of_many_writers_do_not_mix(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: append_line(file, b"%d " % number * 500 + b"\n", durable=False), range(200)))
    found = [set(line.split()) for line in complete_lines(file)]
    assert sorted(int(next(iter(words))) for words in found if len(words) == 1) == list(range(200))


def test_a_line_that_the_disk_takes_only_in_part_is_an_error(tmp_path: Path) -> None:
    code = f"""
        import resource, signal
        from pathlib import Path
        from attune.storage.json_lines import append_line
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
        try:
            append_line(Path({str(tmp_path / "lines")!r}), b"x" * 20 + b"\\n")
        except OSError as error:
            print("refused")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
    assert complete_lines(tmp_path / "lines") == []


def test_one_writer_cuts_an_incomplete_line_off_and_keeps_others_out(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    with Journal(file) as journal:
        journal.append({"number": 1})
        with pytest.raises(RunError, match="another rollout is at work here"):
            Journal(file)
    with file.open("ab") as handle:
        handle.write(b'{"number": 2')
    with Journal(file) as journal:
        assert journal.records == [{"number": 1}]
        journal.append({"number": 3})
    assert [json.loads(line) for line in complete_lines(file)] == [{"number": 1}, {"number": 3}]


@pytest.mark.parametrize("length", [3, 1 << 16, 200_000])
def test_the_last_line_is_found_however_long_it_is(tmp_path: Path, length: int) -> None:
    last = b"y" * length + b"\n"
    with LockedLines(tmp_path / "lines") as lines:
        assert lines.tail() == (b"", b"")
        lines.append(b"first\n")
        lines.append(last)
        assert lines.tail() == (last, b"")
