"""The evidence that redaction works, as a data steward reads it: what looked, what was found, what got through, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from attune.redaction.canaries import canary_limit, passes, upper_bound
from attune.redaction.placeholders import label_of
from attune.reporting.report import Bars, Block, Checks, Table, Text

Counts = Mapping[str, int]

# What looks for names and identifiers: its key in the statistics, its name, what it is; those that can be off come last.
_RECOGNIZERS = (
    ("known", "known values", "what the database knows of this user and partner, in the forms people type"),
    ("patterns", "patterns", "structured identifiers, with check digits where a kind has them"),
    ("cues_and_lists", "cues and word lists", "“my sister …”, signatures, names of many cultures"),
    ("name_model", "name model", "the shipped recognizer of names that no list holds"),
)
_REASONS = {
    "name_uncertain": "a word may be a name; the name model cannot tell",
    "other_language": "perhaps a name in a language that the name model is not made for",
}
_NER_OFF = "no model is mounted (redact.ner): what only it would find is left to the tiers above"


def evidence_blocks(redaction: Mapping[str, Any]) -> list[Block]:
    """What a run can show for its redaction, from its summed statistics alone."""
    blocks: list[Block] = [_recognizers(redaction.get("recognizers", {}), redaction.get("records", 0))]
    blocks.append(_found(redaction.get("found", {})))
    canaries = redaction.get("canaries", {})
    if planted := total(canaries.get("planted", {})):
        blocks += [_gate(canaries, planted), _canaries(canaries), _not_gone(canaries)]
    else:
        blocks.append(
            Text("Planted identities", ["None were planted (redact.canary_rate): how much gets through is not known."])
        )
    blocks += [_second_look(redaction.get("rescan", {}), redaction.get("records", 0)), _review(redaction)]
    return blocks


def total(counts: Counts) -> int:
    """The sum of all counts."""
    return sum(counts.values())


def _recognizers(on: Counts, records: int) -> Table:
    rows: list[tuple[str | int, ...]] = [
        (name, on.get(key, 0), _state(on.get(key, 0), records), what) for key, name, what in _RECOGNIZERS
    ]
    mounted = [key for key in sorted(on) if key.startswith("ner_")]
    rows += [(f"NER ({key[4:]})", on[key], _state(on[key], records), "a mounted model, through Presidio") for key in mounted]
    if not mounted:
        rows.append(("NER", 0, "off", _NER_OFF))
    return Table(
        "What looked for names and identifiers", ("recognizer", "records", "state", "what it is"), rows, key="recognizers"
    )


def _state(records: int, of: int) -> str:
    return "off" if not records else "on" if records == of else "on for a part"


def _found(found: Mapping[str, Counts]) -> Table:
    tiers = sorted({tier for counts in found.values() for tier in counts})
    rows: list[tuple[str | int, ...]] = [
        (kind, label_of(kind), *(counts.get(tier, 0) for tier in tiers), total(counts))
        for kind, counts in sorted(found.items())
    ]
    if rows:
        sums = [sum(counts.get(tier, 0) for counts in found.values()) for tier in tiers]
        rows.append(("all types", "", *sums, sum(sums)))
    note = "By the tier that found it: what the database knew, patterns, cues, word lists, a model, or the same name before."
    return Table("What was replaced", ("type", "by", *tiers, "all"), rows, note, "found")


def _gate(canaries: Mapping[str, Any], planted: int) -> Checks:
    survived, held, limit = total(canaries.get("survived", {})), total(canaries.get("held", {})), canary_limit(canaries)
    bound = upper_bound(survived, planted)
    rule = f"the upper bound is at most {limit:.3%}" if limit else "no planted identity gets through"
    evidence = (
        f"{planted:,} synthetic identities were planted before redaction: {planted - survived - held:,} were replaced, "
        f"{held:,} stay in records that go to review, {survived:,} got through. With 95 % confidence at most {bound:.3%} of "
        f"such identities get through (Clopper-Pearson, exact)"
    )
    return Checks("Planted identities", [(rule, passes(survived, planted, limit), evidence)])


def _canaries(canaries: Mapping[str, Counts]) -> Table:
    kinds: dict[str, Counter[str]] = {}
    for outcome in ("planted", "found", "held", "survived"):
        for name, count in canaries.get(outcome, {}).items():
            kinds.setdefault(name.split("/")[0], Counter())[outcome] += count
    rows: list[tuple[str | int, ...]] = [(kind, *_outcomes(counts)) for kind, counts in sorted(kinds.items())]
    rows.append(("all kinds", *_outcomes(sum(kinds.values(), Counter()))))
    note = (
        "Gone: replaced. Held: still there, but the record goes to review and into no training set. Survived: would have been"
        " trained on. The bound is on the rate of survivors of the kind, with 95 % confidence; few plants prove little."
    )
    columns = ("kind", "planted", "gone", "held", "survived", "upper bound")
    return Table("Planted identities by kind", columns, rows, note, "canaries")


def _outcomes(counts: Counter[str]) -> tuple[str | int, ...]:
    bound = f"{upper_bound(counts['survived'], counts['planted']):.2%}"
    return counts["planted"], counts["found"], counts["held"], counts["survived"], bound


def _not_gone(canaries: Mapping[str, Counts]) -> Block:
    """The ways of writing that were not always replaced; never the text."""
    held, survived, planted = (canaries.get(name, {}) for name in ("held", "survived", "planted"))
    rows = [
        (name, planted[name], held.get(name, 0), survived.get(name, 0))
        for name in sorted(planted)
        if held.get(name) or survived.get(name)
    ]
    if not rows:
        return Text(
            "Ways of writing that were not always replaced",
            [f"None: all {len(planted)} kinds and ways of writing were always replaced."],
        )
    note = "A kind of identity and the way it was written. Open the ways in attune.redaction.canary_styles."
    return Table(
        "Ways of writing that were not always replaced", ("kind/way", "planted", "held", "survived"), rows, note, "not_gone"
    )


def _second_look(rescan: Mapping[str, Any], records: int) -> Block:
    read, seen = rescan.get("records", 0), rescan.get("disagreements", {})
    if not read:
        return Text("A second look", ["No record was read again (redact.rescan_rate is 0, or the sample was empty)."])
    rows = [(kind, count, f"{count / read:.2%}") for kind, count in by_count(seen)] or [("nothing", 0, "0.00%")]
    note = (
        f"{read:,} of {records:,} redacted records ({read / max(records, 1):.1%}) were read by Presidio, which shares no code"
        " with the first pass. What it still sees is a question, not always a leak: each such record goes to review, with the"
        " kind as the reason."
    )
    return Table("A second look", ("what the independent detector saw", "records", "of those read"), rows, note, "rescan")


def _review(redaction: Mapping[str, Any]) -> Block:
    reasons, records = redaction.get("review", {}), redaction.get("records", 0)
    if not reasons:
        return Text("What goes to review", ["No record: nothing was doubtful."])
    rows = [(reason, count, f"{count / max(records, 1):.2%}", _meaning(reason)) for reason, count in by_count(reasons)]
    note = "A record may have several reasons. None of these records is trained on before a person has looked."
    return Table("What goes to review", ("reason", "records", "share", "what it means"), rows, note, "review")


def _meaning(reason: str) -> str:
    if reason.startswith("rescan_"):
        return f"the second look still sees {reason.removeprefix('rescan_').replace('_', ' ')}"
    return _REASONS.get(reason, "")


def by_count(values: Counts) -> list[tuple[str, int]]:
    """Most frequent first."""
    return sorted(values.items(), key=lambda item: (-item[1], item[0]))


def bars(title: str, values: Counts) -> Bars:
    """Counts of records as bars, most frequent first."""
    return Bars(title, {name: float(count) for name, count in by_count(values)}, "records")
