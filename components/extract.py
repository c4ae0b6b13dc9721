"""The step extract as a Kubeflow component."""

from kfp.dsl import HTML, Dataset, Metrics, Output, component

from components.images import image


@component(base_image=image("extract"), install_kfp_package=False)
def extract(
    database: str,
    versions: list[str],
    store: str,
    params: str,
    result: Output[Dataset],
    page: Output[HTML],
    metrics: Output[Metrics],
    run: str = "",
) -> str:
    """Read the product database, redacting in memory.

    Args:
        database: SQLite file or postgresql:// URL; credentials come from the environment.
        versions: What is read, for Kubeflow's cache: a hash of the file, a watermark or a date.
        store: URI under which the run's data stands; the output goes to ``<store>/extract``.
        params: All parameters, as JSON.
        result: The redacted shard set.
        page: The step's report.
        metrics: The step's numbers, which Kubeflow compares across runs.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The content hash of the output.
    """
    from attune.runtime.component import run_component

    inputs = {"database": database}
    return run_component("extract", inputs, result, page, metrics, store=store, params=params, run=run)
