"""A believable relationship-coaching product with planted truth, for the demo, tests and benchmarks."""

from attune.sample.generate import SampleSummary, demo_key, generate, write_postgres

__all__ = ["SampleSummary", "demo_key", "generate", "write_postgres"]
