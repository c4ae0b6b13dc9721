# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Addresses and postal codes under a label, as forms have them: "Address:" and lines below it, "Street: Birch Hollow 9", "ZIP 60614"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.redaction.address_parts import NO_STREET

_KIND = r"(?:home|current|present|permanent|postal|mailing|billing|shipping|delivery|street|work|new|old|full|residential|physical|house|property|business|correspondence|registered|contact)"
_NAME = r"address|addr|street(?:\saddress)?|adresse|anschrift|wohnanschrift|straße|strasse|rue|calle|dirección|direccion|domicilio|endereço|endereco|morada|indirizzo|via|adres|adress|osoite|tirahan"
_LABEL = re.compile(
    rf"(?:(?<=\n)|\A|(?<=[;|,.(]))[^\S\n]*(?:(?:my|our|his|her|their|the)\s)?(?:{_KIND}\s){{0,2}}(?:{_NAME})(?P<line>[ _]?(?:line)?[ _]?[1-4])?[^\S\n]*(?:[:=]|[^\S\n]*(?=\n))\s*",
    re.I,
)
_INLINE = re.compile(rf"(?<!mail\s)(?<!mail-)(?<!ip\s)(?<!mac\s)(?<!web\s)(?<!url\s)(?<!wallet\s)\b(?:{_NAME})\s?[:=]\s?", re.I)
_LINE = re.compile(r"[^\n;|]{2,90}")
_NEXT = re.compile(r"[^\S\n]*\n[^\S\n]*([^\n:]{2,60})(?=\n|\Z)")
_SENTENCE_END = re.compile(r"(?<=[a-z)])[.!?](?:\s|\Z)|\s(?:and|but|please|because|so|when|where)\s")
_LETTERS = re.compile(r"[^\W\d_]+")
_NOT_AN_ADDRESS = NO_STREET - {"st", "rd", "the", "of", "at", "and", "block", "point", "stone", "star", "no"}
_NOT_AN_ADDRESS |= frozenset(
    "unknown none issue private redacted same see below above tbd na book confirmed changed wrong good bad".split()
)
_MOST_WORDS, _MOST_LINE_WORDS, _MOST_LINES = 10, 5, 5
#: A text without any of these has no label of an address.
LABEL_WORDS = frozenset(
    """address addr street adresse anschrift wohnanschrift straße strasse rue calle dirección direccion domicilio endereço endereco morada
    indirizzo via adres adress osoite tirahan""".split()
)

_CODE = (
    r"\d{5}-\d{3,4}|\d{3}\s\d{3}|\d{3}\s\d{2}|\d{2}-\d{3}|\d{4}\s?[a-z]{2}(?!\w)|\d{4,6}|[a-z]\d[a-z]\s?\d[a-z]\d"
    r"|[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}|[a-z](?:\d\d|6w)\s?[a-z\d]{4}"
)
_POSTCODE = re.compile(
    rf"\b(?:zip(?:[ -]?code)?|post(?:al)?[ -]?code|post[ -]?code|pin[ -]?code|plz|postleitzahl|c[óo]digo\spostal|code\spostal|codice\spostale|(?-i:CAP)|cep|cp|c\.p\.|eir[ -]?code|kode\spos"
    rf"|postnummer|postinumero|postnr|kod\spocztowy|area\scode\s\(zip\))\b\s*(?:no\.?|nr\.?|number)?\s*(?:\b(?:is|ist|es|est|é|er|on)\b|[:=–è-])?\s*[\"'(]?({_CODE})(?![\w-])",
    re.I,
)
#: A text without any of these has no label of a postal code.
CODE_WORDS = frozenset(
    "zip zipcode postal postalcode postcode post pincode pin plz postleitzahl código codigo code codice cap cep cp c eircode eir kode postnummer postinumero postnr kod".split()
)


def labelled(text: str, words: AbstractSet[str]) -> Iterator[tuple[int, int]]:
    """Values of labels for addresses."""
    if words.isdisjoint(LABEL_WORDS):
        return
    for label in _LABEL.finditer(text):
        found = _value(text, label.end(), line=label.group("line") is not None)
        if found:
            yield found
    for label in _INLINE.finditer(text):
        found = _value(text, label.end(), line=False)
        if found:
            yield found


def postcodes(text: str, words: AbstractSet[str]) -> Iterator[tuple[int, int]]:
    """Postal codes under a label."""
    if not words.isdisjoint(CODE_WORDS):
        yield from (match.span(1) for match in _POSTCODE.finditer(text))


def _value(text: str, start: int, *, line: bool) -> tuple[int, int] | None:
    """The value that begins at ``start``, with the lines below that go on with it."""
    first = _LINE.match(text, start)
    if first is None:
        return None
    stop = _SENTENCE_END.search(text, start, first.end())
    end = stop.start() if stop else first.end()
    if not _plausible(text[start:end], _MOST_LINE_WORDS if line else _MOST_WORDS):
        return None
    if not stop and not line:
        for _ in range(_MOST_LINES):
            below = _NEXT.match(text, end)
            if below is None or not _goes_on(below.group(1)):
                break
            end = below.end(1)
    value = text[start:end]
    if not line and not any(map(str.isdigit, value)):
        return None
    return start, end - (len(value) - len(value.rstrip(" ,;")))


def _plausible(value: str, most: int) -> bool:
    words = [word.lower() for word in _LETTERS.findall(value)]
    if not words or len(words) > most or "@" in value or "://" in value or "[" in value:
        return False
    return sum(word in _NOT_AN_ADDRESS for word in words) <= (1 if len(words) > 4 else 0)


def _goes_on(line: str) -> bool:
    return _plausible(line, _MOST_LINE_WORDS) and (line[0].isupper() or line[0].isdigit()) and line[-1] not in "!?"
