"""``params.yaml`` as text: every default with its description, in the order of the model."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import yaml
from pydantic import BaseModel

from attune.config.params import Params

_WIDTH = 124
_HEADER = """\
# Every number that a run depends on. Made by `make params` from the models in src/attune/config; change values here, or lay a
# file over them with --params, or one with --set dedupe.threshold=0.9. A key that does not exist or a value that is not
# allowed is refused before any work.
"""


def default_params_yaml() -> str:
    """The text of ``params.yaml`` with all defaults."""
    parts = [_HEADER]
    for name, field in Params.model_fields.items():
        section = field.get_default(call_default_factory=True)
        summary = (type(section).__doc__ or "").strip().splitlines()[0]
        parts.append(f"\n# {summary}\n{name}:\n{_section(section, 2)}")
    return "".join(parts)


def _section(section: BaseModel, indent: int) -> str:
    return "".join(_entry(section, name, indent) for name in type(section).model_fields)


def _entry(section: BaseModel, name: str, indent: int) -> str:
    margin = " " * indent
    value = getattr(section, name)
    description = type(section).model_fields[name].description
    comment = "".join(f"{margin}# {line}\n" for line in textwrap.wrap(description, _WIDTH - indent)) if description else ""
    if isinstance(value, BaseModel):
        return f"{comment}{margin}{name}:\n{_section(value, indent + 2)}"
    return comment + textwrap.indent(_yaml({name: section.model_dump(mode="json")[name]}), margin)


def _yaml(value: dict[str, Any]) -> str:
    """YAML of one key; a list or mapping that fits a line is written on one."""
    key, content = next(iter(value.items()))
    if isinstance(content, dict | list):
        line = f"{key}: {json.dumps(content, ensure_ascii=False)}\n"
        if len(line) < _WIDTH - 4:
            return line
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=_WIDTH - 4)
