"""``attune erase`` and ``attune erasure``: erase people, check the record of it, and remove old versions of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from attune import storage
from attune.cli.options import new_app
from attune.errors import GateError, NothingFoundError, UsageError
from attune.runtime import audit_trail

if TYPE_CHECKING:
    from attune.config.params import Params

_UNKNOWN = "no location holds data under this token; check the id, the subject key and the locations"

app = new_app("Check the signed record of an erasure, and remove old object versions.")


@app.command("verify")
def verify(
    record: Annotated[str, typer.Argument(help="The signed record of an erasure.")],
    public_key: Annotated[str, typer.Option("--public-key", help="PEM file with the public key of who signed it.")],
) -> None:
    """Check that the record was signed by the owner of the key and not changed since. Exit code 3 when not."""
    from attune.governance.signing import check_signature

    try:
        document = check_signature(storage.read_bytes(record), public_key)
    except ValueError as error:
        raise GateError(f"{record}: {error}") from None
    retrain = ", ".join(item["model"] for item in document["retrain"]) or "none"
    typer.echo(
        f"{record}: the signature is valid. {document['rows_removed']:,} rows of {len(document['people'])} people were removed "
        f"on {document['finished'][:10]} by {document['actor']} ({document['reason']}). Models to train anew: {retrain}. "
        f"Not searched: {len(document.get('not_searched', ()))} files and folders, as the record names them."
    )


@app.command("purge-versions")
def purge_versions(
    uri: Annotated[str, typer.Argument(metavar="s3://BUCKET/PREFIX", help="Everything below it.")],
    reason: Annotated[str, typer.Option(help="Why; it is written to the audit trail.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Remove old versions of objects, which a versioned bucket keeps after a delete or an overwrite; current objects stay."""
    from attune.storage.s3 import remove_old_versions

    if not dry_run:
        audit_trail.record("purge.versions", uri, reason)
    count = remove_old_versions(uri, dry_run=dry_run)
    typer.echo(f"{uri}: {count:,} old versions and delete markers {'would be' if dry_run else 'were'} removed")


def run_erasure(
    subject: str, user_id: str, reason: str, locations: str, records: str, params: Params, *, reapply: bool, dry_run: bool
) -> None:
    """The body of ``attune erase``."""
    from attune.governance import residual_data
    from attune.governance.data_locations import load_locations
    from attune.governance.erase import Erasure
    from attune.governance.person import returned_people, subject_token
    from attune.governance.signing import sign, signing_key
    from attune.records.tokens import subject_key

    if not reason.strip():
        raise UsageError("--reason is empty: say why; it is written to the record")
    if reapply and (subject or user_id):
        raise UsageError("--reapply erases everybody on the list of erased people; leave --subject and --user-id out")
    subject_key()  # before anything is read: without it nobody can be put on the list
    named = load_locations(locations)
    key = None if dry_run else signing_key()
    people = returned_people(named, records) if reapply else {subject_token(subject, user_id)}
    if not people:
        typer.echo("erase: no location holds data of a person who was erased before")
        return
    if records.rstrip("/") != params.run.erased.rstrip("/"):
        unread = f"erase: the list of erased people is in {records}, but run.erased is {params.run.erased or 'empty'}"
        typer.echo(f"{unread}: no step reads it; set run.erased", err=True)
    erasure = Erasure(named, frozenset(people), reason, records, residual_data.answer_keys(params), typer.echo)
    if key is None:
        plan = erasure.plan()
        for unit in plan.units:
            shared = f", {unit['shared']:,} of them of others in the same conversation" if unit["shared"] else ""
            typer.echo(
                f"{unit['location']}/{unit['name']} ({unit['kind']}): "
                f"{unit['removed']:,} of {unit['rows_before']:,} rows{shared}"
            )
        for location, names in plan.files.items():
            for name in names:
                typer.echo(f"{location}/{name}: holds data of theirs")
        typer.echo(f"erase: {plan.rows:,} rows would be removed; nothing was done")
        if not plan.units and not plan.files:
            raise NothingFoundError(f"erase: {_UNKNOWN}")
        return
    document = erasure.run(lambda value: sign(value, key))
    retrain = ", ".join(item["model"] for item in document["retrain"]) or "none"
    typer.echo(f"erase: {document['rows_removed']:,} rows removed; models to train anew: {retrain}")
    for item in document.get("manual_followups", ()):
        typer.echo(f"manual follow-up: {item['what']}: {item['why']}")
    if not document["units"] and not document["files"]:
        raise NothingFoundError(f"erase: {_UNKNOWN}; the token is on the list, so that none comes in later")
