"""Errors that a user can act on, and the exit codes that scripts rely on.

Every message answers three questions: what is wrong, where, and what to do about it. No message holds a user's text.
"""

from __future__ import annotations


class AttuneError(Exception):
    """Base of all errors that Attune raises on purpose; shown to the user without a traceback."""

    exit_code = 1


class UsageError(AttuneError):
    """The command line, a parameter, a path or a credential is wrong: nothing was started."""

    exit_code = 2


class RunError(AttuneError):
    """The work started and could not be finished; what was completed stays, and a rerun resumes from it."""

    exit_code = 1


class NothingFoundError(AttuneError):
    """What was asked for was done, and there was nothing to do it to: nobody, or nothing, is known by this name."""

    exit_code = 4


class GateError(AttuneError):
    """A gate of the product failed: the pipeline must stop here, and the report says why."""

    exit_code = 3


class RowError(Exception):
    """One row cannot be processed and goes to quarantine; the message is its reason there and holds nothing of the row."""
