"""The step ``verify`` and its parts."""
