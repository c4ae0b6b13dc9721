"""The whole way: from conversations to a model that is rolled out."""

from kfp.dsl import PipelineTask, pipeline

from pipelines.dataset import dataset as make_dataset
from pipelines.dataset import dataset_from_files as make_dataset_from_files
from pipelines.release import release as release_model
from pipelines.training import training as train_model


def _model_of(data: PipelineTask, registry: str, around: dict[str, str]) -> None:
    """From a dataset version to a model that is rolled out."""
    model = train_model(dataset=data.outputs["dataset"], version=data.outputs["version"], gates=data.outputs["gates"], **around)
    release_model(
        dataset=data.outputs["dataset"],
        models=model.outputs["models"],
        evaluation=model.outputs["evaluation"],
        version=data.outputs["version"],
        models_version=model.outputs["models_version"],
        evaluation_version=model.outputs["evaluation_version"],
        registry=registry,
        **around,
    )


@pipeline(name="attune", description="Conversations in, a verified dataset, a measured model and its rollout out.")
def attune(
    database: str,
    database_version: str,
    roots: list[str],
    roots_version: str,
    registry: str,
    store: str,
    params: str,
    run: str = "",
) -> None:
    """Run the three pipelines one after the other.

    Args:
        database: SQLite file or postgresql:// URL.
        database_version: What of it is read: a hash of the file, a watermark or a date.
        roots: Folders or s3:// URIs with the families' objects.
        roots_version: Content hash of the objects.
        registry: URI of the model registry.
        store: URI under which the run's data stands.
        params: All parameters, as JSON.
        run: Folder of the run on this machine, for progress; empty on a cluster.
    """
    around = {"store": store, "params": params, "run": run}
    data = make_dataset(
        database=database,
        database_version=database_version,
        roots=roots,
        roots_version=roots_version,
        **around,
    )
    _model_of(data, registry, around)


@pipeline(name="attune-from-files", description="The same where there is no database.")
def attune_from_files(roots: list[str], roots_version: str, registry: str, store: str, params: str, run: str = "") -> None:
    """Run the three pipelines one after the other on files alone.

    Args:
        roots: Folders or s3:// URIs with the families' objects.
        roots_version: Content hash of the objects.
        registry: URI of the model registry.
        store: URI under which the run's data stands.
        params: All parameters, as JSON.
        run: Folder of the run on this machine, for progress; empty on a cluster.
    """
    around = {"store": store, "params": params, "run": run}
    _model_of(make_dataset_from_files(roots=roots, roots_version=roots_version, **around), registry, around)
