# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Checks that tell an identifier from a number that merely looks like one."""

from __future__ import annotations

import ipaddress
import itertools
import re

_NOT_DIGITS = re.compile(r"\D")
_EXTENSION = re.compile(r"\s?(?:x|ext\.?|extension|#)\s?\d{1,6}$", re.I)
#: Letters and digits of an IBAN, by country.
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27,
    "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28,
    "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def digits_of(text: str) -> str:
    """Only the digits of ``text``."""
    return _NOT_DIGITS.sub("", text)


def luhn(text: str) -> bool:
    """Whether the digits pass the Luhn check of payment cards (ISO/IEC 7812) and are as many as a card has."""
    digits = [int(digit) for digit in digits_of(text)]
    if not 12 <= len(digits) <= 19 or len(set(digits)) == 1 or not _issued(digits):
        return False
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _issued(digits: list[int]) -> bool:
    """Whether a card's number can begin like that: 2 to 6, or JCB's old 1800."""
    return 2 <= digits[0] <= 6 or digits[:4] == [1, 8, 0, 0]


def iban(text: str) -> bool:
    """Whether length and check digits are those of an IBAN (ISO 13616: mod 97 is 1)."""
    compact = re.sub(r"[\s-]", "", text).upper()
    if IBAN_LENGTHS.get(compact[:2]) != len(compact):
        return False
    return mod_97(compact)


def mod_97(compact: str) -> bool:
    """Whether letters and digits pass the check of ISO 7064 mod 97,10 with the first four moved to the end."""
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def ssn(text: str) -> bool:
    """Whether a US social security number could have been issued (no area 000, 666 or 9xx; no group 00; no serial 0000)."""
    digits = digits_of(text)
    return (
        len(digits) == 9
        and digits[:3] not in {"000", "666"}
        and digits[0] != "9"
        and digits[3:5] != "00"
        and digits[5:] != "0000"
    )


def itin(text: str) -> bool:
    """Whether the digits have the form of a US taxpayer number (9xx, group 50 to 99)."""
    digits = digits_of(text)
    return len(digits) == 9 and digits[0] == "9" and digits[3:5] >= "50"


def ip_address(text: str) -> bool:
    """Whether ``text`` is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def phone(text: str) -> bool:
    """Whether the digits are as many as a telephone number has (ITU-T E.164: at most 15) and no obvious filler."""
    digits = digits_of(_EXTENSION.sub("", text))
    return 7 <= len(digits) <= 15 and len(set(digits)) > 2


def us_phone(text: str) -> bool:
    """Whether ten digits (after an optional 1) follow the North American plan: area and exchange start with 2 to 9."""
    digits = digits_of(text)
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    return len(digits) == 10 and digits[0] in "23456789" and len(set(digits)) > 2


def spanish_id(text: str) -> bool:
    """Whether the letter of a Spanish DNI or NIE fits its number."""
    compact = re.sub(r"[\s.-]", "", text).upper()
    number = compact[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == compact[-1]


def german_tax_id(text: str) -> bool:
    """Whether the last digit of a German Steuer-ID fits (ISO 7064 mod 11, 10)."""
    digits = digits_of(text)
    if len(digits) != 11 or digits[0] == "0":
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def canadian_sin(text: str) -> bool:
    """Whether nine digits are a Canadian social insurance number (Luhn)."""
    digits = digits_of(text)
    if len(digits) != 9 or digits[0] in "08":
        return False
    doubled = [int(digit) * 2 - 9 if int(digit) > 4 else int(digit) * 2 for digit in digits[1::2]]
    return (sum(int(digit) for digit in digits[0::2]) + sum(doubled)) % 10 == 0


def nhs_number(text: str) -> bool:
    """Whether ten digits are a number of the British health service (mod 11)."""
    digits = digits_of(text)
    if len(digits) != 10:
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(digits[9])


def brazilian_cpf(text: str) -> bool:
    """Whether both check digits of a Brazilian CPF fit."""
    digits = digits_of(text)
    if len(digits) != 11 or len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(digit) * weight for digit, weight in zip(digits, range(length + 1, 1, -1), strict=False))
        if total * 10 % 11 % 10 != int(digits[length]):
            return False
    return True


def french_insee(text: str) -> bool:
    """Whether a French social security number fits its key (97 minus the number mod 97)."""
    compact = re.sub(r"[\s.-]", "", text).upper().replace("2A", "19").replace("2B", "18")
    return len(compact) == 15 and compact.isdigit() and 97 - int(compact[:13]) % 97 == int(compact[13:])


def italian_fiscal_code(text: str) -> bool:
    """Whether the last letter of an Italian codice fiscale fits."""
    odd = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
               2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23], strict=True))  # fmt: skip
    code = text.upper()
    total = sum(odd[code[i]] if i % 2 == 0 else int(code[i], 36) - (10 if code[i].isalpha() else 0) for i in range(15))
    return chr(ord("A") + total % 26) == code[15]


def dutch_bsn(text: str) -> bool:
    """Whether nine digits pass the eleven test of a Dutch citizen number."""
    digits = digits_of(text)
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return len(digits) == 9 and sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0


def aadhaar(text: str) -> bool:
    """Whether twelve digits are an Indian Aadhaar number (Verhoeff)."""
    digits = digits_of(text)
    if len(digits) != 12 or digits[0] in "01":
        return False
    check = 0
    for position, digit in enumerate(reversed(digits)):
        check = _dihedral(check, _permuted(position % 8, int(digit)))
    return check == 0


def _dihedral(left: int, right: int) -> int:
    if left < 5:
        return (left + right) % 5 if right < 5 else (left + right - 5) % 5 + 5
    return (left - right) % 5 + 5 if right < 5 else (left - right) % 5


def _permuted(times: int, digit: int) -> int:
    for _ in range(times):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit


def mixed(text: str) -> bool:
    """Whether letters and digits are both there: what tells a password or key from a word or a number."""
    return any(character.isdigit() for character in text) and any(character.isalpha() for character in text)


def has_digit(text: str) -> bool:
    """Whether there is a digit at all."""
    return any(character.isdigit() for character in text)


def mixed_or_digits(text: str) -> bool:
    """Whether there are at least six digits, or five with letters."""
    digits = len(digits_of(text))
    return digits >= 6 or (digits >= 5 and mixed(text))


def five_digits_or_letters(text: str) -> bool:
    """Whether at least five letters and digits are there, four of them digits."""
    return len(re.sub(r"\W", "", text)) >= 5 and len(digits_of(text)) >= 4


def ip_and_port(text: str) -> bool:
    """Whether ``text`` is an IPv4 address, perhaps with a port after a colon."""
    return ip_address(text.partition(":")[0])


def ipv6_address(text: str) -> bool:
    """Whether ``text`` is an IPv6 address and not a time, a ratio or an emoticon."""
    return len(text) >= 4 and (has_digit(text) or text.count(":") > 3) and ip_address(text)


def national_phone(text: str) -> bool:
    """Whether a number with a leading 0 has as many digits as a national or 00-prefixed number."""
    return 9 <= len(digits_of(text)) <= 16 and len(set(digits_of(text))) > 2


def grouped_phone(text: str) -> bool:
    """Whether grouped digits can be a telephone number: no date, no range of years."""
    digits = digits_of(text)
    years = all(group.startswith(("19", "20")) and len(group) == 4 for group in re.findall(r"\d+", text))
    return 9 <= len(digits) <= 13 and len(set(digits)) > 2 and not years


def secret_word(text: str) -> bool:
    """Whether ``text`` looks like a password after "password is": not a plain word."""
    said = text.rstrip("!")
    return mixed(said) or any(not character.isalnum() and character not in "'-[]" for character in said)


def has_letter(text: str) -> bool:
    """Whether there is a letter: "@4" is a time or a price, no handle."""
    return any(character.isalpha() for character in text)


_DATE = re.compile(
    r"(?:19|20)\d\d[-/. ]\d{1,2}[-/. ]\d{1,2}(?!\d)|\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d(?!\d)|(?:19|20)\d\d\s?[-–/]\s?(?:19|20)\d\d(?!\d)"
)

_DECIMAL = re.compile(r"\d{1,2}\.\d{4,}")


def cued_phone(text: str) -> bool:
    """Whether digits after "call" or "number" can be a telephone number: no date, no years, no decimal number."""
    return not _DATE.match(text) and not _DECIMAL.fullmatch(text) and phone(text)


_DIGIT_WORDS = tuple(
    {word: value for value, word in enumerate(words.split())}
    for words in (
        "zero one two three four five six seven eight nine",
        "null eins zwei drei vier fünf sechs sieben acht neun",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "zéro un deux trois quatre cinq six sept huit neuf",
    )
)


def spoken_number(text: str) -> bool:
    """Whether digits in words are a number and not somebody who counts up or down."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    digits = max(([table[word] for word in words if word in table] for table in _DIGIT_WORDS), key=len)
    return not any(all(after - before == step for before, after in itertools.pairwise(digits)) for step in (-1, 0, 1))


# Top-level domains that are words: after a sentence without a blank they are none ("I love him.it hurts").
_WORD_DOMAINS = frozenset(
    """it me in is us to so at be do no my am as by la name pro page love life live fun today world house works group cat test care family
    health link club store shop design support social news email network company center digital media zone space dating services solutions
    systems tech top vip site example travel jobs cloud agency studio""".split()
)


def domain(text: str) -> bool:
    """Whether ``text`` is a domain and not two sentences that have lost their blank."""
    host, slash, _ = text.partition("/")
    *labels, last = host.lower().split(".")
    return bool(slash) or last not in _WORD_DOMAINS or not all(_word(label) for label in labels)


_AT_WORD = re.compile(r"\s+(?:at|ät|arroba)\s+", re.I)
_DOT_WORD = re.compile(r"\s*(?:[\[({<]\s*)?(?:\b(?:dot|punkt|punto|point)\b|\.)(?:\s*[\])}>])?\s*|_dot_", re.I)


def hidden_mail(text: str) -> bool:
    """Whether "x at y dot com" is an address: no place that somebody is at, no dot of a drawing."""
    parts = _AT_WORD.split(text, maxsplit=1)
    if len(parts) < 2:
        return True
    host = _DOT_WORD.sub(".", parts[1])
    if not parts[0].isalpha() or not _word(parts[0]):
        return True
    return host != parts[1] and domain(host)


def _word(text: str) -> bool:
    from attune.redaction.lexicon import lexicon

    return len(text) < 2 or lexicon().is_word(text.lower())


def plate(text: str) -> bool:
    """Whether what stands after "plate" is one: four to ten letters and digits, a digit among them."""
    return 4 <= len(re.sub(r"\W", "", text)) <= 10 and has_digit(text)


_COUNTRIES = frozenset(IBAN_LENGTHS) | frozenset(
    "US CA MX AU NZ JP CN HK SG IN ZA KR TH MY ID PH VN RU CO CL PE EC UY MA KE NG".split()
)


def bank_code(text: str) -> bool:
    """Whether the fifth and sixth letters of a SWIFT code are a country, and it is no word."""
    return text[4:6].upper() in _COUNTRIES and (text.isupper() or has_digit(text) or not _word(text))


_NO_HANDLES = frozenset(
    "is the a an my his her their our not private public full just so that this what how who why where when because blocked"
    " deleted gone down broken still always never really very too and or but on in at to for of with was were are it its".split()
)


def handle(text: str) -> bool:
    """Whether ``text`` is a handle and not the next word of a sentence."""
    return text.lower() not in _NO_HANDLES and (any(not character.isalpha() for character in text) or len(text) > 12)
