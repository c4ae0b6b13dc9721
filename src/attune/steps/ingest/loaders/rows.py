"""What loaders give: rows with the place where they stand, and what is known of one that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from attune.steps.ingest.families import Family
from attune.storage.archives import DamagedArchiveError

# Longer ones are named and passed over, so that a file without line ends does not fill the memory.
LONGEST_LINE = 1 << 24
TOO_LONG = f"is longer than {LONGEST_LINE >> 20} million characters"
WHOLE = "whole file"


@dataclass(frozen=True)
class Loaded:
    """One row of an object. ``place`` is where it stands, such as ``line 12``."""

    place: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """A row that cannot be read, and why; the reason holds nothing of the row."""

    place: str
    reason: str


Row = Loaded | Broken


class Damaged(DamagedArchiveError):  # noqa: N818 - a finding about a file, caught by `load`
    """The rest of an object cannot be read; the message says why, without anything of its text."""


def fitting(place: str, value: Any, family: Family) -> Row:
    """A row of named fields, or what it lacks."""
    if not isinstance(value, dict):
        return Broken(place, "is not a JSON object")
    missing = [name for name in family.needed() if name.split(".")[0] not in value]
    return Broken(place, f"lacks the field {missing[0]}") if missing else Loaded(place, value)
