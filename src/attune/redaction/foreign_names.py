"""Names in texts of other languages than English, where the name model is believed less."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from attune.redaction.features import Token
from attune.redaction.lexicon import Lexicon, base_of, fold
from attune.redaction.name_rules import NAME_FOLLOWS

#: Words that tell German, where every noun is capitalized.
GERMAN_WORDS = frozenset(
    "und ich nicht das der die ist mein meine wir haben habe sie ein eine mit auch wenn dass".split()  # noqa: SIM905
)
# Ends of German nouns that no name has.
_NOUN_ENDS = (
    "ung",
    "ungen",
    "keit",
    "keiten",
    "heit",
    "heiten",
    "schaft",
    "schaften",
    "tion",
    "tionen",
    "tat",
    "zeit",
    "zeiten",
    "tag",
    "tage",
)
# Ends of Spanish verbs with which a sentence begins: "Lloré …", "Hablad …".
_VERB_ENDS = ("é", "í", "ó", "ad", "ed", "id", "alo", "elo", "adlo", "edlo", "idlo", "ate", "ete")
# "ella" is she in Spanish.
_PRONOUNS = frozenset({"ella"})
_LIKELY, _SURE = 0.5, 0.9
_FEWEST_FOREIGN, _FOREIGN_SHARE = 3, 0.3
_SENTENCE_ENDS = frozenset('.!?…\n"“”(*-–—¿¡:')
_MOST_WORDS_KEPT = 30_000


class ForeignNames:
    """Decides whether a mention of the name model in a text of another language is a name.

    Args:
        lexicon: the shipped word lists.
        looks_like_name: whether the letters of a word are such as names have; None where there is no name model.
    """

    def __init__(self, lexicon: Lexicon, looks_like_name: Callable[[str], bool] | None) -> None:
        self._lexicon = lexicon
        self._looks_like_name = looks_like_name
        self._ordinary: dict[str, bool] = {}

    def matters(self, text: str, words: AbstractSet[str], token: Token) -> bool:
        """Whether a mention with this word could be kept at all; if not, the model need not look for it."""
        word = token.text
        if (ordinary := self._ordinary.get(word)) is None:
            if len(self._ordinary) >= _MOST_WORDS_KEPT:
                self._ordinary.clear()
            ordinary = self._ordinary[word] = self._is_ordinary(word)
        if ordinary:
            return False
        return self._strictly_name(word) or self._named_here(text, words, token, 1.0) or self.could_be_name(text, token, 1.0)

    def _is_ordinary(self, word: str) -> bool:
        """Whether a word can be no name in any place, however sure the model is."""
        base = base_of(word)
        if self._strictly_name(word):
            return False
        if word[0].isupper():
            return self._lexicon.is_word(base) and not self._listed_word(base)
        return not self.could_be_name(word, Token(0, len(word), word), 1.0)

    def is_name(self, text: str, words: AbstractSet[str], tokens: Sequence[Token], marginal: float) -> bool:
        """Whether a mention in a text of another language is a name.

        Listed names are; and where nouns are written small, as in Spanish, unknown capitalized words inside a sentence, and
        those at its begin that the model is sure of.
        """
        if any(self._strictly_name(token.text) for token in tokens):
            return True
        return any(self._named_here(text, words, token, marginal) for token in tokens)

    def _named_here(self, text: str, words: AbstractSet[str], token: Token, marginal: float) -> bool:
        base = base_of(token.text)
        if not token.text[0].isupper() or (self._lexicon.is_word(base) and not self._listed_word(base)):
            return False
        if NAME_FOLLOWS.search(text, max(0, token.start - 40), token.start):
            return True
        if not words.isdisjoint(GERMAN_WORDS):
            return False
        if goes_on(text[: token.start]):
            return True
        # "Anahuac me dejó": the first word of a sentence, unknown in every language, that the model is sure of
        return marginal > _SURE and base not in self._lexicon.foreign and not base.endswith((*_VERB_ENDS, *_NOUN_ENDS))

    def _listed_word(self, base: str) -> bool:
        """Whether a name is also a word, though of English only: "Dawn" in a Spanish text is a person."""
        lists = self._lexicon
        return len(base) > 2 and lists.is_name(base) and base not in lists.unnamed and base not in lists.other_languages

    def could_be_name(self, text: str, token: Token, marginal: float) -> bool:
        """Whether a word of another language may be a name: unknown, and capitalized, or spelt like one, or likely one."""
        word, base, lists = token.text, base_of(token.text), self._lexicon
        if not word[0].isalpha() or self._looks_like_name is None:
            return False
        if lists.is_word(base):
            return word[0].isupper() and self._listed_word(base)
        if word[0].isupper():
            verb = not goes_on(text[: token.start]) and (base in lists.foreign or word.endswith(_VERB_ENDS))
            return not (verb or base.endswith(_NOUN_ENDS))
        if len(base) < 4 or base in lists.foreign or word.endswith(_VERB_ENDS):
            return False
        return marginal > _LIKELY or self._looks_like_name(base)

    def _strictly_name(self, word: str) -> bool:
        base, lists = base_of(word), self._lexicon
        if word in _PRONOUNS:
            return False
        if len(base) < 4 or base in lists.tiers or not lists.is_name(base):
            return len(base) == 3 and word[0].isupper() and base in lists.first and base not in lists.tiers
        return word[0].isupper() or base in lists.well_known


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
