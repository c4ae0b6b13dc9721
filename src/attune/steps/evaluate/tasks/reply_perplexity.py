"""The functions of the lm-eval task ``reply_perplexity.yaml``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TASK = "attune_reply_perplexity"


def load(documents: str, **_: object) -> dict[str, Any]:
    """The reply pieces to score, from the JSON Lines file of the harness."""
    from datasets import Dataset

    lines = Path(documents).read_text(encoding="utf-8").splitlines()
    return {"test": Dataset.from_list([json.loads(line) for line in lines])}


def context(document: Mapping[str, Any]) -> str:
    """The text before the piece."""
    return str(document["context"])


def reply(document: Mapping[str, Any]) -> str:
    """The piece whose log-likelihood is computed."""
    return str(document["reply"])


def score(document: Mapping[str, Any], results: Sequence[tuple[float, bool]]) -> dict[str, tuple[float, int]]:
    """Log-likelihood and number of tokens: lm-eval's weighted perplexity is exp(-sum of the first / sum of the second)."""
    log_likelihood, _ = results[0]
    return {"token_perplexity": (log_likelihood, int(document["tokens"]))}
