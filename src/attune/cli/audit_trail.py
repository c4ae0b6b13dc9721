"""``attune audit-trail``: look at the audit trail, and check that nobody changed it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from attune.cli.options import new_app
from attune.errors import GateError
from attune.governance import audit_trail as trails
from attune.runtime import audit_trail

app = new_app("Show the audit trail, and verify that nobody changed it.")

_Folder = Annotated[str, typer.Option("--trail", envvar=audit_trail.FOLDER_VARIABLE, help="Folder of the trail.")]
DEFAULT = "audit-trail"


@app.command("verify")
def verify(
    folder: _Folder = DEFAULT,
    head: Annotated[str, typer.Option("--head", help="A head that was noted elsewhere; the trail must still hold it.")] = "",
    anchor: Annotated[
        str | None,
        typer.Option(
            "--anchor",
            envvar=audit_trail.ANCHOR_VARIABLE,
            metavar="DIR|URI",
            help="Folder or s3:// URI with copies of the head. [a folder of this user]",
        ),
    ] = None,
    records: Annotated[
        str, typer.Option("--records", metavar="DIR|URI", help="Signed records of erasures; the trail must hold their heads.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check every entry against the chain, the key and all heads.

    Exit code 3 when one was changed, removed, moved or backdated.
    """
    trail = audit_trail.open_trail(folder, anchor)
    checked = trails.verify(trail, trails.parse_head(head) if head else None, records)
    if as_json:
        findings = [{"line": item.line, "problem": item.problem} for item in checked.findings]
        values = {"entries": checked.entries, "keyed": checked.keyed, "head": checked.head, "findings": findings}
        typer.echo(json.dumps(values, indent=2))
    else:
        for finding in checked.findings:
            typer.echo(f"{trail.path}: {finding}")
    if checked.findings:
        raise GateError(
            f"{trail.path}: {len(checked.findings)} findings in {checked.entries:,} entries; the trail is not intact"
        )
    if not as_json:
        by_key = f", {checked.keyed:,} of them by key" if trail.key else " (no key is set: only the hashes could be checked)"
        typer.echo(f"{trail.path}: {checked.entries:,} entries are intact{by_key}; head {checked.entries}:{checked.head}")


@app.command("show")
def show(
    folder: _Folder = DEFAULT,
    action: Annotated[str, typer.Option(help="Only entries whose action begins so, such as erase.")] = "",
    last: Annotated[int, typer.Option(min=0, help="Only so many, the newest ones; 0: all.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print the entries as they are, one a line.")] = False,
) -> None:
    """Print the entries, the newest last."""
    trail = audit_trail.open_trail(folder)
    found = [entry for entry in trails.read(trail) if entry["action"].startswith(action)] if trail.path.exists() else []
    for entry in found[-last:] if last else found:
        typer.echo(audit_trail.line(entry).decode(), nl=False) if as_json else typer.echo(trails.describe(entry))


@app.command("head")
def head(folder: _Folder = DEFAULT) -> None:
    """Print number and hash of the last entry, to be noted where nobody who can change the trail can change it too."""
    number, digest = audit_trail.open_trail(folder).head()
    typer.echo(f"{number}:{digest}")
