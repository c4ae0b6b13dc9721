"""Options that commands share, so that one option has the same words everywhere, and the parameters that they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from attune.config.params import Params

ParamFiles = Annotated[
    list[Path] | None,
    typer.Option("--params", "-p", metavar="FILE", help="Parameter file laid over params.yaml; repeat it for more."),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="KEY=VALUE", help="One parameter, such as dedupe.threshold=0.9; repeat it for more."),
]
Output = Annotated[str, typer.Option("--output", "-o", metavar="DIR|URI", help="Folder or s3:// URI to write to.")]
LocalOutput = Annotated[str, typer.Option("--output", "-o", metavar="DIR", help="Local folder to write to.")]
InputSets = Annotated[
    list[str],
    typer.Option("--input", "-i", metavar="DIR|URI", help="Shard set that an earlier step wrote; repeat it for more."),
]
Dataset = Annotated[
    str,
    typer.Option("--dataset", metavar="DIR|URI", help="Dataset version that `attune compile` wrote: a folder or an s3:// URI."),
]
Models = Annotated[str, typer.Option("--models", metavar="DIR", help="Local folder that `attune train` wrote.")]
Loaders = Annotated[
    str,
    typer.Option(metavar="DIR", help="Local folder of your own loaders, whose code runs; families.yaml names files in it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


_SETUP: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}


def new_app(help_text: str = "", **options: Any) -> typer.Typer:
    """A group of commands, set up like every other one; without ``help_text`` the help is its callback's docstring."""
    given = {"help": help_text} if help_text else {}
    return typer.Typer(**{"no_args_is_help": True, **_SETUP, **given, **options})


def use_loaders(folder: str) -> None:
    """Let loaders of one's own come from the folder that the command line names; without one, none are imported."""
    if folder:
        from attune.steps.ingest.own_loaders import use_folder

        use_folder(folder)


def load(files: list[Path] | None, overrides: list[str] | None) -> Params:
    """The parameters of a run: ``params.yaml`` where there is one, the files over it in order, and single values over these."""
    from attune.config.params import load_params

    default = Path("params.yaml")
    base = [default] if default.exists() else []
    return load_params([*base, *(files or [])], overrides or [])
