"""The step ``score`` and its parts."""
