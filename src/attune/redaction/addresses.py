# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Postal addresses as people write them in the US, the UK, German, Spanish and French."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from attune.redaction import address_cues, address_heads, address_labels
from attune.redaction.address_parts import NO_STREET, chains, end_with_places, start_with_unit
from attune.redaction.patterns import digit_windows, holds_number
from attune.redaction.types import Source, Span

_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD"
    "|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|AA|AE|AP|AS|GU|MH|FM|MP|PW|VI|BC|AB|SK|MB|ON|QC|NB|NS|PE|NL|NSW|VIC|QLD|TAS|NT|ACT"
)
_STATE_NAMES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa"
    "|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada"
    "|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island"
    "|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming"
)
_CLEAR = (
    r"street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|court|ct|terrace|ter|parkway|pkwy|highway|hwy|expressway|crescent|cres|nagar|marg|chowk|ganj|zila|salai|vihar|enclave|puram"
    r"|mews|turnpike|tpke|plaza|cul-de-sac|alley|aly|freeway|causeway|esplanade|promenade"
)
_UNCLEAR = (
    r"drive|dr|place|pl|square|sq|way|circle|cir|trail|trl|close|gardens|gdns|grove|row|hill|walk|loop|path|park|heights|rise|view|green"
    r"|point|run|ridge|creek|valley|crossing|bend|cove|landing|pass|pike|quay|wharf|vale|mill|mills|field|fields|meadow|meadows|island"
    r"|islands|isle|canyon|cliff|cliffs|club|common|commons|corner|corners|course|coves|curve|dale|dam|divide|estate|estates|extension"
    r"|fall|falls|ferry|flat|flats|ford|fords|forest|forge|forges|fork|forks|fort|garden|gateway|glen|glens|harbor|harbors|haven|hills"
    r"|hollow|inlet|junction|junctions|key|keys|knoll|knolls|lake|lakes|light|lights|locks|lodge|manor|manors|motorway|mount|mountain"
    r"|orchard|oval|overpass|passage|pine|pines|plain|plains|port|ports|prairie|radial|ramp|ranch|rapid|rapids|rest|ridges|river|route"
    r"|shoal|shoals|shore|shores|skyway|spring|springs|spur|spurs|station|stravenue|stream|summit|throughway|trace|track|trafficway"
    r"|tunnel|underpass|union|unions|viaduct|views|village|villages|ville|vista|walks|wall|ways|well|wells|bluff|bluffs|branch|bridge"
    r"|brook|brooks|burg|burgs|bypass|camp|cape|center|centers|centre|squares|streets|roads|neck|parade|arcade|chase|copse|fold|garth|strand|wynd"
)
_UNIT = r"(?:[\s,]+(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|bldg|building|lot|piso|puerta|wohnung)\b\.?\s?#?\s?[\w-]{1,6}|[\s,]+(?:(?:no|nr)\b\.?\s?|#\s?)\d[\w-]{0,5})"
_ZIP = r"(?:\d{5}(?:-\d{4})?)"
_UK_POSTCODE = r"(?:[A-Za-z]{1,2}\d[A-Za-z\d]?\s?\d[A-Za-z]{2})"
_CITY = r"(?:[^\W\d_][\w.'’-]*(?:\s[^\W\d_][\w.'’-]*){0,3})"
_TAIL = (
    rf"(?:{_UNIT})?"
    rf"(?:[\s,]+{_CITY},?\s+(?:(?:{_STATES}|{_STATE_NAMES}),?\s+(?:{_ZIP}|\d{{4}}\b)|{_UK_POSTCODE}\b|(?:{_STATES})\b(?-i:(?<=[A-Z]))|{_ZIP}\b)"
    rf"|,\s*(?:{_CITY},\s*)?(?:{_STATES}|{_STATE_NAMES})\b|[\s,]+{_ZIP}\b|[\s,]+{_UK_POSTCODE}\b)?"
)
_HOUSE = re.compile(r"(?<![\w$€£.:/+-])(?<!\d,)(?:u(?=\d{1,4}/))?\d{1,6}", re.I)
# What is numbered and is no house.
_NUMBERS_ELSE = re.compile(
    r"\b(?:chapters?|ch\.|pages?|p\.|steps?|parts?|questions?|verses?|episodes?|ep\.?|seasons?|vol\.?|volume|levels?|items?|figures?|tables?|version|grade|year|day|week|round|game|track)\s\Z",
    re.I,
)
_NUMBER = r"u?\d{1,6}[a-zA-Z]?(?:\s?[-/]\s?\d{1,4}[a-zA-Z]?)?"
_STREET_WORD = r"(?:[^\W\d_][\w.'’-]*|\d{1,3}(?:st|nd|rd|th))"

_ENGLISH_CLEAR = re.compile(
    rf"{_NUMBER},?\s+(?P<street>(?:{_STREET_WORD}\s+){{1,4}}?)(?:{_CLEAR})s?\b\.?(?:\s+(?:[NSEW]|[NS][EW])\b)?{_TAIL}",
    re.I,
)
_ENGLISH_UNCLEAR = re.compile(
    rf"{_NUMBER},?\s+(?P<street>(?:{_STREET_WORD}\s+){{1,3}}?)(?:{_UNCLEAR})s?\b\.?(?:\s+(?:[NSEW]|[NS][EW])\b)?{_TAIL}",
    re.I,
)
_GERMAN = re.compile(
    r"(?<![\w-])(?:(?:(?-i:[A-ZÄÖÜ])[\wäöüß.-]{0,30}\s)?[A-ZÄÖÜa-zäöüß][\wäöüß-]{0,30}(?:straße|strasse|str\.|gasse|allee|weg|platz|ring|damm|ufer|chaussee|steig|pfad|straat|laan|plein|gracht|kade|dijk|steeg|singel|dreef|baan|hof|gatan|vägen|gata|veien|katu|vej|gade)"
    r"|(?:[A-ZÄÖÜ][\wäöüß.-]+\s)(?:Straße|Strasse|Str\.|Gasse|Allee|Weg|Platz|Ring|Damm|Ufer))"
    r"\s+\d{1,4}(?:\s?[a-z]\b)?(?:\s?[-/]\s?\d{1,4}(?:\s?[a-z]\b)?)?(?![^\W_])(?!\s?(?:uhr|euro|jahre|mal|tage|minuten))(?:,?\s+(?:in\s+)?(?:D-|A-|CH-)?\d{4,5}(?!\d))?",
    re.IGNORECASE,
)  # fmt: skip
_ROMANCE = re.compile(
    r"(?<!\w)(?:c/|(?:calle|avda\.?|avenida|av\.|plaza|pza\.?|paseo|p\.º|camino|carretera|ronda|travesía|acceso|alameda|pasaje|pasadizo|vial|perif[ée]rico|andador|retorno|peatonal|privada|cerrada|circuito|prolongación|prol\.|calzada|calz\.|circunvalación|diagonal|estrada|viela|vereda|praça|ladeira|rodovia|trevo|stretto|incrocio|rotonda|canale|cuesta|urbanización|glorieta|pso\.?|cañada|callejón|rambla|vía|blvd\.?|c\.|carrer|rua|travessa|viale|corso|piazza|strada|borgo|contrada|vicolo|largo|via(?=\s+[A-Z]))\s)"
    r"\s*(?:(?:de\s+la|de\s+los|de\s+las|del|de|da|do|dos|della|dei)\s+)?[^\W\d_][\w.'’-]*(?:\s+(?!n\.?[º°úu])[^\W\d_][\w.'’-]*){0,4}?,?\s*(?:n\.?\s?[º°úuo][a-z]*\.?\s*|#\s?)?\d{1,4}(?!\d)(?:\s?[a-z]\b)?"
    r"(?:\s*,?\s*(?:piso|puerta|apt\.?|bajo|local|planta|appartamento|piano|interno|int\.|scala|interior|depto\.?|edif\.?|\d{1,4}\b)\s*\w{0,4}\b)*(?:\s*,\s*[^\W\d_][\w-]+(?:\s[^\W\d_][\w-]+)?(?=\s*,\s*\d{5}))?(?:\s*,?\s*\d{1,2}\.?\s?[ºª°]\.?\s?(?:[a-z]\b|(?:izq|dcha?|dto|esq|drt|frente|andar)\w*)?)?(?:\s*,?\s*\d{4,5}(?:\s+[^\W\d_][\w-]+)?)?",
    re.IGNORECASE,
)
_FRENCH = re.compile(
    r"(?<![\w.,])\d{1,4}(?:\s?(?:bis|ter))?,?\s+(?:rue|avenue|boulevard|bd|place|allée|chemin|impasse|quai|cours|route|square)\s+"
    r"(?:(?:de\s+la|de\s+l'|des|du|de|d')\s*)?[^\W\d_][\w'’-]*(?:\s+[^\W\d_][\w'’-]*){0,3}(?:,?\s+\d{5}(?:\s+(?:(?:saint|sainte|la|le|les)[ -])?[^\W\d_][\w-]+)?)?",
    re.IGNORECASE,
)
# "31 The Esplanade", "8 The Parade": no sentence has these words so
_THE_STREET = re.compile(
    r"(?<![\w$€£.:/+-])\d{1,4}[a-z]?\s(?-i:The)\s(?:(?-i:[A-Z])\w+\s)?(?-i:Esplanade|Parade|Avenue|Drive|Mall|Strand|Terrace|Crescent|Green|Square|Grove|Close|Mews|Boulevard|Circle|Grange|Ridgeway|Street|Lane|Walk|Broadway|Promenade|Quay|Rise|Causeway|Ridge|Paddock|Paddocks|Orchard|Meadows|Glade|Spinney|Copse|Oaks|Elms|Laurels|Limes|Hollies|Croft|Crofts|Drove|Wharf|Gardens|Beeches|Poplars|Willows|Cedars|Pines)(?!\w)"
    r"|(?<![\w$€£.:/+-])\d{1,4}[a-z]?\sthe\s(?:esplanade|parade|crescent|ridgeway|broadway|promenade|quay|terrace|avenue|boulevard)(?!\w)",
    re.I,
)
_BOX = re.compile(
    rf"\b(?:(?:g\.?)?p\.?\s?o\.?\s?box|post office box|(?:private|locked) bag|p\.?m\.?b\.?|postfach|postbus|postboks|apartado(?: de correos| postal)?|caixa postal|casilla(?: postal)?|casella postale|bp)\s+(?:no\.?\s)?(?:\d{{2}}(?:\s\d{{2}}){{1,2}}\b|[a-z]?\d{{1,6}}(?!\d))(?!\s?/\s?\d){_TAIL}",
    re.I,
)
_PLACE_ZIP = re.compile(rf"\b[A-Z][\w.'-]{{0,30}}(?:\s[A-Z][\w.'-]{{0,30}}){{0,2}},?\s+(?:{_STATES}),?\s+{_ZIP}\b")
_STATE_ZIP = re.compile(rf"\b(?:{_STATES}),?\s+{_ZIP}\b")
_STATE_NAME_ZIP = re.compile(rf"\b(?:{_STATE_NAMES}),?\s+{_ZIP}\b", re.I)
_POSTCODE = re.compile(r"\b(?:GIR ?0AA|[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2})\b", re.I)
_CANADIAN_POSTCODE = re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d\b")
_MILITARY = re.compile(r"\b(?:PSC|Unit|USNS|USCGC|USNV|USS)\s+[\w\s,]{1,30}(?:APO|FPO|DPO)\s+(?:AA|AE|AP)\s+\d{5}\b", re.I)
_ORDINAL = re.compile(r"\d(?:st|nd|rd|th|am|pm|hr)$", re.I)

# What may stand between a street and a postal code: a few words of a place on each line, or between commas.
_SEGMENT = r"(?:[\s,]*[\n,]\s*|\s{1,3})[^\W\d_][\w.'’-]*(?:[ -][^\W\d_][\w.'’()-]*){0,3}"
_ANY_CODE = rf"(?:\d{{5}}-?\d{{3}}|\d{{2}}-\d{{3}}(?!\d)|{_ZIP}|\d{{6}}|\d{{3}} \d{{2,3}}|\d{{4}}-\d{{3}}|{_UK_POSTCODE}|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d|\d{{4}} ?(?-i:[A-Z]{{2}})|\d{{4}}(?=\s*$|[.,;\n]|\s+(?-i:[A-ZÄÖÜ])))"
_TO_CODE = re.compile(
    rf"(?P<between>(?:{_SEGMENT}){{0,3}}?)[\s,-]+(?:(?:[A-Z]{{1,3}}|{_STATES})[\s,-]+)?{_ANY_CODE}(?![\w-])(?:,?\s(?-i:[A-ZÄÖÜ])[\w'’-]+(?:[ -](?-i:[A-ZÄÖÜ])[\w'’-]+){{0,3}})?(?:\s?\([A-Z]{{2}}\))?",
    re.I,
)
_PLACE = re.compile(r"[^\W\d_]+")
# From the number of a house or flat to a postal code that is one by its form, with nothing but names and numbers between.
_UP_TO_CODE = re.compile(
    r"(?<![\w$€£.:/+-])(?:(?:flat|studio|apt\.?|apartment|unit|suite|room)\s+\w{1,5}|\d{1,6}[a-z]?)"
    r"(?P<between>(?:[\s,]+(?:(?:suite|apt\.?|unit|flat|apartment|box|\#)\s*\d{1,5}|\d{1,5}[a-z]?(?=\s)|[^\W\d_][\w.'’-]*)){1,9}?)"
    rf"[\s,]+(?:{_UK_POSTCODE}|[a-z]\d[a-z][ -]?\d[a-z]\d|(?:{_STATES}),?\s+{_ZIP}|(?:NSW|VIC|QLD|TAS|ACT|WA|NT|SA),?\s+\d{{4}})(?![\w-])",
    re.I,
)
# A French street without a number; with a capital or a postal code after it.
_RUE = re.compile(
    r"(?<!\w)(?:rue|chemin|allée|ruelle|boulevard|avenue|impasse)\s+(?:(?:de\s+la|de\s+l'|des|du|de|d')\s*)?"
    r"(?:(?-i:[A-ZÉÈ])[\w'’-]*(?:\s+(?-i:[A-ZÉÈ])[\w'’-]*){0,3}|[^\W\d_][\w'’-]*(?:[^\S\n]+[^\W\d_][\w'’-]*){0,3}(?=[\s,]+\d{5}\s))"
    r"(?:[\s,]+\d{5}\s+(?:(?:saint|sainte|la|le|les)[ -])?[^\W\d_][\w'’-]+)?",
    re.I,
)
_ENDS_IN_CODE = re.compile(r"(?:\d{4,5}|\d{8}|\d{5}-\d{3,4})(?:[a-z]{2}|\s?[A-Z]{2})?\Z")
# What follows a code that stands before its town: "9468 FN Toldijk", "92012, Cianciana (AG)", "3562 Rohrbach in Tirol".
_TOWN = re.compile(
    r"(?:(?i:\s?[a-z]{2})(?=[\s,]))?[\s,]{1,3}(?P<town>(?:(?i:bad|st\.?|saint|sankt|san|santa|alt|neu|los|las|la|le|den|de|da|do|el)[\s-])*[^\W\d_][\w'’-]*)"
    r"(?P<more>(?:\s(?i:in|am|an der|an|im|ob der|bei|di|del|della|dell|de|da|do|sur|les|upon|y|e)\s[^\W\d_][\w'’-]*(?:\s[A-ZÄÖÜ][\w-]+|\ssee\b)?| [A-ZÄÖÜ][\w'’-]+){0,2})"
    r"(?:\s?\((?i:[a-z]{2})\)|\s?/\s?(?i:[a-z]{2})\b)?"
)
_EXTENSION = re.compile(r"(?<=\d{5})-\d{3,4}(?![\w-])")
_COUNTRY = re.compile(
    r",?\s+(?:U\.?S\.?A\b\.?|US\b(?-i:(?<=US))|United States(?: of America)?|UK\b|U\.K\.|United Kingdom|England|Scotland|Wales|Northern Ireland|Ireland|Canada"
    r"|Australia|New Zealand|Germany|Deutschland|France|Spain|España|Italy|Italia|Austria|Österreich|Switzerland|Schweiz|India|Netherlands|Nederland"
    r"|Belgium|Belgique|België|Mexico|México|Portugal|Poland|Polska|Sweden|Sverige|Norway|Norge|Denmark|Danmark|Finland|Suomi|Brazil|Brasil)\b",
    re.I,
)

_ENGLISH_WORDS = frozenset(f"{_CLEAR}|{_UNCLEAR}".split("|"))
_ENGLISH_WORDS |= {f"{word}s" for word in _ENGLISH_WORDS}
_FRENCH_WORDS = frozenset("rue ruelle avenue boulevard bd place allée chemin impasse quai cours route square".split())
_RUE_WORDS = frozenset("rue chemin allée ruelle boulevard avenue impasse".split())
_ROMANCE_WORDS = frozenset(
    """calle avda avenida av plaza pza paseo camino carretera ronda travesía carrer rua travessa viale corso piazza via strada borgo contrada
    vicolo largo pasadizo periférico periferico andador retorno peatonal privada cerrada circuito prolongación prol calzada calz circunvalación diagonal estrada
    viela vereda praça ladeira rodovia trevo stretto incrocio rotonda canale c acceso alameda pasaje vial cuesta urbanización glorieta pso cañada callejón rambla vía barrio""".split()
)
_THE_WORDS = frozenset("esplanade parade crescent ridgeway broadway promenade quay terrace avenue boulevard".split())
_BOX_WORDS = frozenset("box bag pmb p postfach postbus postboks apartado caixa casilla casella bp".split())
_MILITARY_WORDS = frozenset({"apo", "fpo", "dpo"})
_GERMAN_ENDS = tuple(
    """straße strasse str gasse allee weg platz ring damm ufer chaussee steig pfad straat laan plein gracht kade dijk steeg singel dreef baan hof
    gatan vägen gata veien katu tie vej gade""".split()
)
_STREET_ENDS = (*_GERMAN_ENDS, *address_heads.STREET_ENDS)
_FIVE_DIGITS, _LETTER_DIGIT = re.compile(r"\d{5}"), re.compile(r"\d(?<=[A-Za-z]\d)")
_CODE_HINT = re.compile(r"\d(?:\d{3}|(?<=[A-Za-z]\d))")

# Where a postal address of Latin America ends: after the street come the flat, the quarter, the code, the town and its state.
# "Av. Insurgentes Sur 1602, Col. Crédito Constructor, 03940 Ciudad de México, CDMX"; "Rua Augusta, 1500 - Consolação,
# São Paulo - SP, 01304-001". Every part is told by its word or its form; a town alone by its capital behind a comma.
_LATIN_NAME = r"(?-i:[A-ZÁÉÍÓÚÂÊÔÃÕÇÑ])[\w'’-]*"
_LATIN_NAMES = rf"{_LATIN_NAME}(?:\s(?:(?:d[aeo]s?|del|de\s(?:la|las|los)|el|la|las|los|e|y)\s)?{_LATIN_NAME}){{0,3}}"
_LATIN_STATES = (
    r"(?-i:AC|AL|AP|AM|BA|CE|DF|ES|GO|MA|MT|MS|MG|PA|PB|PR|PE|PI|RJ|RN|RS|RO|RR|SC|SP|SE|TO|CDMX)\b|D\.\s?F\.?"
    r"|(?-i:Ags|B\.C|Camp|Chih|Chis|Coah|Col|Dgo|Edo\.\sMéx|Gro|Gto|Hgo|Jal|Mich|Mor|Nay|N\.L|Oax|Pue|Qro|Q\.\sRoo|Sin|Son|Tab|Tamps"
    r"|Tlax|Ver|Yuc|Zac)\."
)
_LATIN_QUARTER = (
    r"(?:col|colonia|fracc|fraccionamiento|bairro|barrio|jardim|jd|urb|urbanização|alcaldía|alcaldia|delegación|delegacion|conjunto|setor)"
    r"\.?\s+[^\W\d_][\w'’-]*(?:\s(?:(?:d[aeo]s?|del|el|la|las|los)\s)?" + _LATIN_NAME + r"){0,3}"
)
_LATIN_UNIT = (
    r"(?:#|no\.?|núm\.?|int\.?|interior|depto\.?|apto\.?|ap\.?|apartamento|departamento|bloco|torre|casa|lote|manzana|mz\.?|lt\.?|sala|piso)"
    r"\s?\w{1,4}\b|\d{1,2}\s?[ºª°]\s(?:andar|piso)"
)
_LATIN_CODE = rf"(?:c\.?\s?p\.?:?\s*|cep:?\s*)?\d{{5}}(?:-\d{{3}})?(?![\w-])(?:\s+(?!(?:y|e|and|but|please)\b){_LATIN_NAMES})?"
_LATIN_LABELLED_CODE = r"(?:c\.\s?p\.|cp|cep|código\spostal):?\s*\d{5}(?:-\d{3})?(?![\w-])"
_LATIN_GAP = r"(?:\s*,\s*|\s+[-–]\s+|\s*/\s*)"
_LATIN_TOWN = rf"{_LATIN_NAMES}(?=\s*[,./\n]|\s+[-–]\s|\s*\Z)"
_LATIN_PART = re.compile(
    rf"(?:{_LATIN_GAP}(?:{_LATIN_UNIT}|{_LATIN_QUARTER}|{_LATIN_CODE}|{_LATIN_STATES}|{_LATIN_TOWN})"
    rf"|\s+(?:{_LATIN_UNIT}|{_LATIN_STATES}|{_LATIN_LABELLED_CODE})|-[A-Z]\b|(?<=\d{{5}})-\d{{3}}(?![\w-])(?:\s+{_LATIN_NAMES})?|\s(?:andar|piso)\b|\s*\n\s*(?:{_LATIN_QUARTER}|{_LATIN_CODE}))",
    re.I,
)


def find(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """Postal addresses in ``text``, whose lower-case words are ``words``."""
    for first, last in address_heads.unnumbered(text, words):
        yield _address((first, _whole(text, first, last)), Source.STREET)
    if not holds_number(text):
        if not words.isdisjoint(_RUE_WORDS):
            yield from (_address(span, Source.STREET) for span in _rues(text))
        return
    for first, last in _heads(text, words):
        yield _address((start_with_unit(text, first), _whole(text, first, last)), Source.STREET)
    for first, last in chains(text, words):
        yield _address((first, _whole(text, first, last)), Source.STREET)
    yield from (_address(span, Source.STREET) for span in address_labels.labelled(text, words))
    if _CODE_HINT.search(text):
        yield from (_address(span, Source.LABELLED) for span in address_labels.postcodes(text, words))
        yield from _codes(text)
        for match in _UP_TO_CODE.finditer(text):
            if not any(word.lower() in NO_STREET - {"st"} for word in _PLACE.findall(match.group("between"))):
                yield _address(
                    (start_with_unit(text, match.start()), _with_country(text, match.end())), Source.HOUSE_TO_POSTCODE
                )


def _whole(text: str, first: int, last: int) -> int:
    """Where an address ends whose street ends at ``last``: after its flat, quarter, code, town and country."""
    coded = _to_code(text, first, last)
    if coded == last:
        placed = end_with_places(text, last)
        coded = _to_code(text, first, placed) if placed > last else last
    return _with_country(text, coded)


def _heads(text: str, words: AbstractSet[str]) -> Iterator[tuple[int, int]]:
    """Streets with the number of a house, boxes, bases."""
    english, french = not words.isdisjoint(_ENGLISH_WORDS), not words.isdisjoint(_FRENCH_WORDS)
    if english or french:
        for house in _HOUSE.finditer(text):
            yield from _numbered(text, house.start(), english, french)
    street_ending = any(map(_ends_like_street, words))
    if street_ending:
        yield from (match.span() for match in _GERMAN.finditer(text) if not _english_word(match.group()))
    if french and not words.isdisjoint(_RUE_WORDS):
        yield from _rues(text)
    if not words.isdisjoint(_ROMANCE_WORDS):
        yield from ((match.start(), _latin_end(text, match.end())) for match in _ROMANCE.finditer(text))
    yield from address_cues.find(text, words)
    yield from address_heads.heads(text, words, street_ending=street_ending)
    if "the" in words and (" The " in text or not words.isdisjoint(_THE_WORDS)):
        yield from (match.span() for match in _THE_STREET.finditer(text))
    for wanted, expression in ((_BOX_WORDS, _BOX), (_MILITARY_WORDS, _MILITARY)):
        if not words.isdisjoint(wanted):
            yield from (match.span() for match in expression.finditer(text))


@functools.lru_cache(maxsize=1 << 15)
def _ends_like_street(word: str) -> bool:
    return word.endswith(_STREET_ENDS)


def _latin_end(text: str, last: int) -> int:
    """Where the address ends whose street and number end at ``last``."""
    while part := _LATIN_PART.match(text, last):
        last = part.end()
    return last


def _town(text: str, last: int) -> int:
    """Where an address ends whose postal code stands before the town: at the town, if what follows the code can be one."""
    from attune.redaction.lexicon import base_of, lexicon

    match = _TOWN.match(text, last)
    if match is None:
        return last
    word, lists = match.group("town").split()[-1], lexicon()
    base = base_of(word)
    marked = text[match.end() - 1] == ")" or "/" in text[match.end() - 4 : match.end()]
    strange = word[0].isupper() or word not in lists.trivial or (lists.tiers.get(base, 9) > 5 and base not in lists.not_names)
    if not (marked or strange) or base in NO_STREET:
        return last
    if (
        match.group("more")
        and not marked
        and match.group("more").islower()
        and lists.tiers.get(base_of(match.group("more").split()[-1]), 9) <= 4
    ):
        return match.end("town")
    return match.end()


def _rues(text: str) -> Iterator[tuple[int, int]]:
    """French streets without a number."""
    yield from (match.span() for match in _RUE.finditer(text) if match.group().split()[1].lower() not in NO_STREET)


def _numbered(text: str, at: int, english: bool, french: bool) -> Iterator[tuple[int, int]]:
    if _NUMBERS_ELSE.search(text, max(0, at - 14), at):
        return
    if english:
        for expression, unclear in ((_ENGLISH_CLEAR, False), (_ENGLISH_UNCLEAR, True)):
            match = expression.match(text, at)
            if match and _street(match.group("street"), match.group(), unclear):
                yield match.span()
    if french and (match := _FRENCH.match(text, at)):
        yield match.span()


def _to_code(text: str, first: int, last: int) -> int:
    """Where an address ends: at its postal code and town, where places alone stand between."""
    if _ENDS_IN_CODE.search(text, max(first, last - 12), last):
        return _town(text, last)
    match = _TO_CODE.match(text, last)
    if match and not any(word.lower() in NO_STREET for word in _PLACE.findall(match.group("between"))):
        return match.end()
    return last


def _with_country(text: str, last: int) -> int:
    """Where an address ends with the country that may follow it."""
    extension = _EXTENSION.match(text, last)
    last = extension.end() if extension else last
    country = _COUNTRY.match(text, last)
    return country.end() if country else last


def _english_word(street: str) -> bool:
    """Whether what ends like a German street is a word: "during 2019", "spring 2020", "a decade 3"."""
    from attune.redaction.lexicon import OTHER_LANGUAGE_TIER, lexicon

    first = street.split()[0].lower()
    return first.endswith(_GERMAN_ENDS) and lexicon().tiers.get(first, OTHER_LANGUAGE_TIER) < OTHER_LANGUAGE_TIER - 1


def _codes(text: str) -> Iterator[Span]:
    """Postal codes, with the place before them where it is written."""
    if _FIVE_DIGITS.search(text):
        for first, last in digit_windows(text, 60, 12):
            yield from (_address(match.span(), Source.TOWN_AND_POSTCODE) for match in _PLACE_ZIP.finditer(text, first, last))
            for expression in (_STATE_ZIP, _STATE_NAME_ZIP):
                yield from (_address(match.span(), Source.POSTCODE) for match in expression.finditer(text, first, last))
    if _LETTER_DIGIT.search(text):
        yield from (_address(match.span(), Source.POSTCODE) for match in _CANADIAN_POSTCODE.finditer(text))
        for match in _POSTCODE.finditer(text):
            if not _ORDINAL.search(match.group()):
                yield _address(match.span(), Source.POSTCODE)


# With a capital these are parts of names of streets.
_IN_STREET_NAMES = frozenset("St N S E W Point Star Stone Long Short Block Way Lane Million".split())
_SHORTENED = frozenset("saint. mount. fort. north. south. east. west. capt. prof. pres.".split())


def _street(words: str, whole: str, unclear: bool) -> bool:
    names = words.split()
    if any(name.lower().strip(".,'’") in NO_STREET and name not in _IN_STREET_NAMES for name in names):
        return False
    if len(names) == 1 and names[0] in ("Lane", "Way", "Block", "Point", "Star"):  # "2 Lane Highway"
        return False
    if any(len(name) > 3 and name[-1] in ".!?" and name.lower() not in _SHORTENED for name in names):  # a sentence ends there
        return False
    # "5 good reasons ... hill" in lower case is a sentence; a short street name or a capital is an address
    return (
        not unclear or any(name[0].isupper() for name in names) or (len(names) <= 2 and whole.split()[0] not in {"1", "2", "3"})
    )


def _address(span: tuple[int, int], source: Source) -> Span:
    return Span(*span, "STREET_ADDRESS", source)
