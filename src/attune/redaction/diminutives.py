# ruff: noqa: E501 - expressions and word lists stay on the line where they can be read as one
"""Short forms of given names: a database says "Katherine", a chat says "kate"."""

from __future__ import annotations

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
