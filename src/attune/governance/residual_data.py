"""Residual-data search: finds and removes data of a person in databases, JSON Lines, Parquet, reports and caches.

Ids are searched as whole words, texts by a long piece of each, in compressed files and archives too. Rows of tables and lines
of JSON Lines with a match are removed, ids in reports are replaced. A file that holds a text of the person in any other form is
removed, since Attune can derive it again.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from attune import storage
from attune.errors import RunError
from attune.governance import contents
from attune.governance.data_locations import LocationInventory
from attune.governance.person import Messages, PersonIdentifiers
from attune.governance.rewrite import without
from attune.storage import archives
from attune.storage.archive_search import TABLES

if TYPE_CHECKING:
    from attune.config.params import Params

ERASED = b"erased"
_WEIGHTS = (".safetensors", ".pt", ".pth", ".ckpt", ".gguf")
_WORD = re.compile(rb"[A-Za-z0-9_\-]+")
_PLAIN = re.compile(r"[A-Za-z0-9 ,.]+")
_SPELLED = re.compile(r"[^\x00-\x1f\"\\<>&/|*_`\[\]{}\x7f-\xa0\u2028\u2029]+")  # an apostrophe aside, all write it alike
_WIDE = "\u2e80"  # from here on a letter is as good as three
_PROBE = (28, 80, 40)  # characters of a piece of text that stands for all of it: at least, at most, at most where spelt anew
_MANY = 32  # ids or pieces of text; from so many on, a search by words is faster
_OF_DATABASES = ("-wal", "-shm", "-journal")

FileChange = Literal["rewritten", "removed"]


@dataclass(frozen=True)
class SearchTerms:
    """Search terms: ids, which must match whole words, and pieces of texts."""

    ids: frozenset[bytes]
    texts: tuple[bytes, ...]

    def __bool__(self) -> bool:
        return bool(self.ids)

    def named(self, content: bytes) -> set[bytes]:
        """The ids in ``content``."""
        if len(self.ids) < _MANY and not any(name in content for name in self.ids):
            return set()  # looking for a few is faster than reading all words
        return set(self.ids.intersection(_WORD.findall(content)))

    def quoted(self, content: bytes) -> bool:
        """Whether a piece of text is in ``content``."""
        if len(self.texts) < _MANY:
            return any(text in content for text in self.texts)
        said = set(pairwise(_WORD.findall(content)))
        return any(pairs <= said and text in content for text, pairs in self._pairs)

    def found(self, content: bytes) -> bool:
        """Whether anything is in ``content``."""
        return bool(self.named(content)) or self.quoted(content)

    @functools.cached_property
    def _pairs(self) -> tuple[tuple[bytes, frozenset[tuple[bytes, bytes]]], ...]:
        """Each piece of text and the pairs of whole words in it; the first and the last word may be parts of longer ones."""
        return tuple((text, frozenset(pairwise(_WORD.findall(text)[1:-1]))) for text in self.texts)


def search_terms(identifiers: PersonIdentifiers, messages: Iterable[str], keys: Iterable[str] = ()) -> SearchTerms:
    """What to look for, from the traces of a person, what was said, and the keys under which caches know that."""
    pieces = {probe for message in messages for probe in _probes(message)}
    return SearchTerms(frozenset(identifier.encode() for identifier in (*identifiers.ids, *keys)), tuple(sorted(pieces)))


def search_terms_of(
    conversations: Iterable[Messages],
    identifiers: PersonIdentifiers,
    cache_keys: Callable[[Messages], Iterable[str]] = lambda _: (),
) -> SearchTerms:
    """The search terms for the conversations of a person.

    A conversation is recognized by what the person wrote; where all of that is too short, by the answers.
    """
    said: set[str] = set()
    keys: set[str] = set()
    for messages in conversations:
        own = {message["content"] for message in messages if message["role"] == "user"}
        others = {message["content"] for message in messages if message["role"] not in {"user", "system"}}
        said |= own if any(_probes(text) for text in own) else own | others
        keys.update(cache_keys(messages))
    return search_terms(identifiers, said, keys)


def answer_keys(params: Params) -> Callable[[Sequence[Mapping[str, str]]], list[str]]:
    """A function that gives the cache keys of the judge's answers on a conversation, by the prompt of ``params``."""
    from attune.llm.prompts import load_prompt
    from attune.steps.score.llm_judge import request_of

    if not params.llm.providers:
        return lambda _: []
    prompt = load_prompt(params.score.judge_prompt, params.llm.prompts)
    return lambda messages: [request_of(prompt, messages).key(provider) for provider in params.llm.providers]


def files_with(inventory: LocationInventory, terms: SearchTerms) -> list[tuple[str, str]]:
    """The files beside shard sets and versions that hold something, as (location, URI)."""
    known = [*inventory.files, *index_files(inventory)]
    return [(location, uri) for location, uri in known if is_searched(uri) and holds(uri, terms)]


def index_files(inventory: LocationInventory) -> list[tuple[str, str]]:
    """The files of the band indexes, as (location, URI)."""
    return [
        (location, storage.join(uri, name)) for location, uri in inventory.indexes for name in storage.walk(uri, hidden=True)
    ]


def _probes(message: str) -> set[bytes]:
    """The longest run of words of a message, as files write it; nothing when all runs are too short to be told.

    One that reads the same in JSON, HTML and plain text is preferred. Where there is none, for instance in another alphabet or
    between apostrophes, the run is looked for in each spelling.
    """
    least, most, spelled = _PROBE
    longest = max(_PLAIN.findall(message), key=len, default="").strip()
    if len(longest) >= least:
        return {longest[:most].encode()}
    longest = max(_SPELLED.findall(message), key=len, default="").strip()
    if len(longest) + 2 * sum(letter >= _WIDE for letter in longest) < least:
        return set()
    plain = longest[:spelled]
    marked = {plain, *(plain.replace("'", sign) for sign in ("&#x27;", "&#39;"))}
    return {text.encode() for text in (*marked, json.dumps(plain)[1:-1])}


def is_searched(uri: str) -> bool:
    """Whether a file may hold ids or texts; the weights of a model do not in any form that could be found."""
    return not uri.endswith(_WEIGHTS)


def holds(uri: str, terms: SearchTerms, unread: set[str] | None = None) -> bool:
    """Whether anything in a file matches the terms.

    Args:
        uri: the file.
        terms: what to look for.
        unread: gets why parts of the file could not be searched, when nothing was found in the rest.
    """
    if terms.named(_bytes(uri)):
        return True
    if _is_gone(uri):
        return False
    kind = contents.kind_of(uri)
    if kind == "parquet":
        try:
            return any(_in_table(table, terms, unread) for table in contents.tables(uri))
        except RunError:  # searched as it is, below
            pass
    if kind == "sqlite":
        with _database(uri) as database:
            if any(_rows(database, table, terms, unread) for table in _tables(database)):
                return True
        return _left_in_pages(uri, terms)
    return any(terms.found(piece) for piece in contents.pieces(uri, unread))


def _bytes(uri: str) -> bytes:
    return uri.encode("utf-8", "surrogateescape")


def scrub(uri: str, identifiers: PersonIdentifiers, terms: SearchTerms) -> FileChange | None:
    """Remove what matches the terms from a file; returns how the file changed, None when nothing matched."""
    if terms.named(_bytes(uri)):
        storage.remove(uri)
        return "removed"
    if _is_gone(uri) or _belongs_to_database(uri):
        return None  # the database beside it empties it when it is cleaned
    kind = contents.kind_of(uri)
    if kind == "parquet":
        with contextlib.suppress(RunError):  # damaged: treated as any other file
            return _scrub_table(uri, identifiers, terms)
    if kind == "sqlite":
        return _scrub_database(uri, terms)
    if not any(terms.found(piece) for piece in contents.pieces(uri)):
        return None
    if contents.is_lines(uri):
        contents.write_lines(uri, (line for line in contents.lines(uri) if not terms.found(line)))
        return "rewritten"
    if contents.is_packed(uri) or any(terms.quoted(piece) for piece in contents.pieces(uri)):
        storage.remove(uri)
        return "removed"
    told = storage.read_bytes(uri)  # a report or page: small
    storage.write_bytes(uri, _WORD.sub(lambda word: ERASED if word[0] in terms.ids else word[0], told))
    return "rewritten"


def _is_gone(uri: str) -> bool:
    """Whether a database has removed this file of its own since the files were listed, as it does when it is opened."""
    return uri.endswith(_OF_DATABASES) and not storage.exists(uri)


def _belongs_to_database(uri: str) -> bool:
    ending = next((ending for ending in _OF_DATABASES if uri.endswith(ending)), "")
    database = uri.removesuffix(ending)
    return bool(ending) and storage.is_plain_file(database) and contents.kind_of(database) == "sqlite"


def _in_table(table: pa.Table, terms: SearchTerms, unread: set[str] | None = None) -> bool:
    wanted = pa.array(sorted(identifier.decode() for identifier in terms.ids), pa.string())
    for column in table.columns:
        for leaf in (leaf for chunk in column.chunks for leaf in archives.leaves(chunk)):
            if pc.any(pc.is_in(leaf, wanted)).as_py():
                return True
            content = leaf.buffers()[2]
            if content is not None and terms.quoted(memoryview(content).tobytes()):
                return True
        cells = (cell for chunk in column.chunks for blob in archives.blobs(chunk) for cell in blob.to_pylist())
        if any(any(map(terms.found, contents.pieces_of(cell, unread))) for cell in cells if cell is not None):
            return True
    return False


def _scrub_table(uri: str, identifiers: PersonIdentifiers, terms: SearchTerms) -> FileChange | None:
    if all(_cleaned(table, identifiers, terms).equals(table) for table in contents.tables(uri)):
        return None
    kept = (_cleaned(table, identifiers, terms) for table in contents.tables(uri))
    first = next(kept)
    contents.write_tables(uri, first.schema, itertools.chain([first], kept))
    return "rewritten"


def _cleaned(table: pa.Table, identifiers: PersonIdentifiers, terms: SearchTerms) -> pa.Table:
    kept = without(table, identifiers)
    if not _in_table(kept, terms):
        return kept
    clean = [not terms.found(json.dumps(row, default=_text, ensure_ascii=False).encode()) for row in kept.to_pylist()]
    return kept.filter(pa.array(clean, pa.bool_()))


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@contextlib.contextmanager
def _database(uri: str) -> Iterator[sqlite3.Connection]:
    """A database to look into; one in an object store is read into memory."""
    try:
        if storage.is_remote(uri):
            with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
                database.deserialize(storage.read_bytes(uri))
                yield database
        else:
            with contextlib.closing(sqlite3.connect(storage.local_path(uri), timeout=60, isolation_level=None)) as database:
                yield database
    except sqlite3.Error as error:
        raise RunError(f"{uri}: the database cannot be read or written ({error}); close what uses it, then run again") from None


def _tables(database: sqlite3.Connection) -> list[str]:
    return [str(name) for (name,) in database.execute(TABLES)]


def _rows(
    database: sqlite3.Connection, table: str, terms: SearchTerms, unread: set[str] | None = None
) -> list[tuple[Any, ...]]:
    """Primary keys (or row numbers) of the rows that hold something, as values of the key's columns."""
    columns, keys = _columns(database, table)
    chosen = ", ".join(_quoted(name) for name in (*keys, *columns))
    found = []
    for row in database.execute(f"SELECT {chosen} FROM {_quoted(table)}"):  # noqa: S608 - names of the database itself
        cells = (_bytes(value) if isinstance(value, str) else value for value in row[len(keys) :])
        if any(isinstance(cell, bytes) and any(map(terms.found, contents.pieces_of(cell, unread))) for cell in cells):
            found.append(tuple(row[: len(keys)]))
    return found


def _columns(database: sqlite3.Connection, table: str) -> tuple[list[str], list[str]]:
    about = database.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
    keys = [name for _, name, _, _, _, part in sorted(about, key=lambda column: column[5]) if part]
    return [name for _, name, *_ in about], keys or ["rowid"]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if name != "rowid" else name


def _left_in_pages(uri: str, terms: SearchTerms) -> bool:
    """Whether a database's file still holds what was deleted from its tables."""
    return any(terms.found(piece) for piece in contents.raw_pieces(uri))


def _scrub_database(uri: str, terms: SearchTerms) -> FileChange | None:
    removed = 0
    with _database(uri) as database:
        database.execute("PRAGMA secure_delete = ON")
        for table in _tables(database):
            _, keys = _columns(database, table)
            where = " AND ".join(f"{_quoted(name)} IS ?" for name in keys)
            for key in _rows(database, table, terms):
                database.execute(f"DELETE FROM {_quoted(table)} WHERE {where}", key)  # noqa: S608 - names of the database itself
                removed += 1
        if not removed and not _left_in_pages(uri, terms):
            return None
        if storage.is_remote(uri):
            database.execute("VACUUM")
            storage.write_bytes(uri, database.serialize())
        else:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return "rewritten"
