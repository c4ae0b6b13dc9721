"""The rescan: a sample of the redacted conversations is read again, by other means than those of redaction.

Presidio's patterns, formats of its own (:mod:`attune.redaction.rescan_formats`), its own plain form of a text, its own list of
placeholders, and the values that the database knows of the people, looked for as they are. No network, no model.
"""

from __future__ import annotations

import contextlib
import functools
import random
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from attune.redaction.help_lines import help_lines
from attune.redaction.lexicon import fold, lexicon
from attune.redaction.rescan_formats import formats_in
from attune.redaction.types import Known
from attune.text.plain_form import plain_form

# Presidio's types that identify a person; dates, regions and lone numbers without context do not.
_ENTITIES = (
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "CREDIT_CARD",
    "IBAN_CODE",
    "US_SSN",
    "US_ITIN",
    "IP_ADDRESS",
    "MAC_ADDRESS",
    "URL",
    "CRYPTO",
    "MEDICAL_LICENSE",
    "UK_NHS",
    "US_BANK_NUMBER",
    "US_DRIVER_LICENSE",
    "US_PASSPORT",
    "ES_NIF",
    "ES_NIE",
)
_LEAST_SCORE = 0.4
_HAS_CANDIDATE = re.compile(r"\d{3}|@|://|www\.|\w\.[a-z]{2,}|\b(?:at|dot)\b|(?:\b\w[ .-]){4}|\d \d|password|:", re.I)
# The placeholders of the product, stated again: whatever else stands in brackets is text.
_PLACEHOLDERS = re.compile(
    r"\[(?:User|Partner|(?:PERSON|CITY)_\d{1,4}|EMAIL|PHONE|ADDRESS|WORKPLACE|ORG|PLACE|SCHOOL|CARD|IBAN|SSN|ID_NUMBER|PASSPORT"
    r"|DRIVER_LICENSE|LICENSE_PLATE|IP_ADDRESS|MAC_ADDRESS|URL|HANDLE|DATE_OF_BIRTH|COORDINATES|SECRET|ACCOUNT_NUMBER|WALLET)\]"
)
_SHORTEST_NAME, _SHORTEST_PHONE = 3, 7
_PHONE_DIGITS = 9  # without the country's code
_LETTERS, _SENTENCE_START = re.compile(r"[^\W\d_]+"), re.compile(r"(?:[.!?:\n\"“”*>-]\s*|\A\s*)\Z")


def sampled(record_id: str, rate: float, seed: int) -> bool:
    """Whether a record is in the sample: by its id and the seed, so that any split of the work picks the same records."""
    return random.Random(f"rescan:{seed}:{record_id}").random() < rate  # noqa: S311 - a repeatable sample, no secret


def kinds_left(messages: Sequence[dict[str, str]], known: Known | None = None, own_help_lines: str | None = None) -> list[str]:
    """The kinds of identifiers that still stand in a redacted conversation; sorted, without the text.

    Args:
        messages: the redacted conversation.
        known: what the database knows of its people.
        own_help_lines: the file ``redact.help_lines``; numbers and addresses of public help lines are no identifiers.
    """
    kinds: set[str] = set()
    for message in messages:
        text = _PLACEHOLDERS.sub(lambda match: " " * len(match.group()), plain_form(message["content"]))
        if known is not None:
            kinds.update(_known_left(text, known))
        if _HAS_CANDIDATE.search(text):
            for start, end in help_lines(own_help_lines).places(text):
                text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
            kinds.update(formats_in(text))
            for result in _analyzer().analyze(text=text, language="en", entities=list(_ENTITIES), score_threshold=_LEAST_SCORE):
                if not (
                    result.entity_type == "URL" and ".." in text[max(0, result.start - 1) : result.end + 1]
                ):  # "here...how"
                    kinds.add(result.entity_type)
    return sorted(kinds)


def _known_left(text: str, known: Known) -> Iterator[str]:
    """The kinds of known values that a text still holds, letter by letter and digit by digit."""
    lower, digits = text.casefold(), re.sub(r"\D", "", text)
    if any(len(mail) > 5 and mail.casefold() in lower for mail in known.emails):
        yield "KNOWN_EMAIL"
    phones = (re.sub(r"\D", "", phone)[-_PHONE_DIGITS:].lstrip("0") for phone in known.phones)
    if any(len(phone) >= _SHORTEST_PHONE and phone in digits for phone in phones):
        yield "KNOWN_PHONE"
    names = [plain_form(name) for name in (*known.user, *known.partner, *known.others)]
    if any(_names_person(text, lower, name) for name in names):
        yield "KNOWN_NAME"


def _names_person(text: str, lower: str, name: str) -> bool:
    """Whether a known name stands in a text: whole, or a part of it.

    A part that is an ordinary word as well ("will") counts with a capital inside a sentence alone.
    """
    parts = _LETTERS.findall(name)
    whole = " ".join(parts).casefold()
    if len(parts) > 1 and re.search(rf"\b{re.escape(whole)}\b", " ".join(_LETTERS.findall(lower))):
        return True
    for part in (part for part in parts if len(part) >= _SHORTEST_NAME):
        if not lexicon().is_word(fold(part)):
            if re.search(rf"\b{re.escape(part.casefold())}\b", lower):
                return True
        elif any(
            not _SENTENCE_START.search(text, max(0, found.start() - 4), found.start())
            for found in re.finditer(rf"\b{re.escape(part.capitalize())}\b", text)
        ):
            return True
    return False


@contextlib.contextmanager
def _hidden(*names: str) -> Iterator[None]:
    """Hides packages that are not imported yet.

    Presidio imports PyTorch and transformers where they are installed: seconds in every process, for patterns that use
    neither.
    """
    absent = [name for name in names if name not in sys.modules]
    modules: dict[str, Any] = sys.modules  # where None declares that a module is missing
    modules.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@functools.cache
def _analyzer() -> Any:
    """Presidio's analyzer over a blank spaCy pipeline; made once per process (seconds)."""
    import tldextract

    with _hidden("torch", "transformers"):
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import SpacyNlpEngine

    # tldextract would fetch the list of suffixes: its bundled snapshot is enough, and nothing may go out to the network
    offline = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    vars(tldextract)["extract"] = offline
    import spacy

    class BlankEngine(SpacyNlpEngine):
        """A tokenizer without any model."""

        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
            vars(self)["nlp"] = {"en": spacy.blank("en")}

        def load(self) -> None:
            """Nothing to load."""

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.recognizers = [one for one in registry.recognizers if set(one.supported_entities) & set(_ENTITIES)]
    return AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"])
