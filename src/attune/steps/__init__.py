"""The steps, one package each: ``step.py`` has the function of the step's name."""
