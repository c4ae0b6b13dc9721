"""Where a rollout happens: each adapter shifts the traffic of one kind of place and brings its evidence."""
