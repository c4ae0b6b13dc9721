"""The command line: which commands there are, in which order help lists them, and where each is defined.

Exit codes: 0 done, 1 the run failed, 2 wrong usage or configuration, 3 a gate failed, 4 nobody was found under the name
that was given, 130 interrupted.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from attune import __version__
from attune.errors import AttuneError
from attune.runtime.audit_trail import default_folder

_INTERRUPTED = 130


class HelpEntry(NamedTuple):
    """A command: the module below ``attune.cli`` whose ``app`` holds it, and its line in the help."""

    module: str
    help: str


# Help must not import what the commands need, so their first lines stand here too; a test holds the two together.
COMMANDS: dict[str, dict[str, HelpEntry]] = {
    "Everything at once": {
        "run": HelpEntry("run", "Run the whole pipeline on a database, on files, or on the sample product."),
        "sample": HelpEntry("tools", "Write a sample coaching product with planted truth, to try everything on."),
    },
    "Steps, in order": {
        "extract": HelpEntry("steps", "Read the product database and write redacted records."),
        "ingest": HelpEntry("steps", "Read files of object-store families and write redacted records."),
        "score": HelpEntry("steps", "Score every conversation from 0 to 10 and filter out what must not be learned from."),
        "dedupe": HelpEntry("steps", "Remove exact and near duplicates, and report the decision on each pair."),
        "compile": HelpEntry("steps", "Assign splits and write a dataset version."),
        "verify": HelpEntry("steps", "Check a dataset version against eight gates, recomputed from its files alone."),
        "train": HelpEntry("steps", "Train the curriculum; a killed run resumes from its last checkpoint."),
        "evaluate": HelpEntry("steps", "Compare the tuned model with the one before it on the held-out split."),
        "release": HelpEntry("steps", "Promote, hold or reject the model, with reasons, and register it."),
        "rollout": HelpEntry("steps", "Roll the model out to 10, 25, 50 and 100 % of users, or roll it back."),
    },
    "Data": {
        "inventory": HelpEntry("tools", "Report which dataset families a store holds, from its listing alone."),
        "redact": HelpEntry("redact", "Redact files or standard input, and measure how well redaction works."),
        "dataset": HelpEntry("dataset", "Show, compare, export, freeze, push and pull dataset versions."),
    },
    "Governance": {
        "trace": HelpEntry("governance", "Trace a record back to its source, or a person forward to datasets and models."),
        "erase": HelpEntry("governance", "Erase a person everywhere and write a signed record of it."),
        "erasure": HelpEntry("erasure", "Check the signed record of an erasure, and remove old object versions."),
        "export-subject": HelpEntry("governance", "Export a person's data."),
        "retention": HelpEntry(
            "retention", "Archive and remove what has passed its retention period; retrieve from the archive."
        ),
        "audit-trail": HelpEntry("audit_trail", "Show the audit trail, and verify that nobody changed it."),
    },
    "Settings": {
        "params": HelpEntry("tools", "Print every parameter as a run would read it."),
    },
}
_ENTRIES = {name: entry for commands in COMMANDS.values() for name, entry in commands.items()}


class LazyGroup(TyperGroup):
    """A group that imports a command only when it is called, and lists commands under headings."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, in the order of the help."""
        del ctx
        return list(_ENTRIES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name; its module is imported now. None: there is none."""
        if cmd_name not in _ENTRIES:
            return None
        app: typer.Typer = importlib.import_module(f"attune.cli.{_ENTRIES[cmd_name].module}").app
        command: Any = typer.main.get_command(app)
        found = command.get_command(ctx, cmd_name) if hasattr(command, "get_command") else None
        command = found or command
        command.name = cmd_name
        _name_values(command)
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run the command; Ctrl-C ends it with one message and exit code 130."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.secho("attune: interrupted; finished work is kept, run it again to resume", err=True)
            raise typer.Exit(_INTERRUPTED) from None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands of each heading, from the table alone."""
        del ctx
        for heading, commands in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl([(name, entry.help) for name, entry in commands.items()])


def _name_values(command: Any) -> None:
    """Name the values of options and arguments in the help by what a user types, not by Python's types."""
    for parameter in getattr(command, "params", []):
        annotation = str(parameter.type_descriptor.annotation)
        if parameter.metavar is None and "bool" not in annotation and "Literal" not in annotation:
            kinds = (("Path", "FILE"), ("int", "N"), ("float", "N"))
            parameter.metavar = next((name for kind, name in kinds if kind in annotation), "TEXT")
        if parameter.param_type_name == "argument":
            parameter.display_type_rich = lambda **_: ""  # the help would put the type beside the name
    for sub in getattr(command, "commands", {}).values():
        _name_values(sub)


app = typer.Typer(
    name="attune",
    cls=LazyGroup,
    help=(
        "Turn a product's conversations into a fine-tuned assistant whose owners can prove that it is private, safe and "
        "better.\n\nEvery step reads folders or s3:// URIs that earlier steps wrote, and resumes where it was stopped. "
        "`attune COMMAND --help` explains one."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"attune {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    del version


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every expected error becomes one message and an exit code."""
    try:
        with default_folder("audit-trail"):
            app(args=arguments)
    except AttuneError as error:
        typer.secho(f"attune: {error}", err=True, fg=typer.colors.RED)
        sys.exit(error.exit_code)
