"""From a measured model to its users, or back."""

from typing import NamedTuple

from components.release import release as decide
from components.rollout import rollout
from kfp.dsl import Artifact, Dataset, Input, Model, pipeline


class ReleaseOutputs(NamedTuple):
    """The decision and the log of the rollout."""

    decision: Artifact
    rollout: Artifact


@pipeline(name="attune-release", description="Promote, hold or reject a model, and roll it out in stages.")
def release(
    dataset: Input[Dataset],
    models: Input[Model],
    evaluation: Input[Artifact],
    version: str,
    models_version: str,
    evaluation_version: str,
    registry: str,
    store: str,
    params: str,
    run: str = "",
) -> ReleaseOutputs:
    """Release one model.

    Args:
        dataset: The dataset version that the models were trained on.
        models: What train wrote.
        evaluation: What evaluate wrote.
        version: Content hash of the dataset version.
        models_version: Content hash of the models.
        evaluation_version: Content hash of the measurements.
        registry: URI of the model registry.
        store: URI under which the run's data stands.
        params: All parameters, as JSON.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The decision and the log of the rollout.
    """
    around = {"store": store, "params": params, "run": run}
    versions = [version, models_version, evaluation_version]
    decided = decide(evaluation=evaluation, models=models, dataset=dataset, registry=registry, versions=versions, **around)
    decided.set_caching_options(False)  # the registry counts too (the production model, erasures), and is no parameter
    rolled = rollout(
        models=models,
        decision=decided.outputs["result"],
        versions=[models_version, decided.outputs["Output"]],
        **around,
    )
    return ReleaseOutputs(decision=decided.outputs["result"], rollout=rolled.outputs["result"])
