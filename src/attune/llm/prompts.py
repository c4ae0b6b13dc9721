"""Prompts: one Markdown file each, with a front matter of name, version and parameters.

::

    ---
    name: quality_evaluator          # the file's name without .md
    version: 1.0.0                   # raise it whenever the text, the parameters or the output change
    purpose: one line for people
    parameters: {temperature: 0, max_tokens: 400}
    output: {type: object, ...}      # JSON Schema of the answer
    ---
    # system
    The system message.
    # user
    The user message, with {{names}} as placeholders of values.

Values are inserted unchanged. Encode text of users as JSON, so that it cannot end its own quotation.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import attune
from attune.errors import UsageError
from attune.llm.schema import check_schema

_SLOT = re.compile(r"\{\{(\w+)\}\}")
_HEADING = re.compile(r"^# (system|user)\s*$", re.MULTILINE)
_DIGITS = 12


class Parameters(BaseModel):
    """Parameters of a request that do not depend on the model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    max_tokens: Annotated[int, Field(gt=0)] = 512


class _FrontMatter(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    purpose: str
    parameters: Parameters = Parameters()
    output: dict[str, Any]


@dataclass(frozen=True)
class Prompt:
    """One prompt file."""

    name: str
    version: str
    sha256: str  # of the file's bytes, the first 12 hexadecimal digits
    parameters: Parameters
    output: Mapping[str, Any]
    system: str
    user: str

    @property
    def label(self) -> str:
        """Name, version and hash, as recorded in the provenance of records that the prompt produced."""
        return f"{self.name} {self.version} (sha256 {self.sha256})"

    def messages(self, **values: str) -> list[dict[str, str]]:
        """The messages with the values inserted. Raises KeyError for a placeholder without a value."""
        parts = (("system", self.system), ("user", self.user))
        return [{"role": role, "content": _SLOT.sub(lambda found: values[found[1]], text)} for role, text in parts]


def load_prompt(name: str, folder: str | None = None) -> Prompt:
    """Read the prompt ``name`` from a folder; without one, from the prompts that are part of Attune.

    Raises:
        UsageError: the file cannot be read, or is no valid prompt.
    """
    path = (Path(folder) if folder else packaged_folder()) / f"{name}.md"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot read the prompt ({error.strerror}); llm.prompts names the folder") from None
    try:
        return _parse(content, name)
    except ValidationError as error:
        reason = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    except (ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
    raise UsageError(f"{path}: is no prompt: {reason}")


def packaged_folder() -> Path:
    """The folder of the prompts that are part of Attune: in the installed package, or at the root of a checkout."""
    package = Path(attune.__file__).parent
    installed = package / "prompts"
    return installed if installed.is_dir() else package.parents[1] / "prompts"


def _parse(content: bytes, name: str) -> Prompt:
    text = content.decode("utf-8")
    opening, _, rest = text.partition("---\n")
    header, closing, body = rest.partition("\n---\n")
    if opening.strip() or not closing:
        raise ValueError("must begin with a front matter between two lines of ---")
    front = _FrontMatter.model_validate(yaml.safe_load(header))
    if front.name != name:
        raise ValueError(f"its name is {front.name!r}, the file's is {name!r}")
    check_schema(front.output)
    parts = _HEADING.split(body)
    sections = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
    if parts[0].strip() or len(parts) != 5 or not all(sections.get(role) for role in ("system", "user")):
        raise ValueError("must have one `# system` and one `# user` with text below each, and nothing before")
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    return Prompt(name, front.version, digest, front.parameters, front.output, sections["system"], sections["user"])
