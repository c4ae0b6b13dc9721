"""Trains the linear CRF of the name model and writes its weights as JSON.

Deterministic: one generator with a fixed seed makes the texts, L-BFGS (with OWL-QN for the L1 term) has no random part.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attune.redaction.features import FeatureMaker, casing_of, letter_grams, sequence_features, tokens_of
from attune.redaction.lexicon import Lexicon, lexicon
from tools.train_names.texts import Labelled, TextMaker

SEED = 20260731
# The share of names that training treats as unknown, so that names outside the lists are found by their letters and company.
_HIDDEN = 0.4
_LEAST_GRAM_COUNT = 4
_PARAMETERS = {"c1": 0.15, "c2": 0.02, "feature.minfreq": 2, "feature.possible_transitions": True}


def train(output: Path, texts: int, iterations: int) -> None:
    """Train on ``texts`` generated texts and write the model to ``output``."""
    import pycrfsuite

    lists = lexicon()
    generator = random.Random(SEED)  # noqa: S311 - texts must be the same in every run
    hidden = _hidden_names(lists, generator)
    ngrams = letter_weights(lists, hidden)
    maker = FeatureMaker(lists, ngrams, hidden=hidden.__contains__)
    trainer = pycrfsuite.Trainer(verbose=False)
    cache: dict[tuple[str, str], Any] = {}
    for labelled in TextMaker(lists, generator).texts(texts):
        features, labels = example(labelled, maker, cache)
        trainer.append(features, labels)
    trainer.set_params({**_PARAMETERS, "max_iterations": iterations})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "names.crfsuite"
        trainer.train(str(file))
        tagger = pycrfsuite.Tagger()
        tagger.open(str(file))
        info = tagger.info()
        write(info, ngrams, output)


def example(labelled: Labelled, maker: FeatureMaker, cache: dict[tuple[str, str], Any]) -> tuple[list[list[str]], list[str]]:
    """Features and BIO labels of one text."""
    casing = casing_of(labelled.text)
    tokens = tokens_of(labelled.text)
    words = []
    for token in tokens:
        key = (token.text, casing)
        if key not in cache:
            cache[key] = maker.of(*key)
        words.append(cache[key])
    return sequence_features(words), bio(labelled, [(token.start, token.end) for token in tokens])


def bio(labelled: Labelled, tokens: Iterable[tuple[int, int]]) -> list[str]:
    """The label of each token: B- where a span begins, I- inside it, O elsewhere."""
    spans = iter(sorted(labelled.spans))
    span = next(spans, None)
    labels, inside = [], False
    for start, end in tokens:
        while span and start >= span[1]:
            span, inside = next(spans, None), False
        if span and start < span[1] and end > span[0]:
            labels.append(f"{'I' if inside else 'B'}-{span[2]}")
            inside = True
        else:
            labels.append("O")
    return labels


def letter_weights(lists: Lexicon, hidden: set[str]) -> dict[str, float]:
    """Log ratio of the frequencies of each letter n-gram in names and in words, rounded."""
    names = [name for name in sorted(lists.first | lists.last) if name not in hidden and name.isalpha()]
    words = [word for word, tier in sorted(lists.tiers.items()) if tier != 7 and word.isalpha() and not lists.is_name(word)]
    in_names = Counter(gram for name in names for gram in letter_grams(name))
    in_words = Counter(gram for word in words for gram in letter_grams(word))
    all_names, all_words = sum(in_names.values()), sum(in_words.values())
    return {
        gram: round(math.log((in_names[gram] + 0.5) / all_names) - math.log((in_words[gram] + 0.5) / all_words), 2)
        for gram in sorted(set(in_names) | set(in_words))
        if in_names[gram] + in_words[gram] >= _LEAST_GRAM_COUNT
    }


def write(info: Any, ngrams: dict[str, float], output: Path) -> None:
    """Write labels, transitions and weights; weights too small to change a score are left out."""
    labels = sorted(info.labels)
    number = {label: index for index, label in enumerate(labels)}
    attributes: dict[str, list[list[float]]] = {}
    for (attribute, label), weight in sorted(info.state_features.items()):
        if abs(weight) >= 0.005:
            attributes.setdefault(attribute, []).append([number[label], round(weight, 3)])
    model = {
        "labels": labels,
        "transitions": [[round(info.transitions.get((left, right), 0.0), 3) for right in labels] for left in labels],
        "weights": attributes,
        "ngrams": ngrams,
    }
    text = json.dumps(model, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    output.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _hidden_names(lists: Lexicon, generator: random.Random) -> set[str]:
    return {name for name in sorted(lists.first | lists.last) if generator.random() < _HIDDEN}
