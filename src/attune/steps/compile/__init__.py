"""The step ``compile`` and its parts."""
