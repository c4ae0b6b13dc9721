# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Structured identifiers: compiled patterns with validators. What needs no digit, ``@`` or key word is never tried.

Priorities: a checked number (Luhn, mod 97, …) wins over a cued one, that over a mere form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from attune.data.redact import validators as check
from attune.data.redact.types import Span

_CHECKED, _CUED, _FORM, _LOOSE = 90, 80, 70, 60


@dataclass(frozen=True)
class Pattern:
    """One kind of identifier. ``group`` is what is replaced when the expression also matches a cue around it."""

    type: str
    expression: re.Pattern[str]
    priority: int
    valid: Callable[[str], bool] | None = None
    group: int | str = 0


def _pattern(
    kind: str,
    expression: str,
    priority: int,
    valid: Callable[[str], bool] | None = None,
    group: int | str = 0,
    flags: int = re.I,
) -> Pattern:
    return Pattern(kind, re.compile(expression, flags), priority, valid, group)


_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|sept?(?:ember)?"
    r"|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre"
    r"|noviembre|diciembre)"
)
_YEAR = r"(?:'?\d{2}|(?:18|19|20)\d{2})"
_DATE = (
    rf"(?:\d{{1,2}}\s?[/.\-]\s?\d{{1,2}}\s?[/.\-]\s?(?:\d{{4}}|\d{{2}})|\d{{4}}[/.\-]\d{{1,2}}[/.\-]\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?{_MONTH}\.?(?:,?\s+(?:de\s+|del\s+)?{_YEAR}\b)?"
    rf"|{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+{_YEAR}\b)?)"
)
_BIRTH = (
    r"(?:\bd\.?\s?o\.?\s?b\b\.?|\b(?:date of )?birth(?:\s?date|day)?\b|\bb-?day\b|\bborn\b|\bgeboren\b|\bgeburtsdatum\b|\bgeburtstag\b"
    r"|\bnac[ií](?:do|da|ó)?\b|\bcumpleaños\b|\bfecha de nacimiento\b)"
)
_IS = r"(?:\s*(?:number|numbers|no\.?|nr\.?|num|code|id|nummer|número|numero)\b)?\s*(?:\bis\b|\bwas\b|\bare\b|'s\b|:|=|#|\bes\b|\bist\b|-|–)?\s*[\"'#]?\s*"
_TLD = (
    r"(?:com|org|net|edu|gov|mil|int|info|biz|io|co|me|app|dev|ai|tv|us|uk|ca|au|nz|ie|de|at|ch|fr|es|it|nl|be|pt|pl|se|no|dk|fi|cz|ru|ua"
    r"|jp|cn|in|br|mx|ar|cl|eu|gg|ly|fm|xyz|online|site|shop|store|blog|page|link|club|health|care|life|family|tech|cloud)"
)
_PROVIDER = (
    r"(?:g\s?mail|googlemail|yahoo|ymail|hotmail|outlook|icloud|aol|proton\s?mail|proton|gmx|web|live|msn|me|mail|fastmail|comcast|verizon"
    r"|att|zoho|hey|yandex|tutanota|t-online|freenet|btinternet|sbcglobal|cox|charter|example)"
)
_AT = r"(?:\s*[\[({<]\s*at\s*[\])}>]\s*|\s+at\s+|\s+@\s*|\s*@\s+|\s*\(a\)\s*)"
_DOT = r"(?:\s*[\[({<]\s*(?:dot|punkt|punto)\s*[\])}>]\s*|\s+(?:dot|punkt|punto)\s+|\.)"
_NUMBER_WORD = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_NUMBER_WORD_DE_ES = (
    r"(?:null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)"
)

_WITH_AT = (
    _pattern("EMAIL_ADDRESS", r"(?<![\w.+%-])[\w.+%'-]*[\w+%-]@(?:[\w-]+\.)+[^\W\d_][\w-]*[\w]", _CHECKED),
    _pattern("EMAIL_ADDRESS", rf"[\w.+%-]+\s*@\s*[\w-]+{_DOT}{_TLD}(?:{_DOT}{_TLD})?\b", _FORM),
    _pattern("PASSWORD", r"(?<=://)[^\s/:@]+:[^\s/@]+(?=@)", _CHECKED),
    _pattern("SOCIAL_HANDLE", r"(?<![\w@./-])@[a-z_](?:[\w.-]{0,28}\w)?", _FORM),
)

_OBFUSCATED = (
    # the provider alone is enough where the part before it looks like an address or a dot follows; else it needs a cue
    _pattern("EMAIL_ADDRESS", rf"\b[\w+-]+(?:{_DOT}[\w+-]+)*{_AT}[\w-]+{_DOT}{_TLD}(?:{_DOT}{_TLD})?\b", _FORM),
    _pattern("EMAIL_ADDRESS", rf"\b[\w+-]*(?:\d|[_.]|{_DOT})[\w+-]+(?:{_DOT}[\w+-]+)*{_AT}{_PROVIDER}\b", _FORM),
    _pattern(
        "EMAIL_ADDRESS",
        rf"\b(?:e-?mail|mail)\s+(?:me\s+|address\s+)?(?:is\s+|at\s+|to\s+|:\s*)?([\w+-]+{_AT}{_PROVIDER})\b",
        _FORM,
        group=1,
    ),
    _pattern("PHONE_NUMBER", rf"\b{_NUMBER_WORD}(?:[\s,.-]+{_NUMBER_WORD}){{6,}}\b", _FORM),
    _pattern("PHONE_NUMBER", rf"\b{_NUMBER_WORD_DE_ES}(?:[\s,.-]+{_NUMBER_WORD_DE_ES}){{6,}}\b", _FORM),
)

_URLS = (
    _pattern("URL", r"\b(?:https?|ftp|wss?)://[^\s<>\"]*[^\s<>\".,;:!?)\]}']", _CHECKED),
    _pattern("URL", r"\b(?:www\.)[\w-]+\.[^\s<>\"]*[^\s<>\".,;:!?)\]}']", _CHECKED),
    _pattern("URL", rf"(?<![\w@.-])(?:[a-z0-9][a-z0-9-]*\.)+{_TLD}(?![\w@-]|\.\w)(?:/[^\s<>\"]*[^\s<>\".,;:!?)\]}}'])?", _FORM),
)

_DIGITS = (
    _pattern("IBAN_CODE", r"\b[a-z]{2}\d{2}[a-z0-9]{11,30}\b", _CHECKED, check.iban),
    *(
        _pattern(
            "IBAN_CODE",
            rf"\b[a-z]{{2}}\d{{2}}(?:[ -][a-z0-9]{{4}}){{{groups}}}(?:[ -][a-z0-9]{{1,3}})?\b",
            _CHECKED,
            check.iban,
        )
        for groups in range(3, 8)
    ),
    *(
        _pattern("IBAN_CODE", rf"\b[a-z]{{2}}\d{{2}}(?:[ -][a-z0-9]{{4}}){{{groups}}}\b", _CHECKED, check.iban)
        for groups in range(3, 8)
    ),
    _pattern("CREDIT_CARD", r"(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w-]|\.\d)", _CHECKED, check.luhn),
    _pattern("CREDIT_CARD", r"\b\d{4}([ .-])\d{4}\1\d{4}\1\d{4}\b", _FORM),
    _pattern("US_SSN", r"(?<![\w-])\d{3}([ .-])\d{2}\1\d{4}(?![\w-])", _CHECKED + 1),
    _pattern(
        "US_SSN",
        rf"\b(?:ssn|social security|socials?|itin|tax ?id|ein){_IS}(\d{{3}}[ .-]?\d{{2}}[ .-]?\d{{4}}|\d{{2}}-\d{{7}})\b",
        _CHECKED,
        group=1,
    ),
    _pattern(
        "US_SSN",
        rf"\blast (?:four|4)(?: digits)?(?: of (?:my|his|her) (?:ssn|social(?: security)?(?: number)?))?{_IS}(\d{{4}})\b",
        _CUED,
        group=1,
    ),
    _pattern("NATIONAL_ID", r"\b[a-ceghj-prtw-z][a-ceghj-nprtw-z] ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b", _CHECKED),
    _pattern("NATIONAL_ID", r"\b(?:[xyz][ -]?\d{7}|\d{2}\.?\d{3}\.?\d{3})[ -]?[a-z]\b", _CHECKED, check.spanish_id),
    _pattern("NATIONAL_ID", r"(?<![\w.-])\d{2} ?\d{3} ?\d{3} ?\d{3}(?![\w-]|\.\d)", _CHECKED - 5, check.german_tax_id),
    _pattern("NATIONAL_ID", r"\b\d{3}[ -]\d{3}[ -]\d{3}\b", _CHECKED - 5, check.canadian_sin),
    _pattern("NATIONAL_ID", r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b|(?<![\w.+-])\d{11}(?![\w-])", _CHECKED - 5, check.brazilian_cpf),
    _pattern(
        "NATIONAL_ID", r"\b[12][ .]?\d{2}[ .]?\d{2}[ .]?\d[\dab][ .]?\d{3}[ .]?\d{3}[ .]?\d{2}\b", _CHECKED, check.french_insee
    ),
    _pattern("NATIONAL_ID", r"\b[a-z]{6}\d{2}[abcdehlmprst]\d{2}[a-z]\d{3}[a-z]\b", _CHECKED, check.italian_fiscal_code),
    _pattern("NATIONAL_ID", r"(?<![\w.-])[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}(?![\w-]|\.\d)", _CHECKED - 5, check.aadhaar),
    _pattern("NATIONAL_ID", r"\b[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]\b", _FORM, flags=0),
    _pattern("NATIONAL_ID", r"\b(?:19|20)?\d{2}[01]\d[0-3]\d[-+]\d{4}\b", _FORM + 1),
    _pattern("NATIONAL_ID", r"\b[a-z]{4}\d{6}[hm][a-z]{5}[a-z0-9]\d\b", _FORM),
    _pattern(
        "NATIONAL_ID",
        rf"\b(?:nhs|nino|ni|national insurance|national id|id card|dni|nie|nif|bsn|sin|cpf|pesel|aadhaar|aadhar|pan|steuer-?id|steuer(?:identifikations)?nummer"
        rf"|personalausweis(?:nummer)?|sozialversicherungs?(?:nummer)?|personnummer|curp|rfc|tfn|medicare|medicaid){_IS}([a-z]{{0,4}}[ -]?\d[a-z0-9]*(?:[ ./-][a-z0-9]*\d[a-z0-9]*){{0,5}})\b",
        _CUED,
        check.mixed_or_digits,
        group=1,
    ),
    _pattern(
        "PASSPORT",
        r"\b(?:passport|reisepass|pasaporte|passeport)[a-z]*(?:\s+(?:number|no\.?|nr\.?|#|nummer|número))*[^\w\n]{0,4}(?:is|ist|es|was)?[\s:#\"']*([a-z]{0,3}\d[a-z0-9]{5,9}|[a-z]{1,3}[ -]?\d{6,8})\b",
        _CUED + 1,
        group=1,
    ),
    _pattern(
        "US_DRIVER_LICENSE",
        rf"\b(?:dl|licen[cs]e|f[üu]hrerschein(?:nummer)?){_IS}(?P<id>[a-z]{{0,5}}[ -]?\d[a-z0-9]*(?:[ -][a-z0-9]*\d[a-z0-9]*){{0,4}})\b",
        _CUED,
        check.five_digits_or_letters,
        group="id",
    ),
    _pattern(
        "US_DRIVER_LICENSE",
        rf"\b(?:driver'?s?|drivers'|driving)[ -]?(?:licen[cs]e|permit){_IS}([a-z]{{0,5}}[ -]?\d[a-z0-9]*(?:[ -][a-z0-9]*\d[a-z0-9]*){{0,4}})\b",
        _CUED,
        check.five_digits_or_letters,
        group=1,
    ),
    _pattern(
        "LICENSE_PLATE",
        r"\b(?:(?:licen[cs]e|number|reg(?:istration)?)?[ -]?plates?|licen[cs]e tag|kennzeichen|matr[ií]cula|car reg(?:istration)?|registration)\b(?: (?:number|no\.?|nr\.?))?[\s:#\"']*(?:(?:is|was|reads?|said|ist|es)\b[\s:\"']*)?([a-z]{2}\d{2} [a-z]{3}|(?=[a-zäöü0-9 -]{0,9}\d)[a-zäöü0-9]{1,4}(?:[ -]?(?=[a-z]{0,3}\d)[a-z0-9]{1,4}|[a-z]{1,3})?(?:[ -]?\d{1,4}[a-z]?)?)\b",
        _CUED,
        check.has_digit,
        group=1,
    ),
    _pattern(
        "LICENSE_PLATE",
        r"\b[A-Z]{2}\d{2} ?[A-Z]{3}\b|\b[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{2,4}[EH]?\b|\b\d[A-Z]{3}\d{3}\b",
        _FORM,
        flags=0,
    ),
    _pattern("IP_ADDRESS", r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)", _CHECKED + 2, check.ip_address),
    _pattern(
        "IP_ADDRESS",
        r"(?<![\w:.])(?:[0-9a-f]{1,4})?(?::[0-9a-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])",
        _CHECKED + 2,
        check.ipv6_address,
    ),
    _pattern(
        "MAC_ADDRESS", r"\b[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}\b|\b(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}\b", _CHECKED + 3
    ),
    _pattern(
        "GEO_COORDINATES",
        r"(?<![\w.])[+-]?\d{1,2}\.\d{3,}°?\s?[ns]?\s*[,;/ ]\s*(?:(?:lon|lng|long)[a-z]*\s*[:=]?\s*)?[+-]?\d{1,3}\.\d{3,}°?(?:\s?[ew]\b)?(?![\w]|\.\d)",
        _CHECKED + 3,
    ),
    _pattern(
        "GEO_COORDINATES",
        r"\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?[\"″”]|'')?\s?[NSns][\s,]+\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?[\"″”]|'')?\s?[EWew]\b",
        _CHECKED + 3,
    ),
    _pattern(
        "DATE_OF_BIRTH",
        rf"{_BIRTH}(?:(?!\n)[^.!?]|\.(?=\s?\d)){{0,25}}?(?<![\w/.-])({_DATE})(?!\d|\s+(?:years?|yrs?|months?|weeks?)\b)",
        _CUED + 5,
        group=1,
    ),
    _pattern(
        "DATE_OF_BIRTH",
        rf"(?<![\w/.-])({_DATE})(?:\s+is|'s)\s+(?:my|his|her|their|\w+'s)\s+(?:b-?day|birthday|birth date)\b",
        _CUED + 5,
        group=1,
    ),
    _pattern(
        "CRYPTO",
        r"\b(?:bc1[a-z0-9]{25,59}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}|0x[0-9a-fA-F]{40})\b",
        _CHECKED,
        check.has_digit,
        flags=0,
    ),
    # telephone numbers
    _pattern(
        "PHONE_NUMBER",
        r"(?<![\w+])\+\s?\d{1,3}(?:[\s./-]{0,2}\(?\d{1,5}\)?){1,7}(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?!\w)",
        _CHECKED - 1,
        check.phone,
    ),
    _pattern(
        "PHONE_NUMBER",
        r"(?<![\w.+/-])(?:(?:\+?1|001)[\s.-]?)?\(?[2-9]\d{2}\)?[\s./-]{0,3}\d{3}[\s.-]{0,3}\d{4}(?:\s?,?\s?(?:x|ext\.?|extension|#)\s?\d{1,6})?(?![\w-]|\.\d)",
        _FORM + 2,
        check.phone,
    ),
    _pattern(
        "PHONE_NUMBER",
        r"(?<![\w.+/-])(?:\(0\d{2,5}\)|00?\d{1,5})(?:[\s./-]{0,3}\(?\d{2,8}\)?){1,5}(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?![\w-]|\.\d)",
        _FORM,
        check.national_phone,
    ),
    _pattern(
        "PHONE_NUMBER",
        r"(?<![\w.+/-])[6-9]\d{2}(?:([\s.-])\d{3}\1\d{3}|([\s.-])\d{2}\2\d{2}\2\d{2})(?![\w-]|\.\d)",
        _FORM,
        check.phone,
    ),
    _pattern(
        "PHONE_NUMBER",
        r"(?<![\w.+/$€£-])\d{2,5}[\s.-]\d{3,5}[\s.-]\d{3,5}(?:[\s.-]\d{2,4})?(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?![\w-]|\.\d)",
        _LOOSE,
        check.grouped_phone,
    ),
    _pattern("PHONE_NUMBER", r"(?<![\w.+/$€£-])[2-9]\d{2}[-.]\d{4}(?![\w-]|\.\d)", _LOOSE, check.phone),
    _pattern(
        "PHONE_NUMBER",
        rf"\b(?:phone|cell(?:phone)?|mobile|handy(?:nummer)?|tel(?:[eé]fono|efon)?|fax|landline|whatsapp|my (?:new )?number|his number|her number|their number|rufnummer|m[oó]vil|celular|number(?= is| was|:)|digits|(?:call|text|ring|reach|phone|dial|contact) (?:me|us|him|her|them)(?: back)?(?: (?:at|on|under))?|(?:call|text|ring|dial)(?: [a-z]+)? (?:at|on)|ll[aá]mame al?|ruf mich an){_IS}(?:(?:at|on|unter|al)\s+)?([(+]?\d[\d()\s./-]{{5,18}}\d(?:\s?(?:x|ext\.?)\s?\d{{1,6}})?)(?![\w])",
        _CUED - 2,
        check.phone,
        group=1,
    ),
    # whatever else is a long number
    _pattern(
        "ACCOUNT_NUMBER",
        rf"\b(?:account|acct|a/c|routing|aba|sort code|member(?:ship)?|policy|customer|client|case|mrn|medical record|patient|insurance|claim|student|employee|staff|badge|ref(?:erence)?|confirmation|booking|order|tracking|ticket|kontonummer|konto|kundennummer|cuenta|user|group|rx|prescription|bic|swift){_IS}((?=[a-z-]{{0,6}}\d)[a-z]{{0,5}}-?\d[\d-]*\d[a-z0-9-]*|\d{{2}}-\d{{2}}-\d{{2}})\b",
        _CUED - 4,
        check.five_digits_or_letters,
        group=1,
    ),
    _pattern(
        "ACCOUNT_NUMBER",
        r"(?<![\w.,+$€£-])\d{9,26}(?![\w%]|[.,]\d)|(?<![\w.,+$€£-])\d{4,}(?:[ -]\d{4,}){2,}(?![\w%]|[.,]\d)",
        _LOOSE - 5,
    ),
    _pattern("ACCOUNT_NUMBER", r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", _CHECKED + 4),
    _pattern(
        "PASSWORD",
        rf"\b(?:pin|cvv|cvc|passcode|security code|door code|gate code|alarm code|access code|code){_IS}(\d{{3,8}})\b",
        _CUED - 5,
        group=1,
    ),
)

_SECRETS = (
    _pattern("API_KEY", r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[\w-]{12,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abeprs]-[\w-]{10,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|\bhf_\w{20,}|\bnpm_\w{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\bAC[0-9a-f]{32}\b|\bwhsec_\w{16,}", _CHECKED + 5, check.has_digit, flags=0),
    _pattern("API_KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", _CHECKED + 5),
    _pattern("API_KEY", rf"\b(?:(?:api|access|secret|auth|private)[ _-]?)?(?:key|token|secret|bearer){_IS}([\w+/.=-]{{12,}})", _CUED + 2, check.mixed, group=1),
    _pattern("API_KEY", r"(?<![\w/])(?=[a-z]*\d)(?=[\d]*[a-f])[0-9a-f]{32,}(?!\w)", _FORM),
    _pattern("PASSWORD", r"\b(?:password|passwort|passwd|passphrase|pass ?word|passcode|pwd|pw|kennwort|contraseña|clave|mot de passe|login|log-in)s?\b(?:\s+(?:for|to|on|at|of|für|de)\s+(?:\S+\s+){1,4}?)?\s*(?:\bis\b|\bwas\b|\bto\b|\bist\b|\bes\b|:|=|->)\s*(?:still |now |just |also |only )?[\"'“‘`]?([^\s\"'”’`]{3,40}[^\s\"'”’`.,;!?)])", _CUED + 1, check.secret_word, group=1),
    _pattern("PASSWORD", r"\b(?:password|passwort|pwd|pw|pass|contraseña|kennwort)\s+([^\s]{4,40}[^\s.,;!?)])", _CUED, check.mixed, group=1),
)  # fmt: skip

_SOCIAL = (
    _pattern("SOCIAL_HANDLE", r"\b(?:insta(?:gram)?|ig|snap(?:chat)?|sc|tiktok|tik tok|twitter|discord|telegram|tg|kik|reddit|skype|venmo|cash ?app|gamertag|username|user name|handle|facebook|fb|twitch|steam|psn|signal|usuario|benutzername)\b(?:'s)?(?:\s+(?:handle|name|username|account|user|id|page|tag|profile))?\s*(?:is|:|=|-|–|@|as|es|ist)\s*[\"'@]?([a-z0-9_](?:[\w.-]{1,30}\w)(?:#\d{4})?)", _CUED, check.handle, group=1),
    _pattern("SOCIAL_HANDLE", r"(?<![\w/])/?u/[\w-]{3,20}\b|\b[\w.]{2,32}#\d{4}\b", _FORM),
)  # fmt: skip

# A pattern is tried only where one of these says that it can match: most texts have no digit that matters and no key word.
_MAIL_WORDS = frozenset(
    """dot punkt punto gmail googlemail yahoo ymail hotmail outlook icloud aol proton protonmail gmx msn fastmail comcast verizon zoho
    yandex tutanota freenet btinternet sbcglobal com net org edu mail email""".split()
)
_NUMBER_WORDS = frozenset(
    """zero oh one two three four five six seven eight nine double null eins zwei zwo drei vier fünf sechs sieben acht neun cero uno dos tres
    cuatro cinco seis siete ocho nueve""".split()
)
_SHORT_NUMBER_WORDS = frozenset(
    """dob birth birthdate birthday bday born geboren geburtsdatum geburtstag nací nacido nacida nació cumpleaños nacimiento b d ssn social socials
    last pin cvv cvc code passcode plate plates tag kennzeichen matrícula matricula registration account acct routing member membership policy
    customer client case mrn record patient insurance claim student employee staff badge ref reference confirmation booking order tracking
    ticket kontonummer konto kundennummer cuenta user group rx prescription dl license licence führerschein passport pasaporte reisepass dni
    nie nhs nino number phone cell mobile tel digits""".split()
)
_SECRET_WORDS = frozenset(
    """key token secret bearer password passwords passwort passwd passphrase passcode pass pwd pw kennwort contraseña clave mot login logins
    log begin api""".split()
)
_SOCIAL_WORDS = frozenset(
    """insta instagram ig snap snapchat sc tiktok tik twitter discord telegram tg kik reddit skype venmo cash cashapp gamertag username user
    handle facebook fb twitch steam psn signal usuario benutzername u""".split()
)
_DIGIT_STRETCH = re.compile(r"[\d:](?:.{0,20}[\d:])*")
_ANY_DIGIT = re.compile(r"\d")
_MANY_DIGITS = re.compile(r"\d(?:[\s().+/:°'′’,;_*#-]{0,3}\d){4}")
_CODE = re.compile(
    r"[A-Za-z]\d|\d(?!(?:st|nd|rd|th|am|pm|mg|kg|k|s|x|yo|yr|yrs|hrs?|mins?|h|m|f|d|ish|ft|lbs?|cm|in)\b)[A-Za-z]|\d[ -][A-Z]\b"
)
_DOMAIN = re.compile(r"\.(?=[a-zA-Z]{2})")
_HEX = re.compile(r"[0-9a-fA-F]{32}")
_KEY_STARTS = (
    "sk-", "sk_", "pk_", "rk_", "AKIA", "ASIA", "AIza", "eyJ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat", "glpat", "xox", "ya29",
    "hf_", "npm_", "SG.", "whsec", "PRIVATE KEY",
)  # fmt: skip


def find(text: str, words: AbstractSet[str]) -> Iterator[Span]:
    """Structured identifiers in ``text``, whose lower-case words are ``words``; spans may overlap."""
    if "@" in text:
        yield from _matches(_WITH_AT, text)
    digits = _ANY_DIGIT.search(text) is not None
    if (
        digits and (_MANY_DIGITS.search(text) or not words.isdisjoint(_SHORT_NUMBER_WORDS) or _CODE.search(text))
    ) or text.count(":") > 4:
        for first, last in digit_windows(text, 75, 75):
            yield from _matches(_DIGITS, text, first, last)
    if "." in text and _DOMAIN.search(text):
        yield from _matches(_URLS, text)
    if not words.isdisjoint(_MAIL_WORDS) or len(words & _NUMBER_WORDS) > 2:
        yield from _matches(_OBFUSCATED, text)
    key = "PRIVATE KEY" in text or (digits and (any(start in text for start in _KEY_STARTS) or _HEX.search(text) is not None))
    if key or not words.isdisjoint(_SECRET_WORDS):
        yield from _matches(_SECRETS, text)
    if not words.isdisjoint(_SOCIAL_WORDS) or "#" in text:
        yield from _matches(_SOCIAL, text)


def digit_windows(text: str, before: int, after: int) -> list[tuple[int, int]]:
    """Stretches of ``text`` around its digits (and colons), cut at blanks: numbers and their cues lie inside them."""
    windows: list[tuple[int, int]] = []
    for match in _DIGIT_STRETCH.finditer(text):
        first = text.rfind(" ", 0, max(0, match.start() - before)) + 1 if match.start() > before else 0
        last = text.find(" ", match.end() + after)
        last = len(text) if last < 0 else last
        if windows and first <= windows[-1][1]:
            windows[-1] = (windows[-1][0], last)
        else:
            windows.append((first, last))
    return windows


def _matches(patterns: tuple[Pattern, ...], text: str, first: int = 0, last: int | None = None) -> Iterator[Span]:
    last = len(text) if last is None else last
    for pattern in patterns:
        for match in pattern.expression.finditer(text, first, last):
            start, end = match.span(pattern.group)
            if start < end and (pattern.valid is None or pattern.valid(text[start:end])):
                yield Span(start, end, pattern.type, "pattern", pattern.priority)
