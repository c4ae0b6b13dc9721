"""Tasks for lm-eval."""
