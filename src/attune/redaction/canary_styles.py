# ruff: noqa: E501, SIM905 - sentences and word lists stay on the line where they can be read as one
"""The styles of canaries: every type of identifier, in the ways people write it.

A canary's name is made of syllables, so that it is in no list and no database; its digits come from ranges reserved for
fiction where there are any; others are random, with the check digits that a real number has.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

_STARTS = "Bel Cal Dar El Fen Gar Hal Jor Kel Lor Mar Nor Or Pel Quin Ras Sel Tam Ul Ver Wil Yar Zan".split()
_MIDDLES = ("", "a", "e", "i", "o", "ara", "eli", "ino")
_ENDS = "dra lin mira neth rick ron sa son tha trice vin wyn ya zel".split()
_SURNAMES = "Ashgrove Brenwick Calderstone Dunmarrow Elverson Farthingwell Greysmith Hollowell Kestrelby Larkensen Merrowitz Norvenko Oakhurstov Penbright Quillfeather Ravensby".split()
_MONTHS = "January February March April May June July August September October November December".split()
_DIGIT_WORDS = "zero one two three four five six seven eight nine".split()

#: Type, style, the sentence, and the strings that must be gone from it, one after another between ``|``.
STYLES: tuple[tuple[str, str, str, str], ...] = (
    ("PERSON", "as_typed", "Yesterday {first} called me again and we talked.", "{first}"),
    ("PERSON", "lower_case", "told {first_lower} about it and it went ok", "{first}"),
    ("PERSON", "possessive", "We stayed at {first}'s place last weekend.", "{first}"),
    ("PERSON", "full_name", "My friend {first} {last} thinks I should leave.", "{first}|{last}"),
    ("PERSON", "full_name_lower_case", "my cousin {first_lower} {last_lower} was there too", "{first}|{last}"),
    ("PERSON", "title", "Dr. {last} said that I need more sleep.", "{last}"),
    ("PERSON", "signature", "Thank you for everything.\n— {first}", "{first}"),
    ("PERSON", "signature_full", "Best regards,\n{first} {last}", "{first}|{last}"),
    ("PERSON", "introduction", "hi, i'm {first_lower} and i need some advice", "{first}"),
    ("PERSON", "mail_header", "From: {first} {last} <{last_lower}{two}@example.org>", "{first}|{last}"),
    ("PERSON", "german", "Meine Schwester {first} hat mir gestern geschrieben.", "{first}"),
    ("PERSON", "chat", "me and {first_lower} broke up again lol", "{first}"),
    ("PERSON", "two_people", "{first} and my sister were at the door when it started.", "{first}"),
    ("PERSON", "signature_lower_case", "ok that's all, bye\n-{first_lower}", "{first}"),
    ("PERSON", "french", "Mon frère {first} ne me parle plus.", "{first}"),
    ("PERSON", "italian", "Ieri {first} mi ha scritto di nuovo.", "{first}"),
    ("PERSON", "spanish", "Mi hermana {first} me llamó ayer por la noche.", "{first}"),
    ("EMAIL_ADDRESS", "as_typed", "You can write to {first_lower}.{last_lower}@example.com any time.", "{last}"),
    ("EMAIL_ADDRESS", "obfuscated", "my mail is {first_lower} dot {last_lower} at example dot com", "{last}"),
    ("EMAIL_ADDRESS", "bracketed", "write to {first_lower}{two} [at] example [dot] org please", "{first}{two}"),
    ("PHONE_NUMBER", "as_typed", "Call me at (212) 555-01{two} tonight.", "01{two}"),
    ("PHONE_NUMBER", "dotted", "my cell is 212.555.01{two} text me", "01{two}"),
    ("PHONE_NUMBER", "international", "Outside the US it's +44 7700 9001{two}.", "01{two}"),
    ("PHONE_NUMBER", "german", "Ruf mich an: 030 23125 1{two}", "23125"),
    ("PHONE_NUMBER", "spoken", "it's two one two five five five zero one {spoken}, call after six", "zero one {spoken}"),
    ("STREET_ADDRESS", "as_typed", "I moved to {number} {last} Street, Apt {two}.", "{number} {last}"),
    ("STREET_ADDRESS", "lower_case", "he lives at {number} {last_lower} road now", "{number} {last}"),
    ("STREET_ADDRESS", "with_town", "Send it to {number} {last} Avenue, {first}ville, OH 44{three}.", "{number} {last}|44{three}"),
    ("STREET_ADDRESS", "british", "My flat is at {two} {last} Road, London SW1A {digit}AA.", "{two} {last}|SW1A {digit}AA"),
    ("STREET_ADDRESS", "german", "Wir wohnen in der {last}straße {two}, 10{three} Berlin.", "{last}straße|10{three}"),
    ("STREET_ADDRESS", "box", "Letters go to PO Box {number}, please.", "Box {number}"),
    ("CREDIT_CARD", "as_typed", "He used my card {card} without asking.", "{card}"),
    ("CREDIT_CARD", "dashed", "card: {card_dashed}, exp 11/29", "{card_dashed}"),
    ("US_SSN", "as_typed", "They wanted my social, 219-09-99{two}, for the lease.", "219-09-99{two}"),
    ("US_SSN", "label", "SSN: 2190999{two}", "2190999{two}"),
    ("IBAN_CODE", "german", "Bitte auf {iban_de} überweisen.", "{iban_de}"),
    ("IBAN_CODE", "british", "I pay the rent to {iban_gb} every month.", "{iban_gb}"),
    ("IBAN_CODE", "french_lower_case", "iban: {iban_fr}", "{iban_fr}"),
    ("NATIONAL_ID", "british", "My national insurance number is AB {two} {two} {two} C.", "AB {two} {two} {two}"),
    ("NATIONAL_ID", "spanish", "Mi DNI es {dni}.", "{dni}"),
    ("NATIONAL_ID", "label", "ID number: {three}-{three}-{two}", "{three}-{three}-{two}"),
    ("PASSPORT", "as_typed", "He hid my passport, number X{three}{two}{two}, in his car.", "X{three}{two}{two}"),
    ("PASSPORT", "lower_case", "my passport number is c{three}{three}{two} and it is gone", "c{three}{three}{two}"),
    ("US_DRIVER_LICENSE", "as_typed", "My driver's license is D{three}{two}{two}.", "D{three}{two}{two}"),
    ("LICENSE_PLATE", "as_typed", "His car, license plate KX{two} RZV, was outside all night.", "KX{two} RZV"),
    ("LICENSE_PLATE", "lower_case", "the plate was b-xy {three}2 i think", "xy {three}2"),
    ("IP_ADDRESS", "as_typed", "The login came from 203.0.113.{two}.", "203.0.113.{two}"),
    ("IP_ADDRESS", "version_6", "the log says 2001:db8::{two}:{three}a", "db8::{two}:{three}a"),
    ("MAC_ADDRESS", "as_typed", "An unknown device, 00:00:5E:00:53:{two}, is on our wifi.", "00:53:{two}"),
    ("URL", "profile", "All of it is on https://example.com/people/{first_lower}.{last_lower} for everyone to see.", "{last}"),
    ("URL", "bare", "his page is www.{last_lower}-{first_lower}.example.net", "{last}"),
    ("SOCIAL_HANDLE", "at", "ask @{first_lower}_{two}, she knows", "{first}_{two}"),
    ("SOCIAL_HANDLE", "network", "my insta is {first_lower}.{last_lower}{two}", "{last}"),
    ("SOCIAL_HANDLE", "forum", "I posted it as u/{first_lower}_{last_lower} last night.", "{last}"),
    ("DATE_OF_BIRTH", "numeric", "dob {month:02}/{day:02}/{year}", "{month:02}/{day:02}/{year}"),
    ("DATE_OF_BIRTH", "written", "I was born on {month_name} {day}, {year} and he is older.", "{month_name} {day}, {year}"),
    ("DATE_OF_BIRTH", "german", "Ich bin am {day}.{month}.{year} geboren, geboren am {day}.{month}.{year} in Köln.", "am {day}.{month}.{year} in"),
    ("GEO_COORDINATES", "as_typed", "His phone was at 40.7{three}, -73.9{three} all night.", "40.7{three}|73.9{three}"),
    ("PASSWORD", "as_typed", "My password is {first_lower}{number}! and he knows it.", "{first}{number}"),
    ("PASSWORD", "label", "pw: {last}#{two}", "{last}#{two}"),
    ("API_KEY", "forge", "I pasted ghp_{token36} by mistake.", "{token36}"),
    ("API_KEY", "model", "the key sk-proj-{token36} is in the repo", "{token36}"),
    ("CRYPTO", "as_typed", "He sent our savings to 0x{hex40}.", "{hex40}"),
    ("ACCOUNT_NUMBER", "as_typed", "My account number is {number}{three}{two}.", "{number}{three}{two}"),
    ("ACCOUNT_NUMBER", "medical", "MRN: {number}{three}", "{number}{three}"),
    ("WORKPLACE", "as_typed", "My boss at {last} Logistics wants me to stay late.", "{last}"),
    ("WORKPLACE", "lower_case", "i work nights at {last_lower} foods and im tired", "{last}"),
    ("ORGANIZATION", "as_typed", "{last} & Sons never answered my letter.", "{last}"),
    ("ORGANIZATION", "lower_case", "the letter came from {last_lower} holdings ltd today", "{last}"),
    ("ORGANIZATION", "customer", "I was a customer of {last} Insurance for years.", "{last}"),
    ("SCHOOL", "as_typed", "My daughter goes to {last} High School.", "{last}"),
    ("SCHOOL", "lower_case", "i dropped out of {last_lower} college last year", "{last}"),
    ("PLACE", "church", "We were married at {last} Baptist Church.", "{last}"),
    ("PLACE", "hospital_lower_case", "he was born at {last_lower} hospital", "{last}"),
    ("LOCATION", "as_typed", "We moved to {first}ville last summer.", "{first}"),
    ("LOCATION", "lower_case", "we live in {first_lower}ville with my parents", "{first}"),
)  # fmt: skip


@dataclass(frozen=True)
class Canary:
    """One planted identity: the strings that must be gone, each apart."""

    kind: str
    style: str
    sentence: str
    secrets: tuple[str, ...]


def make(draw: random.Random) -> Canary:
    """A canary of a random kind and style."""
    kind, style, sentence, secrets = draw.choice(STYLES)
    values = _values(draw)
    return Canary(kind, style, sentence.format(**values), tuple(secrets.format(**values).split("|")))


def _values(draw: random.Random) -> dict[str, str | int]:
    first, last = draw.choice(_STARTS) + draw.choice(_MIDDLES) + draw.choice(_ENDS), draw.choice(_SURNAMES)
    two, month = draw.randrange(10, 100), draw.randrange(1, 13)
    card = _with_luhn("400000" + _digits(draw, 9))
    number = draw.randrange(10_000_000, 99_999_999)
    return {
        "first": first,
        "last": last,
        "first_lower": first.lower(),
        "last_lower": last.lower(),
        "digit": draw.randrange(10),
        "two": two,
        "spoken": " ".join(_DIGIT_WORDS[int(digit)] for digit in str(two)),
        "three": draw.randrange(101, 999),
        "number": draw.randrange(100, 9900),
        "day": draw.randrange(1, 29),
        "month": month,
        "month_name": _MONTHS[month - 1],
        "year": draw.randrange(1950, 2006),
        "card": _grouped(card, " "),
        "card_dashed": _grouped(card, "-"),
        "iban_de": _grouped(_iban("DE", "50010517" + _digits(draw, 10)), " "),
        "iban_gb": _iban("GB", "NWBK601613" + _digits(draw, 8)),
        "iban_fr": _iban("FR", "30006000011" + _digits(draw, 12)).lower(),
        "dni": f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}",
        "token36": "".join(draw.choice("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") for _ in range(35)) + "7",
        "hex40": "".join(draw.choice("0123456789abcdef") for _ in range(40)),
    }  # fmt: skip


def _digits(draw: random.Random, count: int) -> str:
    return "".join(str(draw.randrange(10)) for _ in range(count))


def _grouped(value: str, separator: str) -> str:
    return separator.join(value[at : at + 4] for at in range(0, len(value), 4))


def _with_luhn(digits: str) -> str:
    """The digits of a card with their check digit (ISO/IEC 7812)."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits))]
    return f"{digits}{-sum(value // 10 + value % 10 for value in doubled) % 10}"


def _iban(country: str, account: str) -> str:
    """An account number with country and check digits (ISO 13616)."""
    value = int("".join(str(int(character, 36)) for character in f"{account}{country}00"))
    return f"{country}{98 - value % 97:02}{account}"
