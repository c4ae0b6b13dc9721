# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Places where a word that looks like a name is none.

Doses and drugs, diseases that bear a name, letters spelled one by one, words cut off in speech, everyday words without any sign
of a person, titles of books and headings. What only a list or the name model found is tested here; a clear cue ("my wife Ann", "Dr. Patel") is believed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attune.redaction import context_rules
from attune.redaction.context_words import (
    ABSTRACT,
    ACTS,
    BESIDE,
    DONE_TO,
    FELT,
    GOES_ON,
    HUMAN,
    KIN,
    LOVED,
    TELLING,
    WITH_WHOM,
)
from attune.redaction.lexicon import RAREST_TIER, Lexicon, fold
from attune.redaction.types import Source, Span

_NUMBER = r"(?:\d+|zero|point|one|two|three|four|five|six|seven|eight|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)"
_DOSE_AFTER = re.compile(
    rf"(?:['’]s)?\s*,?\s*(?:{_NUMBER}[\s.-]*)+(?:mgs?|mcg|mls?|m\s?g|m\s?l|cc|c\s?c|milligrams?|micrograms?|milliliters?|puffs?|units?|tablets?|tabs?|capsules?|pills?)\b"
    rf"|\s+(?:mgs?|mcg|milligrams?|tablets?|tabs|capsules?|pills?|inhalers?|nebulizers?|cream|ointment|lotion|gel|patch(?:es)?|spray|drops|injections?|infusions?|syrup|suppositor(?:y|ies))\b",
    re.I,
)
_MEDICAL_NOUN_AFTER = re.compile(
    r"(?:['’]s?|s)?[\s-]+(?:disease|syndrome|disorder|sign|test|palsy|lymphoma|sarcoma|tumou?r|carcinoma|fracture|contracture|phenomenon|cysts?|esophagus|thyroiditis|chorea|ulcers?|dementia|encephalopathy"
    r"|reflex|man(?:eu|oeu)v(?:er|re)|point|scale|score|scan|levels?|joint|tendon|ligament|nodes?|nodules?|stent|catheter|procedure|repair|act|method|complex|deficiency|therapy|surgery|infection|virus|gene|mutation|pulse|vein|artery|nerve|muscles?|bone|fibrillation|lesions?|thickness)\b",
    re.I,
)
_BARE_POSSESSIVE_AFTER = re.compile(
    r"['’]s?\b(?!\s+(?:mom|dad|mother|father|wife|husband|house|car|room|phone|family|sister|brother|friend))"
)
_DRUG_BEFORE = re.compile(
    r"\b(?:tak(?:e|es|en|ing)|took|prescrib(?:e|ed|es|ing)|order(?:ed)?|refills?(?: of| on| for)?|dos(?:e|es|age) of|allergic to|side effects? (?:of|from)|put (?:me|him|her|you|them) on|start(?:ed|ing)?(?: me| you| him| her)? on"
    r"|(?:giv(?:e|es|en|ing)|gave)(?: me| him| her| you| them)?|samples? of|switch over to|tried|stopp?(?:ed|ing)?(?: taking)?|switch(?:ed)? (?:me )?to|milligrams of|mgs? of|bottle of|pills?|called|plus|medications?(?: like)?)\s+(?:the\s|some\s|my\s|your\s|any\s|a\s)?\Z",
    re.I,
)
_DETERMINER_BEFORE = re.compile(
    r"(?:^|[^\w'’-])(?:the|an?|some|any|another|(?<!is )(?<!was )this|these|those|no|each|every|more|your|less|such|whole|entire)\s+\Z",
    re.I,
)
# "take josefa to school" is no drug.
_BROUGHT_AFTER = re.compile(
    r"\s+(?:to (?:the|a|my|his|her|see|school|work|church)|home|out|away|back|there|along|aside|over)\b", re.I
)
_MEDICINE_NEAR = re.compile(
    r"\b(?:medicines?|medications?|meds|drugs?|pills?|dose|mg|milligrams|prescri\w+|allerg\w+|doctor|symptoms?|pain|daily|twice)\b"
)
_NEAR = 80
_FAMILY_AFTER = re.compile(
    r"\s+(?:famil(?:y|ies)|house(?:hold)?|home|kids|children|boys?|girls?|twins|brothers|sisters|wedding|clan|couple|guys?|girl|lady|woman|man|dude|person|thing|situation|i (?:met|knew|know|love|married|fell)|who)\b",
    re.I,
)
_DO_AFTER = re.compile(r"\s+(?:" + "|".join(sorted(ACTS | HUMAN | {"are", "were", "have", "came"})) + r")\b")
_LIST_GOES_ON = re.compile(
    r"\s*(?:[,.;:?!)/]|\Z|\n|(?:and|or|plus|for|as|since|daily|twice|once|every|inhaler|at (?:night|bedtime))\b)"
)
_CUT_OFF = re.compile(r"-+(?:\s|$|[.,])")
_NUMBER_WORD_AFTER = re.compile(
    r"\s+(?:the\s)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|nin(?:e)?th|tenth|eleventh|twelfth|\w+teen(?:th)?|twent(?:y|ieth)|thirt(?:y|ieth)|two thousand|nineteen)\b",
    re.I,
)
_MONTHS = frozenset("april may june july august march january".split())
_SENTENCE_OR_LIST_BEFORE = re.compile(r"(?:^|[\n.!?:;*•“‘(\[/>–—]|\d[.)]|(?:^|\s)[\"'-])\s*\Z")
_PART_OF_NAME_BEFORE = re.compile(r"(?:(?<![^\W_])[^\W\d_]\.\s?|\w-|name\s*:\s*|\w[\"”]\s)\Z", re.I)
_PART_OF_NAME_AFTER = re.compile(r"-\w|,\s[A-Z][a-z]")
# What holds a name and is called after nobody who is meant.
_PHRASES = re.compile(
    r"\b(?:puerto rico|costa rica|vice versa|filet mignon|tai chi|feng shui|aloe vera|polycythemia vera|spina bifida|poison (?:ivy|oak)|uncle sam|mary jane|aunt flo|santa claus|plan b|carte blanche|al[- ]anon|nar[- ]anon"
    r"|(?:john|jane) (?:doe|q\.? public)|joe (?:average|schmoe|shmoe|public)|average joe|murphy's law|parkinson's law|occam'?s razor|stockholm syndrome|mona lisa|romeo and juliet|adam and eve|dr\.? (?:pepper|google|seuss|who|oz|phil)"
    r"|ben (?:and|&|n) jerry'?s?|wendy'?s|denny'?s|kohl'?s|macy'?s|mcdonald'?s|trader joe'?s|sam'?s club|victoria'?s secret|levi'?s|apple ?bee'?s|dunkin'? donuts|harry potter|mario ?kart|game of thrones|peter pan|snow white|jack daniel'?s"
    r"|jekyll and hyde|bonnie and clyde|sherlock holmes|freudian slip|baker act|amber alert|green card|grey'?s anatomy|hep(?:atitis)? [abc]|vitamin [a-ek]|(?:wan|gon) na|got ta|(?:lem|gim) me|x[- ]rays?|ct scans?|petri dish|mason jar|jack of all|hail mary|bud light|taylor series|(?:for )?pete'?s sake|god'?s (?:grace|sake|will))\b",
    re.I,
)
_NAMED_THING_AFTER = re.compile(
    r"(?:['’]s)?[ -](?:Project|Act|Foundation|Institute|Center|Centre|Method|Hotline|Lifeline|Hospital|Clinic|School|University|College|Church|Library|Pharmacy|Springs|Park|Talks?|Theory|Model|Inventory|Awards?|Prize|County|City|Beach|Island|Bridge"
    r"|Hotel|Inc|LLC|Ltd|Corp|Show|Diet|Effect|Regional|Memorial|General|regional|hospital|clinic|university|college|county)\b"
)
# "Lean into it", "Trust your gut": what follows a verb that begins a sentence.
_BEGINS_ORDER = re.compile(r"\s+(?:the|an?|your|my|yourself|myself|into|it|this|these|those|each|some|one|someone|what|how)\b")
_COLOURS = frozenset("white black brown green gray grey".split())
_CAMEL = re.compile(r"([A-Z][a-z]+)[A-Z][a-z]+$")
_NAME_PREFIXES = frozenset("mc mac de la le o di da van von fitz du del st al el ap san ben bin abu".split())
_NO_VOWEL = re.compile(r"[bcdfghj-np-tvwxz]{2,5}")
_PARTS = re.compile(r"[^\W\d_]+")
# Up to these tiers a word needs a sign of a person: in lower case, capitalized anywhere, capitalized where any word is.
_COMMON_LOWER, _COMMON_WORD, _COMMON_CAPITAL = 5, 4, 6
_COMMONEST = 3
_LONG = 6

# Ends that words of medicine have and names have not; with them a word of five letters more is one.
_MEDICAL_ENDS = (
    "ectomy", "otomy", "ostomy", "plasty", "scopy", "graphy", "opathy", "algia", "emia", "aemia", "uria", "itis", "osis", "megaly", "cillin", "mycin", "oxacin", "azepam", "azolam",
    "triptan", "prazole", "conazole", "statin", "sartan", "dipine", "oxetine", "traline", "thiazide", "semide", "caine", "barbital", "profen", "tidine", "setron", "gliptin", "formin",
    "gliflozin", "glutide", "cycline", "isone", "olone", "asone", "onide", "terol", "lukast", "tinib", "umab", "ximab", "zumab", "ciclib", "navir", "tegravir", "buvir", "vudine", "parin",
    "thyroxine", "phylline", "azine", "zodone", "piprazole", "peridone", "apine", "amide", "epinephrine", "ologist", "ologists", "ology", "iatrist", "iatry", "iatric", "trophy", "plegia",
    "paresis", "penia", "rrhea", "rrhoea", "rrhage", "cytosis", "blastoma", "carcinoma", "sarcoma", "adenoma", "lysis", "genic", "toxin", "gram", "grams", "vascular", "muscular", "cardial",
    "femoral", "brachial", "thoracic", "phalangeal", "intestinal", "lingual", "ocular", "inflammatory", "oidal", "malacia", "chondral", "fibular", "dystrophy", "sclerosis", "stenosis",
)  # fmt: skip
_MEDICAL_STARTS = (
    "hyper", "hypo", "hepato", "gastro", "cardio", "neuro", "osteo", "patello", "immuno", "fibro", "entero", "nephro", "pneumo", "laryngo", "derma", "cerebro", "thrombo", "arthro", "myelo",
    "lympho", "psycho", "endo", "electro", "ortho", "retino", "spondylo", "chondro", "cysto", "hemato", "haemato", "histo", "musculo", "broncho", "tracheo", "metatarso", "acromio", "echocardio",
)  # fmt: skip
_CLEAR_PERSON_BEFORE = DONE_TO | FELT | KIN
# "good morning rob", "yours truly dawn", "went to see pat".
_ADDRESSED = frozenset(
    "hi hello hey dear morning evening afternoon night thanks thx xoxo xo xx truly sincerely regards cheers bye goodbye goodnight little".split()
)
_BESIDE_SOMEBODY = frozenset("w w/ with date dated benched called".split())
_SEEN = frozenset("see saw visit visited".split())


def is_ordinary(span: Span, text: str, words: Sequence[tuple[str, str]], lexicon: Lexicon) -> bool:
    """Whether a person that no clear cue tells is none in its place.

    Args:
        span: a span of the type PERSON.
        text: the text that it stands in.
        words: its words as typed, with their folded forms; at least one.
        lexicon: the shipped word lists.
    """
    listed = any(base in lexicon.first for _, base in words)
    if _in_phrase(span, text) or (span.source == Source.SIGNATURE and _NAMED_THING_AFTER.match(text, span.end)):
        return True
    if span.source == Source.SELF_INTRODUCTION:  # "the medicine called Allegra"
        return words[0][1] in lexicon.drugs_and_names and _in_medicine(span, text, lexicon)
    if words[0][0].islower() and words[0][1] in lexicon.telling["pcm"] and span.source != Source.TITLE:
        return True  # "my husband dey vex"
    if span.source == Source.TITLE and all(word.islower() and base in lexicon.medical for word, base in words):
        return True  # "mr arthrogram"
    if span.tier == "cue" and span.source not in (Source.COORDINATED_NAME, Source.CONTEXT_RULE):
        return False
    written = _whole(span, text)
    if span.tier != "cue" and (
        all(len(base) == 1 for _, base in words) or any(map(str.isdigit, written + text[span.end : span.end + 1]))
    ):
        return True
    if _NAMED_THING_AFTER.match(text, span.end):
        return True
    if _eponym(span, text, words, lexicon):
        return True
    plain = span.source != Source.CONTEXT_RULE or (text[span.start].islower() and len(words) == 1)
    if plain and (all(_strange_or_ordinary(word, base, lexicon) for word, base in words) or _title_of_words(words, lexicon)):
        return True
    if _DOSE_AFTER.match(text, span.end) or (
        any(base in lexicon.drugs_and_names for _, base in words) and _in_medicine(span, text, lexicon)
    ):
        return True
    if not listed and (_among_medicine(span, text, lexicon) or _determined(span, text, lexicon) or _taken(span, text, lexicon)):
        return True
    if words[0][1] in _MONTHS and len(words) == 1 and _NUMBER_WORD_AFTER.match(text, span.end):
        return True
    if span.tier == "cue":
        return False
    if written.islower() and _cut_off(span, text, words[-1][1], listed):
        return True
    if "-" in written and written.islower() and _ordinary_compound(written, lexicon):
        return True
    return len(words) == 1 and _everyday(span, text, *words[0], lexicon)


def _whole(span: Span, text: str) -> str:
    """What is written there, with what a hyphen joins to it."""
    start, end = span.start, span.end
    while start > 1 and text[start - 1] in "-" and text[start - 2].isalnum():
        start -= 2
        while start and text[start - 1].isalnum():
            start -= 1
    while end + 1 < len(text) and text[end] == "-" and text[end + 1].isalnum():
        end += 2
        while end < len(text) and text[end].isalnum():
            end += 1
    return text[start:end]


def _glued(span: Span, text: str, written: str) -> bool:
    """Whether digits are part of it ("4chan"), a community is named ("r/SuicideWatch"), or two words are one ("CyberKnife")."""
    before, after = text[max(0, span.start - 2) : span.start], text[span.end : span.end + 1]
    if any(map(str.isdigit, written + before[-1:] + after)) or before.lower() == "r/" or before[-1:] == "#":
        return True
    camel = _CAMEL.match(written)
    return camel is not None and camel.group(1).lower() not in _NAME_PREFIXES


def _in_phrase(span: Span, text: str) -> bool:
    first = max(0, span.start - 20)
    return any(match.start() < span.end and span.start < match.end() for match in _PHRASES.finditer(text, first, span.end + 20))


def _title_of_words(words: Sequence[tuple[str, str]], lexicon: Lexicon) -> bool:
    """Whether several words are a title or a thing ("Five Love Languages", "Cat dander") though one is a name as well."""
    if len(words) < 2 or len(words[-1][1]) == 1:
        return False
    if words[0][1] in lexicon.first and not (words[0][1] in lexicon.ambiguous or words[0][1] in lexicon.unnamed):
        return False
    known = all(lexicon.tiers.get(base, 9) < RAREST_TIER or base in lexicon.unnamed for _, base in words)
    return known and any(base in lexicon.unnamed or not lexicon.is_name(base) for _, base in words)


def _cut_off(span: Span, text: str, base: str, listed: bool) -> bool:
    """Whether a word broke off in speech: "mira- miralax"."""
    if _CUT_OFF.match(text, span.end) is None:
        return False
    following = _PARTS.search(text, span.end)
    return not listed or len(base) < 3 or (following is not None and following.group().lower().startswith(base))


def _taken(span: Span, text: str, lexicon: Lexicon) -> bool:
    """Whether it is taken as drugs are, where medicine is spoken of: "allergic to bactrim", "i take dilantin for my seizures"."""
    if _DRUG_BEFORE.search(text, max(0, span.start - 40), span.start) is None or _BROUGHT_AFTER.match(text, span.end):
        return False
    near = text[max(0, span.start - _NEAR) : span.end + _NEAR].lower()
    return _MEDICINE_NEAR.search(near) is not None or any(word in lexicon.medical for word in _PARTS.findall(near))


def looks_medical(base: str) -> bool:
    """Whether a word is built as words of medicine are ("hepatosplenomegaly", "fluocinonide")."""
    if len(base) < _LONG + 2:
        return False
    ended = base.endswith(_MEDICAL_ENDS)
    return (ended and len(base) >= _LONG + 3) or (base.startswith(_MEDICAL_STARTS) and (ended or len(base) > _LONG + 4))


def _strange_or_ordinary(word: str, base: str, lexicon: Lexicon) -> bool:
    """Whether a word says nothing for a name: of medicine, or in the dictionary and in no list of names."""
    if base in lexicon.unnamed and base not in lexicon.first:
        return True
    if lexicon.is_name(base):
        return False
    tier = lexicon.tiers.get(base, 9)
    if base in lexicon.proper and tier > _COMMON_WORD:  # a brand, a place, slang, or somebody whom no list holds
        return False
    return tier <= (_COMMON_WORD if word[0].isupper() else RAREST_TIER - 1) or (
        base not in lexicon.tiers and looks_medical(base)
    )


def _eponym(span: Span, text: str, words: Sequence[tuple[str, str]], lexicon: Lexicon) -> bool:
    last = words[-1][1]
    if words[0][1] in lexicon.eponyms and any(base in lexicon.medical for _, base in words[1:]):
        return True
    if last in lexicon.eponyms or last.rstrip("s") in lexicon.eponyms:
        return _MEDICAL_NOUN_AFTER.match(text, span.end) is not None or (
            last in _DISEASES and _BARE_POSSESSIVE_AFTER.match(text, span.end) is not None
        )
    bare = text[span.end : span.end + 1] == " "
    return bare and last not in lexicon.first and _MEDICAL_NOUN_AFTER.match(text, span.end) is not None


# Said alone they mean the disease: "I have Crohn's".
_DISEASES = frozenset(
    "alzheimer crohn hodgkin parkinson tourette hashimoto asperger huntington raynaud meniere peyronie".split()
)


def _in_medicine(span: Span, text: str, lexicon: Lexicon) -> bool:
    return (
        _DRUG_BEFORE.search(text, max(0, span.start - 40), span.start) is not None
        or _DETERMINER_BEFORE.search(text, max(0, span.start - 12), span.start) is not None
        or _among_medicine(span, text, lexicon)
    )


def _among_medicine(span: Span, text: str, lexicon: Lexicon) -> bool:
    """Whether one word stands beside a word of medicine in a list ("digoxin, xarelto and lasix") and does nothing itself."""
    if " " in text[span.start : span.end] or _LIST_GOES_ON.match(text, span.end) is None:
        return False
    left = re.search(r"([^\W\d_]+)\s*(?:,|/|,?\s(?:and|or|plus|with))\s*\Z", text[max(0, span.start - 30) : span.start])
    right = re.match(r"\s*(?:,|/|,?\s(?:and|or|plus))\s*([^\W\d_]+)", text[span.end : span.end + 30])
    return any(match is not None and match.group(1).lower() in lexicon.medical for match in (left, right))


def _determined(span: Span, text: str, lexicon: Lexicon) -> bool:
    """Whether an article stands before it ("the lasix") and no family or fellow is meant ("the Khumalo wedding")."""
    match = _DETERMINER_BEFORE.search(text, max(0, span.start - 12), span.start)
    if match is None:
        return False
    said = _PARTS.findall(text[max(0, match.start() - 20) : match.start() + 1])
    if said and fold(said[-1]) in lexicon.other_languages:  # "le dije a Anahuac"
        return False
    if text[span.end : span.end + 1] == "-":
        return False
    if text[span.end - 1] == "s" and (text[span.start].isupper() or _DO_AFTER.match(text, span.end)):  # "the Khumalos"
        return False
    return text[span.end : span.end + 2] not in ("'s", "’s") and _FAMILY_AFTER.match(text, span.end) is None


def _ordinary_compound(written: str, lexicon: Lexicon) -> bool:
    parts = [part.lower() for part in _PARTS.findall(written)]
    if any(lexicon.is_name(part) and part not in lexicon.ambiguous for part in parts):
        return len(parts) > 1 and len(parts[0]) == 1  # "x-ray"
    return len(parts) > 1 and any(
        len(part) == 1 or part in lexicon.unnamed or (lexicon.tiers.get(part, 9) <= _COMMON_LOWER and not lexicon.is_name(part))
        for part in parts
    )


def _everyday(span: Span, text: str, word: str, base: str, lexicon: Lexicon) -> bool:
    """Whether an everyday word, a name or not, stands without any sign of a person."""
    tier = lexicon.tiers.get(base, 9)
    if _PART_OF_NAME_BEFORE.search(text, max(0, span.start - 8), span.start):
        return False
    if base in lexicon.proper and tier > _COMMON_WORD:
        return False
    if word[0].islower():
        common = tier <= _COMMON_LOWER or (tier < RAREST_TIER and base not in lexicon.first)
        return (common or _NO_VOWEL.fullmatch(base) is not None) and not _about_person(span, text, base, lexicon)
    if base in _COLOURS or base == "love" or (tier <= _COMMON_LOWER and _BEGINS_ORDER.match(text, span.end)):
        return not _about_person(span, text, base, lexicon)
    thing = base in ABSTRACT or base in LOVED or (tier <= _COMMONEST and base not in lexicon.ambiguous)
    if base in lexicon.first and not thing:  # "Robin": how sure the name model is decides
        return False
    if tier > _COMMON_CAPITAL or (tier > _COMMON_LOWER and lexicon.is_name(base)) or text.isupper():
        return False
    if _PART_OF_NAME_AFTER.match(text, span.end):
        return False
    before = text[max(0, span.start - 8) : span.start]
    opens = _SENTENCE_OR_LIST_BEFORE.search(before) is not None or _in_title(span, text)
    return opens and not _about_person(span, text, base, lexicon)


def _in_title(span: Span, text: str) -> bool:
    """Whether capitalized words stand around it as in a title: "The Five Love Languages"."""
    before = re.search(r"([^\W\d_]+)\s+\Z", text[max(0, span.start - 20) : span.start])
    after = re.match(r"\s+([^\W\d_]+)", text[span.end : span.end + 20])
    return before is not None and after is not None and before.group(1)[0].isupper() and after.group(1)[0].isupper()


def _about_person(span: Span, text: str, base: str, lexicon: Lexicon) -> bool:
    """Whether a sign of a person stands beside a word: "told hope", "rose said", "my sister joy", "thanks, mark"."""
    lower = context_rules.lowered(text)
    possessive = text[span.end : span.end + 2] in ("'s", "’s")
    place = context_rules.context_of(lower, span.start, span.end + 2 * possessive)
    if context_rules.refers_to_person(base, possessive, place, lexicon):
        return True
    if place.before in _CLEAR_PERSON_BEFORE or (place.before in BESIDE and place.before2 in WITH_WHOM):
        return True
    if place.after in TELLING and base in lexicon.first:
        return True
    if base in lexicon.ambiguous and place.after == "is" and place.after2 in ("my", "our", "his", "her"):
        return True
    if base in ABSTRACT or base in LOVED:
        return place.before in _ADDRESSED
    return base in lexicon.ambiguous and (
        place.before in _ADDRESSED
        or place.before in _SEEN
        or (place.before in _BESIDE_SOMEBODY and (place.ends or place.after in GOES_ON))
    )
