# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Validators that tell an identifier from text that only looks like one."""

from __future__ import annotations

import functools
import ipaddress
import itertools
import re

from stdnum import bic, luhn, numdb
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.iso7064 import mod_97_10

_NOT_DIGITS = re.compile(r"\D")
_EXTENSION = re.compile(r"\s?(?:x|ext\.?|extension|#)\s?\d{1,6}$", re.I)


def digits_of(text: str) -> str:
    """Only the digits of ``text``, those of other scripts as 0 to 9."""
    digits = _NOT_DIGITS.sub("", text)
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def card_number(text: str) -> bool:
    """Whether the digits are as many as a payment card has, begin like one that was issued, and pass the Luhn check.

    2 to 6 is the first digit of the networks in use (ISO/IEC 7812); 1800 begins old cards of JCB.
    """
    digits = digits_of(text)
    issued = digits[:1] in "23456" or digits.startswith("1800")
    return 12 <= len(digits) <= 19 and issued and len(set(digits)) > 1 and luhn.is_valid(digits)


@functools.cache
def iban_length(country: str) -> int | None:
    """How many letters and digits an IBAN of a country has (SWIFT's registry, as python-stdnum ships it); None: it has none."""
    (_, properties), *_ = numdb.get("iban").info(country)
    structure = properties.get("bban")
    return 4 + sum(map(int, re.findall(r"\d+(?=!)", structure))) if structure else None


def iban_checksum(compact: str) -> bool:
    """Whether letters and digits, without separators, pass the check of an IBAN: ISO 7064 mod 97,10.

    The lengths and forms that python-stdnum's ``iban`` asks for as well are left out: the checksum finds where an IBAN ends in a
    text, and one with a slip in its bank's part must be replaced too.
    """
    return mod_97_10.is_valid(compact[4:] + compact[:4])


def spanish_id(text: str) -> bool:
    """Whether the letter of a Spanish DNI or NIE fits its number, which may have dots."""
    compact = text.replace(".", "")
    return dni.is_valid(compact) or nie.is_valid(compact)


def finnish_id(text: str) -> bool:
    """Whether a Finnish henkilötunnus, also a temporary one, has a date and the check character that fits."""
    return hetu.is_valid(text, allow_temporary=True)


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


def identity_number(text: str) -> bool:
    """Whether what stands behind the label of an identity number can be one: enough digits, no date, no years."""
    return mixed_or_digits(text) and not _DATE.match(text)


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
    groups = re.findall(r"\d+", text)
    years = all(group.startswith(("19", "20")) and len(group) == 4 for group in groups)
    round_ = all(group.endswith("00") for group in groups)
    return 9 <= len(digits) <= 13 and len(set(digits)) > 2 and not years and not round_


def paired_phone(text: str) -> bool:
    """Whether four pairs of digits can be a telephone number: no doses or sizes, which rise or are round."""
    pairs = [int(pair) for pair in text.split()]
    rising = all(before < after for before, after in itertools.pairwise(pairs))
    return not rising and not all(pair % 5 == 0 for pair in pairs) and len(set(digits_of(text))) > 2


def world_phone(digits: str) -> bool:
    """Whether digits without signs are a telephone number with its country's code, or a mobile number of a large country.

    By the numbering plans that the ``phonenumbers`` package holds.
    """
    import phonenumbers

    for number, region in (
        (f"+{digits}", None),
        *((digits, region) for region in ("IN", "BR", "MX") if len(digits) in (10, 11)),
    ):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(number, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def secret_word(text: str) -> bool:
    """Whether ``text`` looks like a password after "password is": not a plain word."""
    said = text.rstrip("!")
    return mixed(said) or any(not character.isalnum() and character not in "'-[]" for character in said)


def has_letter(text: str) -> bool:
    """Whether there is a letter: "@4" is a time or a price, no handle."""
    return any(character.isalpha() for character in text)


_DATE = re.compile(
    r"(?:19|20)\d\d[-/. ]\d{1,2}[-/. ]\d{1,2}(?!\d)|\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d(?!\d)|(?:19|20)\d\d(?:\s?[-–/]\s?|\s)(?:19|20)\d\d(?!\d)"
)

_DECIMAL = re.compile(r"\d{1,2}\.\d{4,}")


def cued_phone(text: str) -> bool:
    """Whether digits after "call" or "number" can be a telephone number: no date, no years, no decimal number."""
    if text.isdigit() and text.endswith("0000"):  # "number of visits: 1200000"
        return False
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
    """Whether digits in words are a number, not counting up or down."""
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
    """Whether "x at y dot com" is an address: no place where a person is, no dot of a drawing."""
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


_MONTHS = frozenset("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC MAI OKT DEZ".split())
# Letters beside a number that are a unit, a currency, a degree, a maker or a slogan and no part of a plate.
_NO_PLATE = frozenset(
    """KCL BPM FPS RPM MPH KMH KPH CBD THC LTD PLN GBP CHF SGD DKK PHP MXN NZD HKD TTD BTW TBH LMK SMH FML LLC PTS PHD MBA MSC BSC HRS MIN MNT
    SEC WKS MTH YRS CFM KWH BTU PPM DPI KGS LBS TVS DVD CDS RNG NPC MMR VRM BMW GT GTI AMG CX MX RS SQ ID CRV HRV XC EX LX US HWY RTE EXIT PM
    AM KM MPG HP CC DUI DWI OK EUR USD INR NO AT IN ON TO OF OR AND THE FOR MY IS IT SO UP BY AS AN IF VW GMC RAV SUV ETC ST RD TH ND MG ML
    XLT XLE TRD AWD FWD SEL TDI TSI KG CM MM FT LB OZ GB TB MB HD TV AC DC IQ GPA CT XL XXL PG PT CBT DBT EMDR COVID PTSD ADHD STD HIV AA NA BPD OCD MRI EKG ECG ICU ER BP
    IV DX RX HR RR TSH LDL HDL WBC RBC HGB EGFR PHQ GAD PCL BDI DSM ICD CPT""".split()
)


def _letters_of(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.upper())


def dashed_plate(text: str) -> bool:
    """Whether groups with dashes are a plate: no date such as 12-MAY-20."""
    return not any(letters in _MONTHS or letters in _NO_PLATE for letters in _letters_of(text))


def small_plate(text: str) -> bool:
    """Whether letters and digits without a capital are a plate: none of its groups is a unit or a word."""
    last = _letters_of(text)[-1]
    return last not in _NO_PLATE and not (" " in text and len(last) > 2 and _word(last))


def german_plate(text: str) -> bool:
    """Whether a German plate's form is one: no drug, road or aeroplane, which have one letter or a known word before the number."""
    letters = _letters_of(text)
    return len(letters) >= 2 and not any(one in _NO_PLATE - {"ER", "ST"} for one in letters[:2]) and len(digits_of(text)) >= 2


def ghanaian_plate(text: str) -> bool:
    """Whether region, number and year are a Ghanaian plate: a number of three or four digits, no span such as "ER 24-48"."""
    number = re.findall(r"\d+", text)[0]
    return len(number) >= 3 or text[-1].isalpha()


def spanish_plate(text: str) -> bool:
    """Whether four digits and three consonants are a Spanish plate: no amount with its unit, no year."""
    return text[-3:].upper() not in _NO_PLATE and not text.startswith(("19", "20")) and text[2:4] != "00"


def plate_near_vehicle(text: str) -> bool:
    """Whether capitals and digits beside the word for a vehicle are its plate: no model, year, road or time."""
    letters, digits = _letters_of(text), digits_of(text)
    size = len(digits) + sum(map(len, letters))
    years = len(digits) == 4 and digits.startswith(("19", "20")) and len(letters) == 1
    if re.match(r"[CEFS]-?\d{3}(?!\d)", text):  # models of cars: "F-150"
        return False
    return 5 <= size <= 8 and len(digits) >= 2 and not any(one in _NO_PLATE or one in _MONTHS for one in letters) and not years


def plus_code(text: str) -> bool:
    """Whether a plus code has a letter and a digit."""
    return mixed(text)


def bank_code(text: str) -> bool:
    """Whether a SWIFT code names a country in its fifth and sixth letters, and is no word."""
    return bic.is_valid(text) and (text.isupper() or has_digit(text) or not _word(text))


_NO_HANDLES = frozenset(
    "is the a an my his her their our not private public full just so that this what how who why where when because blocked"
    " deleted gone down broken still always never really very too and or but on in at to for of with was were are it its".split()
)


def handle(text: str) -> bool:
    """Whether ``text`` is a handle and not the next word of a sentence."""
    return text.lower() not in _NO_HANDLES and (any(not character.isalpha() for character in text) or len(text) > 12)


def cash_tag(text: str) -> bool:
    """Whether ``$name`` is a person's tag for payments and not the ticker of a share or a currency."""
    return not (text[1:].isupper() and len(text) <= 6) and not text[1:].lower().startswith(("usd", "cad", "aud"))


def _looks_like_a_date(month: str, day: str) -> bool:
    return 1 <= int(month) % 20 <= 12 and 1 <= int(day) % 40 <= 31


def swedish_personnummer(text: str) -> bool:
    """Whether ten or twelve digits are a Swedish personal number: a date and a Luhn check digit.

    By hand, since python-stdnum's takes the century from today's date, and coordination numbers (day + 60) for wrong ones.
    """
    digits = digits_of(text)[-10:]
    return len(digits) == 10 and _looks_like_a_date(digits[2:4], digits[4:6]) and luhn.is_valid(digits)


def korean_rrn(text: str) -> bool:
    """Whether thirteen digits have the form of a Korean resident number: a date and a digit for century and sex.

    By hand, since python-stdnum's asks for a check digit, which numbers issued since October 2020 do not have.
    """
    digits = digits_of(text)
    return len(digits) == 13 and _looks_like_a_date(digits[2:4], digits[4:6]) and digits[6] in "12345678"
