"""The map from object keys to dataset families: ``sources/families.yaml``, typed and checked.

``families`` says where objects lie and how they are read: a pattern on the key relative to the root (``*`` stands for any
characters, slashes too), a loader, and the meaning of the fields. ``expected`` describes each family and the data that a team
must provide for it. A run takes these numbers from params.yaml (``verify.required_families`` and
``compile.holdout_families``); `attune inventory` lists every difference between the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from attune import storage
from attune.config.section import Share
from attune.config.yaml_file import load_yaml
from attune.errors import UsageError
from attune.redaction.raw_rows import KNOWN_KINDS
from attune.steps.ingest.own_loaders import is_own

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

BUILT_IN = ("jsonl", "json", "csv", "parquet", "transcript", "chatml", "text")
# Loaders whose rows have fixed fields, so that they need no `columns`.
_SELF_DESCRIBING = frozenset({"transcript", "chatml", "text"})

# Common row formats, by name, with their mapping.
PRESETS: Mapping[str, Mapping[str, str]] = {
    "messages": {"messages": "messages"},
    "sharegpt": {"messages": "conversations"},
    "chatml": {"messages": "text"},
    "alpaca": {"question": "instruction", "question_context": "input", "answer": "output"},
    "preference": {"question": "prompt", "answer": "chosen", "rejected": "rejected"},
    "preference_turns": {"messages": "chosen", "rejected": "rejected"},
    "pretraining": {"text": "text"},
    # Exports of chat services; docs/chat-exports.md shows each.
    "messenger": {"messages": "messages", "export": "messenger"},
    "telegram": {"messages": "messages", "export": "telegram"},
    "discord": {"messages": "messages", "export": "discord"},
    "slack": {"utterance": "ts", "export": "slack"},
    "zendesk": {"messages": "comments", "export": "zendesk"},
    "intercom": {"messages": "conversation_parts", "export": "intercom"},
    "chatgpt": {"messages": "mapping", "export": "chatgpt"},
    "oasst": {"messages": "prompt", "export": "oasst"},
}
Service = Literal["messenger", "telegram", "discord", "slack", "zendesk", "intercom", "chatgpt", "oasst"]
# Fields that a service's export may have besides those that a row needs, and that are read.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "messenger": ("participants", "title", "threadName"),
    "telegram": ("name",),
    "slack": ("type", "subtype", "text", "user", "username", "user_profile", "bot_id", "bot_profile", "thread_ts"),
    "zendesk": ("ticket", "users", "requester_id", "requester"),
    "intercom": ("source", "conversation_message", "created_at"),
    "chatgpt": ("current_node",),
}

Count = Annotated[int, Field(ge=0)]
# One spelling only, as in `verify`: a held-out family with another spelling would be trained on.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
# pydantic's error types for common mistakes, with a message that says what to do.
_ADVICE = {"extra_forbidden": "is not a known key; allowed are {known}", "missing": "is missing; write it"}


def _named(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a valid family name; use lower-case letters, digits, _ and -, such as sleep_diaries")
    return name


Name = Annotated[str, AfterValidator(_named)]


class _MapModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_MapModel):
    """The meaning of a row's fields: ``messages``, ``text``, ``question`` and ``answer`` (and ``rejected``), or ``utterance``.

    A dotted name selects a nested field. With ``messages``, ``speaker`` and ``utterance`` are fields of a turn; without, every
    row is an utterance, and those with the same ``group`` are a conversation.
    """

    messages: str | None = Field(default=None, description="A list of turns with `role` and `content`, or ChatML text.")
    text: str | None = Field(default=None, description="A text to pretrain on, without roles.")
    question: str | tuple[str, ...] | None = Field(default=None, description="One field, or several to be joined.")
    question_context: str | None = Field(default=None, description="Context of the question; a row may lack it.")
    answer: str | None = None
    rejected: str | None = Field(default=None, description="The answer that raters liked less than `answer`.")
    speaker: str | None = Field(default=None, description="Who speaks: a field of a turn, or of a row that is an utterance.")
    utterance: str | None = Field(
        default=None, description="What is said: a field of a turn, or of a row that is an utterance."
    )
    order: str | None = Field(default=None, description="A number or time that orders the utterances of a conversation.")
    export: Service | None = Field(default=None, description="The service whose export has this form.")
    system: str | None = None
    group: str | None = Field(default=None, description="Rows with the same value stay in one split.")
    subject: str | None = Field(default=None, description="The person that the row belongs to; becomes a keyed token.")
    scenario: str | None = Field(default=None, description="Topic; of a comma-separated list, the first item.")
    language: str | None = None
    relationship_stage: str | None = None
    created_at: str | None = None
    license: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.by_utterance and self.speaker is None and self.export is None:
            raise ValueError("with `utterance`, name the field `speaker` too")
        if (
            self.messages is None
            and self.text is None
            and self.utterance is None
            and (self.question is None or self.answer is None)
        ):
            raise ValueError("name the field `messages`, or both `question` and `answer`, or `utterance`, or `text`")
        return self

    @property
    def by_utterance(self) -> bool:
        """Whether every row is an utterance."""
        return self.utterance is not None and self.messages is None

    def needed(self) -> list[str]:
        """Every field that a row must have."""
        names = [*self.questions, self.messages, self.text, self.answer, self.rejected, self.system, self.group, self.subject]
        names += [self.scenario, self.language, self.relationship_stage, self.created_at, self.license]
        if self.by_utterance:
            names += [self.utterance, self.speaker, self.order]
        return [name for name in names if name is not None]

    def optional(self) -> list[str]:
        """Every field that is read where a row has it."""
        names = [*_ALSO.get(self.export or "", ()), *(["weight"] if self.by_utterance else [])]
        return names + ([self.question_context] if self.question_context is not None else [])

    @property
    def questions(self) -> tuple[str, ...]:
        """The fields that make the question."""
        if self.question is None:
            return ()
        return (self.question,) if isinstance(self.question, str) else self.question


class Family(_MapModel):
    """How the objects of one family are found and read."""

    family: Name
    pattern: str = Field(min_length=1)
    loader: str | None = Field(description="How objects are read; null: not read yet, only listed.")
    columns: Columns | None = Field(default=None, description="Meaning of the fields, or the name of a common format.")
    known: dict[str, tuple[str, ...]] = Field(default={}, description="Fields with names to redact, by kind.")
    source: Literal["user_generated", "synthetic", "expert_curated"] = "user_generated"
    license: str | None = None
    published: bool = Field(default=False, description="Public text; health information in it is not about a product user.")
    html: bool = Field(default=False, description="Contents are HTML and are converted to text.")
    roles: dict[str, Literal["system", "user", "assistant"]] = Field(
        default={},
        description="Other names of the roles; in transcripts `*` is every other speaker, `unnamed` a speaker without a name.",
    )
    encoding: str = Field(default="utf-8", description="Encoding of files without a byte order mark.")
    rows: str | None = Field(default=None, description="The list in a JSON document whose items are the rows; null: found.")
    pause_hours: float | None = Field(
        default=None, gt=0, description="A longer pause in a chat begins a new conversation; null: a chat is one conversation."
    )
    date_order: Literal["dmy", "mdy"] | None = Field(
        default=None,
        description="Order of day and month in a chat; null: as its dates tell.",
    )
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="Separator of CSV fields; \\t for tabs.")
    fixed_scenario: str | None = Field(default=None, description="The scenario of rows that name none.")
    fixed_language: str | None = Field(default=None, description="The language of rows that name none.")

    @field_validator("columns", mode="before")
    @classmethod
    def _known_shape(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value not in PRESETS:
            raise ValueError(f"{value} is not a known format; allowed are {', '.join(PRESETS)}, or a mapping")
        return dict(PRESETS[value])

    @field_validator("roles", mode="before")
    @classmethod
    def _names_as_text(cls, value: Any) -> Any:
        """A speaker may be a number or a truth value, as YAML reads 0 and yes."""
        return {str(name): role for name, role in value.items()} if isinstance(value, Mapping) else value

    @field_validator("loader")
    @classmethod
    def _loader_exists(cls, value: str | None) -> str | None:
        if value is not None and value not in BUILT_IN and not is_own(value):
            raise ValueError(
                f"Input should be {', '.join(BUILT_IN)}, the name of a loader that an installed package registers, or "
                "mine.py:load, a function in a file of the folder that attune ingest --loaders names"
            )
        return value

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError(f"{value} is not a known encoding; use one such as utf-8, cp1252 or utf-16-le") from None
        return value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.columns is None and self.loader in BUILT_IN and self.loader not in _SELF_DESCRIBING:
            raise ValueError(f"the loader {self.loader} needs `columns`")
        unknown = set(self.known) - set(KNOWN_KINDS)
        if unknown:
            raise ValueError(f"known: {', '.join(sorted(unknown))} is none of {', '.join(KNOWN_KINDS)}")
        return self

    def needed(self) -> list[str]:
        """Every field that a row must have."""
        named = self.columns.needed() if self.columns else []
        return named + [name for names in self.known.values() for name in names]

    def read(self) -> list[str]:
        """Every field that is read; a row may lack the context of its question and what only some exports have."""
        return self.needed() + (self.columns.optional() if self.columns else [])

    def top_level(self) -> set[str]:
        """Names of the fields that are read, as a row has them: of a dotted name, the part before the dot as well."""
        return {part for name in self.read() for part in (name, name.split(".")[0])}


class Expectation(_MapModel):
    """The description of a family, and the data that a team must provide for it."""

    about: str = ""
    origin: Literal["objects", "derived", "database"] = Field(
        default="objects", description="Where its records come from: files, other families, or the product's database."
    )
    minimum_objects: Count = Field(default=1, description="Fewer objects in a listing are partial coverage.")
    minimum_bytes: Count = Field(default=0, description="Fewer bytes in a listing are partial coverage.")
    minimum_records: Count = Field(
        default=1, description="Fewer records are partial coverage; the minimum that `verify` requires."
    )
    optional: bool = Field(default=False, description="`attune inventory --require` does not require it.")
    holdout: Share = Field(default=0.0, description="Share of its groups, 0 to 1, that only the test split may hold.")
    judged_by: str = Field(default="", description="How its quality is checked, besides the score of every record.")
    license: str | None = None


class FamilyMap(_MapModel):
    """The whole file. The first entry whose pattern matches a key decides."""

    families: tuple[Family, ...]
    expected: dict[Name, Expectation] = {}
    ignore: tuple[str, ...] = Field(default=(), description="Patterns of objects that are not data, such as licences.")

    @property
    def names(self) -> list[str]:
        """Every family, in the order of ``expected`` and then of the entries."""
        return list(dict.fromkeys([*self.expected, *(entry.family for entry in self.families)]))

    def expectation(self, family: str) -> Expectation:
        """The expectation of a family; the default is one object and one record."""
        return self.expected.get(family, Expectation())

    def readable(self, family: str) -> bool:
        """Whether a loader reads the family's objects."""
        return any(entry.family == family and entry.loader is not None for entry in self.families)


def load_families(uri: str) -> FamilyMap:
    """Read the map. Raises UsageError naming the entry, the key and what is allowed."""
    try:
        values: Any = load_yaml(storage.read_bytes(uri))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{uri}: is not valid YAML ({' '.join(str(error).split())})") from None
    if not isinstance(values, Mapping) or not isinstance(values.get("families"), list):
        raise UsageError(f"{uri}: must hold a list `families:`; docs/bring-your-own-schema.md shows one")
    try:
        return FamilyMap.model_validate(values)
    except ValidationError as error:
        raise UsageError(f"{uri}: " + "; ".join(_described(item, values) for item in error.errors())) from None


def _described(item: ErrorDetails, values: Mapping[str, Any]) -> str:
    """One mistake in a map: its key and family, the value, and the allowed values."""
    place = [part for part in item["loc"] if part != "[key]"]
    known = _known_keys(place)
    said = _ADVICE.get(item["type"], item["msg"].removeprefix("Value error, "))
    said = said.format(known=", ".join(known)) if item["type"] in _ADVICE else said
    given = item["input"]
    if item["type"] not in {*_ADVICE, "value_error"} and isinstance(given, str | int | float):
        said += f", found {given!r}"
    return f"{'.'.join(map(str, place))}{_of_family(place, values)}: {said}"


def _known_keys(place: Sequence[Any]) -> list[str]:
    """The keys that are allowed at a place in a map."""
    if "columns" in place:
        return list(Columns.model_fields)
    if place[0] == "families" and len(place) > 1:
        return list(Family.model_fields)
    return list(Expectation.model_fields if place[0] == "expected" else FamilyMap.model_fields)


def _of_family(place: Sequence[Any], values: Mapping[str, Any]) -> str:
    """The family name of the entry at ``families.N``."""
    if len(place) < 2 or place[0] != "families":
        return ""
    entry = values["families"][place[1]]
    name = entry.get("family") if isinstance(entry, Mapping) else None
    return f" ({name})" if isinstance(name, str) and place[2:] != ["family"] else ""


def differences(families: FamilyMap, holdouts: Mapping[str, float], required: Mapping[str, int]) -> list[str]:
    """Differences between a run's parameters and the map, as sentences.

    Args:
        families: the map.
        holdouts: ``compile.holdout_families``.
        required: ``verify.required_families``.
    """
    found = []
    for name in dict.fromkeys([*families.names, *holdouts]):
        said, run = families.expectation(name).holdout, holdouts.get(name, 0.0)
        if said != run:
            found.append(f"compile.holdout_families: {name} is {run:g} in this run, the map says {said:g}")
    for name, count in required.items():
        minimum = families.expectation(name).minimum_records
        if count != minimum:
            found.append(f"verify.required_families: {name} needs {count:,} records in this run, the map says {minimum:,}")
    return found
