"""Who uses the product: users and their partners, each a pure function of the seed and the user's number."""

from __future__ import annotations

import random
from bisect import bisect
from dataclasses import dataclass

from sample import identifiers
from sample.grammar import Random
from sample.identifiers import pick
from sample.lexicon import Culture, names, nicknames

_INVENTED_HEADS = ("Jay", "Kay", "Bray", "Mak", "Tay", "Zay", "Ra", "Bryn", "Ja", "De", "Ever", "Lo", "Ky", "Shay", "Ny")
_INVENTED_TAILS = (
    "lynn",
    "leigh",
    "den",
    "dric",
    "marie",
    "vion",
    "cie",
    "ston",
    "lani",
    "quan",
    "mere",
    "zon",
    "rissa",
    "von",
)
_RELATIONSHIPS = ("married", "dating", "cohabiting", "engaged", "long_distance", "separated", "open")
_RELATIONSHIP_WEIGHTS = (38, 64, 80, 87, 93, 98, 100)
_STAGES = {
    "married": ("established", "committed", "struggling", "committed"),
    "dating": ("new", "new", "developing", "struggling"),
    "cohabiting": ("developing", "established", "committed"),
    "engaged": ("committed", "committed", "struggling"),
    "long_distance": ("developing", "committed", "struggling"),
    "separated": ("ending", "ending", "struggling"),
    "open": ("developing", "established"),
}
_STYLES = ("proper", "lower", "typos", "emoji", "run_on")
_STYLE_WEIGHTS = (48, 68, 80, 91, 100)


@dataclass(frozen=True, slots=True)
class Partner:
    """The partner, as the product knows them."""

    name: str
    given: str
    nickname: str | None
    email: str | None
    phone: str | None
    employer: str | None
    gender: str
    relationship_type: str
    relationship_stage: str
    since: str


@dataclass(frozen=True, slots=True)
class User:
    """A user, as the product knows them, and how they write."""

    index: int
    user_id: str
    name: str
    given: str
    family: str
    nickname: str | None
    email: str
    phone: str
    street_address: str
    city: str
    employer: str | None
    school: str | None
    birth_date: str
    gender: str
    age_band: str
    culture: str
    language: str
    consent: str
    style: str
    partner: Partner | None


def user_id(index: int) -> str:
    """The id of the user with number ``index``."""
    return f"U{index:08}"


def generator(seed: int, *parts: object) -> random.Random:
    """The source of randomness for one thing, the same in every run."""
    return random.Random(":".join(map(str, ("attune-sample", seed, *parts))))  # noqa: S311 (not for secrets)


def make_user(rng: Random, index: int) -> User:
    """The user with number ``index``, from the user's own ``rng``."""
    language = _language(rng)
    culture = _culture(rng, language)
    gender = "female" if rng() < 0.54 else "male" if rng() < 0.94 else "nonbinary"
    given = given_name(rng, culture, gender)
    family = family_name(rng, culture)
    year = 1952 + int(rng() ** 0.7 * 55)
    return User(
        index=index,
        user_id=user_id(index),
        name=f"{given} {family}",
        given=given,
        family=family,
        nickname=nickname(rng, given),
        email=identifiers.email(rng, given, family),
        phone=identifiers.phone(rng, language),
        street_address=identifiers.address(rng, language),
        city=identifiers.city(rng),
        employer=identifiers.employer(rng) if rng() < 0.8 else None,
        school=identifiers.school(rng) if rng() < 0.35 else None,
        birth_date=f"{year}-{1 + int(rng() * 12):02}-{1 + int(rng() * 28):02}",
        gender=gender,
        age_band=_age_band(2026 - year),
        culture=culture.name,
        language=language,
        consent=_consent(rng, index),
        style=_STYLES[bisect(_STYLE_WEIGHTS, rng() * 100)],
        partner=_partner(rng, gender, culture, language) if rng() < 0.93 else None,
    )


def given_name(rng: Random, culture: Culture, gender: str) -> str:
    """A given name: from the culture's list, now and then one that stands on no list."""
    if rng() < 0.04:
        return pick(rng, _INVENTED_HEADS) + pick(rng, _INVENTED_TAILS)
    if gender == "nonbinary":
        gender = "female" if rng() < 0.5 else "male"
    return pick(rng, culture.female if gender == "female" else culture.male)


def family_name(rng: Random, culture: Culture) -> str:
    """A family name, sometimes a double one."""
    name = pick(rng, culture.family)
    return f"{name}-{pick(rng, culture.family)}" if rng() < 0.04 and "-" not in name else name


def any_culture(rng: Random) -> Culture:
    """A culture, as common as among the users."""
    known = names()
    return known.cultures[bisect(known.cumulated, rng() * known.cumulated[-1])]


def nickname(rng: Random, given: str) -> str | None:
    """What friends make of a given name, or call somebody without any reason."""
    short_forms, pet_names = nicknames()
    if given in short_forms:
        return short_forms[given] if rng() < 0.6 else None
    return pick(rng, pet_names) if rng() < 0.22 else None


def _partner(rng: Random, gender: str, own: Culture, language: str) -> Partner:
    culture = own if rng() < 0.6 or language != "en" else any_culture(rng)
    same = rng() < 0.1
    other = {"female": "male", "male": "female", "nonbinary": "female" if rng() < 0.5 else "male"}[gender]
    partner_gender = gender if same and gender != "nonbinary" else other
    given = given_name(rng, culture, partner_gender)
    family = family_name(rng, culture)
    relationship = _RELATIONSHIPS[bisect(_RELATIONSHIP_WEIGHTS, rng() * 100)]
    return Partner(
        name=f"{given} {family}",
        given=given,
        nickname=nickname(rng, given),
        email=identifiers.email(rng, given, family) if rng() < 0.5 else None,
        phone=identifiers.phone(rng, language) if rng() < 0.5 else None,
        employer=identifiers.employer(rng) if rng() < 0.5 else None,
        gender=partner_gender,
        relationship_type=relationship,
        relationship_stage=pick(rng, _STAGES[relationship]),
        since=f"{2026 - int(rng() ** 2 * 22) - 1}-{1 + int(rng() * 12):02}-{1 + int(rng() * 28):02}",
    )


def _language(rng: Random) -> str:
    draw = rng()
    return "es" if draw < 0.06 else "de" if draw < 0.10 else "en"


def _culture(rng: Random, language: str) -> Culture:
    if language == "en" or rng() < 0.15:
        return any_culture(rng)
    return names().by_name("hispanic" if language == "es" else "german")


def _consent(rng: Random, index: int) -> str:
    """The first user always consents: theirs is the newest moment, which dates everything else."""
    draw = rng()
    if index == 0:
        return "granted"
    return "opted_out" if draw < 0.03 else "erasure_requested" if draw < 0.04 else "granted"


def _age_band(age: int) -> str:
    return next((f"{low}-{low + 9}" for low in (25, 35, 45, 55) if low <= age < low + 10), "18-24" if age < 25 else "65+")
