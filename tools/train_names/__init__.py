"""Trains the name recognizer: word lists, training texts and the linear CRF. Redaction imports nothing from here.

``python -m tools.train_names lexicon`` and ``… model`` rebuild the two files that the package ships.
"""
