"""A small product whose tables look nothing like the sample's, mapped by SQL files as a stranger would write them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

TABLES = """
CREATE TABLE clients (id INTEGER PRIMARY KEY, full_name TEXT, mail TEXT, gone TEXT);
CREATE TABLE chats (chat INTEGER PRIMARY KEY, client INTEGER, topic TEXT);
CREATE TABLE lines (line INTEGER PRIMARY KEY, chat INTEGER, bot INTEGER, words TEXT, at INTEGER);
CREATE TABLE stars (client INTEGER, chat INTEGER, given INTEGER, at INTEGER, changed INTEGER);
CREATE TABLE pulses (client INTEGER, chat INTEGER, depth REAL, at INTEGER);
CREATE TABLE tests (client INTEGER, at INTEGER);
"""

_AT = "strftime('%Y-%m-%dT%H:%M:%S+00:00', {}, 'unixepoch')"

SOURCES = {
    "conversations": f"""
        SELECT CAST(c.client AS TEXT) AS user_id, CAST(l.chat AS TEXT) AS conversation_id, l.line AS position,
               CASE l.bot WHEN 1 THEN 'assistant' WHEN 0 THEN 'user' ELSE 'unknown' END AS role, l.words AS content,
               {_AT.format("l.at")} AS created_at, c.topic AS scenario
        FROM lines l JOIN chats c ON c.chat = l.chat -- one row a message
    """,
    "identities": """
        SELECT CAST(id AS TEXT) AS user_id, 'user' AS person, 'name' AS kind, full_name AS value FROM clients
        UNION ALL SELECT CAST(id AS TEXT), 'user', 'email', mail FROM clients;
    """,
    "activities": "SELECT NULL AS user_id, NULL AS created_at WHERE 0",
    "quizzes": f"SELECT CAST(client AS TEXT) AS user_id, {_AT.format('at')} AS created_at FROM tests",
    "analytics": f"""
        SELECT CAST(client AS TEXT) AS user_id, CAST(chat AS TEXT) AS conversation_id, {_AT.format("at")} AS created_at,
               depth AS engagement FROM pulses
    """,
    "feedback": f"""
        SELECT CAST(client AS TEXT) AS user_id, CAST(chat AS TEXT) AS conversation_id, {_AT.format("at")} AS created_at,
               {_AT.format("changed")} AS updated_at, given AS rating FROM stars
    """,
    "consent": "SELECT CAST(id AS TEXT) AS user_id, gone AS reason FROM clients WHERE gone IS NOT NULL",
}

NAMES = ("Priya Raman", "Tomasz Wolny", "Keisha Boone", "Ilse Brandt", "Marco Tulli", "Aoife Daly")


class Product:
    """The product, with a clock of its own: everything that happens gets the clock's moment."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.database = folder / "foreign.db"
        self.sources = folder / "sources"
        self.sources.mkdir()
        for name, sql in SOURCES.items():
            (self.sources / f"{name}.sql").write_text(sql)
        self.now = START
        self.execute(TABLES)
        for number, name in enumerate(NAMES):
            self.execute("INSERT INTO clients VALUES (?, ?, ?, NULL)", number, name, f"{name.split()[0].lower()}@mail.example")

    def execute(self, sql: str, *values: object) -> None:
        """Change the database."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(sql, values) if values else connection.executescript(sql)

    def pass_hours(self, hours: float) -> None:
        """Let time pass."""
        self.now += timedelta(hours=hours)

    def talk(self, client: int, chat: int, words: str, hours_ago: float = 0) -> None:
        """A user says something, and the coach answers."""
        moment = self._moment(hours_ago)
        self.execute("INSERT OR IGNORE INTO chats VALUES (?, ?, ?)", chat, client, ("trust", "money")[chat % 2])
        for bot, text in ((0, words), (1, "Thank you for telling me. What would help you this week?")):
            self.execute("INSERT INTO lines (chat, bot, words, at) VALUES (?, ?, ?, ?)", chat, bot, text, moment)

    def break_chat(self, chat: int) -> None:
        """A line that cannot be read."""
        self.execute("INSERT INTO lines (chat, bot, words, at) VALUES (?, 7, 'hm', ?)", chat, self._moment(0))

    def rate(self, client: int, chat: int, given: int, hours_ago: float = 0) -> None:
        """A rating."""
        self.execute("INSERT INTO stars VALUES (?, ?, ?, ?, NULL)", client, chat, given, self._moment(hours_ago))

    def change_ratings(self, chat: int, given: int) -> None:
        """Ratings are changed in place."""
        self.execute("UPDATE stars SET given = ?, changed = ? WHERE chat = ?", given, self._moment(0), chat)

    def measure(self, client: int, chat: int, depth: float) -> None:
        """Analytics measure a chat."""
        self.execute("INSERT INTO pulses VALUES (?, ?, ?, ?)", client, chat, depth, self._moment(0))

    def test(self, client: int, hours_ago: float = 0) -> None:
        """A user answers a quiz."""
        self.execute("INSERT INTO tests VALUES (?, ?)", client, self._moment(hours_ago))

    def consent(self, client: int, reason: str | None) -> None:
        """A user opts out, asks for erasure, or comes back."""
        self.execute("UPDATE clients SET gone = ? WHERE id = ?", reason, client)

    def erase(self, client: int) -> None:
        """A user's rows are deleted."""
        self.execute("DELETE FROM lines WHERE chat IN (SELECT chat FROM chats WHERE client = ?)", client)
        for table in ("chats", "stars", "pulses", "tests"):
            self.execute(f"DELETE FROM {table} WHERE client = ?", client)

    def delete_chat(self, chat: int) -> None:
        """A chat is deleted."""
        self.execute("DELETE FROM lines WHERE chat = ?", chat)

    def _moment(self, hours_ago: float) -> int:
        return int((self.now - timedelta(hours=hours_ago)).timestamp())
