"""Plants what later steps must find: identifiers, names, health information, and copies of conversations with small edits."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate

from sample import identifiers, span_markers
from sample.dialogue import Dialogue, Draft
from sample.grammar import Random
from sample.identifiers import pick
from sample.people import User, any_culture, family_name, given_name
from sample.span_markers import Kind, mark

USER_NAME = Kind("PERSON", "user", known=True, lowers=True)
PARTNER_NAME = Kind("PERSON", "partner", known=True, lowers=True)
UNKNOWN_PARTNER_NAME = Kind("PERSON", "partner", known=False, lowers=True)
THIRD_NAME = Kind("PERSON", "third", known=False, lowers=True)

# How often each kind of identifier is planted, in parts.
_WEIGHTS = {
    "email": 14, "phone": 14, "address": 12, "workplace": 13, "school": 9, "city": 8, "url": 5, "handle": 6,
    "birth_date": 6, "card": 4, "iban": 4, "ssn": 4, "ip": 2, "passport": 3, "licence_plate": 4, "secret": 4, "api_key": 2,
    "unique": 3, "user_id": 2,
}  # fmt: skip
_HEALTH_PARTS = ("diagnosis", "medication", "lab_result", "mrn")
_WORD = re.compile(r"\w+")

NEAR_DUPLICATE = (0.87, 0.99)
NEAR_MISS = (0.5, 0.75)
_SWAPS = {
    "really": "truly", "talk": "speak", "small": "little", "hard": "tough", "feel": "feel so", "when": "whenever",
    "because": "since", "always": "constantly", "never": "not once", "maybe": "perhaps", "think": "believe",
    "want": "would like", "says": "claims", "tired": "worn out", "try": "attempt", "time": "while", "home": "house",
    "week": "week now", "makes": "made", "about": "regarding", "again": "once more", "sounds": "seems", "could": "might",
    "would": "could", "is": "was", "and": "but", "that": "this", "the": "a", "muy": "bastante", "que": "porque",
    "con": "junto con", "sehr": "wirklich", "und": "aber", "nicht": "gar nicht", "ich": "ich selbst",
}  # fmt: skip


def plant_names(dialogue: Dialogue, draft: Draft, user: User, third_name: str | None, partner_name: str | None) -> None:
    """Sentences in which the user says who they are, who the partner is and who else plays a part."""
    rng = dialogue.rng
    positions = draft.users()
    first, last = positions[0], positions[-1]
    own = mark(_own_name(rng, user), USER_NAME)
    draw = rng()
    if draw < 0.10:
        draft.texts[first] = f"{dialogue.filled('name_user', own)} {draft.texts[first]}"
    elif draw < 0.15:
        draft.texts[last] = f"{draft.texts[last]} {dialogue.filled('name_sign', own)}"
    elif draw < 0.18:
        _insert(draft, rng, dialogue.filled("name_user_quote", own))
    if partner_name is not None and rng() < 0.2:
        _insert(draft, rng, dialogue.filled("name_partner", partner_name))
    if third_name is not None:
        _insert(draft, rng, dialogue.filled("name_third", third_name))
        coach = [index for index, role in enumerate(draft.roles) if role == "assistant" and index > first]
        if coach and rng() < 0.3 and draft.quality == "good":
            draft.texts[pick(rng, coach)] += f" {dialogue.filled('coach_third', third_name)}"
    draw = rng()
    if draw < 0.07:
        culture = any_culture(rng)
        family = family_name(rng, culture)
        if draw < 0.03:
            _insert(draft, rng, dialogue.filled("name_third_title", mark(family, THIRD_NAME)))
        else:
            full = f"{given_name(rng, culture, 'female' if rng() < 0.5 else 'male')} {family}"
            _insert(draft, rng, dialogue.filled("name_third_full", mark(full, THIRD_NAME)))


def plant_identifiers(dialogue: Dialogue, draft: Draft, user: User) -> None:
    """Give away an identifier or two in a fifth of the conversations; now and then words that only look like names."""
    rng = dialogue.rng
    sections = dialogue.language.grammar.sections
    if rng() < 0.2:
        kinds = [kind for kind in _WEIGHTS if kind in sections]
        limits = list(accumulate(_WEIGHTS[kind] for kind in kinds))
        for _ in range(1 if rng() < 0.75 else 2):
            kind = kinds[bisect(limits, rng() * limits[-1])]
            _insert(draft, rng, dialogue.filled(kind, _value(kind, dialogue, user)))
    if rng() < 0.06 and "near_miss" in sections:
        _insert(draft, rng, dialogue.say("near_miss"))


def plant_health(dialogue: Dialogue, draft: Draft) -> None:
    """A sentence with health information of the user."""
    part = pick(dialogue.rng, _HEALTH_PARTS)
    value = identifiers.record_number(dialogue.rng) if part == "mrn" else dialogue.say(f"{part}_value")
    _insert(draft, dialogue.rng, dialogue.filled(part, mark(value, Kind(f"HEALTH_{part.upper()}", "user"))))


def third_name(rng: Random, gender: str) -> str:
    """The marked name of somebody whom the database does not know."""
    return mark(given_name(rng, any_culture(rng), gender), THIRD_NAME)


def partner_name(rng: Random, user: User, dating_gender: str) -> str:
    """The marked name of the partner, as the user says it; of an unknown one when the database has none."""
    if user.partner is None:
        return mark(given_name(rng, any_culture(rng), dating_gender), UNKNOWN_PARTNER_NAME)
    name = user.partner.nickname if user.partner.nickname and rng() < 0.4 else user.partner.given
    return mark(name, PARTNER_NAME)


def shingles(texts: Sequence[str]) -> set[tuple[str, ...]]:
    """Word 3-grams of the texts of a conversation, case folded."""
    words = _WORD.findall(" ".join(texts).casefold())
    return set(zip(words, words[1:], words[2:], strict=False))


def similarity(left: set[tuple[str, ...]], right: set[tuple[str, ...]]) -> float:
    """Jaccard similarity of two sets of word 3-grams."""
    common = len(left & right)
    return common / (len(left) + len(right) - common) if left or right else 1.0


def near_copy(rng: Random, texts: Sequence[str], lowest: float) -> tuple[list[str], float]:
    """``texts`` with a few words changed, and the similarity that is left; it is between ``lowest`` and 0.99."""
    grams = shingles(_plain(texts))
    best, best_similarity = list(texts), 1.0
    edits = 1 + int(rng() * 4)
    for _ in range(24):
        if edits <= 0 and best_similarity <= NEAR_DUPLICATE[1]:
            break
        edited = list(best)
        index = int(rng() * len(edited))
        edited[index] = span_markers.around(edited[index], lambda piece: _swap_word(piece, rng))
        reached = similarity(grams, shingles(_plain(edited)))
        if lowest <= reached < best_similarity:
            best, best_similarity, edits = edited, reached, edits - 1
    return best, best_similarity


def near_miss(rng: Random, texts: Sequence[str], roles: Sequence[str], say: Callable[[str], str]) -> tuple[list[str], float]:
    """``texts`` with whole sentences replaced, until the similarity is between 0.5 and 0.75."""
    grams = shingles(_plain(texts))
    edited, reached = list(texts), 1.0
    target = NEAR_MISS[0] + 0.05 + 0.2 * rng()
    for _ in range(20):
        if reached <= target:
            break
        index = int(rng() * len(edited))
        part = "aside" if roles[index] == "user" else "validate"
        attempt = list(edited)
        attempt[index] = (
            f"{attempt[index]} {say(part)}"
            if span_markers.is_marked(attempt[index])
            else _replace_sentence(attempt[index], say(part), rng)
        )
        similar = similarity(grams, shingles(_plain(attempt)))
        if similar >= NEAR_MISS[0]:
            edited, reached = attempt, similar
    return edited, reached


def _plain(texts: Sequence[str]) -> list[str]:
    return [span_markers.take_out(text)[0] for text in texts]


def _replace_sentence(text: str, sentence: str, rng: Random) -> str:
    sentences = text.split(". ")
    sentences[int(rng() * len(sentences))] = sentence.removesuffix(".")
    return ". ".join(sentences)


def _swap_word(piece: str, rng: Random) -> str:
    words = piece.split(" ")
    start = int(rng() * len(words))
    for offset in range(len(words)):
        index = (start + offset) % len(words)
        if words[index] in _SWAPS:
            words[index] = _SWAPS[words[index]]
            break
    return " ".join(words)


def _insert(draft: Draft, rng: Random, sentence: str) -> None:
    index = pick(rng, draft.users())
    text = draft.texts[index]
    draft.texts[index] = f"{sentence} {text}" if rng() < 0.25 else f"{text} {sentence}"


def _own_name(rng: Random, user: User) -> str:
    draw = rng()
    if user.nickname and draw < 0.3:
        return user.nickname
    return user.name if draw > 0.85 else user.given


def _value(kind: str, dialogue: Dialogue, user: User) -> str:
    rng, code = dialogue.rng, dialogue.language.code
    if kind == "unique":
        return mark(dialogue.say("unique_value"), Kind("UNIQUE_DETAIL", "user", lowers=True))
    if kind == "user_id":
        return mark(user.user_id, Kind("USER_ID", "user", known=True))
    if kind in ("email", "phone", "address", "workplace", "school", "city", "birth_date"):
        return _contact(kind, rng, code, user)
    if kind in ("url", "handle"):
        culture = any_culture(rng)
        given, family = (
            (user.given, user.family) if rng() < 0.5 else (given_name(rng, culture, "female"), family_name(rng, culture))
        )
        value = identifiers.url(rng, given, family) if kind == "url" else identifiers.handle(rng, given, family)
        return mark(value, Kind("URL" if kind == "url" else "SOCIAL_HANDLE"))
    make = {
        "ssn": identifiers.ssn, "iban": identifiers.iban, "card": identifiers.card, "ip": identifiers.ip_address,
        "passport": identifiers.passport, "licence_plate": identifiers.licence_plate, "secret": identifiers.password,
        "api_key": identifiers.api_key,
    }[kind]  # fmt: skip
    label = {"card": "CARD", "ip": "IP_ADDRESS", "secret": "PASSWORD"}.get(kind, kind.upper())
    return mark(make(rng), Kind(label))


def _contact(kind: str, rng: Random, code: str, user: User) -> str:
    """A value of which the database may know the user's own."""
    label, lowers = {
        "email": ("EMAIL", True), "phone": ("PHONE", False), "address": ("ADDRESS", True), "workplace": ("WORKPLACE", True),
        "school": ("SCHOOL", True), "city": ("CITY", True), "birth_date": ("BIRTH_DATE", True),
    }[kind]  # fmt: skip
    own = {
        "email": user.email, "phone": user.phone, "address": user.street_address, "workplace": user.employer,
        "school": user.school, "city": user.city,
    }.get(kind)  # fmt: skip
    if own is not None and rng() < 0.55:
        return mark(own, Kind(label, "user", known=True, lowers=lowers))
    if kind == "birth_date" and code == "en":
        year, month, day = map(int, user.birth_date.split("-"))
        return mark(identifiers.written_date(rng, year, month, day), Kind(label, "user", known=True, lowers=lowers))
    if kind == "email":
        culture = any_culture(rng)
        value = identifiers.email(rng, given_name(rng, culture, "male"), family_name(rng, culture))
    elif kind in ("phone", "address", "birth_date"):
        value = {"phone": identifiers.phone, "address": identifiers.address, "birth_date": identifiers.birth_date}[kind](
            rng, code
        )
    else:
        value = {"workplace": identifiers.employer, "school": identifiers.school, "city": identifiers.city}[kind](rng)
    return mark(value, Kind(label, "other", known=False, lowers=lowers))
