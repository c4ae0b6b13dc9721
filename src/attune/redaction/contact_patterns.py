# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""How people write where they can be reached: mail, telephone, web, social media; also so that machines should not read it."""

from __future__ import annotations

from attune.redaction import validators as check
from attune.redaction.expressions import CHECKED, CUED, END, FORM, LOOSE, START, TLD, pattern

_PROVIDER = (
    r"(?:g\s?mail|googlemail|yahoo|ymail|hotmail|outlook|icloud|aol|proton\s?mail|proton|gmx|web|live|msn|me|mail|fastmail|comcast|verizon"
    r"|att|zoho|hey|yandex|tutanota|t-online|freenet|posteo|btinternet|sbcglobal|cox|charter|example)"
)
_AT = r"(?:\s*[\[({<]\s*(?:at|ät|arroba|@)\s*[\])}>]\s*|\s+(?:at|ät|arroba)\s+|\s*_at_\s*|\s+@\s*|\s*@\s+|\s*\(a\)\s*)"
_DOT = r"(?:\s*[\[({<]\s*(?:dot|punkt|punto|point|\.)\s*[\])}>]\s*|\s+(?:dot|punkt|punto)\s+|_dot_|\.)"
_LOCAL = rf"[\w+-]+(?:(?:{_DOT}|\s+(?:underscore|unterstrich|dash|hyphen)\s+)[\w+-]+)*"
_HOST = rf"[\w-]+(?:{_DOT}[\w-]+)*?{_DOT}{TLD}(?:{_DOT}{TLD})?(?![^\W_])"
_DIGIT_WORDS = (
    r"(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple|treble|hundred|thousand|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)",
    r"(?:null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun)",
    r"(?:cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)",
    r"(?:zéro|un|deux|trois|quatre|cinq|six|sept|huit|neuf)",
)

MAIL = (
    pattern("EMAIL_ADDRESS", r"(?<![\w.+%-])[\w.+%'-]*[\w+%-]@(?:[\w-]+\.)+[^\W\d_][\w-]*[\w]", CHECKED),
    pattern("EMAIL_ADDRESS", rf"[\w.+%-]+\s?@\s?[\w-]+{_DOT}{TLD}(?:{_DOT}{TLD})?(?![^\W_])", FORM),
    pattern("PASSWORD", r"(?<=://)[^\s/:@]+:[^\s/@]+(?=@)", CHECKED),
    pattern("SOCIAL_HANDLE", r"(?<![\w@./-])@[a-z_0-9](?:[\w.-]{0,28}\w)?", FORM, check.has_letter),
)

#: Mail and numbers in words.
HIDDEN = (
    # the provider alone is enough where the part before it looks like an address or a dot follows; else it needs a cue
    pattern("EMAIL_ADDRESS", rf"(?<![\w.]){_LOCAL}{_AT}{_HOST}", FORM, check.hidden_mail),
    pattern("EMAIL_ADDRESS", rf"(?<![\w.])[\w+-]*(?:\d|[_.]|{_DOT})[\w+-]+(?:{_DOT}[\w+-]+)*{_AT}{_PROVIDER}\b", FORM),
    pattern("EMAIL_ADDRESS", rf"\b(?:e-?mail|mail)\s+(?:me\s+|address\s+)?(?:is\s+|at\s+|to\s+|:\s*)?([\w+-]+{_AT}{_PROVIDER})\b", FORM, group=1),
    *(pattern("PHONE_NUMBER", rf"\b(?:(?:plus|area code)\s+)?{word}(?:[\s,.…-]+(?:(?:u+h+|u+m+|er+m*|then|and|dash|space|äh|eh)[\s,.…-]+)?(?:{word}|\d{{1,4}}\b)){{6,}}\b", FORM, check.spoken_number) for word in _DIGIT_WORDS),
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
    pattern("URL", r"\b(?:https?|ftp|wss?)://[^\s<>\"]*[^\s<>\".,;:!?)\]}']", CHECKED),
    pattern("URL", r"\b(?:www\.)[\w-]+\.[^\s<>\"]*[^\s<>\".,;:!?)\]}']", CHECKED),
    pattern(
        "URL", rf"(?<![\w@.-])(?:[^\W_][\w-]*\.)+{TLD}(?![\w@-]|\.\w)(?:/[^\s<>\"]*[^\s<>\".,;:!?)\]}}'])?", FORM, check.domain
    ),
)

_NETWORK = r"(?:insta(?:gram)?|ig|snap(?:chat)?|sc|tiktok|tik tok|twitter|discord|telegram|tg|kik|reddit|skype|venmo|cash ?app|gamertag|username|user name|screen name|handle|facebook|fb|twitch|steam|psn|xbox|signal|threads|mastodon|bluesky|linkedin|onlyfans|bumble|wechat|usuario|benutzername|nutzername|pseudo)"
SOCIAL = (
    pattern("SOCIAL_HANDLE", rf"{START}{_NETWORK}{END}(?:'s)?(?:\s+(?:handle|name|username|account|user|id|page|tag|profile))?[\"']?\s*(?:(?:,\s*)?(?:it'?s|it is|is|as|es|ist|under|called)\b|[:=@(]|-(?=\s)|–|->)\s*[\"'@(]{{0,2}}([a-z0-9_](?:[\w.-]{{1,30}}\w)(?:#\d{{4}})?)", CUED, check.handle, group=1),
    pattern("SOCIAL_HANDLE", rf"{START}{_NETWORK}\s+([a-z](?=[\w.]*[\d_])[\w.]{{2,28}}\w)", CUED, group=1),
    pattern("SOCIAL_HANDLE", r"(?<![\w/])/?u/\w[\w.-]{1,28}\w|(?<![\w.])[\w.]{2,32}#\d{4}\b", FORM),
)  # fmt: skip
SOCIAL_WORDS = frozenset(
    """insta instagram ig snap snapchat sc tiktok tik twitter discord telegram tg kik reddit skype venmo cash cashapp gamertag username user
    screen handle facebook fb twitch steam psn xbox signal threads mastodon bluesky linkedin onlyfans bumble wechat usuario benutzername
    nutzername pseudo u""".split()
)

_EXTENSION = r"(?:\s?,?\s?(?:x|ext\.?|extension|durchwahl|#)\s?\d{1,6})?"
_NOT_INSIDE, _NOT_BEFORE = r"(?<![\w.+/$€£-])", r"(?![\w-]|\.\d)"
_CALL = r"(?:phone|phonenumber|(?:cell|tele|smart)(?:phone|fon)|cell|mobile|mobil|handy(?:nummer)?|tel(?:[eé]fono|[eé]fon[eo]?|efon)?|fax|landline|whats ?app|number|numbers|digits|call(?:s|ed|ing)?|text(?:s|ed|ing)?|ring|reach|dial(?:ed|led)?|sms|voicemail|hotline|line|rufnummer|telefonnummer|nummer|m[oó]vil|celular|numéro|portable|cellulare|ll[aá]mame|ruf|appelle)"
_CALL_WORDS = """phone phonenumber cellphone telephone smartphone telefon cell mobile mobil handy handynummer tel teléfono telefono téléphone telefone fax landline whatsapp whats number
    numbers digits call calls called calling text texts texted texting ring reach dial dialed dialled sms voicemail hotline line rufnummer
    telefonnummer nummer móvil movil celular numéro portable cellulare llámame llamame ruf appelle"""
#: Numbers of seven digits and more.
PHONES = (
    pattern("PHONE_NUMBER", rf"(?<![\w+])\(?\+\s?\d{{1,3}}\)?(?:[\s./–-]{{0,2}}\(?\d{{1,5}}\)?){{1,7}}{_EXTENSION}(?!\w)", CHECKED + 1, check.phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}(?:(?:\+?1|001)[\s./-]?)?\(?[2-9]\d{{2}}\)?[\s./–-]{{0,3}}\d{{3}}[\s.–-]{{0,3}}\d{{4}}{_EXTENSION}{_NOT_BEFORE}", FORM + 2, check.phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}(?:\(0\d{{1,5}}\)|00?\d{{1,5}})(?:[\s./–-]{{0,3}}\(?\d{{1,8}}\)?){{1,6}}{_EXTENSION}{_NOT_BEFORE}", FORM, check.national_phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}\(\d{{2,4}}\)[\s./–-]?\d{{2,5}}(?:[\s./–-]?\d{{2,5}}){{0,3}}{_EXTENSION}{_NOT_BEFORE}", FORM, check.phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}[6-9]\d{{2}}(?:([\s.-])\d{{3}}\1\d{{3}}|([\s.-])\d{{2}}\2\d{{2}}\2\d{{2}}){_NOT_BEFORE}", FORM, check.phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}\d{{2,5}}[\s.-]\d{{3,5}}[\s.-]\d{{3,5}}(?:[\s.-]\d{{2,4}})?{_EXTENSION}{_NOT_BEFORE}", LOOSE, check.grouped_phone),
    pattern("PHONE_NUMBER", rf"{_NOT_INSIDE}[2-9]\d{{2}}[-.]\d{{4}}{_EXTENSION}{_NOT_BEFORE}", LOOSE, check.phone),
    pattern("PHONE_NUMBER", rf"{START}{_CALL}{END}[^\d\n!?]{{0,28}}?([(+]{{0,2}}\d(?:[\s()./–-]{{0,3}}\d){{6,14}}{_EXTENSION})(?!\w|-\d|\.\d)", CUED - 2, check.cued_phone, group=1, cues=_CALL_WORDS),
)  # fmt: skip
