"""Manual commands to a running rollout: pause, resume, promote, abort.

A command is one line in ``commands.jsonl`` in the rollout's folder. The controller reads it before its next decision, records
it in the decision log, and handles it exactly once, even over restarts. From a shell::

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
    """A manual command; ``name`` may not be in :data:`COMMANDS`, because other programs write these lines too."""

    name: str
    by: str = ""
    note: str = ""


def send_command(folder: Path, name: str, *, by: str = "", note: str = "") -> None:
    """Send a command to a running rollout.

    Args:
        folder: the rollout's output, or its ``drill`` folder.
        name: ``pause`` (keep the share and stop the clock; a rollback is still possible), ``resume``, ``promote`` (all users
            now, without further decisions) or ``abort`` (no users).
        by: who sends it.
        note: why.

    Raises:
        UsageError: the command is unknown, or the folder does not exist.
    """
    if name not in COMMANDS:
        raise UsageError(f"{name}: unknown command; allowed are {', '.join(COMMANDS)}")
    if not folder.is_dir():
        raise UsageError(f"{folder}: no rollout was started in this folder; give the output folder of a running one")
    line = json.dumps({"command": name, "by": by, "note": note}, ensure_ascii=False) + "\n"
    with storage.explained_write(str(folder / FILE)):
        append_line(folder / FILE, line.encode())


def read_commands(folder: Path) -> list[Command]:
    """All commands sent to this folder, in order, without a last line that is still being written."""
    return [_parse(line) for line in complete_lines(folder / FILE)]


def _parse(line: bytes) -> Command:
    try:
        value = json.loads(line)
    except ValueError:
        return Command("unreadable")
    if not isinstance(value, dict):
        return Command("unreadable")
    return Command(str(value.get("command", "unreadable")), str(value.get("by", "")), str(value.get("note", "")))
