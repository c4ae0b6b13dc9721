"""The Jinja environment of all pages: templates, filters, and text that any page may hold."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from attune.reporting.scales import number_text

Cell = str | int | float | None

# What no HTML document may hold: C0 controls except tab and line ends, DEL and C1, lone surrogates, noncharacters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BREAKS = re.compile(r"(?<=[_/])(?=\w)|(?<=[.:])(?=[^\W\d])")


def render(template: str, **values: Any) -> str:
    """The template of this name, rendered; a name that the template uses and ``values`` lack is an error."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("attune.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters.update(human=human, machine=machine_value, address=safe_address)
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    environment.globals["style"] = Markup(style)  # noqa: S704 - our own file
    return environment


def _printable(value: object) -> object:
    """What a template prints: Jinja escapes it, this replaces the characters that escaping cannot help."""
    return value if isinstance(value, Markup) else _FORBIDDEN.sub("\ufffd", str(value))


def text(value: object) -> Markup:
    """``value`` as HTML text or attribute value: escaped, and without characters that HTML forbids."""
    return escape(_printable(value))


def machine_value(value: Cell) -> str:
    """The exact value as ``data-value`` holds it: what Python's ``int`` or ``float`` reads back; empty for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def human(value: Cell) -> Markup:
    """``value`` for people; names may break after ``_``, ``/``, ``.`` and ``:`` so that they do not widen a page."""
    if isinstance(value, str):
        return Markup("<wbr>").join(text(part) for part in _BREAKS.split(value))
    return text(number_text(value))


def safe_address(address: str) -> str:
    """``address`` if it is relative or http(s); anything that a browser could execute becomes ``#``."""
    scheme = address.strip().partition(":")[0] if ":" in address.split("/")[0] else ""
    return address if scheme.lower() in {"", "http", "https"} else "#"
