# ruff: noqa: SIM905 - the word list stays on lines where it can be read as one
"""Keys of JSON objects and headers of tables: kept when they can name nobody, redacted like a text otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attune.redaction.labels import is_plain_label

# Abbreviations of data formats, which no dictionary of ordinary words holds, or which are names as well ("lon", "sha").
_TECHNICAL = frozenset(
    """addr alt api args ast async attr attrs auth avg bcc bio bot bots btn cc cfg char chars cmd cnt col cols config
    const coords cpu css csv ctx cvv db dept desc dest dev dict diff dir dob doc docs dst dto elem elems emb enum env
    err etag eval exec exp expr ext faq fb fk fname fmt fn freq func gb gen geo gid guid gpt hex hex href html http
    https idx ids img imgs init inst int io ios ip ipv iso isp js json jsonl jwt kb kv lang lat len lib lname lng loc
    lon long max mb md memo meta metadata mime min misc mob msg msgs nbr nlp nlu num nums obj oauth ocr op ops org
    orig os otp param params pct pdf pid pk pkg png pos prev pre pri pub pwd px py qty ref refs regex rel repl repo
    req res resp rev rgb rpc rss sdk sec seq sess sha sig sku sla smtp spec sql src srv ssn std str strs sub subj svg
    sys tbl tel temp tf tgt tls tmp tok toks tot ts tsv tz txt ua uid uids uri uris url urls usr usrs utc utf utm uuid
    uuids val vals var vars vec ver vol vs wav webhook wp www xml xp yaml logprob logprobs num_tokens tokens utterance
    utterances created updated deleted edited assignee timestamp timestamps username usernames userid messageid
    subreddit upvote upvotes downvotes permalink hostname ipaddr pathname filename filenames filepath filetype
    mimetype checksum inbox inboxes unread utm thumb thumbs emoji emojis sentiment hashtag hashtags""".split()
)
_SPLIT = re.compile(r"(?<=[a-z])(?=[A-Z])|[\s_.:/-]+|\d+")
_LONGEST = 60


def words_of_key(key: str) -> str:
    """A key as words: ``userPhone`` and ``user_phone`` are "user phone"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_.-]+", " ", key).strip().lower()


def is_plain_key(key: str, allowed: Sequence[str] = ()) -> bool:
    """Whether a key or header is made of ordinary and technical words and short numbers.

    Args:
        key: as it stands in the document.
        allowed: keys that are kept whatever they say (``redact.labels``).
    """
    if key in allowed or not key.strip():
        return True
    if len(key) > _LONGEST or sum(character.isdigit() for character in key) > 3:
        return False
    others = [word for word in _SPLIT.split(key) if word and word.lower() not in _TECHNICAL]
    return not others or is_plain_label(" ".join(others))


def possible_name(key: str) -> str:
    """The words of a key that are neither ordinary nor technical, as a name; empty where there are none or it is an address."""
    if "@" in key or "." in key or len(key) > _LONGEST:
        return ""
    words = [word for word in _SPLIT.split(key) if word and word.lower() not in _TECHNICAL]
    return " ".join(word for word in words if not is_plain_label(word) and word.isalpha())
