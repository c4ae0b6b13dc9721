"""The registry of steps: each by its name, with what the runner must know about it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from attune.config.params import Params
from attune.errors import UsageError


class StepKind(Enum):
    """What a step's function takes: one batch, or whole inputs."""

    MAP = auto()
    WHOLE = auto()


class Trait(Enum):
    """What sets a step apart from others; see the comment on each."""

    READS_SOURCES = auto()  # reads a database or object store, not another step's output, and makes subject tokens
    SKIPS_ERASED = auto()  # leaves out the people on the list of erased people itself
    INPUTS_WITHOUT_ERASED = auto()  # gets its inputs without the rows of erased people, see runtime/without_erased.py
    HASHES_ALL_BYTES = auto()  # knows its inputs by all their bytes, not by the manifest that comes with them
    USES_SIGNATURES = auto()  # signs what it writes, or checks signatures of what it reads: the keys that are set count
    EXTERNAL_STATE = auto()  # its module has external_state(**inputs, params): see cache_key.dependencies
    OWN_PAGES = auto()  # its module has rewrite_pages(**inputs, output, params), which says whether a page has changed


@dataclass(frozen=True)
class Step:
    """How a step is run. Its module has a function of the same name.

    Attributes:
        name: name of the step, its parameter section, command and module.
        title: what it does, in a few words.
        kind: whether its function takes one batch or whole inputs.
        params: parameters that it gets besides its own section: a section (``redact``) or one value of another section
            (``extract.long_running_turns``). Each is passed as the keyword argument of its last part.
        files: parameters that name files or folders that it reads, such as SQL (``extract.sources``); their content counts.
        updates: inputs that it also writes to, such as the registry; their content does not count.
        traits: what sets it apart.
        unit: what its progress counts.
    """

    name: str
    title: str
    kind: StepKind = StepKind.WHOLE
    params: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    traits: frozenset[Trait] = frozenset()
    unit: str = "records"

    @property
    def module(self) -> str:
        """The module that holds its function."""
        return module_of(self.name)

    @property
    def function(self) -> Callable[..., Any]:
        """The step's function; importing it may be slow."""
        return getattr(importlib.import_module(self.module), self.name)  # type: ignore[no-any-return]

    def other_params(self, params: Params) -> dict[str, Any]:
        """The parameters that it gets besides its own section, as keyword arguments."""
        values: dict[str, Any] = {}
        for name in self.params:
            section, _, key = name.partition(".")
            values[key or section] = getattr(getattr(params, section), key) if key else getattr(params, section)
        return values

    @property
    def obeys_erased_list(self) -> bool:
        """Whether its output depends on the list of erased people."""
        return bool(self.traits & {Trait.SKIPS_ERASED, Trait.INPUTS_WITHOUT_ERASED})

    @property
    def code_modules(self) -> tuple[str, ...]:
        """Modules whose code, and all that they import, decides the bytes of the output."""
        engine = ("attune.runtime.engine",) if self.kind is StepKind.MAP else ()
        filtering = ("attune.runtime.without_erased",) if Trait.INPUTS_WITHOUT_ERASED in self.traits else ()
        return (self.module, *engine, *filtering)


def module_of(name: str) -> str:
    """The module of the step called ``name``."""
    return f"attune.steps.{name}.step"


_SOURCE = frozenset({Trait.READS_SOURCES, Trait.SKIPS_ERASED})
_SIGNATURES = frozenset({Trait.USES_SIGNATURES})
STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "extract",
            "read the product database, redacting in memory",
            params=("redact", "run"),
            files=("extract.sources", "redact.ner"),
            traits=_SOURCE,
        ),
        Step(
            "ingest",
            "read object-store families, redacting in memory",
            params=("redact", "run", "extract.long_running_turns"),
            files=("ingest.families", "redact.ner"),
            traits=_SOURCE | {Trait.EXTERNAL_STATE},
        ),
        Step(
            "score",
            "score quality and filter",
            StepKind.MAP,
            params=("llm",),
            traits=frozenset({Trait.INPUTS_WITHOUT_ERASED}),
        ),
        Step(
            "dedupe",
            "remove exact and near duplicates",
            params=("run",),
            traits=frozenset({Trait.INPUTS_WITHOUT_ERASED, Trait.EXTERNAL_STATE, Trait.OWN_PAGES}),
        ),
        Step(
            "compile",
            "assign splits and write the dataset version",
            params=("run",),
            files=("compile.test_sets",),
            traits=frozenset({Trait.SKIPS_ERASED, Trait.USES_SIGNATURES}),
        ),
        Step(
            "verify",
            "check the dataset version with eight gates",
            files=("verify.test_sets",),
            traits=frozenset({Trait.HASHES_ALL_BYTES, Trait.USES_SIGNATURES}),
        ),
        Step("train", "train the curriculum", files=("train.base_model",), traits=_SIGNATURES, unit="optimizer steps"),
        Step(
            "evaluate",
            "compare the model with its base model",
            files=("evaluate.production",),
            traits=_SIGNATURES,
            unit="models",
        ),
        Step(
            "release",
            "decide: promote, hold or reject",
            updates=("registry",),
            traits=_SIGNATURES | {Trait.EXTERNAL_STATE},
        ),
        Step(
            "rollout",
            "roll the model out to users in stages, or back",
            files=("rollout.prompts",),
            traits=_SIGNATURES,
            unit="requests",
        ),
    )
}


def require_step(name: str) -> Step:
    """The step called ``name``. Raises UsageError naming the steps there are."""
    if name not in STEPS:
        raise UsageError(f"{name}: no such step; there are {', '.join(STEPS)}")
    return STEPS[name]
