"""Run a pipeline on this machine: the same components, by ``kfp.local``, in subprocesses or each in its own image.

The pipeline runs in a process of its own; this one follows its progress, so that what a person sees does not depend on what
Kubeflow prints (that goes to ``pipeline.log`` in the run's folder).
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune.errors import RunError, UsageError
from attune.reporting.run_page import StepRow, StepStatus
from attune.runtime import audit_trail
from attune.runtime.component import FAILURE, PROGRESS_FILE
from attune.runtime.engine import COMMITS
from attune.runtime.progress import Listener, ProgressEvent
from attune.runtime.run_step import RESULT_FILE, STEPS
from attune.runtime.watchdog import end_group, watched_command
from attune.storage.locks import locked

LOG_FILE = "pipeline.log"
FROM_FILES = "_from_files"  # what the name of a pipeline without a database ends in
_POLL_SECONDS = 0.1
_PATIENCE_SECONDS = 6.0  # with what a killed execution left running; it ends by itself
_IMAGE_USER = 10001  # the user that the images run as; see images/Dockerfile


@dataclass(frozen=True)
class LocalRun:
    """One run on this machine.

    Attributes:
        folder: the run's folder, ``runs/<id>``.
        pipeline: name of a pipeline under ``pipelines/``; with ``_from_files`` the one of its module that reads no database.
        arguments: the pipeline's arguments, without ``store`` and ``run``.
        runner: ``subprocess``, or ``docker`` for every step in its own image.
        mounts: folders that containers must see, read-only.
        trail: folder of the audit trail, which containers write too; None: none is kept.
        steps: the steps to run, in order; empty: all of the pipeline.
    """

    folder: Path
    pipeline: str
    arguments: Mapping[str, Any]
    runner: str = "subprocess"
    mounts: tuple[Path, ...] = ()
    trail: Path | None = None
    steps: tuple[str, ...] = ()

    @property
    def store(self) -> Path:
        """Where the steps' outputs stand."""
        return self.folder / "steps"


@dataclass(frozen=True)
class Failure:
    """Why a run stopped."""

    step: str
    message: str
    exit_code: int


@contextlib.contextmanager
def held(folder: Path) -> Iterator[int]:
    """Hold a run's folder for one execution; yields the descriptor of the lock.

    The system lets go of it when the last process that has it ends, however it does: this one, or the pipeline that
    :func:`execute` hands it to, which outlives a killed parent for a moment. So long a rerun waits.

    Raises:
        RunError: another execution holds the folder, or it cannot be locked.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made or opened ({error.strerror}); choose another folder with --runs") from None
    busy = f"{folder}: this run is being executed by another process; wait for it, or give this one another --name"
    with locked(folder, busy, patience_seconds=_PATIENCE_SECONDS) as descriptor:
        yield descriptor


def execute(run: LocalRun, listener: Listener, lock: int | None = None) -> Failure | None:
    """Run the pipeline to its end and report progress on the way; None when every step succeeded.

    Args:
        run: what to run.
        listener: gets the progress of all steps.
        lock: of :func:`held`; the pipeline's process holds it too.
    """
    run.store.mkdir(parents=True, exist_ok=True)
    (run.folder / PROGRESS_FILE).write_text("")
    for name in executed_steps(run):
        for note in (FAILURE, RESULT_FILE):
            (run.store / name / COMMITS / note).unlink(missing_ok=True)
    log = run.folder / LOG_FILE
    with log.open("wb") as handle:
        process = subprocess.Popen(  # noqa: S603 - our own module
            watched_command("pipelines.local", [_as_json(run)]),
            stdout=handle,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=() if lock is None else (lock,),
        )
        with contextlib.ExitStack() as stack:
            stack.callback(end_group, process)
            events = stack.enter_context((run.folder / PROGRESS_FILE).open(encoding="utf-8"))
            while process.poll() is None:
                _forward(events, listener)
                time.sleep(_POLL_SECONDS)
            _forward(events, listener)
    return _failure(run, process.returncode, log)


def step_rows(run: LocalRun) -> list[StepRow]:
    """What each step of the last execution did, as its own outcome tells."""
    rows = []
    for name in steps_of(run.pipeline):
        notes = run.store / name / COMMITS
        if not (notes / RESULT_FILE).exists():
            continue
        outcome = json.loads((notes / RESULT_FILE).read_text(encoding="utf-8"))
        counts = outcome["report"]["rows"]
        done: StepStatus = "resumed" if outcome["resumed"] else "done"
        rows.append(
            StepRow(
                step=name,
                title=outcome["report"]["title"],
                rows_in=counts and counts["rows_in"],
                kept=counts and counts["kept"],
                rejected=counts and sum(counts["rejected"].values()),
                quarantined=counts and sum(counts["quarantined"].values()),
                seconds=outcome["seconds"],
                peak_bytes=outcome["peak_bytes"],
                status="failed" if (notes / FAILURE).exists() else done,
                report=f"steps/{name}/report.html",
                cpu_seconds=outcome["cpu_seconds"],
                failed_gates=outcome["report"]["failed_gates"],
                ending=_ending(outcome["report"]["numbers"]),
                notice=str(outcome["report"]["numbers"].get("notice", "")),
            )
        )
    return rows


def _ending(numbers: Mapping[str, Any]) -> str:
    ending = numbers.get("ending") or numbers.get("decision")  # a rollout says the one, a release the other
    return ending if isinstance(ending, str) else ""


def _forward(events: Iterator[str], listener: Listener) -> None:
    for line in events:
        values = json.loads(line)
        values.pop("time")
        listener(ProgressEvent(**values))


def _failure(run: LocalRun, return_code: int, log: Path) -> Failure | None:
    for name in STEPS:
        path = run.store / name / COMMITS / FAILURE
        if path.exists():
            values = json.loads(path.read_text(encoding="utf-8"))
            return Failure(values["step"], values["message"], values["exit_code"])
    if return_code:
        return Failure(run.pipeline, f"the pipeline stopped (exit code {return_code}); its log is {log}", RunError.exit_code)
    missing = [name for name in executed_steps(run) if not (run.store / name / COMMITS / RESULT_FILE).exists()]
    if missing:  # a container runner may call a vanished container a success: believe only what the steps wrote
        return Failure(missing[0], f"the step left no result although the pipeline ended; its log is {log}", RunError.exit_code)
    return None


def steps_of(pipeline: str) -> list[str]:
    """The steps of a pipeline that can be run on this machine."""
    whole = pipeline.removesuffix(FROM_FILES)
    names = [name for name in STEPS if name != "extract" or whole == pipeline]
    return names[: names.index("verify") + 1] if whole == "dataset" else names


def selected_steps(pipeline: str, first: str = "", last: str = "") -> tuple[str, ...]:
    """The steps of a pipeline from ``first`` to ``last``.

    Raises:
        UsageError: the pipeline has no such step, or the last one comes before the first.
    """
    names = steps_of(pipeline)
    for option, name in (("--from", first), ("--until", last)):
        if name and name not in names:
            raise UsageError(f"{option} {name}: must be one of {', '.join(names)}")
    start, end = names.index(first) if first else 0, names.index(last) + 1 if last else len(names)
    if start >= end:
        raise UsageError(f"--until {last} comes before --from {first}; the steps in order are {', '.join(names)}")
    return tuple(names[start:end])


def executed_steps(run: LocalRun) -> list[str]:
    """The steps that this execution runs."""
    return list(run.steps) or steps_of(run.pipeline)


def earlier_steps(run: LocalRun) -> list[str]:
    """The steps before the first one that is run: their outputs are taken as they stand."""
    names = steps_of(run.pipeline)
    return names[: names.index(executed_steps(run)[0])]


def _as_json(run: LocalRun) -> str:
    return json.dumps(
        {
            "folder": str(run.folder),
            "pipeline": run.pipeline,
            "arguments": dict(run.arguments),
            "runner": run.runner,
            "mounts": [str(mount) for mount in run.mounts],
            "trail": str(run.trail) if run.trail else None,
            "steps": list(run.steps),
        }
    )


def _run_here(run: LocalRun) -> None:
    """Run the pipeline in this process, as the child of :func:`execute`."""
    import importlib

    from kfp import local

    artifacts, workspace = run.folder / "kfp", run.folder / "kfp-workspace"
    for folder in (artifacts, workspace):  # before a container engine makes them, and root's
        folder.mkdir(parents=True, exist_ok=True)
    local.init(
        runner=_docker_runner(run) if run.runner == "docker" else local.SubprocessRunner(use_venv=False),
        pipeline_root=str(artifacts),
        workspace_root=str(workspace),
    )
    if executed_steps(run) == steps_of(run.pipeline):
        module = importlib.import_module(f"pipelines.{run.pipeline.removesuffix(FROM_FILES)}")
        pipeline = getattr(module, run.pipeline)
    else:
        from pipelines.partial import partial_pipeline

        made = {name: str(run.store / name) for name in earlier_steps(run)}
        pipeline = partial_pipeline(executed_steps(run), made)
    pipeline(**run.arguments, store=str(run.store), run=str(run.folder))


def _docker_runner(run: LocalRun) -> Any:
    import docker
    from kfp import local

    written = [run.folder, *([run.trail] if run.trail else [])]
    for folder in written:
        folder.mkdir(parents=True, exist_ok=True)
    if os.getuid() == 0:
        for path in (each for folder in written for each in (folder, *folder.rglob("*"))):
            os.chown(path, _IMAGE_USER, _IMAGE_USER)
        user = str(_IMAGE_USER)
    else:
        user = f"{os.getuid()}:{os.getgid()}"
    mounts = [docker.types.Mount(str(folder), str(folder), type="bind") for folder in written]
    mounts += [docker.types.Mount(str(path), str(_for_image_user(path)), type="bind", read_only=True) for path in run.mounts]
    return local.DockerRunner(user=user, mounts=mounts, environment=_environment(run), network_mode="none")


def _for_image_user(path: Path) -> Path:
    """What to mount for a file or folder of root's that the images' user may not read: a copy, gone with this process."""
    if os.getuid() or all(_open_to_others(each) for each in (path, *path.rglob("*"))):
        return path
    folder = Path(tempfile.mkdtemp(prefix="attune-mount-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy = folder / path.name
    if path.is_dir():
        shutil.copytree(path, copy)
    else:
        shutil.copy2(path, copy)
    for each in (folder, *folder.rglob("*")):
        os.chown(each, _IMAGE_USER, _IMAGE_USER)
    return copy


def _open_to_others(path: Path) -> bool:
    needed = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
    return not path.exists() or path.stat().st_mode & needed == needed


def _environment(run: LocalRun) -> dict[str, str]:
    """The environment of the containers: the keys, and the folder and actor of the audit trail.

    A copy of the trail's head that goes to a store is left to the next entry from this machine: containers have no network.
    """
    keys = {name: value for name, value in os.environ.items() if name.startswith(("ATTUNE_SUBJECT_KEY", "ATTUNE_AUDIT_KEY"))}
    passed = {name: str(Path(value).resolve()) if name.endswith("_FILE") else value for name, value in keys.items()}
    if run.trail:
        passed |= {audit_trail.FOLDER_VARIABLE: str(run.trail), audit_trail.ACTOR_VARIABLE: audit_trail.actor()}
    return passed


if __name__ == "__main__":
    values = json.loads(sys.argv[1])
    _run_here(
        LocalRun(
            folder=Path(values["folder"]),
            pipeline=values["pipeline"],
            arguments=values["arguments"],
            runner=values["runner"],
            mounts=tuple(Path(mount) for mount in values["mounts"]),
            trail=Path(values["trail"]) if values["trail"] else None,
            steps=tuple(values["steps"]),
        )
    )
