"""The SQL that looks at the content of a team's queries: counts, ranges and overlaps of ids, never a message's text.

Only :func:`sampled_messages_sql` returns texts, of few conversations, to the memory of this process.
"""

# ruff: noqa: S608 - the sub-selects are the team's own files; what is written into a query are names and numbers from the code

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attune.steps.extract.database import USERS, Dialect
from attune.steps.extract.mapping_findings import LONGEST_SHOWN, TOO_LONG
from attune.steps.extract.source_sql import allowed_users, text_id
from attune.steps.extract.sources import SourceColumn, SourceQuery

#: Rows of a query that groups by columns with closed sets; more groups mean that a column holds something else.
MOST_GROUPS = 2_000
_TRUTHS = "'0', '1', '0.0', '1.0', 't', 'f', 'true', 'false', 'True', 'False'"


@dataclass(frozen=True)
class Measures:
    """What is counted of one column: SQL expressions over a group of rows ``s``."""

    column: SourceColumn
    known: str
    bad: str
    low: str
    high: str


def values_sql(
    query: SourceQuery, consent: SourceQuery, dialect: Dialect, sets: Sequence[str], measures: Sequence[Measures]
) -> str:
    """The query that counts the rows of users who may be read, in groups by the values of columns with closed sets.

    Its columns: the values of ``sets``, the number of rows, and for each of ``measures`` known values, bad values, lowest and
    highest.
    """
    keys = [_short(f"s.{name}") for name in sets]
    terms = [term for each in measures for term in (each.known, each.bad, each.low, each.high)]
    places = ", ".join(str(place) for place in range(1, len(keys) + 1))
    groups = f"\nGROUP BY {places} ORDER BY COUNT(*) DESC, {places} LIMIT {MOST_GROUPS}" if keys else ""
    return (
        f"SELECT {', '.join([*keys, 'COUNT(*)', *terms])} FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {allowed_users(consent, dialect)}{groups}"
    )


def measures_of(column: SourceColumn, dialect: Dialect) -> Measures | None:
    """What to count of a column; None for texts."""
    name = f"s.{column.name}"
    if column.kind == "timestamp":
        return _of_timestamp(column, name, dialect)
    if column.kind == "boolean":
        bad = f"{name} IS NOT NULL AND CAST({name} AS TEXT) NOT IN ({_TRUTHS})" if dialect == "sqlite" else "FALSE"
        return Measures(column, f"COUNT({name})", _count(bad), "NULL", "NULL")
    if column.kind in ("number", "integer"):
        return _of_number(column, name, dialect)
    return None


def identity_kinds_sql(query: SourceQuery) -> str:
    """The query that counts the rows of identities by person and kind, and those with a value that can be searched for."""
    return (
        f"SELECT {_short('i.person')}, {_short('i.kind')}, COUNT(*), {_count(_has_value('i'))} FROM (\n{query.sql}\n) AS i\n"
        f"GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT {MOST_GROUPS}"
    )


def identified_sql(query: SourceQuery, identities: SourceQuery, consent: SourceQuery, dialect: Dialect) -> str:
    """The query that counts, by the form of the user's id, conversations of users who may be read, and those of known ones.

    Its columns: form, conversations, conversations whose user has a name or identifier.
    """
    return (
        f"SELECT {_form('c.id', dialect)}, COUNT(*), {_count('k.id IS NOT NULL')} FROM\n"
        f"(SELECT DISTINCT s.conversation_id, {text_id('s.user_id')} AS id FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {allowed_users(consent, dialect)}) AS c\n"
        f"LEFT JOIN (SELECT DISTINCT {text_id('i.user_id')} AS id FROM (\n{identities.sql}\n) AS i\n"
        f"WHERE {_has_value('i')}) AS k ON k.id = c.id GROUP BY 1 ORDER BY 1"
    )


def consent_sql(query: SourceQuery, identities: SourceQuery | None, consent: SourceQuery, dialect: Dialect) -> str:
    """The query that counts the ids of consent by reason and form, and those that are the id of a user in another source.

    Its columns: reason, form (None: no id), ids, ids of users.
    """
    return (
        f"SELECT {_short('r.reason')}, {_form('r.id', dialect)}, COUNT(*), {_count('u.id IS NOT NULL')}\n"
        f"FROM (SELECT DISTINCT c.reason, {text_id('c.user_id')} AS id FROM (\n{consent.sql}\n) AS c) AS r\n"
        f"LEFT JOIN ({_users(query, identities)}) AS u ON u.id = r.id\n"
        f"GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT {MOST_GROUPS}"
    )


def same_user_sql(sources: Sequence[SourceQuery], query: SourceQuery, consent: SourceQuery, dialect: Dialect) -> str:
    """The query that compares the users of ``sources`` with those of the conversations that their rows name.

    Its columns: source, pairs of user and conversation in it, those whose conversation exists, those of the same user.
    """
    pairs = "\nUNION ALL\n".join(
        f"SELECT DISTINCT '{each.source.name}' AS source, {text_id('s.conversation_id')} AS id,\n"
        f"{text_id('s.user_id')} AS user_id FROM (\n{each.sql}\n) AS s\n"
        f"WHERE {allowed_users(consent, dialect)} AND s.conversation_id IS NOT NULL"
        for each in sources
    )
    return (
        f"SELECT a.source, COUNT(*), {_count('c.id IS NOT NULL')}, {_count('a.user_id IN (c.first_user, c.last_user)')}\n"
        f"FROM ({pairs}) AS a\n"
        f"LEFT JOIN (SELECT {text_id('m.conversation_id')} AS id, MIN({text_id('m.user_id')}) AS first_user,\n"
        f"MAX({text_id('m.user_id')}) AS last_user FROM (\n{query.sql}\n) AS m GROUP BY 1) AS c ON c.id = a.id\n"
        "GROUP BY a.source ORDER BY a.source"
    )


def names_sql(query: SourceQuery, dialect: Dialect) -> str:
    """The query for the known names of the chosen users: user, name."""
    return (
        f"SELECT {text_id('s.user_id')}, {text_id('s.value')} FROM (\n{query.sql}\n) AS s\n"
        f"WHERE s.kind = 'name' AND {_chosen(dialect, 'user_id')}"
    )


def sample_sql(query: SourceQuery, consent: SourceQuery, dialect: Dialect, size: int) -> str:
    """The query for the ids of ``size`` conversations of users who may be read, the same ones in every run."""
    order = "attune_order(t.id)" if dialect == "sqlite" else "md5(t.id)"
    return (
        f"SELECT t.id FROM (SELECT DISTINCT {text_id('s.conversation_id')} AS id FROM (\n{query.sql}\n) AS s\n"
        f"WHERE {allowed_users(consent, dialect)} AND s.conversation_id IS NOT NULL) AS t ORDER BY {order}, t.id LIMIT {size}"
    )


def sampled_messages_sql(query: SourceQuery, consent: SourceQuery, dialect: Dialect, columns: Sequence[str]) -> str:
    """The query for the messages of the chosen conversations, in their order.

    Its columns: ``columns``, and 1 where the user may be read, else 0; ``content`` is null then.
    """
    readable = "CASE WHEN s.user_id IS NOT NULL AND r.id IS NULL THEN 1 ELSE 0 END"
    special = {"content": f"CASE WHEN {readable} = 1 THEN s.content END"}
    special |= {name: text_id(f"s.{name}") for name in ("user_id", "conversation_id")}
    shown = [special.get(name, f"s.{name}") for name in columns]
    binary = " COLLATE BINARY" if dialect == "sqlite" else ' COLLATE "C"'
    # A join: both databases would look a condition on consent up for every message.
    return (
        f"SELECT {', '.join(shown)}, {readable} FROM (\n{query.sql}\n) AS s\n"
        f"LEFT JOIN (SELECT DISTINCT {text_id('c.user_id')} AS id FROM (\n{consent.sql}\n) AS c) AS r\n"
        f"ON r.id = {text_id('s.user_id')} WHERE {_chosen(dialect)}\n"
        f"ORDER BY {text_id('s.conversation_id')}{binary}, {text_id('s.user_id')}{binary}, s.position, s.created_at"
    )


def _users(*queries: SourceQuery | None) -> str:
    return "\nUNION ".join(
        f"SELECT DISTINCT {text_id('s.user_id')} AS id FROM (\n{query.sql}\n) AS s WHERE s.user_id IS NOT NULL"
        for query in queries
        if query is not None
    )


def _chosen(dialect: Dialect, column: str = "conversation_id") -> str:
    given = f"SELECT value FROM json_each({USERS})" if dialect == "sqlite" else f"SELECT unnest({USERS})"
    return f"{text_id(f's.{column}')} IN ({given})"


def _short(column: str) -> str:
    """A value as text; one that is too long to be a role or a kind may be a person's text and is replaced."""
    text = text_id(column)
    return f"CASE WHEN {column} IS NULL THEN NULL WHEN LENGTH({text}) <= {LONGEST_SHOWN} THEN {text} ELSE '{TOO_LONG}' END"


def _form(column: str, dialect: Dialect) -> str:
    """The form of an id, of which two sources with the same ids must have the same."""
    number = f"{column} NOT GLOB '*[^0-9]*'" if dialect == "sqlite" else f"{column} !~ '[^0-9]'"
    return (
        f"CASE WHEN {column} IS NULL THEN NULL WHEN {column} LIKE '%@%' THEN 'e-mail' "
        f"WHEN {column} LIKE '________-____-____-____-____________' THEN 'UUID' WHEN {number} THEN 'number' ELSE 'text' END"
    )


def _has_value(table: str) -> str:
    return f"TRIM({text_id(f'{table}.value')}) <> ''"


def _count(condition: str) -> str:
    return f"COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0)"


def _of_timestamp(column: SourceColumn, name: str, dialect: Dialect) -> Measures:
    bad = f"{name} IS NULL" if column.required else "1 = 0"
    if dialect == "postgresql":
        low, high = (f"CAST({side}({name}) AS TEXT)" for side in ("MIN", "MAX"))  # Python has no year after 9999
    else:
        readable = f"CASE WHEN typeof({name}) = 'text' THEN datetime({name}) END"
        bad += f" OR ({name} IS NOT NULL AND {readable} IS NULL)"
        low, high = (f"{side}({readable})" for side in ("MIN", "MAX"))
    return Measures(column, f"COUNT({name})", _count(bad), low, high)


def _of_number(column: SourceColumn, name: str, dialect: Dialect) -> Measures:
    number = f"CAST({name} AS DOUBLE PRECISION)"
    conditions = [f"{number} < {column.scale[0]:g} OR {number} > {column.scale[1]:g}"] if column.scale else []
    if column.required:
        conditions.append(f"{name} IS NULL")
    if dialect == "sqlite":
        conditions.insert(0, f"typeof({name}) NOT IN ('integer', 'real')")
        number = f"CASE WHEN typeof({name}) IN ('integer', 'real') THEN {number} END"
    known = f"COUNT({name})"
    bad = f"{name} IS NOT NULL AND ({' OR '.join(conditions)})" if not column.required else " OR ".join(conditions)
    return Measures(column, known, _count(bad or "1 = 0"), f"MIN({number})", f"MAX({number})")
