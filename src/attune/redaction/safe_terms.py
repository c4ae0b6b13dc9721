"""What is kept of texts that come again and again: assistants repeat themselves, short answers are alike."""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")

_MOST_KEPT, _MOST_REMEMBERED = 4096, 50_000


class Repeated(Generic[Value]):
    """Values of texts that were seen twice at least; most texts never come again, and keeping them would crowd out the others.

    Memory: the values of twice ``most`` texts, and a number for each of twice ``remembered``. When one generation is full, the
    one before it is forgotten; what is asked for moves to the newer one.
    """

    def __init__(self, most: int = _MOST_KEPT, remembered: int = _MOST_REMEMBERED) -> None:
        self._most, self._remembered = most, remembered
        self._new: dict[str, Value] = {}
        self._old: dict[str, Value] = {}
        self._seen: set[int] = set()  # hashes: whether a text was seen before; a wrong yes costs a place and no more
        self._seen_before: set[int] = set()

    def get(self, text: str) -> Value | None:
        """What is kept of a text."""
        value = self._new.get(text)
        if value is None and (value := self._old.get(text)) is not None:
            self._put(text, value)
        return value

    def add(self, text: str, value: Value) -> None:
        """Keep a value, if its text has been added before."""
        number = hash(text)
        if number in self._seen or number in self._seen_before:
            self._put(text, value)
            return
        if len(self._seen) >= self._remembered:
            self._seen_before, self._seen = self._seen, set()
        self._seen.add(number)

    def _put(self, text: str, value: Value) -> None:
        if len(self._new) >= self._most:
            self._old, self._new = self._new, {}
        self._new[text] = value
