# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""More patterns of the world: number plates, identity numbers, payment addresses, and places given by words or codes."""

from __future__ import annotations

import re

from stdnum.dk import cpr
from stdnum.ie import pps

from attune.redaction import validators as check
from attune.redaction.pattern_tables import END, IS, START, pattern
from attune.redaction.types import Source

# Number plates, by the forms that little else has. Written in capitals only: in lower case the same letters are words.
_INDIA = "AP|AR|AS|BR|CG|CH|DD|DL|DN|GA|GJ|HP|HR|JH|JK|KA|KL|LA|LD|MH|ML|MN|MP|MZ|NL|OD|OR|PB|PY|RJ|SK|TN|TR|TS|TG|UK|UP|WB"
_IRELAND = "C|CE|CN|CW|D|DL|G|KE|KK|KY|L|LD|LH|LK|LM|LS|MH|MN|MO|OY|RN|SO|T|TN|TS|W|WD|WH|WW|WX"
_AUSTRIA = "AM|BL|BM|BN|BR|BZ|DL|DO|EF|EU|FB|FE|FF|FK|FR|FV|G|GB|GD|GF|GM|GR|GS|GU|HA|HB|HE|HF|HL|HO|IL|IM|JE|JO|JU|JW|K|KB|KF|KI|KL|KO|KR|KS|KU|L|LA|LB|LE|LF|LI|LL|LN|LZ|MD|ME|MI|MT|MU|MZ|ND|NK|OP|OW|PE|PL|RA|RE|RI|RO|S|SB|SD|SE|SL|SP|SR|SV|SW|SZ|TA|TU|UU|VB|VI|VK|VL|VO|W|WB|WE|WK|WL|WN|WO|WT|WU|WY|WZ|ZE|ZT|ZW"
_GHANA = "AS|AW|AE|AC|BA|BT|BW|CR|CW|ER|EN|GR|GT|GW|GE|GN|GS|GX|GC|GB|GG|NR|UE|UW|VR|VD|WR|WT"
_PROVINCES = "GP|EC|MP|NW|FS|ZN|WP|NC"
PLATES = (
    pattern("LICENSE_PLATE", rf"(?<![\w-])(?:{_INDIA})[ -]?\d{{1,2}}[ -]?[A-Z]{{1,3}}[ -]?\d{{4}}(?![\w-])|\b\d{{2}} ?BH ?\d{{4}} ?[A-Z]{{1,2}}\b", Source.FORMAT, flags=0),
    pattern("LICENSE_PLATE", rf"(?<![\w-])\d{{2,3}}-(?:{_IRELAND})-\d{{1,6}}(?![\w-])|(?<![\w-])(?:1[0-9]|2[0-9])[12]?(?:{_IRELAND})\d{{3,6}}(?![\w-])", Source.FORMAT, flags=0),
    pattern("LICENSE_PLATE", r"(?<![\w-])[A-Z]{3}-\d{3}-?[A-Z]{2}(?![\w-])|(?<![\w-])[A-Z]{2}\d{3}-[A-Z]{3}(?![\w-])", Source.FORMAT, flags=0),
    pattern("LICENSE_PLATE", r"(?<![\w-])[KU][A-Z]{2} ?\d{3}[A-Z](?![\w-])|(?<![\w-])GK[A-Z]? ?\d{3}[A-Z](?![\w-])|\bT ?\d{3} ?[A-Z]{3}\b(?<!THE)(?<!AND)", Source.FORMAT, flags=0),
    pattern("LICENSE_PLATE", rf"(?<![\w-])(?:{_GHANA}|M)[ -]\d{{1,4}}[ -](?:0[9]|1\d|2\d|[A-Z])(?![\w-])", Source.FORMAT, check.ghanaian_plate, flags=0),
    pattern("LICENSE_PLATE", rf"(?<![\w-])(?:C[A-Z]{{1,2}}|N[A-Z]{{1,2}}) ?\d{{3}}-\d{{3}}(?![\w-])|\b[A-Z]{{3}} ?\d{{3}} ?(?:{_PROVINCES})\b|\b[A-Z]{{2}} ?\d{{2}} ?[A-Z]{{2}} ?(?:{_PROVINCES})\b", Source.FORMAT, flags=0),
    pattern("LICENSE_PLATE", rf"(?<![\w-])(?:{_AUSTRIA})-(?=\d{{3}}|\d{{1,2}} ?[A-Z]{{2}})\d{{1,5}} ?[A-Z]{{1,3}}(?![\w-])", Source.FORMAT, flags=0),
    pattern("LICENSE_PLATE", r"(?<![\w-])(?:[A-Z]{2}-\d{2}-[A-Z]{2}|\d{2}-[A-Z]{2}-\d{2}|\d{2}-\d{2}-[A-Z]{2}|\d{1,2}-[A-Z]{3}-\d{1,2}|[A-Z]{1,2}-\d{3}-[A-Z]{1,2}|[A-Z]{3}-\d{2}-[A-Z])(?![\w-])", Source.FORMAT, check.dashed_plate, flags=0),
    pattern("LICENSE_PLATE", r"(?<![\w.,$€£-])\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}(?![\w-])", Source.FORMAT, check.spanish_plate, flags=0),
    pattern("LICENSE_PLATE", r"(?<![\w-])[A-Z]{3}\d[A-Z]\d{2}(?![\w-])|(?<![\w-])[A-Z]{2} \d{3} [A-Z]{2}(?![\w-])", Source.FORMAT, flags=0),
    pattern("LICENSE_PLATE", r"(?<![\w-])[A-ZÄÖÜ]{1,3}-[A-ZÄÖÜ]{1,2}[ -]?\d{1,4}[EH]?(?![\w-])", Source.FORMAT, check.german_plate, flags=0),
)  # fmt: skip
#: The same in any case: near a vehicle.
PLATES_IN_ANY_CASE = tuple(
    pattern(one.type, one.expression.pattern, one.source, one.valid, one.group, flags=re.I) for one in PLATES
)
#: Forms that no word has, in lower case too.
SMALL_PLATES = (
    pattern("LICENSE_PLATE", rf"(?<![\w-])(?:{_INDIA.lower()})(?:\d{{2}}[a-z]{{1,3}}|[ -]\d{{2}}[ -][a-z]{{1,3}}[ -])\d{{4}}(?![\w-])", Source.FORMAT, flags=0),
    pattern("LICENSE_PLATE", rf"(?<![\w-])\d{{2,3}}-(?:{_IRELAND.lower()})-\d{{3,6}}(?![\w-])|(?<![\w-])(?:{_AUSTRIA.lower()})-\d{{3,5}}[a-z]{{1,3}}(?![\w-])|(?<![\w-])[a-z]{{3}}-\d{{3}}-[a-z]{{2}}(?![\w-])|(?<![\w-])[a-z]{{2}}-\d{{3}}-[a-z]{{2}}(?![\w-])", Source.FORMAT, flags=0),
    pattern("LICENSE_PLATE", r"(?<![\w-])(?:[a-z]{2}[0-7]\d ?[a-hj-pr-z]{3}|[a-z]{3}\d[a-z]\d{2}|\d[a-z]{3}\d{3}|[ku][a-z]{2} ?\d{3}[a-z])(?![\w-])", Source.FORMAT, check.small_plate, flags=0),
    pattern("LICENSE_PLATE", rf"(?<![\w-])(?:{_GHANA.lower()}) \d{{4}}-(?:0[9]|1\d|2\d)(?![\w-])", Source.FORMAT, flags=0),
)  # fmt: skip
#: Where one of these may be whose letters and digits do not touch.
SMALL_HINT = re.compile(r"\d-[a-z]{1,2}-\d|\d [a-z]{1,3} \d{4}|\d{4}-\d\d(?!\d)")

#: Where a plate may begin: capitals beside a digit, with a blank or dash between or none.
PLATE_HINT = re.compile(r"[A-ZÄÖÜ](?:-?\d| \d{1,4}+(?!\d))|\d[ -]?[A-ZÄÖÜ]{1,4}+(?![a-zäöüß])")

#: Words of vehicles: near them letters with digits are a plate, whatever the country.
VEHICLES = frozenset(
    """car cars van vans truck suv bike motorbike motorcycle scooter jeep taxi cab uber lorry vehicle sedan hatchback pickup minivan coupe
    honda toyota ford bmw audi mercedes benz golf vw volkswagen tesla nissan hyundai kia mazda chevy chevrolet corolla civic scorpio camry
    danfo matatu okada boda tuktuk keke auto wagen coche carro moto voiture macchina samochód bil auton parked parking garée driver drove
    hilux innova swift polo astra corsa focus fiesta prius escalade range rover land""".split()
)
NEAR_VEHICLE = (
    pattern("LICENSE_PLATE", r"(?<![\w.$€£#-])(?:[A-Z]{1,3}[ -]?\d{2,4}[ -]?[A-Z]{1,3}|[A-Z]{2,3}[ -]?\d{3,5}|\d{1,4}[ -]?[A-Z]{2,3}[ -]?\d{0,4}|\d[A-Z]{3}\d{3}|[A-Z]\d{3}[ -]?[A-Z]{3}|\d{3}[ -][A-Z]{3})(?![\w-]|\.\d)", Source.FORMAT, check.plate_near_vehicle, flags=0),
)  # fmt: skip

#: Identity numbers in a form of their own.
IDS = (
    pattern("NATIONAL_ID", r"\bgha[ -]?\d{9}[ -]?\d\b|\b[ap]\d{9}[a-z]\b|\b\d{5}-\d{7}-\d\b|\b784-?\d{4}-?\d{7}-?\d\b", Source.CHECKED),
    pattern("NATIONAL_ID", r"\b\d{7}[a-w][a-iw]?\b", Source.CHECKED, pps.is_valid),
    pattern("NATIONAL_ID", r"\b[STFGM]\d{7}[A-Z]\b|\b[A-ZÑ&]{4}\d{6}[A-Z\d]{3}\b", Source.FORMAT, check.has_digit, flags=0),
    pattern("NATIONAL_ID", r"\b[0-3]\d[01]\d{3}-\d{4}\b", Source.WEAK_CHECK, cpr.is_valid),
    pattern("NATIONAL_ID", r"\b\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}\b|\b\d{1,2}\.\d{3}\.\d{3}-[\dk]\b|\b\d{6}/\d{3,4}\b", Source.FORMAT),
)  # fmt: skip

_ID_LABELS = (
    r"nin|bvn|trn|voter(?:['’]?s)?(?:[ _-]?(?:id|card))?|ghana[ _-]?card|kra(?:[ _-]?pin)?|huduma|omang|nida|nrc|nric|mykad|cnic|nadra|emirates[ _-]?id|iqama|nid|niss|nif|nipc|utente|rg|c[eé]dula"
    r"|curp|cuil|nss|imss|siren|siret|nhi|ird|hkid|regon|oib|jmbg|egn|cpr|f[øo]dselsnummer|personnummer|hetu|henkil[öo]tunnus|rijksregister(?:nummer)?|insz|pps[n]?|umid|sss|philhealth|pag-?ibig|gsis|tin"
    r"|crn|centrelink|uan|epf|esic|ration[ _-]?card|krankenversichertennummer|versichertennummer|rentenversicherungsnummer|sv-?nummer|medicare|ndis|medical[ _-]?aid|student[ _-]?(?:id|number)"
)
#: Identity numbers behind a label.
LABELLED_IDS = (
    pattern("NATIONAL_ID", rf"{START}(?:{_ID_LABELS}){END}(?:[ _-]?card)?{IS}([a-z]{{0,6}}[ ./-]?\d[a-z0-9]*(?:[ ./-][a-z0-9]*\d[a-z0-9]*){{0,6}}(?:[ -](?![ai]\b)[a-z]\b)?)(?![^\W_])", Source.LABELLED, check.identity_number, group=1,
            cues="nin bvn trn voter voters voter's ghana kra huduma omang nida nrc nric mykad cnic nadra emirates iqama nid niss nif nipc utente rg cédula cedula curp cuil nss imss siren siret nhi ird hkid regon oib jmbg egn cpr fødselsnummer fodselsnummer personnummer hetu henkilötunnus henkilotunnus rijksregister rijksregisternummer insz pps ppsn umid sss philhealth pag pagibig gsis tin crn centrelink uan epf esic ration krankenversichertennummer versichertennummer rentenversicherungsnummer sv svnummer medicare ndis medical student"),
    pattern("NATIONAL_ID", rf"{START}pan(?:[ _-]?card)?{END}{IS}([a-z]{{5}}\d{{4}}[a-z])\b", Source.LABELLED, group=1, cues="pan"),
)  # fmt: skip

#: The security code behind a card's last month: "04/29, 123".
SECURITY_CODES = (
    pattern("PASSWORD", r"(?:\b(?:0[1-9]|1[0-2])\s?/\s?(?:20)?[2-4]\d\b)[\s,;|]{1,3}(?:\bcv[vc]2?\b[\s:=]*)?(\d{3,4})\b(?![/.:-]\d)", Source.LABELLED_PIN, check.has_digit, group=1),
)  # fmt: skip

# Payment addresses of India: a name or number, @, and the bank's short name, which is no domain.
_UPI = "ok(?:axis|hdfcbank|icici|sbi)|ybl|ibl|axl|paytm|upi|apl|yapl|rapl|waaxis|wahdfcbank|waicici|wasbi|ptaxis|pthdfc|ptsbi|ptyes|ikwik|freecharge|jupiteraxis|fam|slice|naviaxis|airtel|jio|barodampay|sbi|icici|hdfcbank|axisbank|kotak|idfcbank|yesbank|indus|federal|pnb|cnrb|unionbank|postbank|timecosmos|tapicici|superyes|freo|mahb|dbs|hsbc|citi|rbl|equitas|abfspay|goaxb|pingpay|kmbl"
UPI = (
    pattern("ACCOUNT_NUMBER", rf"(?<![\w.+-])[\w.-]{{2,60}}@(?:{_UPI})(?![\w-]|\.\w)", Source.CHECKED),
    pattern("ACCOUNT_NUMBER", r"(?<![\w.+-])\d{10}@[a-z]{2,20}(?![\w-]|\.\w)", Source.CHECKED),
    pattern("ACCOUNT_NUMBER", r"\b(?:upi|vpa|gpay|google pay|phonepe|paytm|bhim|pay)\b[^@\n]{0,25}?(?<![\w.+-])([\w.-]{2,60}@[a-z]{2,20})(?![\w-]|\.\w)", Source.LABELLED, group=1),
)  # fmt: skip

# Places in three words, and as plus codes.
PLACES = (
    pattern("GEO_COORDINATES", r"(?<![\w/:])/{3}\s?[^\W\d_]{3,20}\.[^\W\d_]{3,20}\.[^\W\d_]{3,20}(?![\w.]\w)", Source.DEVICE_OR_PLACE),
    pattern("GEO_COORDINATES", r"\b(?:w3w|what\s?(?:3|three)\s?words?)\b[^\n]{0,20}?(?<![\w.])([^\W\d_]{3,20}\.[^\W\d_]{3,20}\.[^\W\d_]{3,20})(?![\w.]\w)", Source.DEVICE_OR_PLACE, group=1),
    pattern("GEO_COORDINATES", r"(?<![\w+])[23456789cfghjmpqrvwx]{8}\+[23456789cfghjmpqrvwx]{2,3}(?![\w+])", Source.DEVICE_OR_PLACE, check.plus_code),
    pattern("GEO_COORDINATES", r"(?<![\w+])(?:[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}|[23456789CFGHJMPQRVWX]{4}\+[23456789CFGHJMPQRVWX]{2,3})(?![\w+])", Source.DEVICE_OR_PLACE, check.plus_code, flags=0),
)  # fmt: skip
