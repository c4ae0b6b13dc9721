"""Checks a mapping by the content of its sources: whether ids meet, roles and kinds are known, values are on their scales.

A mapping whose types fit may still be wrong: with another id in consent everybody who opted out is read, with a kind that
redaction does not know all names stay in the text. The database counts; this process reads the messages of a sample of
conversations. The same check runs before every extraction, which it stops where going on would do harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attune.config.params import ExtractParams
from attune.errors import UsageError
from attune.reporting.report import Block, Table
from attune.steps.extract.connect import open_database
from attune.steps.extract.database import Database
from attune.steps.extract.mapping_findings import Level, MappingFinding, named, shown_values, worst
from attune.steps.extract.mapping_people import check_people
from attune.steps.extract.mapping_sample import check_sample
from attune.steps.extract.mapping_values import check_values
from attune.steps.extract.source_check import load_queries
from attune.steps.extract.sources import SOURCES, SourceQueries

_PAGE = "docs/bring-your-own-schema.md"
_LOGIN = "login"
_FIRST = frozenset({"consent", "identities", _LOGIN})  # sources whose warnings stand at the head of the page
_JUDGEMENT: dict[Level, str] = {"ok": "fits", "warning": "worth a look", "problem": "does not fit", "stop": "does not fit"}


@dataclass(frozen=True)
class MappingCheck:
    """The findings of a check, in the order of the sources.

    Attributes:
        findings: all of them, about the content and about the login.
        shown_roles: unknown roles that messages may name.
        unknown_roles: the unknown roles in words; empty when there is none.
    """

    findings: Sequence[MappingFinding]
    shown_roles: frozenset[str] = frozenset()
    unknown_roles: str = ""

    @property
    def failed(self) -> bool:
        """Whether the mapping must be mended."""
        return any(finding.level in ("problem", "stop") for finding in self.findings)

    def require(self, queries: SourceQueries) -> None:
        """Raise UsageError where a run with this mapping would do harm; the message has all the reasons."""
        stops = [
            f"source {finding.source} ({queries[finding.source].file}): {finding.subject}: {finding.text}"
            if finding.source in queries
            else finding.text
            for finding in self.findings
            if finding.level == "stop"
        ]
        if stops:
            raise UsageError(f"the mapping does not fit the data, and nothing was written: {' | '.join(stops)}; see {_PAGE}")

    def warning(self) -> str:
        """A sentence about what is worth a look, for the head of a page; empty when there is nothing."""
        found = [each for each in worst(self.findings) if each.source in _FIRST or each.level != "warning"]
        if not found:
            return ""
        rest = f", and {len(found) - 1} more in the table Mapping" if len(found) > 1 else ""
        return f" Warning: {found[0].source}: {found[0].subject}: {found[0].text}{rest}."

    def blocks(self) -> list[Block]:
        """The findings as a table."""
        rows = [(each.source, each.subject, _JUDGEMENT[each.level], each.text) for each in self.findings]
        note = "How well the SQL files fit the content of the database, before redaction."
        return [Table("Mapping", ("source", "what", "judgement", "found"), rows, note)]

    def lines(self) -> list[str]:
        """The findings as text for a terminal: a heading for each source, a line for each finding, and the sum."""
        lines: list[str] = []
        for name in (*SOURCES, _LOGIN):
            if of_source := [finding for finding in self.findings if finding.source == name]:
                lines += [f"{name}: content" if name in SOURCES else name, *(f"  {finding}" for finding in of_source), ""]
        bad = sum(finding.level in ("problem", "stop") for finding in self.findings)
        warnings = sum(finding.level == "warning" for finding in self.findings)
        counts = f"{bad} problem{'s' * (bad != 1)}, {warnings} warning{'s' * (warnings != 1)}"
        verdict = counts if bad or warnings else "every source fits its content"
        return [*lines, f"content checked, no text of a message is shown or kept: {verdict}"]


def check_mapping(
    database: Database, queries: SourceQueries, params: ExtractParams, *, languages: bool = False
) -> MappingCheck:
    """Check what the queries return.

    Args:
        database: the database.
        queries: the queries of all sources, whose columns and types fit.
        params: limits, and the size of the sample.
        languages: detect the languages of the sample too.
    """
    findings, roles = check_values(database, queries, params)
    findings += check_people(database, queries, params)
    readable = not any(finding.level == "stop" and finding.subject == "created_at" for finding in findings)
    if readable:  # the driver cannot read a message whose timestamp is after the year 9999
        findings += check_sample(database, queries, params, languages=languages)
    order = list(SOURCES)
    findings.sort(key=lambda finding: order.index(finding.source))
    return MappingCheck([*findings, *check_login(database)], shown_values(roles), named(roles))


def check_content(database: str, params: ExtractParams) -> MappingCheck:
    """Open a database and check the content of its sources. Raises UsageError where even the types do not fit."""
    with open_database(database, params) as opened:
        return check_mapping(opened, load_queries(opened, params), params, languages=True)


def check_login(database: Database) -> list[MappingFinding]:
    """What the login may do besides reading: every statement runs in a read-only transaction all the same."""
    rights = database.write_rights()
    if not rights:
        return []
    return [MappingFinding(_LOGIN, "rights", "warning", f"{'; '.join(rights)}: create a login that has SELECT only")]
