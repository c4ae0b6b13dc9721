"""The rescan: Presidio reads a sample of the redacted conversations; it shares no code with redaction. No network, no model."""

from __future__ import annotations

import contextlib
import functools
import random
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from attune.redaction.placeholders import PLACEHOLDER

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
_HAS_CANDIDATE = re.compile(r"\d{3}|@|://|www\.|\w\.[a-z]{2,}", re.I)


def sampled(record_id: str, rate: float, seed: int) -> bool:
    """Whether a record is in the sample: by its id and the seed, so that any split of the work picks the same records."""
    return random.Random(f"rescan:{seed}:{record_id}").random() < rate  # noqa: S311 - a repeatable sample, no secret


def kinds_left(messages: Sequence[dict[str, str]]) -> list[str]:
    """The kinds of identifiers that Presidio still sees in a redacted conversation; sorted, without the text."""
    kinds: set[str] = set()
    for message in messages:
        text = PLACEHOLDER.sub(lambda match: " " * len(match.group()), message["content"])
        if _HAS_CANDIDATE.search(text):
            for result in _analyzer().analyze(text=text, language="en", entities=list(_ENTITIES), score_threshold=_LEAST_SCORE):
                kinds.add(result.entity_type)
    return sorted(kinds)


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
