"""Check digits of the identity numbers of many countries."""

from __future__ import annotations

from attune.redaction.validators import digits_of


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _looks_like_a_date(month: str, day: str) -> bool:
    return 1 <= int(month) % 20 <= 12 and 1 <= int(day) % 40 <= 31


def australian_tfn(text: str) -> bool:
    """Whether nine digits pass the mod 11 check of an Australian tax file number."""
    digits = digits_of(text)
    return len(digits) == 9 and _weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def polish_pesel(text: str) -> bool:
    """Whether eleven digits are a Polish PESEL: a date (the century is in the month) and a check digit."""
    digits = digits_of(text)
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    return len(digits) == 11 and _looks_like_a_date(digits[2:4], digits[4:6]) and _weighted(digits, weights) % 10 == 0


def romanian_cnp(text: str) -> bool:
    """Whether thirteen digits are a Romanian CNP: sex, date, county, serial number and a mod 11 check."""
    digits = digits_of(text)
    check = _weighted(digits[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return (
        len(digits) == 13 and _looks_like_a_date(digits[3:5], digits[5:7]) and (1 if check == 10 else check) == int(digits[12])
    )


def swiss_ahv(text: str) -> bool:
    """Whether thirteen digits are a Swiss AHV number: 756 and the check digit of an EAN-13."""
    digits = digits_of(text)
    return len(digits) == 13 and digits.startswith("756") and _weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


def swedish_personnummer(text: str) -> bool:
    """Whether ten or twelve digits are a Swedish personal number: a date and a Luhn check digit."""
    digits = digits_of(text)[-10:]
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(digits)]
    return (
        len(digits) == 10 and _looks_like_a_date(digits[2:4], digits[4:6]) and sum(n // 10 + n % 10 for n in doubled) % 10 == 0
    )


def korean_rrn(text: str) -> bool:
    """Whether thirteen digits have the form of a Korean resident number: a date and a digit for century and sex."""
    digits = digits_of(text)
    return len(digits) == 13 and _looks_like_a_date(digits[2:4], digits[4:6]) and digits[6] in "12345678"


def finnish_id(text: str) -> bool:
    """Whether the last character of a Finnish henkilötunnus fits its date and serial number."""
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31] == text[10].upper()
