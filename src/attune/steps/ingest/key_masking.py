"""Names for objects in records, reports, messages and logs, because keys and file names can hold names of people and ids.

A word of a key is shown when the family map contains it, or when it is a common name of files and folders, or a single letter.
Every other word becomes ``…``, and every run of digits ``#``: ``users/ann_lee/session_12.txt`` becomes
``users/…/session_#.txt``. A dictionary word is not shown for being one: Rivers, Hope and Winter are names too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from attune.records.tokens import token
from attune.steps.ingest.families import FamilyMap

_WORD = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+")
_HIDDEN = "…"
_REPEATED = re.compile(f"{_HIDDEN}(?:[^/]?{_HIDDEN})+")
_FORMATS = frozenset(
    "jsonl json csv tsv parquet txt text vtt srt chatml md gz zst zip xml html pdf doc docx xlsx mp mov wav bin xyz".split()  # noqa: SIM905
)
# Words that name files and folders, and no people.
_STRUCTURE = frozenset(
    """all annotations answers archive audio backup batch chat chats client clients coach coaching combined comments complete
    conversation conversations copy corpus crisis data database dataset datasets date deep default dialogs dialogue
    dialogues discord discussion download downloads draft dump eval evaluation event events example examples export exported
    exports extra facebook file files filtered final folder from full general group groups history in inbox index ingest
    input instructions intercom interview interviews items label labels list log logs main manifest message messages
    messenger meta metadata model monthly new notes old original other others out output page pages pairs part partial parts
    patient patients private processed product prompts public questions raw reading record records redacted report reports
    responses results reviewed root row rows sample samples schema score scores secret session sessions set shard shards
    slack snapshot snapshots source sources special split store synthetic table tables team telegram test tests therapist
    therapy thread threads ticket tickets topics train training transcript transcription transcripts turns unknown update
    upload uploads user users utterances validation version video videos voice week weekly whatsapp with work zendesk""".split()  # noqa: SIM905
)
_LONGEST = 200


class KeyMask:
    """Masks the parts of a key that may identify a person.

    Args:
        families: the map; the words of its patterns and family names are shown.
    """

    def __init__(self, families: FamilyMap) -> None:
        said: Iterable[str] = [entry.pattern for entry in families.families] + list(families.ignore) + families.names
        self._words = _FORMATS | _STRUCTURE | {word.lower() for text in said for word in _WORD.findall(text)}

    def __call__(self, key: str) -> str:
        """``key`` with names and numbers masked."""
        shown = _DIGITS.sub("#", _WORD.sub(self._shown, key))
        shown = "".join(sign if sign.isprintable() else _HIDDEN for sign in shown)
        shown = _REPEATED.sub(_HIDDEN, shown)
        return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + _HIDDEN

    def _shown(self, found: re.Match[str]) -> str:
        return found[0] if len(found[0]) == 1 or found[0].lower() in self._words else _HIDDEN


def object_name(key: str, mask: KeyMask, secret: bytes) -> str:
    """What records, messages and logs call an object: its masked key, and a keyed token where something was masked.

    With the subject key, `attune ingest find` gives the object of a token.
    """
    shown = mask(key)
    return key if shown == key else f"{shown} {token(secret, 'object', key)}"
