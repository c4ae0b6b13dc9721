"""A part of the way, for runs on this machine: some steps in a row, on what earlier steps of the same run left."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from components.compile import compile as compile_dataset
from components.dedupe import dedupe
from components.erased import erased
from components.evaluate import evaluate
from components.extract import extract
from components.ingest import ingest
from components.release import release
from components.rollout import rollout
from components.score import score
from components.train import train
from components.verify import verify
from kfp.dsl import Artifact, Dataset, Model, importer, pipeline

from attune import storage

_COMPONENTS: Mapping[str, Callable[..., Any]] = {
    "extract": extract,
    "ingest": ingest,
    "score": score,
    "dedupe": dedupe,
    "compile": compile_dataset,
    "verify": verify,
    "train": train,
    "evaluate": evaluate,
    "release": release,
    "rollout": rollout,
}
_ARTIFACTS: Mapping[str, type[Artifact]] = {"train": Model, "evaluate": Artifact, "release": Artifact, "verify": Artifact}
# Which earlier step each input comes from, by the name of the component's argument.
_INPUTS: Mapping[str, Mapping[str, str]] = {
    "extract": {},
    "ingest": {},
    "score": {"product": "extract", "families": "ingest"},
    "dedupe": {"scored": "score"},
    "compile": {"deduped": "dedupe"},
    "verify": {"dataset": "compile"},
    "train": {"dataset": "compile"},
    "evaluate": {"dataset": "compile", "models": "train"},
    "release": {"evaluation": "evaluate", "models": "train", "dataset": "compile"},
    "rollout": {"models": "train", "decision": "release"},
}


class _Made(NamedTuple):
    """What a step wrote, and the content hash of it."""

    result: Any
    version: Any


def partial_pipeline(steps: Sequence[str], made: Mapping[str, str]) -> Any:
    """A Kubeflow pipeline of ``steps``.

    Args:
        steps: names of steps, in order.
        made: URIs of what the steps before them wrote.
    """

    @pipeline(name="attune-partial")
    def part(
        roots: list[str],
        roots_version: str,
        store: str,
        params: str,
        database: str = "",
        database_version: str = "",
        registry: str = "",
        run: str = "",
    ) -> None:
        around = {"store": store, "params": params, "run": run}
        listed = erased(store=store, params=params).set_caching_options(False).output
        outside = {
            "extract": {"database": database, "versions": [database_version, listed]},
            "ingest": {"roots": roots, "versions": [roots_version, listed]},
            "release": {"registry": registry},
        }
        done = {name: _imported(name, uri) for name, uri in made.items()}
        for name in steps:
            inputs = {key: done[earlier] for key, earlier in _INPUTS[name].items() if earlier in done}
            gates = [done["verify"].version] if name == "train" and "verify" in done else []  # training waits for the gates
            arguments = {"versions": [*(each.version for each in inputs.values()), *gates], **outside.get(name, {})}
            task = _COMPONENTS[name](**{key: each.result for key, each in inputs.items()}, **arguments, **around)
            task.set_caching_options(False)
            done[name] = _Made(task.outputs["result"], task.outputs["Output"])

    return part


def _imported(name: str, uri: str) -> _Made:
    task = importer(artifact_uri=uri, artifact_class=_ARTIFACTS.get(name, Dataset), reimport=True)
    return _Made(task.output, storage.fingerprint(uri))
