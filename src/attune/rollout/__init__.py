"""Bringing a model to users in stages, and back again when they suffer."""
