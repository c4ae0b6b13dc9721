"""A small support product in either database, with a right mapping, to be made wrong one source at a time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

USERS = 24
_NAMES = ("Priya Raman", "Tomasz Wolny", "Keisha Boone", "Ilse Brandt", "Marco Tulli", "Aoife Daly")
_DAY = "2026-03-{:02d} 1{}:00:0{}"

# SQLite: ids without a type, as many real files have them; each row holds what its writer put in.
_TABLES = """
CREATE TABLE accounts (id {id}, handle TEXT, full_name TEXT, mail TEXT, phone {phone}, sharing INTEGER);
CREATE TABLE threads (id {id}, account {id});
CREATE TABLE posts (thread {id}, n INTEGER, sender TEXT, sender_id {id}, body TEXT, at {at}, seconds INTEGER);
CREATE TABLE votes (account {id}, thread {id}, vote INTEGER, percent INTEGER, stars INTEGER, yes TEXT, at {at});
"""

CONVERSATIONS = """
SELECT CAST(threads.account AS TEXT) AS user_id, CAST(threads.id AS TEXT) AS conversation_id, posts.n AS position,
       posts.sender AS role, posts.body AS content, {at} AS created_at
FROM posts JOIN threads ON threads.id = posts.thread
"""
IDENTITIES = """
SELECT CAST(id AS TEXT) AS user_id, 'user' AS person, 'name' AS kind, full_name AS value FROM accounts
UNION ALL SELECT CAST(id AS TEXT), 'user', 'email', mail FROM accounts
"""
FEEDBACK = """
SELECT CAST(account AS TEXT) AS user_id, CAST(thread AS TEXT) AS conversation_id, {at} AS created_at, stars AS rating FROM votes
"""
CONSENT = "SELECT CAST(id AS TEXT) AS user_id, 'opted_out' AS reason FROM accounts WHERE sharing = 0"


class MappedProduct:
    """The product in a database, and the folder of its sources.

    Attributes:
        database: the address of the database.
        server: whether it is a PostgreSQL server.
        sources: folder of the SQL files.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        self.server = bool(url)
        self.database = url or str(folder / "mapped.db")
        self.sources = folder / "sources"
        self.sources.mkdir()
        self._fill()
        empty = {
            "activities": "SELECT {text} AS user_id, {moment} AS created_at WHERE FALSE",
            "quizzes": "SELECT {text} AS user_id, {moment} AS created_at WHERE FALSE",
            "analytics": "SELECT {text} AS user_id, {text} AS conversation_id, {moment} AS created_at WHERE FALSE",
        }
        right = {"conversations": CONVERSATIONS, "identities": IDENTITIES, "feedback": FEEDBACK, "consent": CONSENT, **empty}
        for name, sql in right.items():
            self.write(name, sql)

    def write(self, source: str, sql: str) -> None:
        """Write a source's file; ``{at}`` is the timestamp of a row, ``{text}`` and ``{moment}`` are null values."""
        kinds = {
            "at": "CAST(at AS TIMESTAMPTZ)" if self.server else "at",
            "text": "CAST(NULL AS TEXT)",
            "moment": "CAST(NULL AS TIMESTAMPTZ)" if self.server else "NULL",
        }
        for name, value in kinds.items():
            sql = sql.replace(f"{{{name}}}", value)
        (self.sources / f"{source}.sql").write_text(sql)

    def execute(self, sql: str, rows: list[tuple[Any, ...]] | None = None) -> None:
        """Change the database; question marks in ``sql`` stand for the values of a row."""
        if self.server:
            import psycopg

            with psycopg.connect(self.database, autocommit=True) as connection, connection.cursor() as cursor:
                text: Any = sql.replace("?", "%s")
                cursor.executemany(text, rows) if rows else cursor.execute(text)
            return
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.executemany(sql, rows) if rows else connection.executescript(sql)

    def _fill(self) -> None:
        types = (
            {"id": "INTEGER", "phone": "BIGINT", "at": "TIMESTAMP"} if self.server else {"id": "", "phone": "", "at": "TEXT"}
        )
        self.execute(_TABLES.format(**types))
        accounts, posts, votes = [], [], []
        for user in range(1, USERS + 1):
            name = _NAMES[user % len(_NAMES)]
            mail = f"{name.split()[0].lower()}{user}@mail.example"
            accounts.append((user, f"night{user}owl", name, mail, 5550100000 + user, int(user % 6 != 0)))
            votes.append((user, 100 + user, (-1, 1)[user % 2], 4 * user, 1 + user % 5, ("no", "yes")[user % 2], _at(user, 9)))
            for n in range(4):
                bot = n % 2
                text = ("I want to talk about my week with him.", "What would help you most this week, and why?")[bot]
                sender = ("user", "assistant")[bot]
                posts.append((100 + user, n, sender, (user, 9000)[bot], text, _at(user, n), 1_772_000_000 + user))
        self.execute("INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?)", accounts)
        self.execute("INSERT INTO threads VALUES (?, ?)", [(100 + user, user) for user in range(1, USERS + 1)])
        self.execute("INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?)", posts)
        self.execute("INSERT INTO votes VALUES (?, ?, ?, ?, ?, ?, ?)", votes)


def _at(day: int, n: int) -> str:
    return _DAY.format(day, 0, n)
