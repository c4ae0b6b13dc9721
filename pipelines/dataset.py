"""From a product database and object-store families, or from the families alone, to a verified dataset version."""

from typing import NamedTuple

from components.compile import compile as compile_dataset
from components.dedupe import dedupe
from components.erased import erased
from components.extract import extract
from components.ingest import ingest
from components.score import score
from components.verify import verify
from kfp.dsl import Dataset, PipelineTask, pipeline
from kfp.dsl.pipeline_channel import PipelineParameterChannel


class DatasetOutputs(NamedTuple):
    """The dataset version, its content hash, and the hash of the evidence that it passed the gates."""

    dataset: Dataset
    version: str
    gates: str


def _list_of_erased(around: dict[str, str]) -> PipelineParameterChannel:
    """The digest of the list of the erased, read anew in every run: a step that obeys the list finds nothing older cached."""
    return erased(store=around["store"], params=around["params"]).set_caching_options(False).output


def _version_of(scored: PipelineTask, listed: PipelineParameterChannel, around: dict[str, str]) -> DatasetOutputs:
    """From what score wrote to a verified dataset version."""
    deduped = dedupe(scored=scored.outputs["result"], versions=[scored.outputs["Output"], listed], **around)
    compiled = compile_dataset(deduped=deduped.outputs["result"], versions=[deduped.outputs["Output"], listed], **around)
    verified = verify(dataset=compiled.outputs["result"], versions=[compiled.outputs["Output"]], **around)
    return DatasetOutputs(
        dataset=compiled.outputs["result"], version=compiled.outputs["Output"], gates=verified.outputs["Output"]
    )


@pipeline(name="attune-dataset", description="Extract, redact, score, deduplicate, compile and verify a dataset version.")
def dataset(
    database: str,
    database_version: str,
    roots: list[str],
    roots_version: str,
    store: str,
    params: str,
    run: str = "",
) -> DatasetOutputs:
    """Make one dataset version.

    Args:
        database: SQLite file or postgresql:// URL.
        database_version: What of it is read: a hash of the file, a watermark or a date.
        roots: Folders or s3:// URIs with the families' objects.
        roots_version: Content hash of the objects.
        store: URI under which the run's data stands.
        params: All parameters, as JSON.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The dataset version; only one that passed all gates.
    """
    around = {"store": store, "params": params, "run": run}
    listed = _list_of_erased(around)
    product = extract(database=database, versions=[database_version, listed], **around)
    families = ingest(roots=roots, versions=[roots_version, listed], **around)
    scored = score(
        product=product.outputs["result"],
        families=families.outputs["result"],
        versions=[product.outputs["Output"], families.outputs["Output"], listed],
        **around,
    )
    return _version_of(scored, listed, around)


@pipeline(name="attune-dataset-from-files", description="The same where there is no database: ingest takes the place of both.")
def dataset_from_files(roots: list[str], roots_version: str, store: str, params: str, run: str = "") -> DatasetOutputs:
    """Make one dataset version of files alone.

    Args:
        roots: Folders or s3:// URIs with the families' objects.
        roots_version: Content hash of the objects.
        store: URI under which the run's data stands.
        params: All parameters, as JSON.
        run: Folder of the run on this machine, for progress; empty on a cluster.

    Returns:
        The dataset version; only one that passed all gates.
    """
    around = {"store": store, "params": params, "run": run}
    listed = _list_of_erased(around)
    families = ingest(roots=roots, versions=[roots_version, listed], **around)
    scored = score(families=families.outputs["result"], versions=[families.outputs["Output"], listed], **around)
    return _version_of(scored, listed, around)
