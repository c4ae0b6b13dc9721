# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""The patterns of structured identifiers, as tables: contact data, credentials, numbers with a label, codes, devices, coordinates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from stdnum.fr import nir
from stdnum.it import codicefiscale

from attune.redaction import validators as check
from attune.redaction.types import Source


@dataclass(frozen=True)
class Pattern:
    """One way in which an identifier is written.

    Attributes:
        group: what is replaced, when the expression also matches a cue around it.
        cues: lower-case words one of which the text must hold; empty: tried on every text that reaches its table.
    """

    type: str
    expression: re.Pattern[str]
    source: Source
    valid: Callable[[str], bool] | None = None
    group: int | str = 0
    cues: frozenset[str] = frozenset()


def pattern(
    kind: str,
    expression: str,
    source: Source,
    valid: Callable[[str], bool] | None = None,
    group: int | str = 0,
    *,
    cues: str = "",
    flags: int = re.I,
) -> Pattern:
    """A pattern from the source of its expression; ``cues`` are words with blanks between."""
    return Pattern(kind, re.compile(expression, flags), source, valid, group, frozenset(cues.split()))


def cues_of(patterns: tuple[Pattern, ...]) -> frozenset[str]:
    """Every cue of a table."""
    return frozenset().union(*(one.cues for one in patterns))


#: Where a cue begins and ends: also inside ``user_phone`` and ``"account-number":``.
START, END = r"(?<![^\W_])", r"(?![^\W_])"

#: What stands between a label and its value: "my number is", "No.:", ``_number": "``, "# ".
IS = (
    r"(?:[\s_-]*(?:numbers?|num|code|id|nummer|número|numero|n[ro][.:]|n[ro]\b|n[º°])|\s*#)?[\"']?\s?[,;]?\s*"
    r"(?:\b(?:is|was|are|es|ist|it's|its)\b|['’]s\b|:|=|-|–|→|->)?\s*[\"'#(]{0,2}\s*"
)

#: Top-level domains that people have addresses under; ``is_domain`` looks at those that are words too.
TLD = (
    r"(?:com|org|net|edu|gov|mil|int|info|biz|name|pro|museum|coop|aero|jobs|mobi|travel|app|dev|xyz|online|site|website|space|shop|store|blog|page"
    r"|link|club|health|care|life|live|family|tech|cloud|world|today|news|email|agency|studio|design|digital|media|solutions|services|systems|group"
    r"|consulting|company|center|fun|top|vip|wiki|social|network|house|love|dating|support|works|zone|berlin|london|nyc|example|test|eu|asia|cat"
    r"|a[cdefgilmoqrtuwxz]|b[abdefghijmnorstvwyz]|c[acdfghiklmnoruvwxyz]|d[ejkmoz]|e[ceges]|f[ijkmor]|g[abdefghilmnpqrstuwy]|h[kmnrtu]|i[delmnoqrst]"
    r"|j[emop]|k[eghimnprwyz]|l[abcikrstuvy]|m[aceghklmnopqrstuvwxyz]|n[aceflgopruz]|om|p[aefghklmnrstw]|qa|r[eosuw]|s[abcdegiklmnorstvxyz]"
    r"|t[cdfghjklmnortvwz]|u[agksyz]|v[aceginu]|w[fs]|y[et]|z[amw])"
)

# Contact data: mail, telephone, web and social media, also spelt out in words.

_PROVIDER = (
    r"(?:g\s?mail|googlemail|yahoo|ymail|hotmail|outlook|icloud|aol|proton\s?mail|proton|gmx|web|live|msn|me|mail|fastmail|comcast|verizon"
    r"|att|zoho|hey|yandex|tutanota|t-online|freenet|posteo|btinternet|sbcglobal|cox|charter|example)"
)
_AT = r"(?:\s*[\[({<]\s*(?:at|ät|arroba|@)\s*[\])}>]\s*|\s+(?:at|ät|arroba)\s+|\s*_at_\s*|\s+@\s*|\s*@\s+|\s*\(a\)\s*)"
_DOT = r"(?:\s*[\[({<]\s*(?:dot|punkt|punto|point|\.)\s*[\])}>]\s*|\s+(?:dot|punkt|punto)\s+|_dot_|\.)"
_LOCAL = rf"[\w+-]{{1,64}}(?:(?:{_DOT}|\s+(?:underscore|unterstrich|dash|hyphen)\s+)[\w+-]+)*"
_HOST = rf"[\w-]+(?:{_DOT}[\w-]+)*?{_DOT}{TLD}(?:{_DOT}{TLD})?(?![^\W_])"
_DIGIT_WORDS = (
    r"(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple|treble|hundred|thousand|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)",
    r"(?:null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun)",
    r"(?:cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)",
    r"(?:zéro|un|deux|trois|quatre|cinq|six|sept|huit|neuf)",
)

MAIL = (
    pattern("EMAIL_ADDRESS", r"(?<![\w.+%-])[\w.+%'-]*[\w+%-]@(?:[\w-]+\.)+[^\W\d_][\w-]*[\w]", Source.CHECKED),
    pattern(
        "EMAIL_ADDRESS", rf"(?<![\w.+%-])[\w.+%-]{{1,64}}\s?@\s?[\w-]+{_DOT}{TLD}(?:{_DOT}{TLD})?(?![^\W_])", Source.FORMAT
    ),
    pattern("PASSWORD", r"(?<=://)[^\s/:@]+:[^\s/@]+(?=@)", Source.CHECKED),
    pattern("SOCIAL_HANDLE", r"(?<![\w@./-])@[a-z_0-9](?:[\w.-]{0,28}\w)?", Source.FORMAT, check.has_letter),
)

#: Mail and numbers in words.
HIDDEN = (
    # the provider alone is enough where the part before it looks like an address or a dot follows; else it needs a cue
    pattern("EMAIL_ADDRESS", rf"(?<![\w.]){_LOCAL}{_AT}{_HOST}", Source.FORMAT, check.hidden_mail),
    pattern("EMAIL_ADDRESS", rf"(?<![\w.])[\w+-]*(?:\d|[_.]|{_DOT})[\w+-]+(?:{_DOT}[\w+-]+)*{_AT}{_PROVIDER}\b", Source.FORMAT),
    pattern("EMAIL_ADDRESS", rf"\b(?:e-?mail|mail)\s+(?:me\s+|address\s+)?(?:is\s+|at\s+|to\s+|:\s*)?([\w+-]+{_AT}{_PROVIDER})\b", Source.FORMAT, group=1),
    *(pattern("PHONE_NUMBER", rf"\b(?:(?:plus|area code)\s+)?{word}(?:[\s,.…-]+(?:(?:u+h+|u+m+|er+m*|then|and|dash|space|äh|eh)[\s,.…-]+)?(?:{word}|\d{{1,4}}\b)){{6,}}\b", Source.FORMAT, check.spoken_number) for word in _DIGIT_WORDS),
)  # fmt: skip
HIDDEN_WORDS = frozenset(
    """dot punkt punto gmail googlemail yahoo ymail hotmail outlook icloud aol proton protonmail gmx msn fastmail comcast verizon zoho
    yandex tutanota freenet posteo btinternet sbcglobal com net org edu mail email arroba""".split()
)
DIGIT_WORDS = frozenset(
    """zero oh one two three four five six seven eight nine double null eins zwei zwo drei vier fünf sechs sieben acht neun cero uno dos tres
    cuatro cinco seis siete ocho nueve zéro deux trois quatre cinq sept huit neuf""".split()
)

WEB = (
    pattern("URL", r"\b(?:https?|ftp|wss?)://[^\s<>\"]*[^\s<>\".,;:!?)\]}']", Source.CHECKED),
    pattern("URL", r"\b(?:www\.)[\w-]+\.[^\s<>\"]*[^\s<>\".,;:!?)\]}']", Source.CHECKED),
    pattern(
        "URL",
        rf"(?<![\w@.-])(?:[^\W_][\w-]*\.)+{TLD}(?![\w@-]|\.\w)(?:/[^\s<>\"]*[^\s<>\".,;:!?)\]}}'])?",
        Source.FORMAT,
        check.domain,
    ),
)

_NETWORK = r"(?:insta(?:gram)?|ig|snap(?:chat)?|sc|tiktok|tik tok|twitter|discord|telegram|tg|kik|reddit|skype|venmo|cash ?app|gamertag|username|user name|screen name|handle|facebook|fb|twitch|steam|psn|xbox|signal|threads|mastodon|bluesky|linkedin|line(?=\s+id\b)|onlyfans|bumble|wechat|usuario|benutzername|nutzername|pseudo)"
SOCIAL = (
    pattern("SOCIAL_HANDLE", rf"{START}{_NETWORK}{END}(?:'s)?(?:\s+(?:handle|name|username|account|user|id|page|tag|profile))?[\"']?\s*(?:(?:,\s*)?(?:it'?s|it is|is|as|es|ist|under|called)\b|[:=@(]|-(?=\s)|–|->)\s*[\"'@(]{{0,2}}([a-z0-9_](?:[\w.-]{{1,30}}\w)(?:#\d{{4}})?)", Source.LABELLED, check.handle, group=1),
    pattern("SOCIAL_HANDLE", rf"{START}{_NETWORK}\s+([a-z](?=[\w.]*[\d_])[\w.]{{2,28}}\w)", Source.LABELLED, group=1),
    pattern("SOCIAL_HANDLE", r"(?<![\w$])\$[a-z][a-z0-9_-]{2,19}(?![\w.])", Source.FORMAT, check.cash_tag),
    pattern("SOCIAL_HANDLE", r"(?<![\w/])/?u/\w[\w.-]{1,28}\w|(?<![\w.])[\w.]{2,32}#\d{4}\b", Source.FORMAT),
)  # fmt: skip
SOCIAL_WORDS = frozenset(
    """insta instagram ig snap snapchat sc tiktok tik twitter discord telegram tg kik reddit skype venmo cash cashapp gamertag username user
    screen handle facebook fb twitch steam psn xbox signal threads mastodon bluesky linkedin line onlyfans bumble wechat usuario benutzername
    nutzername pseudo u""".split()
)

_EXTENSION = r"(?:\s?,?\s?(?:x|ext\.?|extension|durchwahl|#)\s?\d{1,6})?"
#: What is typed on to a number without a blank: "020 7946 0018-Fax", "2125550119cell".
_GLUED = r"(?:fax|office|home|house|cell|cellular|mobile|mob|work|job|tel|phone|landline|land|whatsapp|wa|direct|main|day|evening|eve|night|private|privat|büro|buero|handy|mobil|casa|oficina|trabajo|bureau|domicile|casa|ufficio|lavoro|thuis|werk|jobb|hem)"
_NOT_INSIDE, _NOT_BEFORE = r"(?<![\w.+/$€£-])", rf"(?:(?![\w-]|\.\d)|(?=[-_/]?{_GLUED}(?!\w)))"
_CALL = (
    r"(?:phone|phonenumber|(?:cell|tele|smart)(?:phone|fon)|cell|mobile|mobil|handy(?:nummer)?|tel(?:[eé]fono|[eé]fon[eo]?|efon)?|fax|landline|whats ?app|number|numbers|digits|call(?:s|ed|ing)?|text(?:s|ed|ing)?|ring|reach|dial(?:ed|led)?|sms|voicemail|hotline|line|rufnummer|telefonnummer|nummer|m[oó]vil|celular|numéro|portable|cellulare|ll[aá]mame|ruf|appelle"
    r"|ph|mob|cel|fone|viber|telegram|signal|zap|contact|answer(?:s|ed|ing)?|pick(?:s|ed|ing)?|rang|ringing|phon(?:ed|ing)|messag(?:e|ed|ing)|msg|dm|reached|reaching|extension|try|get|telefoon|puhelin|telefonnr|tlf|tfn|gsm|m[ée]l|toll[ -]?free|beeper|pager)"
)
_CALL_WORDS = """phone phonenumber cellphone telephone smartphone telefon cell mobile mobil handy handynummer tel teléfono telefono téléphone telefone fax landline whatsapp whats number
    numbers digits call calls called calling text texts texted texting ring reach dial dialed dialled sms voicemail hotline line rufnummer
    telefonnummer nummer móvil movil celular numéro portable cellulare llámame llamame ruf appelle ph mob cel fone viber telegram signal zap
    contact answer answers answered answering pick picks picked picking rang ringing phoned phoning message messaged messaging msg dm reached
    reaching extension try get telefoon puhelin telefonnr tlf tfn gsm toll tollfree beeper pager"""
_NUMBER = r"[(+]{0,2}\d(?:[\s()./–-]{0,3}\d){6,14}"
#: Numbers of seven digits and more.
PHONES = (
    pattern("PHONE_NUMBER", rf"(?<![\w+])\(?\+\s?\d{{1,3}}\)?(?:[\s./–-]{{0,2}}\(?\d{{1,5}}\)?){{1,7}}{_EXTENSION}(?!\w)", Source.INTERNATIONAL_PHONE, check.phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}(?:(?:\+?1|001)[\s./-]?)?\(?[2-9]\d{{2}}\)?[\s./–-]{{0,3}}\d{{3}}[\s.–-]{{0,3}}\d{{4}}{_EXTENSION}{_NOT_BEFORE}", Source.US_PHONE, check.phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}(?:\(0\d{{1,5}}\)|00?\d{{1,5}})(?:[\s./–-]{{0,3}}\(?\d{{1,8}}\)?){{1,6}}{_EXTENSION}{_NOT_BEFORE}", Source.FORMAT, check.national_phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}\(\d{{2,4}}\)[\s./–-]?\d{{2,5}}(?:[\s./–-]?\d{{2,5}}){{0,3}}{_EXTENSION}{_NOT_BEFORE}", Source.FORMAT, check.phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}[6-9]\d{{2}}(?:([\s.-])\d{{3}}\1\d{{3}}|([\s.-])\d{{2}}\2\d{{2}}\2\d{{2}}){_NOT_BEFORE}", Source.FORMAT, check.phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}\d{{2,5}}[\s.-]\d{{3,5}}[\s.-]\d{{3,5}}(?:[\s.-]\d{{2,4}})?{_EXTENSION}{_NOT_BEFORE}", Source.LOOSE_FORMAT, check.grouped_phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}[6-9]\d{{4}}[ -]\d{{5}}{_NOT_BEFORE}", Source.FORMAT, check.phone),
    pattern("PHONE_NUMBER", r"(?<![\w.+/$€£:,-])(?<![\d:,]\s)[2-9]\d(?:\s\d\d){3}(?!\s?[\d%]|\s?(?:mg|ml|kg|cm))(?![\w-]|[.,]\d)", Source.LOOSE_FORMAT, check.paired_phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}(?:[49]\d{{2}} \d{{2}} \d{{3}}|9\d \d{{6}}|[2-9]\d(?:-\d\d){{3}}){_NOT_BEFORE}", Source.LOOSE_FORMAT, check.phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}[2-9]\d{{2}}[-.]\d{{4}}{_EXTENSION}{_NOT_BEFORE}", Source.LOOSE_FORMAT, check.phone),
    pattern("PHONE_NUMBER", rf"{START}(?:fax|tel|mob|mobile|cell|phone|ph|wa|whatsapp|handy|mobil)[-./:]?({_NUMBER})(?!\w|-\d|\.\d)", Source.LABELLED_PHONE, check.cued_phone, group=1, cues="fax tel mob mobile cell phone ph wa whatsapp handy mobil"),
    pattern("PHONE_NUMBER", rf"(?:^|(?<=\n)|(?<=[|;,/]))[^\S\n]*[tmpfwhc]\s?[:.]\s?({_NUMBER}{_EXTENSION})(?!\w|-\d|\.\d)", Source.LABELLED_PHONE, check.cued_phone, group=1, cues="t m p f w h c"),
    pattern("PHONE_NUMBER", rf"{START}{_CALL}{END}(?:[^\d\n!?]{{0,28}}?|[^\d\n!?.]{{0,12}}\n\s{{0,4}})({_NUMBER}{_EXTENSION})(?:(?!\w|-\d|\.\d)|(?=[-_/]?{_GLUED}(?!\w)))", Source.LABELLED_PHONE, check.cued_phone, group=1, cues=_CALL_WORDS),
)  # fmt: skip

# Credentials: API keys, tokens, private keys, passwords, PINs.

_LABEL = r"(?:pass ?words?|passwort|passwörter|wachtwoord|passwd|passphrase|passcode|pwd|pw|kennwort|contraseña|clave|mot de passe|login|log-in)"
SECRETS = (
    pattern("API_KEY", r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[\w-]{12,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abeprs]-[\w-]{10,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|\bhf_\w{20,}|\bnpm_\w{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\bAC[0-9a-f]{32}\b|\bwhsec_\w{16,}|\bdop_v1_\w{16,}|\bshp(?:at|ss)_\w{16,}", Source.SECRET, check.has_digit, flags=0),
    pattern("API_KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", Source.SECRET),
    pattern("API_KEY", rf"{START}(?:(?:api|access|secret|auth|private)[ _-]?)?(?:key|token|secret|bearer){END}{IS}([\w+/.=~!$%^&*-]{{12,}})", Source.LABELLED_KEY, check.mixed, group=1),
    pattern("API_KEY", r"(?<![\w/])(?=[a-z]*\d)(?=[\d]*[a-f])[0-9a-f]{32,}(?!\w)", Source.FORMAT),
    pattern("PASSWORD", rf"{START}{_LABEL}{END}[\"']?(?:\s+(?:for|to|on|at|of|für|de|del|für)\s+(?:\S+\s+){{1,4}}?)?\s*(?:\bis\b|\bwas\b|\bto\b|\bist\b|\bwar\b|\bes\b|\best\b|[:=,]|->)\s*(?:still |now |just |also |only |simply )?[\"'“‘`]?([^\s\"'”’`]{{3,40}}[^\s\"'”’`.,;?)])", Source.LABELLED_DOCUMENT, check.secret_word, group=1),
    pattern("PASSWORD", r"\bpass ?phrase(?:\s+is)?\s*[:=]\s*[\"'“]?((?:[a-z]{3,12}[ -]){3,7}[a-z]{3,12})\b", Source.LABELLED, group=1),
    pattern("PASSWORD", r"\b(?:password|passwort|wachtwoord|pwd|pw|pass|contraseña|kennwort)\s+([^\s]{4,40}[^\s.,;?)])", Source.LABELLED, check.mixed, group=1),
    pattern("PASSWORD", r"\b(?:user(?:name)?|login|account)\s*[:=]\s*[^\s:/]{2,30}\s*[/|,;]\s*([^\s]{4,40}[^\s.,;?)])", Source.LABELLED, check.mixed, group=1),
)  # fmt: skip
SECRET_WORDS = frozenset(
    """key token secret bearer password passwords passwort passwörter wachtwoord passwd passphrase passcode pass pwd pw kennwort contraseña
    clave mot login logins log begin api username""".split()
)
KEY_STARTS = (
    "sk-", "sk_", "pk_", "rk_", "AKIA", "ASIA", "AIza", "eyJ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat", "glpat", "xox", "ya29",
    "hf_", "npm_", "SG.", "whsec", "dop_v1", "shpat", "shpss", "PRIVATE KEY",
)  # fmt: skip
PINS = (
    pattern("PASSWORD", rf"{START}(?:pin|cvv2?|cvc2?|passcode|security code|(?:door|gate|alarm|access|entry|verification|login|sms) code|otp|code){END}{IS}(\d{{3,8}})\b", Source.LABELLED_PIN, group=1, cues="pin cvv cvc code passcode otp"),
)  # fmt: skip

# Numbers and codes that identify a person, an account, a car or a device.

_MONTH = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|février|mar(?:ch)?|märz|mars|apr(?:il)?|avril|may|mai|june?|juni|juin|july?|juli|juillet|aug(?:ust)?|août|sept?(?:ember|embre)?"
    r"|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|de[cz](?:ember)?|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre"
    r"|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|março|junho|julho|setembro|outubro"
    r"|novembro|dezembro|januari|februari|maart|mei|augustus|oktober|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia)(?![^\W\d_])"
)
_YEAR = r"(?:'?\d{2}|(?:18|19|20)\d{2})"
_DATE = (
    rf"(?:\d{{1,2}}\s?[/.\-–]\s?\d{{1,2}}\s?[/.\-–]\s?(?:\d{{4}}|\d{{2}})|\d{{4}}[/.\-]\d{{1,2}}[/.\-]\d{{1,2}}"
    rf"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.)?[\s-]+(?:of\s+|de\s+)?{_MONTH}\.?(?:,?[\s-]+(?:de\s+|del\s+)?{_YEAR}\b)?"
    rf"|\d{{1,2}}{_MONTH}{_YEAR}\b|{_MONTH}\.?[\s-]+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+{_YEAR}\b)?)"
)
_BIRTH = (
    r"(?:d\.?\s?o\.?\s?b\.?|(?:date[ _]?of[ _]?)?birth(?:[\s_]?date|day)?|b-?day|born|geboren|geb\.|geburtsdatum|geburtstag"
    r"|nac[ií](?:do|da|ó)?|cumple(?:años)?|fecha de nacimiento|née?|naissance|anniversaire|nat[oa] il|data di nascita"
    r"|nasci(?:do|da|mento)?|geboortedatum|geboren op|ur\.|urodz(?:ony|ona|enia)|f[öø]dd?|f[öø]dt|f[öø]delsedag|f[øo]dselsdato|syntynyt|syntymäaika)"
)
_BIRTH_WORDS = """cumple dob d birth birthdate birthday bday b born geboren geb geburtsdatum geburtstag nací naci nacido nacida nació cumpleaños nacimiento né née
    naissance anniversaire nato nata nascita nasci nascido nascida nascimento geboortedatum ur urodzony urodzona urodzenia född fødd födt født
    födelsedag fødselsdato syntynyt syntymäaika"""
_BORN = pattern(
    "DATE_OF_BIRTH",
    rf"(?<![^\W_]){_BIRTH}(?![^\W_])(?:(?:(?!\n)[^.!?]|\.(?=\s?\d)){{0,25}}?|[^\S\n]*:?[^\S\n]*\n\s{{0,4}})(?<![\w/.-])({_DATE})(?!\d|\s+(?:years?|yrs?|months?|weeks?)\b)",
    Source.LABELLED_BIRTH_DATE,
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
    pattern("DATE_OF_BIRTH", rf"(?<![\w/.-])({_DATE})(?:\s+is|'s)\s+(?:my|his|her|their|\w+'s)\s+(?:b-?day|birthday|birth date)\b", Source.LABELLED_BIRTH_DATE, group=1, cues="bday b birthday birth"),
    pattern("DATE_OF_BIRTH", rf"\(\s?b\.?\s({_DATE})", Source.LABELLED_BIRTH_DATE, group=1, cues="b"),
    pattern("US_SSN", rf"{START}(?:ssn|social security|socials?|itin|tax ?id|ein){END}{IS}(\d{{3}}[ .-]?\d{{2}}[ .-]?\d{{4}}|\d{{2}}-\d{{7}})\b", Source.CHECKED, group=1, cues="ssn social socials itin tax taxid ein"),
    pattern("US_SSN", r"\blast (?:four|4)(?: digits)?(?: of (?:my|his|her) (?:ssn|social(?: security)?(?: number)?))?(?:\s+(?:is|are|was))?\s*:?\s*(\d{4})\b", Source.LABELLED, group=1, cues="last"),
    pattern("CREDIT_CARD", r"\b(?:card|visa|amex|mastercard|debit|credit|account|acct)\b[^.!?\n\d]{0,30}\b(?:end(?:s|ing)(?: in| with)?|last (?:four|4)(?: digits)?)\s*(?:is|are|:)?\s*(\d{4})\b", Source.LABELLED, group=1, cues="ending ends last"),
    pattern("CREDIT_CARD", rf"{START}(?:(?:credit|debit|bank|payment|visa|master|amex|gift)?[ -]?card|visa|mastercard|amex|cc|kreditkarte|tarjeta|carte){END}{IS}(\d(?:[ ./-]?\d){{11,18}})(?![\w-])", Source.LABELLED_CARD, group=1, cues="card visa mastercard amex cc creditcard kreditkarte tarjeta carte"),
    pattern("NATIONAL_ID", rf"{START}(?:ssn|nhs|nino|ni|national insurance|(?:national|personal|identity|identification|citizen|tax)(?:[ _-]?(?:id(?:entity|entification)?|card))*|id(?:[ _-]card)?|dni|nie|nif|cuit|rut|bsn|sin|social insurance|cpf|pesel|aadhaar|aadhar|pan|steuer-?id|steuer(?:identifikations)?nummer|personalausweis(?:nummer)?|ausweis(?:nummer)?|sozialversicherungs?(?:nummer)?|personnummer|codice fiscale|numéro de sécurité sociale|sécurité sociale|curp|rfc|tfn|pps|ahv|medicare|medicaid){END}{IS}{_VALUE}(?![^\W_])", Source.LABELLED, check.mixed_or_digits, group=1, cues="ssn nhs nino ni national insurance personal identity identification citizen tax id dni nie nif cuit rut bsn sin social cpf pesel aadhaar aadhar pan steuer steuerid steuernummer steueridentifikationsnummer personalausweis personalausweisnummer ausweis ausweisnummer sozialversicherung sozialversicherungsnummer personnummer codice sécurité curp rfc tfn pps ahv medicare medicaid"),
    pattern("PASSPORT", r"(?<![^\W_])(?:passport|reisepass|pasaporte|passeport|passaporto?|paspoort|paszport|pasaport|pas(?=nummer)|pp(?=\s?(?:no|nr|num|#)))[a-z]*(?:[\s_,-]*(?:number|no\b\.?|nr\b\.?|n[°º]|#|nummer|número|num))*[^\w\n]{0,5}(?:is|ist|es|was)?[\s:#\"'(]*([a-z]{0,3}\d[a-z0-9]{5,9}|[a-z]{1,3}[ -]?\d{6,8}|\d{4} \d{6})\b", Source.LABELLED_DOCUMENT, group=1, cues="passport passportnumber passports reisepass reisepassnummer pasaporte passeport passaporto passaport paspoort paspoortnummer paszport pasaport pasnummer pp"),
    pattern("US_DRIVER_LICENSE", rf"{START}(?:(?:driver['’]?s?['’]?|driving)[ _-]?(?:licen[cs]e|permit)|dl|licen[cs]e|f[üu]hrerschein(?:nummer)?|permis(?: de conduire)?|carnet de conducir){END}{IS}(?P<id>[a-z]{{0,5}}[ -]?\d[a-z0-9]*(?:[ -][a-z0-9]*\d[a-z0-9]*){{0,4}}(?:[ -](?![ai]\b)[a-z]\b)?)(?![^\W_])", Source.LABELLED_DOCUMENT, check.five_digits_or_letters, group="id", cues="dl license licence permit führerschein führerscheinnummer permis carnet"),
    pattern("LICENSE_PLATE", rf"{START}(?:(?:licen[cs]e|number|reg(?:istration)?|vehicle|car)?[ _-]?plates?|licen[cs]e tag|kennzeichen|matr[ií]cula|plaque|targa|placa|car reg(?:istration)?|registration){END}(?: (?:numbers?|no\.?|nr\.?|reading|saying))?[\"']?[\s:=#\"'(]*(?:(?:is|was|are|were|reads?|said|ist|es|lautet)\b[\s:\"']*)?({_PLATE})\b", Source.LABELLED, check.plate, group=1, cues="plate plates tag kennzeichen matrícula matricula plaque targa placa registration reg"),
    pattern("ACCOUNT_NUMBER", rf"{START}(?:account|acct|accountnumber|a/c|routing|aba|sort code|blz|bankleitzahl|bsb|ifsc|member(?:ship)?|policy|customer|client|case|mrn|medical record|record|patient|insurance|claim|student|employee|staff|badge|ref(?:erence)?|confirmation|booking|order|tracking|ticket|invoice|vin|imei|kontonummer|konto|kundennummer|versicherten(?:nummer)?|cuenta|compte|user|group|rx|prescription|bic|swift){END}{IS}(\d{{2,4}}(?: \d{{2,4}}){{2,4}}|(?=[a-z-]{{0,6}}\d)[a-z]{{0,5}}-?\d[\d-]*\d[a-z0-9-]*|\d{{2}}-\d{{2}}-\d{{2}})\b", Source.LABELLED, check.five_digits_or_letters, group=1, cues="account acct accountnumber c routing aba blz bankleitzahl bsb ifsc sort member membership policy customer client case mrn medical record patient insurance claim student employee staff badge ref reference confirmation booking order tracking ticket invoice vin imei kontonummer konto kundennummer versicherten versichertennummer cuenta compte user group rx prescription bic swift"),
    pattern("ACCOUNT_NUMBER", rf"{START}(?:vin|chassis){END}{IS}([a-hj-npr-z0-9]{{17}})\b", Source.LABELLED, check.mixed, group=1, cues="vin chassis"),
)  # fmt: skip
#: A bank's code needs no digit.
BANK_CODE = (
    pattern("ACCOUNT_NUMBER", rf"{START}(?:swift|bic)(?:[ /_-]*(?:bic|swift))?[ _-]*(?:code)?{END}[\"']?\s*(?:is|:|=|ist|es|est)?\s*[\"'(]?([a-z]{{6}}[a-z0-9]{{2}}(?:[a-z0-9]{{3}})?)\b", Source.LABELLED, check.bank_code, group=1),
)  # fmt: skip

#: Letters and digits in a form of their own.
CODED = (
    pattern("NATIONAL_ID", r"\b[a-ceghj-prtw-z][a-ceghj-nprtw-z] ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b", Source.CHECKED),
    pattern("NATIONAL_ID", r"\b(?:[xyz][ -]?\d{7}|\d{2}\.?\d{3}\.?\d{3})[ -]?[a-z]\b", Source.CHECKED, check.spanish_id),
    pattern("NATIONAL_ID", r"\b[12][ .]?\d{2}[ .]?\d{2}[ .]?\d[\dab][ .]?\d{3}[ .]?\d{3}[ .]?\d{2}\b", Source.CHECKED, nir.is_valid),
    pattern("NATIONAL_ID", r"\b[a-z]{6}\d{2}[abcdehlmprst]\d{2}[a-z]\d{3}[a-z]\b", Source.CHECKED, codicefiscale.is_valid),
    pattern("NATIONAL_ID", r"\b[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]\b", Source.FORMAT, flags=0),
    pattern("NATIONAL_ID", r"\b[a-z]{4}\d{6}[hm][a-z]{5}[a-z0-9]\d\b", Source.FORMAT),
    pattern("NATIONAL_ID", r"\b[0-3]\d[01]\d{3}[-+a-fu-y]\d{3}[0-9a-fhj-npr-y]\b", Source.CHECKED, check.finnish_id),
    pattern("LICENSE_PLATE", r"\b[A-Z]{2}\d{2} ?[A-Z]{3}\b|\b[A-ZÄÖÜ]{1,3}-[A-Z]{1,2}[ -]?\d{2,4}[EH]?\b|\b\d[A-Z]{3}\d{3}\b|\b[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}\b", Source.FORMAT, flags=0),
    pattern("CRYPTO", r"\b(?:bc1[a-z0-9]{25,59}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}|0x[0-9a-fA-F]{40}|[LM][a-km-zA-HJ-NP-Z1-9]{26,33}|T[A-Za-z1-9]{33})\b", Source.CHECKED, check.has_digit, flags=0),
    pattern("CREDIT_CARD", r"(?<![\w*])(?:[x*•]{2,4}[ -]?){1,4}\d{4}\b", Source.LABELLED),
)  # fmt: skip

#: Devices and places.
DEVICES = (
    pattern("CREDIT_CARD", r"(?<![\w/])\d{4}(?:/\d{4}){3}(?![\w/])", Source.CHECKED, check.card_number),
    pattern("IP_ADDRESS", r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w]|\.\d)(?::\d{2,5}\b)?", Source.IP_ADDRESS, check.ip_and_port),
    pattern("IP_ADDRESS", r"(?<![\w:.])(?:[0-9a-f]{1,4})?(?::[0-9a-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])", Source.IP_ADDRESS, check.ipv6_address),
    pattern("MAC_ADDRESS", r"\b[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}\b|\b(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}\b", Source.DEVICE_OR_PLACE),
    pattern("ACCOUNT_NUMBER", r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", Source.UUID),
)  # fmt: skip
GEO = (
    pattern("GEO_COORDINATES", r"(?<![\w.])[+-]?\d{1,2}\.\d{3,}°?\s?[ns]?\s*[,;/ ]\s*(?:(?:lon|lng|long)[a-z]*\"?\s*[:=]?\s*)?[+-]?\d{1,3}\.\d{3,}°?(?:\s?[ew]\b)?(?![\w]|\.\d)", Source.DEVICE_OR_PLACE),
    pattern("GEO_COORDINATES", r"\b(?:lat|lon|lng|latitude|longitude)\"?\s*[:=]?\s*([+-]?\d{1,3}\.\d{3,})", Source.DEVICE_OR_PLACE, group=1),
    pattern("GEO_COORDINATES", r"(?<![\w.])\d{1,2}[°\s]\s?\d{1,2}(?:\.\d+)?['′’\s]\s?(?:\d{1,2}(?:\.\d+)?[\"″”\s]{0,2})?\s?[NS][,\s]+\d{1,3}[°\s]\s?\d{1,2}(?:\.\d+)?['′’\s]\s?(?:\d{1,2}(?:\.\d+)?[\"″”\s]{0,2})?\s?[EW]\b", Source.DEVICE_OR_PLACE, flags=0),
    pattern("GEO_COORDINATES", r"(?<!\w)[NS]\s?\d{1,2}(?:\.\d{2,}°?|°\s?\d{1,2}(?:\.\d+)?['′’]?(?:\s?\d{1,2}[\"″”])?)[,\s]+[EW]\s?\d{1,3}(?:\.\d{2,}°?|°\s?\d{1,2}(?:\.\d+)?['′’]?(?:\s?\d{1,2}[\"″”])?)", Source.DEVICE_OR_PLACE, flags=0),
    pattern("GEO_COORDINATES", r"\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?[\"″”]|'')?\s?[NSns][\s,]+\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?[\"″”]|'')?\s?[EWew]\b", Source.DEVICE_OR_PLACE),
)  # fmt: skip
