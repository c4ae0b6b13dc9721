"""The body of every Kubeflow component: run a step and publish the address of its output.

Data goes from the pod to the store and never through Kubeflow's artifact folder; the artifact that the next component gets
holds only the address.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from attune import storage
from attune.config.params import Params, validate_params
from attune.errors import AttuneError, GateError, UsageError
from attune.records import shards
from attune.records.erased import list_version
from attune.reporting.metrics import report_metrics
from attune.reporting.report import Report, report_from_json
from attune.runtime import engine, run_step
from attune.runtime.progress import Listener, file_listener, line_listener

FAILURE = "failure.json"
PROGRESS_FILE = "progress.jsonl"


class Artifact(Protocol):
    """The part of a Kubeflow artifact that is used here."""

    uri: str
    path: str
    metadata: dict[str, Any]


def run_component(
    step: str,
    inputs: Mapping[str, str | Sequence[str]],
    result: Artifact,
    page: Artifact,
    metrics: Artifact,
    *,
    store: str,
    params: str,
    run: str = "",
) -> str:
    """Run a step inside a component; a failed step ends the process with the exit code of its error.

    A failed gate ends the process too, unless ``run.accept_failed_gates`` lets later steps read the set. Then the log, the
    report and the run's page name the gate, and the next step records in the audit trail that it was accepted.

    Args:
        step: the step's name; its output goes to ``<store>/<step>``.
        inputs: the step's named inputs.
        result: output artifact; gets the address of the step's output and the report's numbers of rows.
        page: output artifact of type HTML; gets the report's page.
        metrics: output artifact of type Metrics; gets the report's numbers.
        store: URI of the folder with the run's data.
        params: all parameters, as JSON.
        run: local folder of the run, to which progress is written; empty on a cluster, where it goes to the log.

    Returns:
        The content hash of the output. The next component takes it as a parameter, because Kubeflow's cache does not read
        the content of artifacts.
    """
    output = storage.join(store, step)
    failure = storage.join(output, engine.COMMITS, FAILURE)
    storage.remove(failure)
    settings = validate_params(json.loads(params))
    try:
        _check_list(store, settings)
        report = _report(step, inputs, output, settings, run)
    except AttuneError as error:
        value = {"step": step, "message": str(error), "exit_code": error.exit_code}
        storage.write_bytes(failure, shards.json_bytes(value))
        print(f"attune {step}: {error}", file=sys.stderr, flush=True)  # noqa: T201 - the pod's log is where people look
        sys.exit(error.exit_code)
    except Exception as error:  # a bug: the run names the step, the log has the trace
        value = {"step": step, "message": f"{engine.describe_error(error)}; the trace is in the log", "exit_code": 1}
        storage.write_bytes(failure, shards.json_bytes(value))
        raise
    result.uri = output
    result.metadata.update(_row_counts(report))
    metrics.metadata.update(report_metrics(report))
    _write(metrics.path, json.dumps(metrics.metadata).encode())  # a cache looks whether an artifact's file is there
    _write(page.path, storage.read_bytes(storage.join(output, "report.html")))
    return storage.fingerprint(output)


def _write(path: str, content: bytes) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content)


def erased_version(store: str, params: str) -> str:
    """A hash of the list of erased people; a damaged list ends the process with the exit code of its error.

    Kubeflow's cache identifies a task by its parameters. A step that leaves out people on the list must get this hash as one,
    or Kubeflow would reuse an output from before an erasure.

    Args:
        store: URI of the folder with the run's data.
        params: all parameters, as JSON.
    """
    try:
        settings = validate_params(json.loads(params))
        _check_list(store, settings)
        return list_version(settings.run.erased)
    except AttuneError as error:
        print(f"attune: {error}", file=sys.stderr, flush=True)  # noqa: T201 - the pod's log is where people look
        sys.exit(error.exit_code)


def _check_list(store: str, params: Params) -> None:
    """Refuse a relative path of the list on a cluster: it would name a folder of the image, which holds no list."""
    place = params.run.erased
    if storage.is_remote(store) and place and not storage.is_remote(place) and not Path(place).is_absolute():
        raise UsageError(
            f"run.erased = {place}: no pod sees this folder; name an s3:// URI or the absolute path of a mounted volume, or "
            'leave it empty (run.erased="") where nobody was ever erased'
        )


def _report(step: str, inputs: Mapping[str, str | Sequence[str]], output: str, params: Params, run: str) -> Report:
    try:
        return run_step.run(step, inputs, output, params, _listener(run), folder=run).report
    except GateError as error:
        if not params.run.accept_failed_gates or not shards.is_set(output):
            raise
        print(f"attune {step}: {error}; run.accept_failed_gates lets the run go on", file=sys.stderr, flush=True)  # noqa: T201
        return report_from_json(storage.read_bytes(storage.join(output, "report.json")))


def _row_counts(report: Report) -> dict[str, int]:
    rows = report.rows
    if rows is None:
        return {}
    return {
        "rows_in": rows.rows_in,
        "kept": rows.kept,
        "rejected": sum(rows.rejected.values()),
        "quarantined": sum(rows.quarantined.values()),
    }


def _listener(run: str) -> Listener:
    return file_listener(Path(run) / PROGRESS_FILE) if run else line_listener()
