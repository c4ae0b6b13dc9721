"""``attune dataset``: what is done with a dataset version once it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from attune.cli.options import Overrides, ParamFiles, new_app

app = new_app("Show, compare, export, freeze, push and pull dataset versions.")

Version = Annotated[str, typer.Argument(metavar="VERSION", help="Dataset version: a folder or an s3:// URI.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Take the place of another version and remove files that are not of this one.")
]


@app.command()
def show(
    version: Version,
    verification: Annotated[
        str | None, typer.Option(help="Folder that `attune verify` wrote. [verify beside the version]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a version is: counts, shares, what it lacks, where it comes from, which gates it passed."""
    from attune.versions.show import describe, lines

    shown = describe(version, verification)
    if as_json:
        _print_json(shown)
        return
    for line in lines(shown):
        typer.echo(line)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="Dataset version: a folder or an s3:// URI.")],
    new: Annotated[str, typer.Argument(help="The version to compare it with.")],
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write report.json and report.html there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what came, went and changed between two versions, by family, split and reason."""
    from attune.reporting.page import write_report
    from attune.versions.compare import compare, difference_report

    found = compare(old, new)
    report = difference_report(found)
    if output:
        write_report(output, report)
    if as_json:
        _print_json(found.as_json())
        return
    typer.echo(report.lead)
    for name, kinds in found.families.items():
        typer.echo(f"  {name}: " + ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count))
    for reason, count in found.reasons.items():
        typer.echo(f"  went, {reason}: {count:,}")
    for move, count in found.moves.items():
        typer.echo(f"  moved, {move}: {count:,}")
    for name, (was, now) in found.made_with.items():
        typer.echo(f"  {name}: {was} -> {now}")


@app.command()
def views(version: Version, params: ParamFiles = None, overrides: Overrides = None, as_json: AsJson = False) -> None:
    """Say what each stage of the curriculum (train.curriculum) finds in a version, beside the target mix."""
    from attune.versions.views import views as count_views

    loaded = _load(params, overrides)
    counted = count_views(version, loaded.train.curriculum, loaded.compile.category_mix)
    if as_json:
        _print_json(counted)
        return
    for name, view in counted.items():
        splits = ", ".join(f"{count:,} {split}" for split, count in view["splits"].items())
        typer.echo(f"{name}: {splits}")
        for family, count in view["families"].items():
            typer.echo(f"  {family}: {count:,}")
        if view["families"]:
            mix = ", ".join(f"{key} {own['share']:.0%} of {own['target']:.0%}" for key, own in view["categories"].items())
            typer.echo(f"  mix: {mix}")


@app.command()
def export(
    version: Version,
    output: Annotated[str, typer.Option("--output", "-o", help="Folder or s3:// URI to write to.")],
    form: Annotated[str, typer.Option("--format", "-f", help="openai, chatml, alpaca, preference, text or parquet.")],
    split: Annotated[list[str] | None, typer.Option(help="Split; give it once for each. [train, validation]")] = None,
    family: Annotated[list[str] | None, typer.Option(help="Only this family; give it once for each.")] = None,
    conversational: Annotated[bool, typer.Option(help="Preference pairs as lists of messages, of any length.")] = False,
    max_tokens: Annotated[int, typer.Option(min=1, help="OpenAI's limit of tokens for an example.")] = 65_536,
) -> None:
    """Write a version in a format that others train from; what the format cannot hold is counted."""
    from attune.versions.export import Options
    from attune.versions.export import export as write
    from attune.versions.openai_limits import OpenAiLimits

    options = Options(
        splits=tuple(split or ("train", "validation")),
        families=tuple(family or ()),
        conversational=conversational,
        limits=OpenAiLimits(most_tokens=max_tokens),
    )
    _record("export", output, version, format=form, splits=list(options.splits), families=list(options.families))
    described = write(version, output, form, options)
    for name, entry in described["files"].items():
        typer.echo(f"{name}: {entry['rows']:,} records, {entry['bytes']:,} bytes")
    for name, reasons in described["left_out"].items():
        for reason, count in reasons.items():
            typer.echo(f"{name}: left out {count:,}: {reason}")


@app.command()
def freeze(
    version: Version,
    output: Annotated[str, typer.Option("--output", "-o", help="Folder or s3:// URI that keeps the test sets forever.")],
    short: Annotated[bool, typer.Option("--short", help="Freeze what there is where there are too few records.")] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Take test sets out of a version's test split, to be kept forever and never trained on (compile.test_sets)."""
    from attune.records.test_sets import freeze as freeze_sets

    loaded = _load(params, overrides)
    _record("freeze", output, version)
    manifest = freeze_sets(version, output, loaded.freeze, seed=loaded.run.seed, short=short)
    for name, entry in manifest["sets"].items():
        typer.echo(f"{name}: {entry['records']:,} of {entry['wanted']:,} records")
    typer.echo(f"frozen under the content address {manifest['address']}")


@app.command()
def push(
    version: Version,
    target: Annotated[str, typer.Argument(help="Folder or s3:// URI to send it to.")],
    replace: Replace = False,
) -> None:
    """Send a version to a store: only what is not there yet, read back and checked, the manifest last."""
    _transfer("push", version, target, replace)


@app.command()
def pull(
    source: Annotated[str, typer.Argument(help="Version in a store, such as s3://bucket/final_dataset.")],
    folder: Annotated[str, typer.Argument(help="Folder to fetch it into.")],
    replace: Replace = False,
) -> None:
    """Fetch a version from a store and check every byte against its manifest."""
    _transfer("pull", source, folder, replace)


def _transfer(name: str, source: str, target: str, replace: bool) -> None:
    from attune.runtime.progress import Progress
    from attune.versions.transfer import transfer

    _record(name, target, source, replace=replace)
    done = transfer(source, target, Progress(name, unit="bytes", listener=_tell), replace=replace)
    typer.echo(f"{done.version} stands at {target}: {done.copied} files copied ({done.bytes:,} bytes), {done.kept} were there")
    typer.echo(f"content address {done.address}, every file read back")


def _record(action: str, target: str, version: str, **details: Any) -> None:
    """Note in the audit trail that records go somewhere, before they do."""
    from attune.runtime import audit_trail

    audit_trail.record(
        f"dataset.{action}", audit_trail.without_password(target), version=audit_trail.without_password(version), **details
    )


def _tell(event: Any) -> None:
    """Print a line of progress on standard error."""
    if event.total:
        typer.echo(f"{event.step}: {event.done:,} of {event.total:,} {event.unit}", err=True)


def _load(files: list[Path] | None, overrides: list[str] | None) -> Any:
    from attune.config.params import load_params

    default = Path("params.yaml")
    return load_params([*([default] if default.exists() else []), *(files or [])], overrides or [])


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))
