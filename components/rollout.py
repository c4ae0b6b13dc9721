"""The step rollout as a Kubeflow component."""

from kfp.dsl import HTML, Artifact, Input, Metrics, Model, Output, component

from components.images import image


@component(base_image=image("rollout"), install_kfp_package=False)
def rollout(
    models: Input[Model],
    decision: Input[Artifact],
    versions: list[str],
    store: str,
    params: str,
    result: Output[Artifact],
    page: Output[HTML],
    metrics: Output[Metrics],
    run: str = "",
) -> str:
    """Take the model to users in stages, or back.

    Args:
        models: What train wrote.
        decision: What release wrote.
        versions: Content hashes of the inputs, since Kubeflow's cache compares parameters and no content.
        store: URI under which the run's data stands; the output goes to ``<store>/rollout``.
        params: All parameters, as JSON.
        result: The decision log of the rollout.
        page: The step's report.
        metrics: The step's numbers, which Kubeflow compares across runs.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The content hash of the output.
    """
    from attune.runtime.component import run_component

    inputs = {"models": models.uri, "release": decision.uri}
    return run_component("rollout", inputs, result, page, metrics, store=store, params=params, run=run)
