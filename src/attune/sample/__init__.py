"""A believable relationship-coaching product with planted truth, for the demo, tests and benchmarks."""
