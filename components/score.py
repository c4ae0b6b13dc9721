"""The step score as a Kubeflow component."""

from typing import Optional

from kfp.dsl import HTML, Dataset, Input, Metrics, Output, component

from components.images import image


@component(base_image=image("score"), install_kfp_package=False)
def score(
    families: Input[Dataset],
    versions: list[str],
    store: str,
    params: str,
    result: Output[Dataset],
    page: Output[HTML],
    metrics: Output[Metrics],
    product: Optional[Input[Dataset]] = None,  # noqa: UP045 - Kubeflow knows an optional artifact by this spelling alone
    run: str = "",
) -> str:
    """Score quality and leave out what must not be learned from.

    Args:
        families: Shard set that ingest wrote.
        versions: Content hashes of the inputs, since Kubeflow's cache compares parameters and no content.
        store: URI under which the run's data stands; the output goes to ``<store>/score``.
        params: All parameters, as JSON.
        result: The scored shard set.
        page: The step's report.
        metrics: The step's numbers, which Kubeflow compares across runs.
        product: Shard set that extract wrote; none where there is no database.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The content hash of the output.
    """
    from attune.runtime.component import run_component

    inputs = {"inputs": [each.uri for each in (product, families) if each]}
    return run_component("score", inputs, result, page, metrics, store=store, params=params, run=run)
