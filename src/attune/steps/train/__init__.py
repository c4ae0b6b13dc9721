"""The step ``train`` and its parts."""
