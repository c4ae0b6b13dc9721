# ruff: noqa: E501, SIM905 - word lists stay as they can be read
"""Tells what the name model takes for an address from doses, dates, scores, measures and lists of things that are counted."""

from __future__ import annotations

import re

from attune.redaction import address_heads, address_parts

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
# Words beside a number that make it a dose, a measure, a price, a time, an age or a score.
_MEASURES = frozenset(
    """mg mcg ml kg kgs lb lbs oz ft cm mm km kms mph kph bpm mmhg iu ug gm tab tabs tablet tablets cap caps po qd bid tid qid qam qhs prn
    daily weekly hourly units puffs eur euro euros usd gbp rs inr naira dollars pounds yo yr yrs year years month months week weeks day
    days hour hours hr hrs min mins minutes seconds sec pm am uhr score scores scored percent fps kcal calories bmi bp para gravida age
    aged grade chapter verse page pages episode season version jan feb mar apr jun jul aug sep sept oct nov dec january february march
    april june july august september october november december januar februar märz mai juni juli oktober dezember mal times jahre stunden
    tage wochen ans heures jours años horas""".split()
)
_STREETS = frozenset(
    """street st avenue ave road rd boulevard blvd lane ln court ct drive dr place pl square sq way circle cir trail close gardens grove
    row hill terrace crescent cres highway hwy parkway pkwy mews rue calle via rua avenida avda platz straße strasse str weg gasse allee
    box postfach zip apt flat suite building floor""".split()
)
_ADDRESS_WORDS = _STREETS | address_parts.WORDS | address_heads.WORDS
_SIGNS = re.compile(r"[$€£%=<>{}#&]|\d[/.-]\d{1,2}[/.-]\d|\b\d{1,2}/\d{2,4}\b|\d:\d\d")
_DATE = re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b")
_COUNTED = re.compile(
    r"\d{1,2}[ -](?:way|lane|bed|bedroom|car|door|star|step|point|person|man|hour|day|top|hill songs)\b", re.I
)
_SHORTEST_WORD, _LARGEST_COUNT = 3, 31


def is_no_address(text: str, start: int, end: int) -> bool:
    """Whether words and digits that only the model takes for an address are something else."""
    written = text[start:end]
    words = _WORD.findall(written)
    lowered = {word.lower() for word in words}
    numbers = _NUMBER.findall(written)
    if not numbers or not any(len(word) >= _SHORTEST_WORD for word in words) or len(words) < 2:
        return True
    if written[0] in "(,;/" or not lowered.isdisjoint(_MEASURES) or text[start - 1 : start] in ("$", "€", "£"):
        return True
    if _DATE.search(written) or _COUNTED.match(written):
        return True
    if not lowered.isdisjoint(_ADDRESS_WORDS):
        return False
    if _SIGNS.search(written) or (len(numbers) > 1 and all(int(number) <= _LARGEST_COUNT for number in numbers)):
        return True
    return not any(_is_strange(word) for word in words)


def _is_strange(word: str) -> bool:
    """Whether a word is a name rather than one of a sentence: it has a capital or no list holds it."""
    from attune.redaction.lexicon import lexicon

    return len(word) >= _SHORTEST_WORD and (word[0].isupper() or word not in lexicon().trivial) and not word.isupper()
