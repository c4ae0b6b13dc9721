"""Which stages are trained, in which order, and which records each of them takes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from attune.config.train import StageParams, TrainParams
from attune.records.dataset import open_dataset

BASE = "base"
_SELECTION_COLUMNS = ("record_id", "family", "tags", "category", "pii_status", "rejected_response")


@dataclass(frozen=True)
class Stage:
    """One stage in its place: ``index`` counts from 1; 0 is the making of the tiny base model."""

    index: int
    name: str
    params: StageParams

    @property
    def folder(self) -> str:
        """Name of its folder under ``stages/``."""
        return f"{self.index:02d}-{self.name}"


def plan(params: TrainParams) -> list[Stage]:
    """The stages to train in order; the first is the base model's own when none is named."""
    stages = [Stage(position + 1, name, params.curriculum[name]) for position, name in enumerate(params.stages)]
    if params.base_model is not None:
        return stages
    first = StageParams(phase="pretraining", steps=params.tiny.steps, learning_rate=params.tiny.learning_rate, weights="full")
    return [Stage(0, BASE, first), *stages]


def select(table: pa.Table, stage: StageParams) -> pa.Array:
    """For every row, whether the stage takes it.

    A record whose privacy review is open is never taken, whatever the stage says; a preference stage takes only records that
    hold a rejected answer.
    """
    taken = pc.not_equal(table["pii_status"], "requires_review")
    if stage.families or stage.tags:
        in_family = pc.is_in(table["family"], value_set=pa.array(stage.families, pa.string()))
        wanted = set(stage.tags)
        tagged = pa.array([bool(wanted.intersection(tags or ())) for tags in table["tags"].to_pylist()], pa.bool_())
        taken = pc.and_(taken, pc.or_(in_family, pa.chunked_array([tagged])))
    if stage.categories:
        taken = pc.and_(taken, pc.is_in(table["category"], value_set=pa.array(stage.categories, pa.string())))
    if stage.phase == "preference":
        taken = pc.and_(taken, pc.is_valid(table["rejected_response"]))
    return pc.fill_null(taken, fill_value=False).combine_chunks()


def selected_ids(dataset: str, split: str, stage: StageParams) -> list[str]:
    """Ids of the records of a split that the stage takes, in stored order. Memory: one id (about 90 bytes) a record."""
    ids: list[str] = []
    for table in open_dataset(dataset).tables(split, _SELECTION_COLUMNS):
        ids.extend(table["record_id"].filter(select(table, stage)).to_pylist())
    return ids


def shuffled(ids: Sequence[str], seed: int, purpose: str) -> list[str]:
    """The ids in an order that follows from the seed and the ids alone, so it survives that others come or go."""
    return sorted(ids, key=lambda name: hashlib.sha256(f"{seed}\0{purpose}\0{name}".encode()).digest())


def load_records(dataset: str, split: str, ids: Sequence[str], columns: Sequence[str]) -> list[dict[str, object]]:
    """The named records with ``columns``, in the order of ``ids``. Memory: these records and one shard."""
    wanted = pa.array(ids, pa.string())
    found: dict[str, dict[str, object]] = {}
    for table in open_dataset(dataset).tables(split, ["record_id", *columns]):
        rows = table.filter(pc.is_in(table["record_id"], value_set=wanted)).to_pylist()
        found.update((row["record_id"], row) for row in rows)
    return [found[name] for name in ids]
