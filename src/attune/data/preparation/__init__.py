"""From raw rows to redacted records: what extract and ingest share."""
