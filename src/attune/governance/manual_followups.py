"""What an erasure cannot do itself and names in its record, with the reason: to be done by hand."""

from __future__ import annotations

from collections.abc import Mapping

from attune import storage
from attune.governance.contents import is_sealed
from attune.governance.data_locations import Inventory
from attune.governance.residual_data import is_searched


def left_to_do(places: Mapping[str, str], inventory: Inventory, retrain: bool) -> list[dict[str, str]]:
    """What is left to do after an erasure of these places, and why.

    Args:
        places: by name.
        inventory: what lies in them.
        retrain: whether models learned from the person.
    """
    found = [("the product's database and the objects that ingest reads", "they are only read; erase the person there too")]
    if retrain:
        found.append(("the models under `retrain`", "weights hold what was learned; train them anew, then delete the old ones"))
    weights = sum(not is_searched(uri) for _, uri in inventory.files)
    if weights:
        found.append((f"{weights:,} files of weights", "no text can be found in them; delete those of models under `retrain`"))
    sealed = sum(is_searched(uri) and is_sealed(uri) for _, uri in inventory.files)
    if sealed:
        found.append(
            (f"{sealed:,} files that cannot be looked into", "encrypted, or of a kind such as 7z, PDF or DuckDB; look yourself")
        )
    if any(_under_dvc(uri) for uri in places.values()):
        found.append(("the DVC cache, its remote, and other clones", "they keep old versions; dvc add, dvc push, dvc gc"))
    found += [
        (f"old versions of objects under {uri}", "a bucket with versions keeps them; attune erasure purge-versions")
        for uri in places.values()
        if uri.startswith("s3://")
    ]
    made = [item.dataset.manifest for item in inventory.datasets if item.dataset.manifest.get("supersedes")]
    if made:
        number = max(int(manifest["params"]["version"]) for manifest in made)
        found.append(("compile.version", f"set it to {number} or more, or the next version is called as one that was replaced"))
    found += [(f"the place {name}", "it was not there and was not searched") for name in inventory.absent]
    return [{"what": what, "why": why} for what, why in found]


def _under_dvc(uri: str) -> bool:
    if storage.is_remote(uri):
        return False
    path = storage.local_path(uri).resolve()
    return any((folder / ".dvc").is_dir() for folder in (path, *path.parents))
