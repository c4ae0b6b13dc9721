"""The contract: a record, a shard set, a dataset version, lineage."""
