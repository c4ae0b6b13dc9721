"""Finds what must not be in a published text: planted identities, and identifiers of people that redaction left behind.

The patterns are other ones than those of redaction's first pass (some are those of its second scan), and narrow: each hit is
meant to be an identifier. Texts are read as a person would read them: full-width digits are digits, and invisible characters
between letters are not there.
"""

from __future__ import annotations

import base64
import functools
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from attune.redaction.help_lines import help_lines
from attune.redaction.rescan_formats import formats_in, holds_iban
from attune.text.normalization import normalize
from attune.text.plain_form import plain_form

CHECKS = (
    "canary survived", "e-mail address in the text", "phone number in the text", "payment card number in the text",
    "social security number in the text", "bank account number in the text", "network address in the text",
    "labelled identifier in the text", "coordinates in the text",
)  # fmt: skip
# What else the formats of the second scan find, where the text has digits: type -> check.
_CHECK_OF = {
    "PHONE_NUMBER": CHECKS[2], "US_SSN": CHECKS[4], "PASSPORT": CHECKS[7], "US_DRIVER_LICENSE": CHECKS[7],
    "DATE_OF_BIRTH": CHECKS[7], "CARD_CODE": CHECKS[7], "UPI_ID": CHECKS[7], "GEO_COORDINATES": CHECKS[8],
}  # fmt: skip

_EMAIL = re.compile(r"[\w.+-]+ ?@ ?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
_SPELT_EMAIL = re.compile(
    r"\b[\w.+-]+\s*[\[({<]\s*at\s*[\])}>]\s*[\w-]+\s*(?:[\[({<]\s*dot\s*[\])}>]|\.|\sdot\s)\s*[a-z]{2,}", re.IGNORECASE
)
_SPOKEN_EMAIL = re.compile(
    r"\b[\w.+-]+ at [\w-]+(?: dot [\w-]+)* dot (?:com|org|net|edu|gov|io|co|info|de|fr|es|uk)\b", re.IGNORECASE
)
_SPELT_AT = re.compile(r"[\[({<]\s*at\s*[\])}>]", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w.])(?:[2-9]\d{2} [2-9]\d{2} \d{4}|\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){2,5}\d{2,4}"
    r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4})(?!\w)"
)
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w)")
_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?(?!\w)", re.IGNORECASE)
_NETWORK = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![\w:])", re.I
)
_HASH = re.compile(r"\b[0-9a-f]{12,}\b")
_FREE_TEXT = ("rejected_response", "scenario", "relationship_stage", "family", "category", "language", "license")
_NAMES = ("record_id", "subject_id", "conversation_id", "cluster_id", "split", "pii_status")


_SPELT = re.compile(r"(?<!\S)\S(?:[ .]\S){5,}(?!\S)")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_STANDARD = str.maketrans("-_", "+/")  # the alphabet for addresses

_RAW_ID = re.compile(r"[\W\d_]*|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|[a-z]+(?:\.[a-z]+)+", re.IGNORECASE)


def is_token(subject: str) -> bool:
    """Whether an id of a person can be a keyed token: one word, and no number, UUID, e-mail address or name with dots."""
    return not _RAW_ID.fullmatch(subject) and re.fullmatch(r"[\w:.-]{8,128}|\w+_\w+", subject) is not None


def _canary(text: str, markers: Sequence[str]) -> bool:
    """Whether a text holds a marker: as it stands, backwards, cut over lines or turns, spelt letter by letter, or in base64."""
    readings = [text, text[::-1], "".join(map(str.strip, text.split("\n")))]
    readings.append(normalize(text))
    readings += [re.sub(r"[ .]", "", spelt.group()) for spelt in _SPELT.finditer(text)]
    readings += filter(None, map(_decoded, _BASE64.findall(text)))
    return any(marker.search(reading) for marker in _compiled(tuple(markers)) for reading in readings)


def _decoded(text: str) -> str:
    """What a run of base64 says; nothing when it is none."""
    text = text.translate(_STANDARD)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""


def _is_card(text: str) -> bool:
    """Whether the digits pass the check of ISO/IEC 7812 (Luhn)."""
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0 and len(set(digits)) > 1


def _is_network(text: str) -> bool:
    """Whether it is an address of one machine in the open network."""
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


def found_in(row: Mapping[str, Any], markers: Sequence[str]) -> set[str]:
    """The checks that a record violates, over everything in it that is a text."""
    texts = [message["content"] for message in row["messages"]]
    texts += [row[name] for name in _FREE_TEXT if row[name]]
    texts += [text for name in ("tags", "review_reasons") for text in row[name] or () if text]
    names = [row[name] for name in _NAMES if row[name]]
    origins = [value for key, value in (row["provenance"] or {}).items() if value and key != "id"]
    spoken, named = plain_form("\n".join([*texts, *origins])), plain_form("\n".join(names))
    found = set(_personal(spoken))
    found |= {check for check in _personal(named) if check in {CHECKS[1], CHECKS[2], CHECKS[4]}}
    if _canary(spoken, markers) or _canary(named, markers):
        found.add("canary survived")
    return found


def found_beside(text: str, markers: Sequence[str]) -> set[str]:
    """The checks that a file beside the records violates; its hashes are no identifiers."""
    spoken = plain_form(_HASH.sub("", text))
    found = {check for check in _personal(spoken) if check in {CHECKS[1], CHECKS[2], CHECKS[4], CHECKS[5]}}
    return found | ({"canary survived"} if _canary(spoken, markers) else set())


def _spelt_out(text: str) -> bool:
    if _SPELT_AT.search(text) and _SPELT_EMAIL.search(text):
        return True
    return " dot " in text.lower() and _SPOKEN_EMAIL.search(text) is not None


def _personal(text: str) -> set[str]:
    """The checks that a text violates; what belongs to a public help line violates none."""
    found = set(_identifiers(text))
    if found:
        from attune.redaction.help_lines import help_lines

        for start, end in help_lines().places(text):
            text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
        found = set(_identifiers(text))
    return found


def _identifiers(text: str) -> Iterator[str]:
    if ("@" in text and _EMAIL.search(text)) or _spelt_out(text):
        yield "e-mail address in the text"
    accounts = (
        [found.group() for found in _IBAN.finditer(text) if holds_iban(found.group())] if _IBAN_START.search(text) else []
    )
    if accounts:
        yield "bank account number in the text"
    for account in accounts:  # parts of it look like telephone numbers
        text = text.replace(account, " ")
    if not _DIGITS.search(text):
        return
    for start, end in help_lines(None).places(text):  # meant to be read
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    for check, pattern, good in _NUMBERS:
        if any(good(found.group()) for found in pattern.finditer(text)):
            yield check
    for kind in formats_in(text, _CHECK_OF):
        yield _CHECK_OF[kind]


_IBAN_START = re.compile(r"[A-Za-z]{2}\d{2}")
_DIGITS = re.compile(r"\d[\d .()/-]{3,}\d|:\w{0,4}:\w{0,4}:")  # every number below holds such a run
_NUMBERS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("phone number in the text", _PHONE, lambda _: True),
    ("payment card number in the text", _CARD, _is_card),
    ("social security number in the text", _SSN, lambda _: True),
    ("network address in the text", _NETWORK, _is_network),
)


@functools.lru_cache(maxsize=4)
def _compiled(markers: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(marker, re.IGNORECASE) for marker in markers)
