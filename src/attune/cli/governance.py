"""The rights of the people in the data, on the command line: trace, erase, and export a person's data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from attune.cli.options import Overrides, ParamFiles, load, new_app
from attune.errors import UsageError
from attune.runtime import audit_trail

if TYPE_CHECKING:
    from attune.governance.data_locations import LocationInventory

Subject = Annotated[str, typer.Option("--subject", metavar="TOKEN", help="The person's token, such as user_4xk….")]
UserId = Annotated[
    str, typer.Option("--user-id", metavar="ID", help="The person's id in the product; the token is made with the subject key.")
]
LocationsFile = Annotated[
    str, typer.Option("--locations", help="File that names every location that may hold data of a person.")
]
Records = Annotated[str, typer.Option("--records", help="Folder of the signed records and of the list of erased people.")]


def trace(
    record: Annotated[str, typer.Argument(help="Id of a record: prints its path from the source row to the models.")] = "",
    subject: Subject = "",
    user_id: UserId = "",
    dataset: Annotated[str, typer.Option(help="Only versions of this name, version, address or folder.")] = "",
    locations: LocationsFile = "sources/data_locations.yaml",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Trace a record back to its source, or a person forward to datasets and models."""
    import json

    from attune.governance.data_locations import load_locations, take_inventory
    from attune.governance.person import subject_token
    from attune.governance.residual_data import answer_keys
    from attune.governance.trace import record_text, subject_text, trace_record, trace_subject

    if bool(record) == bool(subject or user_id):
        raise UsageError("attune trace: name either a record id, or a person by --subject or --user-id")
    inventory = take_inventory(load_locations(locations))
    _say_what_is_not_searched(inventory)
    if record:
        audit_trail.record("trace.record", audit_trail.digest(record))
        found, text = trace_record(inventory, record, dataset), record_text
    else:
        person = subject_token(subject, user_id)
        audit_trail.record("trace.subject", audit_trail.digest(person))
        found, text = trace_subject(inventory, person, answer_keys(load(params, overrides))), subject_text
    typer.echo(json.dumps(found, indent=2, sort_keys=True, default=str) if as_json else text(found))


def erase(
    reason: Annotated[str, typer.Option(help="Why; it is written to the record and the audit trail.")],
    subject: Subject = "",
    user_id: UserId = "",
    reapply: Annotated[bool, typer.Option("--reapply", help="Re-apply earlier erasures, after a backup was restored.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done; change nothing.")] = False,
    locations: LocationsFile = "sources/data_locations.yaml",
    records: Records = "erasures",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Erase a person everywhere and write a signed record of it.

    Dataset versions that hold the person are made anew without them, and models to retrain are named. Exit code 4 when no
    location holds anything of theirs.
    """
    from attune.cli.erasure import run_erasure

    loaded = load(params, overrides)
    run_erasure(subject, user_id, reason, locations, records, loaded, reapply=reapply, dry_run=dry_run)


def export_subject(
    output: Annotated[str, typer.Option("--output", "-o", help="A .zip file, or a folder, that does not exist yet.")],
    subject: Subject = "",
    user_id: UserId = "",
    reason: Annotated[str, typer.Option(help="Why; it is written to the audit trail.")] = "request of the person",
    locations: LocationsFile = "sources/data_locations.yaml",
) -> None:
    """Export a person's data.

    All their records and notes, as JSON with a plain explanation.
    """
    from attune.governance.data_locations import load_locations, take_inventory
    from attune.governance.person import subject_token
    from attune.governance.portability import collect, write

    person = subject_token(subject, user_id)
    audit_trail.record("export.subject", audit_trail.digest(person), reason)
    inventory = take_inventory(load_locations(locations))
    _say_what_is_not_searched(inventory)
    files = collect(inventory, person)
    write(files, output)
    typer.echo(f"export-subject: {len(files)} files, {sum(map(len, files.values())):,} bytes, in {output}")


def _say_what_is_not_searched(inventory: LocationInventory) -> None:
    for location, name, kind in inventory.special:
        typer.echo(f"{location}/{name}: is a {kind} and was not followed; what it leads to is not searched", err=True)
    for location, name, count in inventory.skipped:
        typer.echo(f"{location}/{name}: is not searched ({count:,} files)", err=True)


app = new_app()
app.command()(trace)
app.command()(erase)
app.command("export-subject")(export_subject)
