# ruff: noqa: E501 - lists of names and sentences stay as they can be read
"""A held-out set for redaction: other templates, other names and other wording than the recognizer learns from.

Written apart from ``train_names``; a test holds that the two share no template, and that the names called new are in no list.
"""

from __future__ import annotations

import random
from typing import Any

# Names that the shipped lists do not hold (a test checks it), made and collected by hand.
NEW_FIRST = [
    "Tadhgan",
    "Zuleyka",
    "Kwabenaa",
    "Thandolwethu",
    "Oluwadamilare",
    "Ayaanle",
    "Xiomarah",
    "Jaxtyn",
    "Brinleigh",
    "Maverix",
    "Zephyra",
    "Quillon",
    "Dariush-Reza",
    "Farzin",
    "Golnoosh",
    "Shahrzad",
    "Parvaneh",
    "Behrouz",
    "Houshang",
    "Mehrdad",
    "Siavash",
    "Anahita",
    "Nazanin",
    "Arezou",
    "Kourosh",
    "Bahar",
    "Sepideh",
    "Tunç",
    "Gülriz",
    "Ayberk",
    "Nurgül",
    "Doruk",
    "Ülkü",
    "Zerrin",
    "Asuman",
    "Bekzod",
    "Gulnora",
    "Dilshod",
    "Aigerim",
    "Bolat",
    "Saule",
    "Erlan",
    "Zhanar",
    "Batbayar",
    "Oyunchimeg",
    "Temujin",
    "Sarnai",
    "Khulan",
    "Tsering",
    "Pema",
    "Dolma",
    "Karma-Lhamo",
    "Sonam",
    "Yeshe",
    "Jigme",
    "Ugyen",
    "Sreypov",
    "Sopheap",
    "Chanthou",
    "Rithy",
    "Bopha",
    "Veasna",
    "Dararith",
    "Phonexay",
    "Bounmy",
    "Khamla",
    "Thipphavanh",
    "Aung",
    "Thiri",
    "Hnin",
    "Kyaw",
    "Zeyar",
    "Myat",
    "Nanda-Htet",
    "Keoni",
    "Kekoa",
    "Malia-Rose",
    "Tavita",
    "Sefina",
    "Talia-Mae",
    "Viliami",
    "Mereani",
    "Epeli",
    "Hinemoa",
    "Nalani",
    "Kalei",
    "Mahina",
    "Makoa",
    "Iolana",
    "Tlayolotl",
    "Xochitl",
    "Tonatiuh",
    "Quetzalli",
    "Huáscar",
    "Illari",
    "Sumaq",
    "Killa",
    "Inti-Rumi",
    "Suyai",
    "Tupac",
    "Yerutí",
    "Moema",
    "Iracema",
    "Jandira",
    "Ubirajara",
    "Kauê",
    "Wanderson",
    "Gleyce",
    "Edmilson",
    "Rosicleide",
    "Jucélia",
    "Valdirene",
    "Kleberson",
    "Chukwudalu",
    "Obiageli",
    "Ebelechukwu",
    "Nkemdilim",
    "Ikechukwuka",
    "Oluwaseyi",
    "Temilade",
    "Folasadeh",
    "Titilope",
    "Kehindeh",
    "Taiwoh",
    "Yewandeh",
    "Makena-Joy",
    "Muthoni-Ann",
    "Lwazi",
    "Nokuthula",
    "Zodwa",
    "Bongani",
    "Sizwe",
    "Thulani",
    "Mandisa",
    "Nandipha",
    "Vuyisile",
    "Akhona",
    "Tariro",
    "Tapiwa",
    "Nyasha",
    "Ropafadzo",
    "Kudzai",
    "Tinashe",
    "Munashe",
    "Hirut",
    "Tsehay",
    "Mulugeta",
    "Getachew",
    "Bekele",
    "Alemitu",
    "Zewdie",
    "Abebech",
    "Haregewoin",
    "Selamawit",
    "Mebrahtu",
    "Yordanos",
    "Araba",
    "Ekua",
    "Mawuli",
    "Selasi",
    "Dzifa",
    "Delali",
    "Elinam",
    "Mamadou-Lamine",
    "Ndeye",
    "Fatou",
    "Astou",
    "Rokhaya",
    "Ousmane",
    "Aïssatou",
    "Kadiatou",
    "Djeneba",
    "Sékou",
    "Bakary",
    "Fanta",
    "Oumou",
]
NEW_LAST = [
    "Okwuosah",
    "Adjei-Frempong",
    "Tshabalala",
    "Mkhwanazi",
    "Nhlapo",
    "Chigumba",
    "Mutasa",
    "Zvobgo",
    "Mapfumo",
    "Gebreselassie",
    "Woldemariam",
    "Tekle",
    "Haile",
    "Teshome",
    "Desta",
    "Kidane",
    "Ghebremedhin",
    "Rakotomalala",
    "Andriamanana",
    "Ravelojaona",
    "Randrianarisoa",
    "Faleolo",
    "Tuilagi",
    "Fonoti",
    "Leavasa",
    "Kamakawiwo",
    "Kealoha",
    "Nakamaru",
    "Kahananui",
    "Waititi",
    "Ngata",
    "Parata",
    "Tamihere",
    "Whaanga",
    "Huanca",
    "Choquehuanca",
    "Condori",
    "Yupanqui",
    "Catacora",
    "Ticona",
    "Painemal",
    "Huenchumilla",
    "Catrileo",
    "Ñancupil",
    "Benavidezz",
    "Etxeberria",
    "Goikoetxea",
    "Urrutikoetxea",
    "Zubizarreta",
    "Aizpurua",
    "Otxoa",
    "Iparragirre",
    "Agirretxe",
    "Llobregat",
    "Puigdemont",
    "Ferragut",
    "Esquerré",
    "Shahbazian",
    "Ter-Petrosyan",
    "Gharibyan",
    "Mkrtchyan",
    "Hakobyan",
    "Kvaratskhelia",
    "Saakashvili",
    "Tskitishvili",
    "Gelashvili",
    "Jafarzadeh",
    "Khorramshahi",
    "Mirzakhani",
    "Rouhanifar",
    "Tabatabaei",
    "Golzari",
    "Yılmazoğlu",
    "Karaosmanoğlu",
    "Türkyılmaz",
    "Bozdağ",
    "Kalashnikova",
    "Zavyalov",
    "Przybylowicz",
    "Wojciechowiak",
    "Krzyżanowska-Nowak",
    "Szczepaniakowa",
    "Vondráčková",
    "Szentgyörgyi",
    "Kisfaludy",
    "Bánffyné",
    "Kristjánsdóttirr",
    "Nguema",
    "Mbappah",
    "Pocchettini",
    "Quattrocchi",
    "Scognamiglio",
    "Spadavecchia",
    "Mastrangeloni",
    "Papathanasopoulos",
    "Kalogeropoulos",
    "Mavromichalis",
    "Vankateshwaran",
    "Ramanujanam",
    "Balasubramaniyan",
    "Thirunavukkarasu",
    "Gopalakrishnan",
    "Jayawardenepura",
    "Wickramasuriya",
    "Rajapakshe",
    "Chatchaisiri",
    "Wattanasiri",
    "Sukhumvitaya",
    "Phommachanh",
    "Vongsavath",
    "Sihanoukthong",
    "Kyawthu",
    "Dorjiev",
    "Batbold",
    "Tömörbaatar",
    "O'Shaughnessey-Flynn",
    "MacGillivraye",
    "Fitzwilliamson",
    "Brathwaitee",
    "Featherstonhaugh-Lee",
    "Cholmondeleigh",
]
# Names that everybody knows; most are in the lists, as they would be in any list.
USUAL_FIRST = [
    "Sarah",
    "Emily",
    "Jessica",
    "Michael",
    "David",
    "James",
    "Maria",
    "Carlos",
    "Priya",
    "Aisha",
    "Mohammed",
    "Wei",
    "Yuki",
    "Olga",
    "Ivan",
    "Sofia",
    "Luca",
    "Anna",
    "Peter",
    "Kate",
    "Jen",
    "Mike",
    "Tom",
    "Ben",
    "Liz",
    "Meg",
    "Josh",
    "Nate",
    "Becky",
    "Dave",
    "Rachel",
    "Hannah",
    "Tyler",
    "Brandon",
    "Kayla",
    "Destiny",
    "Jamal",
    "Keisha",
    "Tyrone",
    "Latoya",
    "Connor",
    "Siobhan",
    "Niamh",
    "Declan",
    "Fatima",
    "Omar",
    "Layla",
    "Hassan",
    "Rajesh",
    "Anjali",
    "Deepak",
    "Sunita",
    "Hiroshi",
    "Keiko",
    "Min-jun",
    "Soo-jin",
    "Nguyen",
    "Linh",
    "Thomas",
    "Stefan",
    "Heike",
    "Jürgen",
    "Björn",
    "Astrid",
    "Lars",
    "Freya",
    "Pierre",
    "Céline",
    "Amélie",
    "Giovanni",
    "Chiara",
    "Dmitri",
    "Natasha",
    "Magda",
    "Piotr",
    "Zsofia",
]
USUAL_LAST = [
    "Johnson",
    "Williams",
    "Garcia",
    "Martinez",
    "Chen",
    "Patel",
    "Kim",
    "Nguyen",
    "O'Brien",
    "Murphy",
    "Schmidt",
    "Müller",
    "Rossi",
    "Silva",
    "Kowalski",
    "Novak",
    "Ivanova",
    "Singh",
    "Khan",
    "Ali",
    "Tanaka",
    "Yamamoto",
    "Park",
    "Wong",
    "Jackson",
    "Washington",
    "Cohen",
    "Levy",
    "Haddad",
    "Okafor",
    "Mensah",
    "Andersson",
    "Hansen",
    "Dubois",
    "Moreau",
    "Fernández",
    "López",
    "Sánchez",
    "Papadopoulos",
    "Yilmaz",
    "Horvat",
    "Petrov",
]

# {n} first name, {s} surname, {f} full name; the text around them is worded unlike the training templates.
PERSON = """
Yesterday I bumped into {n} at the farmers market and it was super awkward.
honestly {n} has no idea how much that comment stung
After dinner {n} slammed the door and drove off without a word.
We've been seeing a counselor named {f} for about six sessions now.
It started when {n} forgot to pick up the kids from soccer practice.
Do I owe {n} an apology or should I let it go?
My coworker {n} keeps taking credit for my projects.
I can't stop comparing myself to {n}, she has it all together.
Her new boyfriend, {n}, seems decent but the kids are wary.
Last Tuesday our neighbor {f} complained about the noise again.
"{n}, please just listen to me for once," I begged.
I'm really proud of {n} for finally opening up about his depression.
So {n} goes and tells everyone my secret, can you believe it?
According to {n} we never really had a relationship.
I loaned {n} five hundred bucks and haven't seen a cent.
Dr. {s} prescribed something for my sleep and referred me to Ms. {s}.
Everyone at the barbecue could tell {n} and I weren't speaking.
The worst part is that {n}'s parents take his side every time.
What would you say if {n} asked for another chance?
Would it be weird to invite {n} to the wedding?
Sincerely, {f}
Warm regards,\n{f}
I go by {n}, but my legal name is {f}.
This message is for {f}, please pass it on.
{n} and I share custody of our two boys, {n} and {n}.
my stepbrother {n} just got out of rehab
ever since {n} lost his job he's been drinking
she caught {n} texting his ex at two in the morning
i swear {n} is gaslighting me
lowkey scared that {n} is gonna leave
had brunch w {n} and it was actually nice
{n} n me used to be inseparable
dropped {n} off at the airport and cried the whole way home
thx {n}, you really get me
hey {n} can we reschedule our session
ok {n}, what happens if he says no?
can't believe {n} would do that to us
my gf {n} doesnt want kids but i do
my boss mr. {s} humiliated me in front of the team
crashed at {n}'s for a few nights after the fight
ran into my ex {n} yesterday n my heart just sank
i'm {n}, 29, from a small town
names {n} btw, nice to meet u
its {n} again, sorry for the late message
im worried about my daughter {n}, she barely eats
{n} wont even look at me anymore
why does {n} treat {n} better than me
{n} thinks therapy is for weak people
lately {n} seems distant and cold
the nanny, {n}, quit without notice
Have you talked to {n} about how you feel?
You mentioned that {n} raised her voice; how did you respond?
It sounds like {n} matters to you a great deal.
Perhaps you and {n} could set aside twenty minutes tonight.
{n}, I want to acknowledge how hard this week has been.
Next time {n} interrupts, you might gently say so.
Professor {s} failed me and now my scholarship is gone.
Officer {s} took my statement but nothing came of it.
My late grandmother {n} raised me after mom left.
Uncle {n} always made inappropriate jokes at Thanksgiving.
The bridesmaids were {n}, {n} and {n}.
Between {n} and the in-laws I have no breathing room.
Apparently {f} filed for divorce the same week.
Please address the invoice to {f}.
Patient: {f}, seen for follow-up.
I told my sister that {f} reached out on LinkedIn.
My husband's name? {n}. We met in grad school.
Everyone calls my partner {n}, though it isn't his real name.
It was {n} who suggested couples therapy, not me.
I wish {n} were more affectionate in public.
No offense to {n}, but I needed someone older.
Without {n} I'd have given up months ago.
Is {n} right that I overreact?
Let {n} know I'm running late.
Saw {n} with another girl at the mall lol
asked {n} out and got rejected haha
{n} blocked me everywhere
{n} got me flowers, which never happens
Got a text from {n}: "we need to talk"
My roommates {n} and {n} hate each other.
The {s} family has lived next door for years.
Mrs. {s} down the hall watches our toddler.
My therapist, {f}, says I avoid conflict.
For our anniversary {n} booked a cabin.
I named my daughter {n} after my aunt.
Things got ugly when {n} brought up money.
I finally confronted {n} about the credit card debt.
I have a crush on a colleague, {n}.
He told {n} that I was crazy.
She left me for {n}.
Told {n} everything.
met {n} on hinge three weeks ago
{n}???? no way
i hate {n}
tbh {n} was never there for me
@{n} what do you mean
everything reminds me of {n}
My son {n} is nonverbal and {n}, his sister, acts out.
When we were kids, {n} used to lock me in the closet.
my ex husband {n} wants full custody
We buried my brother {n} in October.
Did {n} hurt you?
I feel closest to {n} when we cook together.
""".strip().split("\n")

ADDRESS = """
We just closed on a house at {a} and already we fight about paint.
You can send the paperwork to {a}.
i moved out of {a} last month
He showed up drunk at {a} around midnight.
My mailing address hasn't changed: {a}
ubers to {a} cost a fortune
""".strip().split("\n")

IDENTIFIER = """
You can reach me at {x} after six.
mine is {x}, please keep it private
Here it is: {x}
He leaked my info ({x}) to his friends.
they asked for {x} and i gave it, was that dumb
""".strip().split("\n")

# Ordinary chat without any name; words that are names too are in it on purpose.
ORDINARY = """
Will you still love me when the summer is over? I hope so.
may i ask how long recovery usually takes
We argued about faith, hope and charity at bible study.
The joy went out of our marriage sometime in april or june.
She gave me grace when I didn't deserve it.
i take zoloft and lamictal every morning with my coffee
my husband is on tiktok and instagram all night
Our dog keeps barking and the landlord is furious.
I had to bill my own mother for the babysitting, how sad is that?
Mark my words, this will end badly.
he wants to chase his dream in california and i can't leave texas
To be frank, the rich guy at work makes me feel small.
My therapist recommended the gottman method and some mindfulness apps.
He's a typical virgo, stubborn and picky.
Christian counseling did not work for us since I'm agnostic.
the drew of it all, rob me blind why don't you
lol same. my bf ghosted me on valentines day
my mom is turkish and my dad is french so holidays are a mess
Every Sunday in May we went to the river with the kids.
She wore a ruby ring and smelled of jasmine and amber.
i need to set healthy boundaries w my inlaws asap
idk man, she's just not that into me tbh
Use "I feel" statements rather than "you always" statements.
Cognitive distortions include catastrophizing and mind reading.
When he raises his voice, my chest tightens and I freeze.
My long distance relationship is wearing me out.
Is polyamory ethical if one of us feels pressured?
I was diagnosed with PTSD after Afghanistan.
The art of listening takes patience and constancy.
Black Friday shopping turned into a screaming match.
Our cat died and he shrugged it off. Cold as stone.
we watched game of thrones and the office instead of talking
sending you lots of love and strength
It's a long story, but basically we eloped in Vegas.
Don't pat yourself on the back just yet.
i feel like a burden to everyone around me
the virgin mary statue in grandma's kitchen creeped me out
Prince charming turned out to be a frog.
In therapy I learned about the inner child, the critic and the protector.
He cashed out his 401k to buy a jeep, no discussion.
""".strip().split("\n")


def cases(seed: int = 5, per_template: int = 4, *, lower: bool = False, new_names: bool | None = None) -> list[dict[str, Any]]:
    """Labelled persons: ``text`` and ``spans`` of start, end, type. ``new_names``: True only new, False only usual, None both."""
    draw = random.Random(seed)
    made = []
    for template in PERSON:
        for number in range(per_template):
            fresh = number % 2 == 0 if new_names is None else new_names
            made.append(
                _lowered(_fill(template, draw, NEW_FIRST if fresh else USUAL_FIRST, NEW_LAST if fresh else USUAL_LAST), lower)
            )
    return made


def identifiers(seed: int = 6, *, lower: bool = False) -> list[dict[str, Any]]:
    """Labelled structured identifiers of many kinds, in sentences."""
    from faker import Faker

    draw = random.Random(seed)
    made = []
    for locale in ("en_US", "en_GB", "de_DE", "es_ES"):
        fake = Faker(locale)
        fake.seed_instance(seed)
        for _ in range(25):
            for kind, value in _values(fake, draw, locale):
                text = draw.choice(IDENTIFIER)
                start = text.index("{x}")
                made.append(
                    _lowered(
                        {"text": text.replace("{x}", value), "spans": [_span(start, value, kind)]}, lower and kind != "API_KEY"
                    )
                )
    return made


def addresses(seed: int = 7, *, lower: bool = False) -> list[dict[str, Any]]:
    """Labelled postal addresses of four countries."""
    from faker import Faker

    draw = random.Random(seed)
    made = []
    for locale in ("en_US", "en_US", "en_GB", "de_DE", "es_ES"):
        fake = Faker(locale)
        fake.seed_instance(seed)
        for _ in range(20):
            value = draw.choice((fake.address().replace("\n", ", "), fake.street_address().replace("\n", ", ")))
            text = draw.choice(ADDRESS)
            made.append(
                _lowered(
                    {"text": text.replace("{a}", value), "spans": [_span(text.index("{a}"), value, "STREET_ADDRESS")]}, lower
                )
            )
    return made


def _values(fake: Any, draw: random.Random, locale: str) -> list[tuple[str, str]]:
    values = [
        ("EMAIL_ADDRESS", fake.email()), ("PHONE_NUMBER", fake.phone_number()), ("CREDIT_CARD", fake.credit_card_number()),
        ("IBAN_CODE", fake.iban()), ("IP_ADDRESS", fake.ipv4()), ("IP_ADDRESS", fake.ipv6()), ("MAC_ADDRESS", fake.mac_address()), ("URL", fake.url()),
        ("SOCIAL_HANDLE", "@" + fake.user_name()), ("GEO_COORDINATES", f"{fake.latitude()}, {fake.longitude()}"),
    ]  # fmt: skip
    if locale == "en_US":
        digits = "".join(str(draw.randint(0, 9)) for _ in range(7))
        area = draw.randint(201, 989)
        values += [
            ("US_SSN", fake.ssn()), ("PHONE_NUMBER", f"({area}) {digits[:3]}-{digits[3:]}"), ("PHONE_NUMBER", f"{area}.{digits[:3]}.{digits[3:]}"),
            ("PHONE_NUMBER", f"{area}{digits}"), ("PHONE_NUMBER", f"+1 {area} {digits[:3]} {digits[3:]}"),
            ("API_KEY", "sk-" + "".join(draw.choice("abcdefghijkmnpqrstuvwxyzABCDEFGH23456789") for _ in range(32)) + "7"),
        ]  # fmt: skip
    return values


def _fill(template: str, draw: random.Random, first: list[str], last: list[str]) -> dict[str, Any]:
    text, spans = "", []
    rest = template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        slot, _, rest = rest.partition("}")
        text += before
        name = {"n": draw.choice(first), "s": draw.choice(last), "f": f"{draw.choice(first)} {draw.choice(last)}"}[slot]
        spans.append(_span(len(text), name, "PERSON"))
        text += name
    return {"text": text + rest, "spans": spans}


def _span(start: int, value: str, kind: str) -> dict[str, Any]:
    return {"start": start, "end": start + len(value), "type": kind}


def _lowered(case: dict[str, Any], lower: bool) -> dict[str, Any]:
    if lower and len(case["text"].lower()) == len(case["text"]):
        return {**case, "text": case["text"].lower()}
    return case
