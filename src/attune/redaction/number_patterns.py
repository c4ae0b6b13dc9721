# ruff: noqa: E501 - expressions and word lists stay on the line where they can be read as one
"""Numbers that name a person, an account, a car or a device: by their check digits, by their form, or by the label before them."""

from __future__ import annotations

from attune.redaction import national_ids
from attune.redaction import validators as check
from attune.redaction.expressions import CHECKED, CUED, END, FORM, IS, START, pattern

_MONTH = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|février|mar(?:ch)?|märz|mars|apr(?:il)?|avril|may|mai|june?|juni|juin|july?|juli|juillet|aug(?:ust)?|août|sept?(?:ember|embre)?"
    r"|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|de[cz](?:ember)?|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre"
    r"|noviembre|diciembre)(?![^\W\d_])"
)
_YEAR = r"(?:'?\d{2}|(?:18|19|20)\d{2})"
_DATE = (
    rf"(?:\d{{1,2}}\s?[/.\-–]\s?\d{{1,2}}\s?[/.\-–]\s?(?:\d{{4}}|\d{{2}})|\d{{4}}[/.\-]\d{{1,2}}[/.\-]\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.)?[\s-]+(?:of\s+|de\s+)?{_MONTH}\.?(?:,?[\s-]+(?:de\s+|del\s+)?{_YEAR}\b)?"
    rf"|\d{{1,2}}{_MONTH}{_YEAR}\b|{_MONTH}\.?[\s-]+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+{_YEAR}\b)?)"
)
_BIRTH = (
    r"(?:d\.?\s?o\.?\s?b\.?|(?:date[ _]?of[ _]?)?birth(?:[\s_]?date|day)?|b-?day|born|geboren|geb\.|geburtsdatum|geburtstag"
    r"|nac[ií](?:do|da|ó)?|cumple(?:años)?|fecha de nacimiento|née?|naissance|anniversaire|nat[oa] il)"
)
_BIRTH_WORDS = """cumple dob d birth birthdate birthday bday b born geboren geb geburtsdatum geburtstag nací naci nacido nacida nació cumpleaños nacimiento né née
    naissance anniversaire nato nata"""
_BORN = pattern(
    "DATE_OF_BIRTH",
    rf"(?<![^\W_]){_BIRTH}(?![^\W_])(?:(?!\n)[^.!?]|\.(?=\s?\d)){{0,25}}?(?<![\w/.-])({_DATE})(?!\d|\s+(?:years?|yrs?|months?|weeks?)\b)",
    CUED + 5,
    group=1,
    cues=_BIRTH_WORDS,
)
_VALUE = r"([a-z]{0,4}[ ./-]?\d[a-z0-9]*(?:[ ./-][a-z0-9]*\d[a-z0-9]*){0,6}(?:[ -](?![ai]\b)[a-z]\b)?)"
_NO_GROUP = r"(?!(?-i:and|und|y|or|but|the|in|on|at|is|was|it|i|a|he|she|we|my|of|to|for|so|if|ok|now|has|had|did|who|why|not|you|me|no|that|from)\b)"
_PLATE = (
    rf"(?=[^\W_]{{0,7}}\d|{_NO_GROUP}(?:(?-i:[A-Z]{{4}})|[^\W_]{{1,3}})[ ·-]{{1,3}}(?:[^\W_]{{1,3}}[ ·-]{{1,3}})?[^\W_]{{0,3}}\d)"
    rf"[^\W_]{{1,8}}(?:[ ·-]{{1,3}}(?:[a-z0-9]{{0,3}}\d[a-z0-9]{{0,4}}|(?-i:[A-ZÄÖÜ]{{1,4}})|{_NO_GROUP}[a-zäöü]{{1,3}})\b){{0,3}}"
)

#: Numbers that a label announces.
LABELLED = (
    _BORN,
    pattern("DATE_OF_BIRTH", rf"(?<![\w/.-])({_DATE})(?:\s+is|'s)\s+(?:my|his|her|their|\w+'s)\s+(?:b-?day|birthday|birth date)\b", CUED + 5, group=1, cues="bday b birthday birth"),
    pattern("US_SSN", rf"{START}(?:ssn|social security|socials?|itin|tax ?id|ein){END}{IS}(\d{{3}}[ .-]?\d{{2}}[ .-]?\d{{4}}|\d{{2}}-\d{{7}})\b", CHECKED, group=1, cues="ssn social socials itin tax taxid ein"),
    pattern("US_SSN", r"\blast (?:four|4)(?: digits)?(?: of (?:my|his|her) (?:ssn|social(?: security)?(?: number)?))?(?:\s+(?:is|are|was))?\s*:?\s*(\d{4})\b", CUED, group=1, cues="last"),
    pattern("CREDIT_CARD", r"\b(?:card|visa|amex|mastercard|debit|credit|account|acct)\b[^.!?\n\d]{0,30}\b(?:end(?:s|ing)(?: in| with)?|last (?:four|4)(?: digits)?)\s*(?:is|are|:)?\s*(\d{4})\b", CUED, group=1, cues="ending ends last"),
    pattern("CREDIT_CARD", rf"{START}(?:(?:credit|debit|bank|payment|visa|master|amex|gift)?[ -]?card|visa|mastercard|amex|cc|kreditkarte|tarjeta|carte){END}{IS}(\d(?:[ -]?\d){{11,18}})(?![\w-])", CUED + 3, group=1, cues="card visa mastercard amex cc creditcard kreditkarte tarjeta carte"),
    pattern("NATIONAL_ID", rf"{START}(?:ssn|nhs|nino|ni|national insurance|(?:national|personal|identity|identification|citizen|tax)(?:[ _-]?(?:id(?:entity|entification)?|card))*|id(?:[ _-]card)?|dni|nie|nif|cuit|rut|bsn|sin|social insurance|cpf|pesel|aadhaar|aadhar|pan|steuer-?id|steuer(?:identifikations)?nummer|personalausweis(?:nummer)?|ausweis(?:nummer)?|sozialversicherungs?(?:nummer)?|personnummer|codice fiscale|numéro de sécurité sociale|sécurité sociale|curp|rfc|tfn|pps|ahv|medicare|medicaid){END}{IS}{_VALUE}(?![^\W_])", CUED, check.mixed_or_digits, group=1, cues="ssn nhs nino ni national insurance personal identity identification citizen tax id dni nie nif cuit rut bsn sin social cpf pesel aadhaar aadhar pan steuer steuerid steuernummer steueridentifikationsnummer personalausweis personalausweisnummer ausweis ausweisnummer sozialversicherung sozialversicherungsnummer personnummer codice sécurité curp rfc tfn pps ahv medicare medicaid"),
    pattern("PASSPORT", r"(?<![^\W_])(?:passport|reisepass|pasaporte|passeport|passaporto)[a-z]*(?:[\s_,-]+(?:number|no\b\.?|nr\b\.?|#|nummer|número|num))*[^\w\n]{0,5}(?:is|ist|es|was)?[\s:#\"'(]*([a-z]{0,3}\d[a-z0-9]{5,9}|[a-z]{1,3}[ -]?\d{6,8}|\d{4} \d{6})\b", CUED + 1, group=1, cues="passport passportnumber passports reisepass reisepassnummer pasaporte passeport passaporto"),
    pattern("US_DRIVER_LICENSE", rf"{START}(?:(?:driver['’]?s?['’]?|driving)[ _-]?(?:licen[cs]e|permit)|dl|licen[cs]e|f[üu]hrerschein(?:nummer)?|permis(?: de conduire)?|carnet de conducir){END}{IS}(?P<id>[a-z]{{0,5}}[ -]?\d[a-z0-9]*(?:[ -][a-z0-9]*\d[a-z0-9]*){{0,4}}(?:[ -](?![ai]\b)[a-z]\b)?)(?![^\W_])", CUED + 1, check.five_digits_or_letters, group="id", cues="dl license licence permit führerschein führerscheinnummer permis carnet"),
    pattern("LICENSE_PLATE", rf"{START}(?:(?:licen[cs]e|number|reg(?:istration)?|vehicle|car)?[ _-]?plates?|licen[cs]e tag|kennzeichen|matr[ií]cula|plaque|targa|placa|car reg(?:istration)?|registration){END}(?: (?:numbers?|no\.?|nr\.?|reading|saying))?[\"']?[\s:=#\"'(]*(?:(?:is|was|are|were|reads?|said|ist|es|lautet)\b[\s:\"']*)?({_PLATE})\b", CUED, check.plate, group=1, cues="plate plates tag kennzeichen matrícula matricula plaque targa placa registration reg"),
    pattern("ACCOUNT_NUMBER", rf"{START}(?:account|acct|accountnumber|a/c|routing|aba|sort code|blz|bankleitzahl|bsb|ifsc|member(?:ship)?|policy|customer|client|case|mrn|medical record|record|patient|insurance|claim|student|employee|staff|badge|ref(?:erence)?|confirmation|booking|order|tracking|ticket|invoice|vin|imei|kontonummer|konto|kundennummer|versicherten(?:nummer)?|cuenta|compte|user|group|rx|prescription|bic|swift){END}{IS}(\d{{2,4}}(?: \d{{2,4}}){{2,4}}|(?=[a-z-]{{0,6}}\d)[a-z]{{0,5}}-?\d[\d-]*\d[a-z0-9-]*|\d{{2}}-\d{{2}}-\d{{2}})\b", CUED, check.five_digits_or_letters, group=1, cues="account acct accountnumber c routing aba blz bankleitzahl bsb ifsc sort member membership policy customer client case mrn medical record patient insurance claim student employee staff badge ref reference confirmation booking order tracking ticket invoice vin imei kontonummer konto kundennummer versicherten versichertennummer cuenta compte user group rx prescription bic swift"),
    pattern("ACCOUNT_NUMBER", rf"{START}(?:vin|chassis){END}{IS}([a-hj-npr-z0-9]{{17}})\b", CUED, check.mixed, group=1, cues="vin chassis"),
)  # fmt: skip
#: A bank's code needs no digit.
BANK_CODE = (
    pattern("ACCOUNT_NUMBER", rf"{START}(?:swift|bic)(?:[ /_-]*(?:bic|swift))?[ _-]*(?:code)?{END}[\"']?\s*(?:is|:|=|ist|es|est)?\s*[\"'(]?([a-z]{{6}}[a-z0-9]{{2}}(?:[a-z0-9]{{3}})?)\b", CUED, check.bank_code, group=1),
)  # fmt: skip

#: Letters and digits in a form of their own.
CODED = (
    pattern("NATIONAL_ID", r"\b[a-ceghj-prtw-z][a-ceghj-nprtw-z] ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b", CHECKED),
    pattern("NATIONAL_ID", r"\b(?:[xyz][ -]?\d{7}|\d{2}\.?\d{3}\.?\d{3})[ -]?[a-z]\b", CHECKED, check.spanish_id),
    pattern("NATIONAL_ID", r"\b[12][ .]?\d{2}[ .]?\d{2}[ .]?\d[\dab][ .]?\d{3}[ .]?\d{3}[ .]?\d{2}\b", CHECKED, check.french_insee),
    pattern("NATIONAL_ID", r"\b[a-z]{6}\d{2}[abcdehlmprst]\d{2}[a-z]\d{3}[a-z]\b", CHECKED, check.italian_fiscal_code),
    pattern("NATIONAL_ID", r"\b[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]\b", FORM, flags=0),
    pattern("NATIONAL_ID", r"\b[a-z]{4}\d{6}[hm][a-z]{5}[a-z0-9]\d\b", FORM),
    pattern("NATIONAL_ID", r"\b[0-3]\d[01]\d{3}[-+a-fu-y]\d{3}[0-9a-fhj-npr-y]\b", CHECKED, national_ids.finnish_id),
    pattern("LICENSE_PLATE", r"\b[A-Z]{2}\d{2} ?[A-Z]{3}\b|\b[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[ -]?\d{2,4}[EH]?\b|\b\d[A-Z]{3}\d{3}\b|\b[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}\b", FORM, flags=0),
    pattern("CRYPTO", r"\b(?:bc1[a-z0-9]{25,59}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}|0x[0-9a-fA-F]{40}|[LM][a-km-zA-HJ-NP-Z1-9]{26,33}|T[A-Za-z1-9]{33})\b", CHECKED, check.has_digit, flags=0),
    pattern("CREDIT_CARD", r"(?<![\w*])(?:[x*•]{2,4}[ -]?){1,4}\d{4}\b", CUED),
)  # fmt: skip

#: Devices and places.
DEVICES = (
    pattern("IP_ADDRESS", r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w]|\.\d)(?::\d{2,5}\b)?", CHECKED + 2, check.ip_and_port),
    pattern("IP_ADDRESS", r"(?<![\w:.])(?:[0-9a-f]{1,4})?(?::[0-9a-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])", CHECKED + 2, check.ipv6_address),
    pattern("MAC_ADDRESS", r"\b[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}\b|\b(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}\b", CHECKED + 3),
    pattern("ACCOUNT_NUMBER", r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", CHECKED + 4),
)  # fmt: skip
GEO = (
    pattern("GEO_COORDINATES", r"(?<![\w.])[+-]?\d{1,2}\.\d{3,}°?\s?[ns]?\s*[,;/ ]\s*(?:(?:lon|lng|long)[a-z]*\"?\s*[:=]?\s*)?[+-]?\d{1,3}\.\d{3,}°?(?:\s?[ew]\b)?(?![\w]|\.\d)", CHECKED + 3),
    pattern("GEO_COORDINATES", r"\b(?:lat|lon|lng|latitude|longitude)\"?\s*[:=]?\s*([+-]?\d{1,3}\.\d{3,})", CHECKED + 3, group=1),
    pattern("GEO_COORDINATES", r"\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?[\"″”]|'')?\s?[NSns][\s,]+\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?[\"″”]|'')?\s?[EWew]\b", CHECKED + 3),
)  # fmt: skip
