# ruff: noqa: E501, SIM905 - word lists stay as they can be read
"""Measures redaction on labelled text: masked spans, recall and precision by type, false flags, speed."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune.config.params import RedactParams
from attune.errors import UsageError
from attune.redaction.places import is_region
from attune.redaction.redactor import redactor_of
from attune.redaction.types import Finding, Known

# What other labelled data sets call our types.
_NAMES = {
    "PERSON": """PER PERSON_NAME NAME FULL_NAME FIRST_NAME FIRSTNAME GIVEN_NAME GIVENNAME LAST_NAME LASTNAME SURNAME FAMILY_NAME MIDDLE_NAME
        MIDDLENAME NICKNAME ALIAS PATIENT DOCTOR HCW STAFF NAME_STUDENT STUDENT_NAME USER_NAME_REAL CONTACT_NAME ACCOUNT_NAME ACCOUNTNAME""",
    "EMAIL_ADDRESS": "EMAIL E_MAIL MAIL EMAILADDRESS",
    "PHONE_NUMBER": "PHONE PHONENUMBER TELEPHONE TELEPHONE_NUMBER TELEPHONENUM TEL MOBILE MOBILE_NUMBER CELL FAX FAX_NUMBER PHONE_NUM",
    "STREET_ADDRESS": """ADDRESS POSTAL_ADDRESS STREET STREET_NAME STREETADDRESS BUILDING_NUMBER BUILDINGNUM BUILDINGNUMBER SECONDARY_ADDRESS
        SECONDARYADDRESS ZIP ZIP_CODE ZIPCODE POSTCODE POSTAL_CODE POSTALCODE LOCATION_ADDRESS FULL_ADDRESS HOME_ADDRESS""",
    "LOCATION": "GPE LOC CITY TOWN PLACE COUNTY REGION DISTRICT NEIGHBORHOOD NEIGHBOURHOOD LANDMARK LOCATION_CITY LOCATION_OTHER FAC FACILITY HOSPITAL CHURCH VENUE",
    "ORGANIZATION": "ORG ORGANISATION COMPANY COMPANY_NAME COMPANYNAME EMPLOYER WORKPLACE VENDOR",
    "SCHOOL": "UNIVERSITY COLLEGE EDUCATION_ORG",
    "CREDIT_CARD": "CARD CREDIT_CARD_NUMBER CREDITCARDNUMBER CREDITCARD CC DEBIT_CARD CARD_NUMBER PAYMENT_CARD MASKEDNUMBER",
    "IBAN_CODE": "IBAN IBAN_NUMBER",
    "US_SSN": "SSN SOCIALNUM SOCIAL_SECURITY_NUMBER SOCIALNUMBER US_ITIN ITIN",
    "NATIONAL_ID": """ID ID_NUM ID_NUMBER IDCARDNUM IDCARD NATIONAL_ID_NUMBER IDENTITY_NUMBER TAXNUM TAX_ID TAX_NUMBER NRIC UK_NINO UK_NHS
        ES_NIF ES_NIE IT_FISCAL_CODE IT_IDENTITY_CARD IT_VAT_CODE IN_PAN IN_AADHAAR IN_VOTER AU_TFN AU_ABN AU_ACN AU_MEDICARE SG_NRIC_FIN PL_PESEL
        FI_PERSONAL_IDENTITY_CODE SE_PERSONNUMMER KR_RRN DE_TAX_ID BR_CPF NL_BSN CA_SIN""",
    "PASSPORT": "US_PASSPORT PASSPORT_NUMBER PASSPORTNUM IN_PASSPORT IT_PASSPORT",
    "US_DRIVER_LICENSE": "DRIVER_LICENSE DRIVERS_LICENSE DRIVERLICENSENUM DRIVER_LICENCE DRIVING_LICENCE IT_DRIVER_LICENSE LICENSE",
    "LICENSE_PLATE": "PLATE NUMBER_PLATE VEHICLEVRM VEHICLE_PLATE IN_VEHICLE_REGISTRATION UK_VEHICLE_REGISTRATION VEHICLE_REGISTRATION",
    "IP_ADDRESS": "IP IPV4 IPV6 IPADDRESS",
    "MAC_ADDRESS": "MAC MACADDRESS",
    "URL": "URI LINK WEBSITE DOMAIN DOMAIN_NAME DOMAINNAME WEB_ADDRESS URL_PERSONAL HOSTNAME",
    "SOCIAL_HANDLE": "HANDLE USERNAME USER_NAME SOCIAL_MEDIA SOCIAL_MEDIA_HANDLE TWITTER_HANDLE SCREEN_NAME LOGIN",
    "DATE_OF_BIRTH": "DOB BIRTH_DATE BIRTHDATE BIRTHDAY DATEOFBIRTH BOD",
    "GEO_COORDINATES": "COORDINATES COORDINATE GEO GEOCOORD GPS LAT_LONG LATITUDE LONGITUDE NEARBYGPSCOORDINATE",
    "API_KEY": "SECRET TOKEN KEY ACCESS_KEY ACCESS_TOKEN AWS_KEY JWT CREDENTIAL",
    "PASSWORD": "PASS PASSWD PIN CVV CREDITCARDCVV PASSCODE",
    "ACCOUNT_NUMBER": """US_BANK_NUMBER BANK_ACCOUNT BANK_NUMBER ACCOUNT ACCOUNTNUMBER ACCOUNTNUM ROUTING_NUMBER ABA_ROUTING_NUMBER BBAN BIC SWIFT
        SWIFT_CODE SWIFT_BIC RECORD_NUMBER MEDICAL_RECORD MEDICAL_RECORD_NUMBER MEDICALRECORD MRN HEALTH_PLAN HEALTHPLAN INSURANCE_NUMBER
        MEDICAL_LICENSE CUSTOMER_ID EMPLOYEE_ID STUDENT_ID VEHICLEVIN VIN PHONEIMEI IMEI DEVICE DEVICE_ID UUID UNIQUE_ID BIOID""",
    "CRYPTO": "BITCOIN BITCOINADDRESS ETHEREUMADDRESS LITECOINADDRESS WALLET CRYPTO_ADDRESS",
}  # fmt: skip
_SAME = {theirs: ours for ours, names in _NAMES.items() for theirs in names.split()}

#: Types that identify no one by themselves: reported, but no leak when they stay.
NOT_CLAIMED = frozenset(
    """AGE TITLE PREFIX SUFFIX HONORIFIC NRP NORP NATIONALITY RELIGION ETHNICITY RACE POLITICAL GENDER SEX HEIGHT WEIGHT EYECOLOR HAIRCOLOR
    DATE_TIME DATE TIME DURATION YEAR MONTH JOB JOBTITLE JOB_TITLE JOBAREA JOBTYPE JOBDESCRIPTOR JOBDEPARTMENT OCCUPATION PROFESSION MONEY AMOUNT
    CURRENCY CURRENCYCODE CURRENCYNAME CURRENCYSYMBOL ORDINALDIRECTION USERAGENT USER_AGENT CREDITCARDISSUER CREDIT_CARD_ISSUER COUNTRY STATE
    STATE_OR_PROVINCE CONTINENT CARDINAL ORDINAL PERCENT QUANTITY LANGUAGE EVENT PRODUCT LAW WORK_OF_ART MISC""".split()
)

# For a label that is not listed: the first part that its name contains gives the type.
_PARTS = (
    (r"E_?MAIL", "EMAIL_ADDRESS"), (r"USER_?NAME|HANDLE", "SOCIAL_HANDLE"), (r"DOMAIN|WEB|URL", "URL"), (r"IBAN", "IBAN_CODE"),
    (r"CREDIT|CARD_?NUM", "CREDIT_CARD"), (r"PHONE|MOBILE|FAX", "PHONE_NUMBER"), (r"PASSPORT", "PASSPORT"), (r"DRIV", "US_DRIVER_LICENSE"),
    (r"PLATE|REGISTRATION", "LICENSE_PLATE"), (r"BIRTH", "DATE_OF_BIRTH"), (r"PASSWORD|PASSCODE", "PASSWORD"), (r"API|TOKEN|SECRET", "API_KEY"),
    (r"SSN|SOCIAL_?SEC", "US_SSN"), (r"BITCOIN|CRYPTO|WALLET", "CRYPTO"), (r"ACCOUNT|RECORD|INSURANCE|BANK|ROUTING", "ACCOUNT_NUMBER"),
    (r"ADDRESS|STREET|POSTAL|ZIP", "STREET_ADDRESS"), (r"SCHOOL|UNIVERSITY", "SCHOOL"), (r"COMPANY|ORGANI[SZ]ATION|EMPLOYER", "ORGANIZATION"),
    (r"CITY|LOCATION", "LOCATION"), (r"NAME", "PERSON"), (r"_ID$|^ID_|NATIONAL|TAX|IDENTITY", "NATIONAL_ID"),
)  # fmt: skip


@dataclass(frozen=True)
class Gold:
    """A labelled span."""

    start: int
    end: int
    type: str


@dataclass(frozen=True)
class Case:
    """A labelled text."""

    text: str
    spans: tuple[Gold, ...]


def read_cases(file: Path) -> list[Case]:
    """Labelled texts from JSON Lines (text, spans of start, end, type) or from the JSON of presidio-research (full_text, …).

    Raises:
        UsageError: the file is missing, holds neither form, or a span does not lie in its text.
    """
    try:
        content = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{file}: no such dataset; give an existing file with --dataset") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read as UTF-8 text ({type(error).__name__})") from None
    rows = _rows(content, file)
    cases = [_case(row, f"{file}, record {number}") for number, row in enumerate(rows, start=1)]
    if not cases:
        raise UsageError(f"{file}: holds no records")
    return cases


def _rows(content: str, file: Path) -> list[Any]:
    at = 1
    try:
        if content.lstrip().startswith("["):
            return list(json.loads(content))
        rows = []
        # lines end where JSON Lines say they do: a text may hold other characters that Python takes for line ends
        for line in content.split("\n"):
            if line.strip():
                rows.append(json.loads(line))
            at += 1
    except json.JSONDecodeError as error:
        raise UsageError(f"{file}, line {max(at, error.lineno)}: is neither JSON Lines nor a JSON list ({error.msg})") from None
    return rows


def _case(row: Any, where: str) -> Case:
    if not isinstance(row, dict):
        raise UsageError(f"{where}: must be an object with text and spans, found {type(row).__name__}")
    text = row.get("text", row.get("full_text"))
    spans = row.get("spans")
    if not isinstance(text, str) or not isinstance(spans, list):
        raise UsageError(
            f"{where}: needs `text` (or `full_text`) and a list `spans`; it has {', '.join(sorted(row)) or 'no keys'}"
        )
    return Case(text, tuple(_gold(span, len(text), where) for span in spans))


def _gold(span: Any, length: int, where: str) -> Gold:
    if not isinstance(span, dict):
        raise UsageError(f"{where}: a span must be an object, found {type(span).__name__}")
    start, end = (span.get(name, span.get(f"{name}_position")) for name in ("start", "end"))
    kind = span.get("type", span.get("entity_type"))
    if not isinstance(start, int) or not isinstance(end, int) or not isinstance(kind, str):
        raise UsageError(f"{where}: a span needs start, end and type (or start_position, end_position and entity_type)")
    if not 0 <= start < end <= length:
        raise UsageError(f"{where}: span {start} to {end} does not lie in a text of {length} characters")
    return Gold(start, end, kind)


def evaluate(cases: Sequence[Case], params: RedactParams, seed: int = 17) -> dict[str, Any]:
    """Redact each text by itself, without known values, and compare with its labels.

    Per type: ``masked`` is the share of labelled spans that any redaction overlaps (what protects people), ``recall`` by a
    redaction of the same type; ``precision`` is the share of redactions of that type that overlap any labelled span; ``f2``
    combines recall and precision, recall counting twice. A record leaks when a labelled span of a type that redaction claims
    (``gold_types``) is not masked; ages, titles, nationalities and dates are counted as the others, but are no leak. Neither
    are countries and states under a label of places, unless ``redact.places`` is ``all``. A workplace counts as an organization,
    a named place as a place.
    """
    redactor = redactor_of(params, seed)
    redactor.redact([{"role": "user", "content": "Warm the tables up, Xanadra."}])
    started = time.perf_counter()
    results = redactor.redact_many([([{"role": "user", "content": case.text}], Known()) for case in cases])
    seconds = max(time.perf_counter() - started, 1e-9)
    support, masked, recalled = Counter[str](), Counter[str](), Counter[str]()
    flagged, right = Counter[str](), Counter[str]()
    leaks = wrong = words = 0
    for case, result in zip(cases, results, strict=True):
        findings = result.findings
        words += len(case.text.split())
        leaked = False
        for gold in case.spans:
            hits = [finding for finding in findings if _overlap(gold, finding)]
            support[gold.type] += 1
            masked[gold.type] += bool(hits)
            recalled[gold.type] += any(canonical(finding.type) == canonical(gold.type) for finding in hits)
            leaked |= not hits and is_claimed(gold.type) and not _stays(case.text[gold.start : gold.end], gold.type, params)
        leaks += leaked
        for finding in findings:
            hit = any(_overlap(gold, finding) for gold in case.spans)
            flagged[canonical(finding.type)] += 1
            right[canonical(finding.type)] += hit
            wrong += not hit
    return {
        "types": {kind: _figures(kind, support, masked, recalled, flagged, right) for kind in _kinds(support, flagged)},
        "records": len(cases),
        "records_with_leak_per_1000": round(1000 * leaks / len(cases), 3),
        "false_flags_per_1000_words": round(1000 * wrong / max(words, 1), 3),
        "records_per_second": round(len(cases) / seconds, 1),
    }


def _figures(
    kind: str, support: Counter[str], masked: Counter[str], recalled: Counter[str], flagged: Counter[str], right: Counter[str]
) -> dict[str, float]:
    ours = canonical(kind)
    count = support[kind]
    recall = recalled[kind] / count if count else 0.0
    precision = right[ours] / flagged[ours] if flagged[ours] else 0.0
    return {
        "support": count,
        "masked": round(masked[kind] / count, 4) if count else 0.0,
        "recall": round(recall, 4),
        "precision": round(precision, 4),
        "f2": round(5 * precision * recall / (4 * precision + recall), 4) if recall else 0.0,
    }


def _kinds(support: Counter[str], flagged: Counter[str]) -> Iterable[str]:
    """The types of the labels, and our own types that were flagged and have no label."""
    labelled = {canonical(kind) for kind in support}
    return sorted(support | Counter({kind: 1 for kind in flagged if kind not in labelled}))


def _overlap(gold: Gold, finding: Finding) -> bool:
    return finding.start < gold.end and gold.start < finding.end


def _stays(written: str, kind: str, params: RedactParams) -> bool:
    """Whether a labelled place is a country or a state, which stay unless ``redact.places`` is ``all``."""
    return params.places == "towns" and canonical(kind) == "LOCATION" and is_region(written)


def canonical(kind: str) -> str:
    """Our type for a label of another set, such as ``B-PER``, ``first name`` or ``US_PASSPORT``; else its own name."""
    name = re.sub(r"[\s-]+", "_", re.sub(r"^[BIESLU]-", "", kind.strip())).upper()
    if name in _NAMES or name in NOT_CLAIMED:
        return name
    if name in _SAME:
        return _SAME[name]
    return next((ours for part, ours in _PARTS if re.search(part, name)), name)


def is_claimed(kind: str) -> bool:
    """Whether a label names something that redaction promises to replace."""
    return canonical(kind) not in NOT_CLAIMED
