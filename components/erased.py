"""The digest of the list of the erased as a Kubeflow component: no step, but what makes the cache see the list."""

from kfp.dsl import component

from components.images import image


@component(base_image=image("ingest"), install_kfp_package=False)
def erased(store: str, params: str) -> str:
    """Read who was erased; run it without the cache, and give what it returns to the ``versions`` of what leaves them out.

    Args:
        store: URI under which the run's data stands.
        params: All parameters, as JSON.

    Returns:
        A digest of the list; empty where nobody was erased.
    """
    from attune.runtime.component import erased_version

    return erased_version(store, params)
