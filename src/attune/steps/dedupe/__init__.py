"""The step ``dedupe`` and its parts."""
