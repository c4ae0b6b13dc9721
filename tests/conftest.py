"""Fixtures that every room's tests may use, and the surroundings in which all of them run."""

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = (
    "model_training",  # small_dataset, trained, evaluated: one real tiny training and evaluation a session
    "postgres_server",  # postgres_server_url (one server a session), postgres_url (a fresh database a test)
    "rights",  # open_folder (a folder that a user without rights may enter)
    "s3_server",  # s3_bucket (an empty bucket of a real S3 server)
    "tiny_model",  # models (a folder as the step train writes it, made once a session)
)

_OF_THE_PERSON = ("ATTUNE_", "AWS_", "PG", "DVC_", "GIT_", "OPENAI_", "TOGETHER_")
_OF_THE_TERMINAL = {"FORCE_COLOR", "NO_COLOR", "PY_COLORS", "CLICOLOR_FORCE", "GITHUB_ACTIONS", "COLUMNS", "LINES"}
_WHERE_THINGS_ARE = {"ATTUNE_BASE_IMAGE", "ATTUNE_BASE_IMAGE_TOOL", "ATTUNE_COUNSEL_CHAT"}
_LOOPBACK = "127.0.0.1,localhost"


def _leave_the_person_behind() -> None:
    """No test sees the settings of whoever runs it, and no request to a server on this machine goes through a proxy."""
    for name in list(os.environ):
        if name in _OF_THE_TERMINAL or (name.startswith(_OF_THE_PERSON) and name not in _WHERE_THINGS_ARE):
            del os.environ[name]
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), _LOOPBACK]))


_leave_the_person_behind()

# Trails without an anchor of their own keep copies of their head in the home of whoever runs them; tests keep them here.
_STATE = tempfile.mkdtemp(prefix="attune-state-")
atexit.register(shutil.rmtree, _STATE, ignore_errors=True)
os.environ["XDG_STATE_HOME"] = _STATE

# A shell's background job passes Ctrl-C over, and so would every process that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is no fault; a counterexample is one, and where CI is set it depends on the commit alone.
settings.register_profile(
    "attune",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    print_blob=True,
)
settings.load_profile("attune")


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """What a command that runs in the test's own process sets in the environment is gone after the test."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case of bytes by its argument and number: packed bytes hold the time, and the two workers would differ."""
    return argname if isinstance(val, bytes) else None
