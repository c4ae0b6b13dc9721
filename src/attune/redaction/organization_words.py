# ruff: noqa: E501, SIM905 - word lists stay as they can be read
"""Words of names of organizations, schools and places: what such names end or begin with, and words that distinguish none."""

from __future__ import annotations

#: Legal forms, and ends of companies' names that nothing else has.
LEGAL = frozenset(
    """inc incorporated llc llp ltd limited plc gmbh corp corporation pty kg kgaa ohg mbh ag sarl sas sasu spa srl bv nv ab oy oyj asa aps sa sons bros holdings
    bancorp pvt lp""".split()
)
#: Ends of names of organizations, each also an ordinary word.
ORGANIZATIONS = frozenset(
    """bank insurance agency union department council foundation institute association society company co group partners associates industries systems solutions
    consulting consultants logistics labs laboratories technologies technology tech software studios studio media motors foods energy services enterprises ventures
    capital properties realty resources networks network communications telecom pharmaceuticals pharma biotech airlines airways records pictures entertainment
    construction builders plumbing roofing landscaping trucking freight transport security electric electronics steel concrete mining brewing brewery farms publishing
    publishers press securities financial finance investments markets brands products international worldwide global ministry bureau authority commission federation
    league alliance trust charity scouts police brothers legal law automotive motor manufacturing engineering design designs interiors marketing advertising
    analytics robotics aerospace chemicals materials retail outfitters supply rentals leasing recruiting staffing housing homes healthcare
    pharmacies rail railways cleaners cleaning movers moving storage catering events travel tours vineyards winery diagnostics therapeutics genetics
    semiconductor semiconductors automation dynamics utilities residential mortgage lending resorts hotels clinics hospitals""".split()
)
#: Ends of names of places that people go to.
PLACES = frozenset(
    """church chapel cathedral parish abbey monastery temple mosque synagogue ministries fellowship hospital clinic hospice infirmary center centre park beach gardens hotel inn motel
    resort lodge hostel club gym fitness cafe café restaurant pub tavern brasserie grill diner bistro pizzeria bakery salon spa barbershop museum library gallery stadium arena airport mall
    plaza zoo heights estates apartments condominiums county township parish borough cemetery pharmacy market supermarket theater theatre cinema dental dentistry orthodontics veterinary
    daycare shelter prison jail penitentiary barracks campground ranch marina nursery arms tabernacle crematorium aquarium playground boutique florist""".split()
)
#: Ends of names of schools, and of universities, which may stand before "of".
SCHOOLS = frozenset(
    """school elementary academy university uni college institute polytechnic preschool kindergarten montessori gymnasium grundschule realschule universität instituto colegio
    universidad université lycée università politecnico seminary conservatory primary preparatory""".split()
)
#: Words that go on after "of": "University of Ghent", "Bank of the Rockies".
BEFORE_OF = frozenset(
    """university college school academy bank church department ministry institute museum county library universität universidad colegio instituto society
    association bureau temple parish cathedral""".split()
)
#: What may stand between the name and "of", or after a head: "Harlow Group Holdings Inc".
COMPANY_HEADS = LEGAL | ORGANIZATIONS

#: Words that tell one church, park or firm from no other.
GENERIC = frozenset(
    """the a an my our your his her their its this that these those some any every each no one two new old local public private national international american british european
    canadian english federal state regional general community central main major family children's children childrens women's men's women men mental behavioral behavioural
    emotional physical sexual social human personal professional medical health healthcare wellness care primary urgent emergency outpatient inpatient intensive acute
    residential surgical dental eye pain sleep cancer heart brain skin spine sports weight fertility maternity birth rehab rehabilitation recovery treatment counseling
    counselling therapy crisis suicide abuse addiction support self help peer study focus working advisory age ethnic control reference placebo test user customer client
    service services consumer product quality food blood savings world global life car auto home house rental real estate insurance credit trade labor labour labour
    student students youth teen teens kids child adult senior junior high middle elementary grammar secondary nursery pre nursing law business graduate medicine
    art arts music dance drama film night summer sunday bible boarding charter catholic christian religious jewish muslim islamic online distance trade vocational technical driving flight
    beauty cooking language dance fitness swimming golf tennis football soccer book country night strip yacht theme amusement water skate car dog trailer industrial office shopping
    strip farmers flea stock super drug department grocery convenience thrift big small good great best better other another same different whole entire first last
    second third next few many most more all both own only certain entire close tight large huge little nice free open such what which whatever whichever
    police fire sheriff's water justice transportation transport education labor agriculture defense defence parks recreation planning
    research science data information computer software web digital mobile technology tech marketing sales finance financial accounting hr legal law media news press
    human resource resources supply power energy gas oil electric electrical solar print mass multi cross inter non anti ex
    and or of for in at by to from with on as is was are be dear hi hello hey thanks yes no please however also then so but if when while after before because since
    christmas easter town city village rural urban downtown north south east west northern southern eastern western upper lower inner outer day week weekend year
    teaching training learning development research resource visitor visitors nutrition diabetes orthopedic cardiac renal stroke trauma burn poison va veterans memorial methadone
    maintenance allergy travel walk-in free-standing ambulatory ems er icu therapy job career call data fitness
    ivy prep catholic pta adoption foster dating travel ad employment temp escort secret central intelligence funeral nation united internal
    rights relief welfare affairs protective violence prevention postpartum postoperative preoperative infectious disease diseases vet special specialized specialty comprehensive integrated holistic alternative psychology psychological
    psychiatric psychiatry counselors therapists anonymous lgbt lgbtq nearest closest academic correctional veterans' soldiers teachers parents' mothers fathers caregivers infusion imaging procedure
    walk drop one-stop self-help skilled assisted long-term memory evaluation assessment discharge admitting referring consulting preferred
    nuclear extended single joint trans labor sub de la el los las en un una por para""".split()
)
#: Everyday words that nevertheless distinguish a church, a school or a firm.
DISTINCTIVE = frozenset(
    """baptist methodist lutheran presbyterian pentecostal episcopal anglican adventist assembly calvary trinity grace mercy zion bethel emmanuel immanuel sacred holy saint st our lady redeemer resurrection
    riverside lakeside hillside seaside westside eastside northside southside sunset sunrise oak oakwood maple cedar pine willow elm birch meadow brook brookside ridge valley river lake mountain golden silver red blue
    green black white royal crown king's queen's kings queens lion eagle fox bear wolf star sun moon phoenix liberty freedom heritage pioneer pacific atlantic
    apex summit peak horizon horizons pinnacle cornerstone evergreen rainbow harmony serenity tranquil bright clear true""".split()
)
#: Heads that in lower case end names too; before the others, such as "trust" and "events", almost any word may stand.
LOWER_HEADS = (
    LEGAL
    | PLACES
    | SCHOOLS
    | frozenset(
        """bank insurance agency union council foundation institute association society company group industries consulting logistics technologies software studios motors airlines airways
        construction plumbing roofing landscaping trucking freight electric steel brewery brewing pharmaceuticals bakery enterprises ventures realty resources telecom biotech pharma
        laboratories labs automotive aerospace semiconductor genetics therapeutics resorts hotels rentals robotics analytics financial capital properties solutions systems energy""".split()
    )
) - {"arms", "primary"}
#: Legal forms that are also words or units, as they are written.
WRITTEN_LEGAL = {"ab": ("AB",), "ag": ("AG",), "nv": ("NV", "N.V.", "N.V"), "lp": ("LP", "L.P."), "sas": ("SAS",), "spa": ("SpA", "S.p.A.", "S.p.A", "SPA"),
                 "kg": ("KG",), "bv": ("BV", "B.V.", "B.V"), "oy": ("Oy", "OY"), "asa": ("ASA",), "aps": ("ApS",), "sa": ("SA", "S.A.", "S.A")}  # fmt: skip
_MEDICAL_ENDS = ("ic", "ical", "ology", "ological", "iatric", "iatrics", "iatry", "ary", "rhea", "otomy", "aging", "ation")


def is_generic(base: str, *, medical: bool) -> bool:
    """Whether a word tells one organization from no other: "pain clinic", "pulmonary clinic"."""
    if base in DISTINCTIVE:
        return False
    return (
        base in GENERIC or base.endswith(("ology", "ological", "iatric", "iatry")) or (medical and base.endswith(_MEDICAL_ENDS))
    )


#: Brands that everybody uses: they identify nobody, and stay unless somebody works there.
BRANDS = frozenset(
    """google|facebook|instagram|netflix|walmart|wal-mart|amazon|uber|lyft|apple|microsoft|youtube|twitter|tiktok|snapchat|whatsapp|zoom|skype|spotify|hulu|disney|disneyland|disney world
    |starbucks|mcdonald's|mcdonalds|burger king|wendy's|kfc|subway|taco bell|domino's|pizza hut|dunkin|dunkin donuts|chipotle|target|costco|ikea|ebay|etsy|paypal|venmo|cash app|cashapp|zelle|tinder|bumble|hinge|grindr|okcupid|match|reddit
    |discord|twitch|pinterest|linkedin|tumblr|telegram|signal|messenger|gmail|yahoo|outlook|hotmail|airbnb|booking|expedia|tesla|ford|toyota|honda|bmw|mercedes|nike|adidas|coca-cola|coke|pepsi|red bull
    |samsung|sony|nintendo|playstation|xbox|iphone|android|kindle|audible|doordash|grubhub|instacart|alexa|siri|chatgpt|openai|betterhelp|talkspace|headspace|calm|aa|na|al-anon|alcoholics anonymous|narcotics anonymous
    |medicare|medicaid|fbi|cia|irs|dmv|cps|nhs|nasa|cnn|bbc|fox|fox news|hbo|espn|mtv|nfl|nba|army|navy|air force|marines|marine corps|congress|senate|supreme court|white house|social security|hollywood|wikipedia|webmd
    |johnson & johnson|m&m|r&b|q&a|at&t|h&m|b&b|s&m|d&d|t&a""".replace("\n", "")
    .replace("    |", "|")
    .split("|")
)

#: Acronyms that are no organizations.
ACRONYMS = frozenset(
    """i a tv pc it hr er icu or ok usa us uk eu uae adhd add ptsd cptsd ocd bpd gad mdd cbt dbt emdr act cct ifs iop php rtc lcsw lmft lpc lmhc lpcc phd psyd md do rn np pa dr mr mrs ms
    asd did iq eq id dui dwi std sti hiv aids copd cad chf gerd ibs pcos tmj mri ct cat pet ekg ecg eeg emg cpr iv ivf dna rna dnr ssri snri maoi nsaid otc prn bid tid am pm ac dc gps usb vpn
    wifi atm pin ssn dob faq diy lol omg btw imo imho fyi asap eta rip tbh idk ngl smh ceo cfo cto coo vp hoa gpa sat gre lsat mcat ged esl lgbt lgbtq lgbtqia bipoc ace rbt aba iep npd mil fil sil bil dv po np bf gf
    ex vs etc xyz abc""".split()
)
