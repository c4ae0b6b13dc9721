"""The eight gates of ``verify``: each recomputes its claim from the files of a dataset version alone.

Nothing here calls what ``compile`` is made of: files are read, hashed, tokenized, compared and counted by code of its own, so
that one mistake does not hide another. What both follow is written down in ``docs/dataset-format.md``.
"""
