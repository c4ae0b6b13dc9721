"""Curriculum training: the trainer that torchrun starts, and the backends that start it."""
