"""``attune retention``: plan and apply retention, retrieve from the archive, and set a bucket's lifecycle rules."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attune.cli.options import Overrides, ParamFiles, new_app

if TYPE_CHECKING:
    from attune.config.params import RetentionParams
    from attune.governance.retention import RetentionItem

app = new_app("Archive and remove what has passed its retention period; retrieve from the archive.")

_Locations = Annotated[str, typer.Option("--locations", help="File that names the data locations.")]
_AsOf = Annotated[str, typer.Option("--as-of", metavar="DATE", help="Reference date for ages; empty: today.")]
_FILE = "sources/data_locations.yaml"


@app.command("plan")
def plan_command(
    locations: _Locations = _FILE, params: ParamFiles = None, overrides: Overrides = None, as_of: _AsOf = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:  # fmt: skip
    """Say what `attune retention apply` would do, and why. Changes nothing."""
    from attune.governance.data_locations import load_locations
    from attune.governance.retention import plan

    found = plan(load_locations(locations), _load(params, overrides), _moment(as_of))
    if as_json:
        typer.echo(json.dumps({"items": [vars(item) for item in found.items], "kept_for_ever": found.forever}, indent=2))
        return
    for item in found.items:
        _say(item)
    typer.echo(
        f"{len(found.due)} of {len(found.items)} items are due; {found.forever} evaluations, test sets and versions stay"
    )


@app.command("apply")
def apply_command(
    locations: _Locations = _FILE, params: ParamFiles = None, overrides: Overrides = None, as_of: _AsOf = ""
) -> None:
    """Archive and remove what is due; after a kill, run it again."""
    from attune.governance.data_locations import load_locations
    from attune.governance.retention import apply

    done = apply(load_locations(locations), _load(params, overrides), _moment(as_of))
    for item in done:
        _say(item)
    typer.echo(f"{len(done)} items done")


@app.command("retrieve")
def retrieve_command(
    item: Annotated[str, typer.Argument(help="Name of the item, as `attune retention plan` lists it.")],
    output: Annotated[str, typer.Option("--output", "-o", help="Folder that does not exist yet.")],
    reason: Annotated[str, typer.Option(prompt="Why is it needed", help="Why; it is written to the audit trail.")],
    locations: _Locations = _FILE,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Take an item out of the archive; the reason is asked for and recorded."""
    from attune.errors import UsageError
    from attune.governance.data_locations import load_locations
    from attune.governance.retention import retrieve

    named, archive = load_locations(locations), _load(params, overrides).archive_location
    if archive not in named:
        raise UsageError(f"retention.archive_location: {archive} is not in {locations}; allowed are {', '.join(named)}")
    rows = retrieve(named[archive], item, reason, output)
    typer.echo(f"{item}: {rows:,} rows in {output}; the reason is in the audit trail")


@app.command("lifecycle")
def lifecycle_command(
    bucket: Annotated[str, typer.Option(help="Name of the bucket.")],
    apply: Annotated[bool, typer.Option("--apply", help="Put the rules on the bucket instead of printing them.")] = False,
    locations: _Locations = _FILE,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Print the lifecycle rules of a bucket, made from the same parameters, or apply them."""
    from attune.governance.data_locations import load_locations
    from attune.governance.retention import lifecycle
    from attune.runtime import audit_trail
    from attune.storage.s3 import set_lifecycle

    rules = lifecycle(load_locations(locations), _load(params, overrides), bucket)
    if not apply:
        typer.echo(json.dumps(rules, indent=2))
        return
    audit_trail.record("retention.lifecycle", f"s3://{bucket}", rules=[rule["ID"] for rule in rules["Rules"]])
    set_lifecycle(bucket, rules)
    typer.echo(f"s3://{bucket}: {len(rules['Rules'])} rules")


def _say(item: RetentionItem) -> None:
    typer.echo(f"{item.action:<8} {item.kind}  {item.name}  ({item.why})")


def _moment(as_of: str) -> datetime:
    from attune.errors import UsageError

    try:
        moment = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    except ValueError:
        raise UsageError(f"--as-of {as_of}: must look like 2026-11-30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _load(files: list[Path] | None, overrides: list[str] | None) -> RetentionParams:
    from attune.config.params import load_params

    default = Path("params.yaml")
    return load_params([*([default] if default.exists() else []), *(files or [])], overrides or []).retention
