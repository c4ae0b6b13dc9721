"""A complete rollout on this machine: controller, router, model servers and simulated users."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from attune.config.params import RolloutParams
from attune.records.shards import json_bytes
from attune.rollout.controller import Controller, RolloutState
from attune.rollout.local import LocalRolloutAdapter, open_journal, rows_of
from attune.rollout.policy import RolloutPolicy
from attune.rollout.ratings import RatingLexicon
from attune.rollout.router import Backend, TrafficRouter
from attune.rollout.servers import AppServer, ModelServer
from attune.rollout.users import SimulatedUsers

REQUESTS = "requests.jsonl"


@dataclass(frozen=True)
class TrialResult:
    """The result of a rollout: final state, log records, and requests."""

    name: str
    state: RolloutState
    records: Sequence[Mapping[str, Any]]
    rows: Sequence[Mapping[str, Any]]


class Trial:
    """A rollout in ``folder``; it starts, or continues where its log ends.

    Args:
        name: ``candidate`` or ``drill``.
        folder: folder of its log.
        work: folder of its request journal.
        facts: what identifies this rollout; different facts start a new one.
        code: version of the code.
        params: stages, limits, clock.
        seed: seed of the users.
        listener: called after every turn with the number of requests so far and a line for the progress display.
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
        """Whether the rollout is complete."""
        return self._controller.state.finished and self._settled()

    def run(self, servers: Mapping[str, ModelServer], prompts: Sequence[str], lexicon: RatingLexicon) -> None:
        """Run to the end.

        Args:
            servers: the running servers of ``production`` and ``candidate``.
            prompts: the users' prompts.
            lexicon: the users' vocabulary.
        """
        params = self._params
        backends = {name: Backend(server.url, server.model) for name, server in servers.items()}
        router = TrafficRouter(
            backends,
            share=self._controller.state.share,
            salt=f"{self.name}-{self._seed}",
            timeout=params.request_timeout_seconds,
        )
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(AppServer(router.app))
            users = SimulatedUsers(
                server.url,
                prompts,
                lexicon,
                seed=self._seed,
                population=params.users,
                concurrency=params.concurrency,
                max_tokens=params.max_tokens,
                # The router may try both models in turn.
                timeout=2 * params.request_timeout_seconds + 5,
            )
            stack.callback(users.close)
            adapter = LocalRolloutAdapter(router, servers, users, self._journal, self._controller.identity, params)
            stack.callback(adapter.close)
            state = self._controller.run(adapter)
            adapter.settle(state.turns)

    def result(self) -> TrialResult:
        """The result so far."""
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


def policy_of(params: RolloutParams) -> RolloutPolicy:
    """The policy with the limits in ``params``."""
    return RolloutPolicy(
        stages=params.stages,
        stage_days=params.stage_days,
        max_stage_days=params.max_stage_days,
        min_sample=params.min_sample,
        max_satisfaction_drop=params.max_satisfaction_drop,
        max_error_rise=params.max_error_rise,
        alpha=round(1 - params.confidence, 9),
    )
