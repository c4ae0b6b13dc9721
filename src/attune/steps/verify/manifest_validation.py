"""Manifest validation: its form, its own hash, the name of the version, and the files that it may name."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from attune import storage
from attune.config.params import CompileParams
from attune.errors import GateError, UsageError
from attune.records.signature import SignatureState, check_signature
from attune.steps.verify.evidence import Violations, shown

MANIFEST = "manifest.json"
FORMAT, SCHEMA_VERSION = "attune-dataset", "1"
SPLITS = ("train", "validation", "test")
SINGLE_FILES = ("README.md", "compiled.jsonl", "croissant.json", "provenance.jsonl", "schema.json", "statistics.json")
WORDS = ("README.md", "croissant.json", "schema.json", "statistics.json")  # of the single files, those that hold no records
SHARD_LIST = "_shards.json"

_SHARD = re.compile(r"(train|validation|test)/part-\d{5,}\.parquet")
_VERSION = re.compile(r"v([1-9]\d*)_(\d{8})")
_BESIDE = re.compile(
    r"(rejected|quarantined)/.*|report\.(json|html)|plots/[a-z0-9-]+\.json|(lineage|metrics|manifest)\.json|manifest\.json\.sig"
)  # may stand there, no part of the version
_SEAL = re.compile(rb'^\s*"seal":')

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, strict=True)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class ManifestFile(BaseModel):
    """A file that the manifest lists."""

    sha256: Sha256
    bytes: Count
    rows: Count | None = None


class ManifestCounts(BaseModel):
    """The counts in the manifest."""

    model_config = ConfigDict(extra="allow")

    records: Count
    splits: dict[str, Count]


class ManifestPrompt(BaseModel):
    """A prompt that the manifest lists."""

    name: str
    version: str
    sha256: str = Field(description="Of the prompt's file, its beginning.")
    records: Count


class Manifest(BaseModel):
    """A manifest as far as the gates read it; other keys are ignored."""

    model_config = ConfigDict(extra="allow", title="Manifest of an Attune dataset version")

    format: Name
    schema_version: Name
    text_normalization: str | None = Field(
        default=None, description="Version of the text normalization that decided which texts are the same."
    )
    name: Name
    version: Name
    address: Sha256
    as_of: str | None = None
    counts: ManifestCounts
    files: dict[str, ManifestFile]
    params: dict[str, Any] = Field(description="The section compile of params.yaml that the version was made with.")
    code: str | None = None
    parents: list[Any] = Field(default_factory=list)
    licenses: dict[str, dict[str, Count]] = Field(default_factory=dict, description="Records by license and family.")
    made_by: dict[str, Count] = Field(default_factory=dict, description="Records by provenance.made_by.")
    prompts: list[ManifestPrompt] = Field(
        default_factory=list, description="The prompts that provenance.made_by of the records names, with how many name each."
    )
    test_sets: list[Any] = Field(default_factory=list)
    seal: str | None = Field(default=None, description="SHA-256 of this file without the line of the seal.")

    @property
    def aims(self) -> CompileParams:
        """The parameters that the version was compiled with; defaults where the manifest names none."""
        return CompileParams.model_validate({k: v for k, v in self.params.items() if k in CompileParams.model_fields})

    @property
    def rows(self) -> int:
        """Rows of all shards, as the manifest says."""
        return sum(entry.rows or 0 for name, entry in self.files.items() if name.endswith(".parquet"))

    def shards(self, split: str) -> list[str]:
        """Names of the shards of a split."""
        return [name for name in sorted(self.files) if name.startswith(f"{split}/") and _SHARD.fullmatch(name)]


def read_manifest(uri: str) -> tuple[Manifest, bytes]:
    """The manifest of the dataset in the folder ``uri``, and its bytes.

    Raises:
        UsageError: there is none, or none that can be read.
    """
    path = storage.join(uri, MANIFEST)
    if not storage.exists(path):
        raise UsageError(f"{uri}: holds no dataset version ({MANIFEST} is missing); give the folder that attune compile wrote")
    content = storage.read_bytes(path)
    try:
        value = json.loads(content.decode("utf-8"))  # of bytes it would read other encodings
        json.dumps(value, ensure_ascii=False).encode()  # no half of a character
    except (ValueError, RecursionError):
        raise UsageError(f"{path}: is not valid JSON in UTF-8; download the dataset again") from None
    if not isinstance(value, dict) or not isinstance(value.get("files"), dict):
        raise UsageError(f"{path}: is no manifest of a dataset version (it lists no files); see docs/dataset-format.md")
    try:
        manifest = Manifest.model_validate(value)
        _ = manifest.aims
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path}: {where}: {first['msg']}; see docs/dataset-format.md") from None
    return manifest, content


def seal_of(content: bytes) -> str:
    """SHA-256 of a manifest's lines without the one that holds the seal."""
    return hashlib.sha256(b"".join(line for line in content.splitlines(keepends=True) if not _SEAL.match(line))).hexdigest()


def validate_manifest(uri: str, manifest: Manifest, content: bytes, violations: Violations) -> None:
    """Check what the manifest says of itself and which files it names, without reading the files."""
    if manifest.seal != seal_of(content):
        violations.add("manifest differs from its seal", MANIFEST, "" if manifest.seal else "it has none")
    if manifest.format != FORMAT or manifest.schema_version != SCHEMA_VERSION:
        violations.add("format is another one", MANIFEST, f"{shown(manifest.format)} {shown(manifest.schema_version)}")
    listed = "".join(f"{entry.sha256}  {name}\n" for name, entry in sorted(manifest.files.items()))
    if hashlib.sha256(listed.encode()).hexdigest() != manifest.address:
        violations.add("content address does not follow from the files", MANIFEST)
    _check_version(manifest, violations)
    for name in sorted(manifest.files):
        if not is_of_the_format(name):
            violations.add("file is not of the format", name)
    for name in (*SINGLE_FILES, *(f"{split}/{SHARD_LIST}" for split in SPLITS)):
        if name not in manifest.files:
            violations.add("file is missing", name, f"{MANIFEST} does not list it")
    for name in sorted({*storage.walk(uri), *_odd_entries(uri)}):
        if name not in manifest.files and not _BESIDE.fullmatch(name):
            violations.add("file is not in the manifest", name)


def validate_signature(uri: str, content: bytes, violations: Violations, *, required: bool) -> SignatureState | None:
    """Check the manifest's signature; None where it does not fit.

    Args:
        uri: of the version.
        content: of the manifest.
        violations: gets what is wrong.
        required: whether a signature that cannot be checked is a violation.
    """
    try:
        state = check_signature(storage.join(uri, MANIFEST), content, required=False)
    except GateError:
        violations.add("signature of the manifest does not fit", MANIFEST)
        return None
    if required and state is not SignatureState.CHECKED:
        violations.add("manifest has no signature that could be checked", MANIFEST, state.value)
    return state


def _odd_entries(uri: str) -> Iterator[str]:
    """Names of what is neither file nor folder (pipes, links to nothing), and of links to folders, which others may follow."""
    if storage.is_remote(uri):
        return
    root = storage.local_path(uri)
    for entry in root.rglob("*"):
        name = entry.relative_to(root).as_posix()
        if not entry.is_file() and (entry.is_symlink() or not entry.is_dir()) and not f"/{name}".count("/."):
            yield name


def is_of_the_format(name: str) -> bool:
    """Whether a dataset version may hold a file of this name. Any other is never opened: it could lie outside the folder."""
    in_split = name in {f"{split}/{SHARD_LIST}" for split in SPLITS}
    return name in SINGLE_FILES or in_split or _SHARD.fullmatch(name) is not None


def _check_version(manifest: Manifest, violations: Violations) -> None:
    """The name is ``v<number>_<date>``, from ``compile.version`` and ``as_of``."""
    day = _day(manifest.as_of)
    found = _VERSION.fullmatch(manifest.version)
    stated = manifest.params.get("version")
    if found is None or found[2] != day or (stated is not None and str(stated) != found[1]):
        known = "" if manifest.as_of else " (the manifest has no as_of)"
        expected = f"v{shown(stated or 'N')}_{day or 'DAY, as_of is none'}"
        violations.add(
            "version name does not follow from the manifest",
            MANIFEST,
            f"{shown(manifest.version)} instead of {expected}{known}",
        )


def _day(as_of: str | None) -> str | None:
    """The day of ``as_of`` as a version is named by it; None when there is no such day."""
    try:
        return f"{date.fromisoformat((as_of or '1970-01-01')[:10]):%Y%m%d}"
    except ValueError:
        return None


def shard_list(content: bytes) -> Mapping[str, tuple[int, str]] | None:
    """Name -> (rows, sha256) of the shards that a ``_shards.json`` lists; None when it cannot be read or names one twice."""
    try:
        listed = json.loads(content.decode("utf-8"))["shards"]
        found = {str(entry["name"]): (int(entry["rows"]), str(entry["sha256"])) for entry in listed}
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return found if len(found) == len(listed) else None


def other_files(content: bytes, manifest: Manifest) -> Iterator[str]:
    """What a Croissant description says of files that the manifest does not say, and the files of which it says nothing."""
    try:
        described = json.loads(content.decode("utf-8"))
        entries = [entry for entry in described.get("distribution", []) if entry.get("contentUrl") and entry.get("sha256")]
        stated = {str(entry["contentUrl"]): str(entry["sha256"]) for entry in entries}
    except (ValueError, AttributeError, TypeError, RecursionError):
        yield "cannot be read"
        return
    if _VERSION.fullmatch(str(described.get("alternateName"))) and described["alternateName"] != manifest.version:
        yield f"it is of {shown(described['alternateName'])}"
    for name, digest in sorted(stated.items()):
        if name not in manifest.files or manifest.files[name].sha256 != digest:
            yield shown(name)
    for name in sorted(set(manifest.files) - {"croissant.json"} - set(stated)):
        yield f"{shown(name)} is not described"
