"""What one text says by itself, whoever its people are: patterns, cues, lists and the name model.

Most texts hold nothing that could be a name or a number: one look at the set of their words tells so. The texts of a batch are
read together, because the name model decodes many at once for little more than one; what was read lately is kept, because
assistants repeat themselves and short answers are alike.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from attune.config.params import RedactParams
from attune.redaction import addresses, context_rules, name_rules, ner, organizations, patterns, self_introductions
from attune.redaction.features import Token, casing_of, tokens_of
from attune.redaction.lexicon import PLACEHOLDER, Lexicon, Word, base_of, fold, forms_of, lexicon, lower_forms_of, stretches_of
from attune.redaction.name_model import Mention, Passage, name_model, suspicion
from attune.redaction.negative_rules import is_no_name
from attune.redaction.safe_terms import Repeated
from attune.redaction.types import Span

_KINDS = {"PER": "PERSON", "ADDR": "STREET_ADDRESS", "ORG": "ORGANIZATION", "LOC": "LOCATION"}
_MODEL_PRIORITY = {"PERSON": 44, "STREET_ADDRESS": 43, "ORGANIZATION": 42, "SCHOOL": 42, "LOCATION": 41}
_SCHOOL = re.compile(r"school|universi|college|academy|institute of|elementary|\bprep\b|kindergarten", re.I)
# Words of German, where every noun is capitalized.
_CAPITALIZING = frozenset(
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
_AUXILIARIES = frozenset({"will", "may", "would", "is", "was"})
_TOWN_BEFORE = re.compile(
    r"\b(?:(?:live[sd]?|living|born|raised|grew up|based|located|stay(?:ed|ing|s)?|settled|resid(?:es?|ed|ing)"
    r"|apartment|house|home|job|work(?:s|ed|ing)?|hospital|school)\s(?:\w+\s)?(?:in|near|outside|around)"
    r"|(?:mov(?:ed?|es|ing)|flew|fly|flying|drove|drive|driving|travel(?:s|ed|ing|led|ling)?|trip|relocat(?:ed|ing|e)|flight|train|bus"
    r"|commut(?:e|es|ing))\s(?:\w+\s)?(?:to|from|near)|(?:city|town|suburbs?|outskirts|village|mayor|people|university) of"
    r"|downtown|(?:i'm|im|he's|she's|hes|shes|we're|i am|is|are|originally|come|comes|came) from)\s\Z",
    re.I,
)
_INITIALS = frozenset("bcdefghjklmnopqrstvwxyz")
_INITIAL = re.compile(r"(?<![\w.])[^\W\d_]\. ?(?:[^\W\d_]\. ?)?[^\W\d_]{3}")
_SENTENCE_ENDS = frozenset('.!?…\n"“”(*-–—¿¡:')
_LONGEST_KEPT = 1500
_MOST_WORDS_KEPT = 30_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in one text, before overlaps are settled and without the people whom the database knows."""

    forms: frozenset[str]  # words as typed, without placeholders
    words: frozenset[str]  # the same in lower case
    strange: frozenset[str]  # those as typed that may be part of a name
    spans: tuple[Span, ...]
    doubts: frozenset[str]  # why a person should look at it


@dataclass(slots=True)
class _Draft:
    """A text being read: what is found already, and the passages that the model still has to see."""

    text: str
    forms: frozenset[str]
    words: frozenset[str]
    strange: frozenset[str]
    foreign: bool  # of another language than English
    spans: list[Span]
    passages: list[Passage]


class Reader:
    """Reads texts. What it keeps changes how fast it is and never what it says."""

    def __init__(self, params: RedactParams) -> None:
        self._params = params
        self._lexicon = lexicon()
        self._model = name_model() if params.names == "model" else None
        self._is_suspicious = suspicion(self._lexicon)
        self._kept: Repeated[Reading] = Repeated()
        self._ordinary_abroad: dict[str, bool] = {}
        self._plain: set[str] = set()  # words as typed that nothing here asks for
        self._marked: set[str] = set()  # the others that were seen
        # Lists of half a million words stay as long as the process: the collector need not walk through them again and again.
        gc.freeze()

    def read(self, texts: Iterable[str]) -> dict[str, Reading]:
        """The reading of each text."""
        readings: dict[str, Reading] = {}
        drafts: list[_Draft] = []
        for text in texts:
            if text in readings:
                continue
            kept = self._kept.get(text)
            if kept is None:
                drafts.append(self._draft(text))
            readings[text] = kept or _NOTHING
        least = min(self._params.name_threshold, self._params.doubt_threshold)
        passages = [passage for draft in drafts for passage in draft.passages]
        mentions = iter(self._model.find(passages, least, self._params.name_threshold) if self._model and passages else ())
        for draft in drafts:
            reading = self._finish(draft, [next(mentions) for _ in draft.passages])
            readings[draft.text] = reading
            if len(draft.text) <= _LONGEST_KEPT:
                self._kept.add(draft.text, reading)
        return readings

    def _draft(self, text: str) -> _Draft:
        bare = PLACEHOLDER.sub(" ", text) if "[" in text else text
        forms = frozenset(forms_of(bare))
        words = frozenset(lower_forms_of(bare)) if bare.isascii() else frozenset(map(str.lower, forms))
        marked = self._marked_of(forms)
        low = frozenset(map(str.lower, marked))
        telling = low & _TELLING_WORDS
        spans = [*patterns.find(text, telling), *addresses.find(text, words), *organizations.find(text, telling)]
        foreign = is_foreign(low, self._lexicon, len(words))
        strange = self._strange(text, marked, low, foreign)
        draft = _Draft(text, forms, words, strange, foreign, spans, [])
        triggers = strange | (marked & name_rules.TITLES_AS_TYPED)
        if "." in text and not low.isdisjoint(_INITIALS):
            triggers |= {match.group() for match in _INITIAL.finditer(text)}
        if triggers:
            casing = casing_of(text) if self._model else ""
            for first, last in stretches_of(text, triggers):
                tokens = tokens_of(text, first, last)
                spans += name_rules.find(text, _words(text, tokens), self._lexicon)
                if self._model:
                    suspects = [self._is_suspicious(token.text) or token.text in strange for token in tokens]
                    matters = [self._matters_abroad(draft, token) for token in tokens] if foreign else None
                    draft.passages.append(Passage(casing, tokens, suspects, matters))
            spans += name_rules.line_cues(text, self._lexicon)
        spans += self_introductions.named(text, telling)
        spans += self_introductions.rare_words(text, telling, self._lexicon)
        if strange and not words.isdisjoint(self._lexicon.other_languages) and words.isdisjoint(_CAPITALIZING):
            spans += self_introductions.among_foreign_words(text, strange, self._lexicon)
        if "-" in text:
            spans += context_rules.hyphenated(text, self._lexicon)
        if "." in text:
            spans += self_introductions.initials(text)
        if self._params.ner:
            spans += ner.find(text, self._params.ner, self._params.ner_kind)
        return draft

    def _marked_of(self, forms: frozenset[str]) -> frozenset[str]:
        """The words as typed that any list or table here asks for: the others, most of a text, are told by one look."""
        if len(self._plain) + len(self._marked) > _MOST_WORDS_KEPT:
            self._plain, self._marked = set(), set()
        for form in forms.difference(self._plain, self._marked):
            (self._marked if self._is_marked(form) else self._plain).add(form)
        return forms - self._plain

    def _is_marked(self, form: str) -> bool:
        lower, lists = form.lower(), self._lexicon
        return (
            not form.isascii()
            or form not in lists.trivial
            or form in lists.uncommon_capitals
            or form in name_rules.TITLES_AS_TYPED
            or lower in context_rules.quiet_names()
            or lower in lists.other_languages
            or lower in _TELLING_WORDS
            or lower in _INITIALS
        )

    def _strange(self, text: str, forms: frozenset[str], words: frozenset[str], foreign: bool) -> frozenset[str]:
        """The words of ``text`` as typed that may be part of a name, or stand before one."""
        lists = self._lexicon
        strange = {form for form in forms.difference(lists.trivial) if form.upper() != form.lower()}
        strange.update(context_rules.quiet_in(text, words, lists))
        strange.update(form for form in forms & lists.uncommon_capitals if _inside_sentence(text, form))
        if not (foreign or words.isdisjoint(lists.other_languages)):
            strange.update(form for form in forms if form.lower() in lists.other_languages)
        return frozenset(strange)

    def _finish(self, draft: _Draft, mentions: Sequence[Sequence[Mention]]) -> Reading:
        doubts: set[str] = set()
        for passage, found in zip(draft.passages, mentions, strict=True):
            if found:
                draft.spans += self._modelled(draft, passage.tokens, found, doubts)
        spans = [span for span in draft.spans if not is_no_name(span, draft.text, self._lexicon)]
        if spans:
            spans += context_rules.beside_found(draft.text, spans, self._lexicon)
        return Reading(draft.forms, draft.words, draft.strange, tuple(spans), frozenset(doubts))

    def _modelled(
        self, draft: _Draft, tokens: Sequence[Token], mentions: Sequence[Mention], doubts: set[str]
    ) -> Iterator[Span]:
        for mention in mentions:
            kind = _KINDS[mention.kind]
            first, last = tokens[mention.first], tokens[mention.last]
            if kind == "PERSON" and mention.last > mention.first and last.text in _AUXILIARIES:  # "karma will"
                mention = mention._replace(last=mention.last - 1)
                last = tokens[mention.last]
            if draft.foreign and not self._foreign_name(draft, tokens[mention.first : mention.last + 1], mention.marginal):
                if (
                    kind == "PERSON"
                    and mention.marginal >= self._params.name_threshold
                    and any(
                        self._could_be_name(draft.text, token, mention.marginal)
                        for token in tokens[mention.first : mention.last + 1]
                    )
                ):
                    doubts.add("other_language")  # perhaps a name: the model cannot tell here, so a person must look
                continue
            if kind == "PERSON" and mention.marginal < self._params.name_threshold:
                if self._params.doubt_threshold > 0 and base_of(first.text) not in self._lexicon.tiers:
                    doubts.add("name_uncertain")
                continue
            if kind == "ORGANIZATION" and _SCHOOL.search(draft.text, first.start, last.end):
                kind = "SCHOOL"
            if kind == "PERSON" and self._is_town(draft.text, first, last):
                kind = "LOCATION"
            yield Span(first.start, last.end, kind, "model", _MODEL_PRIORITY[kind])

    def _is_town(self, text: str, first: Token, last: Token) -> bool:
        """Whether what the model takes for a person stands where a town stands: "we moved to …"."""
        base, lists = base_of(first.text), self._lexicon
        if (base in lists.first and first is last) or text[last.end : last.end + 2] in ("'s", "’s"):
            return False
        return _TOWN_BEFORE.search(text, max(0, first.start - 40), first.start) is not None

    def _matters_abroad(self, draft: _Draft, token: Token) -> bool:
        """Whether a mention in a text of another language can come to anything by this word; if not, it need not be found."""
        word = token.text
        if (ordinary := self._ordinary_abroad.get(word)) is None:
            if len(self._ordinary_abroad) >= _MOST_WORDS_KEPT:
                self._ordinary_abroad.clear()
            ordinary = self._ordinary_abroad[word] = self._is_ordinary_abroad(word)
        if ordinary:
            return False
        return self._strictly_name(word) or self._named_here(draft, token, 1.0) or self._could_be_name(draft.text, token, 1.0)

    def _is_ordinary_abroad(self, word: str) -> bool:
        """Whether a word is none of these three in any place, however sure the model is."""
        base = base_of(word)
        if self._strictly_name(word):
            return False
        if word[0].isupper():
            return self._lexicon.is_word(base) and not self._listed_word(base)
        return not self._could_be_name(word, Token(0, len(word), word), 1.0)

    def _foreign_name(self, draft: _Draft, tokens: Sequence[Token], marginal: float) -> bool:
        """Whether a mention in a text of another language is believed.

        Listed names are; and where nouns are written small, as in Spanish, unknown capitalized words inside a sentence, and
        those at its begin that the model is sure of.
        """
        if any(self._strictly_name(token.text) for token in tokens):
            return True
        return any(self._named_here(draft, token, marginal) for token in tokens)

    def _named_here(self, draft: _Draft, token: Token, marginal: float) -> bool:
        base = base_of(token.text)
        if not token.text[0].isupper() or (self._lexicon.is_word(base) and not self._listed_word(base)):
            return False
        if name_rules.NAME_FOLLOWS.search(draft.text, max(0, token.start - 40), token.start):
            return True
        if not draft.words.isdisjoint(_CAPITALIZING):
            return False
        if _goes_on(draft.text[: token.start]):
            return True
        # "Anahuac me dejó": the first word of a sentence, unknown in every language, that the model is sure of
        return marginal > _SURE and base not in self._lexicon.foreign and not base.endswith((*_VERB_ENDS, *_NOUN_ENDS))

    def _listed_word(self, base: str) -> bool:
        """Whether a name is also a word, though of English only: "Dawn" in a Spanish text is somebody."""
        lists = self._lexicon
        return len(base) > 2 and lists.is_name(base) and base not in lists.not_names and base not in lists.other_languages

    def _could_be_name(self, text: str, token: Token, marginal: float) -> bool:
        """Whether a word of another language may be a name: unknown, and capitalized, or spelt like one, or likely one."""
        word, base, lists = token.text, base_of(token.text), self._lexicon
        if not word[0].isalpha() or not self._model:
            return False
        if lists.is_word(base):
            return word[0].isupper() and self._listed_word(base)
        if word[0].isupper():
            verb = not _goes_on(text[: token.start]) and (base in lists.foreign or word.endswith(_VERB_ENDS))
            return not (verb or base.endswith(_NOUN_ENDS))
        if len(base) < 4 or base in lists.foreign or word.endswith(_VERB_ENDS):
            return False
        return marginal > _LIKELY or self._model.maker.looks_like_name(base)

    def _strictly_name(self, word: str) -> bool:
        base, lists = base_of(word), self._lexicon
        if word in _PRONOUNS:
            return False
        if len(base) < 4 or base in lists.tiers or not lists.is_name(base):
            return len(base) == 3 and word[0].isupper() and base in lists.first and base not in lists.tiers
        return word[0].isupper() or base in lists.well_known


def _inside_sentence(text: str, form: str) -> bool:
    """Whether a word stands after another one of its sentence, at its first place in ``text``."""
    return _goes_on(text[: text.find(form)])


def _goes_on(before: str) -> bool:
    """Whether a sentence goes on after ``before``."""
    said = before.rstrip(" \t")
    return bool(said) and said[-1] not in _SENTENCE_ENDS


def is_foreign(words: frozenset[str], lists: Lexicon, count: int) -> bool:
    """Whether a text of ``count`` words, among which are these, is of another language than English.

    There the model, made for English, is believed for listed names only; what else it takes for a name makes the text doubtful.
    """
    others = len(words & lists.other_languages)
    others += len([word for word in words if not word.isascii() and fold(word) in lists.other_languages])
    return others >= _FEWEST_FOREIGN and others >= _FOREIGN_SHARE * count


def _words(text: str, tokens: Sequence[Token]) -> list[Word]:
    return [
        _tuple(Word, (start, end, text[start:end], base_of(written))) for start, end, written in tokens if written[0].isalpha()
    ]


_TELLING_WORDS = patterns.WORDS | organizations.WORDS | self_introductions.WORDS
_tuple = tuple.__new__  # half the cost of a call of the class
_NOTHING = Reading(frozenset(), frozenset(), frozenset(), (), frozenset())
