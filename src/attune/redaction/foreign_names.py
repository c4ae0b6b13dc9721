# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Names in texts of other languages than English, where lists, cues and the name model are believed less."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from attune.redaction.features import Token
from attune.redaction.lexicon import Lexicon, base_of, fold
from attune.redaction.name_rules import NAME_FOLLOWS
from attune.redaction.types import Source, Span

#: Languages in which names are found well enough that a record need not wait for a person.
REDACTED_LANGUAGES = frozenset({"en", "es", "de"})
#: Words that tell German, where every noun is capitalized.
GERMAN_WORDS = frozenset("und ich nicht das der die ist mein meine wir haben habe sie ein eine mit auch wenn dass".split())
# Words that no long English text lacks and that other languages have not.
_ENGLISH_WORDS = frozenset(
    "the and of to is that you it for with my have but not they this are be at what she her we your from how when would about".split()
)
# Ends of German nouns that no name has.
_NOUN_ENDS = ("ung", "ungen", "keit", "keiten", "heit", "heiten", "schaft", "schaften", "tion", "tionen", "tat", "zeit", "zeiten", "tag", "tage")  # fmt: skip
# Ends of Spanish verbs with which a sentence begins: "Lloré …", "Hablad …".
_VERB_ENDS = ("é", "í", "ó", "ad", "ed", "id", "alo", "elo", "adlo", "edlo", "idlo", "ate", "ete")
_GREETED = re.compile(
    r"(?:\b(?:hola|gracias|querid[oa]|adi[oó]s|hallo|liebe[rs]?|danke|tsch[uü]ss|ciao|grazie|caro|cara|bonjour|salut|merci|ch[eè]re?|ol[aá]|oi|obrigad[oa]|querid[oa]|hoi|beste|dank je|kumusta|kamusta|salamat"
    r"|mahal na|si|kay|ni|sina|soy|ich bin|je suis|sono|eu sou|ik ben|ako si|mijn naam is|je m'appelle|mi chiamo|me chamo|mon nom est)[,!]?\s)\Z",
    re.I,
)
_TAGALOG_PARTICLES = frozenset({"si", "kay", "ni", "sina"})
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|un|dell|nell|all|sull|dall|quest|c)['’]", re.I)
_LIKELY, _SURE = 0.5, 0.9
_FEWEST_FOREIGN, _FOREIGN_SHARE = 3, 0.3
_FEWEST_TELLING, _TELLING_SHARE = 3, 0.25
_LONGEST_MIXED = 40
_FEWEST_PIDGIN, _PIDGIN_SHARE = 2, 0.1
_SENTENCE_ENDS = frozenset('.!?…\n"“”(*-–—¿¡:')
_MOST_WORDS_KEPT = 30_000
# What a cue says clearly enough in any language.
_CLEAR_SOURCES = frozenset({Source.TITLE, Source.STATED_NAME, Source.SIGNATURE, Source.SELF_INTRODUCTION})


class ForeignNames:
    """Decides what of the findings in a text of another language is a name.

    Args:
        lexicon: the shipped word lists.
        looks_like_name: whether the letters of a word are such as names have; None where there is no name model.
    """

    def __init__(self, lexicon: Lexicon, looks_like_name: Callable[[str], bool] | None) -> None:
        self._lexicon = lexicon
        self._looks_like_name = looks_like_name
        self._function_words = frozenset[str]().union(*lexicon.telling.values())
        self._ordinary: dict[str, bool] = {}

    def matters(self, text: str, words: AbstractSet[str], token: Token) -> bool:
        """Whether a mention with this word could be kept at all; if not, the model need not look for it."""
        word = token.text
        if (ordinary := self._ordinary.get(word)) is None:
            if len(self._ordinary) >= _MOST_WORDS_KEPT:
                self._ordinary.clear()
            ordinary = self._ordinary[word] = word[0].islower() and not self.could_be_name(word, Token(0, len(word), word), 1.0)
        if ordinary:
            return NAME_FOLLOWS.search(text, max(0, token.start - 40), token.start) is not None
        return self.is_name(text, words, (token,), 1.0) or self.could_be_name(text, token, 1.0)

    def bears_out(self, text: str, words: AbstractSet[str], span: Span) -> bool:
        """Whether a person that a rule found in a text of another language is one there."""
        word = re.match(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text[span.start : span.end])
        if word is None:
            return True  # initials
        if span.source in _CLEAR_SOURCES and (text[span.start].isupper() or not self._everyday(base_of(word.group()))):
            base = base_of(word.group())
            return base not in self._function_words or (text[span.start].isupper() and base in self._lexicon.first)
        return self._is_name(text, words, Token(span.start, span.start + len(word.group()), word.group()), _SURE)

    def is_name(self, text: str, words: AbstractSet[str], tokens: Sequence[Token], marginal: float) -> bool:
        """Whether a mention of the name model in a text of another language is a name.

        Listed names are, where words are written small; and where nouns are, as in Spanish, unknown capitalized words inside
        a sentence, and those at its begin that the model is sure of.
        """
        return any(self._is_name(text, words, token, marginal) for token in tokens)

    def _is_name(self, text: str, words: AbstractSet[str], token: Token, marginal: float) -> bool:
        word, lists = token.text, self._lexicon
        base = base_of(word)
        if len(base) < 2 or _ELISION.match(word):
            return False
        follows = NAME_FOLLOWS.search(text, max(0, token.start - 40), token.start) is not None
        follows = follows or self._greeted(text, token.start)
        if base in self._function_words:  # "mi hermana Luz", though light is "luz"
            return follows and word[0].isupper() and base in lists.first
        if word[0].islower():
            if follows:
                return base in lists.first and not self._everyday(base)
            # A line in two languages, such as "ayer xochilt lloró all night"; in Spanish alone most unknown words are verbs.
            mixed = len(words) <= _LONGEST_MIXED and not words.isdisjoint(_ENGLISH_WORDS)
            return mixed and marginal > _SURE and self._spelt_as_name(word, base)
        if follows:
            return True
        if not words.isdisjoint(GERMAN_WORDS):
            return base in lists.first and not self._everyday(base) and len(base) > 2
        if goes_on(text[: token.start]):
            return base in lists.first or (not self._everyday(base) and (marginal > _LIKELY or lists.is_name(base)))
        if self._everyday(base) or base.endswith((*_VERB_ENDS, *_NOUN_ENDS)):
            return False
        # "Anahuac me dejó": the first word of a sentence, unknown in every language, that the model is sure of
        sure = marginal > _SURE and told_language(words, lists) in ("es", "")
        return sure or (base in lists.first and base in lists.well_known)

    def _greeted(self, text: str, start: int) -> bool:
        match = _GREETED.search(text, max(0, start - 20), start)
        if match is None:
            return False
        said = match.group().strip(" ,!").lower()
        return said not in _TAGALOG_PARTICLES or bool(self._lexicon.telling["fil"] & set(fold(text).split()))

    def _everyday(self, base: str) -> bool:
        """Whether a word is written every day in some language, whatever list of names holds it."""
        lists = self._lexicon
        return lists.is_word(base) or base in lists.foreign or base in lists.everyday_abroad

    def could_be_name(self, text: str, token: Token, marginal: float) -> bool:
        """Whether a word of another language may be a name: unknown, and capitalized, or spelt like one, or likely one."""
        word, base, lists = token.text, base_of(token.text), self._lexicon
        if not word[0].isalpha() or self._looks_like_name is None:
            return False
        if self._everyday(base):
            return word[0].isupper() and base in lists.first and base not in self._function_words
        if word[0].isupper():
            verb = not goes_on(text[: token.start]) and word.endswith(_VERB_ENDS)
            return not (verb or base.endswith(_NOUN_ENDS))
        return self._spelt_as_name(word, base) or (marginal > _LIKELY and len(base) > 3 and not word.endswith(_VERB_ENDS))

    def _spelt_as_name(self, word: str, base: str) -> bool:
        """Whether an unknown word in lower case has the letters of a name and no end of a verb."""
        if self._looks_like_name is None or len(base) < 4 or word.endswith(_VERB_ENDS) or self._everyday(base):
            return False
        return self._looks_like_name(base)


def goes_on(before: str) -> bool:
    """Whether a sentence goes on after ``before``."""
    said = before.rstrip(" \t")
    return bool(said) and said[-1] not in _SENTENCE_ENDS


def is_foreign(words: AbstractSet[str], lists: Lexicon, count: int) -> bool:
    """Whether a text of ``count`` words, among which are these, is of another language than English.

    There the model, made for English, is believed for listed names only; other mentions send the record to review.
    """
    others = len(words & lists.other_languages)
    others += len([word for word in words if not word.isascii() and fold(word) in lists.other_languages])
    return others >= _FEWEST_FOREIGN and others >= _FOREIGN_SHARE * count


def told_language(words: AbstractSet[str], lists: Lexicon) -> str:
    """The language of a text by its function words, as an ISO 639 code; empty for English and where they do not tell.

    It knows the languages of ``Lexicon.telling``, of which Nigerian Pidgin ("pcm") is one that language detectors lack.
    """
    plain = words if "".join(words).isascii() else frozenset(map(fold, words))
    few = plain & lists.any_telling  # the sets of the languages are compared with these alone
    if len(few) < min(_FEWEST_TELLING, _FEWEST_PIDGIN):
        return ""
    found = {language: len(few & telling) for language, telling in lists.telling.items()}
    if found["pcm"] >= _FEWEST_PIDGIN and found["pcm"] >= _PIDGIN_SHARE * len(words):
        return "pcm"
    best = max(found, key=lambda language: (found[language], language))
    if found[best] < _FEWEST_TELLING:
        return ""
    return best if found[best] >= min(_TELLING_SHARE * len(words), 2 * len(plain & _ENGLISH_WORDS) + _FEWEST_TELLING) else ""
