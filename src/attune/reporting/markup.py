"""HTML in small pieces: escaping, numbers that a script can read back, tables, and the document around a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from attune.reporting.scales import number_text

Cell = str | int | float | None
_SHORT = 24  # characters of a text that is not broken into lines in a table

# What no HTML document may hold: C0 controls except tab and line ends, DEL and C1, lone surrogates, noncharacters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def text(value: object) -> str:
    """``value`` as HTML text or attribute value: escaped, and without characters that HTML forbids."""
    return escape(_FORBIDDEN.sub("\ufffd", str(value)), quote=True)


def machine_value(value: Cell) -> str:
    """The exact value as ``data-value`` holds it: what Python's ``int`` or ``float`` reads back; empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def value_attributes(key: str, value: Cell) -> str:
    """``data-key`` and ``data-value`` attributes."""
    return f'data-key="{text(key)}" data-value="{text(machine_value(value))}"'


def human(value: Cell) -> str:
    """``value`` for people, escaped; names may break after ``_``, ``/``, ``.`` and ``:`` so that they do not widen a page."""
    if isinstance(value, str):
        return re.sub(r"([_/]|[.:](?=[^\W\d]))(?=\w)", r"\1<wbr>", text(value))
    return text(number_text(value))


def cell(value: Cell, key: str, *, shown: str | None = None) -> str:
    """A table cell that holds ``value``, findable by ``key``; ``shown`` replaces what people see."""
    kind = ("s" if len(value) <= _SHORT else "") if isinstance(value, str) else "n"
    content = human(value) if shown is None else text(shown)
    return f"<td{f' class={kind}' if kind else ''} {value_attributes(key, value)}>{content}</td>"


def table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[str],
    *,
    numeric: Sequence[bool],
    footer: str = "",
    caption_hidden: bool = True,
) -> str:
    """A table in a container that scrolls by itself; ``rows`` are finished ``<tr>`` elements, without any there is no table."""
    if not rows:
        return ""
    heads = "".join(
        f'<th scope="col"{" class=n" if is_number else ""}>{human(column)}</th>'
        for column, is_number in zip(columns, numeric, strict=True)
    )
    hidden = ' class="hidden"' if caption_hidden else ""
    foot = f"<tfoot>{footer}</tfoot>" if footer else ""
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{text(caption)}, table"><table>'
        f"<caption{hidden}>{text(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody>{foot}</table></div>"
    )


def row(name: Cell, cells: Sequence[str]) -> str:
    """A table row: its name as the row's header, then finished cells."""
    kind = (' class="s"' if len(name) <= _SHORT else "") if isinstance(name, str) else ' class="n"'
    value = "" if isinstance(name, str) else f' data-value="{text(machine_value(name))}"'
    return f'<tr><th scope="row"{kind}{value}>{human(name)}</th>{"".join(cells)}</tr>'


def details(summary: str, content: str) -> str:
    """Something that opens on demand, without a script."""
    return f"<details><summary>{text(summary)}</summary>{content}</details>"


def section(title: str, content: str, *, note: str = "", classes: str = "") -> str:
    """A part of a page under its own heading."""
    named = f' class="{classes}"' if classes else ""
    remark = f'<p class="note">{text(note)}</p>' if note else ""
    return f"<section{named}><h2>{text(title)}</h2>{remark}{content}</section>"


def stylesheet() -> str:
    """The style that all pages of Attune share."""
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def document(title: str, header: str, main: str, footer: str) -> str:
    """A whole page that needs nothing from elsewhere."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(title)}</title>\n<style>\n{stylesheet()}</style>\n</head>\n<body>\n"
        f"<header>{header}</header>\n<main>\n{main}\n</main>\n<footer>{footer}</footer>\n</body>\n</html>\n"
    )
