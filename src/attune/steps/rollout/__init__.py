"""The step ``rollout`` and its parts."""
