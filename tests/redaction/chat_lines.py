# ruff: noqa: E501 - a line of chat stays on its line
"""Badly written chat with names in the places where they are hard to see; a name stands in braces.

The first half was looked at while the recognizer was mended; the second was written at the same time and never looked at
until the end: its figures are those of the card. Each line is measured as typed here and in lower case.
``python tests/redaction/chat_lines.py`` prints them.
"""

from __future__ import annotations

import re
from typing import Any

DEVELOPMENT = """
So {Tash} and i r done for good this time
me n {Kev} had it out again last nite
idk if {Lexi} & {Bram} even talk anymore
i told {Rohan} and {Meera} the same thing twice
{Hope} texted me yesterday n {Joy} too, both mad
{Coco} loves {Bubs} more than me its obvious
{Jules} blocked {Zee} and now its my fault??
he misses {Mags} i can tell
pretty sure she still loves {Dex} tbh
i love {Will} but he never listens, {Will} said he would change
{Will} and i been together 6 yrs
{Grace} said shes done w me. i miss {Grace} so much
told {Faith} everything. {Faith} and i dont have secrets
my cousin {Chuy} got married n didnt invite us
my kid {Ozzy} wont sleep in his own bed
my ex {K.C.} got full custody of the boys
{T.J.} got the house and i got nothing
{R.J.} and my brother {Manu} jumped him behind the bar
my therapist doesnt believe me that {Trey} hit me
she says that {Nico} choked her when {Nico} was drunk
because {Rae} lied about it again
her name is {Summer} and shes 6
his name is {Chance} btw, weird i know
the baby's name is {Story}, dont judge
{Min-jae} never came home last nite
{Soo-ah} told me {Soo-ah} is leaving
{Jean-Luc}'s mom hates me fr
its {D'Andre} again, same shit
my sis {Ro} n her bf {Tito} moved in w us
{Pip}, {Bo} and me got evicted
going to {Nan}'s house w {Lolo} tmrw, cant deal
does {Shay} even care or nah
why would {Jax} do that to me
{Bex} cheated. on me. with {Dougie}.
yo {Marcy} u up? its {Deedee}
i cant w {Trish} rn
was w {Olu} all night i swear
so {Gigi} was like get out and {Gigi} threw my phone
i asked {Ama} to come and {Kofi} got jealous
{Fern} left me for {Heath}
{Rose} wont let me see the kids
went to {Dawn}'s n {Dawn} cried the whole time
my stepdad {Lonnie} drinks n {Lonnie} yells
my gf {Sky} says im distant
my bro {Ace} owes me 300
i hate {Ricardo} he ruined {Yesenia}'s life
{Beto} y yo, well we fight a lot
u think {Sunny} will forgive me
when {Precious} found out she lost it
ran into {Ty} w his new girl {Kenz}
{Ash} hit me. {Ash} says it was a accident
my boss {Dale} keeps texting me after hrs
my neighbor {Merle} n his dog r a nightmare
she named him {River}, after my dad
call me {Ziggy}, everyone does
this is {Noor} btw, used my moms phone earlier
thx {Viv} that helped alot
{Mo} never wants sex anymore n idk what to do
it was {Andre} not me who told {Lucinda}
i think {Pilar} and {Quique} r sleeping together
""".strip().split("\n")

HELD_OUT = """
Ok so {Steph} and i split, like really split
its just me n {Gabe} now
{Kiki} & {Lars} wont stop fighting in my kitchen
i emailed {Anil} and {Divya} about the will and nobody answered
{Charity} called me yesterday n {Destiny} too
{Momo} likes {Teo} better than me, i see it
{Vee} ghosted {Bash} and im in the middle
he still loves {Jo} who am i kidding
im sure she misses {Cal}
i love {Mark} but hes never home. {Mark} said sorry tho
{Drew} and i been on n off since hs
{Joy} told me shes moving. ill miss {Joy} every day
i told {Hunter} no. {Hunter} and me r not a thing
my cousin {Itzel} stole my meds
my kid {Banjo} got suspended agn
my ex {J.D.} took the car
{A.J.} broke my window n the cops did nothing
{P.J.} and my uncle {Fonzo} beat him up
my counselor said it matters that {Cody} shoved me
he told everyone that {Suki} stole from us when {Suki} was drunk
cuz {Bri} forgot my bday again
her name is {Winter} and i love her to death
my dogs name is {Biscuit} but my sons name is {Wolf}
the babys name is {Ocean} lol
{Ha-eun} wont talk to me since the funeral
{Ji-woo} told me {Ji-woo} wants a divorce
{Marie-Claude}'s lawyer called
{O'Shea} did it again smh
my sis {Dot} n her man {Gus} are toxic
{Fitz}, {Lou} and me share a room
staying at {Bibi}'s w {Tam} til friday
does {Remy} even want this baby
why did {Kash} lie to me
{Nell} cheated. w my best friend {Trav}
hey {Lottie} its {Bev}, got a min?
i just cant w {Gina} today
i was at {Femi}s all weekend
{Lala} was like whatever n {Lala} slammed the door
i begged {Esi} to stay n {Kwabena} laughed
{Ivy} left me for {Cliff}
{Violet} wont give me my stuff back
crashed at {Robin}'s n {Robin} held me
my stepmom {Darlene} hits my sister n nobody cares
my bf {Chip} says im crazy
my roomie {Blaze} never pays rent
i resent {Hector} for what he did to {Xiomara}
{Nacho} and my mom arent speaking
do u think {Sage} hates me now
when {Angel} found the texts she went nuts
bumped into {Vic} w that girl {Dani}
{Max} slapped me. {Max} says i made him
my manager {Roy} touches ppl
my landlord {Stavros} wants us out
we named her {Meadow} like my grandma wanted
ppl call me {Scooter} lol
this is {Hana}, i forgot my login
thank u {Perla} i feel better
{Bas} wont go to therapy n idk how to ask
it wasnt {Pablo} it was {Constance} who said it
pretty sure {Inez} and {Chema} are back together
""".strip().split("\n")
_NAME = re.compile(r"\{([^{}]+)\}")


def case(line: str, *, lower: bool = False) -> dict[str, Any]:
    """A line as a labelled text."""
    text, spans, last = "", [], 0
    for match in _NAME.finditer(line):
        text += line[last : match.start()]
        spans.append({"start": len(text), "end": len(text) + len(match.group(1)), "type": "PERSON"})
        text += match.group(1)
        last = match.end()
    text += line[last:]
    return {"text": text.lower() if lower else text, "spans": spans}


def cases(lines: list[str], *, lower: bool = False) -> list[dict[str, Any]]:
    """All ``lines`` as labelled texts."""
    return [case(line, lower=lower) for line in lines]


def main() -> None:
    """Print what is masked of each half, as typed and in lower case."""
    from attune.config.params import RedactParams
    from attune.redaction.evaluate import Case, Gold, evaluate

    for name, lines in (("development", DEVELOPMENT), ("held out", HELD_OUT)):
        for lower in (False, True):
            made = [Case(one["text"], tuple(Gold(**span) for span in one["spans"])) for one in cases(lines, lower=lower)]
            figures = evaluate(made, RedactParams())
            person = figures["types"]["PERSON"]
            print(
                f"{name:12s} {'lower case' if lower else 'as typed':10s} n {person['support']:3d}  masked {person['masked']:.3f}"
                f"  precision {person['precision']:.3f}  false flags/1,000 words {figures['false_flags_per_1000_words']:.2f}"
            )


if __name__ == "__main__":
    main()
