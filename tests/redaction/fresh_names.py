# ruff: noqa: E501 - lists of names and sentences stay as they can be read
"""A third held-out set, written after the recognizer was finished and never used to mend it: the figures of its card.

``python tests/redaction/fresh_names.py`` prints them.
"""

from __future__ import annotations

import random
from typing import Any

FIRST = [
    "Aretta",
    "Bohumira",
    "Chukwuka",
    "Delphyne",
    "Efthalia",
    "Fionnuir",
    "Gebrehiwot",
    "Hamdija",
    "Ikaika",
    "Jorunn",
    "Kasimira",
    "Lwazi",
    "Maitane",
    "Nomvula",
    "Obiageli",
    "Pirkko",
    "Quirien",
    "Runolfur",
    "Saoirsella",
    "Temperancia",
    "Ubayd",
    "Vytenis",
    "Wambura",
    "Xiangling",
    "Yevdokiya",
    "Zdzislawa",
    "Amantle",
    "Bheki",
    "Cyrielle",
    "Dorjee",
    "Eluska",
    "Farrokh",
    "Gwendal",
    "Hyacintha",
    "Ireti",
    "Jokubas",
    "Keahi",
    "Lubomira",
    "Mbali",
    "Naoise",
    "Onalenna",
    "Phindile",
    "Raghnall",
    "Siddhi",
    "Tshepiso",
    "Urszula",
    "Veceslav",
    "Wikitoria",
    "Yaotl",
    "Zenaido",
    "Ashlynne",
    "Brexlee",
    "Coraline",
    "Dashiell",
    "Emberlynn",
    "Finnley",
    "Gracelynn",
    "Haxton",
    "Jaylani",
    "Kashton",
    "Lennix",
    "Maelynn",
    "Novalee",
    "Oaklen",
    "Paizlee",
    "Remington",
    "Stetson",
    "Tinsley",
    "Waylon",
    "Zayden",
]
LAST = [
    "Abernethie",
    "Bhattarai",
    "Chikwanda",
    "Dzhaparova",
    "Efremidis",
    "Fitzwarren",
    "Gundersson",
    "Hryhorenko",
    "Ibarguen",
    "Jankauskas",
    "Kirchgessner",
    "Lomidze",
    "Mwakasege",
    "Nieuwenhuis",
    "Oyelaran",
    "Przybylo",
    "Qoraboyev",
    "Rasmussen-Vik",
    "Sandoval-Arce",
    "Tchoupinas",
    "Uzunyol",
    "Vaitkus",
    "Wairimu",
    "Xhemajli",
    "Yabushita",
    "Zwolinski",
    "Ahluwalia",
    "Bjarkason",
    "Cernohorsky",
    "Dunphy-Lott",
    "Eizaguirre",
    "Gulbrandsen",
    "Hettiarachchi",
    "Inostroza",
    "Jelavic",
    "Kharchenko",
    "Lelisa",
    "Mokoena",
    "Nzuzi",
    "Olufunmilayo",
    "Pelekanos",
    "Rutherglen",
    "Saldarriaga",
    "Thangavelu",
    "Umarov",
    "Velickovic",
    "Winterbottom",
    "Yellowhorse",
    "Zubizarreta",
]
USUAL_FIRST = [
    "Sarah",
    "Mohammed",
    "Lena",
    "Tyler",
    "Jasmine",
    "Pedro",
    "Yuki",
    "Olga",
    "Dennis",
    "Brittany",
    "Anil",
    "Chiara",
    "Stan",
    "Moira",
    "Hugo",
    "Renee",
    "Kyle",
    "Fatou",
    "Gloria",
    "Andy",
]
USUAL_LAST = [
    "Gonzalez",
    "Schneider",
    "Park",
    "Ivanov",
    "Hughes",
    "Reyes",
    "Dubois",
    "Cooper",
    "Bailey",
    "Ward",
    "Hassan",
    "Nielsen",
    "Walsh",
    "Kaya",
    "Ortega",
]

SENTENCES = """
My name is {f} but everyone calls me {n}
Can someone call me back? I have some questions about opening an account. Thanks, {f}
{f} lives next to the fire station and drives a red truck.
please transfer the funds to {f} before friday
Hello {n}, your appointment with Dr. {s} is confirmed for 3 pm.
The true gender of {f} remained a mystery for years.
{n} had given {n} an address and a date, nothing else.
How do I remove {f} from my plan?
When: Tuesday evening\\nWho: {n}, {n} and the kids
I met {f} in the elevator and we talked about sailing.
My neighbour's dog bit {n} on the leg.
Your employee {n} was rude to me on the phone.
Title: Budget review\\nOwner: {f}\\nDue: end of month
{f}\\n{n}'s Bakery\\nOpen daily
Mr. {s} and his wife {n} bought the cottage.
I'm {n} and I'm calling about the leaking roof.
Is there a {f} in the building?
our team lead {n} quit and nobody replaced her
{n} swore she never got the message
for some reason {n} thinks I'm the bad guy here
so apparently {n} is seeing someone new
grandma {n} used to bake this every winter
you should have seen the look on {n}'s face
it's always {n} this and {n} that
long story short {n} moved out
i lied to {n} about where i was on saturday
I trusted {n} with my keys.
Next to me sat {n}, who hadn't slept in days.
Whatever {n} told you, don't believe it.
{n}? Never heard of her.
Please welcome our new accountant, {f}, who starts on Monday.
The late {f} left the house to {n}.
After the divorce {n} got the cat and I got the debts.
We, {f} and {f}, agree to the terms above.
Passenger {s}/{n}, seat at the window
Written complaint by {f}, received last week
ms {s} never answers her phone
talked to mr {s} abt my grades
ok {n} whatever you say
{n} pls pick up
{n} && {n} 4ever
tbh i think {n} and {n} have something going on
my twin {n} got engaged, im happy but also not
why am i still thinking about {n}
did i do something wrong {n}
{n}'s ex is at the door what do i do
What would {n} do in my place?
The minutes were taken by {n} {s}.
Yours, {n}
hugs, {n}
Thanks so much!\\n{n}
Regards,\\n{f}\\nHead of Sales
"{n}," she whispered, "are you awake?"
Since {n} was born, we haven't slept.
Whenever {n} drinks he turns into somebody else.
The painting by {f} was stolen.
Nominee: {f}; seconded by: {f}
{f} (left) shakes hands with {f} (right).
Tell {n} and {n} that dinner is ready.
I asked my cousin {n} for a loan.
""".strip().split("\n")


def cases(*, usual: bool = False, lower: bool = False, each: int = 8) -> list[dict[str, Any]]:
    """Labelled sentences, each ``each`` times; with names that no list holds, or with usual ones."""
    from attune.redaction.lexicon import fold, lexicon

    lists, draw = lexicon(), random.Random(99)
    first = USUAL_FIRST if usual else [name for name in FIRST if not lists.is_name(fold(name))]
    last = USUAL_LAST if usual else [name for name in LAST if not any(lists.is_name(part) for part in fold(name).split("-"))]
    made = []
    for sentence in SENTENCES:
        for _ in range(each):
            text, spans, rest = "", [], sentence.replace("\\n", "\n")
            while "{" in rest:
                before, _, rest = rest.partition("{")
                slot, _, rest = rest.partition("}")
                text += before
                name = {"n": draw.choice(first), "s": draw.choice(last), "f": f"{draw.choice(first)} {draw.choice(last)}"}[slot]
                spans.append({"start": len(text), "end": len(text) + len(name), "type": "PERSON"})
                text += name
            text += rest
            made.append({"text": text.lower() if lower else text, "spans": spans})
    return made


def main() -> None:
    from attune.config.params import RedactParams
    from attune.redaction.evaluate import Case, Gold, evaluate

    for usual in (False, True):
        for lower in (False, True):
            made = [Case(one["text"], tuple(Gold(**span) for span in one["spans"])) for one in cases(usual=usual, lower=lower)]
            figures = evaluate(made, RedactParams())
            person = figures["types"]["PERSON"]
            print(
                f"{'usual' if usual else 'unknown':8s} {'lower case' if lower else 'as typed':11s} n {person['support']:4d}  masked {person['masked']:.4f}  "
                f"precision {person['precision']:.4f}  records with a leak per 1,000 {figures['records_with_leak_per_1000']:.1f}"
            )


if __name__ == "__main__":
    main()
