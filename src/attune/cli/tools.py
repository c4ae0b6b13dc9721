"""Commands beside the steps: the sample product, the inventory of a store, and the parameters."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from attune.cli.options import Output, Overrides, ParamFiles, load, new_app
from attune.errors import GateError, UsageError

app = new_app()


@app.command()
def sample(
    output: Output = "build/sample",
    conversations: Annotated[int, typer.Option(metavar="N", min=1, help="Conversations to write.")] = 4_000,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same bytes.")] = 17,
    postgres: Annotated[
        str | None, typer.Option(metavar="URL", help="Fill this PostgreSQL database instead of an embedded file.")
    ] = None,
) -> None:
    """Write a sample coaching product with planted truth, to try everything on."""
    from attune.cli.display import step_display
    from attune.runtime.progress import Progress

    try:
        import sample as product
    except ImportError:
        raise UsageError("the sample product is part of a checkout of the repository, not of an installed package") from None
    with step_display() as listener:
        progress = Progress("sample", unit="conversations", listener=listener)
        if postgres:
            product.write_postgres(postgres, conversations, seed, progress)
        else:
            product.generate(Path(output), conversations, seed, progress)
    typer.echo(f"wrote {conversations:,} conversations to {postgres.rsplit('@', 1)[-1] if postgres else output}")


@app.command()
def inventory(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE", help="Folder, s3://bucket/prefix, or manifest.json of an S3 Inventory."),
    ],
    output: Output,
    require: Annotated[
        bool, typer.Option("--require", help="Exit with 3 when a family that is not optional is missing or partial.")
    ] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Report which dataset families a store holds, from its listing alone.

    Each family of sources/families.yaml is present, partial or missing; objects of no family are listed.
    """
    from attune import storage
    from attune.cli.display import step_display
    from attune.reporting.page import write_report
    from attune.runtime.progress import Progress
    from attune.steps.ingest.families import differences, load_families
    from attune.steps.ingest.inventory import inventory as take_inventory

    loaded = load(params, overrides)
    families = load_families(loaded.ingest.families)
    with step_display() as listener:
        report = take_inventory(
            sources,
            output,
            families,
            endpoint=loaded.inventory.endpoint_url,
            workers=loaded.run.workers or os.cpu_count() or 1,
            progress=Progress("inventory", unit="keys", listener=listener),
            require=require,
            params_say=differences(families, loaded.compile.holdout_families, loaded.verify.required_families),
        )
    write_report(output, report)
    page = storage.join(output, "report.html")
    typer.echo(f"inventory: {report.lead}\ninventory: {page}")
    if report.failed_gates:
        raise GateError(f"inventory: failed {', '.join(report.failed_gates)}; the evidence is in {page}")


@app.command("params")
def show_params(
    defaults: Annotated[bool, typer.Option("--defaults", help="Print the default params.yaml, with explanations.")] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Print every parameter as a run would read it.

    Files of --params lie over params.yaml, and --set over both.
    """
    import yaml

    if defaults:
        from attune.config.params_file import default_params_yaml

        typer.echo(default_params_yaml(), nl=False)
        return
    typer.echo(yaml.safe_dump(load(params, overrides).model_dump(mode="json"), sort_keys=False), nl=False)
