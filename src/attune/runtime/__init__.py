"""What runs a step: engine, registry, cache key, run folder, audit trail, logs, progress."""
