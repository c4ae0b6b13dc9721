"""From a verified dataset version to a trained and measured model."""

from typing import NamedTuple

from components.evaluate import evaluate
from components.train import train
from kfp.dsl import Artifact, Dataset, Input, Model, pipeline


class TrainingOutputs(NamedTuple):
    """The models, their measurements, and the content hashes of both."""

    models: Model
    evaluation: Artifact
    models_version: str
    evaluation_version: str


@pipeline(name="attune-training", description="Train the curriculum and measure the model against the one before it.")
def training(dataset: Input[Dataset], version: str, gates: str, store: str, params: str, run: str = "") -> TrainingOutputs:
    """Train on one dataset version.

    Args:
        dataset: The dataset version.
        version: Its content hash.
        gates: Content hash of the evidence that it passed the gates; training waits for it.
        store: URI under which the run's data stands.
        params: All parameters, as JSON.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The models and their measurements.
    """
    around = {"store": store, "params": params, "run": run}
    trained = train(dataset=dataset, versions=[version, gates], **around)
    evaluated = evaluate(
        dataset=dataset, models=trained.outputs["result"], versions=[version, trained.outputs["Output"]], **around
    )
    return TrainingOutputs(
        models=trained.outputs["result"],
        evaluation=evaluated.outputs["result"],
        models_version=trained.outputs["Output"],
        evaluation_version=evaluated.outputs["Output"],
    )
