"""What is owed to the people in the data, on the command line: trace, erase, and hand out what is kept of one."""

from __future__ import annotations

from typing import Annotated

import typer

from attune.cli.options import Overrides, ParamFiles, load, new_app
from attune.errors import UsageError
from attune.runtime import audit_trail

Subject = Annotated[str, typer.Option("--subject", metavar="TOKEN", help="The person's token, such as user_4xk….")]
UserId = Annotated[
    str, typer.Option("--user-id", metavar="ID", help="The person's id in the product; the token is made with the subject key.")
]
PlacesFile = Annotated[str, typer.Option("--places", help="File that names every place that may hold something of a person.")]
Records = Annotated[str, typer.Option("--records", help="Folder of the signed records and of the list of the erased.")]


def trace(
    record: Annotated[str, typer.Argument(help="Id of a record: prints its way from the source row to the models.")] = "",
    subject: Subject = "",
    user_id: UserId = "",
    dataset: Annotated[str, typer.Option(help="Only versions of this name, version, address or folder.")] = "",
    places: PlacesFile = "sources/places.yaml",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Follow a record back to its source, or a person forward to every dataset version and model that holds them."""
    import json

    from attune.cli.erasure import judge_keys
    from attune.governance.data_locations import load_places, take_inventory
    from attune.governance.person import subject_token
    from attune.governance.trace import trace_record, trace_subject
    from attune.governance.trace_text import record_text, subject_text

    if bool(record) == bool(subject or user_id):
        raise UsageError("attune trace: name either a record id, or a person by --subject or --user-id")
    inventory = take_inventory(load_places(places))
    if record:
        audit_trail.record("trace.record", audit_trail.digest(record))
        found, text = trace_record(inventory, record, dataset), record_text
    else:
        person = subject_token(subject, user_id)
        audit_trail.record("trace.subject", audit_trail.digest(person))
        found, text = trace_subject(inventory, person, judge_keys(load(params, overrides))), subject_text
    typer.echo(json.dumps(found, indent=2, sort_keys=True, default=str) if as_json else text(found))


def erase(
    reason: Annotated[str, typer.Option(help="Why; it stands in the record and in the audit trail.")],
    subject: Subject = "",
    user_id: UserId = "",
    reapply: Annotated[
        bool, typer.Option("--reapply", help="Erase everybody who was erased before and came back with a backup.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    places: PlacesFile = "sources/places.yaml",
    records: Records = "erasures",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Erase a person from every place, make the dataset versions without them, and leave a signed record."""
    from attune.cli.erasure import run_erasure

    loaded = load(params, overrides)
    run_erasure(subject, user_id, reason, places, records, loaded, reapply=reapply, dry_run=dry_run)


def export_subject(
    output: Annotated[str, typer.Option("--output", "-o", help="A .zip file, or a folder, that does not exist yet.")],
    subject: Subject = "",
    user_id: UserId = "",
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit trail.")] = "request of the person",
    places: PlacesFile = "sources/places.yaml",
) -> None:
    """Write everything that is kept of one person, for them to read and to take away."""
    from attune.governance.data_locations import load_places, take_inventory
    from attune.governance.person import subject_token
    from attune.governance.portability import collect, write

    person = subject_token(subject, user_id)
    audit_trail.record("export.subject", audit_trail.digest(person), reason)
    files = collect(take_inventory(load_places(places)), person)
    write(files, output)
    typer.echo(f"export-subject: {len(files)} files, {sum(map(len, files.values())):,} bytes, in {output}")


app = new_app()
app.command()(trace)
app.command()(erase)
app.command("export-subject")(export_subject)
