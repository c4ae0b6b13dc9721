"""Custom loaders: ``loader: mine.py:load`` or the name of a registered loader in families.yaml (see ``own_loaders.py``).

Such a function takes the object as a decompressed binary stream and yields a dictionary for each row (or :class:`Loaded` and
:class:`Broken`, which also give the position of a row). It runs in the reading process. An exception ends the object; its type
is reported but not its message, which may hold a user's text.
"""

from __future__ import annotations

from collections.abc import Iterator

from attune.errors import AttuneError
from attune.steps.ingest.loaders.base import Broken, DamagedObject, Loaded, LoaderRow, ObjectSource, fitting, open_bytes
from attune.steps.ingest.own_loaders import find
from attune.storage.archives import DamagedArchiveError


def plugin(source: ObjectSource) -> Iterator[LoaderRow]:
    """The rows of a custom loader."""
    assert source.family.loader is not None
    function = find(source.family.loader)
    with open_bytes(source) as handle:
        number = 0
        try:
            for value in function(handle):
                number += 1
                yield value if isinstance(value, Loaded | Broken) else fitting(f"record {number}", value, source.family)
        except (AttuneError, DamagedArchiveError):
            raise
        except Exception as error:  # noqa: BLE001 - custom code may raise anything; the object is reported as damaged
            raise DamagedObject(f"its loader raised {type(error).__name__}; what follows is lost") from None
