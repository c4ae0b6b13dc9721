"""The step ``release`` and its parts."""
