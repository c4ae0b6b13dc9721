# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Parts of postal addresses of many countries: flats and plots, quarters, estates, towns; and chains of such parts.

"B-214, Sector 62, Noida", "Blk 7 Lot 12, Sampaguita St., Brgy. San Roque": an address without the number of a house before its street
is a chain of parts, one of which is the number of a flat, plot or house and one of which names a street, an estate or a quarter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.redaction.patterns import digit_windows

#: What a house number, a flat or a plot is never followed by: then it was none.
NO_STREET = frozenset(
    """the a an of in on at to for from with without and or but if so than then as by is are was were be been my your his her our their
    this that these those it i you he she we they me him us them year years yr yrs month months week weeks day days hour hours hr hrs
    minute minutes min mins second seconds time times mile miles km kms meter meters feet foot block blocks people kids children
    weeks percent dollars bucks pounds euros am pm st nd rd th more less other others different separate of who which what when where
    not no only just about all every each some any very too really got have has had do did does went go going get texts calls messages
    steps things ways reasons dates drinks beers glasses cups pills mg ml kg lbs stone bedroom bed star lane-wide hundred thousand
    million point points out off up down over into away back long short hour-long minute-long car train bus way lane like because
    stunden tage wochen monate jahre uhr euro mal leute kinder ans heures jours mois semaines enfants años horas días meses hijos""".split()
)

# Words for the number of a flat, house or plot. The weak ones number much else: rooms of a hotel, levels of a game, sections of a book.
_STRONG = r"flat|apt|apartment|studio|villa|house|hse|door|plot|stand|erf|qtr|qtrs|qr|quarter|blk|bungalow|purok|prk|caravan|trailer|appt|appartement|apto|departamento|depto|wohnung"
_WEAK = r"unit|suite|ste|room|rm|floor|fl|level|lvl|shop|block|bldg|building|tower|wing|lot|site|space|phase|zone|section|sector|sec|street|road|rd|type|ward|bloco|bât|bat|piso|gate"
_VALUE = r"(?:\d{1,5}[a-z]?(?:[/-][a-z0-9]{1,4}){0,3}|(?-i:[A-Z])-?\d{1,4}[a-z]?(?:/\d{1,4})?|[a-z](?![\w'’])|(?-i:[IVX]{1,4})(?!\w)|[ivx]{2,4}(?!\w))"
_NUMBERED = rf"\b(?P<word>{_STRONG}|{_WEAK})\b\.?(?:\s*(?:no|nr|number|num)\b\.?)?\s*[:#]?\s*{_VALUE}"
_PLAIN_NUMBER = r"(?<!\w)(?:[hds]\.?\s?no\.?|no\.?|nr\.?|#)\s*\d{1,5}[a-z]?(?:[/-]\w{1,4}){0,3}|\b(?-i:[A-Z])-\d{1,4}(?:/\d{1,4})?(?![\w-])|\b[a-z]-\d{1,4}(?:/\d{1,4})?(?=\s*,)"
_ORDINAL = r"\b\d{1,3}(?:st|nd|rd|th)\s+(?:floor|cross|main|block|stage|phase|street|avenue|lane|road|sector)\b"
UNIT = rf"(?:{_NUMBERED}|{_PLAIN_NUMBER}|{_ORDINAL})(?![\w])"

_NAME = r"[^\W\d_][\w.'’-]{0,30}"
_LAST = (
    r"nagar|colony|layout|society|enclave|estates?|apartments?|towers?|residency|residences?|heights|gardens?|park|village|township|complex"
    r"|villas?|homes|compound|quarters|mansions?|chambers|plaza|arcade|house|court|manor|bagh|vihar|puram|ganj|chowk|baza+r|market|hills"
    r"|kailash|trailer\spark|home\spark|caravan\spark|barracks|hostel|hall|lodge|subdivision|scheme|extension|residencia|condominium|condo"
)
_STREET = (
    r"street|st|avenue|ave|road|rd|lane|ln|drive|dr|close|crescent|cres|terrace|way|boulevard|blvd|highway|hwy|marg|salai|court|ct|grove|gr"
    r"|place|pl|square|sq|gardens|row|parade|esplanade|link|mews|walk|hill|gate|cross|main|loop|circle|bypass|expressway"
)
_FIRST = (
    r"brgy|barangay|bgy|sitio|taman|kampung|kg|jalan|jln|lorong|persiaran|soi|moo|desa|jl|kelurahan|kecamatan|colonia|bairro|sector"
    r"|phase|ring\sroad|moi\savenue"
)
_CODE = r"(?:[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}|\d{5}(?:-\d{3,4})?|\d{6}|\d{3}\s\d{3}|\d{4})(?![\w-])"
_ROMAN = r"(?:\s(?:(?-i:[IVX]{1,4})|\d{1,2}))?(?!\w)"
_PART = re.compile(
    rf"(?P<unit>{UNIT})|(?P<street>(?:\d{{1,5}}[a-z]?,?\s+)?(?:{_NAME}\s+){{1,3}}?(?:{_STREET})\b\.?(?:\s(?:north|south|east|west)\b|\s\d{{1,3}}\b)?)"
    rf"|(?P<first>\b(?:{_FIRST})\b\.?\s+(?:{_NAME}(?:\s(?-i:[A-Z]){_NAME}){{0,2}}|\d{{1,3}})(?:\s\d{{1,3}}(?:/\d{{1,3}})?)?)(?![\w-])"
    rf"|(?P<last>(?:{_NAME}\s+){{1,3}}?(?:{_LAST}){_ROMAN})|(?P<one>\b\w{{3,20}}(?:nagar|puram|abad|ganj|bagh|pura){_ROMAN})"
    rf"|(?P<code>(?:[^\W\d_]+\s*[-–]?\s*){{0,2}}{_CODE})|(?P<town>(?-i:[A-ZÀ-Þ])[\w'’.-]*(?:[ -](?-i:[A-ZÀ-Þ])[\w'’.-]*){{0,3}}(?:\s(?-i:[IVX]{{1,4}})\b)?)",
    re.I,
)  # fmt: skip
_START = re.compile(UNIT, re.I)
_GAP = re.compile(r"\s*[,;]\s*|[^\S\n]*\n\s*|\s+[-–]\s+|\s+")
_LETTERS = re.compile(r"[^\W\d_]+")
_WEAK_WORDS = frozenset(_WEAK.split("|"))
_LAND = frozenset("lot plot stand erf site".split())
#: A text without any of these has no chain of parts.
WORDS = frozenset(
    re.sub(r"\\s|[+?]", " ", f"{_STRONG}|{_WEAK}|{_LAST}|{_FIRST}")
    .replace("(", "")
    .replace(")", "")
    .replace(" ", "|")
    .split("|")
) | frozenset("no nr hno dno sno salai marg cross main estate apartment residence residency villa tower bazaar bazar h".split())
_BEFORE_NUMBER = 24  # characters around a number in which a chain may begin
_MOST_PARTS, _LONGEST_TOWN = 8, 4
# What may follow the last part of an address in a sentence, where no sign ends it.
_AFTER = frozenset(
    """is was are were with and in since now where for at but because if on near to again please when until from the by has had as or so
    this last next every these said it i he she we they after before while po ok my his her our their""".split()
)
_GOES_ON = re.compile(r"\s*[:=@\d]")  # "Tel: …" is a label below the address
_NEXT_WORD = re.compile(r"\s*([^\W\d_]+)")
_ENDED = re.compile(r"\s*(?:\Z|[,.;)\n!?-])")


def chains(text: str, words: AbstractSet[str]) -> Iterator[tuple[int, int]]:
    """Addresses that begin with a flat, a plot or the number of a house, as chains of parts."""
    if words.isdisjoint(WORDS) and "#" not in text:
        return
    end = 0
    for first, last in digit_windows(text, _BEFORE_NUMBER, _BEFORE_NUMBER):
        for start in _START.finditer(text, first, last):
            if start.start() < end:
                continue
            found = _chain(text, start.start())
            if found:
                end = found
                yield start.start(), found


def _chain(text: str, start: int) -> int:
    """Where the chain of parts ends that begins at ``start``; 0: it is no address."""
    at, last, units, named, strong, towns, soft = start, start, 0, 0, 0, 0, True
    land = False
    for _ in range(_MOST_PARTS):
        part = _PART.match(text, at)
        if part is None:
            break
        kind, value = str(part.lastgroup if part.lastgroup != "word" else "unit"), part.group()
        if part.group("unit") is not None:
            kind = "unit"
        if not _fits(text, part, kind, value, soft and at > start, land):
            break
        units += kind == "unit"
        word = (part.group("word") or "").lower()
        strong += kind == "unit" and word not in _WEAK_WORDS
        land = word in _LAND
        named += kind in ("street", "first", "last", "one", "code")
        towns += kind == "town"
        last = part.end()
        gap = _GAP.match(text, last)
        if gap is None:
            break
        soft, at = gap.group().isspace() and "\n" not in gap.group(), gap.end()
    enough = (units and named) or (units > 1 and strong) or (strong and towns > 1)
    return last if enough else 0


def _fits(text: str, part: re.Match[str], kind: str, value: str, soft: bool, land: bool) -> bool:
    """Whether a part may follow the others of its chain; ``soft``: only a blank stands between."""
    letters = [word.lower() for word in _LETTERS.findall(value)]
    if kind == "unit":
        return True
    if any(word in NO_STREET - {"st", "rd"} for word in letters[:-1]) or letters[-1:] in (["the"], ["and"]):
        return False
    if kind == "town":
        return not soft and is_place(text, part.start(), part.end())
    if kind == "street" and soft and not value[0].isdigit():
        return land and value[0].isupper()
    if kind == "last" and soft:
        return False
    return not (kind == "code" and soft and not value[0].isdigit() and len(letters) > 1)


def is_place(text: str, first: int, last: int) -> bool:
    """Whether words with capitals after a comma or a line's end can be a place: no sentence begins there."""
    from attune.redaction.lexicon import base_of, lexicon

    lists, words = lexicon(), text[first:last].split()
    if len(words) > _LONGEST_TOWN or any(base_of(word) in NO_STREET for word in words):
        return False
    if len(words) == 1 and lists.tiers.get(base_of(words[0]), 9) <= 1:
        return False
    if _ENDED.match(text, last):
        return True
    following = _NEXT_WORD.match(text, last)
    if following is None:
        return _GOES_ON.match(text, last) is None
    return following.group(1).lower() in _AFTER and not (len(words) == 1 and base_of(words[0]) in lists.first)


# What may stand before the number of the house: its flat, its floor, its building, each on a line of its own or before a comma.
_BUILDING = rf"(?:The\s)?(?:(?-i:[A-Z])[\w'’-]+\s){{1,3}}(?:{_LAST}|cottage|barn|farm|mill|grange|old\s\w+)"
_BEFORE = re.compile(
    rf"(?:(?:{UNIT.replace('(?P<word>', '(?:')}|\b(?:flat|unit|studio|apartment|suite|room)|{_BUILDING})(?:\s*,\s*|[^\S\n]*\n\s*|\s+(?!\n)))*"
    r"(?:(?<!\w)(?:(?:house|plot|door|h|d|hse|qtr|flat)\.?\s?)?(?:no|nr)\b\.?\s*|#\s?)?(?P<pair>(?<![\w$€£.,:/+-])\d{1,5}[a-z]?\s(?:(?:and|&|/|-)\s)?)?\Z",
    re.I,
)
_REACH = 70

# What may stand after the street: flats, floors and entrances of many countries.
_AFTER_STREET = re.compile(
    r"(?:\s*,)?\s*(?:#\s?[\w-]{1,7}|(?:apt|apartment|unit|suite|ste|flat|room|rm|floor|lot|bldg|bus|boîte|bte|appt|apto|apartamento|bloco|bl|bât|bat|torre|esc|escalera"
    r"|portal|puerta|pta|interior|int|depto|dpto|m|lok|top|stiege|tür|wohnung|whg)\b\.?\s?#?\s?\d{0,4}[a-z]?(?:-\d{1,4})?(?![\w])|(?:bât|bat|bloco|esc|torre|bl)\b\.?\s?[a-z](?!\w)"
    r"|n\.?\s?[º°]\s?\d{1,5}|\.?[ºª°]\.?\s?(?:[a-z](?!\w)|(?:izq|dcha?|der|esq|dto|drt|frente|andar|piso)\w*\.?)?|\d{1,2}\s?\.?\s?[ºª°o]\.?\s?(?:[a-z](?!\w)|(?:izq|dcha?|der|esq|dto|drt|frente|andar|piso)\w*\.?)?|\d{1,2}\.?\s(?:tv|th|mf|sal|stock|og|étage|andar)\b\.?"
    r"|(?-i:[A-Z])\s\d{1,3}(?!\w)|(?-i:[A-Z])(?![\w'’])|-\s?(?:hs|[IVX]{1,4}|\d{1,3})(?!\w)|(?:\s?/\s?\d{1,3}){1,3}(?!\w))",
    re.I,
)  # fmt: skip
_TOWN_PART = re.compile(
    r"(?:\s*[,;]\s*|[^\S\n]*\n\s*|\s+[-–]\s+|\s?-(?=\d))(?P<town>(?-i:[A-ZÀ-Þ])[\w'’.-]*(?:[ -](?:d[aeo]s?|del|la|le|les|el|upon|on|am|an der|im)?[ -]?(?-i:[A-ZÀ-Þ])[\w'’.-]*){0,3})"
    r"(?P<rest>,?\s+(?:(?-i:[A-Z]{1,2}\d{1,2}[A-Z]?)(?![\w])|(?-i:[A-Z]{2,3}),?\s+\d{4,5}(?!\w)|\d{4,6}(?![\w-])))?"
)
_QUARTER = re.compile(rf"(?:\s*,\s*|[^\S\n]*\n\s*)(?:{UNIT.replace('(?P<word>', '(?:')}|\b(?:{_FIRST})\b\.?\s+{_NAME}(?:\s(?-i:[A-Z]){_NAME}){{0,2}}|(?:(?-i:[A-Z])[\w'’-]*\s){{1,3}}(?:{_LAST})\b)", re.I)  # fmt: skip


def start_with_unit(text: str, first: int) -> int:
    """Where an address begins whose street begins at ``first``: "Flat 63a,", "Suite 5" on a line of its own, "The Old Forge,"."""
    before = _BEFORE.search(text, max(0, first - _REACH), first)
    if before is None or (before.group("pair") and not text[first].isdigit()):
        return first
    return before.start()


def end_with_places(text: str, last: int) -> int:
    """Where an address ends whose street ends at ``last``: after flats, quarters and towns with capitals."""
    for _ in range(_MOST_PARTS):
        part = _AFTER_STREET.match(text, last) or _QUARTER.match(text, last)
        if part and part.end() > last:
            last = part.end()
            continue
        town = _TOWN_PART.match(text, last)
        if town is None:
            break
        if town.group("rest"):
            last = town.end()
        elif is_place(text, town.start("town"), town.end("town")):
            last = town.end("town")
        else:
            break
    return last
