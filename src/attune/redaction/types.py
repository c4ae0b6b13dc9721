"""What redaction is told and what it says: known values, findings, results. No finding holds the text that was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Tier = Literal["known", "pattern", "cue", "gazetteer", "model", "ner", "propagated"]
PiiStatus = Literal["clean", "redacted", "requires_review"]

TIERS: tuple[Tier, ...] = ("known", "pattern", "cue", "gazetteer", "model", "ner", "propagated")

#: Types of findings. Where Presidio has a name for the kind it is used, so that the two can be compared.
TYPES = (
    "PERSON",
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "STREET_ADDRESS",
    "LOCATION",
    "ORGANIZATION",
    "SCHOOL",
    "CREDIT_CARD",
    "IBAN_CODE",
    "US_SSN",
    "NATIONAL_ID",
    "PASSPORT",
    "LICENSE_PLATE",
    "IP_ADDRESS",
    "MAC_ADDRESS",
    "URL",
    "SOCIAL_HANDLE",
    "DATE_OF_BIRTH",
    "GEO_COORDINATES",
    "API_KEY",
    "PASSWORD",
    "ACCOUNT_NUMBER",
    "US_DRIVER_LICENSE",
    "CRYPTO",
)


@dataclass(frozen=True)
class Known:
    """What the database already knows of the people in one conversation; used for it and thrown away."""

    user: tuple[str, ...] = ()
    partner: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    employers: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One place that was replaced: where it stood in the text as it came, what it was, and who found it."""

    message: int
    start: int
    end: int
    type: str
    tier: Tier
    placeholder: str


@dataclass(frozen=True)
class Result:
    """A redacted conversation."""

    messages: list[dict[str, str]]
    findings: tuple[Finding, ...]
    pii_status: PiiStatus
    review_reasons: tuple[str, ...]


class Span(NamedTuple):
    """A candidate inside one text, before overlaps are settled. Higher ``priority`` wins."""

    start: int
    end: int
    type: str
    tier: Tier
    priority: int = 0
    role: str = ""  # which known person: "user", "partner", or empty
