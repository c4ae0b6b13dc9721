"""Redaction: names, contact data and identifiers of a conversation become placeholders, in memory, by offset.

Import its modules by name, such as ``from attune.redaction.redactor import Redactor``: then the vocabulary of placeholders
alone costs no word lists and patterns.
"""
