"""``attune redact``: redact files or standard input, explain what was found, and measure on labelled text."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from attune.cli.options import Overrides, ParamFiles, new_app
from attune.config.params import load_params
from attune.errors import GateError, UsageError
from attune.storage import make_folder

if TYPE_CHECKING:
    from attune.redaction.command import Redacted


class _FilesOrCommand(TyperGroup):
    """A group whose first argument may be a file: ``attune redact notes.txt`` is ``attune redact files notes.txt``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``files`` in front unless a command or ``--help`` was asked for."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["files", *args]
        return list(super().parse_args(ctx, args))


_EXAMPLES = """
Examples:

\b
  attune redact notes.txt > clean.txt             a text
  attune redact users.csv.gz -o clean/            a table, cell by cell, its columns say what they hold
  attune redact chats.jsonl --json | jq .status   one JSON object a record: output, status, findings
  echo "call Ann at 415-555-0132" | attune redact --explain
  attune redact *.md --rescan --fail-on-review    a second detector scans the result; exit 3 for review
  attune redact evaluate --dataset labelled.jsonl
"""

app = new_app(
    "Redact files or standard input, and measure how well redaction works.\n\n"
    "`attune redact FILE…` replaces names, contact data and identifiers by placeholders. `attune redact files --help` has the "
    "formats and options.",
    cls=_FilesOrCommand,
    epilog=_EXAMPLES,
    no_args_is_help=False,
)


@app.command("files", epilog=_EXAMPLES)
def files(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files, also packed as .gz; none or -: standard input.")] = None,
    kind: Annotated[
        Literal["text", "jsonl", "json", "csv", "tsv"] | None,
        typer.Option("--format", help="Format of the input. Default: by the file's extension; standard input is text."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write there: a file, or a folder (a name without ending). Default: standard output."
        ),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show on the terminal what was found, and by which tier.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per piece: where, output, status, findings.")
    ] = False,
    look_again: Annotated[
        bool, typer.Option("--rescan", help="Scan every result with Presidio, which shares no code with redaction. Offline.")
    ] = False,
    fail_on_review: Annotated[bool, typer.Option("--fail-on-review", help="Exit with 3 when a piece requires review.")] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Redact files or standard input; memory does not grow with their size.

    Text is redacted as a whole (in stretches of 64 KB where it is longer than 256 KB), .jsonl line by line, a .json list
    element by element, .csv and .tsv row by row: in each of these pieces the same person has the same placeholder. Of JSON
    every text is redacted but `role`, `id` and `type`; names of keys and columns help ("ssn", "last_name").

    Exit codes: 0 done; 2 wrong input or option (the message names file and line); 3 review needed, with --fail-on-review.
    """
    from attune.redaction.command import redact_document

    loaded = load_params(tuple(params or ()), tuple(overrides or ()))
    inputs = paths or [Path("-")]
    statuses, reasons = Counter[str](), Counter[str]()
    for path in inputs:
        file = None if str(path) == "-" else path
        with _sink(file, output, several=len(inputs) > 1) as sink:
            last = "\n"
            for redacted in redact_document(file, loaded.redact, loaded.run.seed, kind, look_again=look_again):
                last = _as_json(redacted) if as_json else redacted.output
                sink.write(last)
                statuses[redacted.result.pii_status] += 1
                reasons.update(redacted.result.review_reasons)
                if explain and redacted.before:
                    _explain(redacted)
            if not last.endswith("\n") and output is None:
                sink.write("\n")
    if look_again or fail_on_review:
        _tell(statuses, reasons)
    if fail_on_review and statuses["requires_review"]:
        raise GateError(
            f"{statuses['requires_review']} of {statuses.total()} pieces require review: {', '.join(sorted(reasons))}"
        )


@app.command("evaluate")
def evaluate_command(
    dataset: Annotated[Path, typer.Option("--dataset", help="Labelled JSON Lines, or the JSON of presidio-research.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
    params: ParamFiles = None,
    overrides: Overrides = None,
) -> None:
    """Measure on labelled spans: masked, recall, precision and F2 per type, leaks and false flags.

    A line is {"text": …, "spans": [{"start", "end", "type"}]}; also {"full_text": …, "spans": [{"entity_type",
    "start_position", "end_position"}]}, as lines or as one list. Names of types of other sets are understood (PER, FIRST_NAME,
    GPE, US_SSN …). Types that redaction does not claim (AGE, TITLE, NRP, DATE_TIME …) are shown, and are no leak.
    """
    from attune.redaction.evaluate import evaluate, read_cases

    loaded = load_params(tuple(params or ()), tuple(overrides or ()))
    figures = evaluate(read_cases(dataset), loaded.redact, loaded.run.seed)
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False, indent=2))
    else:
        _print_table(figures)


@contextmanager
def _sink(file: Path | None, output: Path | None, *, several: bool) -> Iterator[IO[str]]:
    """Standard output, or a file that appears only when it is complete."""
    if output is None:
        yield sys.stdout
        return
    folder = several or output.is_dir() or not output.suffix
    target = output / (file.name.removesuffix(".gz") if file else "standard-input.txt") if folder else output
    if file and target.resolve() == file.resolve():
        raise UsageError(f"--output {output}: is the input itself; name another file or folder")
    make_folder(target.parent)
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.touch(mode=0o600)  # conversations: for their owner alone
        with partial.open("w", encoding="utf-8", newline="") as sink:
            yield sink
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _as_json(redacted: Redacted) -> str:
    """One line for a program: never the text that was replaced."""
    result = redacted.result
    findings = [
        {
            "text": one.message,
            "start": one.start,
            "end": one.end,
            "type": one.type,
            "tier": one.tier,
            "placeholder": one.placeholder,
        }
        for one in result.findings
    ]
    value = {
        "where": redacted.where,
        "output": redacted.output,
        "status": result.pii_status,
        "review_reasons": list(result.review_reasons),
        "findings": findings,
    }
    return json.dumps(value, ensure_ascii=False) + "\n"


def _tell(statuses: Counter[str], reasons: Counter[str]) -> None:
    counts = ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in sorted(statuses.items()))
    typer.echo(f"{statuses.total():,} pieces: {counts or 'nothing read'}", err=True)
    for reason, count in sorted(reasons.items()):
        typer.echo(f"  {reason}: {count:,}", err=True)


_COLOURS = {
    "known": "bold white on blue",
    "pattern": "bold white on dark_green",
    "cue": "bold black on yellow",
    "gazetteer": "bold black on cyan",
    "model": "bold white on magenta",
    "ner": "bold white on purple4",
    "propagated": "bold black on grey70",
}
_LONGEST_SHOWN = 2_000


def _explain(redacted: Redacted) -> None:
    """What was found: coloured in its text on a terminal, and as a table everywhere."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from attune.redaction.command import explanations

    console = Console(stderr=True)
    if console.is_terminal:
        for number, before in enumerate(redacted.before):
            shown = Text(before[:_LONGEST_SHOWN])
            for finding in redacted.result.findings:
                if finding.message == number:
                    shown.stylize(_COLOURS[finding.tier], finding.start, finding.end)
            console.print(shown)
    title = f"{redacted.where}: {redacted.result.pii_status.replace('_', ' ')}"
    table = Table("text", "from", "to", "found", "type", "tier", "replaced by", title=title)
    for finding, text in explanations(redacted):
        tier = Text(finding.tier, style=_COLOURS[finding.tier])
        places = (str(finding.message + 1), str(finding.start), str(finding.end))
        table.add_row(*places, Text(text), finding.type, tier, Text(finding.placeholder))
    for reason in redacted.result.review_reasons:
        table.add_row("", "", "", "", "", "review", reason)
    console.print(table)


def _print_table(figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    from attune.redaction.evaluate import canonical, is_claimed

    table = Table("type", "is our", "support", "masked", "recall", "precision", "F2")
    for kind, row in figures["types"].items():
        ours = canonical(kind) if is_claimed(kind) else "(not claimed)"
        shown = (f"{row[name]:.3f}" for name in ("masked", "recall", "precision", "f2"))
        table.add_row(kind, "" if ours == kind else ours, str(row["support"]), *shown)
    console = Console()
    console.print(table)
    for name in ("records", "records_with_leak_per_1000", "false_flags_per_1000_words", "records_per_second"):
        console.print(f"{name.replace('_', ' ')}: {figures[name]:g}")
    if not all(is_claimed(kind) for kind in figures["types"]):
        console.print("Types that are not claimed (ages, titles, nationalities, dates …) are no leak where they stay.")
