"""The step compile as a Kubeflow component."""

from kfp.dsl import HTML, Dataset, Input, Metrics, Output, component

from components.images import image


@component(base_image=image("compile"), install_kfp_package=False)
def compile(  # noqa: A001 - the step's one name
    deduped: Input[Dataset],
    versions: list[str],
    store: str,
    params: str,
    result: Output[Dataset],
    page: Output[HTML],
    metrics: Output[Metrics],
    run: str = "",
) -> str:
    """Assign splits and write the dataset version.

    Args:
        deduped: Shard set that dedupe wrote.
        versions: Content hashes of the inputs, since Kubeflow's cache compares parameters and no content.
        store: URI under which the run's data stands; the output goes to ``<store>/compile``.
        params: All parameters, as JSON.
        result: The dataset version.
        page: The step's report.
        metrics: The step's numbers, which Kubeflow compares across runs.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The content hash of the output.
    """
    from attune.runtime.component import run_component

    inputs = {"inputs": [deduped.uri]}
    return run_component("compile", inputs, result, page, metrics, store=store, params=params, run=run)
