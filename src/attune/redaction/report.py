"""The report of redaction, which extract and ingest share: what was found, what got through, and what a person must review.

Every number comes from the summed statistics of the run; no text of a record is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from attune.redaction.canaries import canary_limit, gate_passes, passes, planted_and_survived, upper_bound
from attune.redaction.placeholders import label_of
from attune.reporting.report import Bars, Block, Checks, Table, Text, Tile, Tiles, Tone
from attune.runtime.engine import MapResult

Counts = Mapping[str, int]

# What looks for names and identifiers: its key in the statistics, its name, what it is; those that can be off come last.
_RECOGNIZERS = (
    ("known", "known values", "what the database knows about this user and partner, in the forms people type"),
    ("patterns", "patterns", "structured identifiers; check digits are verified where a kind has them"),
    ("cues_and_lists", "cues and word lists", "“my sister …”, signatures, names from many cultures"),
    ("name_model", "name model", "the shipped model for names that are in no list"),
)
_NER_OFF = "no model is mounted (redact.ner); names that only it would find are left to the recognizers above"
_REVIEW_REASONS = {
    "name_uncertain": "a word may be a name; the name model is not sure",
    "other_language": "in a language in which names are not found well enough, or a word of one that may be a name",
}
_REPAIRS = {"once": "decoded wrongly once", "twice": "decoded wrongly twice"}


def preparation_numbers(result: MapResult) -> dict[str, Any]:
    """The part of ``numbers`` in ``report.json`` that extract and ingest share."""
    stats = result.stats
    redaction = stats.get("redaction", {})
    planted, survived = planted_and_survived(redaction)
    return {
        "families": stats.get("families", {}),
        "languages": stats.get("languages", {}),
        "by_language": stats.get("by_language", {}),
        "tags": stats.get("tags", {}),
        "pii_status": stats.get("pii_status", {}),
        "review_reasons": stats.get("review_reasons", {}),
        "repaired_texts": stats.get("repaired_texts", {}),
        "repaired_records": stats.get("repaired_records", {}).get("records", 0),
        "withheld_labels": stats.get("withheld_labels", {}),
        "redaction": redaction,
        "leak_rate_upper_bound": upper_bound(survived, planted) if planted else None,
    }


def redaction_blocks(result: MapResult) -> list[Block]:
    """The blocks that extract and ingest share, for a data steward."""
    stats = result.stats
    redaction = stats.get("redaction", {})
    blocks: list[Block] = [_tiles(stats, redaction), _families(stats.get("families", {})), *_evidence(redaction)]
    blocks += [
        _bars(title, values) for title, key in (("Languages", "languages"), ("Tags", "tags")) if (values := stats.get(key))
    ]
    if by_language := stats.get("by_language"):
        blocks.append(_languages(by_language))
    if repaired := stats.get("repaired_texts"):
        rows = [(text, repaired.get(name, 0)) for name, text in _REPAIRS.items()]
        blocks.append(Table("Repaired texts", ("problem", "messages"), rows, key="repaired"))
    if withheld := stats.get("withheld_labels"):
        note = (
            "A label is withheld when it is not made of ordinary words, so it could name somebody. Labels that your product "
            "uses are kept when redact.labels lists them."
        )
        blocks.append(
            Table("Withheld labels", ("field", "records"), sorted(withheld.items()), note=note, key="withheld_labels")
        )
    return blocks


def _tiles(stats: Mapping[str, Any], redaction: Mapping[str, Any]) -> Tiles:
    planted, survived = planted_and_survived(redaction)
    rescan = redaction.get("rescan", {})
    replaced = sum(_total(tiers) for tiers in redaction.get("found", {}).values())
    review = stats.get("pii_status", {}).get("requires_review", 0)
    tone: Tone = "bad" if not gate_passes(redaction) else "warning" if survived else "good"
    return Tiles(
        [
            Tile("replaced", "names and identifiers replaced", replaced),
            Tile("requires_review", "records that a person must review", review),
            Tile(
                "canaries",
                "planted identities stopped",
                f"{planted - survived:,} of {planted:,}",
                f"at most {upper_bound(survived, planted):.2%} get through" if planted else "none planted",
                tone=tone,
            ),
            Tile(
                "rescan",
                "disagreements in the second scan",
                _total(rescan.get("disagreements", {})),
                f"{rescan.get('records', 0):,} records scanned again",
            ),
            Tile("repaired", "records with repaired text", stats.get("repaired_records", {}).get("records", 0)),
        ]
    )


def _families(families: Mapping[str, Counts]) -> Table:
    reasons = sorted({reason for outcomes in families.values() for reason in outcomes} - {"kept"})
    rows: list[tuple[str | int, ...]] = [
        (name, _total(outcomes), outcomes.get("kept", 0), *(outcomes.get(reason, 0) for reason in reasons))
        for name, outcomes in families.items()
    ]
    return Table("By family", ("family", "records", "kept", *reasons), rows, key="families")


def _evidence(redaction: Mapping[str, Any]) -> list[Block]:
    """How well redaction worked."""
    records, canaries = redaction.get("records", 0), redaction.get("canaries", {})
    blocks: list[Block] = [_recognizers(redaction.get("recognizers", {}), records), _found(redaction.get("found", {}))]
    if planted := _total(canaries.get("planted", {})):
        blocks += [_gate(canaries, planted), _canaries(canaries), _weak_styles(canaries)]
    else:
        blocks.append(Text("Planted identities", ["None were planted (redact.canary_rate), so the leak rate is not known."]))
    return [*blocks, _second_scan(redaction.get("rescan", {}), records), _review(redaction.get("review", {}), records)]


def _recognizers(on: Counts, records: int) -> Table:
    rows: list[tuple[str | int, ...]] = [
        (name, on.get(key, 0), _state(on.get(key, 0), records), what) for key, name, what in _RECOGNIZERS
    ]
    mounted = [key for key in sorted(on) if key.startswith("ner_")]
    rows += [(f"NER ({key[4:]})", on[key], _state(on[key], records), "a mounted model, run by Presidio") for key in mounted]
    if not mounted:
        rows.append(("NER", 0, "off", _NER_OFF))
    columns = ("recognizer", "records", "state", "what it is")
    return Table("Recognizers of names and identifiers", columns, rows, key="recognizers")


def _state(records: int, whole: int) -> str:
    return "off" if not records else "on" if records == whole else "on for some records"


def _found(found: Mapping[str, Counts]) -> Table:
    tiers = sorted({tier for counts in found.values() for tier in counts})
    rows: list[tuple[str | int, ...]] = [
        (kind, label_of(kind), *(counts.get(tier, 0) for tier in tiers), _total(counts))
        for kind, counts in sorted(found.items())
    ]
    if rows:
        sums = [sum(counts.get(tier, 0) for counts in found.values()) for tier in tiers]
        rows.append(("all types", "", *sums, sum(sums)))
    note = (
        "Columns name what found it: known values of the database, patterns, cues, word lists, a model, or the same name "
        "earlier in the conversation."
    )
    return Table("What was replaced", ("type", "replaced by", *tiers, "all"), rows, note, "found")


def _gate(canaries: Mapping[str, Any], planted: int) -> Checks:
    survived, held, limit = _total(canaries.get("survived", {})), _total(canaries.get("held", {})), canary_limit(canaries)
    rule = f"the upper bound of the leak rate is at most {limit:.3%}" if limit else "no planted identity gets through"
    evidence = (
        f"{planted:,} synthetic identities were planted before redaction: {planted - survived - held:,} were replaced, "
        f"{held:,} are in records that go to review, {survived:,} got through. With 95 % confidence at most "
        f"{upper_bound(survived, planted):.3%} of such identities get through (exact Clopper-Pearson bound)"
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
        "Gone: replaced. Held: not replaced, but the record goes to review and into no training set. Survived: would have"
        " reached training. The upper bound is on the share that survives, with 95 % confidence; a small number of plants"
        " gives a wide bound."
    )
    columns = ("kind", "planted", "gone", "held", "survived", "upper bound")
    return Table("Planted identities by kind", columns, rows, note, "canaries")


def _outcomes(counts: Counter[str]) -> tuple[str | int, ...]:
    bound = f"{upper_bound(counts['survived'], counts['planted']):.2%}"
    return counts["planted"], counts["found"], counts["held"], counts["survived"], bound


def _weak_styles(canaries: Mapping[str, Counts]) -> Block:
    """The writing styles that were not always replaced; never the text."""
    title = "Writing styles that were not always replaced"
    held, survived, planted = (canaries.get(name, {}) for name in ("held", "survived", "planted"))
    rows = [
        (name, planted[name], held.get(name, 0), survived.get(name, 0))
        for name in sorted(planted)
        if held.get(name) or survived.get(name)
    ]
    if not rows:
        return Text(title, [f"None: all {len(planted)} combinations of kind and style were always replaced."])
    note = "A kind of identity and the style in which it was written; attune.redaction.canary_styles lists the styles."
    return Table(title, ("kind/style", "planted", "held", "survived"), rows, note, "not_gone")


def _second_scan(rescan: Mapping[str, Any], records: int) -> Block:
    scanned, seen = rescan.get("records", 0), rescan.get("disagreements", {})
    if not scanned:
        return Text("Second scan", ["No record was scanned again (redact.rescan_rate is 0, or the sample was empty)."])
    rows = [(kind, count, f"{count / scanned:.2%}") for kind, count in _by_count(seen)] or [("nothing", 0, "0.00%")]
    note = (
        f"{scanned:,} of {records:,} redacted records ({scanned / max(records, 1):.1%}) were scanned by Presidio, which shares"
        " no code with the first pass. A finding is not always a leak: each such record goes to review, with the kind as the"
        " reason."
    )
    return Table("Second scan", ("what Presidio found", "records", "share of scanned"), rows, note, "rescan")


def _languages(languages: Mapping[str, Counts]) -> Table:
    """What each language loses to review, and how much of its text was taken for names."""
    rows: list[tuple[str | int, ...]] = []
    for name, counts in sorted(languages.items(), key=lambda item: (-item[1]["records"], item[0])):
        kept = counts["records"] - counts["rejected"] - counts["held"]
        share, rate = counts["held"] / max(counts["records"], 1), 1000 * counts["persons"] / max(counts["words"], 1)
        rows.append((name, counts["records"], kept, counts["held"], f"{share:.1%}", counts["words"], f"{rate:.1f}"))
    note = (
        "Of the records that this run redacted. Held: a person must review them before they are used for training; all records"
        " in a language in which names are not found well enough are. Far more persons in one language than in English are"
        " rather words taken for names. und: the text does not tell its language."
    )
    columns = ("language", "records", "kept", "held", "share held", "words", "persons replaced per 1,000 words")
    return Table("Redaction by language", columns, rows, note, "by_language")


def _review(reasons: Counts, records: int) -> Block:
    if not reasons:
        return Text("Records for review", ["None: no record was doubtful."])
    rows = [(reason, count, f"{count / max(records, 1):.2%}", _meaning(reason)) for reason, count in _by_count(reasons)]
    note = "A record may have several reasons. None of these records is used for training before a person has reviewed it."
    return Table("Records for review", ("reason", "records", "share", "meaning"), rows, note, "review")


def _meaning(reason: str) -> str:
    if reason.startswith("rescan_"):
        return f"the second scan still found {reason.removeprefix('rescan_').replace('_', ' ')}"
    return _REVIEW_REASONS.get(reason, "")


def _total(counts: Counts) -> int:
    return sum(counts.values())


def _by_count(values: Counts) -> list[tuple[str, int]]:
    """Most frequent first."""
    return sorted(values.items(), key=lambda item: (-item[1], item[0]))


def _bars(title: str, values: Counts) -> Bars:
    """Counts of records as bars, most frequent first."""
    return Bars(title, {name: float(count) for name, count in _by_count(values)}, "records")
