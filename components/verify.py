"""The step verify as a Kubeflow component."""

from kfp.dsl import HTML, Artifact, Dataset, Input, Metrics, Output, component

from components.images import image


@component(base_image=image("verify"), install_kfp_package=False)
def verify(
    dataset: Input[Dataset],
    versions: list[str],
    store: str,
    params: str,
    result: Output[Artifact],
    page: Output[HTML],
    metrics: Output[Metrics],
    run: str = "",
) -> str:
    """Hold the dataset version against eight gates; a failed gate fails the component.

    Args:
        dataset: Dataset version that compile wrote.
        versions: Content hashes of the inputs, since Kubeflow's cache compares parameters and no content.
        store: URI under which the run's data stands; the output goes to ``<store>/verify``.
        params: All parameters, as JSON.
        result: The evidence of the gates.
        page: The step's report.
        metrics: The step's numbers, which Kubeflow compares across runs.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The content hash of the output.
    """
    from attune.runtime.component import run_component

    inputs = {"dataset": dataset.uri}
    return run_component("verify", inputs, result, page, metrics, store=store, params=params, run=run)
