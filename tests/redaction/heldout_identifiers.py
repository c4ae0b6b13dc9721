# ruff: noqa: E501, SIM905, ARG005 - lists of sentences and words stay as they can be read; makers take alike arguments
"""Structured identifiers of many countries in text that the patterns were not written from: Faker's formats in its locales.

Two pools share neither sentences nor locales: ``development`` is what failures may be looked at in, ``heldout`` only measures.

    python tests/redaction/heldout_identifiers.py --pool heldout [--lower] > cases.jsonl
    attune redact evaluate --dataset cases.jsonl
"""

from __future__ import annotations

import argparse
import functools
import json
import random
from collections.abc import Callable
from typing import Any

Make = Callable[[Any, random.Random], str]

LOCALES = {
    "development": "en_US en_GB de_DE fr_FR es_ES it_IT pt_BR en_CA nl_NL sv_SE pl_PL de_CH".split(),
    "heldout": "en_US en_GB de_AT fr_CH es_MX en_IN en_AU en_NZ en_IE fi_FI no_NO da_DK cs_CZ pt_PT ro_RO hr_HR uk_UA es_AR es_CL tr_TR".split(),
}
ADDRESS_LOCALES = {
    "development": "en_US en_GB de_DE fr_FR es_ES en_CA".split(),
    "heldout": "en_US en_GB de_AT de_DE fr_FR es_ES en_IN en_AU it_IT nl_NL".split(),
}
_SPOKEN = "zero one two three four five six seven eight nine".split()
_MAIL_HOSTS = "gmail.com yahoo.co.uk web.de proton.me outlook.com posteo.net kinder-co.org".split()


def _digits(draw: random.Random, form: str) -> str:
    """``#`` becomes a digit, ``%`` one that is not 0, ``?`` a capital letter."""
    table = {"#": "0123456789", "%": "123456789", "?": "ABCDEFGHJKLMNPRSTUVWXYZ"}
    return "".join(draw.choice(table[one]) if one in table else one for one in form)


def _form(*forms: str) -> Make:
    return lambda fake, draw: _digits(draw, draw.choice(forms))


def _mail_plain(fake: Any, draw: random.Random) -> str:
    return draw.choice(
        [fake.email(), fake.ascii_free_email(), f"{fake.user_name()}+news@{fake.domain_name()}", fake.company_email()]
    )


def _mail_hidden(fake: Any, draw: random.Random) -> str:
    host = draw.choice(_MAIL_HOSTS)
    local = fake.user_name()
    at = draw.choice([" at ", " (at) ", "[at]", " [AT] ", " AT "])
    dot = draw.choice([" dot ", " [dot] ", "(dot)", " DOT "])
    if draw.random() < 0.5:
        local = f"{fake.user_name()}{dot}{fake.user_name()}"
    return f"{local}{at}{host.replace('.', dot)}"


def _spoken(fake: Any, draw: random.Random) -> str:
    return draw.choice([" ", " ", ", ", "-"]).join(draw.choice(_SPOKEN) for _ in range(10))


def _grouped(value: str, by: int, separator: str) -> str:
    return separator.join(value[at : at + by] for at in range(0, len(value), by))


def _iban(fake: Any, draw: random.Random) -> str:
    value = str(fake.iban())
    return draw.choice([value, _grouped(value, 4, " "), _grouped(value, 4, "-")])


def _card(fake: Any, draw: random.Random) -> str:
    value = str(fake.credit_card_number())
    return draw.choice([value, _grouped(value, 4, " "), _grouped(value, 4, "-")] if len(value) == 16 else [value])


def _geo(fake: Any, draw: random.Random) -> str:
    latitude, longitude = draw.uniform(-60, 70), draw.uniform(-180, 180)
    return draw.choice(
        [
            f"{latitude:.6f}, {longitude:.6f}",
            f"{latitude:.4f},{longitude:.4f}",
            f"{abs(latitude):.5f}° {'NS'[latitude < 0]}, {abs(longitude):.5f}° {'EW'[longitude < 0]}",
        ]
    )


def _birth(fake: Any, draw: random.Random) -> str:
    day = fake.date_of_birth()
    return str(
        day.strftime(
            draw.choice(["%d/%m/%Y", "%m-%d-%y", "%B %d, %Y", "%d %b %Y", "%Y-%m-%d", "%d.%m.%Y", "%dth of %B %Y", "%b %d '%y"])
        )
    )


def _password(fake: Any, draw: random.Random) -> str:
    return draw.choice(
        [
            fake.password(length=10, special_chars=draw.random() < 0.5, digits=True, upper_case=True, lower_case=True).strip(
                ".,;!?)\"'`"
            ),
            f"{fake.word()}{draw.randrange(10, 9999)}!",
            f"{fake.word().title()}#{draw.randrange(100)}",
        ]
    )


_ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def _some(draw: random.Random, alphabet: str, length: int) -> str:
    return "".join(draw.choice(alphabet) for _ in range(length))


def _jwt(fake: Any, draw: random.Random) -> str:
    return f"eyJ{_some(draw, _ALNUM, 17)}.eyJ{_some(draw, _ALNUM, 30)}.{_some(draw, _ALNUM + '_-', 43)}"


def _token(fake: Any, draw: random.Random) -> str:
    slack = _digits(draw, "%###########-%###########")
    start, length = draw.choice(
        [("ghp_", 36), ("sk_live_", 24), ("sk-", 48), (f"xoxb-{slack}-", 24), ("AKIA", 16), ("AIza", 35), ("glpat-", 20)]
    )
    value = _some(draw, _ALNUM, length)
    return start + (value.upper() if start == "AKIA" else value)


def _wallet(fake: Any, draw: random.Random) -> str:
    start, alphabet, length = draw.choice(
        [
            ("bc1q", "023456789acdefghjklmnpqrstuvwxyz", 38),
            ("0x", "0123456789abcdef", 40),
            ("1", "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 33),
        ]
    )
    return start + _some(draw, alphabet, length)


def _url(fake: Any, draw: random.Random) -> str:
    return draw.choice(
        [fake.url().rstrip("/"), f"{fake.url()}{fake.user_name()}", f"www.{fake.domain_name()}/{fake.user_name()}"]
    )


VALUES: dict[str, Make] = {
    "EMAIL_ADDRESS": _mail_plain,
    "EMAIL_ADDRESS hidden": _mail_hidden,
    "PHONE_NUMBER": lambda fake, draw: fake.phone_number(),
    "PHONE_NUMBER typed": _form(
        "+44 20 79## ####",
        "0049 (0)30 %######",
        "%15.555.01##",
        "(4%5) 555-01##",
        "+91-98### #####",
        "+1 (%15) 555-0###",
        "+33 6 ## ## ## ##",
        "07### ######",
        "%125550###",
        "+49-151-########",
        "001 %12 555 0###",
        "1-800-555-0###",
        "555-01##",
        "%15/555-01##",
        "+61 4## ### ###",
        "%12 555 01## ext. ###",
        "%12-555-01## x##",
    ),
    "PHONE_NUMBER spoken": _spoken,
    "IBAN_CODE": _iban,
    "CREDIT_CARD": _card,
    "US_SSN": lambda fake, draw: _digits(draw, draw.choice(["%##-%#-####", "%## %# ####"])).replace("9", "8"),
    "IP_ADDRESS": lambda fake, draw: draw.choice([fake.ipv4, fake.ipv4_private, fake.ipv6])(),
    "MAC_ADDRESS": lambda fake, draw: draw.choice([fake.mac_address(), fake.mac_address().upper().replace(":", "-")]),
    "URL": _url,
    "URL domain": lambda fake, draw: fake.domain_name(),
    "GEO_COORDINATES": _geo,
    "DATE_OF_BIRTH": _birth,
    "PASSWORD": _password,
    "API_KEY": _token,
    "API_KEY jwt": _jwt,
    "CRYPTO": _wallet,
    "SOCIAL_HANDLE": lambda fake, draw: f"{fake.user_name()}{draw.choice(['_', '.', ''])}{draw.randrange(10, 99)}",
    "NATIONAL_ID": lambda fake, draw: fake.ssn(),
    "PASSPORT": lambda fake, draw: fake.passport_number() if hasattr(fake, "passport_number") else _digits(draw, "?########"),
    "US_DRIVER_LICENSE": _form("?#######", "???? %#####", "%########", "?###-####-####", "?%## #### ####", "%##-##-####"),
    "LICENSE_PLATE": lambda fake, draw: fake.license_plate(),
    "ACCOUNT_NUMBER": _form("%#########", "%###-####", "%#######", "%## ### ###"),
    "ACCOUNT_NUMBER medical": _form("MRN%######", "%#######", "??%#######", "%##-##-####"),
    "SWIFT": lambda fake, draw: fake.swift(),
    "STREET_ADDRESS": lambda fake, draw: fake.address().replace("\n", draw.choice([", ", "\n", " "])),
    "STREET_ADDRESS street": lambda fake, draw: fake.street_address().replace("\n", ", "),
    "STREET_ADDRESS box": _form("PO Box %###", "P.O. Box %##", "Post Office Box %####", "po box %##"),
}

SENTENCES: dict[str, dict[str, list[str]]] = {
    "development": {
        "EMAIL_ADDRESS": [
            "My address for letters of that kind is {}.",
            "send it to {} please",
            "he found {} in my sent folder",
            "E-Mail: {}",
            "contact;{};active",
            "Cc: {}\nSubject: us",
        ],
        "PHONE_NUMBER": [
            "I texted him from {} and he didn't answer.",
            "my number changed to {}",
            "Tel. {}",
            "call me on {} after six",
            '{{"phone": "{}"}}',
            "you can reach my mum at {}, she knows",
            "ruf mich an: {}",
        ],
        "IBAN_CODE": ["I send the rent to {} each month.", "IBAN: {}", "please use {} for it"],
        "CREDIT_CARD": [
            "She paid the hotel with {}.",
            "card no. {}",
            "my visa is {} and it got declined",
            "what did he charge to {}?",
        ],
        "US_SSN": ["my social is {}", "SSN: {}", "They asked me for {} on the form."],
        "IP_ADDRESS": ["someone logged in from {}", "IP {} again", "the router is at {}."],
        "MAC_ADDRESS": ["unknown device {} on our wifi", "MAC: {}"],
        "URL": ["my blog is at {}", "I wrote about it on {}.", "Homepage: {}"],
        "GEO_COORDINATES": ["his phone was at {}", "meet me at {} tonight", "location: {}"],
        "DATE_OF_BIRTH": [
            "I was born on {} and she is older.",
            "DOB: {}",
            "my birthday is {}",
            "date of birth {}",
            "geboren am {}",
        ],
        "PASSWORD": ["my password is {}", "pw: {}", "he changed the password to {} and locked me out", "Password: {}"],
        "API_KEY": ["i pasted {} into the chat", "token={}", "the key {} leaked"],
        "CRYPTO": ["he moved our savings to {}", "wallet: {}"],
        "SOCIAL_HANDLE": ["follow me @{}", "my insta is {}", "snap: {}", "She is on reddit as u/{}"],
        "NATIONAL_ID": ["my national id is {}", "ID number: {}", "the form wanted my identity number, {}"],
        "PASSPORT": ["my passport number is {}", "Passport no: {}", "passport {} expires soon"],
        "US_DRIVER_LICENSE": ["my driver's license is {}", "DL: {}", "driving licence number {}"],
        "LICENSE_PLATE": ["his license plate is {}", "plate: {}", "the car with the number plate {} was outside"],
        "ACCOUNT_NUMBER": ["my account number is {}", "account no. {}", "routing number {}"],
        "ACCOUNT_NUMBER medical": ["my medical record number is {}", "insurance id: {}", "MRN {}"],
        "SWIFT": ["SWIFT: {}", "the BIC is {}"],
        "STREET_ADDRESS": [
            "I moved to {} last year.",
            "we live at {}",
            "Address: {}",
            "he still gets mail at {} and i hate it",
        ],
    },
    "heldout": {
        "EMAIL_ADDRESS": [
            "Could you write to {} about the appointment?",
            "the only contact I have is {}",
            "From: {}\nTo: support",
            "i use {} for dating apps",
            "id,mail,score\n7,{},3",
        ],
        "PHONE_NUMBER": [
            "I keep getting missed calls from {}.",
            "Phone: {}",
            "Her mobile ({}) goes straight to voicemail",
            "WhatsApp me: {}",
            "tel={};fax=",
            '{{"name": "x", "mobile": "{}"}}',
            "if he turns violent I ring {}",
            "The therapist's line is {}, right?",
        ],
        "IBAN_CODE": ["Please transfer the money to account {}.", "bank: {}", "Our shared account {} is empty.", '"iban":"{}"'],
        "CREDIT_CARD": [
            "How do I cancel my card {}?",
            "There are charges on {} that I never made",
            "cc: {}",
            "Card number: {}",
        ],
        "US_SSN": ["I had to give my social security number {} to the landlord.", "ssn {}", "is {} a valid one?"],
        "IP_ADDRESS": ["The mail was sent from {}, which is his office.", "Host: {}", "my server {} went down while we argued"],
        "MAC_ADDRESS": ["I saw {} in the log of the router.", "device id {}"],
        "URL": ["Everything is on {} if you want to read it.", "site: {}", "have a look at {} and tell me"],
        "GEO_COORDINATES": ["The tracker said {}.", "gps {}", "we first kissed at {}"],
        "DATE_OF_BIRTH": [
            "She was born {} in a small town.",
            "Birth date: {}",
            "d.o.b. {}",
            "my bday is {} so im a scorpio",
            "Birthday - {}",
        ],
        "PASSWORD": [
            "My wifi password is {} if you need it",
            "login: anna / password: {}",
            "Passwort: {}",
            "the password was {} all along",
            "pwd={}",
        ],
        "API_KEY": ["This is the secret: {}", "export API_KEY={}", "why does {} not work"],
        "CRYPTO": ["She sent everything to the address {}.", "btc: {}"],
        "SOCIAL_HANDLE": [
            "dm @{} if it is urgent",
            "My Instagram is {}.",
            "tiktok: {}",
            "he messages u/{} all night",
            "add me on snap, it's {}",
        ],
        "NATIONAL_ID": [
            "National ID: {}",
            "My personal identification number is {}.",
            "ssn: {}",
            "I gave them my id, {}, and my name",
        ],
        "PASSPORT": ["He kept my passport ({}) in his drawer.", "Passport Number: {}", "passport # {}"],
        "US_DRIVER_LICENSE": ["My driver's licence number is {}.", "Driver License: {}", "driver license no. {}"],
        "LICENSE_PLATE": ["A car with the plate {} follows me.", "License plate: {}", "my plates are {}"],
        "ACCOUNT_NUMBER": ["Wire it to account {} at my bank.", "Acct #: {}", "my bank account number is {}"],
        "ACCOUNT_NUMBER medical": ["Patient number {}", "My health insurance number is {}.", "policy number: {}"],
        "SWIFT": ["swift code {}", "BIC: {}"],
        "STREET_ADDRESS": [
            "My parents' house is at {}.",
            "Please ship it to {}",
            "i grew up at {}",
            "address = {}",
            "We had lived in {} before the split.",
        ],
    },
}

# What is no identifier, in sentences that look as if.
ORDINARY = {
    "development": [
        "We met in 2014, married on 5/6/2017 and it went downhill in 2019-2020.", "on a scale of 1-10 I am at a 3, maybe 3.5", "a 10-point scale, 24/7, 50/50, 9-5, 7am to 10:30 pm",
        "the movie was 2 hours 15 minutes, rated 8.7/10", "iOS 17.4.1 broke it, so I went back to version 16.7.8", "I paid $1,250.00 and then €99 and £1.2m",
        "we lost 3-2, then 21-19, 21-17", "he is 6'2\" and 185 lbs, bmi 23.4", "about 10,000 steps, 2,000 calories, 12.5 km in 1:02:33", "I read chapters 12-15 and page 212",
        "call me when you can, any time works", "my password does not work any more", "i am at home at 5", "the address was wrong", "We have 2 kids, 3 cats and 1 dog, ages 7, 9 and 12",
        "see section 4.2.1 and table 3", "born to be wild, born in 1987", "it is 100% his fault, or 99.9%", "our anniversary is on June 5, 2015 and my court date is 12/03/2024",
        "i turned 30, he is 41 (m) and i'm 28f", "the ticket costs 45.50 per person", "1st, 2nd and 3rd attempts; 5th grade", "she works the 12-8 shift 5 days a week",
        "temperature was 98.6 and later 101.2", "i have 1000000 reasons to leave", "flight at 6:45, gate 23, row 14", "one two three and you are out", "I had two or three drinks, five at most, then four more",
        "i look at two things, one at a time", "meet me at dot 5 o'clock", "Ratio 16:9, 4k at 60 fps", "he sent 37 texts between 11:05 and 11:52", "we've been on and off for 3.5 years (since 04/2020)",
    ],
    "heldout": [
        "In 2009 we bought the flat, in 2012 we sold it, and since 01/2020 we rent.", "my score went from 540 to 702.", "He texted at 23:15, 23:17 and 23:18.", "It takes 45-60 minutes, sometimes 90.",
        "The room is 12 x 14 ft and the rent is $2,350/mo.", "We split the bill 60/40: 36.60 and 24.40.", "On day 12 of 30 I gave up.", "python 3.11.4 and windows 10.0.19045 annoy me", "i rate him 4 out of 10",
        "they won 98-95 in overtime", "It was 10/10/2022 when he left and 3 March 2023 when he came back.", "I sleep 4.5 hours, wake at 3:30 and again at 5", "He earns 85k, I earn 62,500 a year.", "we drove 1,200 miles in 2 days",
        "It was our 25th anniversary; I'm 52, she's 49.", "in 3 of 4 cases, or 75 %, it is fine", "my weight went from 82.5 to 78.3 kg", "do you have 5 minutes at 12.30?", "the 1990s, the 80s and 2000-2005 were better",
        "Step 1: breathe. Step 2: count to 10. Step 3: repeat 4 times.", "we live in apartment complex no one likes", "he gives me 3 word answers", "Psalm 23:4 and 1 Corinthians 13:4-7 helped", "i've said it 1,000,000 times",
        "my plate is full and my code word is banana", "we need to talk about the number of times he lied", "the key is to listen", "my account of the story is different", "the license expired", "passport photos look silly",
        "i have an insurance through work", "her handle on things is better than mine", "the signal is bad here", "dots and ats and such", "It happens every 28 days.", "My id badge broke at work",
    ],
}  # fmt: skip


@functools.cache
def _faker(locale: str) -> Any:
    from faker import Faker

    return Faker(locale)


def cases(pool: str, seed: int = 7, per_sentence: int = 12, *, lower: bool = False) -> list[dict[str, Any]]:
    """Labelled texts (``text``, ``spans``); types are ours, with the way of writing after a blank in ``style``."""
    draw = random.Random(f"{pool}:{seed}")
    for locale in {*LOCALES[pool], *ADDRESS_LOCALES[pool]}:
        _faker(locale).seed_instance(seed)
    made: list[dict[str, Any]] = []
    for style, make in VALUES.items():
        sentences = SENTENCES[pool].get(style) or SENTENCES[pool][style.split()[0]]
        locales = (ADDRESS_LOCALES if style.startswith("STREET") else LOCALES)[pool]
        for sentence in sentences:
            for _ in range(per_sentence):
                locale = draw.choice(locales)
                made.append(_case(sentence, make(_faker(locale), draw), style, locale, lower))
    made += [
        {"text": text.lower() if lower else text, "spans": [], "style": "ordinary", "locale": ""} for text in ORDINARY[pool]
    ]
    return made


def _case(sentence: str, value: str, style: str, locale: str, lower: bool) -> dict[str, Any]:
    value = value.strip()
    start = sentence.format("\x00").index("\x00")
    text = sentence.format(value)
    kind = {"SWIFT": "ACCOUNT_NUMBER"}.get(style.split()[0], style.split()[0])
    if lower and len(text.lower()) == len(text) and not style.startswith(("API_KEY", "CRYPTO")):
        text = text.lower()
    return {
        "text": text,
        "spans": [{"start": start, "end": start + len(value), "type": kind}],
        "style": style,
        "locale": locale,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", choices=sorted(SENTENCES), default="heldout")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--lower", action="store_true")
    arguments = parser.parse_args()
    for case in cases(arguments.pool, arguments.seed, lower=arguments.lower):
        print(json.dumps(case, ensure_ascii=False))


if __name__ == "__main__":
    main()
