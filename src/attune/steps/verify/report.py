"""The report of verify."""

from __future__ import annotations

from collections.abc import Sequence

from attune.reporting.report import Bars, Block, Checks, Report, Table, Text, Tile, Tiles
from attune.steps.verify.evidence import EXAMPLES, GateResult, failed_names
from attune.steps.verify.manifest_validation import SPLITS
from attune.steps.verify.scan import VersionEvidence

UNFIT = "signed, but the signature does not fit: it was changed since, or signed with another key"
_ASKS = {
    "coverage": "Is every required family there, and no split empty?",
    "leakage": "Is nothing, or nearly nothing, said in two splits, and nothing of a frozen test set trained on?",
    "distribution": "Do splits, categories and synthetic records have their shares?",
    "pii": "Is nothing doubtful in it, no planted identity, no identifier that a second scan finds?",
    "provenance": "Can every record be traced to where it came from, and has it all that the contract asks?",
    "hash": "Are all bytes those of the manifest, and all contents those of their hashes?",
    "split": "Are held-out families in test only, and is no person, conversation or cluster in two splits?",
    "statistics": "Are all numbers there, and do they agree with a recount?",
}


def verify_report(evidence: VersionEvidence, gates: Sequence[GateResult]) -> Report:
    """The report of the step, from what was recomputed and the results of the gates."""
    failed = failed_names(gates)
    manifest = evidence.manifest
    label = f"{manifest.name} {manifest.version}"
    verdict = (
        f"failed {len(failed)} of {len(gates)} gates: {', '.join(failed)}." if failed else f"passed all {len(gates)} gates."
    )
    signature = evidence.signature.value if evidence.signature else UNFIT
    return Report(
        step="verify",
        title=f"Verification of {label}",
        lead=f"{label} with {evidence.records:,} records {verdict} Everything was recomputed from the files alone.",
        numbers={
            "name": manifest.name,
            "version": manifest.version,
            "address": manifest.address,
            "records": evidence.records,
            "splits": {split: int(evidence.sums[split]["records"]) for split in SPLITS},
            "leakage_search": {
                "records": evidence.exhaustive.rows,
                "compared_without_index": evidence.exhaustive.sampled,
                "missed": evidence.exhaustive.missed,
                "missed_share": round(evidence.exhaustive.missed_share, 6),  # upper bound with 95 % confidence
            },
            "signature": signature,
            "gates": {
                gate.name: {
                    "passed": gate.passed,
                    "examined": gate.examined,
                    "violations": gate.checks,
                    "examples": [list(example) for example in gate.examples],
                }
                for gate in gates
            },
        },
        blocks=_blocks(evidence, gates),
        failed_gates=failed_names(gates),
    )


def _blocks(evidence: VersionEvidence, gates: Sequence[GateResult]) -> list[Block]:
    passed = sum(gate.passed for gate in gates)
    worst: list[list[str | int | float | None]] = [
        [gate.name, check, gate.checks[check], *rest] for gate in gates for check, *rest in gate.examples
    ]
    aims = evidence.manifest.aims
    categories = evidence.total("category")
    blocks: list[Block] = [
        Tiles(
            [
                Tile("gates", "gates passed", passed, f"of {len(gates)}", "good" if passed == len(gates) else "bad"),
                Tile("records", "records read", evidence.records),
                Tile("violations", "violations", sum(sum(gate.checks.values()) for gate in gates)),
            ]
        ),
        Checks("Gates", [(gate.name, gate.passed, gate.evidence) for gate in gates]),
    ]
    if worst:
        blocks.append(
            Table(
                "Worst examples",
                ["gate", "check", "times", "record, file or place", "detail"],
                worst,
                note=f"At most {EXAMPLES} of each check. What could be a person's text is named by its length and hash.",
                key="examples",
            )
        )
    blocks.append(
        Table(
            "What was counted",
            ["split", "records", "words", "synthetic"],
            [
                [
                    split,
                    int(evidence.sums[split]["records"]),
                    int(evidence.sums[split]["words"]),
                    evidence.counts[split]["source"].get("synthetic", 0),
                ]
                for split in SPLITS
            ],
            key="counted",
        )
    )
    blocks.append(
        Bars(
            "Categories, percent",
            {name: round(100 * categories.get(name, 0) / max(evidence.records, 1), 2) for name in aims.category_mix},
            "%",
            target={name: round(100 * share, 2) for name, share in aims.category_mix.items()},
        )
    )
    signature = evidence.signature.value if evidence.signature else UNFIT
    blocks.append(Text("Signature", [f"The manifest is {signature}."]))
    blocks.append(Text("What the gates ask", [f"{name}: {question}" for name, question in _ASKS.items()]))
    return blocks
