"""The steps by name, and how each is run."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from attune.errors import UsageError


@dataclass(frozen=True)
class Step:
    """How a step is run.

    Attributes:
        name: the one name that the step has everywhere.
        module: where its function of the same name stands.
        title: what it does, in a few words.
        batched: its function takes one batch (a map step) instead of whole inputs.
        sections: parameter sections that it needs beside its own.
        reads_sources: its inputs are no outputs of another step; those on a server or in a store must be read to be known.
        needs_key: it makes subject tokens.
        unit: what its progress counts.
        places: inputs that it writes to as well, such as the registry; what stands there is no part of the key.
        distrustful: its inputs are known by all their bytes, not by the description that stands with them.
        files: parameters of its own section that name a file or folder that it reads, such as SQL.
        leaves_out_erased: it takes nothing of people on the list of ``run.erased``; its result depends on that list too.
        copies_records: it is given its inputs without the rows of people on that list; see ``core/without_erased``.
        has_state: its module has ``external_state(inputs, params)``: what the result depends on beside inputs and parameters,
            and whether what an earlier run left outside of its output is still there.
    """

    name: str
    module: str
    title: str
    batched: bool = False
    sections: tuple[str, ...] = ()
    reads_sources: bool = False
    needs_key: bool = False
    unit: str = "records"
    places: tuple[str, ...] = ()
    distrustful: bool = False
    files: tuple[str, ...] = ()
    has_state: bool = False
    leaves_out_erased: bool = False
    copies_records: bool = False

    @property
    def function(self) -> Callable[..., Any]:
        """The step's function; importing it may be slow."""
        return getattr(importlib.import_module(self.module), self.name)  # type: ignore[no-any-return]


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "extract",
            "attune.steps.extract.step",
            "read the product database, redacting in memory",
            sections=("redact", "run"),
            reads_sources=True,
            needs_key=True,
            files=("sources",),
            leaves_out_erased=True,
        ),
        Step(
            "ingest",
            "attune.steps.ingest.step",
            "read object-store families, redacting in memory",
            sections=("redact", "run", "extract"),
            reads_sources=True,
            needs_key=True,
            files=("families",),
            leaves_out_erased=True,
        ),
        Step(
            "score", "attune.steps.score.step", "score quality and filter", batched=True, sections=("llm",), copies_records=True
        ),
        Step(
            "dedupe",
            "attune.steps.dedupe.step",
            "remove exact and near duplicates",
            sections=("run",),
            has_state=True,
            copies_records=True,
        ),
        Step(
            "compile",
            "attune.steps.compile.step",
            "assign splits and write the dataset version",
            sections=("run",),
            leaves_out_erased=True,
        ),
        Step("verify", "attune.steps.verify.step", "hold the dataset version against eight gates", distrustful=True),
        Step("train", "attune.steps.train.step", "train the curriculum", unit="optimizer steps"),
        Step("evaluate", "attune.steps.evaluate.step", "compare the model with its base model", unit="models"),
        Step(
            "release",
            "attune.steps.release.step",
            "decide: promote, hold or reject",
            places=("registry",),
            has_state=True,
        ),
        Step("rollout", "attune.steps.rollout.step", "roll the model out to users in stages, or back", unit="requests"),
    )
}


def require_step(name: str) -> Step:
    """The step called ``name``. Raises UsageError naming the steps there are."""
    if name not in STEPS:
        raise UsageError(f"{name}: no such step; there are {', '.join(STEPS)}")
    return STEPS[name]
