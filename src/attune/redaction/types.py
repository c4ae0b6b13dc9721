"""What redaction is given and gives: known values, spans with their sources, findings, results. None holds the text found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, NamedTuple

Tier = Literal["known", "pattern", "cue", "gazetteer", "model", "ner", "propagated"]
PiiStatus = Literal["clean", "redacted", "requires_review"]


class Source(IntEnum):
    """What found a span, from the least to the most trusted: each with its rank and its tier.

    Where spans overlap, the one of the highest rank gives the type; at the same rank the longer one does.
    """

    rank: int
    tier: Tier

    def __new__(cls, rank: int, tier: Tier) -> Source:
        """A member whose value is its place in the table."""
        member = int.__new__(cls, len(cls.__members__))
        member._value_, member.rank, member.tier = len(cls.__members__), rank, tier
        return member

    # Names, towns, workplaces
    KNOWN_NAME_MISSPELT = 35, "known"
    NER = 39, "ner"  # the model that an operator mounted
    GAZETTEER = 40, "gazetteer"  # a listed name
    MODEL_LOCATION = 41, "model"
    MODEL_ORGANIZATION = 42, "model"
    MODEL_ADDRESS = 43, "model"
    MODEL_PERSON = 44, "model"
    TOWN = 45, "gazetteer"  # a listed town that is neither a word nor a name of people
    ORGANIZATION_CUE = 45, "cue"  # "a customer of Harlow Systems"
    PROPAGATED = 45, "propagated"  # a name that was found elsewhere in the conversation
    ORGANIZATION_NAME = 46, "cue"  # "Harlow & Sons", "Mercy Hospital": told by its own words
    COORDINATED_NAME = 47, "cue"  # "jorge n mina"; an unknown word in a foreign sentence
    FAMILY = 48, "cue"  # "the Khans", "my sister hope"
    CONTEXT_RULE = 49, "cue"  # "told hope", "jay hit me"
    WORKPLACE = 50, "cue"  # "my boss at Harlow Systems"
    WORKPLACE_LOWER_CASE = 50, "cue"  # "works at harlow"
    TOWN_AFTER_CUE = 50, "cue"  # "we moved to Reading"
    SCHOOL = 51, "cue"
    GREETING = 50, "cue"  # "hi ann", "Ann: …"
    SIGNATURE = 52, "cue"  # "— Ann", "J. Patel"
    KINSHIP = 54, "cue"  # "my wife Ann"
    BARE_DIGITS = 55, "pattern"  # 9 digits and more without a label
    SELF_INTRODUCTION = 55, "cue"  # "I'm Ann"
    BARE_PHONE = 56, "pattern"  # digits alone that a numbering plan explains
    TEN_DIGITS = 56, "pattern"  # a British health number, more often a telephone
    TITLE = 56, "cue"  # "Dr. Patel". From here on the cue is so clear that any word may be the name
    STATED_NAME = 57, "cue"  # "her name is summer"; initials
    # Structured identifiers
    LOOSE_FORMAT = 60, "pattern"
    POSTCODE = 66, "pattern"
    FORMAT = 70, "pattern"  # a format that little else has
    US_PHONE = 72, "pattern"
    TOWN_AND_POSTCODE = 75, "pattern"
    LABELLED_PIN = 75, "pattern"
    STREET = 76, "pattern"
    HOUSE_TO_POSTCODE = 77, "pattern"
    LABELLED_PHONE = 78, "pattern"
    WEAK_CHECK = 79, "pattern"  # a check that 1 number in 10 passes by chance: a label beside it says better what it is
    LABELLED = 80, "pattern"  # a label stands before the value
    LABELLED_DOCUMENT = 81, "pattern"  # passport, driver's licence, password
    LABELLED_KEY = 82, "pattern"
    LABELLED_CARD = 83, "pattern"
    NATIONAL_CHECK = 85, "pattern"  # the check digits of a national identifier without letters
    LABELLED_BIRTH_DATE = 85, "pattern"
    CHECKED = 90, "pattern"  # check digits, or a format that nothing else has. From here on other identifiers are cut off at it
    INTERNATIONAL_PHONE = 91, "pattern"
    IP_ADDRESS = 92, "pattern"
    DEVICE_OR_PLACE = 93, "pattern"  # MAC address, coordinates
    UUID = 94, "pattern"
    SECRET = 95, "pattern"  # an API key or private key by its format
    # What the database knows of the people of this conversation
    KNOWN_WORD = 101, "known"
    KNOWN_WORDS = 102, "known"
    KNOWN_CONTACT = 120, "known"  # e-mail, telephone, address


#: Types of findings. Where Presidio has a name for the kind it is used, so that the two can be compared.
TYPES = (
    "PERSON",
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "STREET_ADDRESS",
    "LOCATION",
    "PLACE",
    "ORGANIZATION",
    "WORKPLACE",
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

    def any(self) -> bool:
        """Whether anything is known."""
        return bool(
            self.user
            or self.partner
            or self.others
            or self.emails
            or self.phones
            or self.addresses
            or self.employers
            or self.schools
            or self.cities
        )


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
    """A candidate inside one text, before overlaps are resolved."""

    start: int
    end: int
    type: str
    source: Source
    role: str = ""  # which known person: "user", "partner", or empty

    @property
    def tier(self) -> Tier:
        """The tier of its source."""
        return self.source.tier
