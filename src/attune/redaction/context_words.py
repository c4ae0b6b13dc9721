# ruff: noqa: E501, SIM905 - word lists stay on the line where they can be read as one
"""Word lists of the context rules and negative rules: verbs, kinship, pronouns, times and labels that stand beside names."""

from __future__ import annotations

#: Months, seasons and times of the day that are names too.
TIMES = frozenset(
    "april may june july august january february march september october november december summer autumn winter spring dawn".split()
)
#: What stands before a colon in forms, and is no speaker.
LABELS = frozenset(
    """iban bic swift ssn itin ein dob mac ip ipv4 ipv6 url gps pin cvv cvc dl vin imei mrn nhs nino bsn dni nie nif cpf pesel curp rfc tfn sin pan id
    uid guid otp pw pwd passwort tel fax mobile phone email mail address adresse card visa amex paypal venmo btc eth wallet insta snap tiktok
    plate zip plz postcode account acct routing passport cc bcc fwd re""".split()
)

# What people are to each other, and words for whose they are.
SPOUSES = frozenset(
    """wife husband hubby hubs wifey partner boyfriend girlfriend bf gf fiance fiancee spouse esposa esposo marido mujer novio novia pareja
    frau mann ehefrau ehemann freund freundin verlobter verlobte""".split()
)
KIN = SPOUSES | frozenset(
    """ex exwife exhusband son daughter kid child baby sister brother sis bro sibling twin mom mum mother mama dad father papa stepdad stepmom
    stepson stepdaughter stepfather stepmother cousin uncle aunt auntie niece nephew grandma grandpa grandmother grandfather nana granny
    friend bestie bff mate buddy pal roommate flatmate housemate neighbor neighbour boss manager supervisor coworker colleague teammate
    assistant teacher coach tutor therapist counselor counsellor psychologist psychiatrist doctor nurse dentist lawyer pastor priest mentor
    landlord client student crush date classmate wife's hija hijo hermana hermano madre padre mamá papá amiga amigo prima primo tía tío
    jefe jefa vecina vecino suegra suegro tochter sohn schwester bruder mutter vater oma opa chef chefin nachbar nachbarin kollege kollegin
    mil fil sil bil dog cat puppy kitten""".split()
)
OWNERS = frozenset(
    "my his her our their your ur the a me mi su tu nuestra nuestro mein meine meinem meinen meiner sein seine ihr ihre unser unsere".split()
)

AND = frozenset("and n nd & + or y und".split())
ME = frozenset("i me i'm im i've ive i'd id i'll ill myself".split())
SOMEBODY = frozenset("me him her us them u you ur my his our their everyone everybody".split())
OPENERS = frozenset(
    """that when because cuz cause bc cos coz if and but so like then than since while until till after before where why how whether though although
    n say says said think thinks thought know knows knew swear sure wish told me him her hoped yes no ok okay lol idk tbh yo well plus also unless once
    now today yesterday omg ugh btw anyway did does do has is was would could should wont why""".split()
)
# Before these openers a degree may be meant, not a consequence: "i was so young and i".
BE = frozenset("was were is am be i'm im are been feel felt feels feeling got get it's its looks looked seems".split())
NO_NAME_BEFORE = frozenset(
    """a an the my your ur his her our their its this that these those no some any every each such much more less of in with without for by very too really
    all both what which whose own other another lost have has had having need needs needed want wants give gave gives find found find lose
    losing little enough""".split()
)
TELLING = frozenset(
    """said says told tells asked asks called texted texts messaged replied apologized yelled yells screamed screams cried cries laughed laughs smiled hugged kissed cheated cheats lied
    lies dumped proposed ghosted slapped punched shoved pushed choked grabbed raped molested groped kicked spit threatened blocked unfriended emailed phoned begged swore
    whispered shouted insulted mocked stalked bullied hates wants thinks knows thought dmed""".split()
)
ACTS = TELLING | frozenset(
    """hit hits beat beats touched touches hurt hurts left leaves love loves loved like likes liked hated misses missed needs held holds makes made gave gives took takes broke
    keeps kept let lets threw bit cut ignored ignores ignore used uses treats treated owes stole followed drove drives brought bought caught helped helps saved trusts trusted
    married dated met invited fired hired raised abused abuses manipulates controls""".split()
)
HUMAN = frozenset(
    """found forgot refuses refused drinks drank works worked lives lived slept sleeps cooks moved snores vapes smokes smoked quit graduated overdosed relapsed lied cheated cried
    died passed apologised promised promises admitted denies denied complained complains flirts flirted vanished showed""".split()
)
NOT_DOING = frozenset(
    "wont won't doesnt doesn't dont don't didnt didn't isnt isn't wasnt wasn't hasnt hasn't cant can't couldnt couldn't wouldnt wouldn't never".split()
)
PERSONAL = frozenset(
    "let talk listen answer speak even stop care want love like call text come leave give forgive tell say know talking speaking listening home believe understand respect trust pay help see eat sleep go get".split()
)
DONE_TO = frozenset(
    "told tell telling tells asked asking ask texted texting messaged dumped ghosted kissed hugged divorced dating confronted married marrying phoned emailed begged blocked unblocked bumped unfriended slapped stalking".split()
)
FELT = frozenset(
    "love loves loved miss misses missed hate hates hated resent resents trust trusts trusted forgive forgave called married met need adore envy fear feared saw".split()
)
GOES_ON = frozenset(
    """but and n & so more too anymore because bc cuz cause even still when very dearly again yesterday last tho though or if every everyday already now today
    rn since like that's thats than til until till tonight always forever lol alot a""".split()
)
BESIDE = frozenset("with w w/ about for on to".split())
WITH_WHOM = frozenset(
    """cheated cheating cheats slept sleeping fighting fought talking talked living lived argued arguing dating moved hanging flirting flirted spoke broke hooked love obsessed mad
    angry pissed crush worried jealous left dumped leaving me him her married engaged apologized""".split()
)
IS = frozenset("is was has had got gets came comes goes went will would keeps kept and n".split())
WOULD = frozenset("will would should could might".split())
DOES_SOMEBODY = frozenset(
    "forgive call text tell talk listen apologize leave cheat lie hit care believe marry divorce dump ghost".split()
)
# What two people do: "me and jay broke up".
BOTH_DO = frozenset(
    """r are were have had got been both just broke split fought fight argue argued talk talked never always still used went go lived live moved met dated kept
    keep decided started stopped""".split()
)
KIN_ADJECTIVES = frozenset(
    "best ex old older younger little big oldest youngest eldest step own dear baby twin new first second".split()
)
MODALS = frozenset({"will", "may", "can"})
ADVERBS = frozenset("never always just still only also even really".split())
NO_VERBS = frozenset("as yes its ours yours hers theirs always sometimes perhaps towards afterwards across".split())
# "what would jay do", "why did kash lie": a question about a person.
ASKS = frozenset("would did does should could".split())
ASKED = frozenset("what why how when where who".split())
DOES = frozenset(
    "do say think feel act lie leave want know treat hate love hit need say mean care cheat come go get call text tell".split()
)
# Names that are hardly ever names in lower case.
NEVER = frozenset(
    "young long major guy art love may tiny unique christian royal god king queen prince princess baby general don cat yoga tab gray green brown june august london paris china india norm max min page van gene vera".split()
)
# Names of feelings and fates: they leave, help and hold one too.
ABSTRACT = frozenset(
    "hope faith joy patience peace bliss karma charity mercy grace prudence serenity harmony destiny heaven chance trinity storm liberty genesis melody journey sunny spring star cash bill sky river forest dawn".split()
)
# Names of things and times that one loves, misses and hates.
LOVED = NEVER | frozenset(
    """summer winter autumn spring april dawn cash chip basil ginger berry cherry pepper forest heaven sky river star storm lavender olive ivory karma peace
    serenity harmony patience journey fern denver dallas austin savannah brooklyn dakota blaze misty rocky rich clay herb cherry ruby opal jade jewel flora stormy dusty rusty
    sandy sunny tucker skip rod ray poppy pearl penny ocean wolf melody genesis""".split()
)
NO_FELLOW = NEVER | LABELS | SOMEBODY
# What stands after one of two people: "mia and tom were".
AFTER_FELLOW = (
    GOES_ON | NOT_DOING | ACTS | frozenset("r are is was were both have had got about in at who w w/ with yesterday".split())
)
NEVER_ASKED = ABSTRACT | LOVED | frozenset("jesus will el ella sie ihr".split())
