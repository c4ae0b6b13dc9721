"""The step ``ingest`` and its parts."""
