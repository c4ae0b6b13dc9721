# ruff: noqa: E501, SIM905 - word lists stay on the line where they can be read as one
"""Words that are written everywhere and are nobody's name: brands, games, shows, sports, therapies, interjections, words of chats."""

from __future__ import annotations

BRANDS = """
7-eleven aarp adobe adt aetna airpods alibaba allstate altoids amex anki ao3 applebees arbys arduino asos asus atari att audi autozone bandcamp bankrate baskin-robbins bereal bestbuy bic binance birkenstock bissell bitcoin blackberry bose brita burberry buzzfeed
cadillac calvin canva capcom carfax carhartt cashapp charmin cheerios cheetos chevron chevrolet chick-fil-a chipotle chromebook chrome cigna citibank clorox coca-cola codecademy coinbase colgate comcast coursera craigslist crayola crocs crunchyroll cvs
dairyqueen dasani deepl deliveroo dell dennys depop deviantart discord disneyland disneyplus disney+ dior doordash doritos dropbox duracell dyson ebay emby epson etrade evernote exxon facebook fanduel fandom fanfiction febreze fedex fender fidelity firefox fiverr fritos frappuccino
gatorade geico github gofundme gmail godaddy gopro goodwill gucci guitar-hero h&m hasbro hellofresh hersheys hershey hotmail hotwheels hp huawei huggies hulk iheart ihop imdb imessage imgur instacart instacart intel ipad ipod itunes jcpenney jetblue jira jolly kaiser kelloggs keurig kfc kickstarter kindle kleenex
kmart kodak kohls kroger legos lenovo levis lexus linux lowes lululemon lunchables lysol mazda mastercard marvel maybelline mcdonald's mcdonalds mcds medium metlife mitsubishi myfitnesspal myspace nascar neopets nestle netgear nespresso newegg nexplanon nikon nikes nutella oculus odoo okcupid onedrive onlyfans oreo oreos
outback palantir pandora panera paramount patreon payless paypal petco petsmart pfizer pinterest playdoh playstation popeyes poshmark postmates pringles publix quickbooks quizlet ravelry redbox redbubble reebok rimworld robinhood rolex roku roomba runescape ryanair safeway samsung sephora shutterfly shopify sigalert
skittles sketchers skype snapple snickers sony soundcloud splenda sprite squarespace steam stubhub substack subreddit subreddits suzuki swiffer t-mobile tmobile tacobell taco talkspace target teamviewer tesla thinkpad tictac tiktok tiktoks tinder tivo tomtom toshiba toyota trello tumblr tupperware twitch twitter typepad
udemy uber ubereats ubisoft ubuntu ulta uniqlo upwork usaa usps vans vaseline verizon vevo viber vimeo visa vistaprint vizio vodafone vogue volvo wal-mart walgreens wattpad waze wechat wendys whatsapp wikihow windex wolfram wordpress xfinity yahoo yamaha youtube youtuber youtubers yeezy zappos zara zelle zoosk zoloft zippo zynga
7cups cerebral wysa woebot replika koko sanvello moodpath daylio calm insight headspace moodfit noom peloton garmin whoop oura tidal deezer audible libby overdrive scribd goodreads letterboxd
""".split()

GAMES_AND_SHOWS = """
aang adventure-time akira anime among-us animorphs assassins-creed avatar avengers baldurs batman beyblade bioshock bloodborne bluey bojack borderlands bridgerton buffy butterbeer call-of-duty candyland catan civ clannad coachella cod coraline cosplay cosplaying csgo cs:go cyberpunk
darksouls d&d dnd deadpool deltarune destiny2 diablo digimon discworld dota dungeons overwatch elden eldenring ff7 ffxiv fnaf fortnite foosball futurama game-of-thrones genshin ghibli godzilla grindr gta halo hamilton hearthstone hentai hogwarts horcrux hufflepuff hunger jeopardy jujutsu jumanji katamari kirby
kpop jpop jrpg kdrama kdramas league leagueoflegends legos lol loki lotr magic mahjong mario mcu megaman metroid minecraft minesweeper mmo mmorpg mmos mortal-kombat muggle muggles naruto neopets nes n64 ntsb ocarina osrs osu otome pacman palworld persona persona5 pictionary pikachu pokemon poker pokémon portal ps1 ps2 ps3 ps4 ps5 pubg quidditch rpg rpgs
ravenclaw roblox rpdr runescape sailor-moon sc2 scrabble shonen shrek simcity simpsons sims skyrim slytherin smash snes sonic splatoon spongebob squid stardew starcraft starwars stranger-things sudoku supernatural tamagotchi tarkov teletubbies terraria tetris tlou trek trekkie twilight undertale valorant vr vtuber vtubers
warcraft warframe warhammer westworld witcher wow wordle xbox xcom xmen yahtzee yugioh yu-gi-oh zelda zombies
""".split()

SPORTS_AND_ARTS = """
aikido archery ballet badminton barre baseball basketball biathlon bjj bocce boogie bouldering bowling boxing breakdance calisthenics canoeing cardio cheer cheerleading chess cricket crochet croquet crossfit curling deadlift deadlifts decathlon dodgeball equestrian fencing figure-skating fitness foosball football freestyle frisbee futsal
golf gymnastics hacky hiit hiking hockey hula jazzercise jiu jitsu jiujitsu jogging judo karate kata kayaking kendo kettlebell kettlebells kickball kickboxing kiteboarding krav lacrosse leg-day luge maga marathon mma motocross muay paddleboard paintball parkour pickleball pilates ping-pong plank planks polo pottery powerlifting pushup pushups qigong
racquetball rafting reiki ren-faire rowing rugby running salsa samba sauna scuba shotput shuffleboard skateboard skateboarding skating ski skiing skydiving snorkel snorkeling snowboard snowboarding soccer softball spin squash squats sudoku sumo surfing swimming tae kwon do taekwondo tai chi taiji tango tap tennis thai track trampoline triathlon tubing
twerk ukulele volleyball wakeboard walkathon waltz weightlifting wiffle wrestling xc yoga yogi yogic zumba karaoke kombucha tofu quinoa ramen sushi pho boba matcha chai latte naan tikka masala biryani hummus falafel burrito burritos taco tacos nachos salsa guac guacamole tortilla quesadilla pierogi poutine paella gelato tiramisu croissant schnitzel kimchi bibimbap teriyaki tempura
""".split()

THERAPIES = """
anon alanon al-anon nar-anon naranon biofeedback bodywork chakra chakras codependence codependents counselling counselor counselors couples ebt emdr enneagram exposure-therapy feng flooding gaslight gaslighter gaslighters gestalt gottman grounding group-therapy hypnosis hypnotherapist hypnotherapy imago inner-child introvert introverts extrovert extroverts ambivert
infj infp intj intp enfj enfp entj entp isfj isfp istj istp esfj esfp estj estp karma logotherapy lovebombing lovemap manifesting mandala metta mindful mindfulness mbti myers-briggs naltrexone narc narcs narcissist narcissism neurodiverse neurodiversity neurofeedback nervous-system neurodivergence nonviolent pavlovian polyvagal psychedelics psychoanalysis psychodrama
psychodynamic pranayama reparenting rebt reframe reframing rolfing rorschach safewords sandplay schema schemas secure self-care self-esteem self-harm selfcare selfharm shadow-work shiva shavasana savasana solution-focused somatic somatics stoicism stonewall strengths-based tantra tantric tapping tapper therapized tough-love toxic triangulated triangulation trauma-informed traumas tulpa twelve-step vipassana yin
yang yogic zazen oedipus oedipal electra stockholm munchausen savior-complex dunning kruger pomodoro kanban pareto likert kinsey maslow myers briggs freudian jungian adlerian lacanian marxist darwinian nietzschean kafkaesque orwellian machiavellian platonic
""".split()

DRINKS_AND_SCHOOL = """
budweiser budlight coors heineken corona modelo michelob guinness bacardi smirnoff tequila fireball hennessy absolut jagermeister moscato prosecco merlot chardonnay cabernet rosé riesling malbec sangria mojito mojitos margarita margaritas martini martinis mimosa mimosas daiquiri kahlua baileys absinthe kombucha redbull
marlboro marlboros camels newport newports juul juuls parliaments swisher zyn zyns snus skoal copenhagen copd kratom delta8 edibles dabs dab cart carts blunt blunts bong bongs shrooms xans percs lean dxm pcp lsd mdma ghb dmt
calc orgo ochem chem bio econ stats trig precalc polisci anthro socio comp-sci compsci cs phys gcse gcses alevels a-levels ib sats act gre gmat mcat lsat nclex ged ap apush btec sixth-form gpa ta tas ra ras rotc hs ms grad undergrad valedictorian varsity
gacha genshin honkai hoyoverse arknights fgo bts blackpink stray-kids radiohead coldplay nirvana metallica slipknot deftones paramore mcr korn weezer blink182 tame-impala gorillaz kpop emo midwest-emo lofi edm dubstep techno vaporwave shoegaze
""".split()

INTERJECTIONS = """
aah aaah aaaah aah agh aha ahem ahh ahhh ahhhh ahhhhh ahoy alas alright alrighty alrite amen argh arghh aw aww awww awwww ay aye ayy ayyy bah bam bingo blah bleh boo boohoo boom brr bruh bruhh bwahaha byee cheers congrats congratz cya dag dammit darnit dayum deffo doh d'oh duh eek eeek eep eh ehh ehm eww ewww eyy feh fml foof fooey fudge gah gahh
gawd geez gee ger gosh grr grrr gulp ha haa haaa hah hahahaha hahahahaha hay heck heh hehehe hehehehe hell hiyah hm hmmmm hmmmmm hmph ho hoo hooray hooyah hoorah howdy hrm hubba huh huhh huzzah ick ikr jeez jeeze jeepers k kay kewl kk kthx la lalala lawl lmaoo lmaooo lolll lololol mehh meow mhm mhmm mhmmm mm mmhm mmhmm mmk mmm mmmm mmmmm mmm-hmm mm-hmm mm-hm m'kay mkay mmkay muah muahaha mwah mwahaha nah nahh naw nay neat neener
nom nomnom nooo nu-uh nuh nuh-uh nyah oh ohh ohhh ohhhh oi okee okey okeydoke okey-dokey okie okie-dokie okay-doke omfg omg omgg oohh ooh oooh ooooh oooo oops oopsie oopsies ooph oof ouch ouchie ow oww oyy oy p'shaw pfft pff pffft phew phooey pish plz poof pow psh pshh pshaw psst rah rawr righto rofl roger-that rotfl sah shh shhh shoo sheesh sheeesh shucks sigh siiigh skol smh ssh sup ta tada ta-da teehee tehe ther thxx tsk tut
tch uggh ugh ughhh ughhhh uh uhhh uhhhh uhm uhmm uhhuh uh-huh uhuh uh-oh uhoh um umm ummm ummmm unh urgh w00t waah waaah wahh welp wee whee whew whoa whoah whoo whoop whoopee whoops whoopsie whoosh woah woohoo wooo woot wowee wowza wow wowww yah yahoo yay yayy yayyy yaay yeah yeahh yeahhh yeap yee yeehaw yeesh yep yepp yeppers yer yes yess yesss yikes yippee yo yoo-hoo yoohoo yum yummy yup yupp yuppers zoinks zzz
""".split()

CHAT = """
2nd 3rd abt acct ace-ing adulting afab amab aita ama ami ansd anon anons ansr anyways aspie aspies atp atte autistics awol backne badass bc bcus becuase bestfriend bestfriends bf's bffl bfs biatch bipoc birthmom birthdad biracial bitchy blackout bodycount boi bois boobs booty booze boujee bpd bullied butthurt byo bye-bye caffeinated catfish catfished catfishing celeb celebs cishet cisgender
clickbait clusterfuck comfy commited compartmentalize convo copium cos couch-surfing couldve coulda coworker coworkers cptsd crackhead crybaby cuck cunt cus cuz cyberbully cyberbullied daddy-issues ddlg deadname deadnamed deadnaming dbag demiboy demigirl dealbreaker depersonalized depressy dickhead dickish dick's diff dipshit dissociate dissociating dk dno dont'
doomscroll doomscrolling dogpile douchebag douche downvote downvoted downvotes dropout dudebro dumbass dumpster dunno dw dysfunctional ebook ebooks ecig edgy edgelord egirl ehhh elderly eli5 email emails emo emos enby enbies everthing evrything exbf exgf exhusband exwife extrovert facepalm fam fanbase fanfic fanfics fangirl fanboy fapping faq fb femboy filipina filipino finals
firstborn flashback flashbacks flashforward fleshlight flaky fomo fb'd freakout freakouts freshman friendzone friendzoned fuckboi fuckboy fucker fuckers fuckup fuckups fugly furry furries fwb fwiw fyi gamer gamers gamergate gaslit gaydar genderfluid genderqueer girlboss gofundme goth goths govt grad gradschool grandkid grandkids grandparents gramma granma grl grad-school grey-area gtfo gtg gud guilt-trip guilty gurl guyz
h8 hangout hangouts hardcore headcanon headspace heartbroken hella heteronormative hikikomori hmu hoe hoes homeschool homeschooled homeschooling homebody hookup hookups hooman hopeful hotline hotlines howre howve hs hyperfixate hyperfixation hyperfocus iamverysmart icky id'd idek idgaf idgi idkk idts idw iffy ig ily imposter incel incels infodump inbox inlaw inlaws inspo internet introverted invalidating irl irreg it'd it'll itll ive'
jacked jackass janky jfc joblessness jobless jerkoff kid's kiddo kiddos kinda kindof kinky kms kys lad lads lameass lbs legit lesbo lgbtqia+ lifehack lightbulb lmk lolz loner loners loserish lowkey ltr ldr lurk lurker lurkers lurking luv lvl madonna-whore major-ly manchild masc mascs maskless masturbate masturbating masturbation meds meetup meetups meme memes memed merch mfw mhm microaggressions middleschool
mindfuck mindset misgendered misgender misgendering mod modded mods monogamish monogamous mooch moocher mopey msged mtf ftm multitask muthafucka nb nbd necro nerdy nft nfts newfound nofap noob noobs nope normie normies notsomuch ns nsfw nsfl nudes nvr obv obvi oc ocs ofc offline okayish oldschool omw online onlyfans oop op ops otherhalf otp overdosed overdose overshare oversharing overthinks overthinker ove pansexual
paranoia passive-aggressive peeps perf phonecall pic pics pinky ploy poly poppers porn pornhub pos ppl'd prof profs prolly proly prob psa psych psychward pt's ptsdd qanon queer queers quickie rando randos ranty rdu reddit redditor redditors redpill redpilled relapse relapsed relapsing relatable repost ret-con rn romcom romcoms roomie roomies rt rtfm safeword sahm sahd sames samesies sandwiched sane schizo schoolwork screenshot screenshots screentime
scumbag seflish selfie sesh sext sexted sexting sexts shadowban shadowbanned shes' shite shithead shithole shitpost shitstorm shitload shitty shoulda shouldve sideeye sideeyed siblings simp simping situationship sjw skanky skinny slept slut sluts sluty smol snark snarky sob-story socmed softboy somethin somethings sooo spam spammed spazz spoons srs stan stans staycation stbx stfu stim stimming stims stoned stoner stonewalled
suicidality suicidal suburbia suck-up sugarbaby sus swerf tbf tbqh terf terfs textbook tfw tho thot throwaway throwaways throuple tifu tl;dr tldr tmi toke toked toolkit totes transfem transfemme transmasc transman transwoman transmen transwomen transphobe trash trashtalk trauma-bond triggerwarning trippy troll trolled trolling trolls turnt tw twentysomething twink twinks typo typos underage undergrad undergrads unalive unaliving unfollow unfollowed unfriended upvote upvoted upvotes uni
unhinged unmedicated unpack unmasking ur username usernames vape vaped vapes vaping vibes vibe vibing vid vids virgin vlog vlogs voicemail voicemails vomity wank wanker waifu wannabe wazzup webcam webcams weeb weebs weedd weirdo weirdos welp whack wholesome whyd wifey wimpy workaholic workaholics workmate workmates woulda wouldve wp wth xer xoxox yeet yeeted yolo yr yrs yt zen zoned zoom-call zoomer zoomers boomer boomers millennial millennials
""".split()

#: Words that a list of given names or surnames holds and that hardly anybody is called, in English at least.
NO_NAMES = """
yoga yogi zen unique comfort gucci lucid moody fuente les amo yankie dis hubby mums haha hmm uh um oh ah alright edit uni ua versa mignon lem dude dudes bruh guys ladies folks
""".split()

#: What stands behind a professional's name.
CREDENTIALS = """
dbh lpc lpcc lcpc lmhc lmft lmsw lcsw lmac lisw licsw msw bsw mft ncc nbcc emdria ccsw cadc ladc lcdc casac csat mhc rpt cht bcba psyd edd dph dds dvm rdn mph dnp fnp pmhnp arnp aprn crnp
""".split()

_SAYERS = "else anyone there here that what who how where when why it he she this everything something nothing anything everyone everybody someone somebody noone nobody one".split()
_NEGATED = "is are was were have has had do does did ca could would should wo might must need ai sha".split()
#: Contractions without their apostrophe, and as they are spelled wrong or cut in two.
BARE_CONTRACTIONS = (
    [f"{word}s" for word in _SAYERS]
    + [f"{word}d" for word in ("he", "she", "they", "you", "who", "that", "there", "it", "how", "what")]
    + [f"{word}ll" for word in ("he", "she", "they", "you", "who", "that", "there", "it", "this")]
    + [f"{word}ve" for word in ("i", "you", "we", "they", "should", "would", "could", "might", "must", "who", "there")]
    + [f"{word}re" for word in ("you", "we", "they", "there", "what", "who")]
    + [f"{word}nt" for word in _NEGATED]
    + [f"{word}'nt" for word in _NEGATED]
    + [f"{word}n'" for word in _NEGATED]
    + "n't dosent doesent dosnt didint didnot dident cannt wouldnt've shouldnt've wasent arnt isint hasent havent' its' ur'e your'e thier theyr ther thats' lets' oclock o'clock ma'am y'all yall yalls ya'll 'em 'cause 'til 'tis 'twas gon wan gim lem got-ta sha kin'".split()
)
