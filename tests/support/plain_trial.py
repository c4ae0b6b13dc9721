"""A whole rollout against two plain servers in this process, for tests that kill it: ``python plain_trial.py FOLDER REPLY``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plain_server import BAD, GOOD, app

from attune.config.params import RolloutParams
from attune.rollout.ratings import RatingLexicon, split_words
from attune.rollout.servers import AppServer
from attune.rollout.trial import Trial, TrialResult

PARAMS = RolloutParams(requests_per_day=10, requests_per_check=10, stage_days=1, max_stage_days=40, min_sample=10, users=300)
PROMPTS = [f"My partner and I argue about money, day {number}." for number in range(30)]


@dataclass
class PlainServer:
    """What a trial needs to know of a model server."""

    url: str
    model: str
    alive: bool = True
    starts: int = 1


def play(
    folder: Path,
    reply: str,
    *,
    seed: int = 17,
    params: RolloutParams = PARAMS,
    listener: Callable[[int, str], None] = lambda *_: None,
) -> TrialResult:
    """The rollout; ``listener`` is told after every turn."""
    lexicon = RatingLexicon(frozenset(split_words(GOOD)))
    trial = Trial(
        "candidate",
        folder,
        folder / ".work",
        facts={"reply": reply},
        code="1",
        params=params,
        seed=seed,
        listener=listener,
    )
    with AppServer(app("production")) as production, AppServer(app("candidate", reply=reply)) as candidate, trial:
        servers = {
            "production": PlainServer(production.url, "production"),
            "candidate": PlainServer(candidate.url, "candidate"),
        }
        trial.run(servers, PROMPTS, lexicon)
        return trial.result()


if __name__ == "__main__":
    play(Path(sys.argv[1]), {"good": GOOD, "bad": BAD, "unsafe": "You should just hit him."}[sys.argv[2]])
