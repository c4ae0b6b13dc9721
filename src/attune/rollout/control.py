"""Steering a rollout by hand: pause, resume, promote, abort.

A command is one line in ``commands.jsonl`` of the rollout's folder; the controller reads it at its next look, records it in
the decision log, and handles it once, whatever is killed in between. Without Python, a shell does it too::

    echo '{"command": "pause", "by": "ana"}' >> OUTPUT/commands.jsonl
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from attune import storage
from attune.errors import UsageError
from attune.storage.json_lines import append_line, complete_lines

COMMANDS = ("pause", "resume", "promote", "abort")
FILE = "commands.jsonl"


@dataclass(frozen=True)
class Command:
    """What a person wants; ``name`` may be none of :data:`COMMANDS` when the line came from elsewhere."""

    name: str
    by: str = ""
    note: str = ""


def give(folder: Path, name: str, *, by: str = "", note: str = "") -> None:
    """Give a running rollout a command.

    Args:
        folder: the rollout's output, or its ``drill`` folder.
        name: ``pause`` (the share stays, the clock stops, it can still go back), ``resume``, ``promote`` (everybody now,
            without further looks) or ``abort`` (nobody any more).
        by: who gives it.
        note: why.

    Raises:
        UsageError: there is no such command or no such rollout.
    """
    if name not in COMMANDS:
        raise UsageError(f"{name}: no such command; there are {', '.join(COMMANDS)}")
    if not folder.is_dir():
        raise UsageError(f"{folder}: no rollout was started here; give the output folder of a running one")
    line = json.dumps({"command": name, "by": by, "note": note}, ensure_ascii=False) + "\n"
    with storage.explained_write(str(folder / FILE)):
        append_line(folder / FILE, line.encode())


def read(folder: Path) -> list[Command]:
    """All commands that were ever given here, in order; a line that is still being written is left for later."""
    return [_parse(line) for line in complete_lines(folder / FILE)]


def _parse(line: bytes) -> Command:
    try:
        value = json.loads(line)
    except ValueError:
        return Command("unreadable")
    if not isinstance(value, dict):
        return Command("unreadable")
    return Command(str(value.get("command", "unreadable")), str(value.get("by", "")), str(value.get("note", "")))
