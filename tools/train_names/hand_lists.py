# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Hand-made word lists: names that the lists of libraries lack, and words that are often mistaken for names."""

from __future__ import annotations

# Nicknames as people type them; most are not in lists of given names.
NICKNAMES = """
abby addie aggie alex alexa ali allie ally alfie amy andie andy angie annie archie artie ash ashlee ashley aubs audie bea becca becky
bella ben benji benny bernie bert bertie bessie beth betsy betty bex bill billie billy bobbi bobbie bobby brad brandi brit britt
britney cait cam cami carly carrie cass cassie cat cate cathy ceci chaz chip chloe chris chrissy christa christy chuck cindy claire
coco connie cory courtney cyn dan dani danni danny darcy dave davey deb debbie debs dee dex didi dom donnie dora dot dottie doug
drew dud eddie edie effie eli ella ellie elsie em emmie emmy emms ernie evie faye fiona flo fran frankie franny fred freddie freddy
gabby gabe gail gene geoff georgie gerry gigi gina ginny gino greg gus gwen hal hank hatty heidi hettie howie iggy ike issy izzy
jackie jaime jake jamie jan janey janie jas jason jaz jeff jem jen jeni jenna jenni jennie jenny jerry jess jesse jessie jill jim
jimbo jimmy jo joanie jodie joe joey johnny jojo jon jonny jonno josh josie jude jules juli kai kari kat kate kath kathy katie kay
kayla keith kel kelly ken kenny kenzie keri kerry kev kiki kim kimmy kirsty kit kris krissy kristy kyle lana larry lars laurie lee
len lenny leo les lex lexi lexie lib libby liddy lil lilly lily lindy lisa liv liza lizzie lizzy logan lola lolly lonnie lori
lottie lou louie luca lucy luke lulu luna mac mackenzie maddie maddy madge maggie mags maisie mandy manny marcy marge margie margot
marnie marty matt matty maude maureen maxie meg megan mel mick mickey mikey mike millie milly mimi mindy minnie missy mitch mo
molly monty morgan nadia nan nance nancy nat nate neil nell nellie nicky nick nico nicole nicki niki nikki nina nora norm ollie
olly ozzie paddy pam pat patsy patti patty peggy penny perce pete petey phil pip polly prue quinn rachel rae ralph randy raph
rach reggie rena rex rhonda rich richie rick ricky rita rob robbie robby robyn rod roddy rollo ron ronnie ronny rory ros rosie
roxy russ rusty ruthie ryan sabby sadie sal sally sam sammi sammie sammy sandi sandy sara sash sasha seb serge shaz shea shell
shelly sherri si sid silas simmy sis soph sophie stace stacey stacy stan stef steff steph stevie steve stu sue susie suze suzie
suzy syd tab tabby tash tasha ted teddy teri terri terry tess tessa theo tim timmy tina tobes toby tom tommy toni tony tori trace
tracey tracy tricia trish trix trixie troy trudy val vern vi vic vicki vicky viv wanda wendy wes will willie winnie xander yas yaz
zac zach zack zane zara zeke zelda zoe zoey zuzu zack caz baz gaz daz jez dez loz mads nads shaun wez deano robbo tommo macca
lupe chuy pepe paco pancho nacho memo beto lalo toño chema charo pili maite lola concha quique curro rafa javi santi fede guille
manu maxi nico tito chelo mari juanma joseba iker ximena yoli nati susi hansi uli uwe jupp sepp heinz gerd anke heike silke birte
antje maike svenja steffi moni gabi evi resi vroni flo basti maxl
""".split()

# Romanized given names of languages whose lists in libraries are in their own script.
ROMANIZED_FIRST = """
wei fang jing ming xin yan yu hui hao jun lei yang chen xiao xiaoming xiaoling meiling mei meihua lihua lijuan jiahao jiayi zihan
yuxuan haoran zixuan yifan jianguo guoqiang zhiwei zhiming xiuying xiaohong xiaoyan yating yijun chiahao meiyu shufen hsinyi
akira aiko ayaka ayumi chihiro daiki daisuke emi fumiko haruka haruki haruto hideki hikari hina hiroko hiroshi honoka kaito kana
kaori katsumi kazuki keiko kenji kenta kohei makoto mariko masato mayumi megumi michiko minako misaki miyu momoko nanami naoki
naoko natsuki noriko reiko riku rina ryo ryota sakura satoshi satomi sayuri shinji shota sora takashi takeshi takumi tatsuya
tomoko tomoya toshiro yoko yoshiko yui yuka yuki yuko yumi yuto yusuke
minjun seojun jihoon jihun minho minseo seoyeon jiwoo jiyoung jisoo hyejin eunji eunjung sunhee youngsoo sangwoo donghyun
seunghyun jaehyun jinwoo hyunwoo kyungsoo soojin yoona haneul taehyung jungkook namjoon seokjin yoongi hoseok chaeyoung nayeon
ahmed ahmad ali amal amina amir aisha asma bilal dalia dina elham fadi faisal farah fatima fatma ghada habib hadi haider hala hamid
hamza hana hanan hassan heba hisham huda hussein ibrahim iman jamal jamila karim khadija khaled khalid laila layla leila lubna
mahmoud majid malak mariam marwa maryam mohamed mohammad mohammed muhammad mona mouna muna mustafa nabil nadia nasser nawal noor nour
omar osama rami rana rania rasha reem rima saad sahar said salem salma samer samir samira sana sara tamer tarek tariq walid yasmin
yasmine yasser youssef yousef yusuf zainab zaynab zeinab ziad
aarav abhishek aditi aditya ajay akash akshay alka amit amrita ananya anil anita anjali ankit ankita anu anuja anushka aparna archana
arjun arun asha ashish ashok ayesha bhavna chandra chetan deepa deepak deepika devika dhruv dilip dinesh divya gaurav gayatri geeta
girish gopal harish harsh hemant indira isha ishaan jaya jyoti kabir kamala karan kavita kavya kiran krishna kunal lakshmi lalit
lata madhavi madhu mahesh manish manoj meena meera megha mohan mukesh naina nandini narendra naveen neelam neeraj neha nidhi nikhil
nilesh nisha nitin padma pallavi pankaj parvati pooja prachi pradeep prakash pranav prasad prashant preeti priti priya priyanka
radha raghu rahul raj raja rajesh rajiv rakesh ram ramesh rashmi ravi rekha rhea ritu rohan rohini rohit roshni sachin samir sandeep
sangeeta sanjay sanjana sarita saurabh savita shanti shashi sheela shilpa shivani shreya shruti shweta siddharth simran sita smita
sneha sonal sonia sridhar subhash sudha sudhir sujata sumit sunil sunita suresh surya sushma swati tanvi tara uma usha vandana varun
vasant veena vidya vijay vikas vikram vinay vinod vishal vivek yash gurpreet harpreet manpreet jaspreet amarjit baljit kuldeep
oleksandr olena oksana iryna natalia natalya tetiana svitlana yulia yuliya volodymyr mykola serhiy andriy dmytro dmitri dmitry sergei
sergey alexei aleksei nikolai mikhail ivan igor oleg vladimir boris yuri yevgeny evgeny anatoly konstantin pavel maksim artem
anastasia ekaterina yekaterina tatiana tatyana irina svetlana lyudmila ludmila galina nadezhda natasha katya masha sasha misha
dasha alyona alina polina ksenia kseniya vera larisa marina zhanna
giorgos yiannis giannis kostas dimitris nikos panagiotis vasilis thanasis stavros spyros eleni katerina vasiliki sofia georgia
despina ioanna angeliki kyriaki paraskevi lefteris
avi avraham chaim eitan gal gilad itai moshe noa noam omer oren shai shira shlomo tal tamar tzipi uri yael yaakov yair yitzhak yoav
yonatan yosef ziv rivka chaya dvora
kwame kofi kwabena yaw akosua ama abena efua esi chidi chinedu emeka ifeoma ngozi nneka obinna uche chioma adaeze amaka folake
tunde bola segun femi yetunde olumide ayodele babatunde wanjiru wambui njeri kamau mwangi otieno achieng akinyi odhiambo atieno
thabo sipho nomsa lerato tendai tatenda rudo farai themba zanele
somchai malee siriporn niran anong nguyet huong linh minh duc dung hieu hung khanh lan mai nga ngoc nhung phuong quang quynh thanh
thao thu thuy trang trung tuan tuyet van xuan bao binh budi siti dewi putri agus rizki wayan made ketut nurul fitri maricel jhun
rowena divina arjay jomar mae bongbong kuya
""".split()

ROMANIZED_LAST = """
wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo lin luo zheng liang xie song tang deng feng cao peng zeng xiao
tian dong yuan pan cai jiang yu du ye cheng wei su lu ding ren shen yao zhong cui tan fan wan hsu hsieh tsai chang chiang chou chu
chung kuo liao lai yeh tseng cheung leung wong chan lam lau kwok fung ng ho mak tsang yip yeung chow cheng
sato suzuki takahashi tanaka watanabe ito yamamoto nakamura kobayashi kato yoshida yamada sasaki yamaguchi matsumoto inoue kimura
hayashi shimizu yamazaki mori abe ikeda hashimoto ishikawa maeda fujita ogawa goto okada hasegawa murakami kondo ishii saito
sakamoto endo aoki fujii nishimura fukuda ota miura takeuchi nakajima okamoto matsuda harada nakano ono tamura fujiwara kaneko
kim lee park choi jung jeong kang cho yoon yun jang lim han shin seo kwon hwang ahn song yoo hong bae baek nam noh moon ryu heo
patel shah singh kumar sharma gupta mehta desai joshi trivedi pandey mishra dubey verma agarwal aggarwal bansal jain kapoor khanna
malhotra chopra arora bhatia sethi gill dhillon sandhu sidhu grewal kaur iyer iyengar menon nair pillai rao reddy naidu murthy
krishnan subramanian venkatesan chatterjee banerjee mukherjee ghosh bose sen das dutta roy chakraborty bhattacharya khan ahmed
hussain malik chaudhry qureshi siddiqui ansari sheikh mirza butt
al-masri haddad khoury nasser mansour hamdan saleh darwish farouk el-sayed abdullah rahman aziz najjar sayegh said hakim
ivanov ivanova petrov petrova sidorov smirnov smirnova kuznetsov popov popova volkov sokolov morozov novikov kozlov lebedev
shevchenko kovalenko bondarenko tkachenko kravchenko oliynyk melnyk moroz marchenko rudenko savchenko boyko
papadopoulos papadopoulou pappas nikolaidis georgiou ioannou dimitriou vlachos karagiannis
cohen levi mizrahi peretz biton dahan friedman katz shapiro goldberg rosenberg weiss schwartz rabinowitz
okafor okonkwo nwosu eze adeyemi ogunleye balogun mensah owusu boateng asante osei addo diallo traore keita coulibaly kone toure
mwangi kamau kariuki njoroge ochieng otieno onyango kiplagat ndlovu dlamini nkosi khumalo moyo ncube banda phiri
nguyen tran le pham hoang phan vu vo dang bui do ngo duong ly reyes santos cruz bautista ocampo garcia dela-cruz villanueva
wibowo santoso setiawan wijaya hidayat suharto somsak charoen
""".split()

# Dictionary words that, in a chat, are far more often a name.
NAMES_BEFORE_WORDS = """
john peter tom meg jack tony bob mike jimmy johnny josh tommy charlie martin smith joe jim tim dan sam ben max alex jenny molly sally
billy bobby terry larry jerry gary harry henry robin ruby lucy lily emily emma anna amy ray roger carter maria eve rick ted matt nick jean
nelson victor carol heather holly daisy tracy kelly kim pam jill sue andy randy sandy teddy jake josie katie kate jane
barbara nancy becky joan joanne leslie lesley courtney ashley taylor harper jackson mason logan tyler carlos jose juan
sheila veronica jasmine jasper barney hector homer colleen phoebe myrtle kelvin toby joey wally freddy butch archie fred
ollie alfie louie gus maxim lea leo leon ivan igor oscar felix simon colin clive nigel trevor graham stuart keith kenneth
brian ryan kevin justin dylan adam noah ethan jesse seth caleb joel aaron kyle derek brad todd scott greg craig doug dave steve
phil pete jeff geoff ron don ken paul george david louis luis rosemary sherry candy amber crystal tiffany brandy
""".split()

# Words that are also names: only context or the name model decides.
AMBIGUOUS = """
will may hope grace mark grant rose bill frank joy faith summer april june august art rob pat sky drew autumn dawn chase hunter
ginger violet ivy iris olive pearl rich jay dean gene angel star king queen prince guy buddy chance chuck chip dick miles nick
harmony melody lance lane reed rusty sunny victoria austin brooklyn dallas denver paris london jordan china india dakota savannah
charity patience constance prudence mercy destiny trinity journey precious earnest ernest sterling carol noel christian rod robin sandy
bud cliff clay cole colt dale dusty forest fox glen heath herb jewel kitty june junior kit laurel marina mason max mercedes
misty norm page paige pepper phoenix piper raven river rocky ruby sage sierra skip stormy tanner tucker tripp wade ward wolf
jasper jade jazz cherry cherish bliss blaze brook brooks berry basil bay bea belle birdie blue bonnie brandy bunny cash chevy cat
deb dot echo ember fern flora gail genesis gray grey hazel heaven holly honey honor iris ivory karma kat lark lark lavender lotus
love lyric maverick maya mickey mint moon nova ocean opal paisley pam peace penny petal poppy princess queenie rain rainbow randy
ray remy robby royal saint serenity shade shepherd storm sue tab tad talon tara tiny unique vera viola wren yoga zen
major marshal marshall bishop deacon duke earl rex ace axel archer baker booker carter cooper fisher gunner parker porter sawyer taylor
miller walker mark marks carol eve sol lee ali don dan van kim lane long young brown black white green
""".split()

# Capitalized within a sentence, but not names of persons: months, days, nationalities, faiths, holidays, apps, makers, drugs, shows.
NOT_NAMES = """
monday tuesday wednesday thursday friday saturday sunday january february march september october november december
mondays tuesdays wednesdays thursdays fridays saturdays sundays mon tue tues wed thu thur thurs fri sat jan feb apr jun jul aug sep
sept oct nov dec
american americans british english irish scottish welsh french german germans spanish italian italians dutch polish russian russians
ukrainian greek turkish arab arabic hebrew jewish israeli iranian persian indian indians pakistani bangladeshi chinese japanese
korean koreans vietnamese thai filipino indonesian malaysian australian canadian canadians mexican mexicans brazilian colombian
cuban puerto rican argentinian peruvian african nigerian kenyan ghanaian ethiopian egyptian moroccan european asian asians latino
latina latinx hispanic caucasian native swedish norwegian danish finnish hungarian czech romanian bulgarian serbian croatian
christian christians christianity catholic catholics protestant baptist methodist lutheran mormon muslim muslims islam islamic hindu hindus
hinduism buddhist buddhism sikh jew jews atheist agnostic quaker orthodox evangelical pentecostal jehovah bible quran koran torah
god lord jesus christ allah buddha krishna satan
christmas xmas easter halloween thanksgiving hanukkah chanukah ramadan eid diwali passover kwanzaa lent valentine valentines navidad
weihnachten ostern silvester advent
america usa us uk england britain scotland wales ireland france germany deutschland spain españa italy portugal netherlands holland belgium
switzerland austria sweden norway denmark finland iceland poland russia ukraine greece turkey israel iran iraq syria lebanon egypt
morocco algeria nigeria kenya ghana ethiopia africa europe asia australia canada mexico brazil argentina chile peru colombia cuba
india pakistan bangladesh china japan korea vietnam thailand indonesia malaysia singapore philippines taiwan texas california florida
york jersey virginia carolina georgia ohio michigan illinois indiana wisconsin minnesota iowa missouri kansas nebraska
oklahoma colorado utah nevada arizona oregon washington idaho montana wyoming alaska hawaii maine vermont massachusetts connecticut
delaware maryland pennsylvania tennessee kentucky alabama mississippi louisiana arkansas
facebook instagram insta whatsapp snapchat snap tiktok twitter youtube netflix hulu spotify tinder bumble hinge grindr okcupid
match eharmony zoom skype teams slack discord reddit telegram signal messenger google gmail outlook amazon alexa siri apple iphone ipad macbook android
samsung microsoft xbox playstation nintendo switch ps5 ps4 uber lyft airbnb doordash grubhub venmo paypal zelle cashapp linkedin
pinterest twitch steam fortnite minecraft roblox pokemon zelda mario sims disney pixar marvel hbo espn cnn bbc nbc fox wordle duolingo strava
fitbit peloton headspace calm betterhelp talkspace chatgpt openai claude gemini copilot
starbucks mcdonalds walmart target costco ikea tesco aldi lidl trader nike adidas tesla toyota honda ford chevy bmw audi mercedes
volkswagen jeep subaru nissan hyundai kia lego barbie coke pepsi advil tylenol
prozac zoloft lexapro celexa paxil wellbutrin effexor cymbalta xanax ativan klonopin valium adderall ritalin vyvanse concerta
strattera lamictal seroquel abilify zyprexa risperdal lithium depakote trazodone remeron buspar ambien lunesta melatonin
sertraline fluoxetine escitalopram citalopram paroxetine bupropion venlafaxine duloxetine alprazolam lorazepam clonazepam diazepam
methylphenidate amphetamine quetiapine aripiprazole olanzapine risperidone lamotrigine mirtazapine buspirone zolpidem metformin
insulin ozempic wegovy mounjaro ibuprofen aspirin acetaminophen paracetamol viagra cialis propranolol gabapentin naltrexone suboxone
methadone benadryl zyrtec claritin botox plan
ptsd cptsd adhd add ocd bpd bipolar asd gad mdd npd did aspd ied autism aspergers tourettes alzheimers parkinsons crohns
covid corona hiv aids std sti hpv ivf iud pms pcos ibs cbt dbt emdr act aa na al-anon alanon lgbt lgbtq lgbtqia
er icu dr md phd lcsw lmft lpc mft psyd rn np pa ceo hr pto wfh mba gpa sat ielts toefl dmv irs fbi cia nba nfl mlb nhl ufc nasa
ok okay omg lol lmao lmfao rofl wtf wth idk idc ily ilysm tbh imo imho btw fyi jk nvm smh ngl ikr irl tmi ttyl brb gtg afaik iirc
dm dms tv pc ai id ids atm gps usb dvd cd pdf faq diy rsvp asap vip bff bf gf ex exes mil fil sil bil so dh dw hubby wifey bae babe
mommy mummy daddy mama papa mom mum dad moms dads nana nan nanny gran granny grandma grandpa gramps pops auntie aunty uncle aunt
abuela abuelo abuelita tia tio tía tío oma opa mutti vati mami papi mamá papá
jedi batman superman spiderman hogwarts hobbit frodo gandalf voldemort dumbledore hermione cinderella romeo juliet santa claus rudolph grinch
scrabble monopoly jenga uno sudoku pilates crossfit zumba reiki feng shui kindle audible goodreads
asperger aspergers alzheimer's alzheimer dsm icd misophonia pansexual demisexual asexual ii iii iv vi vii viii topamax brintellix restoril trintellix
latuda rexulti vraylar saphris geodon haldol tegretol neurontin lyrica klonapin provigil spravato ketamine restless quinceañera quinceanera
bat mitzvah mcat lsat gre act wifi bluetooth tedx ted-talk wikipedia quora craigslist ebay etsy shein temu zillow groupon yelp medicaid medicare
hipaa gdpr osha fmla ssi ssdi snap tanf va gi usmc usaf navy army marines doc docs ptsd' imposter cinco mayo
maslow freud jung gottman pavlov bowlby erikson
""".split()

# Chat words that dictionaries lack; never names.
CHAT_WORDS = """
fiancé fiancée fiances fiancees untill thearapist attatchment definately seperate ehh crossdress crossdressing bdsm alot mentalhealth
lol lmao omg idk tbh imo btw ngl smh wtf ugh ughh ugghh argh aargh hmm hmmm hm mhm uh uhh um umm erm er eh meh nah nope yep yup yeah yea ya
yah yass yay woo woohoo haha hahaha hahah hehe heh lolz rofl pls plz plss thx thanx tysm ty np ok okay okey okie k kk kinda sorta
gonna wanna gotta hafta oughta shoulda coulda woulda dunno lemme gimme ima imma finna tryna ain't aint y'all yall ppl u ur urs r b c n y
bc cuz coz cos cause becuz tho thou thru w wo rn atm asap tmrw tmr tmw tomoz 2nite 2day tonite nite gnite abt msg msgs txt txts
txted texted texting dm dmd dms hubby hubs wifey bf gf bff bffs fiance fiancé fiancee fiancée bday bdays convo convos convo's
prob probs prolly def defo deffo obv obvs obviously srsly totes adorbs legit lowkey highkey fr frfr bruh bro bros sis dude dudes
girlie gurl hun hon babe baby sweetie honey hiya hey heyy heyyy hii hiii hi hello heya yo sup wassup whatsup gm gn ttyl ily ilu luv
xo xoxo xx xxx nvm jk ikr irl rlly rly realy reallly sooo soooo sooooo soo nooo nooooo noooo yesss yess yesssss okayy pleasee
whyyy whatt wut wat wot dat dis dem da tha teh alot atleast infact incase everytime anytime sometime noone eachother aswell
dont doesnt didnt cant couldnt wouldnt shouldnt wont isnt arent wasnt werent havent hasnt hadnt im ive id ill youre youve youd youll
hes shes its theyre theyve theyd theyll weve wed well whats thats theres heres wheres whos hows lets mustnt neednt aint
gaslight gaslighting gaslit gaslights situationship situationships ghosted ghosting breadcrumbing lovebombing lovebombed
lovebomb stonewalling stonewalled codependent codependency enmeshed enmeshment triggered triggering overthink overthinking
overthinker therapist therapists counselor counsellor coparent coparenting stepdad stepmom stepson stepdaughter stepkids mil fil
sil bil neurodivergent neurotypical polyamory polyamorous ethically nonmonogamy throuple metamour lgbtq transphobic
homophobic biphobic cishet enby nonbinary pronouns snapchatted instagrammed facetimed facetime googled ubered venmoed zoomed
selfie selfies emoji emojis wifi app apps gym covid quarantine lockdown wfh netflix playlist playlists podcast podcasts
vent venting rant ranting meltdown meltdowns shutdown burnout burnt outta lotta kinda whatcha gotcha betcha getcha coulda
lil bby cringe cringey icky ick yuck yikes oof oops whoops phew wow woah whoa dang darn damn dammit crap crappy shitty shit fuck
fucking fucked fuckin effing freakin freaking frickin bullshit bs pissed pissy moody hangry hungover tipsy wasted stoned
""".split()

_PRONOUNS = (
    "i you he she it we they there that this who what how where when why here somebody someone everyone nobody one".split()
)
CONTRACTIONS = (
    [f"{pronoun}'{ending}" for pronoun in _PRONOUNS for ending in ("m", "re", "ve", "ll", "d", "s")]
    + [
        f"{verb}n't"
        for verb in "is are was were have has had do does did ca could would should wo might must need ai sha".split()
    ]
    + "y'all ma'am o'clock let's c'mon d'you 'cause could've would've should've might've must've couldn't've wouldn't've can't've y'know gov't int'l".split()
)
