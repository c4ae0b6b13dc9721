"""An optional recognizer from a mounted folder, plugged in through Presidio: spaCy, GLiNER or transformers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from attune.errors import UsageError
from attune.redaction.types import Source, Span

_TYPES = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "LOCATION": "LOCATION",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "ORGANIZATION": "ORGANIZATION",
    "ORG": "ORGANIZATION",
}


def find(text: str, folder: str, kind: str) -> Iterator[Span]:
    """What the mounted model finds in ``text``.

    Raises:
        UsageError: the folder or the library that reads it is missing.
    """
    for result in _analyze(folder, kind)(text):
        if result.entity_type in _TYPES:
            yield Span(result.start, result.end, _TYPES[result.entity_type], Source.NER)


@functools.cache
def _analyze(folder: str, kind: str) -> Callable[[str], list[Any]]:
    if not Path(folder).is_dir():
        raise UsageError(f"redact.ner = {folder}: no such folder; mount the model there or leave redact.ner null")
    try:
        if kind == "spacy":
            return _spacy(folder)
        return _gliner(folder) if kind == "gliner" else _transformers(folder)
    except ImportError as error:
        raise UsageError(
            f"redact.ner_kind = {kind}: needs the library {error.name}; install it beside presidio-analyzer"
        ) from None


def _spacy(folder: str) -> Callable[[str], list[Any]]:
    import spacy
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": folder}])
    vars(engine)["nlp"] = {"en": spacy.load(folder)}
    recognizer = SpacyRecognizer(supported_entities=["PERSON", "LOCATION", "ORGANIZATION"])
    return lambda text: list(
        recognizer.analyze(text, ["PERSON", "LOCATION", "ORGANIZATION"], nlp_artifacts=engine.process_text(text, "en"))
    )


def _gliner(folder: str) -> Callable[[str], list[Any]]:
    from presidio_analyzer.predefined_recognizers import GLiNERRecognizer

    mapping = {"person": "PERSON", "location": "LOCATION", "organization": "ORGANIZATION"}
    recognizer = GLiNERRecognizer(model_name=folder, entity_mapping=mapping, map_location="cpu")
    recognizer.load()
    return lambda text: list(recognizer.analyze(text, sorted(mapping.values())))


def _transformers(folder: str) -> Callable[[str], list[Any]]:
    from presidio_analyzer import RecognizerResult
    from transformers import pipeline

    tagger = pipeline("token-classification", model=folder, aggregation_strategy="simple", trust_remote_code=False)
    return lambda text: [
        RecognizerResult(str(one["entity_group"]).upper(), int(one["start"]), int(one["end"]), float(one["score"]))
        for one in tagger(text)
    ]
