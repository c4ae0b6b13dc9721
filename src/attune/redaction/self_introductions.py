# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Self-introductions and stated names ("her name is summer"), rare words where only a name can stand, and initials ("J.R.")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.redaction.cued_search import CuedExpression
from attune.redaction.lexicon import WORD, Lexicon, base_of, fold
from attune.redaction.types import Source, Span

_NO_NAME_AFTER_IS = frozenset(
    """not no on in at a an the so is was being been also still now just really very too actually it that what this there here my your his her our their its and but or if to
    of for from with by as like spelled spelt written listed mentioned mud called nothing good bad great nice pretty beautiful cool weird same different important known unknown
    common clear changed cleared short long hard easy all only always never already gonna going supposed confidential private secret withheld redacted required missing wrong
    right correct too are were has had have keeps i he she we you they something someone anonymous irrelevant dr doctor mr mrs ms miss mister prof professor pastor officer""".split()
)
_NAME_IS = re.compile(
    r"\b(?:(?:my|his|her|hers|their|our|your|ur|whose|the|whos|'s|’s|s)\s+(?:\w+\s)?(?:nick|middle|first|real|full|last|sur)?\s?name(?:\s+(?:is|was|iz)|['’]?s)"
    r"|named?\s+(?:her|him|them|it|the\s(?:baby|kid|dog|cat|boy|girl)|(?:our|my|his|her|their)\s\w+))\s+(?:also\s+)?([^\W\d_][\w’'-]*)",
    re.I,
)
_NAME_WORDS = frozenset("name names named name's".split())

# Where a rare or unknown word is a name: a greeting with an introduction, a line that signs, who was told or asked.
_INTRODUCED = CuedExpression(
    "hi hey hello yo",
    r"\b(?:hi|hey|hello|hiya|heya|yo)\b[\s,.!]*(?:(?:there|all|everyone|guys|folks)[\s,.!]*)?(?:i['’]?m|i am|it['’]?s|this is)\s+([^\W\d_][\w’'-]*)",
    re.I,
)
_SIGNED = re.compile(r"(?:^|\n)\s*[-–—~]{1,2}\s?([^\W\d_][\w’'-]+)[\s.!x]*$")
_TOLD = CuedExpression(
    "told asked texted called phoned married dumped met",
    r"\b(?:told|asked|texted|called|phoned|married|dumped|met)\s+([^\W\d_][\w’'-]+)\s+(?:about|that|to|and|yesterday|today|last|if|why|how|when|because|not)\b",
    re.I,
)
# "thanks, lamiae", "take care, weiting": who is thanked, greeted or taken leave of, before a mark or the end.
_ADDRESSED = CuedExpression(
    "thanks thank thx take bye good hi hello hey dear cheers sincerely regards yours xoxo",
    r"\b(?:thanks(?: again| so much)?|thank you(?: so much)?|thx|take care|bye|goodbye|good ?night|good morning|hi|hello|hey|dear|cheers|sincerely|regards|yours truly|xoxo)[,!]?\s+([^\W\d_][\w’'-]*)(?=\s*(?:[.,!?\n]|$))",
    re.I,
)
_GREETINGS = frozenset("hi hey hello hiya heya yo".split())
_ADDRESSING = (
    frozenset("thanks thank thx care bye goodbye goodnight night morning dear cheers sincerely regards truly xoxo".split())
    | _GREETINGS
)
_TELLING = frozenset("told asked texted called phoned married dumped met".split())
#: Every cue word of this module.
WORDS = _NAME_WORDS | _ADDRESSING | _TELLING
_DASHES = ("-", "–", "—", "~")
_RARE_TIER = 7
_NEAR = 40

_INITIALS = re.compile(r"(?<![\w.])(?:[A-Za-z]\.){2,3}(?!\w)(?! ?[A-Z][a-z])")
_INNER_INITIAL = re.compile(r"\.[A-Za-z]\.")
_ABBREVIATIONS = frozenset(
    "a.m. p.m. e.g. i.e. u.s. u.k. u.n. e.u. d.c. n.y. l.a. p.s. o.k. b.s. m.d. r.n. b.a. m.a. p.a. i.q. t.v. h.r. g.p. v.p. e.r. i.d. n.a. a.a. p.e. n.b. q.a. e.d. s.o. w.r.t. p.o. c.v. u.s.a. s.t. d.o.b. b.p.d. o.c.d. a.d.d. p.t.s. b.c. a.d. r.i.p. f.y.i. d.v. n.j. n.c. s.c. i.v. x.x. p.p.s. d.u.i. n.o. s.f. a.k.a. i.d.k. w.e. m.f. f.u. b.f. g.f. m.o. f.b.i. c.i.a. i.r.s. t.b.h. v.a. d.a. u.a. u.r. c.o. a.s. j.k. w.c. l.o.l. m.s.w. l.p.c. l.m.f. b.s.w. m.b.a. m.ed. ed.d. psy.d. ph.d. d.o. d.d.s. r.d. l.m.t. n.p. o.t. p.t. m.p.h. a.d.h. p.c.p. e.k.g. m.r.i. c.t. i.b.s. u.t.i. s.s.r. c.b.t. d.b.t.".split()
)


def stated_names(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """Names said to be one, whatever word it is: "her name is summer", "we named him river"."""
    if not words.isdisjoint(_NAME_WORDS):
        for match in _NAME_IS.finditer(text):
            word = match.group(1)
            base = base_of(word)
            if (
                base not in _NO_NAME_AFTER_IS
                and not (word[0].islower() and base.endswith(("ing", "ed", "ly")))
                and len(base) > 1
            ):
                yield Span(
                    match.start(1),
                    match.start(1) + len(word.removesuffix("'s").removesuffix("’s")),
                    "PERSON",
                    Source.STATED_NAME,
                )


def introduced_rare_words(text: str, words: AbstractSet[str], lexicon: Lexicon) -> Iterator[Span]:
    """Rare and unknown words, lower case too, where a name stands: "hi, i'm orison", "told garron about it", a last line "-kelson"."""
    last_line = text[-40:].rsplit("\n", 1)[-1].lstrip()
    places = [
        *(_INTRODUCED.finditer(text) if not words.isdisjoint(_GREETINGS) else ()),
        *(_ADDRESSED.finditer(text) if not words.isdisjoint(_ADDRESSING) else ()),
        *(_TOLD.finditer(text) if not words.isdisjoint(_TELLING) else ()),
        *(_SIGNED.finditer(text[-40:]) if last_line.startswith(_DASHES) else ()),
    ]
    for match in places:
        base = base_of(match.group(1))
        if lexicon.tiers.get(base, 9) >= _RARE_TIER and base not in lexicon.unnamed and base not in _NO_NAME_AFTER_IS:
            shift = len(text) - len(match.string)
            yield Span(match.start(1) + shift, match.end(1) + shift, "PERSON", Source.CONTEXT_RULE)


def names_in_foreign_sentences(text: str, strange: AbstractSet[str], lexicon: Lexicon) -> Iterator[Span]:
    """Rare and unknown words with a capital inside a sentence of Spanish, French or Italian: "Ieri Caltha mi ha scritto".

    For texts without German, where nouns have capitals too; the rest of the text may be English.
    """
    for form in sorted(strange):
        base = base_of(form)
        if form[0].islower() or form.isupper() or lexicon.tiers.get(base, 9) not in (_RARE_TIER - 1, _RARE_TIER, 9):
            continue
        if base in lexicon.unnamed or base in lexicon.proper or base in lexicon.foreign:
            continue
        place = text.find(form)
        while place >= 0:
            end = place + len(form)
            before = text[max(0, place - _NEAR) : place].rsplit("\n", 1)[-1].rstrip()
            near = WORD.findall(before)[-3:] + WORD.findall(text[end : end + _NEAR].split("\n", 1)[0])[:3]
            if before[-1:].isalpha() and sum(fold(word) in lexicon.other_languages for word in near) >= 2:
                yield Span(place, end, "PERSON", Source.COORDINATED_NAME)
            place = text.find(form, end)


def initials(text: str) -> Iterator[Span]:
    """Initials that are no abbreviation: "J.R. jumped him", "k.c. got custody"."""
    for match in _INITIALS.finditer(text) if _INNER_INITIAL.search(text) else ():
        written = match.group()
        before = text[max(0, match.start() - 8) : match.start()].split(" ")
        article = len(before) > 1 and before[-1] == "" and before[-2].lower() in ("the", "a", "an")
        if written.lower() not in _ABBREVIATIONS and not article and not text[: match.start()].rstrip()[-1:].isdigit():
            yield Span(*match.span(), "PERSON", Source.STATED_NAME)
