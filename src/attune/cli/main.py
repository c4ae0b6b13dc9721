"""The front door: every step and tool of Attune on the command line.

Exit codes: 0 done, 1 the run failed, 2 wrong usage or configuration, 3 a gate failed, 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attune import __version__
from attune.cli import governance as governance
from attune.cli.options import Overrides, ParamFiles, load
from attune.errors import AttuneError, GateError, UsageError
from attune.runtime.audit_trail import default_folder

if TYPE_CHECKING:
    from attune.reporting.report import Report
    from attune.runtime.progress import Progress
    from attune.runtime.run_step import Inputs

_INTERRUPTED = 130

# Groups of commands by name: the module whose `app` holds them, and their help.
_SUBCOMMANDS = {
    "dataset": (
        "attune.cli.dataset",
        "Show, compare, export, freeze test sets from, send and fetch dataset versions.",
    ),
    "redact": (
        "attune.cli.redact",
        "Replace names and identifiers in files or standard input, and measure how well that works.",
    ),
    "erasure": (
        "attune.cli.erasure",
        "Check the signed record of an erasure, and remove old versions of objects from a store.",
    ),
    "retention": (
        "attune.cli.retention",
        "Archive and remove what was kept long enough; take something out of the archive, for a reason.",
    ),
    "audit-trail": (
        "attune.cli.audit_trail",
        "Look at the audit trail, and check that nobody changed it.",
    ),
}

app = typer.Typer(
    name="attune",
    help=(
        "Turn a product's conversations into a fine-tuned assistant that is provably private, safe and better.\n\n"
        "The steps, in order: extract and ingest, score, dedupe, compile, verify, train, evaluate, release, rollout. "
        "Each reads folders or s3:// URIs that the step before wrote, and resumes where it was stopped."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Output = Annotated[str, typer.Option("--output", "-o", help="Folder or s3:// URI that the step writes.")]
InputSets = Annotated[
    list[str], typer.Option("--input", "-i", help="Shard set that an earlier step wrote; give the option once for each.")
]
Dataset = Annotated[str, typer.Option(help="Dataset version that `attune compile` wrote.")]
Models = Annotated[str, typer.Option(help="Folder that `attune train` wrote.")]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"attune {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    del version


@app.command()
def sample(
    output: Output,
    conversations: Annotated[int, typer.Option(min=1, help="Conversations to write.")] = 4_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 17,
    postgres: Annotated[
        str | None, typer.Option(metavar="URL", help="Fill this PostgreSQL database instead of an embedded file.")
    ] = None,
) -> None:
    """Write a believable coaching product with planted truth, to try everything on."""
    import sample as product

    from attune.cli.display import step_display
    from attune.runtime.progress import Progress

    with step_display() as listener:
        progress = Progress("sample", unit="conversations", listener=listener)
        if postgres:
            product.write_postgres(postgres, conversations, seed, progress)
        else:
            product.generate(Path(output), conversations, seed, progress)
    typer.echo(f"wrote {conversations:,} conversations to {postgres.rsplit('@', 1)[-1] if postgres else output}")


@app.command()
def extract(
    database: Annotated[str, typer.Option(metavar="PATH|URL", help="SQLite file or postgresql:// URL; only read.")],
    output: Annotated[str, typer.Option("--output", "-o", help="Folder or s3:// URI that the step writes.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Only say whether sources/*.sql fit the database.")] = False,
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Read only what is new since the last run into the same output.")
    ] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Read the product database; names and identifiers are replaced before anything is written."""
    if check:
        from attune.steps.extract.sources import check as check_sources
        from attune.steps.extract.sources import check_lines

        findings = check_sources(database, load(params, overrides).extract)
        for line in check_lines(findings):
            typer.echo(line)
        raise typer.Exit(UsageError.exit_code if any(finding.problem for finding in findings) else 0)
    if not output:
        raise typer.BadParameter("is needed to extract (or ask for --check)", param_hint="--output")
    asked = ["extract.incremental=true"] if incremental else []
    _run("extract", {"database": database}, output, params, [*(overrides or []), *asked])


ingest_app = typer.Typer(invoke_without_command=True, add_completion=False)
app.add_typer(ingest_app, name="ingest")


@ingest_app.callback()
def ingest(
    context: typer.Context,
    root: Annotated[
        list[str] | None, typer.Option(help="Folder, s3:// URI or file with families' objects; give the option once for each.")
    ] = None,
    output: Annotated[str, typer.Option("--output", "-o", help="Folder or s3:// URI that the step writes.")] = "",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Read object-store families as sources/families.yaml maps them, redacting before anything is written."""
    if context.invoked_subcommand is not None:
        return
    for name, value in (("--root", root), ("--output", output)):
        if not value:
            raise typer.BadParameter("is needed", param_hint=name)
    _run("ingest", {"roots": root or []}, output, params, overrides)


@ingest_app.command()
def scaffold(
    family: Annotated[str, typer.Argument(help="Name of the family, such as sleep_diaries.")],
    folder: Annotated[Path, typer.Option(help="Where the loader and its test are written.")] = Path("my_loaders"),
) -> None:
    """Write a loader for a family that has none, with a test that passes, to start from."""
    from attune.steps.ingest.scaffold import scaffold as write

    written = write(family, folder)
    typer.echo(
        f"wrote {written.loader} and {written.test}\nadd to `families:` of sources/families.yaml:\n\n{written.entry}"
        f"\nthen run: pytest {written.test}"
    )


@app.command()
def inventory(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="Folder, s3://bucket/prefix, or manifest.json of an S3 Inventory.")
    ],
    output: Output,
    require: Annotated[
        bool, typer.Option("--require", help="Exit with 3 when a family of the map that is not optional is missing or partial.")
    ] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Say which families a store holds, from its listing alone: present, partial or missing, and what is of no family."""
    from attune.steps.ingest.families import differences, load_families
    from attune.steps.ingest.inventory import inventory as take_inventory

    loaded = load(params, overrides)
    families = load_families(loaded.ingest.families)
    differ = differences(families, loaded.compile.holdout_families, loaded.verify.required_families)
    _tool(
        "inventory",
        "keys",
        output,
        lambda progress: take_inventory(
            sources,
            output,
            families,
            endpoint=loaded.inventory.endpoint_url,
            workers=loaded.run.workers or os.cpu_count() or 1,
            progress=progress,
            require=require,
            params_say=differ,
        ),
    )


@app.command()
def score(inputs: InputSets, output: Output, params: ParamFiles = None, overrides: Overrides = None) -> None:
    """Score every conversation from 0 to 10 and leave out what must not be learned from, each with its reason."""
    _run("score", {"inputs": inputs}, output, params, overrides)


@app.command()
def dedupe(
    inputs: InputSets,
    output: Output,
    index: Annotated[
        str, typer.Option(metavar="URI", help="Band index of earlier batches: compare with it, then add what is kept.")
    ] = "",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Remove exact and near duplicates; the decision on each pair is kept."""
    chosen = [f'dedupe.index="{index}"'] if index else []
    _run("dedupe", {"inputs": inputs}, output, params, [*(overrides or []), *chosen])


@app.command("compile")
def compile_(inputs: InputSets, output: Output, params: ParamFiles = None, overrides: Overrides = None) -> None:
    """Assign splits and write a dataset version: shards, one export, a manifest with every hash."""
    _run("compile", {"inputs": inputs}, output, params, overrides)


@app.command()
def verify(
    dataset: Annotated[str, typer.Argument(help="Dataset version: a folder or an s3:// URI.")],
    output: Output = "work/verify",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Hold a dataset version against eight gates, recomputed from its files alone. Exit code 3 when one fails."""
    _run("verify", {"dataset": dataset}, output, params, overrides)


@app.command()
def train(dataset: Dataset, output: Output, params: ParamFiles = None, overrides: Overrides = None) -> None:
    """Train the curriculum; a killed run resumes from its last checkpoint."""
    _run("train", {"dataset": dataset}, output, params, overrides)


@app.command()
def evaluate(dataset: Dataset, models: Models, output: Output, params: ParamFiles = None, overrides: Overrides = None) -> None:
    """Measure the tuned model against the one before it, on the held-out split, with intervals."""
    _run("evaluate", {"dataset": dataset, "models": models}, output, params, overrides)


@app.command()
def release(
    evaluation: Annotated[str, typer.Option(help="Folder that `attune evaluate` wrote.")],
    models: Models,
    dataset: Dataset,
    output: Output,
    registry: Annotated[str, typer.Option(help="Folder of the model registry.")] = "registry",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Decide on the model (promote, hold or reject, with reasons) and enter it into the registry."""
    inputs = {"evaluation": evaluation, "models": models, "dataset": dataset, "registry": registry}
    _run("release", inputs, output, params, overrides)


@app.command()
def rollout(
    models: Models,
    release: Annotated[str, typer.Option(help="Folder that `attune release` wrote.")],
    output: Output,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Take the model to 10, 25, 50 and 100 % of users on this machine, or back when they suffer."""
    _run("rollout", {"models": models, "release": release}, output, params, overrides)


app.command()(governance.trace)
app.command()(governance.erase)
app.command("export-subject")(governance.export_subject)


@app.command("params")
def show_params(
    defaults: Annotated[bool, typer.Option("--defaults", help="Print the default params.yaml, with explanations.")] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Print every parameter as a run would see it, after overlays and --set."""
    import yaml

    if defaults:
        from attune.config.params_file import default_params_yaml

        typer.echo(default_params_yaml(), nl=False)
        return
    typer.echo(yaml.safe_dump(load(params, overrides).model_dump(mode="json"), sort_keys=False), nl=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every expected error becomes one message and an exit code."""
    _mount_subcommands(arguments if arguments is not None else sys.argv[1:])
    try:
        with default_folder("audit-trail"):
            app(args=arguments)
    except AttuneError as error:
        typer.secho(f"attune: {error}", err=True, fg=typer.colors.RED)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.secho("attune: interrupted; finished work is kept, the same command resumes", err=True)
        sys.exit(_INTERRUPTED)


def _mount_subcommands(arguments: Sequence[str]) -> None:
    """Mount the sub-applications: the real one when it is asked for, its name and help alone otherwise (imports cost)."""
    for name, (module, text) in _SUBCOMMANDS.items():
        sub = importlib.import_module(module).app if name in arguments else typer.Typer()
        app.add_typer(sub, name=name, help=text)


def _run(name: str, inputs: Inputs, output: str, files: list[Path] | None, overrides: list[str] | None) -> None:
    from attune.cli.display import print_outcome, step_display
    from attune.runtime import run_step

    loaded = load(files, overrides)
    with step_display() as listener:
        outcome = run_step.run(name, inputs, output, loaded, listener)
    print_outcome(outcome, output)


def _tool(name: str, unit: str, output: str, work: Callable[[Progress], Report]) -> None:
    """Run something that writes a report like a step but is none: nothing comes after it in a pipeline."""
    from attune import storage
    from attune.cli.display import step_display
    from attune.reporting.page import write_report
    from attune.runtime.progress import Progress

    with step_display() as listener:
        report = work(Progress(name, unit=unit, listener=listener))
    write_report(output, report)
    page = storage.join(output, "report.html")
    typer.echo(f"{name}: {report.lead}\n{name}: {page}")
    if report.failed_gates:
        raise GateError(f"{name}: failed {', '.join(report.failed_gates)}; the evidence is in {page}")


if __name__ == "__main__":
    main()
