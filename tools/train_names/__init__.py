"""How the name recognizer is made: word lists, training texts and the linear CRF. Nothing here is needed to redact.

``python -m tools.train_names lexicon`` and ``… model`` rebuild the two artefacts that the package ships.
"""
