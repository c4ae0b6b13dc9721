# ruff: noqa: SIM905 - expressions and word lists stay on the line where they can be read as one
"""What the database knows of a conversation's people, found in every form that people type it in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from attune.data.redact.diminutives import DIMINUTIVES
from attune.data.redact.lexicon import Lexicon, Word, base_of, fold
from attune.data.redact.types import Known, Span

_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")
_SEPARATORS = r"[\s().+/-]{0,3}"
_LEGAL_FORMS = frozenset(
    "inc llc ltd gmbh corp co plc ag sa sl group company limited incorporated corporation the and of".split()
)
_SCHOOL_WORDS = frozenset(
    "school university college high elementary middle academy institute primary secondary of the at".split()
)
_MIN_PHONE_DIGITS = 7


@dataclass
class KnownIndex:
    """The known values of one conversation, by the first word of each form."""

    sequences: dict[str, list[tuple[tuple[str, ...], str, str, bool]]] = field(default_factory=dict)
    expressions: list[tuple[re.Pattern[str], str]] = field(default_factory=list)
    triggers: set[str] = field(default_factory=set)  # lower-case words one of which a text must hold

    def add(self, parts: Sequence[str], kind: str, role: str, *, as_typed: bool = False) -> None:
        """Add one form; ``as_typed`` forms are words too and count only where they are capitalized."""
        if parts:
            forms = self.sequences.setdefault(parts[0], [])
            form = (tuple(parts), kind, role, as_typed)
            first = parts[0]
            self.triggers.update((first, f"{first}s", f"{first}'s", f"{first}’s"))
            if form not in forms:
                forms.append(form)


def index_of(known: Known, lexicon: Lexicon) -> KnownIndex:
    """All forms of the known values of one conversation."""
    index = KnownIndex()
    for role, names in (("user", known.user), ("partner", known.partner), ("", known.others)):
        for name in names:
            _add_person(index, name, role, lexicon)
    for values, kind in ((known.employers, "ORGANIZATION"), (known.schools, "SCHOOL")):
        for value in values:
            _add_organization(index, value, kind, lexicon)
    for city in known.cities:
        parts = [base_of(part) for part in _PART.findall(city)]
        index.add(parts, "LOCATION", "", as_typed=len(parts) == 1 and _function_word(parts[0], lexicon))
    for address in known.addresses:
        _add_address(index, address)
    for email in known.emails:
        if "@" in email:
            index.expressions.append((re.compile(re.escape(email.strip()), re.I), "EMAIL_ADDRESS"))
            _add_mail_name(index, email)
    for phone in known.phones:
        _add_phone(index, phone)
    return index


def find(text: str, words: Sequence[Word], index: KnownIndex) -> Iterator[Span]:
    """Known values in ``text``."""
    for position, word in enumerate(words):
        for base in _bases(word, index):
            for parts, kind, role, as_typed in index.sequences[base]:
                span = _match(text, words, position, parts)
                if span and not (as_typed and not word.text[0].isupper()):
                    yield Span(*span, kind, "known", 100 + len(parts), role)
    for expression, kind in index.expressions:
        for match in expression.finditer(text):
            yield Span(*match.span(), kind, "known", 120)


def may_hold(text: str, words: AbstractSet[str], index: KnownIndex) -> bool:
    """Whether ``text``, whose lower-case words are ``words``, can hold a known value at all."""
    if index.expressions:
        return True
    return not index.triggers.isdisjoint(words) or (not text.isascii() and not index.triggers.isdisjoint(map(fold, words)))


def _bases(word: Word, index: KnownIndex) -> Iterator[str]:
    if word.base in index.sequences:
        yield word.base
    elif word.base[-1:] == "s" and word.base[:-1] in index.sequences:  # "mikes place", "the chens"
        yield word.base[:-1]


def _match(text: str, words: Sequence[Word], position: int, parts: tuple[str, ...]) -> tuple[int, int] | None:
    if len(parts) == 1:
        return words[position].start, words[position].end
    if position + len(parts) > len(words):
        return None
    for offset, part in enumerate(parts[1:], start=1):
        word = words[position + offset]
        if word.base not in (part, f"{part}s") or len(text[words[position + offset - 1].end : word.start]) > 4:
            return None
    return words[position].start, words[position + len(parts) - 1].end


def _add_person(index: KnownIndex, name: str, role: str, lexicon: Lexicon) -> None:
    parts = [base_of(part) for part in _PART.findall(name)]
    index.add(parts, "PERSON", role)
    for part in {*parts, *(form for given in parts[:1] for form in DIMINUTIVES.get(given, ()))}:
        if len(part) >= 2:
            index.add(
                [part], "PERSON", role, as_typed=(lexicon.is_everyday(part) and len(parts) > 1) or _function_word(part, lexicon)
            )


def _function_word(part: str, lexicon: Lexicon) -> bool:
    return lexicon.tiers.get(part, 9) <= 3


def _add_organization(index: KnownIndex, value: str, kind: str, lexicon: Lexicon) -> None:
    parts = [base_of(part) for part in _PART.findall(value)]
    index.add(parts, kind, "", as_typed=len(parts) == 1 and lexicon.is_everyday(parts[0]))
    small = _LEGAL_FORMS if kind == "ORGANIZATION" else _SCHOOL_WORDS
    core = [part for part in parts if part not in small]
    if core and len(core[0]) > 3 and not lexicon.is_word(core[0]):  # "harlow" for Harlow Systems
        index.add(core[:1], kind, "")
    if core and core != parts:
        index.add(core, kind, "", as_typed=all(lexicon.is_everyday(part) for part in core))


def _add_address(index: KnownIndex, address: str) -> None:
    parts = [re.escape(fold(part)) for part in re.findall(r"\w+", address)]
    if len(parts) >= 2:
        index.expressions.append((re.compile(r"(?<!\w)" + r"[\W_]{1,3}".join(parts) + r"(?!\w)", re.I), "STREET_ADDRESS"))
    street = [re.escape(part) for part in re.findall(r"\w+", re.split(r"[,\n]", address, maxsplit=1)[0])]
    if 2 <= len(street) < len(parts):
        index.expressions.append((re.compile(r"(?<!\w)" + r"[\W_]{1,3}".join(street) + r"(?!\w)", re.I), "STREET_ADDRESS"))


def _add_mail_name(index: KnownIndex, email: str) -> None:
    """The part before the ``@`` is a name that people also use elsewhere, unless it is only a word."""
    local = email.split("@")[0].strip()
    if len(local) >= 6 and not local.isalpha():
        index.expressions.append((re.compile(rf"(?<![\w.]){re.escape(local)}(?!\w)", re.I), "SOCIAL_HANDLE"))


def _add_phone(index: KnownIndex, phone: str) -> None:
    digits = re.sub(r"\D", "", phone.split("x")[0])
    for length in sorted({len(digits), min(len(digits), 10), min(len(digits), 9)}, reverse=True):
        if length >= _MIN_PHONE_DIGITS:
            tail = _SEPARATORS.join(digits[-length:])
            index.expressions.append((re.compile(rf"(?<!\d)\(?\+?{tail}(?!\d)"), "PHONE_NUMBER"))
