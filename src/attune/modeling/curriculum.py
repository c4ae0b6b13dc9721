"""The curriculum: which stages are trained in which order, and which records each stage selects."""

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
class CurriculumStage:
    """One stage and its position: ``index`` counts from 1; 0 is the pretraining of the tiny base model."""

    index: int
    name: str
    params: StageParams

    @property
    def folder(self) -> str:
        """Name of the stage's folder under ``stages/``."""
        return f"{self.index:02d}-{self.name}"


def plan(params: TrainParams) -> list[CurriculumStage]:
    """The stages to train in order; the first pretrains the tiny base model when no base model is given."""
    stages = [CurriculumStage(position + 1, name, params.curriculum[name]) for position, name in enumerate(params.stages)]
    if params.base_model is not None:
        return stages
    first = StageParams(phase="pretraining", steps=params.tiny.steps, learning_rate=params.tiny.learning_rate, weights="full")
    return [CurriculumStage(0, BASE, first), *stages]


def select(table: pa.Table, stage: StageParams) -> pa.Array:
    """For every row, whether the stage selects it.

    Records whose privacy review is open are never selected; a preference stage selects only records with a rejected answer.
    """
    selected = pc.not_equal(table["pii_status"], "requires_review")
    if stage.families or stage.tags:
        in_family = pc.is_in(table["family"], value_set=pa.array(stage.families, pa.string()))
        wanted = set(stage.tags)
        tagged = pa.array([bool(wanted.intersection(tags or ())) for tags in table["tags"].to_pylist()], pa.bool_())
        selected = pc.and_(selected, pc.or_(in_family, pa.chunked_array([tagged])))
    if stage.categories:
        selected = pc.and_(selected, pc.is_in(table["category"], value_set=pa.array(stage.categories, pa.string())))
    if stage.phase == "preference":
        selected = pc.and_(selected, pc.is_valid(table["rejected_response"]))
    return pc.fill_null(selected, fill_value=False).combine_chunks()


def selected_ids(dataset: str, split: str, stage: StageParams) -> list[str]:
    """Ids of the records of a split that the stage selects, in stored order. Memory: one id (about 90 bytes) per record."""
    ids: list[str] = []
    for table in open_dataset(dataset).tables(split, _SELECTION_COLUMNS):
        ids.extend(table["record_id"].filter(select(table, stage)).to_pylist())
    return ids


def shuffled(ids: Sequence[str], seed: int, purpose: str) -> list[str]:
    """The ids ordered by a hash of seed and id: adding or removing records does not change the order of the others."""
    return sorted(ids, key=lambda name: hashlib.sha256(f"{seed}\0{purpose}\0{name}".encode()).digest())


def load_records(dataset: str, split: str, ids: Sequence[str], columns: Sequence[str]) -> list[dict[str, object]]:
    """The records with these ids, in the order of ``ids``. Memory: these records and one shard."""
    wanted = pa.array(ids, pa.string())
    found: dict[str, dict[str, object]] = {}
    for table in open_dataset(dataset).tables(split, ["record_id", *columns]):
        rows = table.filter(pc.is_in(table["record_id"], value_set=wanted)).to_pylist()
        found.update((row["record_id"], row) for row in rows)
    return [found[name] for name in ids]
