"""Ledger of answers and their cost, in one SQLite file that several processes share.

HTTP caches know no cost: reserving, spending and storing the answer have to be one transaction, so the ledger is Attune's own.

Money is reserved before a request is sent and settled when its answer is stored, each in one transaction; so the budget is
never exceeded, whatever happens in between. A reservation that was never settled (a process was killed while the request was
under way) counts as spent: the provider may have billed it.

Keys are hashes; no text of a user is a key. The folder must be on a local disk: SQLite's write-ahead log needs one.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune import storage
from attune.errors import RunError, UsageError

FILE = "ledger.sqlite"
NANO = 1_000_000_000  # nano-dollars per dollar: integers add up exactly
_WAIT_SECONDS = 60.0
_AT_ONCE = 500  # keys of one lookup; SQLite allows 999 variables in old builds
_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
  key TEXT PRIMARY KEY, status TEXT NOT NULL, value TEXT, provider TEXT NOT NULL, model TEXT NOT NULL,
  input_tokens INTEGER, output_tokens INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
  id INTEGER PRIMARY KEY, purpose TEXT NOT NULL, provider TEXT NOT NULL, reserved INTEGER NOT NULL, spent INTEGER
);
CREATE TABLE IF NOT EXISTS totals (id INTEGER PRIMARY KEY CHECK (id = 0), cost INTEGER NOT NULL, requests INTEGER NOT NULL);
INSERT OR IGNORE INTO totals VALUES (0, 0, 0);
"""


class BudgetSpent(RunError):  # noqa: N818  # the fact that stops the run
    """The next request could cost more than the budget has left."""


@dataclass(frozen=True)
class Stored:
    """A stored answer; refusals and invalid answers are stored too, because they were paid for."""

    status: str
    value: Any
    provider: str
    model: str
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True)
class Totals:
    """What the ledger holds: dollars spent or reserved, requests sent, answers kept."""

    cost: float
    requests: int
    answers: int


class Ledger:
    """The ledger in a folder.

    Args:
        folder: created if it does not exist.
        max_cost: US dollars that may ever be spent in it.
        max_requests: requests that may ever be sent; None: any number.
    """

    def __init__(self, folder: str, max_cost: float = math.inf, max_requests: int | None = None) -> None:
        self.path = Path(folder) / FILE
        self._max_cost = max_cost
        self._most = math.inf if math.isinf(max_cost) else round(max_cost * NANO)
        self._max_requests = max_requests
        try:
            storage.make_folder(self.path.parent)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives its other files the same mode
            if self.path.stat().st_uid == os.geteuid():
                self.path.chmod(0o600)
            self._connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")  # what was paid for survives a power cut too
            self._connection.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise UsageError(f"{self.path}: cannot be opened ({error}); llm.cache names a writable local folder") from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def find(self, keys: Sequence[str]) -> dict[str, Stored]:
        """The answers that are kept under these keys."""
        found: dict[str, Stored] = {}
        for first in range(0, len(keys), _AT_ONCE):
            some = keys[first : first + _AT_ONCE]
            marks = ",".join("?" * len(some))
            query = (
                f"SELECT key, status, value, provider, model, input_tokens, output_tokens FROM answers WHERE key IN ({marks})"  # noqa: S608  # question marks only
            )
            for key, status, value, *rest in self._connection.execute(query, some):
                found[key] = Stored(status, None if value is None else json.loads(value), *rest)
        return found

    def reserve(self, purpose: str, provider: str, nano: int) -> int:
        """Set ``nano`` aside for one request and count it; returns what :meth:`settle` wants.

        Raises:
            BudgetSpent: more than the budget could be spent; nothing was reserved.
        """
        with self._transaction() as connection:
            cost, requests = connection.execute("SELECT cost, requests FROM totals").fetchone()
            if cost + nano > self._most:
                raise BudgetSpent(
                    f"llm.max_cost = {self._max_cost:g} US dollars: {cost / NANO:.4f} are spent and the next request may cost "
                    f"{nano / NANO:.4f}; what was answered is kept in {self.path.parent}, raise it and run again"
                )
            if self._max_requests is not None and requests >= self._max_requests:
                raise BudgetSpent(
                    f"llm.max_requests = {self._max_requests}: so many were sent; what was answered is kept in "
                    f"{self.path.parent}, raise it and run again to go on"
                )
            connection.execute("UPDATE totals SET cost = cost + ?, requests = requests + 1", (nano,))
            entry = connection.execute(
                "INSERT INTO requests (purpose, provider, reserved) VALUES (?, ?, ?)", (purpose, provider, nano)
            ).lastrowid
        assert entry is not None
        return entry

    def settle(self, entry: int, nano: int, key: str | None = None, answer: Stored | None = None) -> Stored | None:
        """Replace a reservation by what was spent, and keep the answer that it bought, in one transaction.

        Returns:
            The answer that is kept under the key: an earlier one, if another process was faster.
        """
        with self._transaction() as connection:
            changed = connection.execute("UPDATE requests SET spent = ? WHERE id = ? AND spent IS NULL", (nano, entry)).rowcount
            if changed:
                connection.execute(
                    "UPDATE totals SET cost = cost + ? - (SELECT reserved FROM requests WHERE id = ?)", (nano, entry)
                )
            if key is not None and answer is not None:
                value = None if answer.value is None else json.dumps(answer.value, ensure_ascii=False, sort_keys=True)
                row = (key, answer.status, value, answer.provider, answer.model, answer.input_tokens, answer.output_tokens)
                connection.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return None if key is None else self.find([key]).get(key)

    def totals(self) -> Totals:
        """What was spent and is kept so far."""
        cost, requests = self._connection.execute("SELECT cost, requests FROM totals").fetchone()
        (answers,) = self._connection.execute("SELECT COUNT(*) FROM answers").fetchone()
        return Totals(cost / NANO, requests, answers)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise RunError(f"{self.path}: is locked or cannot be written ({error}); another process may hold it") from None
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
