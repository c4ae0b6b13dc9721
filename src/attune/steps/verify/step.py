"""The step ``verify``: eight gates that recompute every claim of a dataset version from its files alone.

It runs on any folder that holds a dataset version, whoever made it; what the version was meant to be (shares, held-out
families, mix) is what its manifest says. A failed gate stops the pipeline.

Memory: 150 B a record, 10 KB for each record of 100 words in validation, test and the frozen test sets (the index of the
leakage search, which one process holds), and one shard for each worker.
"""

from __future__ import annotations

from attune.config.params import VerifyParams
from attune.reporting.report import Report
from attune.runtime.step import Context
from attune.runtime.workers import Workers
from attune.steps.verify.gate_evaluation import evaluate_gates
from attune.steps.verify.manifest_validation import read_manifest
from attune.steps.verify.report import verify_report
from attune.steps.verify.scan import gather_evidence

_POOL_ROWS = 20_000


def verify(dataset: str, output: str, params: VerifyParams, context: Context) -> Report:  # noqa: ARG001 - nothing but the report
    """Hold a dataset version against the eight gates.

    Args:
        dataset: URI of the folder that ``compile`` wrote, or someone else.
        output: URI of the folder for the report, which the caller writes.
        params: what the gates allow.
        context: the run's context.

    Raises:
        UsageError: there is no dataset version with a readable manifest.
    """
    manifest, _ = read_manifest(dataset)
    with Workers("verify", context.workers if manifest.rows > _POOL_ROWS else 1) as workers:
        evidence = gather_evidence(dataset, params, workers, context.progress)
    gates = evaluate_gates(evidence, params)
    return verify_report(evidence, gates)
