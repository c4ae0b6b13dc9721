# ruff: noqa: E501 - lists of names and sentences stay as they can be read
"""A second held-out set: names in forms and formats that people and businesses write, and ordinary chat without names.

Written apart from the training recipe and from the first set. ``{n}`` is a given name, ``{s}`` a surname, ``{f}`` a full name.
"""

from __future__ import annotations

import random
from typing import Any

# Given names and surnames from languages that the shipped lists hardly hold, and modern coinages (a test checks that none is listed).
FIRST = [
    "Nodar",
    "Tamaz",
    "Khatuna",
    "Gvantsa",
    "Zviad",
    "Hrachuhi",
    "Vahagn",
    "Astghik",
    "Gevorg",
    "Tsehay",
    "Abebech",
    "Mekdes",
    "Getachew",
    "Guled",
    "Hodan",
    "Warsame",
    "Haingo",
    "Voahangy",
    "Arbnora",
    "Eneko",
    "Garazi",
    "Hallgrim",
    "Eluned",
    "Gwenllian",
    "Iorwerth",
    "Berfin",
    "Rojda",
    "Zilan",
    "Gulalai",
    "Spozhmai",
    "Kanmani",
    "Ilango",
    "Nuwan",
    "Chathurika",
    "Sanduni",
    "Dilhani",
    "Fetu",
    "Whetu",
    "Nizhoni",
    "Chukwudumebi",
    "Nokuthula",
    "Tinotenda",
    "Uwimana",
    "Mugisha",
    "Nakato",
    "Braxley",
    "Kynzlee",
    "Oaklynne",
    "Jaxxon",
    "Everleigh",
    "Zaylor",
    "Tavish",
    "Ruaridh",
    "Meadhbh",
    "Daiyu",
    "Qingyuan",
    "Zhaoyang",
    "Xuefei",
    "Bingwen",
    "Minhthu",
    "Ngocanh",
    "Phuongvy",
    "Seohyun",
    "Haneuli",
    "Tomohisa",
    "Rikuto",
    "Mikazuki",
    "Ashwath",
    "Yaalini",
    "Thivya",
    "Harkirat",
    "Simranpreet",
    "Jagmeet",
    "Zubeida",
    "Rukhsana",
    "Mehwish",
    "Parisa",
    "Roshanak",
    "Bijan",
    "Kambiz",
    "Yasaman",
    "Ladan",
    "Sahand",
    "Ezgi",
    "Tugba",
    "Bozidar",
    "Tihomir",
    "Aurelijus",
    "Gintaras",
    "Liisu",
    "Ingvild",
    "Wietske",
    "Tjitske",
    "Xoan",
    "Breixo",
    "Iria",
    "Iratxe",
    "Yamila",
    "Thaddea",
    "Peregrine",
    "Zebedee",
    "Barnaby",
    "Seraphina",
    "Tobiah",
    "Ulyssa",
    "Xanthe",
    "Kehlani",
]
LAST = [
    "Gelashvili",
    "Mkhitaryan",
    "Hakobyan",
    "Tesfaye",
    "Woldemariam",
    "Rakotomalala",
    "Krasniqi",
    "Etxeberria",
    "Goikoetxea",
    "Sigurdardottir",
    "Llewelyn-Pryce",
    "Wickramasinghe",
    "Jayasuriya",
    "Tuimavave",
    "Mutasa",
    "Habyarimana",
    "Ssemakula",
    "Ogunbanjo",
    "Adjei-Frimpong",
    "Thistlewood",
    "Featherstonehaugh",
    "Cholmondeley",
    "Ravenscroft",
    "Blenkinsop",
    "Ogilvy",
    "MacGillivray",
    "Ni-Dhomhnaill",
    "Wojciechowski",
    "Szczepaniak",
    "Grzybowski",
    "Dragomirescu",
    "Ozolins",
    "Bjornstad",
    "Vandersteen",
    "Terpstra",
    "Zuiderveld",
    "Hoogendoorn",
    "Urquiza",
    "Ipharraguerre",
    "Quintanilha",
    "Bittencourt",
    "Fagundes",
    "Zanetakos",
    "Hatzopoulos",
    "Baghdasarian",
    "Tehrani",
    "Shirazi",
    "Ghorbani",
    "Yildirimoglu",
    "Karakaya",
    "Bozkurt",
    "Muthukumaraswamy",
    "Venkatachalam",
    "Chattopadhyay",
    "Gangopadhyay",
    "Srisuwan",
    "Rattanakosin",
    "Phommachanh",
    "Keomanivong",
    "Soukaseum",
    "Nakagawara",
    "Kuroiwa",
    "Shimabukuro",
    "Gushiken",
    "Namgoong",
    "Seonwoo",
    "Hwangbo",
    "Zhuge",
    "Ouyang",
    "Shangguan",
    "Achterberg",
    "Prudhomme",
]

# Names that everybody knows: the share of them that is masked is reported beside that of the unseen ones.
USUAL_FIRST = [
    "Olivia",
    "James",
    "Priya",
    "Ahmed",
    "Chloe",
    "Diego",
    "Mei",
    "Fatima",
    "Jack",
    "Hannah",
    "Rob",
    "Steph",
    "Carlos",
    "Nadia",
    "Pawel",
    "Ingrid",
    "Yusuf",
    "Aisha",
    "Connor",
    "Megan",
    "Kofi",
    "Elena",
    "Raj",
    "Tanya",
    "Lucas",
    "Amber",
    "Derek",
    "Joan",
    "Victor",
    "Wendy",
    "Imran",
    "Noor",
    "Sven",
    "Giulia",
    "Marek",
    "Leila",
    "Andre",
    "Bianca",
    "Callum",
    "Dawn",
    "Eric",
    "Gina",
    "Heather",
    "Ian",
    "Judy",
    "Kurt",
]
USUAL_LAST = [
    "Taylor",
    "Brown",
    "Nguyen",
    "Khan",
    "Rossi",
    "Lopez",
    "Fischer",
    "Novak",
    "Okafor",
    "Singh",
    "Murphy",
    "Wilson",
    "Cohen",
    "Tanaka",
    "Larsen",
    "Costa",
    "Evans",
    "Young",
    "Kelly",
    "Foster",
]

CHAT = """
me, {n} and {n} went camping and it rained the entire time
{n}, can u pls stop
w/ {n} for the weekend, finally some peace
so i told {n} no. just no.
idk what {n} sees in her
{n} is such a flake lol
@ {n} call me back
omg {n} HELP
is it bad that i miss {n}
i cant deal w {n} anymore she drains me
cooked dinner for {n} and he didn't even say thanks
{n} keeps bringing up the affair
why would {n} lie about something so small
ugh {n}s mom is visiting again
me and {n} are on a break since sunday
n then {n} goes "its not that deep"
u know how {n} gets when hes drunk
i think {n}'s depressed but he wont see anyone
{n} proposed!!! i said yes
feeling guilty about what i did to {n}
{n} {s} from accounting asked me out
does {n} even like me
gonna break it off with {n} tmrw
he cheated on me with {n} of all people
she's still friends with {n} on facebook
it's about my brother {n} he stopped talking to us
last nite {n} cried in the car
Hey it's {n} from yesterday, quick question.
hello my names {n} and im 34
Hi there, {n} here. Not sure where to start.
good morning {n}!
Thanks a lot, {n}.
You were right, {n}, I should have called first.
Ok {n}, one more question.
love you, {n}
xoxo {n}
- {n}
~{n}
Best,\n{n} {s}
Kind regards,\n\n{f}\nSenior Analyst
Yours truly, {n}
I adore {n}'s laugh.
{n}'s therapist thinks he is bipolar.
The {s}s invited us again and I don't want to go.
We had dinner at the {s} house.
My ex-husband ({n}) has the kids this week.
Our eldest, {n}, is fourteen; the twins, {n} and {n}, are six.
Between you and me, {n} should never have married him.
If {n} asks, you haven't seen me.
Because {n} works nights we barely talk.
Nobody believed {n}.
When {n} and I first met, things were easy.
What {n} did was unforgivable.
Should I forgive {n}? My friend {n} says no, {n} says yes.
Even {n} noticed that I've lost weight.
How do I tell {n} that I want a divorce?
Poor {n} had to listen to all of it.
Little {n} still sleeps in our bed.
Only {n} remembered my birthday.
I dreamed about {n} again.
A guy named {n} slid into my dms.
There's this girl in my class, {n}, and I can't stop thinking about her.
I grew up with {n}, {n} and {n}.
{n} and {n}'s wedding is in June and I'm not invited.
Ask {n}, he knows.
Blame {n} for that one.
Not {n} again!
Sent from {n}'s iPhone
Guess who showed up? {n}.
Dear {n}, I don't know how to say this.
Dear Mr. {s},
Dear Ms. {f}:
To whom it may concern, my tenant {f} has not paid.
""".strip().split("\n")

BUSINESS = """
Name: {f}
Full name: {f}
Patient name: {f}\nReason for visit: back pain
First name: {n}\nLast name: {s}
Contact person: {f}
From: {f}\nTo: {f}\nSubject: Meeting on Thursday
CC: {f}, {f}
Attendees: {f}, {f} and {f}
Prepared by {f}
Signed, {f}
Account holder: {f}
Emergency contact - {f} (sister)
Client | {f} | Active
{f};female;1984
1. {f}\n2. {f}\n3. {f}
Please send it to Ms. {s} at the front desk.
Please make the cheque payable to {f}.
Mr. {s} will be out of office until Monday.
Mrs. {f} would like to change her reservation.
Dr. {s} referred the patient to Dr. {f} for further tests.
Prof. {f} will chair the session.
{f}, Chief Financial Officer, declined to comment.
The contract was signed by {f} on behalf of the buyer.
According to {f}, who has led the team since 2019, sales are up.
I'd like to speak with {f} in billing, please.
Could you update the card on file for {f}?
This is {f} calling about my invoice.
Our guest {f} arrives at noon and needs an extra bed.
Ship to: {f}
Invoice for {n} {s}, due in thirty days.
As discussed with {n}, the deadline moves to Friday.
{n}, could you review the attached draft?
Loop in {n} and {n} before you reply.
Meeting notes: {n} to follow up with {n}.
The award goes to {f}!
{s}, {n}
{n} {s} Jr. inherited the estate.
Judge {s} dismissed the case against {f}.
Defendant {f} pleaded not guilty.
Nurse {n} checked the dressing at 6 am.
Captain {s} and First Officer {s} were on duty.
Coach {s} benched {n} in the second half.
{f} was born in a small village and moved to the city at nine.
{f} - the youngest player in the squad - scored twice.
Hello, is this {n}? I have a parcel for {f}.
I am writing to complain about your employee {f}.
My lawyer, {n} {s}, will contact you shortly.
My colleague {f} and I would like to register for the workshop.
Who is {f} and why is that name on my statement?
What's {f}'s extension?
Has {f} confirmed the appointment?
Add {f} to the guest list.
The beneficiary is my daughter, {f}.
Employee of the month: {f}
Reviewed by: {f}, approved by: {f}
Tenant(s): {f} and {f}
Q: Were you with {f} that night? A: No, with {f}.
{n}: where are you?\n{n}: on my way
[10:42] {n}: did you talk to him
Applicant {f} holds a degree in nursing.
Re: {f}'s leave request
Mr and Mrs {s} have lived here since May.
Sir {f} opened the new wing.
{n} "Bee" {s} retired last year.
J.R. {s} sold the ranch.
{n} B. {s} signed below.
J. {s} and P. {s} are listed as owners.
Ms {s}-{s} teaches third grade.
Yesterday, {f} posted a picture of the cake.
In memory of {f}, beloved mother and friend.
Happy birthday {n}!
Congratulations, {f}, you have been selected.
Call {f} back.
Book a table for {s}, party of four.
""".strip().split("\n")

# Names that are words in lower case; the sentence makes clear that they are people.
WORDS = """
told will about it and he laughed
my friend joy came over
hope said she'd be there
my sister grace doesn't talk to me
i think mark likes me
hung out with summer and faith last night
my boyfriend art is so jealous
rose texted me at 3am
my cousin bill owes me money
can you tell frank i'm sorry
hunter and i broke up
dawn called me crying
my ex chase won't leave me alone
i miss you so much ivy
my husband rich lost his job
went to see pat in the hospital
my daughter autumn is in second grade
jack and jill are fighting again
ruby is my best friend
i asked drew to move out
""".strip().split("\n")
_WORD_NAMES = frozenset(
    [
        "will",
        "joy",
        "hope",
        "grace",
        "mark",
        "summer",
        "faith",
        "art",
        "rose",
        "bill",
        "frank",
        "hunter",
        "dawn",
        "chase",
        "ivy",
        "rich",
        "pat",
        "autumn",
        "jack",
        "jill",
        "ruby",
        "drew",
    ]
)

ORDINARY = """
I honestly don't know what to do about my marriage anymore.
We went to the lake on Saturday, and for once nobody fought.
My therapist says I catastrophize, and she's probably right.
lol same here, mondays are the worst
he said he'd be home by six and showed up at eleven smelling like beer
Do you think it's normal to feel nothing after a breakup?
The doctor upped my Lexapro and I've been dizzy since Tuesday.
Mom and Dad are selling the house and I feel weirdly sad about it.
i cant stop crying and idk why
She's Catholic, I'm not, and her parents hate that.
Our couples counselor gave us homework: ten minutes of eye contact a day.
I moved from Texas to Germany for him and now he wants space.
Can you help me write a text that doesn't sound needy?
my boss is a jerk but the pay is good so i stay
Thanksgiving is coming and I'm dreading it already.
We matched on Hinge, talked on WhatsApp for weeks, then he ghosted.
I've been sober for ninety days as of today.
It feels like he is married to his PlayStation.
What does "emotional labor" actually mean?
Every time I bring it up, he changes the subject or leaves the room.
The kids are with their grandparents until Sunday so the house is quiet.
i overthink everything, like literally everything
I read The Body Keeps the Score and it wrecked me.
Sounds like you've been carrying a lot. When did you first notice it?
It might help to name the feeling before you react to it.
Try a gentle start-up: describe what you see, how you feel, and what you need.
You don't have to decide tonight. What would feel doable this week?
That must have hurt, especially after you planned the whole evening.
My ADHD makes it hard to remember anniversaries and he takes it personally.
We haven't had sex since Christmas and neither of us talks about it.
He voted differently than me and my family won't let it go.
I'm a nurse, he's a cop, our schedules never line up.
tbh i just want someone to hold my hand and say it'll be fine
Netflix, pizza, bed. That's our whole relationship now.
The Gottman stuff about the four horsemen really hit home.
Yesterday was our tenth anniversary. He forgot. Again.
She keeps a spreadsheet of who did which chores. I wish I were joking.
Why do I always fall for people who don't want me?
im in love with my best friends ex and i feel like the worst person alive
My Spanish is bad, her English is worse, but somehow it works.
He loves the Yankees more than me, haha.
In couples therapy we learned about attachment styles; I'm anxious, he's avoidant.
I grew up in Ohio, studied in Boston, and ended up in Seattle for work.
We're doing long distance between London and Toronto and I'm exhausted.
Is Zoloft supposed to make you feel this flat?
honestly the pandemic ruined us
I asked for a raise and HR told me to wait until the next quarter.
Her dog, a golden retriever, sleeps between us every night.
Please don't tell me to just communicate better.
I want kids, he doesn't, and neither of us will budge.
may be the wrong place to ask but will it ever stop hurting
Grace under pressure is not my thing, to be frank.
There's hope, there's faith, and then there's my mother in law.
he will chase any opportunity as long as it makes him rich
She rose to leave and I didn't stop her.
I paid the bill, he didn't even say thank you.
You can mark my words: in August we'll be divorced.
the art of apology is lost on him
we summer in maine with his parents and its hell
Autumn always makes me melancholic, dawn even more.
""".strip().split("\n")


def persons(
    seed: int = 23, *, usual: bool = False, lower: bool = False, templates: list[str] | None = None
) -> list[dict[str, Any]]:
    """Labelled sentences, each template twice; with unseen or with usual names, as typed or lower-cased."""
    draw = random.Random(seed)
    pools = (USUAL_FIRST, USUAL_LAST) if usual else (FIRST, LAST)
    made = []
    for template in templates or [*CHAT, *BUSINESS]:
        for _ in range(4):
            case = _fill(template.replace("\\n", "\n"), draw, *pools)
            made.append(_lowered(case) if lower else case)
    return made


def dressed(seed: int = 29) -> list[dict[str, Any]]:
    """Chat sentences in capitals, without accents of case, run together as speech-to-text writes, or with a typo in the name."""
    draw = random.Random(seed)
    made = []
    for template in CHAT:
        case = _fill(template.replace("\\n", "\n"), draw, FIRST, LAST)
        style = draw.choice(("upper", "spoken", "typo"))
        made.append(_upper(case) if style == "upper" else _spoken(case) if style == "spoken" else _misspelt(case, draw))
    return made


def words() -> list[dict[str, Any]]:
    """Names that are words, in lower case."""
    made = []
    for text in WORDS:
        spans, at = [], 0
        for word in text.split(" "):
            bare = word.strip(",.!?")
            if bare in _WORD_NAMES and bare not in {span["text"] for span in spans}:
                spans.append({"start": at, "end": at + len(bare), "type": "PERSON", "text": bare})
            at += len(word) + 1
        made.append({"text": text, "spans": [{key: span[key] for key in ("start", "end", "type")} for span in spans]})
    return made


def ordinary(*, lower: bool = False) -> list[dict[str, Any]]:
    """Chat in which nobody is named."""
    return [{"text": text.lower() if lower else text, "spans": []} for text in ORDINARY]


def _fill(template: str, draw: random.Random, first: list[str], last: list[str]) -> dict[str, Any]:
    text, spans, rest = "", [], template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        slot, _, rest = rest.partition("}")
        text += before
        name = {"n": draw.choice(first), "s": draw.choice(last), "f": f"{draw.choice(first)} {draw.choice(last)}"}[slot]
        spans.append({"start": len(text), "end": len(text) + len(name), "type": "PERSON"})
        text += name
    return {"text": text + rest, "spans": spans}


def _lowered(case: dict[str, Any]) -> dict[str, Any]:
    return {**case, "text": case["text"].lower()}


def _upper(case: dict[str, Any]) -> dict[str, Any]:
    return {**case, "text": case["text"].upper()}


def _spoken(case: dict[str, Any]) -> dict[str, Any]:
    """Lower case, marks blanked out: places stay."""
    text = "".join(letter if letter.isalnum() or letter in " '-" else " " for letter in case["text"].lower())
    return {**case, "text": text}


def _misspelt(case: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """Two letters of each name are swapped: its length stays."""
    text = case["text"]
    for span in case["spans"]:
        at = span["start"] + draw.randrange(1, max(2, min(5, span["end"] - span["start"] - 2)))
        if text[at].isalpha() and text[at + 1].isalpha():
            text = f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"
    return {**case, "text": text}
