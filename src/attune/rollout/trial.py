"""One rollout on this machine from its first request to its last decision: folder, controller, router, users."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from attune import storage
from attune.config.params import RolloutParams
from attune.errors import RunError
from attune.records.shards import json_bytes
from attune.rollout.controller import Controller, State
from attune.rollout.local import LocalAdapter, open_journal, rows_of
from attune.rollout.policy import Policy
from attune.rollout.ratings import Lexicon
from attune.rollout.router import Backend, Router
from attune.rollout.servers import AppServer, ModelServer
from attune.rollout.users import Users

REQUESTS = "requests.jsonl"


@dataclass(frozen=True)
class TrialResult:
    """What a rollout came to: its last state, every line of its log, every request."""

    name: str
    state: State
    records: Sequence[Mapping[str, Any]]
    rows: Sequence[Mapping[str, Any]]


class Trial:
    """A rollout in ``folder``, begun or taken up where its log ends.

    Args:
        name: ``candidate`` or ``drill``.
        folder: where its log stands.
        work: where its requests are journaled.
        facts: everything that makes this rollout this one; other facts start it anew.
        code: version of the code.
        params: stages, limits, clock.
        seed: seed of the users.
        listener: is told after every turn: requests so far, and a line for the progress display.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        work: Path,
        *,
        facts: Mapping[str, Any],
        code: str,
        params: RolloutParams,
        seed: int,
        listener: Callable[[int, str], None],
    ) -> None:
        self.name = name
        self._params = params
        self._seed = seed
        self._listener = listener
        self._journal = work / f"{name}-{REQUESTS}"
        key = hashlib.sha256(
            json_bytes(
                {**facts, "trial": name, "seed": seed, "params": params.model_dump(mode="json", exclude={"require_all_users"})}
            )
        ).hexdigest()
        self._controller = Controller(folder, policy_of(params), key=key, code=code, watcher=self._watch)

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self._controller.state.finished and self._settled()

    def run(self, servers: Mapping[str, ModelServer], prompts: Sequence[str], lexicon: Lexicon) -> None:
        """Go on to the end.

        Args:
            servers: the ready servers of ``production`` and ``candidate``.
            prompts: what the users write.
            lexicon: the words that they know.
        """
        params = self._params
        backends = {name: Backend(server.url, server.model) for name, server in servers.items()}
        router = Router(
            backends,
            share=self._controller.state.share,
            salt=f"{self.name}-{self._seed}",
            timeout=params.request_timeout_seconds,
        )
        with contextlib.ExitStack() as stack:
            door = stack.enter_context(AppServer(router.app))
            users = Users(
                door.url,
                prompts,
                lexicon,
                seed=self._seed,
                population=params.users,
                concurrency=params.concurrency,
                max_tokens=params.max_tokens,
                # A user waits for both models in turn, should the first one fail.
                timeout=2 * params.request_timeout_seconds + 5,
            )
            stack.callback(users.close)
            adapter = LocalAdapter(router, servers, users, self._journal, self._controller.identity, params)
            stack.callback(adapter.close)
            state = self._controller.run(adapter)
            adapter.settle(state.turns)

    def result(self) -> TrialResult:
        """What came out."""
        with open_journal(self._journal, self._controller.identity) as journal:
            return TrialResult(self.name, self._controller.state, self._controller.records, rows_of(journal))

    def _settled(self) -> bool:
        turns = self._controller.state.turns
        return any(row["turn"] == turns for row in self.result().rows)

    def _watch(self, record: Mapping[str, Any]) -> None:
        if record["event"] != "decision":
            return
        sent = (record["turn"] + 1) * self._params.requests_per_check
        candidate, control = (record["evidence"][arm]["mean"] for arm in ("candidate", "control"))
        ratings = f", rating {candidate:.1f} against {control:.1f}" if candidate and control else ""
        self._listener(sent, f"{self.name} at {record['share']:.0%}{ratings}: {record['action']}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._controller.close()


def policy_of(params: RolloutParams) -> Policy:
    """The policy that the parameters describe."""
    return Policy(
        stages=params.stages,
        stage_days=params.stage_days,
        max_stage_days=params.max_stage_days,
        min_sample=params.min_sample,
        max_satisfaction_drop=params.max_satisfaction_drop,
        max_error_rise=params.max_error_rise,
        alpha=round(1 - params.confidence, 9),
    )


def write_requests(path: Path, results: Sequence[TrialResult]) -> None:
    """Write ``requests.parquet``: one row a request of all rollouts, in order; no text, no user."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"rollout": result.name, **row} for result in results for row in result.rows]
    schema = pa.schema(
        [
            ("rollout", pa.string()),
            ("index", pa.int64()),
            ("turn", pa.int64()),
            ("stage", pa.int64()),
            ("share", pa.float64()),
            ("day", pa.float64()),
            ("seconds", pa.float64()),
            ("arm", pa.string()),
            ("answered_by", pa.string()),
            ("status", pa.int64()),
            ("error", pa.bool_()),
            ("latency_ms", pa.float64()),
            ("rating", pa.int64()),
            ("incident", pa.bool_()),
            ("paused", pa.bool_()),
        ]
    )
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer)
    storage.write_bytes(str(path), buffer.getvalue())


def check_drill(result: TrialResult) -> None:
    """Raise RunError unless the drill's bad candidate was taken back for a reason of its own."""
    if result.state.status == "rolled_back":
        return
    raise RunError(
        f"the drill failed: a candidate made worse on purpose ended as {result.state.status} ({result.state.reason}); look at "
        "drill/decisions.jsonl; if its replies are not worse, raise rollout.drill_noise, else the limits are too wide"
    )
