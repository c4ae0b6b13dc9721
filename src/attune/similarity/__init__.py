"""Near duplicates: fingerprints, bands, exact verification, decisions, and the index that persists."""
