"""The result of an inventory, as ``coverage.json`` and as a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attune.reporting.report import Bars, Block, Report, Table, Text, Tile, Tiles
from attune.steps.ingest.families import Expectation, Family, FamilyMap
from attune.steps.ingest.key_masking import KeyMask
from attune.steps.ingest.listing_counts import ListingCounts

_GATE = "coverage"
_MOST_NAMED = 100
_BRING = "Families that are missing or partial. docs/families.md has the fields and an example of each."
_OF_ROWS, _NO_LICENSE = "of each row", "! none named"
_SIGNS = {"present": "✓ present", "partial": "! partial", "missing": "✕ missing"}
_WITHOUT_OBJECTS = frozenset({"derived", "database"})


def coverage(counts: ListingCounts, families: FamilyMap, mask: KeyMask) -> dict[str, Any]:
    """The content of ``coverage.json``: families in the order of the map, everything else by size."""
    mapped, unmapped = sum(counts.mapped.values()), sum(counts.unmapped.values())
    return {
        "objects": counts.objects,
        "bytes": counts.bytes,
        "mapped": mapped,
        "ignored": counts.objects - mapped - unmapped,
        "families": {name: _family(name, counts, families, mask) for name in families.names},
        "without_loader": _without_loader(families),
        "overlaps": [
            {
                "pattern": families.families[first].pattern,
                "family": families.families[first].family,
                "also_matches": families.families[other].pattern,
                "of_family": families.families[other].family,
                "objects": count,
            }
            for (first, other), count in sorted(counts.overlaps.items())
        ],
        "unmapped": {
            "objects": unmapped,
            "bytes": sum(counts.unmapped_bytes.values()),
            "groups": _groups(counts, mask),
        },
    }


def state_of(expected: Expectation, objects: int, size: int) -> str:
    """``present``, ``partial`` or ``missing``; for families without objects of their own: ``derived`` or ``database``."""
    if not objects:
        return "missing" if expected.origin == "objects" else expected.origin
    enough = objects >= expected.minimum_objects and size >= expected.minimum_bytes
    return "present" if enough else "partial"


def _family(name: str, counts: ListingCounts, families: FamilyMap, mask: KeyMask) -> dict[str, Any]:
    entries = [index for index, entry in enumerate(families.families) if entry.family == name]
    objects = sum(counts.mapped[index] for index in entries)
    size = sum(counts.mapped_bytes[index] for index in entries)
    expected = families.expectation(name)
    shown = dict.fromkeys(mask(key) for index in entries for key in counts.examples.get(index, ()))
    return {
        "state": state_of(expected, objects, size),
        "objects": objects,
        "bytes": size,
        "minimum_objects": expected.minimum_objects,
        "minimum_bytes": expected.minimum_bytes,
        "optional": expected.optional,
        "patterns": {families.families[index].pattern: counts.mapped[index] for index in entries},
        "loaders": sorted({loader for index in entries if (loader := families.families[index].loader)}),
        "licenses": sorted({_license(families.families[index]) for index in entries}),
        "about": expected.about,
        "examples": list(shown)[:3],
    }


def _license(entry: Family) -> str:
    """The license of an entry's records, according to the map."""
    if entry.license:
        return entry.license
    return _OF_ROWS if entry.columns is not None and entry.columns.license is not None else _NO_LICENSE


def _without_loader(families: FamilyMap) -> list[str]:
    """Families with objects that no loader reads."""
    unread = {entry.family for entry in families.families if entry.loader is None}
    unread |= {
        name for name in families.names if families.expectation(name).origin == "objects" and not families.readable(name)
    }
    return [name for name in families.names if name in unread]


def _groups(listed: ListingCounts, mask: KeyMask) -> list[dict[str, Any]]:
    counts: Counter[tuple[str, str]] = Counter()
    sizes: Counter[tuple[str, str]] = Counter()
    for group, count in listed.unmapped.items():
        shown = (mask(group[0]), mask(group[1].lower()) or "(none)")
        counts[shown] += count
        sizes[shown] += listed.unmapped_bytes[group]
    ordered = sorted(counts, key=lambda group: (-counts[group], group))
    return [
        {
            "folder": folder or "(top)",
            "extension": extension,
            "objects": counts[folder, extension],
            "bytes": sizes[folder, extension],
        }
        for folder, extension in ordered
    ]


def inventory_report(found: Mapping[str, Any], *, require: bool, params_say: Sequence[str]) -> Report:
    """The report of an inventory."""
    families: Mapping[str, Mapping[str, Any]] = found["families"]
    short = [name for name, family in families.items() if family["state"] in {"missing", "partial"} and not family["optional"]]
    states = Counter(family["state"] for family in families.values())
    unmapped = found["unmapped"]
    lead = (
        f"{found['objects']:,} objects were listed and {found['mapped']:,} of them belong to a family: "
        f"{states['present']} families are present, {states['partial']} partial and {states['missing']} missing. "
        f"{unmapped['objects']:,} objects belong to no family."
    )
    if found["ignored"]:
        lead += f" {found['ignored']:,} are left out: hidden files, and files that the map's `ignore` list names."
    tiles = [
        Tile("objects", "objects", found["objects"]),
        Tile("present", "families present", states["present"], tone="good" if states["present"] else "neutral"),
        Tile("partial", "partial", states["partial"], tone="warning" if states["partial"] else "neutral"),
        Tile("missing", "missing", states["missing"], tone="bad" if states["missing"] else "neutral"),
        Tile("unmapped", "objects of no family", unmapped["objects"], tone="warning" if unmapped["objects"] else "good"),
    ]
    return Report(
        "inventory",
        "Inventory of the object store",
        lead,
        None,
        {**found, "params_differ": list(params_say)},
        [Tiles(tiles), *_family_blocks(families), *_problem_blocks(found, params_say)],
        [_GATE] if require and short else [],
    )


def _family_blocks(families: Mapping[str, Mapping[str, Any]]) -> list[Block]:
    rows = [
        (
            name,
            _SIGNS.get(family["state"], family["state"]),
            family["objects"],
            None if family["state"] in _WITHOUT_OBJECTS else family["minimum_objects"],
            family["bytes"],
            ", ".join(family["loaders"]),
            ", ".join(family["licenses"]),
        )
        for name, family in families.items()
    ]
    note = "Ingest makes derived families from others, and the product's own come from its database; neither has objects."
    counts = {name: float(family["objects"]) for name, family in families.items() if family["objects"]}
    examples = [(name, " · ".join(family["examples"])) for name, family in families.items() if family["examples"]]
    wanted = [
        (name, family["about"] or "–", " or ".join(family["patterns"]) or "no entry in the map yet")
        for name, family in families.items()
        if family["state"] in {"missing", "partial"}
    ]
    blocks: list[Block] = [
        Table("Coverage", ("family", "state", "objects", "needed", "bytes", "loader", "license"), rows, note, "coverage"),
        *([Table("What to bring", ("family", "what it is", "objects named"), wanted, _BRING)] if wanted else []),
        Bars("Objects by family", counts, "objects"),
    ]  # fmt: skip
    if examples:
        note = "Words that may be names are masked as …, digits as #."
        blocks.append(Table("Examples of keys", ("family", "keys"), examples, note, "examples"))
    return blocks


def _problem_blocks(found: Mapping[str, Any], params_say: Sequence[str]) -> list[Block]:
    blocks: list[Block] = []
    if groups := found["unmapped"]["groups"]:
        rows = [(f"{group['folder']} {group['extension']}", group["objects"], group["bytes"]) for group in groups[:_MOST_NAMED]]
        note = "Add an entry to the family map, or a pattern to its `ignore` list."
        if len(groups) > _MOST_NAMED:
            note += f" The {_MOST_NAMED} largest of {len(groups):,} groups."
        blocks.append(
            Table("Objects of no family, by folder and extension", ("where", "objects", "bytes"), rows, note, "unmapped")
        )
    if overlaps := found["overlaps"]:
        rows = [
            (f"{item['pattern']} ({item['family']})", f"{item['also_matches']} ({item['of_family']})", item["objects"])
            for item in overlaps
        ]
        note = "The first matching pattern of the map decides. Make it more specific where it should not match."
        blocks.append(Table("Patterns that overlap", ("decides", "also matches", "objects"), rows, note, "overlaps"))
    if found["without_loader"]:
        names = ", ".join(found["without_loader"])
        blocks.append(
            Text(
                "Families without a loader",
                [f"No loader reads {names}. `attune ingest scaffold FAMILY` writes a first loader, with its test."],
            )
        )
    if params_say:
        blocks.append(Text("Where the run's parameters differ from the map", list(params_say)))
    return blocks
