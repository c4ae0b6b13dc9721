"""What is done with a dataset version once it stands: shown, compared, exported, frozen for tests, sent and fetched."""
