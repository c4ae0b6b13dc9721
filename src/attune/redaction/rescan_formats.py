# ruff: noqa: E501 - expressions stay on the line where they can be read as one
"""Formats of identifiers that the second scan looks for itself, beside those of Presidio.

They are stated a second time on purpose and share nothing with the patterns of the first pass. Each is narrow: what it finds is
meant to be an identifier, and sends the record to a reviewer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from stdnum import iban, luhn

from attune.redaction.lexicon import lexicon


@dataclass(frozen=True)
class RescanFormat:
    """One format: its type, what it looks like, and a check of what was found."""

    kind: str
    expression: re.Pattern[str]
    is_valid: Callable[[str], bool] = lambda _: True


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_phone(text: str) -> bool:
    return 7 <= len(_digits(text)) <= 15 and len(set(_digits(text))) > 2


def holds_iban(text: str) -> bool:
    """Whether a run of letters and digits starts with an IBAN: of the length of its country, with right check digits."""
    plain = re.sub(r"[^A-Za-z0-9]", "", text).upper()
    return any(iban.is_valid(plain[:length], check_country=False) for length in range(15, min(len(plain), 34) + 1))


def _is_spelled_name(text: str) -> bool:
    """Whether letters spell a listed name or are too many for an abbreviation, such as "M R S A"."""
    letters = re.sub(r"[^a-z]", "", text.casefold())
    return lexicon().is_name(letters) or (len(letters) > 5 and len(set(letters)) > 3)


def _format(kind: str, expression: str, is_valid: Callable[[str], bool] = lambda _: True, flags: int = re.I) -> RescanFormat:
    return RescanFormat(kind, re.compile(expression, flags), is_valid)


_LABEL_END = r"\s*(?:no\.?|nr\.?|num(?:ber|mer)?|#|code|id)?\s*(?:is|was|[:=#-])?\s*"
_STREET = (
    r"(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|boulevard|blvd|place|pl|terrace|crescent|close|square|parkway|pkwy"
    r"|highway|hwy|way|circle|cir|gardens|grove|row)"
)
FORMATS = (
    _format("PAYMENT_CARD", r"(?<![\w.])\d(?:[ .-]?\d){12,18}(?![\w])", lambda text: luhn.is_valid(_digits(text))),
    _format("IBAN_CODE", r"\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]){11,30}\b", holds_iban),
    _format("US_SSN", r"(?<![\w-])(?!000|666|9\d\d)\d{3}[ .-]\d{2}[ .-]\d{4}(?![\w-])"),
    _format("US_SSN", rf"\b(?:ssn|social(?: security)?){_LABEL_END}\d(?:[ .-]?\d){{8}}\b"),
    _format("EMAIL_ADDRESS", r"\b[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)*\.\w{2,}"),
    _format("EMAIL_ADDRESS", r"\b[\w.+-]+[ \[({<]+at[ \])}>]+[\w-]+(?:[ \[({<]+dot[ \])}>]+|\.)(?:\w+(?:[ \[({<]+dot[ \])}>]+|\.))?(?:com|org|net|edu|gov|info|io|co|uk|de|fr|es|it|nl|in|ie|au|ca|ng|za|ke|br|mx|ph|me)\b"),
    _format("PHONE_NUMBER", r"(?<![\w.])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\w)", _is_phone),
    _format("PHONE_NUMBER", r"(?<![\w.,$€£-])\(?0\d{2,4}\)?[ .-]?\d{3,4}[ .-]?\d{3,4}(?![\w,])", _is_phone),
    _format("PHONE_NUMBER", r"(?<![\w.,$€£-])\(?[2-9]\d{2}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?![\w])", _is_phone),
    _format("PHONE_NUMBER", rf"\b(?:phone|mobile|cell|tel|fax|whatsapp|call|text|ring|reach)(?: me)?(?: (?:at|on))?{_LABEL_END}\(?\d(?:[ ().-]{{0,2}}\d){{6,13}}(?![\w%])", _is_phone),
    _format("IP_ADDRESS", r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::|[0-9a-f]{1,4})(?::?[0-9a-f]{1,4})*(?![\w:])"),
    _format("MAC_ADDRESS", r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"),
    _format("URL", r"\bhttps?://[^\s\])]+|\bwww\.[\w-]+\.\w{2,}"),
    _format("GEO_COORDINATES", r"(?<![\w.])-?\d{1,2}\.\d{3,}°?\s?[NS]?\s?[,;/ ]\s?-?\d{1,3}\.\d{3,}(?![\w.])"),
    _format("DATE_OF_BIRTH", rf"\b(?:dob|d\.o\.b\.?|date of birth|birth ?date|born(?: on)?){_LABEL_END}(?:the )?\d{{1,4}}[/. -](?:\d{{1,2}}|[a-z]{{3,9}})[/. -]\d{{2,4}}"),
    _format("PASSPORT", rf"\bpassport{_LABEL_END}[a-z]{{0,2}}\d{{6,9}}\b"),
    _format("US_DRIVER_LICENSE", rf"\b(?:driver'?s?|driving) licen[cs]e{_LABEL_END}(?=\w*\d{{3}})[a-z0-9]{{6,16}}\b"),
    _format("UPI_ID", r"(?<![\w.])[\w.-]{2,}@(?:ok(?:axis|hdfcbank|icici|sbi)|paytm|ybl|ibl|axl|upi|apl|airtel|sbi|hdfcbank|icici)\b"),
    _format("STREET_ADDRESS", rf"(?<![\w.$€£])\d{{1,5}}[a-z]? (?:[nsew]\.? )?(?:[a-z][\w'’.-]+ ){{1,3}}?{_STREET}\b\.?(?=,? (?:apt|apartment|unit|flat|suite|#)|,|\s*\Z)"),
    _format("STREET_ADDRESS", r"\b[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2}\b", lambda text: text.upper() == text, 0 | re.I),
    _format("CARD_CODE", rf"\b(?:cvv2?|cvc2?|security code){_LABEL_END}\d{{3,4}}\b"),
    _format("PASSWORD", r"\b(?:password|passwort|contraseña|pwd)\s*(?:is|[:=])\s*(?=\S*\d)\S{6,}"),
    _format("SPELLED_NAME", r"(?<![\w'])[a-z](?:[ .-][a-z]){3,}(?![\w'])", _is_spelled_name),
    _format("API_KEY", r"\b(?:sk|pk|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{16,}|\bAKIA[0-9A-Z]{16}\b", flags=0),
)  # fmt: skip


def formats_in(text: str, kinds: Collection[str] = ()) -> Iterator[str]:
    """The types of the formats that stand in ``text``, which is in plain form.

    Args:
        text: a text in plain form (:func:`attune.text.plain_form.plain_form`).
        kinds: the types to look for; empty: all.
    """
    for one in FORMATS:
        if (not kinds or one.kind in kinds) and any(one.is_valid(found.group()) for found in one.expression.finditer(text)):
            yield one.kind
