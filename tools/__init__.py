"""Trainers of the models that the package ships."""
