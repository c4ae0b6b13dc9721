# ruff: noqa: E501 - expressions and word lists stay on the line where they can be read as one
"""Towns and cities for training texts."""

from __future__ import annotations

_LIST = """
Albany|Albuquerque|Amarillo|Amsterdam|Anchorage|Ann Arbor|Antwerp|Asheville|Athens|Atlanta|Auckland|Augusta|Austin|Bakersfield|Baltimore|Bangalore
Barcelona|Basel|Baton Rouge|Belfast|Bellingham|Bergen|Berkeley|Berlin|Bern|Bilbao|Birmingham|Bogotá|Boise|Bologna|Bonn|Bordeaux|Boston|Boulder
Bournemouth|Bremen|Bridgeport|Brighton|Brisbane|Bristol|Brno|Brooklyn|Brussels|Bucharest|Budapest|Buenos Aires|Buffalo|Burlington|Cairo|Calgary
Cambridge|Canberra|Cape Town|Caracas|Cardiff|Charleston|Charlotte|Chattanooga|Chengdu|Chennai|Chicago|Cincinnati|Cleveland|Cologne|Columbus
Copenhagen|Cordoba|Cork|Corpus Christi|Dallas|Dayton|Delhi|Denver|Des Moines|Detroit|Dortmund|Dresden|Dublin|Duluth|Durham|Düsseldorf|Edinburgh
Edmonton|El Paso|Essen|Eugene|Exeter|Fargo|Fayetteville|Flagstaff|Florence|Fort Worth|Frankfurt|Freiburg|Fresno|Galway|Geneva|Genoa|Ghent|Glasgow
Graz|Greensboro|Greenville|Grenoble|Guadalajara|Halifax|Hamburg|Hamilton|Hanoi|Hanover|Hartford|Heidelberg|Helsinki|Hong Kong|Honolulu|Houston
Indianapolis|Innsbruck|Istanbul|Jacksonville|Jakarta|Jersey City|Johannesburg|Kansas City|Karachi|Kiel|Kingston|Knoxville|Krakow|Kyiv|Kyoto|Lagos
Lahore|Lancaster|Las Vegas|Lausanne|Leeds|Leicester|Leipzig|Leon|Lexington|Lille|Lima|Lincoln|Lisbon|Little Rock|Liverpool|London|Long Beach
Los Angeles|Louisville|Lubbock|Lucerne|Lyon|Madison|Madrid|Malaga|Malmö|Manchester|Manila|Mannheim|Marseille|Melbourne|Memphis|Mesa|Mexico City
Miami|Milan|Milwaukee|Minneapolis|Mobile|Modesto|Monterrey|Montreal|Moscow|Mumbai|Munich|Münster|Nairobi|Nantes|Naples|Nashville|New Haven
New Orleans|New York|Newark|Newcastle|Nice|Norwich|Nottingham|Nuremberg|Oakland|Omaha|Orlando|Oslo|Ottawa|Oxford|Palermo|Paris|Pasadena|Perth
Philadelphia|Phoenix|Pittsburgh|Plymouth|Porto|Portland|Prague|Providence|Quebec|Quito|Raleigh|Reno|Richmond|Riga|Rochester|Rome|Rotterdam
Sacramento|Salem|Salt Lake City|Salzburg|San Antonio|San Diego|San Francisco|San Jose|Santa Fe|Santiago|Savannah|Scottsdale|Seattle|Seoul|Seville
Shanghai|Sheffield|Singapore|Spokane|Springfield|St. Louis|Stockholm|Strasbourg|Stuttgart|Sydney|Syracuse|Tacoma|Tallinn|Tampa|Tel Aviv|Thessaloniki
Tokyo|Toledo|Toronto|Toulouse|Tucson|Tulsa|Turin|Uppsala|Utrecht|Valencia|Vancouver|Venice|Vienna|Vilnius|Warsaw|Wichita|Winnipeg|Worcester|Wroclaw
York|Zagreb|Zaragoza|Zürich|Leuven|Aarhus|Tempe|Plano|Irvine|Bend|Macon|Ithaca|Duluth|Topeka|Yuma|Provo|Ogden|Laredo|Tyler|Waco|Peoria|Akron|Erie
"""  # fmt: skip

CITIES = [city.strip() for city in _LIST.replace("\n", "|").split("|") if city.strip()]
