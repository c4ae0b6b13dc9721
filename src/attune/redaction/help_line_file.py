"""Reads the file of public crisis services, the shipped one and an operator's own."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, StringConstraints, ValidationError, model_validator

from attune.config.section import Section
from attune.config.yaml_file import load_yaml
from attune.errors import UsageError

#: The shipped file.
SHIPPED = Path(__file__).with_name("help_lines.yaml")

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
#: Digits and the signs between them; in a number such as 1-800-273-TALK, letters too.
_Number = Annotated[str, StringConstraints(pattern=r"^[+*]?\(?\d[0-9A-Za-z ().*-]*$")]
_Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
_Mail = Annotated[str, StringConstraints(pattern=r"^[^\s@]+@[a-z0-9-]+(\.[a-z0-9-]+)+$")]
_FEWEST_DIGITS = 3


class HelpService(Section):
    """One public service, with the names, numbers and addresses that it publishes."""

    names: tuple[_Text, ...] = Field(min_length=1, description="Names of the service, as written in a sentence.")
    numbers: tuple[_Number, ...] = Field(default=(), description="Telephone numbers, as dialled inside the country.")
    text: tuple[_Number, ...] = Field(default=(), description="Numbers that take text messages.")
    web: tuple[_Domain, ...] = Field(default=(), description="Domains in lower case; their subdomains count too.")
    mail: tuple[_Mail, ...] = Field(default=(), description="Public e-mail addresses.")
    source: str = Field(pattern=r"^https?://", description="The page that says so.")

    @model_validator(mode="after")
    def _numbers_have_digits(self) -> HelpService:
        for number in (*self.numbers, *self.text):
            if sum(map(str.isalnum, number)) < _FEWEST_DIGITS:
                raise ValueError(f"{number} has fewer than {_FEWEST_DIGITS} digits")
        return self


class HelpCountry(Section):
    """The services of one country."""

    calling_code: str = Field(pattern=r"^\d{1,3}$", description="The country's calling code, without + or 00.")
    services: tuple[HelpService, ...]


class InternationalHelp(Section):
    """Services of no one country."""

    services: tuple[HelpService, ...] = ()


class HelpLineFile(Section):
    """A file of public crisis services."""

    checked: datetime.date = Field(description="The day on which the numbers were last compared with their sources.")
    countries: dict[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")], HelpCountry] = Field(
        default_factory=dict, description="Services by country: two capitals (ISO 3166)."
    )
    international: InternationalHelp = InternationalHelp()

    def all_services(self) -> Iterator[tuple[HelpService, str]]:
        """Every service with the calling code of its country; empty for an international one."""
        for _, country in sorted(self.countries.items()):
            yield from ((service, country.calling_code) for service in country.services)
        yield from ((service, "") for service in self.international.services)


def read(path: Path) -> HelpLineFile:
    """A file of services, checked.

    Raises:
        UsageError: it is missing, is no YAML, or a field is wrong; the message names file, field and what is allowed.
    """
    try:
        content = load_yaml(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({type(error).__name__}); give a YAML file like help_lines.yaml") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: is no YAML ({_one_line(str(error))})") from None
    try:
        return HelpLineFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(f"{path}: {place}: {first['msg']}; docs/redaction.md describes the file") from None


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
