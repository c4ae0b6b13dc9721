# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Rows of a table that somebody pasted: "kim roe, 14/03/1986, kim@example.org", and rows below a line of labels."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attune.redaction.types import Source, Span

_SEPARATORS = ",;|\t"
_FEWEST_CELLS, _LONGEST_CELL, _MOST_WORDS = 3, 60, 5

_DATE = re.compile(r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d\d|(?:19|20)\d\d[/.-]\d{1,2}[/.-]\d{1,2}|\d{1,2}\s?(?:st|nd|rd|th|\.)?\s[a-zäéû]{3,9}\.?,?\s(?:19|20)\d\d|[a-z]{3,9}\.?\s\d{1,2},?\s(?:19|20)\d\d)", re.I)  # fmt: skip
_YEAR = re.compile(r"(?:19|20)\d\d|\d\d(?=\Z)")
_CONTACT = re.compile(r"[^\s@]+@[^\s@]+\.\w+|\+?\(?\d(?:[\s()./–-]{0,2}\d){8,18}")
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){11,18}\Z")
_EXPIRY = re.compile(r"(?:0?[1-9]|1[0-2])\s?[/-]\s?(?:20)?\d\d")
_SECURITY_CODE = re.compile(r"\d{3,4}")
_SEX = frozenset("m f male female man woman w d nb x married single divorced widowed".split())

#: Labels of columns, and the type of what stands below.
_COLUMNS: dict[str, str] = {}
for _type, _labels in {
    "PERSON": "name,first name,firstname,first_name,last name,lastname,last_name,surname,full name,fullname,full_name,vorname,nachname,nombre,apellido,nom,prenom,prénom,client,patient,customer",
    "DATE_OF_BIRTH": "dob,d.o.b,d.o.b.,date of birth,date_of_birth,dateofbirth,birth date,birthdate,birth_date,birthday,bday,geburtsdatum,geb,fecha de nacimiento,date de naissance,data de nascimento,born",
    "PASSWORD": "cvv,cvc,cvv2,cvc2,pin,security code,password,pass,passwort,pw",
    "STREET_ADDRESS": "address,addr,street,street address,adresse,straße,strasse,dirección,direccion,endereço,indirizzo,postcode,zip,zip code,zipcode,postal code,plz,eircode,pincode,address line 1,address line 2,home address",
    "PHONE_NUMBER": "phone,phone number,mobile,cell,tel,telephone,telefon,handy,contact,contact number,whatsapp,teléfono,telefono,telefone",
    "CREDIT_CARD": "card,card number,card_number,cc,pan number,visa",
    "NATIONAL_ID": "ssn,id number,id_number,national id,nin,bvn,aadhaar,nhs,passport,passport number,dni,cpf,tax id,nino",
    "LICENSE_PLATE": "plate,reg,registration,license plate,number plate,kennzeichen",
    "EMAIL_ADDRESS": "email,e-mail,mail",
}.items():
    _COLUMNS.update(dict.fromkeys(_labels.split(","), _type))


def find(text: str) -> Iterator[Span]:
    """What rows say of a person: cells below a label, a date of birth beside contact data, the security code beside a card."""
    lines = list(_lines(text))
    columns: list[str | None] = []
    for line in lines:
        cells = _cells(text, *line)
        if len(cells) < _FEWEST_CELLS - bool(columns):
            columns = []
            continue
        labels = [_COLUMNS.get(text[first:last].strip(" \"'#*").lower()) for first, last in cells]
        if sum(label is not None for label in labels) >= 2 or (columns == [] and _is_header(text, cells, labels)):
            columns = labels
            continue
        if columns and len(cells) == len(columns):
            yield from _below(text, cells, columns)
        else:
            columns = []
        if len(cells) >= _FEWEST_CELLS:
            yield from _beside(text, cells)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _cells(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cells of a line by its commonest separator; empty, if they are too long for a table."""
    line = text[start:end]
    separator = max(_SEPARATORS, key=lambda mark: (line.count(mark), mark == "\t"))
    if not line.count(separator):
        return []
    cells, at = [], start
    for part in line.split(separator):
        if len(part) > _LONGEST_CELL or len(part.split()) > _MOST_WORDS:
            return []
        lead = len(part) - len(part.lstrip())
        cells.append((at + lead, at + lead + len(part.strip())))
        at += len(part) + 1
    return cells


def _is_header(text: str, cells: list[tuple[int, int]], labels: list[str | None]) -> bool:
    return any(labels) and all(text[first:last].replace(" ", "").replace("_", "").isalpha() for first, last in cells)


def _below(text: str, cells: list[tuple[int, int]], columns: list[str | None]) -> Iterator[Span]:
    for (first, last), kind in zip(cells, columns, strict=True):
        value = text[first:last]
        if kind is None or not any(map(str.isalnum, value)) or "[" in value:
            continue
        if kind != "PERSON" and kind != "PASSWORD" and kind != "EMAIL_ADDRESS" and not any(map(str.isdigit, value)):
            continue
        if kind == "PERSON" and not any(map(str.isalpha, value)):
            continue
        yield Span(first, last, kind, Source.STATED_NAME if kind == "PERSON" else Source.LABELLED)


def _beside(text: str, cells: list[tuple[int, int]]) -> Iterator[Span]:
    values = [text[first:last].strip("\"'") for first, last in cells]
    contact = any(_CONTACT.fullmatch(value) for value in values)
    card = any(_CARD.search(value) for value in values)
    personal = contact or card or any(value.lower() in _SEX for value in values)
    expiry = any(_EXPIRY.fullmatch(value) for value in values)
    for (first, last), value in zip(cells, values, strict=True):
        if personal and _DATE.fullmatch(value) and _is_past(value):
            yield Span(first, last, "DATE_OF_BIRTH", Source.LABELLED_BIRTH_DATE)
        elif card and expiry and _SECURITY_CODE.fullmatch(value):
            yield Span(first, last, "PASSWORD", Source.LABELLED_PIN)


def _is_past(date: str) -> bool:
    """Whether a date has a year in which somebody alive may be born; two digits always."""
    years = [int(year) for year in _YEAR.findall(date)]
    return any(1900 <= year <= 2020 or year < 100 for year in years)
