"""The steps as commands: ``attune extract`` to ``attune rollout``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from attune.cli.options import (
    Dataset,
    InputSets,
    Loaders,
    LocalOutput,
    Models,
    Output,
    Overrides,
    ParamFiles,
    load,
    new_app,
    use_loaders,
)
from attune.errors import UsageError

if TYPE_CHECKING:
    from attune.config.params import ExtractParams
    from attune.runtime.run_step import Inputs

app = new_app()


@app.command()
def extract(
    database: Annotated[str, typer.Option(metavar="PATH|URL", help="SQLite file or postgresql:// URL; only read.")],
    output: Output = "",
    check: Annotated[bool, typer.Option("--check", help="Only check that sources/*.sql fit the database.")] = False,
    sample: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="With --check: also check the content, and look at the messages of N conversations."
        ),
    ] = None,
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Read only what is new since the last run into the same output.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the output's snapshot even when it is from another database.")
    ] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Read the product database and write redacted records.

    Names and identifiers are replaced in memory, before anything is written.
    """
    if check:
        _check(database, load(params, overrides).extract, sample)
    if sample is not None:
        raise typer.BadParameter(
            "goes with --check only; a run looks at extract.mapping_sample conversations", param_hint="--sample"
        )
    if not output:
        raise typer.BadParameter("is needed to extract (or ask for --check)", param_hint="--output")
    if replace:
        from attune.steps.extract.step import replace_snapshot

        replace_snapshot(database, output)
    asked = ["extract.incremental=true"] if incremental else []
    _run("extract", {"database": database}, output, params, [*(overrides or []), *asked])


ingest_app = new_app(invoke_without_command=True)
app.add_typer(ingest_app, name="ingest")


@ingest_app.callback()
def ingest(
    context: typer.Context,
    root: Annotated[
        list[str] | None,
        typer.Option(metavar="DIR|URI", help="Folder, file or s3:// URI with families' objects; repeat it for more."),
    ] = None,
    output: Output = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the output's snapshot even when it is from other roots.")
    ] = False,
    loaders: Loaders = "",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Read files of object-store families and write redacted records.

    sources/families.yaml maps files to families. Names and identifiers are replaced in memory, before anything is written.

    For an export of WhatsApp, Messenger, Telegram, Discord, Slack, Zendesk, Intercom or ChatGPT, `attune ingest scaffold FAMILY
    --example FILE` shows the entry to write; docs/chat-exports.md has one of each.
    """
    if context.invoked_subcommand is not None:
        return
    use_loaders(loaders)
    for name, value in (("--root", root), ("--output", output)):
        if not value:
            raise typer.BadParameter("is needed", param_hint=name)
    if replace:
        from attune.steps.ingest.step import replace_snapshot

        replace_snapshot(root or [], output)
    _run("ingest", {"roots": root or []}, output, params, overrides)


@ingest_app.command()
def scaffold(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="Name of the family, such as sleep_diaries.")],
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where the loader and its test are written.")] = Path(
        "my_loaders"
    ),
    example: Annotated[
        str, typer.Option(metavar="FILE|URI", help="A file of the family: show the entry that reads it, and write nothing.")
    ] = "",
) -> None:
    """Write a loader for a family that has none, with a test that passes, to start from.

    With --example, recognize the format of a file, such as the export of a chat service, and show the entry that reads it.
    """
    if example:
        from attune.steps.ingest.recognition import propose

        typer.echo(f"add to `families:` of sources/families.yaml, and change pattern and roles:\n\n{propose(family, example)}")
        return
    from attune.steps.ingest.scaffold import scaffold as write

    written = write(family, folder)
    typer.echo(
        f"wrote {written.loader} and {written.test}\nadd to `families:` of sources/families.yaml:\n\n{written.entry}"
        f"\nthen run: pytest {written.test}\nand ingest with: attune ingest --loaders {folder.as_posix()} …"
    )


@ingest_app.command()
def find(
    name: Annotated[str, typer.Argument(metavar="OBJECT", help="Name of an object in a record or report, or its token.")],
    root: Annotated[list[str], typer.Option(metavar="DIR|URI", help="A root that was ingested; repeat it for more.")],
) -> None:
    """Show the file that a record or report means by a name such as object_4x…; needs the subject key.

    Records and reports mask the names of files, because they can hold names of people. The answer does not mask them.
    """
    from attune.records.tokens import subject_key
    from attune.steps.ingest.object_search import find_object

    found = find_object(name, root, subject_key())
    if not found:
        raise UsageError("no object below these roots has this name; check the roots and the subject key")
    for address in found:
        typer.echo(address)


@app.command()
def score(inputs: InputSets, output: Output, params: ParamFiles = None, overrides: Overrides = None) -> None:
    """Score every conversation from 0 to 10 and filter out what must not be learned from.

    Every record that is left out keeps its reason.
    """
    _run("score", {"inputs": inputs}, output, params, overrides)


@app.command()
def dedupe(
    inputs: InputSets,
    output: Output,
    index: Annotated[
        str, typer.Option(metavar="DIR|URI", help="Band index of earlier batches: compare with it, then add what is kept.")
    ] = "",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Remove exact and near duplicates, and report the decision on each pair."""
    chosen = [f'dedupe.index="{index}"'] if index else []
    _run("dedupe", {"inputs": inputs}, output, params, [*(overrides or []), *chosen])


@app.command("compile")
def compile_(inputs: InputSets, output: Output, params: ParamFiles = None, overrides: Overrides = None) -> None:
    """Assign splits and write a dataset version.

    A version is a folder: shards for each split, one export, and a manifest with the hash of every file.
    """
    _run("compile", {"inputs": inputs}, output, params, overrides)


@app.command()
def verify(
    dataset: Annotated[str, typer.Argument(metavar="VERSION", help="Dataset version: a folder or an s3:// URI.")],
    output: Output = "work/verify",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Check a dataset version against eight gates, recomputed from its files alone.

    Exit code 3 when a gate fails.
    """
    _run("verify", {"dataset": dataset}, output, params, overrides)


@app.command()
def train(dataset: Dataset, output: LocalOutput, params: ParamFiles = None, overrides: Overrides = None) -> None:
    """Train the curriculum; a killed run resumes from its last checkpoint."""
    _run("train", {"dataset": dataset}, output, params, overrides)


@app.command()
def evaluate(
    dataset: Dataset, models: Models, output: LocalOutput, params: ParamFiles = None, overrides: Overrides = None
) -> None:
    """Compare the tuned model with the one before it on the held-out split.

    Every difference has a confidence interval.
    """
    _run("evaluate", {"dataset": dataset, "models": models}, output, params, overrides)


@app.command()
def release(
    evaluation: Annotated[str, typer.Option(metavar="DIR|URI", help="Folder or s3:// URI that `attune evaluate` wrote.")],
    models: Models,
    dataset: Dataset,
    output: Output,
    registry: Annotated[str, typer.Option(metavar="DIR", help="Local folder of the model registry.")] = "registry",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Promote, hold or reject the model, with reasons, and register it."""
    inputs = {"evaluation": evaluation, "models": models, "dataset": dataset, "registry": registry}
    _run("release", inputs, output, params, overrides)


@app.command()
def rollout(
    models: Models,
    release: Annotated[str, typer.Option(metavar="DIR|URI", help="Folder or s3:// URI that `attune release` wrote.")],
    output: LocalOutput,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Roll the model out to 10, 25, 50 and 100 % of users, or roll it back.

    On this machine: two model servers, a router between them, and simulated users.
    """
    _run("rollout", {"models": models, "release": release}, output, params, overrides)


def _check(database: str, params: ExtractParams, sample: int | None) -> NoReturn:
    from attune.steps.extract.mapping_check import check_content
    from attune.steps.extract.source_check import check, check_lines

    checks = check(database, params)
    lines, failed = check_lines(checks), any(each.problem for each in checks)
    if sample is not None and failed:
        lines.append("the content was not checked: its columns must fit first")
    elif sample is not None:
        content = check_content(database, params.model_copy(update={"mapping_sample": sample}))
        lines, failed = [*lines, "", *content.lines()], content.failed
    for line in lines:
        typer.echo(line)
    raise typer.Exit(UsageError.exit_code if failed else 0)


def _run(name: str, inputs: Inputs, output: str, files: list[Path] | None, overrides: list[str] | None) -> None:
    from attune.cli.display import print_result, step_display
    from attune.runtime import run_step

    loaded = load(files, overrides)
    with step_display() as listener:
        result = run_step.run(name, inputs, output, loaded, listener)
    print_result(result, output)
