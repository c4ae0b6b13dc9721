# ruff: noqa: E501 - expressions stay on the line where they can be read as one
"""Training templates of letters, forms, tables, business sentences and terse chat; the slots are those of ``templates``."""

from __future__ import annotations

FORMATS = """
(surname|family name|last name|given name|preferred name|legal name|name of (child|spouse|parent|applicant|insured|witness)|applicant|witness|beneficiary|tenant|landlord|buyer|seller|driver|passenger|insured|caller|sender|recipient|supervisor|manager|instructor|author|editor|speaker|host|organizer|owner|nominee|physician|provider|guardian|next of kin|student|teacher|parent|counselor|interviewer|candidate)( name|)(:| -| –|=) {N}
(surname|family name|last name|given name|first name|name|student|client|user|agent|guest|patient|parent|sender|owner)(:| =) {P}(,|;|\\n| ) (age|phone|date|room|status|id|dob|email|address|city)(:| =) {n}
(dear|hello|hi|good morning|good afternoon) (mr|mr.|mrs|mrs.|ms|ms.|dr|dr.|prof.|miss) (and mrs |) {L},(\\n| ) (thank you for|we are writing about|i am writing about|please find|following up on|further to) (your|our|the) {w}
(dear|hello|hi|hey) {F},\\n(thank you for|i hope|please|just|we|following up on|attached is) (your|you|the|find|a|our) {w} {w}
(from|to|cc|bcc|attn|attention|fao|deliver to|bill to|sold to|requested by|assigned to|owner|reporter|assignee|author|reviewer|created by|updated by|approved by)(:|) {N}
(from|to): {N}\\n(to|cc): {N}\\n(subject|re): {w} {w}
(on|at) {n}, {N} (wrote|replied|said):
{N} (wrote|commented|replied|added|posted|shared|asked|noted|stated|testified|argued|announced|explained|told reporters|confirmed|denied):(| ) {w} {w} {w}
{N}, (the|our|a|an|who is the|former|head of|director of|vice president of|founder of|owner of|manager of|chair of|spokesperson for) {w} {w}, (said|says|joined|told|won|left|was|will|has) {w} {w}
{N}\\n(chief|senior|junior|head|vice|lead|general|managing|assistant) (manager|officer|editor|engineer|analyst|director|president|consultant|of {w})
{N} ({n}) (of|from) {C} (was|is|has|won|died|said) {w}
(ceo|cto|cfo|chairman|president|director|manager|mayor|senator|attorney|actor|singer|author|engineer|nurse|goalkeeper|captain|striker|analyst|spokesman|investigator|detective|historian|professor|chef|architect) {N} (said|won|scored|was|has|joined|resigned|is|told|will) {w} {w}
(please|kindly|could you|can you|would you|may i|i want to|i need to|i'd like to|we need to) (contact|notify|inform|email|forward this to|transfer me to|speak to|speak with|talk to|book with|refund|invite|add|remove|register|assign this to|schedule a call with|send the invoice to|make it out to|ask for|put down) {P} (about|for|before|on|regarding|at|in|to|with|from|as) {w} {w}
(is|was|are) {P} (available|in|there|coming|the owner|allowed|on the list|listed|registered|still employed|your client|home|ready)( {t}|)?
(meeting|call|interview|appointment|session|lunch|reservation|booking|table|room|order|package|parcel|delivery|ticket|flight|letter|message|gift|card) (with|for|under|from|in the name of) {P} (is|was|at|on|has|has been|needs|{t}) {w}
(i'm|i am) (calling|writing) (on behalf of|about|for|regarding|to complain about) {P} (and|because|who|,|.|from) {w}
(the|this|our|your) (account|contract|lease|policy|card|ticket|will|loan|appointment|reservation|file|case|record) (of|for|belongs to|is under|was signed by|was opened by|names|mentions) {N} (and|,|.|in|on|is|was) {w}
(attendees|present|absent|participants|members|speakers|guests|crew|team|cast|staff|absentees|winners|parents|students)(:| -) {N}, {N}(,|) (and |&|){N}
{n}(.|)) {N}\\n{n}(.|)) {N}
{L}, {F} (|{t}|- {w}|({n}))
{L}, {F}; {L}, {F}
{N} | {w} | {n}
{F},{L},{n},{C}
| {N} | {n} | {W} |
{N}(;|,|\\t){n}(;|,){w}
({n}:{n}|{n}:{n} pm) {F}(:| -) {w} {w} {w}
{F}: {w} {w}\\n{F}: {w} {w} {w}
<{F}> {w} {w}
(judge|justice|captain|major|colonel|general|lieutenant|corporal|private|deputy|sheriff|inspector|agent|governor|senator|congresswoman|minister|president|king|queen|prince|princess|saint|lord|lady|bishop|cardinal|chief|commander|nurse|sister|brother|councillor|ambassador|sir) {N} (said|ruled|was|is|arrived|will|has|and|met|signed) {w}
{N} (v.|vs.|v|versus|against) {N}
(plaintiff|defendant|witness|victim|suspect|claimant|respondent|juror) {N} (said|was|is|told|has|and|filed|claims) {w} {w}
{N} (jr.|jr|sr.|iii|phd|md|esq.|rn|lcsw) (is|was|has|and|,|will) {w}
(born|married|buried|survived by|née|nee|known as|a.k.a.|aka|alias|also known as|formerly|stage name) {P} (in|and|,|.|on|his|her) {w}
(in memory of|dedicated to|a tribute to|the late|portrait of|biography of|statue of|songs by|a novel by|directed by|written by|starring|played by|sung by|painted by|invented by|founded by|led by|coached by|trained by|raised by|designed by|hosted by|produced by) {N} (and|,|.|is|was|in) {w}
{N}'s (report|resignation|latest film|account|appointment|proposal|speech|estate|application|results|insurance|medication|chart|file|password|résumé|invoice|passport|office|extension|lawyer) (is|was|has|will|arrived|needs) {w}
(spoke|met|worked|signed|checked in|agreed|collaborated) with {P} (and|on|about|at|from|{t}) {w}
(ms|mrs|mr|dr) {L}-{L} (teaches|called|said|is|was) {w}
{F} "{w}" {L} (is|was|has|retired|won) {w}
({F} and|mr and mrs|the) {L} (have|live|own|bought|moved|are|were) {w} {w}
{F} {L} (and|&) {F} {L} (are|have|were|own|met|signed|married|request) {w}
(guess who|look who|remember|have you met|this is my friend|meet|introducing|i present|say hi to|ask for|look for|search for|google|follow) {P}(!|.|?|,| ) {w}
(who is|who's|where is|what about|how is|how about|what happened to|any news from|have you seen|has anyone seen|anyone know) {P}(?| {t}?| now?)
(not|blame|ask|poor|only|even|just|maybe|probably|definitely|obviously|especially|mostly|because of|thanks to|no thanks to) {F}(.|!|,| ) {w} {w}
(ugh|omg|lol|bruh|nah|ok|so|wow|yikes|help|smh|wtf|dude|girl|bro)(,|) {F} (is|just|again|why|help|pls|stop|did|has|came|still|got|keeps|wants) {w} {w}
(n|and|&|w|w/|cuz|bc|cause|b/c|when|while|til|till|coz|idk if|idk why|lmk if|tell|ask|saw|miss|hate|love|luv|dm'd|dmed|facetimed|snapped|ft'd|unfollowed|blocked) {F} (n|and|is|was|but|rn|again|lol|tho|bc|so|cuz|2day|tmrw|2nite|still|got|says) {w}
{F} (n|&|w/) (i|me|{F}) (r|are|were|got|went|broke|had|have) {w} {w}
i (adore|despise|envy|pity|admire|resent|worship|cant stand|can't stand|forgave|owe|trusted|feared|raised|babysit|dreamt of|dreamed about|grew up with|bumped into|ran into|hooked up with|slept with|fell for|gave birth to|broke up with|broke it off with|made up with|moved in with|lost touch with|stood up for|argued with) {F} (and|but|,|.|because|when|last|again|for|so) {w}
what {F} (did|said|wants|needs|thinks|has|told me) (is|was|to|about) {w} {w}
(if|unless|once|whenever|now that|even though|as long as) {F} (asks|calls|comes|finds out|leaves|agrees|cares|knew|knows|had|was|is|doesn't) {w}, {w} {w}
(my|our|his|her|the) (eldest|twin|therapist|babysitter|nanny|tutor|coach|priest|landlady|surgeon|midwife|accountant|stylist|trainer|vet|plumber|realtor|stalker|classmate|lab partner|bandmate|co-worker|flatmate|godmother|godson|stepdad|half-brother|mother-in-law|late wife|first love|childhood friend|new girlfriend|work wife) ({F}|{F},|, {F},|named {F}|is {F}|called {F}|- {F} -) (is|was|and|has|said|never|who|just) {w}
(our|my) (cat|dog|parrot|hamster|horse|puppy|kitten) {F} (is|was|died|sleeps|ran|ate|barks) {w}
sent from {F}'s (phone|iphone|ipad|android)
{f} {w} {w} {w}
{w} {w} {f}
"""

NO_NAMES = """
dear (sir or madam|customer|customer service|hiring manager|team|all|friend|colleague|support|mom|dad|diary|future me|god|santa|valued guest|neighbor|doctor|committee|parents|student|applicant),(\\n| ) (thank you for|i am writing|please|we are|your|this) {w} {w}
to whom it may concern(,|:) {w} {w} {w}
(subject|re|fwd|title|topic|department|status|priority|category|product|course|project|position|role|team|reason for visit|diagnosis|medication|notes|type|summary|language|country|currency|size|color)(:| -|=) {W} {w}( {w}|)
(subject|title|department|position|product|project|job title|course)(:| -|=) {W} {W}( {W}|)
(kind regards|best regards|yours faithfully|sincerely|thanks)(,|) \\n(the|your|our) (support|sales|billing|hr|customer|recruiting|care) team
{n}(.|)) {W} {w} {w}\\n{n}(.|)) {W} {w}
| {W} | {n} | {W} |
{w};{w};{n}
[{n}:{n}] {w} {w} {w}
(the|our|a|your) (chief executive officer|general manager|head of sales|human resources department|customer service|board of directors|vice president|front desk|legal department|attorney general|supreme court|ministry of health|city council|police department|executive committee|school board) (said|is|was|will|has|announced|needs) {w} {w}
(i have|i've got|there are) (some |)(questions|concerns|trouble) (about|with|regarding) (opening|closing|my|the|an|your) (account|card|order|loan|subscription|login|invoice|{w})
(how do i|how can i|i want to|i'd like to|please|can you) (change|update|cancel|verify|block|transfer|check|increase|replace|activate) (my|the|a|this) (address|card|limit|pin|email|phone number|subscription|reservation|flight|order|{w}) {w}
(sales|revenue|profits|shares|costs|rates|demand|production) (rose|fell|grew|dropped|were up|were down) {n} percent (in|this|last|over) (quarter|year|april|june|the|may) {w}
(the|this|our) {W} {W} (program|department|act|project|festival|award|museum|theory|method|series|conference|report|report card|plan|fund|agreement|protocol) (is|was|will|has|starts|ended) {w} {w}
(the|a|this) (book|movie|film|show|song|novel|album|play|game|article) ("{W} {w} {w}"|{W} {W} {W}|{W} and {W}) (is|was|made|helped|by|has) {w}
{W} {w} {w}, {w} {w}. {W} {w} {w} {w}.
{W}! {W} {w} {w}? {W} {w}.
(i grew up in|i was born in|we live in|i moved from|we met in|flying to|stuck in|back in|she is from|traffic in|weather in|studied in|i love|we visited) {C} (and|but|,|.|for|with|to|in) {w} {w}
"""
