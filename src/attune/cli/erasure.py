"""``attune erase`` and ``attune erasure``: erase people, check the record of it, and remove old versions of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from attune import storage
from attune.errors import GateError, UsageError
from attune.runtime import audit_trail

if TYPE_CHECKING:
    from attune.config.params import Params

app = typer.Typer(
    help="Check the signed record of an erasure, and remove old versions of objects from a store.",
    no_args_is_help=True,
    add_completion=False,
)


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
        f"{record}: is as it was signed. {document['rows_removed']:,} rows of {len(document['people'])} people were removed on "
        f"{document['finished'][:10]} by {document['actor']} ({document['reason']}). Models to train anew: {retrain}."
    )


@app.command("purge-versions")
def purge_versions(
    uri: Annotated[str, typer.Argument(metavar="s3://BUCKET/PREFIX", help="Everything below it.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit trail.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
) -> None:
    """Remove what a versioned bucket keeps of objects that were deleted or overwritten; current objects stay."""
    from attune.storage.object_versions import remove_old_versions

    if not dry_run:
        audit_trail.record("purge.versions", uri, reason)
    count = remove_old_versions(uri, dry_run=dry_run)
    typer.echo(f"{uri}: {count:,} old versions and delete markers {'would be' if dry_run else 'were'} removed")


def judge_keys(params: Params) -> Callable[[Sequence[Mapping[str, str]]], list[str]]:
    """A function that says under which keys the judge's answers on a conversation are kept, by the prompt of ``params``."""
    from attune.llm.prompts import load_prompt
    from attune.steps.score.judging import request_of

    if not params.llm.providers:
        return lambda _: []
    prompt = load_prompt(params.score.judge_prompt, params.llm.prompts)
    return lambda messages: [request_of(prompt, messages).key(provider) for provider in params.llm.providers]


def run_erasure(
    subject: str, user_id: str, reason: str, places: str, records: str, params: Params, *, reapply: bool, dry_run: bool
) -> None:
    """The body of ``attune erase``."""
    from attune.governance.data_locations import load_places
    from attune.governance.erase import Erasure
    from attune.governance.erased import returned
    from attune.governance.person import subject_token
    from attune.governance.signing import sign, signing_key
    from attune.records.tokens import subject_key

    if not reason.strip():
        raise UsageError("--reason: say why; it stands in the record")
    if reapply and (subject or user_id):
        raise UsageError("--reapply erases everybody on the list of the erased; leave --subject and --user-id out")
    subject_key()  # before anything is read: without it nobody can be put on the list
    named = load_places(places)
    key = None if dry_run else signing_key()
    people = returned(named, records) if reapply else {subject_token(subject, user_id)}
    if not people:
        typer.echo("erase: nobody who was erased has come back")
        return
    if records.rstrip("/") != params.run.erased.rstrip("/"):
        unread = f"erase: the list of the erased is kept in {records}, but run.erased is {params.run.erased or 'empty'}"
        typer.echo(f"{unread}: no step reads it; set run.erased", err=True)
    erasure = Erasure(named, frozenset(people), reason, records, judge_keys(params), typer.echo)
    if key is None:
        plan = erasure.plan()
        for unit in plan.units:
            shared = f", {unit['shared']:,} of them of others in the same conversation" if unit["shared"] else ""
            typer.echo(
                f"{unit['place']}/{unit['name']} ({unit['kind']}): {unit['removed']:,} of {unit['rows_before']:,} rows{shared}"
            )
        for place, names in plan.files.items():
            for name in names:
                typer.echo(f"{place}/{name}: holds something of theirs")
        typer.echo(f"erase: {plan.rows:,} rows would be removed; nothing was done")
        return
    document = erasure.run(lambda value: sign(value, key))
    if not document["units"] and not document["files"]:
        typer.echo("erase: no place holds anything under this token; it is on the list, so that nothing of it comes in later")
    retrain = ", ".join(item["model"] for item in document["retrain"]) or "none"
    typer.echo(f"erase: {document['rows_removed']:,} rows removed; models to train anew: {retrain}")
    for item in document.get("by_hand", ()):
        typer.echo(f"by hand: {item['what']}: {item['why']}")
