"""``attune run``: the whole pipeline, or a part of it, with one command."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from attune.cli.options import Loaders, Overrides, ParamFiles, load, new_app, use_loaders
from attune.errors import UsageError

app = new_app()


@app.command()
def run(
    database: Annotated[
        str, typer.Option(metavar="PATH|URL", help="SQLite file or postgresql:// URL; only read (PGPASSWORD counts).")
    ] = "",
    families: Annotated[
        list[str] | None,
        typer.Option(metavar="DIR|URI", help="Your own files: a folder, file or s3:// URI; repeat it for more."),
    ] = None,
    loaders: Loaders = "",
    sample: Annotated[bool, typer.Option("--sample", help="Run on the sample product, made on the spot.")] = False,
    conversations: Annotated[int, typer.Option(metavar="N", min=1, help="Size of the sample product.")] = 4_000,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the sample product.")] = 17,
    samples: Annotated[str, typer.Option(metavar="DIR", help="Folder in which sample products are made.")] = "build/sample",
    name: Annotated[str, typer.Option(metavar="NAME", help="Folder of the run in --runs. [a hash of what is run]")] = "",
    first: Annotated[
        str, typer.Option("--from", metavar="STEP", help="Start at this step, on what earlier ones left in the run's folder.")
    ] = "",
    last: Annotated[str, typer.Option("--until", metavar="STEP", help="Stop after this step.")] = "",
    pipeline: Annotated[
        Literal["attune", "dataset"],
        typer.Option(metavar="NAME", help="attune: to the rollout; dataset: to a verified dataset."),
    ] = "attune",
    runner: Annotated[
        Literal["subprocess", "docker"],
        typer.Option(metavar="NAME", help="subprocess, or docker for each step in its own image."),
    ] = "subprocess",
    runs: Annotated[str, typer.Option(metavar="DIR", help="Folder of all runs.")] = "runs",
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Run the whole pipeline on a database, on files, or on the sample product.

    The same command again resumes where the last one stopped. Without a database the step extract is left out.
    """
    try:
        from pipelines.demo import PROJECT, on_sample_product
        from pipelines.run import Request, perform
    except ImportError as error:
        raise UsageError(
            f"attune run needs a checkout of the repository and its extra `pipeline` ({error.name} is missing)"
        ) from None

    use_loaders(loaders)
    if sample and database:
        raise UsageError("--sample and --database: name one of the two")
    request = Request(
        database=database,
        families=families or [],
        params=load(params, [f"run.project={PROJECT}", *(overrides or [])] if sample else overrides),
        pipeline=pipeline,
        runner=runner,
        runs=runs,
        name=name,
        title=f"The {pipeline} pipeline",
        first=first,
        last=last,
    )
    failure = perform(on_sample_product(request, samples, conversations, seed) if sample else request)
    if failure:
        message = failure.message.removeprefix(f"{failure.step}: ")
        typer.secho(f"attune: {failure.step}: {message}", err=True, fg=typer.colors.RED)
        raise typer.Exit(failure.exit_code)
