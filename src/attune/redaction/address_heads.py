# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Streets and houses in rarer forms, each behind a word or sign without which it cannot be there.

Routes and grids of North America, houses with a name, Irish townlands, streets with a preposition in German, the crossings of
Colombia, digital addresses of Ghana.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.redaction.address_parts import NO_STREET

_CAP = r"(?-i:[A-ZÀ-Þ])[\w'’-]{0,30}"

# "221 w 43rd", "5560 SE Tolman": a direction says that a street follows; one letter in lower case needs an ordinal after it.
_DIRECTION = re.compile(
    rf"(?<![\w$€£.:/+-])\d{{1,6}}[a-z]?\s+(?:(?:(?-i:[NSEW]|[NS][EW]|North|South|East|West)\.?)\s+(?:\d{{1,3}}(?:st|nd|rd|th)?\b|{_CAP})(?!\s?(?:%|[ap]m\b))"
    r"|(?:[nsew]|[ns][ew]|north|south|east|west)\.?\s+\d{1,3}(?:(?:st|nd|rd|th)\b|(?=\s(?:st|street|ave|avenue|rd|road|dr|drive|pl|place|blvd|ct)\b)))(?:\s+(?:st|street|ave|avenue|blvd|rd|road|pl|place|dr|drive|ct|ln|way|ter)\b\.?)?",
    re.I,
)
_SMALL_DIRECTION = re.compile(r"(?<![\w$€£.:/+-])\d{3,5}\s(?:ne|nw|se|sw)\s(?P<street>[^\W\d_]{4,})(?!\w)")
_DIRECTION_WORDS = frozenset("n s e w ne nw se sw north south east west".split())

# County roads name a place by themselves; a highway does with the number of a house before it, or where somebody lives.
_ROUTE_NAME = r"(?:state\s(?:road|route|highway|hwy)|highway|hwy|us\s(?:route|hwy|highway)|route|rte|farm[ -]to[ -]market(?:\sroad)?|fm|state\srt|sr|cr|county\s(?:road|rd|route|rte|highway|hwy)|township\s(?:road|rd))"
_ROUTES = re.compile(
    rf"(?:(?<![\w.])(?:[nsew]\d{{3,5}}|[nsew]\d{{1,3}}\s?[nsew]\d{{3,5}}|\d{{2,6}})\s+{_ROUTE_NAME}\.?\s?\d{{1,4}}[a-z]?"
    rf"|\b(?:county|township|parish|ranch)\s(?:road|rd|route|rte|highway|hwy)\.?\s?\d{{1,4}}[a-z]?|\b(?-i:CR)[ -]\d{{1,4}}|\b(?-i:FM)\s\d{{3,4}}\s(?:rd|road)"
    rf"|(?<=\bon\s)(?:old\s)?{_ROUTE_NAME}\.?\s\d{{1,4}}|(?<=\boff\s)(?:old\s)?{_ROUTE_NAME}\.?\s\d{{1,4}})(?!\w)(?:\s(?-i:[NSEW]|[NS][EW]))?(?![\w])",
    re.I,
)
_LIVES = re.compile(r"\b(?:live[sd]?|living|house|home|place|farm|trailer|cabin|land|stay(?:s|ed|ing)?|moved|we'?re|i'?m|out|parked|ranch|acres)\b[^.!?\n]{0,24}\Z", re.I)  # fmt: skip
_ROUTE_WORDS = frozenset("highway hwy route rte county cr township parish state road rd fm sr ranch".split())
_GRID = re.compile(
    rf"(?<!\w)(?-i:[NSEW])\d{{3,5}}[a-z]?\s(?:{_CAP}\s){{1,3}}(?:road|rd|lane|ln|drive|dr|street|st|avenue|ave|court|ct|way|trail)\b",
    re.I,
)
_GRID_HINT = re.compile(r"\b[NSEW]\d{3}")
_RURAL = re.compile(
    r"\b(?:(?:RR|R\.R\.|rural\sroute|HC|star\sroute)\s?#?\s?\d{1,4}(?:,?\s+box\s+\d{1,5}[a-z]?)?|(?-i:RMB|RSD|RMD|LMB)\s?\d{2,5})(?!\w)(?!\s?(?:mg|ml|%))",
    re.I,
)
_RURAL_WORDS = frozenset("rr hc rural star rmb rsd rmd lmb box r".split())

# A house with a name and the street that it stands in: "Rose Cottage, 3 Mill Lane", "Glebe House, Church Road".
_NAMED_HOUSE = re.compile(
    rf"(?<!\w)(?:(?-i:The|Old|New)\s){{0,2}}(?:{_CAP}\s){{0,3}}(?-i:Cottage|House|Barn|Farm|Lodge|Forge|Manor|Hall|Mill|Rectory|Vicarage|Grange|Villa|Croft|Stables|Bungalow|Farmhouse)"
    rf"(?:\s*,\s*|[^\S\n]*\n\s*)(?:\d{{1,4}}[a-z]?\s)?(?:{_CAP}\s){{1,3}}(?-i:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Close|Way|Hill|Row|Green|Row|Terrace|Place|Walk|Mews|Gardens|Crescent)\b\.?",
    re.I,
)  # fmt: skip
_HOUSE_WORDS = frozenset("cottage house barn farm lodge forge manor hall mill rectory vicarage grange villa croft stables bungalow farmhouse".split())  # fmt: skip
_COUNTIES = "antrim|armagh|carlow|cavan|clare|cork|derry|donegal|down|dublin|fermanagh|galway|kerry|kildare|kilkenny|laois|leitrim|limerick|longford|louth|mayo|meath|monaghan|offaly|roscommon|sligo|tipperary|tyrone|waterford|westmeath|wexford|wicklow"
_TOWNLAND = re.compile(
    rf"(?<![\w'’])(?:{_CAP}(?:\s{_CAP}){{0,2}}|[^\W\d_]{{4,24}})(?:,\s*(?:{_CAP}(?:\s{_CAP}){{0,2}}|[^\W\d_]{{4,24}})){{0,3}},\s*(?:co\.?|county)\s(?:{_COUNTIES})\b(?:,\s*[A-Z]\d[\dW]\s?[A-Z\d]{{4}})?",
    re.I,
)

# German: a preposition with a capital begins the name of a street; in lower case the postal code must follow.
_NO_STREET_NOUN = r"(?:jahr|jahre|alter|mai|juni|juli|januar|februar|märz|april|august|september|oktober|november|dezember|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|winter|sommer|herbst|frühling|monat|tag|abend|morgen|nachmittag|ersten|letzten|nächsten|ende|anfang|durchschnitt|schnitt|moment|prinzip|kapitel|stock|semester|internet|notfall|sinne|endeffekt|ernst|schuljahr|kreis|raum|zimmer|zug|platz|level|team|kindergarten|beispiel|zeitpunkt)"
_PREPOSITION = r"(?:am|im|an\sder|an\sden|auf\sder|auf\sdem|in\sder|in\sden|zum|zur|zu\sden|unter\sden|unter\sder|hinter\sdem|hinter\sder|vor\sdem|vor\sder|beim|bei\sder|neben\sder)"
_GERMAN = re.compile(
    rf"(?<![\w.])(?:(?-i:(?=[A-Z])){_PREPOSITION}\s(?!{_NO_STREET_NOUN}\b)(?:{_CAP}\s)?{_CAP}\s\d{{1,3}}\s?(?:[a-z](?!\w))?(?:\s?-\s?\d{{1,3}})?(?!\w|[.:]\d|\.?\s?(?:uhr|euro|jahr|mal|tag|minute|stunde|prozent|%))"
    rf"|{_PREPOSITION}\s(?!{_NO_STREET_NOUN}\b)(?:[^\W\d_]+\s)?[^\W\d_]+\s\d{{1,3}}\s?(?:[a-z](?!\w))?,?\s+(?:D-|A-|CH-)?\d{{4,5}}\s[^\W\d_]+"
    rf"|(?:straße|strasse|platz|allee|weg|ufer|brücke)\s(?:des|der|am|zum|zur|an\sder)\s(?:\d{{1,2}}\.\s)?{_CAP}(?:\s{_CAP})?\s\d{{1,4}}\s?(?:[a-z](?!\w))?(?!\w|[.:]\d)"
    rf"|(?:straße|strasse|platz|allee|weg|ufer|brücke)\s(?:des|der|am|zum|zur|an\sder)\s(?:\d{{1,2}}\.\s)?[^\W\d_]+(?:\s[^\W\d_]+)?\s\d{{1,4}}\s?(?:[a-z](?!\w))?(?=,?\s\d{{4,5}}\s))",
    re.I,
)
_GERMAN_WORDS = frozenset(
    "zum zur unter hinter vor beim bei neben der den dem straße strasse platz allee weg ufer brücke".split()
)
_NUMBER_AND_CODE = re.compile(r"\d[a-z]?,?\s(?:d-|a-|ch-)?\d{4,5}\s", re.I)
_SENTENCE_START = re.compile(r"(?:\A|[.!?…:]\s|\n)\s*\Z")
_ENDS_LIKE_AN_ADDRESS = re.compile(r"\s*(?:\Z|,|\n|\s(?:D-|A-|CH-)?\d{4,5}\b)")

_POLISH = re.compile(
    r"(?<!\w)(?:ul|al|os|pl)\.\s?[^\W\d_][\w.'’-]*(?:\s[^\W\d_][\w.'’-]*){0,3}\s\d{1,4}[a-z]?(?:\s?/\s?\d{1,4})?(?:\s?m\.?\s?\d{1,4})?(?!\w)",
    re.I,
)
_COLOMBIAN = re.compile(
    r"(?<!\w)(?:calle|carrera|cra|kra|cr|cl|kr|diagonal|transversal|tv|avenida|av)\.?\s?\d{1,3}\s?[a-z]{0,2}(?:\s?(?:bis|sur|norte|este))?\s?(?:#|no\.?|n[º°]|num\.?)\s?\d{1,3}\s?[a-z]{0,2}\s?-\s?\d{1,3}",
    re.I,
)
_ROMANCE_SHORT = re.compile(
    rf"(?<!\w)(?:p\.zza|v\.le|c\.so|l\.go)\s?(?:(?:d[aeo]s?|del|della)\s)?[^\W\d_]{{3,}}(?:\s[^\W\d_]{{3,}})?,?\s\d{{1,4}}[a-z]?(?!\w)"
    rf"|(?<!\w)(?:(?-i:R)\.|p\.?zza|v\.?le|c\.?so|p\.?za|l\.?go|vic\.|str\.(?=\s{_CAP})|trav\.|tv\.|pç\.|pca\.|al\.)\s?(?:(?:d[aeo]s?|del|della)\s)?{_CAP}(?:\s(?:(?:d[aeo]s?|del|della|di)\s)?{_CAP}){{0,3}},?\s\d{{1,4}}[a-z]?(?!\w)",
    re.I,
)
_NORTHERN = re.compile(
    r"(?<!\w)(?:(?-i:[A-ZÄÖÅØÆÜ])[\wäöåøæü-]{0,24}\s)?(?<![\w-])[^\W\d_][\wäöåøæü-]{2,24}(?:tie|katu|kuja|polku|väylä|raitti|gaten|gate|vegen|veg|vei|svingen|veien|gata|stigen|gränd|backen|torget|stræde|toften|vænget|bakken|marken|engen|haven|krogen|parken|plass|braut|vegur|stígur|väg|alle|allé|gade|vej|schans|markt|wal|straat|weg|laan|hof|str|gasse|straße|strasse)"
    r"\s\d{1,4}\s?(?:[a-z](?!\w)(?:\s\d{1,3}(?!\w))?)?(?:\s?[/-]\s?\d{1,4}(?!\d)){0,3}(?!\w|[.:%]\d|\s?(?:uhr|euro|jahre|mal|tage|minuten|stunden|kr|%))",
    re.I,
)
#: How one-word names of streets end in German, Dutch, Danish, Swedish, Norwegian and Finnish.
STREET_ENDS = tuple(
    "tie katu kuja polku väylä raitti gaten gate vegen veg vei svingen veien gata stigen gränd backen torget stræde toften vænget bakken marken engen haven krogen plass braut vegur stígur väg allé gade vej schans markt straat weg laan str gasse straße strasse".split()
)
_ASIAN = re.compile(
    rf"\b(?:blk|block)\s\d{{1,4}}[a-z]?\s(?:{_CAP}\s){{1,4}}?(?:ave(?:nue)?|st(?:reet)?|rd|road|drive|dr|crescent|cres|ring|link)\.?(?:\s\d{{1,3}})?(?:\s#\d{{1,3}}-\d{{1,5}})?(?:\s(?:singapore|s)\s?\(?\d{{6}}\)?)?"
    rf"|\b(?:jalan|jln|jl|lorong)\.?\s(?:{_CAP}\s){{1,3}}(?:no\.?\s?)?\d{{1,4}}[a-z]?(?:/\d{{1,3}})?(?!\w)",
    re.I,
)
_ASIAN_WORDS = frozenset("blk block jalan jln jl lorong".split())
_DIGITAL = re.compile(r"-\d{3,4}-\d{4}(?![\w-])")
_REGIONS = frozenset("ga gw ge gl gs gm gz gb ak ae wp wa wk es eb ea cc cb ce bs ba bb ns nt ue uw ww ws vh vz".split())
_EIRCODE = re.compile(
    r"(?<![\w-])(?:(?-i:(?:[AC-FHKNPRTV-Y]\d{2}|D6W)\s?(?=[0-9AC-FHKNPRTV-Y]{0,3}\d)(?=[0-9]{0,3}[AC-FHKNPRTV-Y])[0-9AC-FHKNPRTV-Y]{4})"
    r"|(?:[ac-fhknprtv-y]\d{2}|d6w)\s(?=[0-9ac-fhknprtv-y]{0,3}\d)(?=[0-9]{0,3}[ac-fhknprtv-y])(?=[a-z])[0-9ac-fhknprtv-y]{4})(?![\w-])",
    re.I,
)
_KEY = re.compile(r"\b[AC-FHKNPRTV-Yac-fhknprtv-y](?:\d\d|6[Ww])\s?[0-9A-Za-z]")
_CENTRAL = re.compile(
    rf"(?<!\w)(?:{_CAP}\s){{1,3}}(?:u\.|utca|út|útja|tér|krt\.|körút|ulica|ulice|cesta|pot|trg|náměstí|nám\.|tn|tee|pst|mnt|gate|vei|väg|allé)\s\d{{1,4}}\.?(?:/\d{{1,4}})?[a-z]?(?!\w)"
    rf"|(?<!\w)(?:ulica|ulice|cesta|náměstí|trg|strada|str\.|calea|bulevardul|bd\.|aleea|odos)\s(?:{_CAP}\s){{1,3}}(?:nr\.?\s)?\d{{1,4}}[a-z]?(?!\w)",
    re.I,
)
_CENTRAL_WORDS = frozenset(
    "u utca út útja tér krt körút ulica ulice cesta pot trg náměstí nám tn tee pst mnt gate vei väg allé strada str calea bulevardul bd aleea odos".split()
)
_POLISH_WORDS = frozenset("ul al os pl".split())
_ROMANCE_WORDS = frozenset("r zza le vic str trav tv pç pca".split())
_COLOMBIAN_WORDS = frozenset("calle carrera cra kra cr cl kr diagonal transversal tv avenida av".split())
_BOX_NUMBER = re.compile(r"\bp\.?\s?o\.?\s?box\s\d{1,6}\s?-\s?\d{5}\b(?:,?\s(?-i:[A-Z])\w+)?", re.I)

#: Words of all these forms.
WORDS = _ROUTE_WORDS | _RURAL_WORDS | _HOUSE_WORDS | _ASIAN_WORDS | _DIRECTION_WORDS - frozenset("n s e w".split())


def heads(text: str, words: AbstractSet[str], *, street_ending: bool) -> Iterator[tuple[int, int]]:
    """Streets and houses in ``text``, whose lower-case words are ``words``; without what may stand around them.

    ``street_ending`` says whether a word ends like a street of the north (:data:`STREET_ENDS`).
    """
    if not words.isdisjoint(_DIRECTION_WORDS):
        yield from _spans(_DIRECTION, text)
        yield from (match.span() for match in _SMALL_DIRECTION.finditer(text) if _is_rare(match.group("street")))
    if not words.isdisjoint(_ROUTE_WORDS):
        yield from _routes(text)
    if _GRID_HINT.search(text):
        yield from _spans(_GRID, text)
    if not words.isdisjoint(_RURAL_WORDS):
        yield from _spans(_RURAL, text)
    if not words.isdisjoint(_GERMAN_WORDS) or _may_be_german(text):
        yield from _german(text)
    if street_ending:
        yield from (match.span() for match in _NORTHERN.finditer(text) if not _is_word(match.group()))
    if not words.isdisjoint(_CENTRAL_WORDS):
        yield from _spans(_CENTRAL, text)
    if not words.isdisjoint(_POLISH_WORDS):
        yield from _spans(_POLISH, text)
    if not words.isdisjoint(_ROMANCE_WORDS) or ".so " in text or ".go " in text:
        yield from _spans(_ROMANCE_SHORT, text)
    if "-" in text:
        if not words.isdisjoint(_COLOMBIAN_WORDS):
            yield from _spans(_COLOMBIAN, text)
        yield from _digital(text)
        if "box" in words:
            yield from _spans(_BOX_NUMBER, text)
    if not words.isdisjoint(_ASIAN_WORDS):
        yield from _spans(_ASIAN, text)
    if _KEY.search(text):
        yield from _spans(_EIRCODE, text)


# The same in lower case: a house and a street beside each other, with a comma between.
_SMALL_HOUSE = re.compile(
    r"(?<!\w)(?P<name>[^\W\d_]{3,}(?:\s[^\W\d_]{3,})?)\s(?:cottage|house|barn|farm|lodge|forge|manor|hall|rectory|vicarage|grange|villa|croft|bungalow|farmhouse)"
    r",\s(?:\d{1,4}[a-z]?\s)?(?P<street>[^\W\d_]{3,}(?:\s[^\W\d_]{3,})?)\s(?:street|road|lane|avenue|drive|close|hill|row|terrace|place|walk|mews|gardens|crescent)\b(?:,\s[^\W\d_]{3,}(?:\s[^\W\d_]{3,})?(?=\s*[,.\n]|\s*\Z|\s(?:in|with|is|was|and|on|now)\b))?",
    re.I,
)


def unnumbered(text: str, words: AbstractSet[str]) -> Iterator[tuple[int, int]]:
    """Houses with a name in a street, and Irish townlands: addresses without a digit."""
    if not words.isdisjoint(_HOUSE_WORDS):
        yield from _spans(_NAMED_HOUSE, text)
        for match in _SMALL_HOUSE.finditer(text) if "," in text else ():
            said = f"{match['name']} {match['street']}".lower().removeprefix("the ")
            if NO_STREET.isdisjoint(said.split()):
                yield match.span()
    if "co" in words or "county" in words:
        yield from _spans(_TOWNLAND, text)


def _spans(expression: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in expression.finditer(text))


def _digital(text: str) -> Iterator[tuple[int, int]]:
    """Digital addresses of Ghana: region, district, and two numbers; the region alone tells them where they are in lower case."""
    for match in _DIGITAL.finditer(text):
        start = match.start() - 2
        region = text[max(0, start) : match.start()]
        if (
            len(region) < 2
            or not (region[0].isalpha() and region.isascii() and region.isalnum())
            or text[start - 1 : start].isalnum()
        ):
            continue
        if region.isupper() or region in _REGIONS:
            yield start, match.end()


def _routes(text: str) -> Iterator[tuple[int, int]]:
    for match in _ROUTES.finditer(text):
        alone = match.group()[0].isalpha() and not re.match(
            r"(?:county|township|parish|ranch|cr\b|[nsew]\d)", match.group(), re.I
        )
        if not alone or _LIVES.search(text, max(0, match.start() - 40), match.start()):
            yield match.span()


def _german(text: str) -> Iterator[tuple[int, int]]:
    for match in _GERMAN.finditer(text):
        begins = _SENTENCE_START.search(text, max(0, match.start() - 3), match.start())
        if not begins or _ENDS_LIKE_AN_ADDRESS.match(text, match.end()) or match.group()[-1].isalpha():
            yield match.span()


def _is_rare(word: str) -> bool:
    from attune.redaction.lexicon import base_of, lexicon

    return base_of(word) not in lexicon().tiers and base_of(word) not in lexicon().not_names


def _may_be_german(text: str) -> bool:
    """Whether "Am" or "Im" stands before a word with a capital, or in lower case in a text that has a postal code."""
    if " Am " in text or " Im " in text or text.startswith(("Am ", "Im ")):
        return True
    return (" am " in text or " im " in text) and _NUMBER_AND_CODE.search(text) is not None


def _is_word(street: str) -> bool:
    """Whether what ends like a street of the north is a word: "a leg up 3", "during 2019"."""
    from attune.redaction.lexicon import OTHER_LANGUAGE_TIER, lexicon

    said = [word for word in re.findall(r"[^\W\d_]+", street.lower()) if word.endswith(STREET_ENDS)]
    return not said or any(lexicon().tiers.get(word, OTHER_LANGUAGE_TIER + 1) <= OTHER_LANGUAGE_TIER for word in said)
