# ruff: noqa: SIM905 - expressions and word lists stay on the line where they can be read as one
"""A gazetteer of the values that the database knows of one conversation's people, matched in the forms that people type."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from attune.redaction.features import deleted
from attune.redaction.known_names import DIMINUTIVES, Requirement, may_be_known_person, places_of_person, requirement_of
from attune.redaction.lexicon import Lexicon, Word, any_digit, base_of, fold, stretches_of, words_of
from attune.redaction.lexicon import lexicon as shipped_lexicon
from attune.redaction.name_affixes import in_order, is_affix
from attune.redaction.plain_view import plain_view
from attune.redaction.types import Known, Source, Span

_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")
_DIGIT_RUN = re.compile(r"[+(]?\d(?:[\s().+/-]{0,3}\d){6,}")
_LEGAL_FORMS = frozenset(
    "inc llc ltd gmbh corp co plc ag sa sl group company limited incorporated corporation the and of".split()
)
_SCHOOL_WORDS = frozenset(
    "school university college high elementary middle academy institute primary secondary of the at".split()
)
_MIN_PHONE_DIGITS = 7
# Shorter names are too often one letter from another word.
_SHORTEST_MISSPELT = 5
_SHORTEST_JOINED = 6
# "dave i think", "a chen", "u chen"
_WORDS_OF_ONE_LETTER = frozenset("aiunry")
_WIDEST_GAP = 4
_SENTENCE_ENDS = frozenset({".", "!", "?"})
# Characters on each side of a word that may belong to the same known value: an address is the longest.
_NEAR, _NEAR_NAME = 80, 40


@dataclass
class KnownGazetteer:
    """The known values of one conversation, by the first word of each form."""

    sequences: dict[str, list[tuple[tuple[str, ...], str, str, Requirement]]] = field(default_factory=dict)
    literals: list[tuple[str, str]] = field(default_factory=list)  # lower-case text, kind
    addresses: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)  # a word of the address, all its parts
    phones: list[str] = field(default_factory=list)  # digits, without those that people leave out
    triggers: set[str] = field(default_factory=set)  # lower-case words; a text without any of them holds no known value
    near: dict[str, str] = field(default_factory=dict)  # long names with one letter left out, and whole -> role
    cued: dict[str, str] = field(default_factory=dict)  # names that are among the commonest words -> role
    loose: set[str] = field(default_factory=set)  # trigger words that count in lower case too

    def add(self, parts: Sequence[str], kind: str, role: str, requirement: Requirement = Requirement.NONE) -> None:
        """Add one form; ``requirement`` says what it needs where it is typed in lower case."""
        if parts:
            forms = self.sequences.setdefault(parts[0], [])
            form = (tuple(parts), kind, role, requirement)
            first = parts[0]
            starts = (first, f"{first}s", f"{first}'s", f"{first}’s")
            self.triggers.update(starts)
            if requirement == Requirement.PERSON_CONTEXT and kind == "PERSON" and len(parts) == 1:
                self.cued[first] = role
            elif requirement < Requirement.CAPITAL:
                self.loose.update(starts)
            if form not in forms:
                forms.append(form)


@functools.lru_cache(maxsize=32)
def gazetteer_of(known: Known) -> KnownGazetteer:
    """The gazetteer of one conversation's known values; cached, since a user has several conversations."""
    gazetteer, lexicon = KnownGazetteer(), shipped_lexicon()
    for role, names in (("user", known.user), ("partner", known.partner), ("", known.others)):
        for name in names:
            _add_person(gazetteer, name, role, lexicon)
    for values, kind in ((known.employers, "WORKPLACE"), (known.schools, "SCHOOL")):
        for value in _plain(values):
            _add_organization(gazetteer, value, kind, lexicon)
    for city in _plain(known.cities):
        parts = [base_of(part) for part in _PART.findall(city)]
        gazetteer.add(parts, "LOCATION", "", _capital_if(len(parts) == 1 and _function_word(parts[0], lexicon)))
    for address in _plain(known.addresses):
        _add_address(gazetteer, address)
    for email in _plain(known.emails):
        if "@" in email:
            gazetteer.literals.append((email.strip().lower(), "EMAIL_ADDRESS"))
            _add_mail_name(gazetteer, email)
    for phone in _plain(known.phones):
        _add_phone(gazetteer, phone)
    return gazetteer


def _plain(values: Sequence[str]) -> Iterator[str]:
    """The values as they read: they are looked for in the plain view of a text."""
    for value in values:
        yield plain_view(value).text


def find_all(
    text: str, forms: AbstractSet[str], words: AbstractSet[str], candidates: AbstractSet[str], gazetteer: KnownGazetteer
) -> Iterator[Span]:
    """Known values in ``text``, with its words as typed, in lower case, and those that are not ordinary."""
    if gazetteer.literals or gazetteer.phones:
        yield from find_contacts(text, gazetteer)
    here = trigger_words(text, words, gazetteer)
    if here and (not here.isdisjoint(gazetteer.loose) or not text.isascii() or _capitalized(forms - words, here)):
        near = _NEAR if gazetteer.addresses else _NEAR_NAME
        for first, last in stretches_of(text, here, near=near, lower=True):
            yield from find(text, words_of(text, first, last), gazetteer, first, last)
    elif here:
        for part in sorted(gazetteer.cued.keys() & here):
            yield from (
                Span(start, end, "PERSON", Source.KNOWN_WORD, gazetteer.cued[part])
                for start, end in places_of_person(text, part)
            )
    if gazetteer.near and candidates:
        yield from _misspelt(text, candidates, gazetteer)


def _misspelt(text: str, candidates: AbstractSet[str], gazetteer: KnownGazetteer) -> Iterator[Span]:
    """Long known names with one letter wrong, missing, doubled or swapped with its neighbour, where no word is written so."""
    lexicon = shipped_lexicon()
    for form in sorted(candidates):
        base = base_of(form)
        if len(base) < _SHORTEST_MISSPELT - 1 or base in gazetteer.sequences:
            continue
        if form[0].islower() and base in lexicon.tiers:  # "water" is no Walter
            continue
        role = next((gazetteer.near[one] for one in (base, *deleted(base)) if one in gazetteer.near), None)
        if role is None:
            continue
        if lexicon.is_name(base):  # perhaps another person
            role = ""
        for first, last in stretches_of(text, [form], near=0):
            for word in words_of(text, first, last):
                if word.base == base:
                    yield Span(word.start, word.end, "PERSON", Source.KNOWN_NAME_MISSPELT, role)


def _capitalized(forms: AbstractSet[str], words: AbstractSet[str]) -> bool:
    """Whether one of ``words`` is among the forms that are not all lower case: "Will" may be he, "will" is not."""
    return any(form[0].isupper() and form.lower() in words for form in forms)


def find(text: str, words: Sequence[Word], gazetteer: KnownGazetteer, first: int, last: int) -> Iterator[Span]:
    """Known values in ``text`` from ``first`` to ``last``, whose words are ``words``."""
    for position, word in enumerate(words):
        for base in _bases(word, gazetteer):
            for parts, kind, role, requirement in gazetteer.sequences[base]:
                span = _match(text, words, position, parts)
                if span and may_be_known_person(words, position, base, requirement):
                    yield Span(*span, kind, Source.KNOWN_WORDS if len(parts) > 1 else Source.KNOWN_WORD, role)
    bases = {word.base for word in words} if gazetteer.addresses else set()
    for trigger, parts in gazetteer.addresses:
        if trigger in bases:
            for match in _address_expression(parts).finditer(text, first, last):
                yield Span(*match.span(), "STREET_ADDRESS", Source.KNOWN_CONTACT)


def find_contacts(text: str, gazetteer: KnownGazetteer) -> Iterator[Span]:
    """Known e-mail addresses and telephone numbers in ``text``."""
    if gazetteer.literals:
        yield from _literals(text, gazetteer)
    if gazetteer.phones and any_digit(text):
        yield from _phones(text, gazetteer)


def _literals(text: str, gazetteer: KnownGazetteer) -> Iterator[Span]:
    mail = "@" in text
    if not mail and all(kind == "EMAIL_ADDRESS" for _, kind in gazetteer.literals):
        return
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter that grows in lower case: places would not fit
        lowered = text
    for literal, kind in gazetteer.literals:
        if kind == "EMAIL_ADDRESS" and not mail:
            continue
        start = lowered.find(literal)
        while start >= 0:
            end = start + len(literal)
            if not lowered[end : end + 1].isalnum() and not lowered[start - 1 : start].isalnum():
                yield Span(start, end, kind, Source.KNOWN_CONTACT)
            start = lowered.find(literal, end)


def _phones(text: str, gazetteer: KnownGazetteer) -> Iterator[Span]:
    for match in _DIGIT_RUN.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if any(tail in digits for tail in gazetteer.phones):
            yield Span(*match.span(), "PHONE_NUMBER", Source.KNOWN_CONTACT)


@functools.lru_cache(maxsize=4096)
def _address_expression(parts: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)" + r"[\W_]{1,3}".join(map(re.escape, parts)) + r"(?!\w)", re.I)


def trigger_words(text: str, words: AbstractSet[str], gazetteer: KnownGazetteer) -> AbstractSet[str]:
    """The words of ``text`` (``words``: in lower case) at which a known value can stand."""
    found = gazetteer.triggers & words
    if not text.isascii() and gazetteer.triggers:
        found |= {word for word in words if not word.isascii() and fold(word) in gazetteer.triggers}
    return found


def _bases(word: Word, gazetteer: KnownGazetteer) -> Iterator[str]:
    if word.base in gazetteer.sequences:
        yield word.base
    elif word.base[-1:] == "s" and word.base[:-1] in gazetteer.sequences:  # "mikes place", "the chens"
        yield word.base[:-1]


def _match(text: str, words: Sequence[Word], position: int, parts: tuple[str, ...]) -> tuple[int, int] | None:
    if len(parts) == 1:
        return words[position].start, words[position].end
    if position + len(parts) > len(words):
        return None
    for offset, part in enumerate(parts[1:], start=1):
        previous, word = words[position + offset - 1], words[position + offset]
        gap = text[previous.end : word.start]
        if word.base not in (part, f"{part}s") or len(gap) > _WIDEST_GAP:
            return None
        if len(previous.base) > 1 and gap[:1] in _SENTENCE_ENDS and gap[1:].isspace():  # "told dave. chen said …"
            return None
    return words[position].start, words[position + len(parts) - 1].end


def _add_person(gazetteer: KnownGazetteer, name: str, role: str, lexicon: Lexicon) -> None:
    written = [base_of(part) for part in _PART.findall(in_order(name))]
    parts = [part for part in written if not is_affix(part)] or written
    gazetteer.add(parts, "PERSON", role)
    if len(parts) > 1:
        for other in _other_forms(parts[0], parts[-1]):
            gazetteer.add(other, "PERSON", role)
    for part in {*parts, *(form for given in parts[:1] for form in DIMINUTIVES.get(given, ()))}:
        if len(part) >= _SHORTEST_MISSPELT:
            for form in (part, *deleted(part)):
                gazetteer.near.setdefault(form, role)
        if len(part) >= 2:
            gazetteer.add([part], "PERSON", role, requirement_of(part, lexicon))


def _other_forms(given: str, last: str) -> Iterator[list[str]]:
    """Both names the other way round, with one as an initial, and run together."""
    yield [last, given]
    if given[0] not in _WORDS_OF_ONE_LETTER:
        yield [given[0], last]
    if last[0] not in _WORDS_OF_ONE_LETTER:
        yield [given, last[0]]
    yield from ([form] for form in (given + last, last + given, given[0] + last) if len(form) >= _SHORTEST_JOINED)


def _capital_if(word: bool) -> Requirement:
    return Requirement.CAPITAL if word else Requirement.NONE


def _function_word(part: str, lexicon: Lexicon) -> bool:
    return lexicon.tiers.get(part, 9) <= 3


def _add_organization(gazetteer: KnownGazetteer, value: str, kind: str, lexicon: Lexicon) -> None:
    parts = [base_of(part) for part in _PART.findall(value)]
    gazetteer.add(parts, kind, "", _capital_if(len(parts) == 1 and lexicon.is_everyday(parts[0])))
    small = _LEGAL_FORMS if kind == "WORKPLACE" else _SCHOOL_WORDS
    core = [part for part in parts if part not in small]
    if core and len(core[0]) > 3 and not lexicon.is_word(core[0]):  # "harlow" for Harlow Systems
        gazetteer.add(core[:1], kind, "")
    if core and core != parts:
        gazetteer.add(core, kind, "", _capital_if(all(lexicon.is_everyday(part) for part in core)))


def _add_address(gazetteer: KnownGazetteer, address: str) -> None:
    """The whole address, and its first line alone."""
    for text in (address, re.split(r"[,\n]", address, maxsplit=1)[0]):
        parts = tuple(re.findall(r"\w+", text))
        words = [base_of(part) for part in parts if part.isalpha() and len(part) > 2]
        if len(parts) >= 2 and words:
            trigger = max(words, key=len)
            gazetteer.addresses.append((trigger, parts))
            gazetteer.triggers.add(trigger)
            gazetteer.loose.add(trigger)


def _add_mail_name(gazetteer: KnownGazetteer, email: str) -> None:
    """The part before the ``@`` is a name that people also use elsewhere, unless it is only a word."""
    local = email.split("@")[0].strip()
    if len(local) >= 6 and not local.isalpha():
        gazetteer.literals.append((local.lower(), "SOCIAL_HANDLE"))


def _add_phone(gazetteer: KnownGazetteer, phone: str) -> None:
    """The last digits: a country code or a leading zero is often left out, an area code less often."""
    digits = re.sub(r"\D", "", phone.split("x")[0])
    if len(digits) >= _MIN_PHONE_DIGITS:
        gazetteer.phones.append(digits[-9:] if len(digits) > 10 else digits.lstrip("0"))
