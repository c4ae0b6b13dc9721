"""Intervals and tests that several steps use."""
