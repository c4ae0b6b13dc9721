"""Options that commands share, and the parameters that they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from attune.config.params import Params

ParamFiles = Annotated[
    list[Path] | None, typer.Option("--params", "-p", help="Parameter file; later ones overlay earlier ones. [params.yaml]")
]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", "-s", metavar="KEY=VALUE", help="One parameter, such as dedupe.threshold=0.9.")
]


def load(files: list[Path] | None, overrides: list[str] | None) -> Params:
    """The parameters of a run: ``params.yaml`` where there is one, the files over it in order, and single values over these."""
    from attune.config.params import load_params

    default = Path("params.yaml")
    base = [default] if default.exists() else []
    return load_params([*base, *(files or [])], overrides or [])
