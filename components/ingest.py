"""The step ingest as a Kubeflow component."""

from kfp.dsl import HTML, Dataset, Metrics, Output, component

from components.images import image


@component(base_image=image("ingest"), install_kfp_package=False)
def ingest(
    roots: list[str],
    versions: list[str],
    store: str,
    params: str,
    result: Output[Dataset],
    page: Output[HTML],
    metrics: Output[Metrics],
    run: str = "",
) -> str:
    """Read object-store families, redacting in memory.

    Args:
        roots: Folders or s3:// URIs with the families' objects.
        versions: Content hashes of the objects, for Kubeflow's cache.
        store: URI under which the run's data stands; the output goes to ``<store>/ingest``.
        params: All parameters, as JSON.
        result: The redacted shard set.
        page: The step's report.
        metrics: The step's numbers, which Kubeflow compares across runs.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The content hash of the output.
    """
    from attune.runtime.component import run_component

    inputs = {"roots": roots}
    return run_component("ingest", inputs, result, page, metrics, store=store, params=params, run=run)
