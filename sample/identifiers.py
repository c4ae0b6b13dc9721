"""Identifiers of every kind, invented from ranges that nobody owns, in the forms in which people type them.

Telephone numbers are from 555-0100 to 555-0199 (reserved for fiction) and from the ranges that Ofcom and the Bundesnetzagentur
keep for drama; domains are example.*; IP addresses are from RFC 5737 and RFC 3849; social security numbers have area 000, 666
or 9xx (never issued); card numbers have issuers' test prefixes and a valid Luhn digit; IBANs a valid check (ISO 7064, mod 97).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TypeVar

from sample.grammar import Random
from sample.lexicon import places

Item = TypeVar("Item")

_AREA_CODES = ("212", "415", "503", "512", "617", "702", "773", "808", "919", "614")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTHS_ES = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_TYPABLE = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_PASSWORD_WORDS = (
    "Sunflower",
    "tigger",
    "Biscuit",
    "moonlight",
    "Fluffy",
    "password",
    "Dolphin",
    "ilovepizza",
    "Lakers",
    "qwerty",
)
_SITES = ("facebook.example.com", "linkedin.example.org", "tinder.example.net", "www.example.com", "blog.example.org")


def pick(rng: Random, options: Sequence[Item]) -> Item:
    """One of ``options``."""
    return options[int(rng() * len(options))]


def digits(rng: Random, count: int) -> str:
    """``count`` decimal digits."""
    return str(int(rng() * 10**count)).zfill(count)


def slug(name: str) -> str:
    """``name`` as it stands in an address of a mailbox: ASCII, lower case."""
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("ø", "o").replace("đ", "d").replace("ß", "ss"))
    return "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalnum())


def email(rng: Random, given: str, family: str) -> str:
    """A mailbox that sounds like its owner."""
    first, last = slug(given) or "me", slug(family) or "home"
    number = digits(rng, 2)
    local = pick(
        rng, (f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}{number}", f"{first}_{last}", f"{last}.{first}{number}")
    )
    return f"{local}@{pick(rng, ('example.com', 'example.org', 'example.net', 'mail.example.com'))}"


def phone(rng: Random, language: str = "en") -> str:
    """A telephone number in one of many forms."""
    if language == "de":
        return pick(rng, ("+49 30 23125 {0}", "030 23125{0}", "+49 (0)171 39200{1}", "0171/39200 {1}")).format(
            digits(rng, 3), digits(rng, 2)
        )
    if language == "es":
        return pick(rng, ("+34 600 55 01 {0}", "600 5501{0}", "+34 91 555 01 {0}")).format(digits(rng, 2))
    area, line = pick(rng, _AREA_CODES), f"01{digits(rng, 2)}"
    form = pick(
        rng,
        (
            "({0}) 555-{1}", "{0}-555-{1}", "{0}.555.{1}", "+1 {0} 555 {1}", "+1-{0}-555-{1}", "1{0}555{1}", "{0}555{1}",
            "{0} 555 {1}", "555-{1}", "+44 20 7946 0{2}", "07700 900{2}",
        ),
    )  # fmt: skip
    return form.format(area, line, digits(rng, 3))


def address(rng: Random, language: str = "en") -> str:
    """A postal address."""
    lists = places()
    number = 1 + int(rng() * 980)
    if language == "de":
        town, code = pick(rng, lists["city_de"]).split("|")
        return f"{pick(rng, lists['street_de'])} {1 + number % 90}, {code} {town}"
    if language == "es":
        town, code = pick(rng, lists["city_es"]).split("|")
        return f"{pick(rng, lists['street_es'])} {1 + number % 90}, {code} {town}"
    town, state, prefix = pick(rng, lists["city"]).split("|")
    street = f"{number} {pick(rng, lists['street'])} {pick(rng, lists['street_kind'])}"
    unit = pick(
        rng, ("", "", "", f", Apt {1 + number % 40}", f" #{1 + number % 12}{pick(rng, 'ABC')}", f", Unit {1 + number % 9}")
    )
    form = pick(rng, ("{0}{1}, {2}, {3} {4}", "{0}{1}, {2} {3} {4}", "{0}{1}, {2}", "{0}{1}", "{0}{1}, {2}, {3}"))
    return form.format(street, unit, town, state, prefix + digits(rng, 2))


def city(rng: Random) -> str:
    """A town."""
    return pick(rng, places()["city"]).partition("|")[0]


def employer(rng: Random) -> str:
    """A firm that does not exist."""
    return f"{pick(rng, places()['firm_head'])} {pick(rng, places()['firm_tail'])}"


def school(rng: Random) -> str:
    """A school that does not exist."""
    return f"{pick(rng, places()['school_head'])} {pick(rng, places()['school_tail'])}"


def birth_date(rng: Random, language: str = "en") -> str:
    """A date of birth, as people write it."""
    year, month, day = 1950 + int(rng() * 56), int(rng() * 11), 1 + int(rng() * 28)
    if language == "es":
        return f"{day} de {_MONTHS_ES[month]} de {year}"
    if language == "de":
        return f"{day:02}.{month + 1:02}.{year}"
    return written_date(rng, year, month + 1, day)


def written_date(rng: Random, year: int, month: int, day: int) -> str:
    """A date in one of the forms of English."""
    name = _MONTHS[month - 1]
    return pick(
        rng,
        (
            f"{month:02}/{day:02}/{year}", f"{month}/{day}/{year % 100:02}", f"{year}-{month:02}-{day:02}",
            f"{name} {day}, {year}", f"{day} {name} {year}", f"{name[:3]} {day} {year}", f"{day:02}.{month:02}.{year}",
        ),
    )  # fmt: skip


def ssn(rng: Random) -> str:
    """A social security number of an area that is never issued."""
    area = pick(rng, ("000", "666", f"9{digits(rng, 2)}"))
    return pick(rng, ("{0}-{1}-{2}", "{0}-{1}-{2}", "{0} {1} {2}", "{0}{1}{2}")).format(
        area, f"{1 + int(rng() * 99):02}", digits(rng, 4)
    )


def card(rng: Random) -> str:
    """A payment card number with a valid Luhn digit."""
    prefix = pick(rng, ("400000", "424242", "555555", "510510", "601111"))
    number = prefix + digits(rng, 9)
    number += luhn_digit(number)
    groups = [number[start : start + 4] for start in range(0, 16, 4)]
    return pick(rng, (" ", "-", "")).join(groups)


def luhn_digit(number: str) -> str:
    """The digit that makes ``number`` valid (ISO/IEC 7812-1, annex B)."""
    total = 0
    for index, digit in enumerate(reversed(number)):
        doubled = int(digit) * (2 if index % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def iban(rng: Random) -> str:
    """An IBAN with valid check digits (ISO 13616) at a bank that does not exist."""
    country, body = pick(
        rng,
        (
            ("DE", "00000000" + digits(rng, 10)), ("ES", "0000" + digits(rng, 16)), ("GB", "TEST" + digits(rng, 14)),
            ("FR", "00000" + digits(rng, 18)), ("NL", "TEST" + digits(rng, 10)),
        ),
    )  # fmt: skip
    check = 98 - int("".join(str(int(character, 36)) for character in f"{body}{country}00")) % 97
    number = f"{country}{check:02}{body}"
    if rng() < 0.6:
        return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
    return number


def ip_address(rng: Random) -> str:
    """An address from the ranges for documentation."""
    host = 1 + int(rng() * 254)
    net = pick(rng, ("192.0.2", "198.51.100", "203.0.113"))
    return f"2001:db8:{host:x}::{1 + int(rng() * 4000):x}" if rng() < 0.2 else f"{net}.{host}"


def handle(rng: Random, given: str, family: str) -> str:
    """A name on a social network."""
    first, last = slug(given) or "me", slug(family) or "home"
    return "@" + pick(
        rng,
        (
            f"{first}.{last}",
            f"{first}_{last}{digits(rng, 2)}",
            f"the.{first}.{digits(rng, 4)}",
            f"{last}{first[0]}{digits(rng, 2)}",
        ),
    )


def url(rng: Random, given: str, family: str) -> str:
    """A page that belongs to a person."""
    path = handle(rng, given, family)[1:]
    scheme = pick(rng, ("https://", "http://", ""))
    return f"{scheme}{pick(rng, _SITES)}/{pick(rng, ('in/', '', 'u/', 'profile/', 'users/'))}{path}"


def passport(rng: Random) -> str:
    """A passport number."""
    return pick(rng, ("{0}{1}", "{0}{1}", "{2}")).format(pick(rng, _LETTERS), digits(rng, 8), digits(rng, 9))


def licence_plate(rng: Random) -> str:
    """A licence plate of a US state or a German town."""
    letters = "".join(pick(rng, _LETTERS) for _ in range(3))
    return pick(
        rng,
        (
            f"{digits(rng, 1)}{letters}{digits(rng, 3)}",
            f"{letters} {digits(rng, 4)}",
            f"{letters}-{digits(rng, 4)}",
            f"B-{letters[:2]} {digits(rng, 4)}",
        ),
    )


def password(rng: Random) -> str:
    """A password of the kind that people choose."""
    word = pick(rng, _PASSWORD_WORDS)
    random_part = "".join(pick(rng, _TYPABLE) for _ in range(10))
    return pick(
        rng, (f"{word}{digits(rng, 4)}!", f"{word}#{digits(rng, 2)}", f"{random_part}!7", f"{word.lower()}{digits(rng, 3)}$")
    )


def api_key(rng: Random) -> str:
    """Something that looks like a token of a service and is none."""
    body = "".join(pick(rng, _TYPABLE) for _ in range(32))
    return pick(rng, (f"sk-test-{body}", f"ghp_{body}xxxx", f"AKIAEXAMPLE{body[:9].upper()}", f"xoxb-000000-{body[:24]}"))


def record_number(rng: Random) -> str:
    """A medical record number."""
    return pick(rng, ("{0}", "MR-{0}", "{1}-{0}")).format(digits(rng, 7), digits(rng, 2))
