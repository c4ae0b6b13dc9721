"""``attune redact``: redact files or standard input, explain what was found, and measure on labelled text."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from attune.core.params import load_params

if TYPE_CHECKING:
    from attune.data.redact.command import Redacted


class _FilesOrCommand(TyperGroup):
    """A group whose first argument may be a file: ``attune redact notes.txt`` is ``attune redact files notes.txt``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``files`` in front unless a command or ``--help`` was asked for."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["files", *args]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    cls=_FilesOrCommand,
    help="Replace names, contact data and identifiers by placeholders: `attune redact FILE…`, or standard input.",
    no_args_is_help=False,
    add_completion=False,
)

_Params = Annotated[list[Path] | None, typer.Option("--params", help="Parameter file; may be given more than once.")]
_Set = Annotated[list[str] | None, typer.Option("--set", help="One parameter, such as redact.names=lists.")]


@app.command("files")
def files(
    paths: Annotated[list[Path] | None, typer.Argument(help="Text or .jsonl files; none or -: standard input.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show on the terminal what was found, and by which tier.")] = False,
    params: _Params = None,
    overrides: _Set = None,
) -> None:
    """Redact files or standard input to standard output.

    Files that end in .jsonl are redacted record by record (`messages`, `text` or `content`), others as one text each.
    """
    for redacted in _redacted(paths or [], params, overrides):
        typer.echo(redacted.output, nl=not redacted.output.endswith("\n"))
        if explain:
            _explain(redacted)


@app.command("evaluate")
def evaluate_command(
    dataset: Annotated[Path, typer.Option("--dataset", help="Labelled JSON Lines, or the JSON of presidio-research.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
    params: _Params = None,
    overrides: _Set = None,
) -> None:
    """Measure on labelled spans: masked, recall, precision and F2 per type, leaks and false flags."""
    from attune.data.redact.evaluate import evaluate, read_cases

    loaded = load_params(tuple(params or ()), tuple(overrides or ()))
    figures = evaluate(read_cases(dataset), loaded.redact, loaded.run.seed)
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False, indent=2))
    else:
        _print_table(figures)


def _redacted(paths: list[Path], params: list[Path] | None, overrides: list[str] | None) -> Iterator[Redacted]:
    from attune.data.redact.command import redact_file, redact_text

    loaded = load_params(tuple(params or ()), tuple(overrides or ()))
    for path in paths or [Path("-")]:
        if str(path) == "-":
            yield redact_text(sys.stdin.read(), loaded.redact, loaded.run.seed)
        else:
            yield from redact_file(path, loaded.redact, loaded.run.seed)


def _explain(redacted: Redacted) -> None:
    from rich.console import Console
    from rich.table import Table

    from attune.data.redact.command import explanations

    table = Table(
        "message", "from", "to", "found", "type", "tier", "replaced by", title=f"status: {redacted.result.pii_status}"
    )
    for finding, text in explanations(redacted):
        cells = (
            str(finding.message + 1),
            str(finding.start),
            str(finding.end),
            text,
            finding.type,
            finding.tier,
            finding.placeholder,
        )
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    for reason in redacted.result.review_reasons:
        table.add_row("", "", "", "", "", "", f"review: {reason}")
    Console(stderr=True).print(table)


def _print_table(figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("type", "support", "masked", "recall", "precision", "F2")
    for kind, row in figures["types"].items():
        table.add_row(kind, str(row["support"]), *(f"{row[name]:.3f}" for name in ("masked", "recall", "precision", "f2")))
    console = Console()
    console.print(table)
    for name in ("records", "records_with_leak_per_1000", "false_flags_per_1000_words", "records_per_second"):
        console.print(f"{name.replace('_', ' ')}: {figures[name]:g}")
