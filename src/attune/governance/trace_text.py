"""A trace as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def record_text(trace: Mapping[str, Any]) -> str:
    """The path of a record, from the source row to the models."""
    source = trace["source"]
    lines = [
        f"record {trace['record_id']}",
        f"  came from {source['origin']}, row {source['locator']}, made by {source['made_by']}",
        f"  person {source['subject_id'] or 'nobody (published or synthetic)'}, conversation {source['conversation_id']}",
        f"  content {source['content_hash']}",
        "",
    ]
    for step in trace["steps"]:
        lines += _step(step)
    for version in trace["datasets"]:
        why = f" ({version['why']})" if version["why"] else ""
        lines += [
            f"dataset {version['name']} {version['version']}: {version['split']}{why}",
            f"  {version['uri']}/{version['shard']}, row {version['row_number']}",
            f"  content address {version['address']}",
            f"  code {version['lineage']['code']}, {_follows(version)}",
        ]
    lines += _models("learned from it", trace["models"]) + _models("was measured on it", trace["measured_on_it"])
    return "\n".join(lines)


def subject_text(trace: Mapping[str, Any]) -> str:
    """What holds something of a person."""
    lines = [f"{trace['subject']}: {trace['records']:,} records of {trace['conversations']:,} conversations", ""]
    lines += [
        f"{item['step']} ({item['fate']}): {item['records']:,} records{_shared(item)} in {item['uri']}"
        for item in trace["snapshots"]
    ]
    for version in trace["datasets"]:
        splits = ", ".join(f"{count:,} in {split}" for split, count in version["splits"].items())
        lines.append(f"dataset {version['name']} {version['version']}: {splits}{_shared(version)}; {version['uri']}")
    for tests in trace["test_sets"]:
        sets = ", ".join(f"{count:,} in {name}" for name, count in tests["sets"].items())
        lines.append(f"frozen test sets: {sets}; {tests['uri']}")
    lines += [f"{item['uri']}: holds something of theirs" for item in trace["files"]]
    lines += _models("learned from it", trace["models"]) + _models("was measured on it", trace["measured_on_it"])
    lines += _models("was trained on a version that is in no place, so nobody can tell", trace["cannot_tell"])
    if trace["absent_places"]:
        lines.append(f"places that do not exist: {', '.join(trace['absent_places'])}")
    if not any(trace[name] for name in ("snapshots", "datasets", "test_sets", "files")):
        lines.append("nothing in the places holds anything of this person")
    return "\n".join(lines)


def _step(step: Mapping[str, Any]) -> Iterator[str]:
    why = f" ({step['why']})" if step["why"] else ""
    yield f"{step['step']}: {step['fate']}{why}"
    yield f"  {step['uri']}/{step['shard']}, row {step['row_number']}"
    if step["stands_for"]:
        yield f"  stands for {step['stands_for']:,} duplicates that were removed"
    lineage = step["lineage"]
    if lineage is None:
        yield "  no lineage.json: an earlier Attune wrote it"
        return
    yield f"  code {lineage['code']}, seed {lineage['seed']}, {_follows(step)}"
    for name, fingerprint in lineage["files"].items():
        yield f"  {name} {fingerprint}"
    for section, values in lineage["params"].items():
        said = ", ".join(f"{name}={value}" for name, value in values.items() if not isinstance(value, dict | list))
        yield f"  {section}: {said}"


def _follows(step: Mapping[str, Any]) -> str:
    return {
        None: "reads a source outside of the places",
        True: "made from the output above it",
        False: "made from an input that has changed or gone since",
    }[step["follows"]]


def _models(what: str, models: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for model in models:
        kind = "model" if model["registered"] else "training job"
        retrain = "; must be trained anew" if model["retrain_required"] else ""
        said = f" ({model['decision']})" if model["decision"] else ""
        code = f", code {model['code']}" if model["code"] else ""
        lines.append(f"{kind} {model['name']}{said} {what}: stages {', '.join(model['stages'])}{code}{retrain}")
    return lines


def _shared(item: Mapping[str, Any]) -> str:
    return f" ({item['shared']:,} of them of others in the same conversation)" if item["shared"] else ""
