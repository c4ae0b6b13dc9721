"""Describes a dataset version in Croissant 1.1 (http://mlcommons.org/croissant/1.1), the metadata that dataset tools read.

The description names every file with its hash and says how the columns of the shards are read, so that a loader that knows
Croissant and nothing of Attune gives the records of each split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attune.records.record import SPLITS

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"

_OWN_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject", "fileProperty",
    "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet",
    "references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _OWN_TERMS},
}
_PARQUET, _JSON, _LINES, _MARKDOWN = "application/x-parquet", "application/json", "application/jsonlines", "text/markdown"
_COLUMNS = {
    "record_id": ("sc:Text", "Id of the record, the same in every version."),
    "family": ("sc:Text", "Family of data that the record belongs to."),
    "category": ("sc:Text", "What the record teaches."),
    "source": ("sc:Text", "user_generated, synthetic or expert_curated."),
    "relationship_stage": ("sc:Text", "Stage of the relationship that is spoken of."),
    "complexity": ("sc:Integer", "From 1 to 5."),
    "language": ("sc:Text", "ISO 639-1 code."),
    "quality_score": ("sc:Float", "From 0 to 10."),
    "content_hash": ("sc:Text", "SHA-256 over roles and contents."),
    "split": ("sc:Text", "train, validation or test."),
    "license": ("sc:Text", "License of the record's source."),
    "rejected_response": ("sc:Text", "The answer that the last message was preferred to."),
}


def croissant(
    name: str,
    version: str,
    number: int,
    as_of: datetime | None,
    files: Mapping[str, Mapping[str, Any]],
    licenses: list[str],
) -> dict[str, Any]:
    """The description as a JSON value.

    Args:
        name: the dataset's name.
        version: the version's name, such as ``v1_20261031``.
        number: the number in it: the MAJOR version, which changes when records that were there are taken out.
        as_of: the day of the version.
        files: every file with its ``sha256`` and ``bytes``.
        licenses: of all records together.
    """
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": f"{name} {version}",
        "alternateName": version,
        "description": (
            "Conversations for fine-tuning an assistant, with names and identifiers replaced. "
            "manifest.json beside this file has the hash of every file and the content address of the version."
        ),
        "version": f"{number}.0.0",
        "license": licenses,
        "url": "README.md",
        "isLiveDataset": False,
        "distribution": [*_files(files), *(_file_set(split) for split in SPLITS)],
        "recordSet": [_record_set(split) for split in SPLITS],
    }
    if as_of:
        described["datePublished"] = f"{as_of:%Y-%m-%d}"
    return described


def _files(files: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for name, entry in sorted(files.items()):
        yield {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": name,
            "contentSize": f"{entry['bytes']} B",
            "encodingFormat": _format(name),
            "sha256": entry["sha256"],
        }


def _format(name: str) -> str:
    endings = {"parquet": _PARQUET, "jsonl": _LINES, "md": _MARKDOWN}
    return endings.get(name.rsplit(".", 1)[-1], _JSON)


def _file_set(split: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{split}-shards",
        "name": f"{split}-shards",
        "description": f"Shards of the {split} split.",
        "encodingFormat": _PARQUET,
        "includes": f"{split}/*.parquet",
    }


def _record_set(split: str) -> dict[str, Any]:
    def field(name: str, data_type: str, text: str) -> dict[str, Any]:
        source = {"fileSet": {"@id": f"{split}-shards"}, "extract": {"column": name}}
        path = f"{split}/{name}"
        return {"@type": "cr:Field", "@id": path, "name": path, "description": text, "dataType": data_type, "source": source}

    def part(name: str) -> dict[str, Any]:
        source = {"fileSet": {"@id": f"{split}-shards"}, "extract": {"column": "messages"}, "transform": {"jsonPath": name}}
        path = f"{split}/messages/{name}"
        return {"@type": "cr:Field", "@id": path, "name": path, "dataType": "sc:Text", "source": source}

    fields = [field(name, data_type, text) for name, (data_type, text) in _COLUMNS.items()]
    messages = {
        "@type": "cr:Field",
        "@id": f"{split}/messages",
        "name": f"{split}/messages",
        "description": "Turns of the conversation in their order.",
        "isArray": True,
        "arrayShape": "-1",
        "subField": [part("role"), part("content")],
    }
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "description": f"The records of the {split} split.",
        "key": {"@id": f"{split}/record_id"},
        "field": [*fields, messages],
    }
