"""Rollout of a model to users in stages, with automatic rollback."""
