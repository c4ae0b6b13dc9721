"""The step ``rollout``: bring a promoted model to the users in stages, or back (G2, G3).

The candidate goes behind a router beside the production model; users, simulated here, are asked; and the controller advances it
or takes it back. Then comes a drill: a copy of the candidate with noise on its weights is rolled out the same way, and must
go back, which shows that the way back works on this very model before it is needed.

Output: ``decisions.jsonl``, ``state.json`` and ``commands.jsonl`` (by hand, see :mod:`attune.rollout.control`) of the rollout;
the same under ``drill/``; ``requests.parquet`` with one row a request and no text.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from attune import storage
from attune.config.params import RolloutParams
from attune.errors import UsageError
from attune.records.shards import json_bytes
from attune.reporting.report import Report
from attune.rollout.controller import LOG, STATE
from attune.rollout.policy import Release
from attune.runtime.code_version import code_version
from attune.runtime.step import Context

if TYPE_CHECKING:
    from attune.rollout.servers import ServerPool
    from attune.rollout.trial import Trial, TrialResult

_WORK = ".work"
_DRILL = "drill"


def rollout(models: str, release: str, output: str, params: RolloutParams, context: Context) -> Report:
    """Roll the candidate out, then drill the way back.

    Args:
        models: what ``train`` wrote: ``base/`` is production, ``merged/`` the candidate; model folders with tokenizer and chat
            template.
        release: what ``release`` wrote; anything but the decision ``promote`` starts nothing.
        output: folder to write; a rerun after a kill goes on where the decision log ends.
        params: stages, limits and the compressed clock.
        context: the run's context.

    Raises:
        UsageError: a model or the decision is missing or not local.
        RunError: a server did not start, or the drill's bad candidate was not taken back.
    """
    from attune.rollout import trial
    from attune.steps.rollout import report as pages

    decided = read_release(release)
    folder = _local(output, "output")
    if not decided.promoted:
        _clear(folder)
        storage.write_bytes(storage.join(output, STATE), json_bytes({"status": "not_started"}))
        return pages.not_started(decided, params)
    run = _Rollout(models, folder, decided, params, context)
    results = run.run()
    trial.write_requests(folder / "requests.parquet", results)
    for result in results[1:]:
        trial.check_drill(result)
    return pages.build(decided, results, params)


class _Rollout:
    """The candidate's rollout and the drill after it, on one set of servers."""

    def __init__(self, models: str, folder: Path, release: Release, params: RolloutParams, context: Context) -> None:
        from attune.rollout.ratings import lexicon_of
        from attune.rollout.users import load_prompts

        self._base = model_folder(models, "base")
        self._merged = model_folder(models, "merged")
        self._folder = folder
        self._work = folder / _WORK
        self._worse = self._work / "worse"
        self._params = params
        self._context = context
        self._prompts = load_prompts(params.prompts, _local(models, "models"))
        self._lexicon = lexicon_of(self._base, self._prompts)
        self._facts = {
            "base": storage.fingerprint(str(self._base)),
            "merged": storage.fingerprint(str(self._merged)),
            "prompts": self._prompts,
            "release": release.name,
        }

    def run(self) -> list[TrialResult]:
        """Both rollouts, each taken up where it stands."""
        from attune.rollout.servers import Batching, ServerPool

        params = self._params
        batching = Batching(params.concurrency, params.max_tokens) if params.server_batching else None
        timeout = params.server_start_seconds
        with ServerPool(self._work / "servers", threads=params.server_threads, timeout=timeout, batching=batching) as pool:
            results = [self._roll_out(pool)]
            if params.drill and results[0].state.reason != "aborted_by_hand":
                results.append(self._practise(pool, results[0].state.status == "done"))
        shutil.rmtree(self._worse, ignore_errors=True)
        return results

    def _roll_out(self, pool: ServerPool) -> TrialResult:
        with self._trial("candidate", self._folder, {}) as trial:
            if not trial.finished:
                self._context.progress.update(0, None, "starting two model servers")
                pool.start(self._base)
                pool.start(self._merged)
                if self._params.drill:
                    self._make_worse()
                servers = {"production": pool.ready(self._base), "candidate": pool.ready(self._merged)}
                if self._params.drill:
                    pool.start(self._worse)  # it loads while the candidate is rolled out
                trial.run(servers, self._prompts, self._lexicon)
            return trial.result()

    def _practise(self, pool: ServerPool, promoted: bool) -> TrialResult:
        production = self._merged if promoted else self._base
        with self._trial(_DRILL, self._folder / _DRILL, {"promoted": promoted}) as trial:
            if not trial.finished:
                if not self._worse.is_dir():
                    self._make_worse()
                pool.start(self._worse)
                servers = {"production": pool.ready(production), "candidate": pool.ready(self._worse)}
                trial.run(servers, self._prompts, self._lexicon)
            return trial.result()

    def _trial(self, name: str, folder: Path, facts: dict[str, object]) -> Trial:
        from attune.rollout.trial import Trial

        return Trial(
            name,
            folder,
            self._work,
            facts={**self._facts, **facts},
            code=code_version(__name__),
            params=self._params,
            seed=self._context.seed,
            listener=lambda sent, note: self._context.progress.update(sent, None, note),
        )

    def _make_worse(self) -> None:
        from attune.rollout.degrade import worsen

        worsen(self._merged, self._worse, noise=self._params.drill_noise, seed=self._context.seed)


def read_release(uri: str) -> Release:
    """The decision of the step ``release``. Raises UsageError when there is none or it is not one."""
    path = storage.join(uri, "decision.json")
    try:
        value = json.loads(storage.read_bytes(path))
        return Release(str(value["decision"]), str(value["name"]), tuple(str(reason) for reason in value.get("reasons", ())))
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path}: holds no decision with a name; run the step release again") from None


def model_folder(models: str, name: str) -> Path:
    """A model that can be served. Raises UsageError naming what is missing."""
    folder = _local(models, "models") / name
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such model folder; give the output of the step train")
    for file in ("config.json", "tokenizer.json"):
        if not (folder / file).is_file():
            raise UsageError(f"{folder / file}: no such file; a served model needs it")
    settings = folder / "tokenizer_config.json"
    inside = settings.is_file() and "chat_template" in json.loads(settings.read_bytes())
    if not inside and not (folder / "chat_template.jinja").is_file():
        raise UsageError(f"{folder}: the tokenizer has no chat template; save one with it")
    return folder


def _local(uri: str, name: str) -> Path:
    if storage.is_remote(uri):
        raise UsageError(f"{name} {uri}: the local rollout serves models from this machine; copy it to a folder here first")
    return storage.local_path(uri)


def _clear(folder: Path) -> None:
    """Remove what an earlier rollout left here: this release starts none."""
    for place in (folder / _WORK, folder / _DRILL):
        shutil.rmtree(place, ignore_errors=True)
    for name in (LOG, STATE, "commands.jsonl", "requests.parquet"):
        (folder / name).unlink(missing_ok=True)
