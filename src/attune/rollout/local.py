"""The local rollout adapter: two model servers behind the router, simulated users, and a clock that counts requests.

``requests_per_day`` requests count as one day, so the length of a stage does not depend on the speed of the machine. The
requests of a turn are written to the journal as one durable line before the decision: after a kill, the turn is either complete
or repeated with the same users and prompts.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attune.config.params import RolloutParams
from attune.errors import RunError
from attune.rollout.evidence import StageEvidence, stage_evidence
from attune.rollout.router import TrafficRouter
from attune.rollout.servers import ModelServer
from attune.rollout.users import SimulatedUsers, as_row
from attune.storage.json_lines import Journal

_MAX_STARTS = 4  # per server; one that keeps failing is not restarted forever
_PAUSE_SECONDS = 1.0


class LocalRolloutAdapter:
    """Implements :class:`attune.rollout.controller.RolloutAdapter`.

    Args:
        router: the proxy in front of the servers.
        servers: the model servers by the router's names; one that ended is restarted, and its requests fail meanwhile.
        users: the simulated users.
        journal: file of this rollout's requests.
        identity: identity of the rollout; the journal of another one is cleared.
        params: stages, clock and sample sizes.
    """

    def __init__(
        self,
        router: TrafficRouter,
        servers: Mapping[str, ModelServer],
        users: SimulatedUsers,
        journal: Path,
        identity: str,
        params: RolloutParams,
    ) -> None:
        self._router = router
        self._servers = servers
        self._users = users
        self._params = params
        self._journal = open_journal(journal, identity)
        self._rows = rows_of(self._journal)
        self._began = time.monotonic() - (self._rows[-1]["seconds"] if self._rows else 0.0)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All requests so far."""
        return list(self._rows)

    def apply(self, share: float) -> None:
        """Set the router's share."""
        self._router.set_share(share)

    def observe(self, stage: int, turn: int, *, paused: bool) -> StageEvidence:
        """Send the requests of one turn unless the journal has them, and return the evidence of the stage."""
        if paused:
            time.sleep(_PAUSE_SECONDS)
        self._play(stage, turn, paused)
        rows = [row for row in self._rows if row["turn"] <= turn]
        days = sum(row["stage"] == stage and not row["paused"] for row in rows) / self._params.requests_per_day
        return stage_evidence(rows, stage, self._params.stages[stage], days)

    def settle(self, turn: int) -> None:
        """One more turn after the last decision, to check that it is in effect."""
        self._play(len(self._params.stages), turn, paused=False)

    def close(self) -> None:
        """Release the journal."""
        self._journal.close()

    def _play(self, stage: int, turn: int, paused: bool) -> None:
        if any(row["turn"] == turn for row in self._rows):
            return
        self._keep_alive()
        before = len(self._rows)
        day = sum(not row["paused"] for row in self._rows) / self._params.requests_per_day
        requests = self._users.send(before, self._params.requests_per_check)
        common = {
            "turn": turn,
            "stage": stage,
            "share": self._router.share,
            "day": day,
            "seconds": round(time.monotonic() - self._began, 3),
            "paused": paused,
        }
        rows = [{**as_row(request), **common} for request in requests]
        self._journal.append({"rows": rows})
        self._rows.extend(rows)

    def _keep_alive(self) -> None:
        for name, server in self._servers.items():
            if server.alive:
                continue
            if server.starts < _MAX_STARTS:
                server.start()
            elif name == "production":
                raise RunError(f"the production model's server ended {server.starts} times; see its log in .work/servers")


def open_journal(path: Path, identity: str) -> Journal:
    """Open the journal of the rollout with this identity; one of another rollout is cleared."""
    journal = Journal(path)
    if not journal.records or journal.records[0].get("rollout") != identity:
        journal.clear()
        journal.append({"rollout": identity})
    return journal


def rows_of(journal: Journal) -> list[dict[str, Any]]:
    """The request rows of a journal, in order."""
    return [row for record in journal.records[1:] for row in record["rows"]]
