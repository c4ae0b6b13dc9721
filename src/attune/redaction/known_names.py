# ruff: noqa: E501, SIM905 - word lists stay on the line where they can be read as one
"""Known names that are words as well ("will", "grace", "mark"): when they mean the person; and short forms of given names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

from attune.redaction.context_words import TIMES
from attune.redaction.lexicon import OTHER_LANGUAGE_TIER, RAREST_TIER, Lexicon, Word

_BEFORE_A_THING = frozenset(
    """a an the my your his her our their its this that these those no some any every each such much more less good bad of in under i you he she it we they who there not never always also just don't doesn't
    didn't won't would can could should may might must shall cannot can't gonna ein eine der die das den dem la el los las un una""".split()
)
_BEFORE_A_TIME = frozenset("by since until till next last mid late early during".split())
_BEFORE_A_PERSON = frozenset(
    """told tell tells telling asked ask asking with without called call texted text texting messaged emailed love loved hate hated miss
    missed married marry met meet saw see trust trusted left dated dating named dear hey hi hello thanks thank sorry and because that
    when if about from for to between like blame kissed hugged forgave forgive confronted w w/ mit con""".split()
)
_PERSONS_DO = frozenset(
    """said says told tells asked asks called calls texted texts messaged thinks thought wants wanted loves loved hates hated left leaves
    cheated lied cried cries yelled screamed apologized proposed ghosted moved refuses refused hugged kissed smiled laughed snores drinks
    drank cooked cooks came comes went goes got gets made makes keeps kept knows knew feels felt works worked is was has isn't wasn't
    hasn't doesn't didn't won't hat ist war sagt dijo dice está fue""".split()
)
_PERSONS_SAY = frozenset("said says told tells asked asks called calls texted texts messaged replied thinks thought".split())
_BEFORE_ANYBODY = frozenset({"told", "with", "miss"})
_SENTENCE_ENDS = frozenset('.!?:;\n"“”') | {""}
_COMMONEST = 2
_COMMON = 3
_MODALS = frozenset({"will", "may"})


class Requirement(IntEnum):
    """The evidence that a lower-case word needs to be taken for a known name of the same spelling."""

    NONE = 0  # none: rare as a word
    NO_THING_CONTEXT = 1  # no word before it that makes it a thing or a verb: "the grace", "i mark"
    PERSON_CONTEXT = 2  # a word beside it that takes a person: "told will", "hope said"
    CAPITAL = 3  # a capital letter; where a name is found again, inside a sentence, or that it says something


def requirement_of(part: str, lexicon: Lexicon) -> Requirement:
    """The evidence that a part of a known name needs in lower case."""
    tier = lexicon.tiers.get(part, 9)
    if tier <= _COMMONEST:
        return Requirement.PERSON_CONTEXT
    return (
        Requirement.NO_THING_CONTEXT
        if tier <= _COMMON or part in lexicon.ambiguous or part in lexicon.not_names
        else Requirement.NONE
    )


def may_be_known_person(words: Sequence[Word], position: int, part: str, requirement: Requirement) -> bool:
    """Whether the word at ``position``, written like the known name ``part``, can be that person."""
    word = words[position]
    if requirement == Requirement.NONE or word.text[0].isupper():
        return True
    if requirement == Requirement.CAPITAL:
        return False
    before = words[position - 1].base if position else ""
    after = words[position + 1].base if position + 1 < len(words) else ""
    if requirement == Requirement.NO_THING_CONTEXT:
        return not _says_thing(before, after, part)
    return word.base == part and _says_person(before, after, part)  # not "wills", "hopes"


def requirement_when_propagated(part: str, lexicon: Lexicon) -> Requirement | None:
    """The evidence that a part of a found name needs where it stands again; None: it is not propagated."""
    tier = lexicon.tiers.get(part, 9)
    if len(part) < 3 or tier == OTHER_LANGUAGE_TIER or (part in lexicon.unnamed and part not in lexicon.ambiguous):
        return None
    if tier <= _COMMON:
        return Requirement.PERSON_CONTEXT if part in lexicon.ambiguous and part in lexicon.first else None
    if tier < RAREST_TIER and part not in lexicon.first:  # a surname or a slip: "moles", "goodbyes"
        return Requirement.CAPITAL
    return Requirement.NO_THING_CONTEXT if lexicon.is_everyday(part) else Requirement.NONE


def may_propagate(text: str, words: Sequence[Word], position: int, part: str, requirement: Requirement) -> bool:
    """Whether the word at ``position`` means a person who was named elsewhere in the conversation."""
    word = words[position]
    if requirement == Requirement.NONE:
        return True
    if word.text[0].isupper() and (
        requirement == Requirement.NO_THING_CONTEXT or text[: word.start].rstrip(" ")[-1:] not in _SENTENCE_ENDS
    ):
        return True
    before = words[position - 1].base if position else ""
    after = words[position + 1].base if position + 1 < len(words) else ""
    if requirement == Requirement.CAPITAL:
        return word.base == part and after in _PERSONS_SAY
    return word.base == part and _says_person(before, after, part)


def places_of_person(text: str, part: str) -> Iterator[tuple[int, int]]:
    """Where one of the commonest words means a person in ``text``, by the words beside it; the text is not tokenized."""
    lowered = text.lower()
    place = lowered.find(part)
    while place >= 0:
        end = place + len(part)
        if not (lowered[place - 1 : place].isalnum() or lowered[end : end + 1].isalnum()) and len(lowered) == len(text):
            before, after = lowered[max(0, place - 16) : place].split(), lowered[end : end + 16].split(None, 1)
            if _says_person(before[-1] if before else "", after[0] if after else "", part):
                yield place, end
        place = lowered.find(part, end)


def _says_thing(before: str, after: str, part: str) -> bool:
    return before in _BEFORE_A_THING or after == "of" or (before in _BEFORE_A_TIME and part in TIMES)


def _says_person(before: str, after: str, part: str) -> bool:
    if _says_thing(before, after, part):
        return False
    return after in _PERSONS_DO or (before in _BEFORE_A_PERSON and part not in _MODALS) or before in _BEFORE_ANYBODY


# Short forms of given names, one group each: a database says "Katherine", a chat says "kate".
_GROUPS = """
alexander alex al lex xander sandy sasha alec|alexandra alex lexi sandra sasha ali|alejandro alex ale|alejandra ale alex|abigail abby abbie gail
allison ali allie ally|amanda mandy|andrew andy drew|andrea andi andy drea|angela angie|anthony tony ant|antonio tony toño|anna ann annie
annabelle anna belle|anne annie|ann annie|barbara barb barbie|benjamin ben benji benny|bernard bernie|bradley brad|brandon bran
brianna bri|bridget bridie|cameron cam|carolina caro carol|caroline caro carrie|cassandra cass cassie|catherine cat cathy kate katie cath
cecilia ceci cece|charles charlie chuck chaz|charlotte charlie lottie char|christina chris christy tina chrissy|christine chris chrissy
christopher chris topher kit|claudia clau|cynthia cindy cyn|daniel dan danny dani|daniela dani|danielle dani|david dave davey|deborah deb debbie
denise dee|dolores lola|dominic dom|donald don donny|dorothy dot dottie|douglas doug|edward ed eddie ted ned|eduardo edu eddie
eleanor ellie nell nora|elena ele lena|elizabeth liz lizzie beth betty eliza ellie libby betsy lisa|emily em emmy|emma em emmy|enrique quique
erica ricki|eugene gene|evelyn evie eve|ezekiel zeke|fernando fer nando|florence flo florrie|frances fran franny|francis frank|francisco paco pancho fran
franklin frank|frederick fred freddie|gabriel gabe gabi|gabriela gabi gaby|gabrielle gabby|george georgie|geoffrey geoff|gerald gerry|gregory greg
guadalupe lupe|guillermo guille memo|gwendolyn gwen|harold hal harry|harriet hattie|henry hank harry|hannah han|heather heath|ignacio nacho
isabel izzy bella isa|isabella izzy bella isa|jacob jake|jacqueline jackie jacqui|james jim jimmy jamie|jane janie|janet jan|javier javi
jennifer jen jenny jenn jenni|jeremy jem|jeremiah jerry|jessica jess jessie|jonathan jon jonny|john johnny jack jon|joanna jo joey|joseph joe joey
josephine jo josie|jose pepe|joshua josh|juan juanito|juliana jules julie|julia jules julie|justin jus|katherine kate katie kathy kat kay|kathleen kathy kate
kathryn kate katie kathy|katarina kat kati|katharina kathi kati|kenneth ken kenny|kimberly kim kimmy|kristen kris kristy|kristina kris tina|lawrence larry
leonard leo len lenny|leonardo leo|lillian lily lil|louis lou louie|louisa lou|lucas luke|lucia lucy lu|luis lucho|madeline maddie maddy|manuel manu manny manolo
margaret maggie meg peg peggy marge margie daisy|maria mari|marcus marc|martin marty|matthew matt matty|maximilian max|maxwell max|megan meg
melanie mel|melissa mel missy|michael mike mikey mick micky|michelle shelly|mitchell mitch|miriam miri|mohammed mo|muhammad mo|mohamed mo|nancy nan
natalie nat|natasha tash nat|nathan nate|nathaniel nate nat|nicholas nick nicky nico|nicole nicky nikki|nicolas nico|oliver ollie|olivia liv livvy
pamela pam|patricia pat patty trish tricia|patrick pat paddy|penelope penny|peter pete|philip phil|phillip phil|rachel rach rae|raymond ray|rebecca becca becky
ricardo ricky|richard rich rick ricky dick|robert rob bob bobby robbie bert|roberta bobbie|roberto beto|ronald ron ronnie|rosemary rosie|rosario charo
russell russ|ruth ruthie|sabrina bri|samantha sam sammy|samuel sam sammy|sandra sandy|santiago santi|sarah sally sadie sar|sara sari|sebastian seb basti bas
sergio checo|simon si|sophia sophie soph|sofia sofi|stephanie steph steffi|stephen steve|steven steve stevie|susan sue susie|susanne susi|suzanne sue suzie
tabitha tabby|teresa teri terry|theresa tess terry|theodore ted theo teddy|thomas tom tommy|timothy tim timmy|valerie val|vanessa nessa|veronica vero ronnie
victor vic|victoria vicky tori vic|vincent vince vinnie|virginia ginny|walter walt wally|wesley wes|william will bill billy willie liam|winifred winnie
xavier xavi|ximena xime|yolanda yoli|zachary zach zack zac
"""

DIMINUTIVES: dict[str, tuple[str, ...]] = {}
for _group in _GROUPS.replace("\n", "|").split("|"):
    if _group:
        _name, *_forms = _group.split()
        DIMINUTIVES[_name] = tuple(_forms)
        for _form in _forms:
            DIMINUTIVES.setdefault(_form, (_name,))
