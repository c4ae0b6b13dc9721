"""The step release as a Kubeflow component."""

from kfp.dsl import HTML, Artifact, Dataset, Input, Metrics, Model, Output, component

from components.images import image


@component(base_image=image("release"), install_kfp_package=False)
def release(
    evaluation: Input[Artifact],
    models: Input[Model],
    dataset: Input[Dataset],
    registry: str,
    versions: list[str],
    store: str,
    params: str,
    result: Output[Artifact],
    page: Output[HTML],
    metrics: Output[Metrics],
    run: str = "",
) -> str:
    """Decide on the model and enter it into the registry.

    Args:
        evaluation: What evaluate wrote.
        models: What train wrote.
        dataset: The dataset version that the models were trained on.
        registry: URI of the model registry.
        versions: Content hashes of the inputs, since Kubeflow's cache compares parameters and no content.
        store: URI under which the run's data stands; the output goes to ``<store>/release``.
        params: All parameters, as JSON.
        result: The decision, with its reasons.
        page: The step's report.
        metrics: The step's numbers, which Kubeflow compares across runs.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The content hash of the output.
    """
    from attune.runtime.component import run_component

    inputs = {"evaluation": evaluation.uri, "models": models.uri, "dataset": dataset.uri, "registry": registry}
    return run_component("release", inputs, result, page, metrics, store=store, params=params, run=run)
