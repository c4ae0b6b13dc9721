"""The product in PostgreSQL: a real server, the same rows as in the embedded database."""

from __future__ import annotations

import psycopg


def test_the_throwaway_server_gives_each_test_an_empty_database(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").fetchone()
    assert tables == (0,)
