"""Checks that consent and identities are about the same users as the conversations.

A wrong id there shows nowhere else: everybody who opted out is read, or no name is known to redaction.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from attune.config.params import ExtractParams
from attune.steps.extract.database import Database
from attune.steps.extract.mapping_findings import Level, MappingFinding, named, quoted, share
from attune.steps.extract.mapping_queries import consent_sql, identified_sql, identity_kinds_sql, same_user_sql
from attune.steps.extract.sources import SOURCES, SourceQueries, SourceQuery

OF_A_CONVERSATION = ("activities", "analytics", "feedback")  # sources whose rows are about a conversation

_FEW_IDENTIFIED, _FEW_MATCHED = 0.8, 0.5  # below these shares a check warns
_ENOUGH = 20  # of them none is found: chance is excluded
_NONE = re.compile(r"(?:\bWHERE\s+(?:0|FALSE|1\s*=\s*0)|\bLIMIT\s+0)\s*\Z", re.IGNORECASE)


def check_people(database: Database, queries: SourceQueries, params: ExtractParams) -> Iterator[MappingFinding]:
    """The findings about identities and consent, which decide who is read and whose names are known."""
    conversations, identities, consent = queries["conversations"], queries["identities"], queries["consent"]
    rows = list(database.rows(identity_kinds_sql(identities)))
    yield from _kinds(rows)
    known = _users_by_form(database.rows(identified_sql(conversations, identities, consent, database.dialect)))
    yield from _identified(known, identities, sum(int(row[2]) for row in rows), params)
    # Identities of other users than those of the conversations say nothing about an opt-out.
    shared = identities if any(identified for _, identified in known.values()) or not known else None
    ids = list(database.rows(consent_sql(conversations, shared, consent, database.dialect)))
    for finding in _consent(ids, set(known), consent, params):
        yield finding if known or finding.level != "stop" else replace(finding, level="warning")  # there is nobody to read
    about = [queries[name] for name in OF_A_CONVERSATION if "conversation_id" in queries[name].columns]
    if about:
        for name, *counts in database.rows(same_user_sql(about, conversations, consent, database.dialect)):
            yield from _same_user(str(name), *map(int, counts), params=params)


def says_empty(query: SourceQuery) -> bool:
    """Whether the query itself says that it returns no row, with ``WHERE FALSE``, ``WHERE 0`` or ``LIMIT 0`` at its end."""
    return bool(_NONE.search(query.sql))


def _kinds(rows: Sequence[tuple[Any, ...]]) -> Iterator[MappingFinding]:
    counted = sum(int(row[2]) for row in rows)
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
            yield MappingFinding("identities", name, "stop", text)
        elif counted:
            found = Counter[str]()
            for row in rows:
                found[row[place]] += int(row[2])
            yield MappingFinding(
                "identities", name, "ok", ", ".join(f"{each} {count:,}" for each, count in found.most_common())
            )
    if counted:
        usable = sum(int(row[3]) for row in rows)
        level: Level = "ok" if usable else "stop"
        yield MappingFinding("identities", "value", level, f"{share(usable, counted)} rows have a value")


def _users_by_form(rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[int, int]]:
    """Form of the user's id -> conversations, conversations of a user with a name or identifier."""
    return {str(form): (int(conversations), int(identified)) for form, conversations, identified in rows}


def _identified(
    known: Mapping[str, tuple[int, int]], identities: SourceQuery, counted: int, params: ExtractParams
) -> Iterator[MappingFinding]:
    conversations, identified = (sum(counts[place] for counts in known.values()) for place in (0, 1))
    text = f"{share(identified, conversations)} conversations are of a user with a name or identifier"
    if not conversations:
        yield MappingFinding("identities", "user_id", "ok", "there is no conversation that may be read")
    elif not counted and says_empty(identities):
        yield MappingFinding(
            "identities", "user_id", "warning", f"{text}: the source says that it is empty, so no name is known"
        )
    elif not counted:
        advice = "the query returns no row; end it with WHERE FALSE if the product knows no names"
        yield MappingFinding("identities", "user_id", "stop" if params.min_identified else "warning", f"{text}: {advice}")
    elif identified < params.min_identified * conversations or (not identified and params.min_identified):
        rule = f"extract.min_identified = {params.min_identified:g}"
        advice = "user_id must be the id that conversations.sql returns as user_id"
        yield MappingFinding("identities", "user_id", "stop", f"{text}, less than {rule} allows: {advice}")
    else:
        yield MappingFinding("identities", "user_id", "warning" if identified < _FEW_IDENTIFIED * conversations else "ok", text)
        for form, (count, names) in known.items():
            if not names:
                text = (
                    f"{share(count, conversations)} conversations are of users with an id of a form ({form}) for which "
                    "identities.sql knows nobody: names are unknown, and an opt-out under another id is not found"
                )
                yield MappingFinding("conversations", "user_id", "warning", text)


def _same_user(name: str, counted: int, found: int, same: int, *, params: ExtractParams) -> Iterator[MappingFinding]:
    """Rows about a conversation must have its id and its user; others are ignored."""
    text = f"{share(found, counted)} conversations that it names are in conversations.sql"
    if found < _FEW_MATCHED * counted:
        level: Level = "problem" if not found and counted >= _ENOUGH else "warning"
        yield MappingFinding(name, "conversation_id", level, f"{text}; what is about others is ignored")
    else:
        yield MappingFinding(name, "conversation_id", "ok", text)
    if not found:
        return
    text = f"{share(same, found)} of these have the same user_id there"
    if same < _FEW_MATCHED * found:
        yield MappingFinding(
            name, "user_id", "stop", f"{text}: user_id must be the person whose conversation it is, in both sources"
        )
    else:
        yield MappingFinding(name, "user_id", "warning" if found - same > params.mapping_limit * found else "ok", text)


def _consent(
    rows: Sequence[tuple[Any, ...]], forms: Set[str], consent: SourceQuery, params: ExtractParams
) -> Iterator[MappingFinding]:
    if not rows:
        says = says_empty(consent)
        text = (
            "the source says that it is empty" if says else "the query returns no row: nobody opted out, and everybody is read"
        )
        yield MappingFinding("consent", "user_id", "ok" if says else "warning", text)
        return
    for reason, form, _, _ in rows:
        if form is None and reason not in params.deleted_reasons:
            text = f"reason {quoted(reason)}: rows without a user_id; nobody can tell whom not to read"
            yield MappingFinding("consent", "user_id", "stop", text)
    ids, matched, alien = Counter[str | None](), Counter[str | None](), Counter[tuple[str | None, str]]()
    forms = forms | {form for _, form, _, found in rows if found}
    for reason, form, count, found in rows:
        if form is not None:
            ids[reason] += int(count)
            matched[reason] += int(found)
            alien[reason, form] += int(count) if form not in forms else 0
    for reason, count in sorted(ids.items(), key=lambda item: (-item[1], item[0] or "")):
        strange = {form: number for (name, form), number in alien.items() if name == reason and number}
        yield _of_reason(reason, count, matched[reason], strange, params)
    judged = [reason for reason in ids if reason not in params.deleted_reasons]
    total, found = sum(ids[reason] for reason in judged), sum(matched[reason] for reason in judged)
    if total and found and found < params.min_consent_matched * total:
        rule = f"extract.min_consent_matched = {params.min_consent_matched:g}"
        yield MappingFinding(
            "consent", "user_id", "stop", f"{share(found, total)} ids are ids of a user, less than {rule} allows"
        )


def _of_reason(reason: str | None, ids: int, matched: int, alien: dict[str, int], params: ExtractParams) -> MappingFinding:
    text = f"reason {quoted(reason)}: {share(matched, ids)} ids are the id of a user in conversations.sql or identities.sql"
    if reason is not None and reason in params.deleted_reasons:
        return MappingFinding("consent", "user_id", "ok", f"{text}; extract.deleted_reasons names the reason")
    advice = (
        "user_id must be the id that conversations.sql returns as user_id; name the reason in extract.deleted_reasons if all "
        "of these users are gone"
    )
    if not matched:
        return MappingFinding("consent", "user_id", "stop", f"{text}, so whoever opted out would be read: {advice}")
    if alien:
        forms = ", ".join(f"{form} ({count:,})" for form, count in sorted(alien.items()))
        return MappingFinding("consent", "user_id", "stop", f"{text}; no user's id has the form of others: {forms}: {advice}")
    few = matched < _FEW_MATCHED * ids
    return MappingFinding("consent", "user_id", "warning" if few else "ok", text)
