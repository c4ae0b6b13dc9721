"""Run a pipeline on this machine: on a product's database and files, or on files alone. ``attune run`` calls it.

The same request again resumes where the last one stopped, or does only what has become necessary since. A run with a name of
its own may change its parameters between two executions: only the steps that they concern run again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from attune import storage
from attune.cli.display import step_display
from attune.config.params import Params
from attune.errors import RunError, UsageError
from attune.records.erased import list_version
from attune.records.signature import KEY_FILE_VARIABLE as INTEGRITY_KEY_FILE_VARIABLE
from attune.records.tokens import KEY_FILE_VARIABLE, subject_key
from attune.reporting.run_page import RunCost, StepRow
from attune.runtime import audit_trail
from attune.runtime.code_version import code_version
from attune.runtime.engine import COMMITS
from attune.runtime.progress import Listener, ProgressEvent
from attune.runtime.resources import PeakMemory, cpu_seconds
from attune.runtime.run_folder import RunFolder
from attune.runtime.run_step import RESULT_FILE, STEPS
from attune.storage.addresses import SECRET_VARIABLES, split_secrets, without_secrets
from pipelines.local import (
    FROM_FILES,
    LOADERS_VARIABLE,
    Failure,
    LocalRun,
    earlier_steps,
    execute,
    held,
    selected_steps,
    step_rows,
)
from pipelines.summary import print_summary

_SQLITE = "sqlite:///"
_SERVERS = ("postgresql://", "postgres://")
_PRODUCT_FAMILY = "product"  # what extract makes of the product's own conversations
_NO_NAME = frozenset("/\\")


@dataclass(frozen=True)
class Request:
    """What is to be run.

    Attributes:
        database: path of an SQLite file, or URL of a PostgreSQL server; empty: there are only files.
        families: folders, files or s3:// URIs with the families' objects.
        params: the parameters.
        pipeline: ``dataset``, or ``attune`` for the model too.
        runner: ``subprocess`` or ``docker``.
        runs: where run folders stand.
        name: of the run's folder; empty: made of ``kind`` and what is run.
        kind: what the run is called, such as ``demo``.
        title: heading of its page.
        first: the step to start at; earlier ones are taken as they stand in the run's folder. Empty: the first one.
        last: the step to stop after; empty: the last one.
        own_registry: keep the model registry in the run's folder, apart from ``registry/`` in ``runs``, which other runs share.
    """

    database: str
    families: Sequence[str]
    params: Params
    pipeline: str = "attune"
    runner: str = "subprocess"
    runs: str = "runs"
    name: str = ""
    kind: str = "run"
    title: str = ""
    first: str = ""
    last: str = ""
    own_registry: bool = False


def perform(request: Request) -> Failure | None:
    """Run the pipeline, tell its progress and its end, and keep all that in the run's folder.

    Raises:
        UsageError: something is missing or wrong; nothing was started.
        RunError: the folder is in use, or the record counts of the run do not add up.
    """
    started, cpu_before = time.monotonic(), cpu_seconds()
    request, asked = _attainable(request), request
    subject_key()  # say now that it is missing, not after minutes
    folder, run, versions = _prepare(request)
    with held(folder.path) as lock:
        if request is not asked:
            print(f"no --database: verify.required_families asks for no {_PRODUCT_FAMILY} in this run", file=sys.stderr)
        folder.write_run(request.params, versions, request.title)
        folder.begin()
        recorder = _Recorder(folder, run)
        with PeakMemory() as peak:
            try:
                with step_display() as listener:
                    failure = execute(run, recorder.around(listener), lock)
            finally:
                recorder.record()
        if failure and failure.step in STEPS:
            recorder.record_failed(failure)
        cost = RunCost(round(time.monotonic() - started, 3), round(cpu_seconds() - cpu_before, 3), peak.peak_bytes)
        folder.write_cost(cost)
        index, lineage = folder.write_index(), folder.lineage()
    print_summary(folder.steps(), lineage, cost, index)
    if lineage and lineage.problems and not failure:
        raise RunError(lineage.sentence())
    return failure


class _Recorder:
    """Writes every step into the run's folder as soon as it has ended, so that its page is there while others run."""

    def __init__(self, folder: RunFolder, run: LocalRun) -> None:
        self._folder = folder
        self._run = run
        self._recorded: set[str] = set()

    def around(self, listener: Listener) -> Listener:
        """``listener``, and a record of each step that ends."""

        def listen(event: ProgressEvent) -> None:
            listener(event)
            if event.finished:
                self.record()

        return listen

    def record(self) -> None:
        """Record the steps that have ended since the last time."""
        new = [row for row in step_rows(self._run) if row.step not in self._recorded]
        for row in new:
            self._folder.record_step(row)
            self._recorded.add(row.step)
        if new:
            self._folder.write_index()

    def record_failed(self, failure: Failure) -> None:
        """Record the step that stopped the run, and why; what it had done is not known, unless it had ended."""
        rows = {row.step: row for row in step_rows(self._run)}
        empty = StepRow(failure.step, STEPS[failure.step].title, None, None, None, None, 0.0, 0, "failed")
        self._folder.record_step(replace(rows.get(failure.step, empty), message=without_secrets(failure.message)))


def _prepare(request: Request) -> tuple[RunFolder, LocalRun, dict[str, str]]:
    """The run's folder and arguments: the same input, parameters and runner meet in the same folder, and resume there."""
    database, database_version = _database(request.database, request.runner) if request.database else ("", "")
    families = [_existing(uri) for uri in request.families]
    families_version = hashlib.sha256("".join(_version(uri) for uri in families).encode()).hexdigest()
    versions = {**({"database": database_version} if database else {}), "families": families_version}
    identity = json.dumps([versions, request.params.model_dump(mode="json"), request.pipeline, request.runner])
    name = _checked_name(request.name) or f"{request.kind}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"
    runs = Path(request.runs).resolve()
    os.environ.setdefault(audit_trail.FOLDER_VARIABLE, str(runs / "audit-trail"))  # the pipeline's processes inherit it
    erased = _erased(request.params.run.erased, request.runner)
    list_version(erased)  # say now that it is damaged
    arguments = {
        **({"database": database, "database_version": database_version} if database else {}),
        "roots": families,
        "roots_version": families_version,
        "params": _with_place(request.params, erased).model_dump_json(),
    }
    if request.pipeline == "attune":
        arguments["registry"] = str((runs / name if request.own_registry else runs) / "registry")
    mounts = tuple(_mounts(database, families, erased))
    trail = Path(os.environ[audit_trail.FOLDER_VARIABLE]).resolve()
    folder = RunFolder(runs / name)
    pipeline = f"{request.pipeline}{'' if database else FROM_FILES}"
    steps = selected_steps(pipeline, request.first, request.last)
    run = LocalRun(folder.path, pipeline, arguments, request.runner, mounts, trail, steps)
    _require_earlier(run)
    return (
        folder,
        run,
        {
            **versions,
            "code": code_version("attune.runtime.run_step"),
        },
    )


def _require_earlier(run: LocalRun) -> None:
    """Stop where a step that is passed over never ended in this run."""
    for name in earlier_steps(run):
        if not (run.store / name / COMMITS / RESULT_FILE).exists():
            raise UsageError(
                f"--from {run.steps[0]}: {name} has not run in {run.folder}; leave out --from, or name the run with --name"
            )


def _attainable(request: Request) -> Request:
    """The request without a minimum of the product's own conversations where there is no database that could hold them."""
    if not request.database and not request.families:
        raise UsageError("nothing to read: name a database (--database), your own files (--families), or both")
    required = request.params.verify.required_families
    if request.database or _PRODUCT_FAMILY not in required:
        return request
    attainable = {name: least for name, least in required.items() if name != _PRODUCT_FAMILY}
    verify = request.params.verify.model_copy(update={"required_families": attainable})
    return replace(request, params=request.params.model_copy(update={"verify": verify}))


def _database(address: str, runner: str) -> tuple[str, str]:
    """Where the pipeline's processes find the database, and what is known of its content.

    A password leaves the address: the processes inherit it from the environment, and no command line or log has it.
    """
    if address.startswith(_SERVERS):
        if runner == "docker":
            raise UsageError("--database: containers run without network and reach no server; leave out --runner docker")
        try:
            urlsplit(address)
        except ValueError:  # its message may hold the password
            raise UsageError("--database: is not a postgresql:// URL; quote what is special in it, as %40") from None
        address, secrets = split_secrets(address)
        rest = address.partition("://")[2]
        if "@" in rest and "@" not in rest.partition("/")[0].partition("?")[0]:
            raise UsageError("--database postgresql://…: the password holds @, / or ?; write them as %40, %2F and %3F")
        if unknown := sorted(secrets.keys() - SECRET_VARIABLES.keys()):
            raise UsageError(
                f"--database postgresql://…: {', '.join(unknown)} in the address would stand in the arguments of processes; "
                "put it in a service file (PGSERVICEFILE) and give service=NAME"
            )
        os.environ.update({SECRET_VARIABLES[name]: secret for name, secret in secrets.items()})
        return address, audit_trail.without_password(address)
    path = Path(address.removeprefix(_SQLITE))
    if "://" in str(address.removeprefix(_SQLITE)):
        raise UsageError(f"--database {audit_trail.without_password(address)}: name an SQLite file or a postgresql:// URL")
    if not path.is_file():
        raise UsageError(
            f"--database {audit_trail.without_password(address)}: no such file; name an SQLite file or a postgresql:// URL"
        )
    return str(path.resolve()), storage.sha256_file(str(path))


def _existing(uri: str) -> str:
    if storage.is_remote(uri):
        return uri
    path = storage.local_path(uri)
    if not uri or not path.exists():
        raise UsageError(f"--families {uri or repr(uri)}: no such file or folder")
    if path.is_dir() and not storage.walk(uri):
        raise UsageError(f"--families {uri}: the folder holds no file; see docs/families.md for what to bring")
    return str(path.resolve())


def _erased(uri: str, runner: str) -> str:
    """Where every process of the run finds the list of the erased, whatever folder it works in."""
    if not storage.is_remote(uri):
        return str(storage.local_path(uri).resolve()) if uri else ""
    if runner == "docker":
        raise UsageError(f"run.erased = {uri}: containers run without network; name a folder with a copy of the list")
    return uri


def _with_place(params: Params, erased: str) -> Params:
    return params.model_copy(update={"run": params.run.model_copy(update={"erased": erased})})


def _mounts(database: str, families: Sequence[str], erased: str) -> Iterator[Path]:
    """Folders and files of this machine that a step reads: the sources, the keys and the list of the erased."""
    if database and not database.startswith(_SERVERS):
        yield Path(database).parent  # what SQLite has not written into the file yet lies beside it
    yield from (Path(uri) for uri in families if not storage.is_remote(uri))
    if erased and not storage.is_remote(erased) and storage.exists(erased):
        yield Path(erased)
    yield from (
        Path(os.environ[name]).resolve()
        for name in (KEY_FILE_VARIABLE, INTEGRITY_KEY_FILE_VARIABLE, audit_trail.KEY_FILE_VARIABLE, LOADERS_VARIABLE)
        if os.environ.get(name)
    )


def _version(uri: str) -> str:
    """What stands at a source: a hash of its content, or its address where only reading it would tell."""
    return uri if storage.is_remote(uri) else storage.fingerprint(uri)


def _checked_name(name: str) -> str:
    if _NO_NAME & set(name) or name.startswith("."):
        raise UsageError(f"--name {name}: must be the name of a folder in --runs, without a slash and not hidden")
    return name
