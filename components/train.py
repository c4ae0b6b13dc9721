"""The step train as a Kubeflow component."""

from kfp.dsl import HTML, Dataset, Input, Metrics, Model, Output, component

from components.images import image


@component(base_image=image("train"), install_kfp_package=False)
def train(
    dataset: Input[Dataset],
    versions: list[str],
    store: str,
    params: str,
    result: Output[Model],
    page: Output[HTML],
    metrics: Output[Metrics],
    run: str = "",
) -> str:
    """Train the curriculum.

    Args:
        dataset: Dataset version that compile wrote and verify passed.
        versions: Content hashes of the inputs, since Kubeflow's cache compares parameters and no content.
        store: URI under which the run's data stands; the output goes to ``<store>/train``.
        params: All parameters, as JSON.
        result: Base, stages, adapter and merged model.
        page: The step's report.
        metrics: The step's numbers, which Kubeflow compares across runs.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The content hash of the output.
    """
    from attune.runtime.component import run_component

    inputs = {"dataset": dataset.uri}
    return run_component("train", inputs, result, page, metrics, store=store, params=params, run=run)
