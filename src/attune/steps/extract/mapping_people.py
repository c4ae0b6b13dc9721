"""Checks that consent and identities are about the same users as the conversations.

A wrong id there shows nowhere else: everybody who opted out is read, or no name is known to redaction.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from attune.config.params import ExtractParams
from attune.steps.extract.database import Database
from attune.steps.extract.mapping_findings import Finding, Level, named, quoted, share
from attune.steps.extract.mapping_queries import consent_sql, identified_sql, identity_kinds_sql, user_forms_sql
from attune.steps.extract.sources import SOURCES, SourceQueries, SourceQuery

_FEW_IDENTIFIED, _FEW_MATCHED = 0.8, 0.5  # below these shares a check warns
_NONE = re.compile(r"(?:\bWHERE\s+(?:0|FALSE|1\s*=\s*0)|\bLIMIT\s+0)\s*\Z", re.IGNORECASE)


def check_people(database: Database, queries: SourceQueries, params: ExtractParams) -> Iterator[Finding]:
    """The findings about identities and consent, which decide who is read and whose names are known."""
    yield from _identities(database, queries, params)
    yield from _forms(database, queries)
    yield from _consent(database, queries, params)


def says_empty(query: SourceQuery) -> bool:
    """Whether the query itself says that it returns no row, with ``WHERE FALSE``, ``WHERE 0`` or ``LIMIT 0`` at its end."""
    return bool(_NONE.search(query.sql))


def _identities(database: Database, queries: SourceQueries, params: ExtractParams) -> Iterator[Finding]:
    rows = list(database.rows(identity_kinds_sql(queries["identities"])))
    counted = sum(count for _, _, count, _ in rows)
    for place, name in enumerate(("person", "kind")):
        allowed = SOURCES["identities"].column(name).values
        unknown = Counter[str | None]()
        for row in rows:
            if row[place] not in allowed:
                unknown[row[place]] += int(row[2])
        if unknown:
            text = (
                f"{share(unknown.total(), counted)} rows have an unknown {name}: {named(unknown)}; redaction would not know "
                f"them; allowed: {', '.join(allowed)}"
            )
            yield Finding("identities", name, "stop", text)
        elif counted:
            found = Counter[str]()
            for row in rows:
                found[row[place]] += int(row[2])
            yield Finding("identities", name, "ok", ", ".join(f"{each} {count:,}" for each, count in found.most_common()))
    if counted:
        usable = sum(int(row[3]) for row in rows)
        level: Level = "ok" if usable else "stop"
        yield Finding("identities", "value", level, f"{share(usable, counted)} rows have a value")
    yield _identified(database, queries, params, counted)


def _identified(database: Database, queries: SourceQueries, params: ExtractParams, counted: int) -> Finding:
    identities = queries["identities"]
    sql = identified_sql(queries["conversations"], identities, queries["consent"], database.dialect)
    conversations, identified = map(int, next(iter(database.rows(sql))))
    if not conversations:
        return Finding("identities", "user_id", "ok", "there is no conversation that may be read")
    text = f"{share(identified, conversations)} conversations are of a user with a name or identifier"
    if not counted and says_empty(identities):
        return Finding("identities", "user_id", "warning", f"{text}: the source says that it is empty, so no name is known")
    if not counted:
        return Finding(
            "identities", "user_id", "stop", f"{text}: the query returns no row; end it with WHERE FALSE if there are no names"
        )
    if not identified or identified < params.min_identified * conversations:
        rule = f"extract.min_identified = {params.min_identified:g}"
        advice = "user_id must be the id that conversations.sql returns as user_id"
        return Finding("identities", "user_id", "stop", f"{text}, less than {rule} allows: {advice}")
    few = identified < _FEW_IDENTIFIED * conversations
    return Finding("identities", "user_id", "warning" if few else "ok", text)


def _forms(database: Database, queries: SourceQueries) -> Iterator[Finding]:
    rows = list(database.rows(user_forms_sql(queries["conversations"], queries["identities"], database.dialect)))
    users = sum(int(count) for _, count, _ in rows)
    if not any(int(known) for _, _, known in rows):
        return
    for form, count, known in rows:
        if count and not known:
            text = (
                f"{share(int(count), users)} users have an id of a form ({form}) that no id in identities.sql has: their names "
                "are unknown, and an opt-out under another id is not found"
            )
            yield Finding("conversations", "user_id", "warning", text)


def _consent(database: Database, queries: SourceQueries, params: ExtractParams) -> Iterator[Finding]:
    consent = queries["consent"]
    rows = list(database.rows(consent_sql(queries["conversations"], queries["identities"], consent, database.dialect)))
    if not rows:
        says = says_empty(consent)
        text = (
            "the source says that it is empty" if says else "the query returns no row: nobody opted out, and everybody is read"
        )
        yield Finding("consent", "user_id", "ok" if says else "warning", text)
        return
    if missing := sum(int(count) for _, form, count, _, _ in rows if form is None):
        yield Finding("consent", "user_id", "stop" if len(rows) == 1 else "warning", f"{missing:,} reasons have no user_id")
    ids, matched, alien = Counter[str | None](), Counter[str | None](), Counter[tuple[str | None, str]]()
    for reason, form, count, found, strange in rows:
        if form is not None:
            ids[reason] += int(count)
            matched[reason] += int(found)
            alien[reason, form] += int(strange)
    for reason, count in sorted(ids.items(), key=lambda item: (-item[1], item[0] or "")):
        strange = {form: number for (name, form), number in alien.items() if name == reason and number}
        yield _of_reason(reason, count, matched[reason], strange, params)
    judged = [reason for reason in ids if reason not in params.deleted_reasons]
    total, found = sum(ids[reason] for reason in judged), sum(matched[reason] for reason in judged)
    if total and found and found < params.min_consent_matched * total:
        rule = f"extract.min_consent_matched = {params.min_consent_matched:g}"
        yield Finding("consent", "user_id", "stop", f"{share(found, total)} ids are ids of a user, less than {rule} allows")


def _of_reason(reason: str | None, ids: int, matched: int, alien: dict[str, int], params: ExtractParams) -> Finding:
    text = f"reason {quoted(reason)}: {share(matched, ids)} ids are the id of a user in conversations.sql or identities.sql"
    if reason is not None and reason in params.deleted_reasons:
        return Finding("consent", "user_id", "ok", f"{text}; extract.deleted_reasons names the reason")
    advice = (
        "user_id must be the id that conversations.sql returns as user_id; name the reason in extract.deleted_reasons if all "
        "of these users are gone"
    )
    if not matched:
        return Finding("consent", "user_id", "stop", f"{text}, so whoever opted out would be read: {advice}")
    if alien:
        forms = ", ".join(f"{form} ({count:,})" for form, count in sorted(alien.items()))
        return Finding("consent", "user_id", "stop", f"{text}; no user's id has the form of others: {forms}: {advice}")
    few = matched < _FEW_MATCHED * ids
    return Finding("consent", "user_id", "warning" if few else "ok", text)
