"""The step ``rollout``: rolls a promoted model out to users in stages, or back.

A router splits the traffic between the candidate and the production model, simulated users rate the replies, and a controller
advances the candidate or rolls it back. Then follows the rollback drill: a degraded copy of the candidate is rolled out the
same way and must be rolled back, which shows that the rollback works for this model before it is needed.

Output: ``decisions.jsonl``, ``state.json`` and ``commands.jsonl`` (manual commands, see :mod:`attune.rollout.control`) of the
rollout; the same under ``drill/``; ``requests.parquet`` with one row per request and no text.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from attune import storage
from attune.config.params import RolloutParams
from attune.errors import RunError, UsageError
from attune.modeling.model_digest import changed, model_digest
from attune.records.shards import json_bytes
from attune.records.signature import SignatureState, read_signed
from attune.reporting.report import Report
from attune.rollout.controller import LOG, STATE
from attune.rollout.policy import SAME_MODEL, ReleaseResult
from attune.runtime.code_version import code_version
from attune.runtime.step import Context

if TYPE_CHECKING:
    from attune.rollout.servers import ServerPool
    from attune.rollout.trial import Trial, TrialResult

_WORK = ".work"
_DRILL = "drill"


def rollout(models: str, release: str, output: str, params: RolloutParams, context: Context) -> Report:
    """Roll out the candidate, then run the rollback drill.

    Args:
        models: local folder that ``train`` wrote: ``base/`` is production, ``merged/`` the candidate; both with tokenizer and
            chat template.
        release: folder that ``release`` wrote; the rollout starts only if its decision is ``promote``.
        output: local folder to write; a rerun continues where the decision log ends.
        params: stages, limits and the compressed clock.
        context: seed and progress.

    Raises:
        UsageError: a model or the decision is missing or not local.
        RunError: a server did not start, or the degraded model of the drill was not rolled back.
        GateError: the decision was changed after it was signed, or a model's files were changed during the rollout.
    """
    from attune.steps.rollout.report import build_report, held, not_started

    decided, signature = read_release(release)
    folder = _local(output, "output")
    if not decided.promoted:
        _clear(folder)
        storage.write_bytes(storage.join(output, STATE), json_bytes({"status": "not_started"}))
        return not_started(decided, params)
    differences = changed_models(models, decided)
    if differences:
        storage.write_bytes(storage.join(output, STATE), json_bytes({"status": "held", "reason": SAME_MODEL}))
        return held(decided, differences)
    run = _Rollout(models, folder, decided, params, context)
    results = run.run()
    write_requests(folder / "requests.parquet", results)
    for result in results[1:]:
        check_drill(result)
    return build_report(decided, results, params, signature)


class _Rollout:
    """The candidate's rollout and the rollback drill, with shared servers."""

    def __init__(self, models: str, folder: Path, release: ReleaseResult, params: RolloutParams, context: Context) -> None:
        from attune.rollout.ratings import lexicon_of
        from attune.rollout.users import load_prompts

        self._base = model_folder(models, "base")
        self._merged = model_folder(models, "merged")
        self._folder = folder
        self._work = folder / _WORK
        self._degraded = self._work / "degraded"
        self._digests = {self._base: release.base_content, self._merged: release.content}
        self._params = params
        self._context = context
        self._prompts = load_prompts(params.prompts, _local(models, "models"))
        self._lexicon = lexicon_of(self._base, self._prompts)
        self._facts = {
            "base": release.base_content,
            "merged": release.content,
            "prompts": self._prompts,
            "release": release.name,
        }

    def run(self) -> list[TrialResult]:
        """Run or continue both rollouts."""
        from attune.rollout.servers import Batching, ServerPool

        params = self._params
        batching = Batching(params.concurrency, params.max_tokens) if params.server_batching else None
        timeout = params.server_start_seconds
        with ServerPool(self._work / "servers", threads=params.server_threads, timeout=timeout, batching=batching) as pool:
            results = [self._roll_out(pool)]
            if params.drill and results[0].state.reason != "aborted_by_hand":
                results.append(self._run_drill(pool, results[0].state.status == "done"))
        shutil.rmtree(self._degraded, ignore_errors=True)
        return results

    def _roll_out(self, pool: ServerPool) -> TrialResult:
        with self._trial("candidate", self._folder, {}) as trial:
            if not trial.finished:
                self._context.progress.update(0, None, "starting two model servers")
                for model, digest in self._digests.items():
                    pool.start(model, digest)
                if self._params.drill:
                    self._degrade_candidate()
                servers = {"production": pool.ready(self._base), "candidate": pool.ready(self._merged)}
                if self._params.drill:
                    pool.start(self._degraded)  # loads during the candidate's rollout
                trial.run(servers, self._prompts, self._lexicon)
            return trial.result()

    def _run_drill(self, pool: ServerPool, promoted: bool) -> TrialResult:
        production = self._merged if promoted else self._base
        with self._trial(_DRILL, self._folder / _DRILL, {"promoted": promoted}) as trial:
            if not trial.finished:
                if not self._degraded.is_dir():
                    self._degrade_candidate()
                pool.start(production, self._digests[production])
                pool.start(self._degraded)
                servers = {"production": pool.ready(production), "candidate": pool.ready(self._degraded)}
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

    def _degrade_candidate(self) -> None:
        from attune.rollout.degrade import degrade

        degrade(self._merged, self._degraded, noise=self._params.drill_noise, seed=self._context.seed)


def read_release(uri: str) -> tuple[ReleaseResult, SignatureState]:
    """The decision of the step ``release``, and what is known of its signature.

    Raises:
        UsageError: it is missing or invalid.
        GateError: it was changed after it was signed.
    """
    path = storage.join(uri, "decision.json")
    read = read_signed(path, required=True)
    try:
        value = json.loads(read.content)
        reasons = tuple(str(reason) for reason in value.get("reasons", ()))
        found = ReleaseResult(str(value["decision"]), str(value["name"]), reasons)
        if found.promoted:
            found = replace(found, content=str(value["content"]), base_content=str(value["base_content"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{path}: needs the fields decision and name, and of a promoted model content and base_content; "
            "run the step release again"
        ) from None
    return found, read.state


def changed_models(models: str, release: ReleaseResult) -> list[str]:
    """What to say of each model to serve whose files are not those that the release was decided on."""
    stated = {model_folder(models, "base"): release.base_content, model_folder(models, "merged"): release.content}
    found = {folder: model_digest(folder) for folder in stated}
    return [
        changed(folder, found[folder], digest, "decision.json") for folder, digest in stated.items() if found[folder] != digest
    ]


def model_folder(models: str, name: str) -> Path:
    """The folder of a model to serve. Raises UsageError for a missing folder or file."""
    folder = _local(models, "models") / name
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such model folder; give the output folder of the step train")
    for file in ("config.json", "tokenizer.json"):
        if not (folder / file).is_file():
            raise UsageError(f"{folder / file}: no such file; serving needs it")
    settings = folder / "tokenizer_config.json"
    inside = settings.is_file() and "chat_template" in json.loads(settings.read_bytes())
    if not inside and not (folder / "chat_template.jinja").is_file():
        raise UsageError(f"{folder}: the tokenizer has no chat template; add a file chat_template.jinja")
    return folder


def write_requests(path: Path, results: Sequence[TrialResult]) -> None:
    """Write ``requests.parquet``: one row per request of all rollouts, in order, without texts and users."""
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
    """Raise RunError unless the degraded model of the drill was rolled back."""
    if result.state.status == "rolled_back":
        return
    raise RunError(
        f"the rollback drill failed: the degraded model ended as {result.state.status} ({result.state.reason}); see "
        "drill/decisions.jsonl; if its replies are not worse, raise rollout.drill_noise, else tighten the limits"
    )


def _local(uri: str, name: str) -> Path:
    if storage.is_remote(uri):
        raise UsageError(
            f"--{name} {uri}: must be a local folder, because this machine serves the models; download or choose one"
        )
    return storage.local_path(uri)


def _clear(folder: Path) -> None:
    """Remove the output of an earlier rollout."""
    for place in (folder / _WORK, folder / _DRILL):
        shutil.rmtree(place, ignore_errors=True)
    for name in (LOG, STATE, "commands.jsonl", "requests.parquet"):
        (folder / name).unlink(missing_ok=True)
