"""Processes that training and evaluation start."""
