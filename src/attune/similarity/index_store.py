"""The files of a band index: Parquet segments named by their content, and one ``_index.json`` that names and hashes them.

The description is written last and at once, so the index is what it was before or what it is after, whenever a writer is
killed. The next writer removes files that it does not name. A file has a row for each record:

=====================================  ==========================================================================
``record_id``                          the record
``content_hash_high``, ``…_low``       first 128 bits of its content hash, as two numbers
``quality_score``, ``length``          what the keep strategies compare
``band_00`` …                          its band hashes; zero where its text is too short to be compared
``fingerprints``                       the set of its n-grams: what an exact Jaccard similarity needs
=====================================  ==========================================================================

It holds no text, but a guessed sentence can be tested against it, so protect it like the records themselves.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from attune import storage
from attune.config.params import DedupeParams
from attune.errors import RunError, UsageError
from attune.records.shards import json_bytes
from attune.similarity.shingles import FINGERPRINT_BITS
from attune.storage.parquet import open_parquet
from attune.text.normalization import NORMALIZATION_VERSION

DESCRIPTION = "_index.json"
FORMAT = "attune-band-index"
FORMAT_VERSION = 2  # 1 took emoji for words

_SETTINGS = ("threshold", "keep", "shingle_words", "permutations", "bands", "min_words")
_ROW_GROUP = 2_048  # of a comparison only the row groups with candidates give their fingerprints


@dataclass(frozen=True)
class IndexFile:
    """One Parquet file of a segment."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Segment:
    """What one batch added."""

    batch: str
    files: tuple[IndexFile, ...]


@dataclass(frozen=True)
class BandIndex:
    """What ``_index.json`` says, and where it stands; without segments when there is none yet."""

    uri: str
    settings: Mapping[str, Any]
    segments: tuple[Segment, ...] = ()

    @property
    def rows(self) -> int:
        """Records of all segments together."""
        return sum(file.rows for segment in self.segments for file in segment.files)

    def before(self, batch: str) -> BandIndex:
        """The index as it was when ``batch`` came: without that batch and those after it."""
        known = [segment.batch for segment in self.segments]
        return replace(self, segments=self.segments[: known.index(batch)]) if batch in known else self

    def holds(self, batch: str) -> bool:
        """Whether ``batch`` is in it."""
        return any(segment.batch == batch for segment in self.segments)

    def with_segment(self, segment: Segment) -> BandIndex:
        """The index with ``segment`` at the end, or in the place of the segment of the same batch."""
        if not self.holds(segment.batch):
            return replace(self, segments=(*self.segments, segment))
        return replace(self, segments=tuple(segment if own.batch == segment.batch else own for own in self.segments))

    def files(self) -> Iterator[IndexFile]:
        """All files, in the order of the batches."""
        for segment in self.segments:
            yield from segment.files


def settings_of(params: DedupeParams) -> dict[str, Any]:
    """The parameters that an index depends on."""
    return {name: getattr(params, name) for name in _SETTINGS} | {
        "fingerprint_bits": FINGERPRINT_BITS,
        "text_normalization": NORMALIZATION_VERSION,
    }


def open_index(uri: str, params: DedupeParams | None = None) -> BandIndex:
    """Open the index at ``uri``; with ``params`` an index that is not there yet is empty, and another one's is refused.

    Raises:
        UsageError: there is none and no ``params`` to begin one with, it was made with other parameters, or it is no index.
    """
    path = storage.join(uri, DESCRIPTION)
    if not storage.exists(path):
        if params is None:
            raise UsageError(f"{uri}: holds no band index ({DESCRIPTION} is missing); `attune dedupe --index` makes one")
        return BandIndex(uri, settings_of(params))
    try:
        description = storage.parse_json(storage.read_bytes(path))
        found = (description["format"], description["version"])
        segments = tuple(
            Segment(str(item["batch"]), tuple(_index_file(uri, path, file) for file in item["files"]))
            for item in description["segments"]
        )
        settings = dict(description["settings"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: is not the description of a band index ({type(error).__name__}: {error})") from None
    if found != (FORMAT, FORMAT_VERSION):
        raise UsageError(f"{path}: is {found[0]} {found[1]}, this Attune reads {FORMAT} {FORMAT_VERSION}; build a new index")
    if params is not None:
        _check_settings(uri, settings, settings_of(params))
    return BandIndex(uri, settings, segments)


def _index_file(uri: str, path: str, value: Mapping[str, Any]) -> IndexFile:
    """A file that a description names. Raises UnsafeNameError when it does not lie directly beside the description."""
    storage.member(uri, value["name"], path, plain=True)
    storage.checked_sha256(value["sha256"], path)
    return IndexFile(**value)


def _check_settings(uri: str, built: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    other = [
        f"{'dedupe.' * (name in _SETTINGS)}{name} = {built.get(name)!r}, this run has {value!r}"
        for name, value in asked.items()
        if built.get(name) != value
    ]
    if other:
        raise UsageError(
            f"{uri}: the band index was built with {'; '.join(other)}. What it holds cannot be compared with that: set the "
            "parameter as it was, or build another index from all batches"
        )


def commit(index: BandIndex, opened: BandIndex) -> None:
    """Make ``index`` what stands at its URI, and remove every file that it does not name.

    Args:
        index: the new state; its files are written.
        opened: the state that it was made from.

    Raises:
        RunError: someone else changed the index in the meantime.
    """
    path = storage.join(index.uri, DESCRIPTION)
    content = _description(index)
    now = storage.read_bytes(path) if storage.exists(path) else None
    expected = {content, _description(opened)} | (set() if opened.segments else {None})
    if now not in expected:
        raise RunError(f"{index.uri}: another run changed this band index meanwhile; one at a time may write to it. Run again")
    if now != content:
        storage.write_bytes(path, content)
    known = {file.name for file in index.files()}
    for name in storage.list_files(index.uri):
        if storage.is_temporary(name) or (name.endswith(".parquet") and name not in known):
            storage.remove(storage.join(index.uri, name))


def _description(index: BandIndex) -> bytes:
    return json_bytes(
        {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "settings": dict(index.settings),
            "rows": index.rows,
            "segments": [asdict(segment) for segment in index.segments],
        }
    )


def band_names(count: int) -> list[str]:
    """The columns of the band hashes."""
    return [f"band_{number:02d}" for number in range(count)]


def write_file(uri: str, table: pa.Table) -> IndexFile:
    """Write one file of a segment; its name is the beginning of its hash."""
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=1,
        use_dictionary=False,
        column_encoding={"fingerprints.list.element": "BYTE_STREAM_SPLIT"},
        row_group_size=_ROW_GROUP,
    )
    content = sink.getvalue()
    sha256 = storage.sha256_bytes(content)
    name = f"{sha256[:32]}.parquet"
    storage.write_bytes(storage.join(uri, name), content)
    return IndexFile(name, table.num_rows, sha256)


def open_file(uri: str, file: IndexFile) -> pq.ParquetFile:
    """A file of the index, after checking its hash.

    Raises:
        RunError: it is missing or not what the description promises.
    """
    path = storage.join(uri, file.name)
    try:
        content = storage.read_bytes(path)
    except UsageError as error:
        raise RunError(f"{error} ({DESCRIPTION} promises it); build the index anew from all batches") from None
    if storage.sha256_bytes(content) != file.sha256:
        raise RunError(f"{path}: its bytes are not those that {DESCRIPTION} promises; build the index anew from all batches")
    return open_parquet(content)


def read_row_groups(opened: pq.ParquetFile, rows: Sequence[int], columns: Sequence[str]) -> pa.Table:
    """``columns`` of ``rows`` (sorted), reading no row group without any of them."""
    groups = sorted({row // _ROW_GROUP for row in rows})
    place = {group: number for number, group in enumerate(groups)}
    table = opened.read_row_groups(groups, list(columns), use_threads=False)
    return table.take(pa.array([place[row // _ROW_GROUP] * _ROW_GROUP + row % _ROW_GROUP for row in rows], pa.int64()))
