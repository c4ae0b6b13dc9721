"""The second look: Presidio on a sample or on everything, without ever reaching for a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LOOK = """
import socket
from attune.config.params import RedactParams
from attune.redaction.redactor import redact_conversations
from attune.redaction.types import Known
from attune.redaction.rescan import kinds_left

texts = ["see a-site.co.uk or write to ann@somewhere.museum", "call 415-555-0132", "we argued again"]
rows = [(f"r{at}", [{"role": "user", "content": text}], Known()) for at, text in enumerate(texts)]
results, stats = redact_conversations(rows, RedactParams(rescan_rate=1.0, canary_rate=1.0), 17)
assert stats["rescan"]["records"] == 3, stats["rescan"]
print(*kinds_left([{"role": "user", "content": texts[0]}]))
"""
NO_SOCKETS = """
import socket

class Refused(socket.socket):
    def __new__(cls, *arguments, **named):
        raise AssertionError("redaction must not open a socket")

def refuse(*arguments, **named):
    raise AssertionError("redaction must not look a name up")

socket.socket = Refused
socket.create_connection = socket.getaddrinfo = socket.gethostbyname = refuse
"""


def test_everything_is_read_again_without_a_socket_being_opened() -> None:
    ran = subprocess.run([sys.executable, "-c", NO_SOCKETS + LOOK], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["EMAIL_ADDRESS", "URL"]


def test_the_command_reads_again_on_a_machine_without_network(tmp_path: Path) -> None:
    alone = ["unshare", "-rn"]
    try:
        allowed = subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip("this system does not let a user make a network namespace")
    (tmp_path / "a.txt").write_text("write to ann@somewhere.example or see www.somewhere.example\n")
    code = "from attune.cli.redact import app; app()"
    ran = subprocess.run(
        [*alone, sys.executable, "-c", code, str(tmp_path / "a.txt"), "--rescan", "--fail-on-review"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "write to [EMAIL] or see [URL]\n"), ran.stderr
    assert "1 pieces: 1 redacted" in ran.stderr
