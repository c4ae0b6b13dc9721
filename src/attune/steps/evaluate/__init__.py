"""The step ``evaluate`` and its parts."""
