"""Runs the step of the kill tests: ``python run_step.py INPUT OUTPUT WORKERS LIMIT PAUSE``."""

from __future__ import annotations

import sys

from steps_of_test import Settings, sort_out

from attune.records import shards
from attune.runtime import engine
from attune.runtime.step import Context


def main() -> None:
    """Run it and say so."""
    source, output, workers, limit, pause = sys.argv[1:]
    opened = shards.open_set(source)
    context = Context(workers=int(workers))
    params = Settings(bad=(13,), limit=int(limit), pause=float(pause))
    job = engine.MapJob("sort", sort_out, params, context, output, quarantine_limit=0.1)
    engine.run_map(job, engine.shard_units([opened]))
    print("done")


if __name__ == "__main__":
    main()
