# ruff: noqa: E501 - a line of chat stays on its line
"""Chat of many walks of life: a coach, a nurse, a gamer, a grandmother, two languages in a line; a name stands in braces.

Most names are in no list. Each line is measured in three manners: as typed, in lower case throughout, and as telephones write
(sentences capitalized, a name that the telephone does not know left small). The recognizer was mended by the first half; the
second was written at the same time and measured at the end. ``python tests/redaction/life_lines.py`` prints the figures.
"""

from __future__ import annotations

import re
from typing import Any

import chat_lines

DEVELOPMENT = """
Moved {Okafor} to left back and {Brennick} sulked the entire second half.
My assistant coach, {Talbrin}, wants me to bench {Deshonte} for the playoffs. I can't do it.
{Quade} scored twice and still his old man screamed at him from the stands
Practice got cut short after {Zayvion} collapsed. I rode with him in the ambulance.
Had {Mikkola} in goal because {Szabados} broke two fingers.
I keep thinking of {Treyvon}. I should have called his mother.
Charge nurse {Ondine} put me on nights again, third week running.
Bed 4 passed at 3am and {Lurleen} from day shift blames me
Me and {Ysolde} did compressions for forty minutes. I haven't slept since.
I gave report to {Kavitri} and she never wrote it down.
The new resident, {Abiodun}, yelled at {Marguerita} in front of the family.
{Shanelle} covered my shift, then told {Prakriti} I was drunk
ok so basically {zephy} left the discord cuz {kairo} leaked her pics
{brayleigh} is literally obsessed with {jaxtyn} and its so embarrassing
got grounded bc {tynlee} snitched to my mom
no one sat with me at lunch except {oakleigh}
i cant stop thinking abt what {maverik} said on the bus
u dont get it {lyrik} is the only one who knows abt the cutting
My grandson {Thaddeus} has stopped visiting since the wedding.
Dear friends, {Wilhelmine} and I buried {Ottokar} last Tuesday, after fifty one years.
I knit for {Elspeth}'s twins but {Elspeth} returned the parcel unopened.
Before {Hyacinth} died she made me promise to look after {Percival}.
The neighbour's boy, young {Alaric}, cuts my grass and won't take a penny.
We had supper at {Ingeborg}'s and not a soul mentioned {Leopold}.
Mi suegra quiere que {Yadhira} viva con nosotros and I said absolutely not
{Eulalio} no me contesta, so I blocked him
ayer {Xochilt} lloró all night porque {Nemesio} se fue otra vez
I told my tía {Chayo} about it pero {Chayo} never keeps a secret
le dije a {Anahuac} que no, and then he cried
Fuimos a casa de {Zoraida} and her husband was already drunk
Been hauling with {Dwyatt} six years. {Dwyatt} don't say much.
Dispatch put {Corvell} on my route and now I'm home every night with nothing to say to {Jolene}
Sold the calves to {Hendrikus} and my brother {Arvid} thinks I was cheated
Her dad, {Ambros}, left the farm to {Ludvik} and nothing to us
Parent meeting about {Kyrell} went badly, {Kyrell}'s stepfather called me a liar
In third period {Saoirse} wrote that she wants to disappear
I had to report {Mr. Pelgrane}, he texts the girls
landlord {bartosz} came in w/o asking while i was in the shower
spent the whole weekend w {nandipha} n it felt like before
found {theodric} passed out in the garage again
whenever {sunniva} visits he turns into a different man
does anyone else think {corwin} should apologise first
havent heard from {bexley} since the abortion
the only person i trust is {marisela}, and she's moving to ohio
""".strip().split("\n")

HELD_OUT = """
{Lazenby} skipped training so I gave his shirt to {Oduya}.
The ref sent off {Ferreyra} and my whole bench went mad. {Kilbane} threw a bottle.
Nobody on this team talks to {Wojtek} and I let it happen.
I promised {Jarrod}'s dad I'd get him a scholarship.
{Haverty} tore his knee at practice, he's finished, and he is only seventeen
Drove {Eamonn} home after the game and he told me his stepdad beats him.
Got written up because {Philomena} counted the narcotics wrong
Our manager {Siobhra} says nobody gets Christmas off, except {Danuta} of course.
A patient grabbed me and {Rufaro} just watched.
I cried in the supply room until {Oksana} found me.
{Tendai} quit mid shift and left me with eleven patients
My preceptor was {Ghislaine}, she made me feel stupid every single day
soo {paisleigh} posted our whole convo on her story
{kashton} said hed kms if i leave and idk what to do
my bsf {emberly} likes the same boy as me
i only went to the party cuz of {zaiden}
why is {brynlee} acting like nothing happened
everyones on {ryker}s side even my own twin
My late husband {Cornelis} never raised his voice to me.
{Rosamund} sends a card at Christmas and that is all I hear.
It breaks my heart that {Barnaby} and {Clementine} will not speak to each other.
I told the vicar about {Mordecai}, God forgive me.
At bridge {Winnifred} said my son has been seen with another woman.
Our daughter {Lisbeth} thinks I should sell the house to {Gerhardt}.
mi novia {Itzayana} says I'm too close with my ex
No sé, {Fidencio} never tells me nada and I'm tired
when {Abuela Nicha} died everything fell on me y {Rogaciano} ni fue al funeral
I'm scared que {Yuridia} se entere de lo mío con {Evaristo}
{Casimiro} drinks every payday, siempre lo mismo
hablé con {Maricruz} and she thinks I should leave him
My co-driver {Ruslan} snores and I hate my life
Ran the harvest with {Joaquim} and {Bertil}, neither of them said thanks.
Since {Gunnhild} took over the books there is never any money.
I lent my truck to {Clevon} and he wrecked it
One of my students, {Anneliese}, has bruises. I wrote to {Ms. Okonjo} and heard nothing.
The counselor says {Davion} hit first but I saw it was {Kolby}
neighbor {vasyl} keeps asking if im single
i miss {aurelio} every time it rains
went out with {freydis} last night n she never mentioned her husband
its been 3 months since {odalys} moved out
pretty sure {halvard} reads my messages
told {imani} n {keziah} not to come anymore
""".strip().split("\n")


def cases(lines: list[str], manner: str) -> list[dict[str, Any]]:
    """Labelled lines as typed, "lower", or as a "telephone" writes: sentences capitalized, names left small."""
    if manner == "telephone":
        return [_telephone(line) for line in lines]
    return chat_lines.cases(lines, lower=manner == "lower")


def _telephone(line: str) -> dict[str, Any]:
    small = re.sub(r"\{([^{}]+)\}", lambda name: f"{{{name.group(1).lower()}}}", line)
    small = re.sub(r"\bi\b(?=[ ',])", "I", small)
    small = re.sub(r"^\{?[a-zà-ÿ]|(?<=[.?!] )\{?[a-zà-ÿ]", lambda letter: letter.group().upper(), small)
    return chat_lines.cases([small], lower=False)[0]


def main() -> None:
    """Print what is masked of each half in each manner, and what of the rest is held for review."""
    from attune.config.params import RedactParams
    from attune.redaction.evaluate import Case, Gold, evaluate
    from attune.redaction.redactor import Redactor

    redactor = Redactor(RedactParams())
    for name, lines in (("development", DEVELOPMENT), ("held out", HELD_OUT)):
        for manner in ("as typed", "lower", "telephone"):
            made = cases(lines, manner)
            person = evaluate([Case(one["text"], tuple(Gold(**span) for span in one["spans"])) for one in made], RedactParams())
            row = person["types"]["PERSON"]
            results = [redactor.redact([{"role": "user", "content": one["text"]}]) for one in made]
            leaks = sum(
                not any(span["start"] < found.end and found.start < span["end"] for found in result.findings)
                for one, result in zip(made, results, strict=True)
                if result.pii_status != "requires_review"
                for span in one["spans"]
            )
            print(
                f"{name:12s} {manner:10s} n {row['support']:3d}  masked {row['masked']:.3f}  let through {leaks / row['support']:.3f}"
                f"  precision {row['precision']:.3f}  false flags/1,000 words {person['false_flags_per_1000_words']:.2f}"
            )


if __name__ == "__main__":
    main()
