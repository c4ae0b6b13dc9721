"""Who was erased and came back unseen, with a restored backup or an old snapshot."""

from __future__ import annotations

from collections.abc import Mapping

from attune.governance.data_locations import take_inventory
from attune.governance.person import subjects_in
from attune.records.erased import erased_people, keyed_digest
from attune.records.tokens import subject_key


def returned(places: Mapping[str, str], records: str) -> set[str]:
    """Tokens of erased people of whom the places hold something again."""
    erased, key = erased_people(records), subject_key()
    return {subject for subject in subjects_in(take_inventory(places)) if keyed_digest(key, subject) in erased}
