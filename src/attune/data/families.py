"""The map from object keys to dataset families: ``sources/families.yaml``, typed and checked.

Each entry says which objects it is for (a pattern on the key relative to the root; ``*`` stands for any characters, slashes
too), which loader reads them, and which of their columns mean what.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from attune.core import storage
from attune.core.errors import UsageError
from attune.data.prepare import KNOWN_KINDS

Loader = Literal["jsonl", "json", "csv", "parquet", "transcript"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Entry):
    """What a row's fields mean: either ``messages``, or ``question`` and ``answer`` (and ``rejected`` for preference pairs).

    A dotted name reaches into a nested field.
    """

    messages: str | None = Field(default=None, description="A list of turns with `role` and `content`.")
    question: str | tuple[str, ...] | None = Field(default=None, description="One field, or several to be joined.")
    answer: str | None = None
    rejected: str | None = Field(default=None, description="The answer that `answer` was preferred to.")
    system: str | None = None
    group: str | None = Field(default=None, description="Rows with the same value are one conversation for the splits.")
    subject: str | None = Field(default=None, description="The person that it belongs to; becomes a keyed token.")
    scenario: str | None = Field(default=None, description="What it is about; of a list with commas, the first.")
    language: str | None = None
    relationship_stage: str | None = None
    created_at: str | None = None
    license: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.messages is None and (self.question is None or self.answer is None):
            raise ValueError("name the field `messages`, or both `question` and `answer`")
        return self

    def needed(self) -> list[str]:
        """Every field that a row must have."""
        names = [*self._questions(), self.messages, self.answer, self.rejected, self.system, self.group, self.subject]
        names += [self.scenario, self.language, self.relationship_stage, self.created_at, self.license]
        return [name for name in names if name is not None]

    def _questions(self) -> tuple[str, ...]:
        if self.question is None:
            return ()
        return (self.question,) if isinstance(self.question, str) else self.question

    @property
    def questions(self) -> tuple[str, ...]:
        """The fields that make the question."""
        return self._questions()


class Family(_Entry):
    """How the objects of one family are found and read."""

    family: str
    pattern: str
    loader: Loader
    columns: Columns | None = Field(default=None, description="What fields mean; transcripts have none.")
    known: dict[str, tuple[str, ...]] = Field(default={}, description="Fields with names to redact, by kind.")
    source: Literal["user_generated", "synthetic", "expert_curated"] = "user_generated"
    license: str | None = None
    published: bool = Field(default=False, description="Public text: health information in it is not a product user's own.")
    html: bool = Field(default=False, description="Contents are HTML and become text.")
    roles: dict[str, str] = Field(default={}, description="Other names of the roles; in transcripts `*` is everybody else.")
    fixed_scenario: str | None = Field(default=None, description="The scenario of rows that name none.")
    fixed_language: str | None = Field(default=None, description="The language of rows that name none.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.columns is None and self.loader != "transcript":
            raise ValueError(f"the loader {self.loader} needs `columns`")
        unknown = set(self.known) - set(KNOWN_KINDS)
        if unknown:
            raise ValueError(f"known: {', '.join(sorted(unknown))} is none of {', '.join(KNOWN_KINDS)}")
        return self

    def needed(self) -> list[str]:
        """Every field that a row must have."""
        named = self.columns.needed() if self.columns else []
        return named + [name for names in self.known.values() for name in names]


class FamilyMap(_Entry):
    """The whole file. The first entry whose pattern matches a key decides."""

    families: tuple[Family, ...]
    ignore: tuple[str, ...] = Field(default=(), description="Patterns of objects that are no data, such as licences.")

    def family_of(self, key: str) -> Family | None:
        """The entry for an object key, or None."""
        return next((entry for entry in self.families if fnmatchcase(key, entry.pattern)), None)

    def ignored(self, key: str) -> bool:
        """Whether an object is known to be no data."""
        return any(fnmatchcase(key, pattern) for pattern in self.ignore)


def load_families(uri: str) -> FamilyMap:
    """Read the map. Raises UsageError naming the entry, the key and what is allowed."""
    try:
        values: Any = yaml.safe_load(storage.read_bytes(uri))
    except yaml.YAMLError as error:
        raise UsageError(f"{uri}: is not valid YAML ({' '.join(str(error).split())})") from None
    if not isinstance(values, Mapping):
        raise UsageError(f"{uri}: must hold a list `families:`")
    try:
        return FamilyMap.model_validate(values)
    except ValidationError as error:
        lines = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
        raise UsageError(f"{uri}: " + "; ".join(lines)) from None
