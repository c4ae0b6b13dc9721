"""The step evaluate as a Kubeflow component."""

from kfp.dsl import HTML, Artifact, Dataset, Input, Metrics, Model, Output, component

from components.images import image


@component(base_image=image("evaluate"), install_kfp_package=False)
def evaluate(
    dataset: Input[Dataset],
    models: Input[Model],
    versions: list[str],
    store: str,
    params: str,
    result: Output[Artifact],
    page: Output[HTML],
    metrics: Output[Metrics],
    run: str = "",
) -> str:
    """Measure the tuned model against the one before it.

    Args:
        dataset: Dataset version with the held-out split.
        models: What train wrote.
        versions: Content hashes of the inputs, since Kubeflow's cache compares parameters and no content.
        store: URI under which the run's data stands; the output goes to ``<store>/evaluate``.
        params: All parameters, as JSON.
        result: The measurements.
        page: The step's report.
        metrics: The step's numbers, which Kubeflow compares across runs.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The content hash of the output.
    """
    from attune.runtime.component import run_component

    inputs = {"dataset": dataset.uri, "models": models.uri}
    return run_component("evaluate", inputs, result, page, metrics, store=store, params=params, run=run)
