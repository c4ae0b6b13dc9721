"""Logs of the steps as JSON Lines, one file per area and day, without any user's text.

``<folder>/<area>/<YYYY-MM-DD>.jsonl`` gets one line per event and is never rewritten; the day is UTC. The area is the package
that the step belongs to: data, training, evaluation, rollout. An event holds names, numbers, reasons from fixed lists, and
messages that Attune wrote. Of any other error only the type and place are logged, because its message may quote a row.

=============  =====================================================================================================
``time``       when, UTC
``level``      info, or error
``area``       data, training, evaluation, rollout
``step``       the step's name
``run``        the run's id, where the step is part of one
``event``      started, finished, failed
``rows_in``, ``kept``, ``rejected``, ``quarantined``   counts of a finished step, the latter two by reason
``resumed``, ``seconds``, ``peak_bytes``, ``failed_gates``   of a finished step
``exit_code``, ``error``, ``message``   of a failed one
=============  =====================================================================================================
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attune.errors import AttuneError, RunError
from attune.storage.addresses import without_secrets
from attune.storage.json_lines import append_line

VARIABLE = "ATTUNE_LOGS"

_LONGEST_MESSAGE = 2_000
_INTERRUPTED = 130


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class StepLog:
    """The log of one step of one run.

    Attributes:
        folder: holds a folder per area; None: nothing is logged.
        area: of the step.
        step: its name.
        run: the run's id, or empty.
        clock: returns the current time.
    """

    folder: Path | None
    area: str
    step: str
    run: str = ""
    clock: Callable[[], datetime] = _now

    def started(self) -> None:
        """Log that the step has started."""
        self._append("info", "started", {})

    def finished(self, values: Mapping[str, Any]) -> None:
        """Log that the step has finished, with its counts."""
        self._append("info", "finished", values)

    def failed(self, error: BaseException, place: str) -> None:
        """Log that an error stopped the step.

        Args:
            error: its message is logged only if Attune wrote it.
            place: logged for any other error: its type, and the line of Attune that it came from.
        """
        own = isinstance(error, AttuneError)
        code = (
            error.exit_code if isinstance(error, AttuneError) else _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
        )
        message = without_secrets(str(error))[:_LONGEST_MESSAGE] if own else place
        self._append("error", "failed", {"exit_code": code, "error": type(error).__name__, "message": message})

    def _append(self, level: str, event: str, values: Mapping[str, Any]) -> None:
        if self.folder is None:
            return
        now = self.clock()
        head = {"time": now.isoformat(timespec="milliseconds"), "level": level, "area": self.area, "step": self.step}
        run = {"run": self.run} if self.run else {}
        line = json.dumps({**head, **run, "event": event, **values}, ensure_ascii=False) + "\n"
        path = self.folder / self.area / f"{now.date().isoformat()}.jsonl"
        try:
            append_line(path, line.encode("utf-8", "backslashreplace"), mode=0o640)
        except OSError as error:
            raise RunError(
                f"{path}: the log could not be written ({error.strerror}); free some space, or set {VARIABLE} to another folder"
            ) from None


def step_log(module: str, step: str, run: str = "") -> StepLog:
    """The log of a step, in the folder named by ``ATTUNE_LOGS``, else in ``logs/`` of the run's folder, else disabled.

    Args:
        module: of the step, such as ``attune.steps.extract.step``; its second part is the area.
        step: its name.
        run: folder of the run on this machine, or empty.
    """
    given = os.environ.get(VARIABLE)
    folder = Path(given) if given else Path(run) / "logs" if run else None
    return StepLog(folder, module.split(".")[1] if "." in module else module, step, Path(run).name if run else "")
