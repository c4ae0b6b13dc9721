# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Training templates of the name model. ``(a|b|)`` is a random choice; ``{P}`` and the other slots are filled by ``texts.py``.

Slots with a label: P person (any form), F given name, L surname, N full name, A address, O workplace or organization, C place.
Slots without a label: d, g, b a verb in -ed, in -ing and in its base form, z a rare word, k kinship word, x not a name (months, drugs, apps, nations), w any ordinary word, v -ing verb, n number, t time, e
emotion, m words that are names too, used as words.
"""

from __future__ import annotations

PERSON = """
my (wife|husband|partner|boyfriend|girlfriend|fiancé|fiancee|bf|gf|ex|hubby|spouse) {P} (and i|never|always|says|said|thinks|told me|keeps|doesn't|won't|just|really) (fight|listens|helps|argue|talks|yells|wants space|goes quiet) (about|when it comes to|over) (money|the kids|chores|everything|sex|my job)
my {k} {F} (is|was|has been) (visiting|staying with us|in the hospital|sick|moving in|getting married) {t}
my {k}, {P}, (said|thinks|told me|wants|insists) (that|) i should (leave|stay|talk to someone|apologize|calm down)
my {k} ({P}) (is|was|can be) (a bit|really|so|very) {e} (lately|sometimes|with me|)
me and {F} (have been|were|are) (together|dating|married|fighting|friends) (for|since) (years|college|high school|a while|{n} months)
{F} and (i|me) (broke up|got engaged|had a fight|moved in together|went to dinner|are fine) {t}
{F} (says|said|told me|thinks|claims|swears|feels|hinted) (that|) (i|he|she|we|they) (never|always|should|don't|can't) (listen|care|try|trust anyone|open up)
(i|we) (told|asked|called|texted|emailed|met|saw|visited|ignored|blocked|dumped|married|love|hate|miss|trust|forgave|invited|thanked|warned|confronted) {F} (about it|yesterday|last night|again|but nothing changed|and it went well|)
i (told|asked|called|texted) {F} (and|&) {F} (about it|to come over|last night)
(told|asked|texted|called|saw|met|messaged|emailed|phoned|ask|tell|call|text) {F} (about it|yesterday|again|already|and she laughed|and he left|lol|)
(went|drove|ran|walked|moved|going|back) (over |)(to|by|with) {F}'s (place|house|apartment|party|flat|mom's|work|birthday)
(went|going|headed) to {Fs} (place|house|party|wedding|game)
{Fs} (mom|dad|brother|sister|car|dog|friends|job|family|phone|anger|texts|lies) (is|are|was|makes me) (nice|a problem|{e}|the reason|weird)
{F}'s (mom|dad|brother|sister|car|dog|friends|job|family|phone|anger|texts|lies|wedding|house|new girlfriend|drinking) (is|are|was|makes me) (nice|a problem|{e}|the reason|weird)
(hi|hello|hey|hii|good morning|good evening|hiya|greetings)(,|) (this is|i'm|im|i am|it's|its|my name is|my name's) {P}(.|,|!|) (i need|looking for|i want|can you give me) (some |)(help|advice|support)
(hi|hey|hello|dear|thanks|thank you|sorry|ok|okay|yes|no|bye|goodnight|morning|welcome|listen|please|well|congrats|come on|wait|look|oh|yo|ugh)(,|) {F}(,|!|.|...| -|) (how are you|i think we should talk|that means a lot|let's try something|it sounds hard|what happened next|)
(how are you|i hear you|that sounds hard|take your time|you did great|it's okay|i'm sorry|what do you think|great work|i love you|i miss you|call me|stop it|see you|good luck|happy birthday)(,| ) {F}(.|!|?|)
{F}, (how are you|i hear you|that sounds hard|take your time|what would help|can you tell me more|i think you|it sounds like you|please|i'm sorry|could you|would you)(...|.|?|)
(i'm|im|i am|this is) {P}(,|) (and|) (i've|i have|ive) been (married|dating|single|struggling|together with someone|depressed) (for {n} years|since {t}|)
my name is {P}(.|,|!| and) (i'm|i am|im) {n} (years old|)
(her|his|their|the baby's|my boss's|the guy's|the girl's|my cat's) name (is|was) {P}
(his|her|their) name is {F} (and|but) (he|she|they) (is|are|works|lives|wants|never) (nice|with me|next door|to help|here)
(a|this) (guy|girl|woman|man|friend|coworker|dude|lady|person|kid|neighbor) (named|called) {P} (is|was|keeps|started|told me|asked) (texting me|nice to me|there|staring|a lot)
(they|everyone|people|my friends|my family) call(s|) me {F}
call me {F}(.|,| please| if you like|)
(ask|contact|email|reach|call|speak to|talk to|meet with|refer to|see) {P} (at|from|in) (the office|reception|hr|billing|the clinic|the front desk)
(dr|dr.|mr|mr.|mrs|mrs.|ms|ms.|miss|professor|prof.|pastor|father|sister|coach|judge|officer|reverend|rabbi|sergeant|principal|nurse|counselor|senator) {L} (said|told me|thinks|wants|is|was|asked|suggested|recommended|never|always|called) (i need rest|to try it|very kind|about my sleep|back|nothing)
(i saw|i met|talked to|session with|appointment with|thanks to|ask|visited|emailed|referred by|under) (dr|dr.|mr|mr.|mrs|mrs.|ms|ms.|miss|professor|prof.|pastor|father|coach|judge|officer) {L} (today|yesterday|last week|about it|and it helped|)
(dr|dr.|mr|mr.|mrs|ms.) {N} (is|was) (my|our|the) (doctor|therapist|teacher|landlord|boss|lawyer)
(aunt|uncle|auntie|grandma|grandpa|cousin|nana|tia|tio|granny|papa|big sis|little) {F} (is|was|came|said|always|passed away|lives|raised me|won't) (visiting|over|here|with us|kind|last year|)
(my|our) (oldest|youngest|eldest|first|second|middle|only|little|big|older|younger|best|other|late|new|current|former|adopted|step|half) {k} {F} (is|was|has|wants|doesn't|never|started|turned) (sick|married|a problem|talk to me|school|{n})
(our|my) (son|daughter|baby|kids|children|twins|boys|girls) {F} and {F} (are|were|don't|love|hate) (here|fighting|sleeping|him|sleep|{n})
(our|my|the) (kids|children|sons|daughters|friends|cousins|siblings|roommates)(,| are|:) {F}(,|) {F} and {F}(,| |) (are great|hate this|live far away|)
{F} is my {k}(.| and| but|,) (we|he|she|they) (don't get along|is great|are close|lives with me)
{F}(,| is) my {k}(,| who|) (is|was|says|said|has|keeps|never) (here|upset|a mess|texting|listens)
{F} (cheated|lied|left|cried|yelled|called|texted|apologized|proposed|laughed|drinks|snores|works|moved|died|smokes|disappeared|hung up|ghosted me|dumped me|hit me|kissed me|hugged me)(.| again| and i| last night| because| when| but)
{F} (doesn't|didn't|won't|isn't|wasn't|can't|never|dont|didnt|wont|isnt|always|just|still|also|really|often|finally|only|even|recently|literally|probably) (love|want|care|work|text back|help|listen|understand|tell me|come home|talk|know|{w})
{F} (has|had|is|was|got|gets|keeps|started|stopped|wants|needs|loves|hates|knows|seems|feels|thinks|left|came|went|made|took|gave|lost|bought|works|lives|sent|asked|tries|looks) (a|the|so|very|too|me|my|us|home|over|out|it|him|her|to) (new|{w}|{w} {w}|nice|bad|hard|late|{e})
(because|since|when|if|that|but|and|so|then|while|after|before|until|although|though|what|why|how) {F} (is|was|said|came|left|wants|doesn't|does|did|called|would|could|should|gets|got|went) (home|it|that|me|in|out|over|around|upset)
(with|for|from|about|without|like|to|of|by|between|and|than|around|behind|against|except) {F} (is|was|it|and|i|we|he|she|but|because|at|in|on|last|today|tonight|yesterday|tomorrow) {w}
(living|talking|speaking|arguing|fighting|sleeping|working|dating|hanging out|in love|breaking up|dealing|staying|cuddling|dinner|lunch|coffee|drinks|married) (with|to) {F} (is|was|makes me|feels|has been|last night|and) {e}
(do|does|did|has|is|was|can|could|should|would|will) {F} (know|love|think|want|feel|been|coming|mad|still|really|even) (me|it|that|about|so|{w})?
(why|how|when|where|what) (does|did|is|was|should|can|would) {F} (always|do|feel|act|think|keep|want|say|know) (this|that|like this|so cold|about me|it)?
(i think|i know|i feel like|i guess|i'm sure|i heard|he said|she said|i found out|i wish|i hope|it seems|apparently|turns out|maybe|it's like|i realized) {F} (is|was|likes|wants|hates|has|might|doesn't|loves|cheated|lied|knows|would|could|should) (me|him|her|someone|someone else|lying|angry|{w})
(i'm|im) (in love|so mad|angry|done|over|upset|obsessed|happy|annoyed|jealous) (with|at|of|about) {F}
(i|we) (had|have|need|planned|want) (a|another|the) (talk|fight|date|call|session|meeting|dinner|argument|chat|baby|problem) with {F} (about|over|at|on|{t}|)
(just|finally|so|well|anyway|today|yesterday|last night|this morning|meanwhile|honestly|tbh|ok so|then|also|basically|lol|omg|ugh)(,|) {F} (and i|called|texted|said|came over|left|asked|told me|is|was|broke) (talked|me|it|that we should talk|up|mad|off)
(love|best|cheers|regards|xoxo|xx|yours|sincerely|thanks|hugs|take care|warmly|kind regards|best wishes|thank you),(\\n| ){P}
(thanks|bye|love you|see you|ttyl|take care|thank you so much|that's all)(.|!|) (-|—|–|~|--) {F}
{P} (here|again|speaking)(.|,|!) (i|just|can|any) (wanted to|need|checking in|news|you help)
{F}: (hi|hey|i don't know|that's fine|we need to talk|why did you|ok|no|yeah|i feel like|can we)
{F}: {w} {w} {w}
@{f} (can you|told me|said|look at this|thanks|are you there|what do you think|)
(cc|fyi|thanks|hey|from|to|via|ping) @{f}
(i'm|im|i was) (texting|seeing|dating|messaging|calling|meeting|missing|leaving|marrying|divorcing|visiting|supporting|picking up|babysitting) {F} (again|tonight|{t}|and|but|because|)
{F} (&|and|+|/|or) {F} (are|were|got|have|broke|hate|love|just|always|came|said) (married|here|up|each other|me|together|engaged|over|so)
{N} (is|was|has been) (my|our|the|a) (therapist|boss|landlord|neighbor|teacher|doctor|ex|lawyer|manager|roommate|friend|best friend)
{N} (said|told|asked|emailed|called|wrote|texted|contacted|hired|fired|married|left|works|lives) (me|us|him|her|here|back|at|about)
(i|we) (work|worked|live|lived|grew up|went to school|studied|play|hang out|share a room) with {P} (and|,|but|.|for|who)
(signed|written|sent|reported|submitted|posted|prepared|approved) by {N}
(patient|client|name|contact|user|customer|member|guest|emergency contact|full name|first name|spouse|therapist): {N}
(first|last|middle|maiden|sur|nick)( |)name(:| is| was) {F}
the {L}s (are|were|came|invited us|live|moved) (over|nice|next door|here|to dinner)
the {L} (family|kids|house|wedding|brothers|twins|case) (is|was|are|were) {w}
(mother|father|sister|brother|son|daughter|friend|cousin)-in-law {F} (is|was|thinks|said|hates) (me|it|here)
(i miss|i love|i hate|i forgive|i married|i lost|i blame|i need|i want|i like|i trust|i met|i found) {F} (so much|a lot|more than anything|now|in {n}|anyway|but|and|.|)
{F} (makes|made|makin) me (feel|so|cry|laugh|want|mad|{e}) (like {w}|safe|crazy|small|loved|)
(it|this|that) (was|is|wasn't|isn't) {F} (who|that|'s fault|not me|again|and me|calling|on the phone)
(nobody|everyone|no one|somebody) (but|except|besides|like|knows|told|believes|asked) {F} (knows|cares|helps|about it|)
(date|dinner|lunch|movie|call|trip|walk|weekend|holiday|vacation|breakfast|meeting|night) (with|w/|w) {F} (was|is|went|today|tonight|tmrw|later|and) (ok|good|bad|awful|nice|{e}|)
(gave|showed|sent|owe|bought|lent|told|handed|wrote|promised) {F} (my|the|a|some|{n}) (phone|money|letter|gift|ring|truth|dollars|keys|password|{w})
{F}(,|) {F}(,|) (and |&|){F} (came|were there|are coming|went|have kids|all said no|know)
(i|we) named (him|her|the baby|our son|our daughter|the dog|it) {F}
(little|baby|poor|sweet|dear|crazy|big|old|dumb|beautiful|my dear|stupid|that|good old) {F} (is|was|has|can't|needs|cried|won't) (sleep|sick|sad|here|help|a lot|)
(rip|happy birthday|congratulations|merry christmas|good night|get well soon) {F}
{F} (from|at|in) (work|school|hr|church|accounting|the gym|my class|next door|the office|college|the bar|upstairs|yoga) (is|was|said|keeps|asked|told me|likes|and i) (me|nice|staring|out|a joke|{w})
(mom|dad|my mom|my dad|mum|my parents) (loves|hates|likes|prefers|favors|never liked|called|adores|blames|kicked out|sided with) {F} (more|most|too|and|but|over me|)
(it's|its|it is|this is|that's|she's|he's|who is|who's|was that|is that) {F} (again|from work|my neighbor|calling|speaking|on the line|?|.|)
{F} ({n}|aged {n}|, {n},|{n}f|{n}m|) (and|is|has|lives|wants) (his|her|my|a|in) (school|{w}|room|home)
(between|both|either|neither|not) {F} (and|or|nor) {F}
(anniversary|wedding|birthday|funeral|graduation|surgery|divorce|breakup) (of|with|for) {P} (is|was|in|on|{t}|)
{P} (passed away|died|was born|got married|retired|graduated|moved|was arrested|got fired|is pregnant) (in {n}|{t}|last year|recently|when i was {n}|)
(according to|thanks to|because of|instead of|next to|in front of|together with|close to|apart from|on behalf of) {P}(,| |) (i|we|he|she|the|it|this|things) (is|was|are|{w}|)
(mi|mi querida|tu|su) (esposa|marido|novio|novia|hermana|hermano|amiga|jefe|hijo|hija|madre|prima) {F} (me dijo|no quiere|está|siempre|dice que|se fue|trabaja) (que|hablar|triste|llega tarde|mucho|)
(hola|buenas|gracias|oye)(,|) (soy|me llamo|aquí|) {F}(,|.|!|) (necesito|quiero|tengo|estoy) (ayuda|hablar|una pregunta|triste)
(hablé con|salí con|vivo con|echo de menos a|quiero a|conocí a|discutí con|llamé a) {F} (ayer|anoche|otra vez|y|pero|)
{F} (me|no|se|ya|también|siempre|nunca) (dijo|quiere|fue|habla|escucha|llamó|entiende) (que|nada|nunca|más|)
(meine|mein|unsere|ihr) (frau|mann|freundin|freund|schwester|bruder|chef|tochter|sohn|mutter|kollegin) {F} (hat|ist|will|sagt|war|kommt|redet) (gestern|immer|nicht|mir|heute|sehr) (gesagt|traurig|da|mit mir|müde|)
(hallo|hi|danke|liebe|lieber|guten tag)(,|) (ich bin|ich heiße|hier ist|) {F}(,|.|!|) (ich brauche|ich habe|können sie|wie) (hilfe|eine frage|mir helfen|geht es dir)
(ich habe|wir haben|gestern habe ich) (mit |){F} (gesprochen|gestritten|getroffen|angerufen|geredet)
{F} (hat|ist|will|sagt|war|kommt|meint|und ich) (nicht|immer|gestern|mich|wieder|nie|streiten|haben) (gesagt|da|angerufen|viel|verlassen|)
(ma femme|mon mari|mon copain|ma sœur|mon ami) {F} (est|a|ne veut pas|dit que) (parti|triste|dit|parler|)
(before|after|since|until|when|once) {F} (died|left|passed|moved|came|was born|got sick|got hurt|took over|found out|quit) (she|he|i|we|everything|nothing|they) {w} (me|it|us|)
(haven't|havent|never|just|finally|barely) (heard|hear) (from|back from|about) {F} (since|in|again|until|because) {w}
(my|our|the|charge|head|assistant|new|senior|night) (nurse|coach|resident|assistant|captain|landlord|neighbour|driver|partner|roomie|preceptor|supervisor|trainer|goalie|midwife) {F} {w} (me|us|it|at|in|on|to) {w}
(put|sent|moved|benched|drove|took|had|got|lent|sold|left|picked|dropped|brought|found) {F} (to|in|on|at|home|into|for|over|off|with) (the|my|a|our|his|her) {w}
(cheated|slept|flirted|went|left|lied|talked|lives|stays)(.|...|,|) (on me|again|twice|now|too|)(.|,|...) (with|w|to|at|by|from|bc of) {F}
(nobody|no one|everyone|only|even|just|all|none of us) (except|but|because of|cuz of|like|for|with|about) {F}
{F} (is|was|acts|seems) (literally|so|basically|still|always|actually|all) (obsessed|mad|done|crying|texting|in love|over) (with|at|about|to|for) {F}
(cuz|bc|because|so|then|and) {F} (leaked|snitched|posted|skipped|scored|benched|screamed|collapsed|fell|bailed) (and|on|to|it|my|in|again) {w}
(mi|tu|su) (suegra|tía|abuela|prima|novia|novio|hermano|marido) {F} (says|thinks|told me|never|is|wants) (i'm|that|nothing|too|me) {w}
(le dije a|hablé con|fuimos a casa de|vivo con|soñé con|me peleé con|extraño a|según|por culpa de|me gusta) {F} (que no|and|pero|y|but|porque|ayer|cuando) {y} {y}
(ayer|hoy|anoche|cuando|porque|pero|y|creo que|dice que) {F} (lloró|se fue|me dijo|llegó|no|se|me|está|llamó|gritó) {y} {y}
{F} (no|me|se|nunca|ya|siempre) (contesta|llama|habla|dijo|quiere|escucha|fue|deja|cree) {y} (pero|y|porque|and|but|so) {y}
{F} {d} (me|the|my|a|at|with|in|it|to|us|him|her|that|over|out|and|all|for) {w}
{F} {d} {w} (and|but|so|because|when|.|,|at|on) {w}
(i|we|she|he|they|who|and|never|just|finally|always|already) {d} {F} (to|at|with|about|and|.|for|in|again|because|on|after|when|,|from) {w}
(to|can|will|should|could|please|let's|don't|gonna|wanna|must|cannot|never|would) {b} {F} (to|at|with|about|and|.|for|in|again|because|on|?|,|a|from) {w}
{d} {F} (to|at|with|about|and|.|for|in|again|because|on|lol|off|up|out) {w}
{g} {F} (to|at|with|about|and|.|for|in|again|because|on|is|was|has) {w}
{F} {g} (me|the|my|a|at|with|in|it|to|on|and) {w}
{F} {w} (the|me|my|a|it|to|and|so|with|that) {w}
(i|you|we|he|she) (and|or|&) {F} (can|could|should|might|are|were|have|will|need|{d}) {w} {w}
{w} {F} {w}
{w} {w} {F} (and|but|so|,|.|because|when|who) {w}
"""

ADDRESS = """
(i live at|we live at|my address is|he moved to|she lives at|send it to|come to|the house at|address:|ship to|deliver to|meet me at|our place is|located at|i'm at|we moved to|police came to|pick me up at|home address|mailing address is|billing address:|the party is at|directions to) {A}(.| and| but| if you can|, thanks|)
{A} is (my|our|his|her|the) (address|home|old place|new apartment|office)
(vivo en|mi dirección es|ich wohne in der|ich wohne|meine adresse ist|j'habite) {A}
{P}, {A}
{P} lives at {A}
"""

ORGANIZATION = """
(i work at|i work for|she works at|he works for|my job at|i got fired from|i quit|laid off from|interview at|interview with|my boss at|my manager at|i started at|my husband works at|employed at|employed by|internship at|i was hired by|my shift at|a position at|an offer from|my coworkers at|the ceo of|back at|consultant at|volunteer at|retired from) {O} (is|was|and|but|for {n} years|since {t}|as a {w}|in {C}|.|,|last year|)
{O} (fired|hired|laid off|promoted|pays|offered|let go of) (me|my husband|my wife|him|her|us|everyone|half the team) (last year|{t}|a job|)
(i study at|i went to|graduated from|i'm a student at|she teaches at|my son goes to|accepted to|dropped out of|enrolled at|my degree from|classes at|my professor at|a teacher at) {S} (is|was|and|but|in {n}|since|.|,|)
{S} (is|was|accepted|rejected|expelled|called) (me|us|my son|my daughter|hard|great|about {w})
{P} (works|worked|interned|studied|teaches) at {O}
{P} from {O} (called|emailed|said|is)
(trabajo en|arbeite bei|arbeitet bei|je travaille chez) {O}
"""

PLACE = """
(i live in|we live in|i'm from|she's from|he lives in|moved to|moving to|we moved from|born in|grew up in|raised in|flew to|flight to|trip to|back to|visit|visiting|vacation in|job in|apartment in|drive to|from|based in|stuck in|stationed in|move back to|studied in|met in|married in|my parents are in|near|outside|relocated to|long distance from) {C}(.| and| but| for|,| last year| when| with {P}| in {n}| to be with {P}|)
{C} is (so|too|very|a|my|our) (cold|far|big|home|small|expensive|hometown|new city|boring)
{P} (lives|moved|is from|grew up|works|is|went|flew) (in|to|from|near) {C}
(vivo en|soy de|ich komme aus|ich wohne in|j'habite à) {C}
"""

NEGATIVE = """
i (feel|felt|am|was|get|got) (so|very|really|a bit|kind of|always|just|completely|too) {e} (when|because|after|that|about|lately|these days|and) (he|she|we|they|i|it|you) (never|always|don't|left|said|yells|ignores me|is around|comes home)
(my|his|her|our) (wife|husband|partner|boyfriend|girlfriend|ex|mom|dad|boss|therapist|son|daughter|friend|sister|brother|mother-in-law) (is|was|has|says|said|thinks|never|always|doesn't|won't|keeps|might|will|can|could|would|just|really|still|also|and|wants|needs|hates|loves) {w} (to|about|with|and|when|for|it|me|us|me and) {w}
my {k} (and|,|who|that|when|because|if|with|for|in|at|so|but|is a|was a|has a|had a|got a) {w} (and|but|with|in|to) {w}
(i|we|you|they|he|she) (will|may|might|can|could|should|must|would) (hope|try|need|feel|want|love|mark|bill|grant|chase|rob|pat|ask|talk|call|be|go|say|rise|skip|dawn on) (to|for|it|that|this|a|the|me|her|him|again) {w}
(i|he|she|we) (went|go|goes|came|drove|got|walked) to (the|a|my|our) {w} (to|and|for|with|yesterday|today|because) {w} (it|that|him|her|me|)
(what|how|why|when) (should|can|do|does|would|could|is|are) (i|we|you|it|this|the) {w} (do|about|so|to|for|with|if) {w}?
(thank you|thanks|thx|ty) (for|so much|a lot|again|in advance|for your help|for listening|for sharing)(.|!| and| |) (it|that|this|i|we) (helps|really helped|means a lot|feel better|will try|appreciate it)
(hi|hello|hey|dear)(,|) (there|all|everyone|guys|doctor|coach|friend|team|again|you|folks|counselor|sir|ladies|mom|dad|babe|dude|man|girl|love|honey)(,|!|.|) (i|can|could|how|what|is) {w} (you|me|it|to|{w})
(i'm|im|i am|we're|we are|she's|he's|they're) (so|very|too|not|just|really|always|still|a|the|an|also|{v}) (tired|sad|happy|angry|lost|{w}|{e}|sorry|done|lonely|confused|Catholic|{x}|married|single|divorced|pregnant|bisexual|broke)
(i'm|im|i am|he is|she is|she's|he's) (|a |an |half |originally |not |part |very )({x}|catholic|gay|bi|trans|straight|introverted|vegan|sober|undocumented|{w})
(in|since|last|until|by|before|after|every|next|this|around|early|late|mid) (january|february|march|april|may|june|july|august|september|october|november|december|summer|spring|autumn|winter|fall|monday|tuesday|friday|sunday|christmas|easter) (i|we|he|she|it|things|the|my) (was|were|will|may|had|started|changed|got|moved|{w}) {w}
(on|every|last|this|by|next) (monday|tuesday|wednesday|thursday|friday|saturday|sunday)(s|) (i|we|he|she|night|morning|evening|afternoon) {w} (to|the|a|and|with) {w}
(i take|i'm on|started|stopped|prescribed|tapering off|switched to|on|off|put me on|allergic to|side effects of|refill my) {x} (and|for|because|since|but|every day|twice a day|last week|at night|{n}mg|.|makes me {e})
(he|she|i|we|they) (texts|posts|messages|calls|chats|watches|plays|looks|met|stalks|scrolls|argues|talks) (on|it on|with girls on|people on|me on|through|to strangers on|old photos on|) {x} (all day|all night|and|but|every night|again|instead|)
(he|she|we|i) (deleted|downloaded|installed|checked|opened|uses|used|hates|likes|joined|quit|watched|ordered|bought|drives) {x} (again|and|but|yesterday|for|to|with|off|)
(mark my words|may i ask|i will try|will you|you will|he will|she will|will be|may be|hope so|i hope|hope you|hope this|grace period|by the grace of god|good faith|lost faith|have faith|my faith|pure joy|brings me joy|no joy|rose from|the bill|bills to pay|phone bill|to be frank|frankly|frank with|in april|in may|in june|in august|art class|art therapy|the art of|sunny day|my pet|at dawn|a chance|by chance|second chance|the drew|drew a line|drew up|pat on the back|rob me of|robbed|gene pool|dean of|a guy|this guy|guys|max out|to the max|jack off|jack up|jerk|joe average|nick of time|in nick|crystal clear|amber alert|ruby ring|pearl earrings|ivy league|violet color|rusty car|sandy beach|misty eyes|rich people|wade through|chase him|chase after|hunter instinct|grant me|take for granted|sue me|sue him|carol singing|holly tree|olive oil|ginger tea|pepper spray|melody in my head|harmony at home|destiny|patience with|no patience|charity work|mercy on|serenity prayer|peace of mind|angel of a|king size|queen bed|prince charming|duke it out|earnest|honest|victory|norm|the norm|new norms|page|on the same page|turn the page|heather fields|daisy|lily pads|lance|kit|first aid kit|kitty|dotted|dot|dale|glen|clay pots|cliff|brook|river walk|stone cold|west coast|north|young|old|long|short|brown|green|white|black|gray|grey|baker|cook|smith|carpenter|price|love|early|best|day|strong|power|wise|moody|savage|case|cross|field|church|temple|bishop|pope|abbey|banks|bond|cash|rich|poor|small|little|noble|sharp|stern|swift|wild|wolf|fox|lamb|bird|fish|drake|crane|finch|hawk|robin's egg|martin) (is|was|and|i|we|for|in|to|that|the|my|of|it|he|she|but|so|.|,|!|) {w} (it|me|to|{w})
{M} (is|was|and|i|we|for|in|to|that|the|my|of|it|but) {w}
(the|a|my|some|no|of|with|any|more|this|that|your) {m} (is|was|and|i|we|for|in|to|that|the|my|of|it|he|she|but|so) {w}
(i|we|they|to|you|please|can|will|don't) {m} (it|the|my|him|her|on|to|for|a|that|up|out) {w}
{w} {w} (and|or|of|in|with|for|to|is|at|on) (the|my|a|his|her) {w} {w}
(the|a|this|that|my|every|some|any) {w} (is|was|has|can|will|of|in|and|that) {w} (and|to|with|by|for) {w}
(she|he|they|we|i) {w} (the|my|a|his|her|our) {w} (and|but|so|because|when|then) (i|we|she|he|they) {w} {w}
{W} {w} (the|my|a|his|her|our|is|was|and|for|with|in) {w} {w}.
{W} {W} {W}: (a|the|how|why) {w} {w}
({n} years|{n} months|a week|a year|two years|many years|a long time|a few days) ago (i|we|he|she|my {k}) {w} (a|the|my|our|to|with) {w}
(i|we) (have been|were|are|got) (married|together|dating|engaged|separated|divorced|living together|trying) (for|since) (about|over|almost|nearly|) ({n} years|{n} months|college|forever|a while) (and|but|now|.|,) (i|we|he|she|things) {w} {w}
(he|she) (says|said) (he|she|i|we|it|that) (loves me|is sorry|needs space|will change|was busy|doesn't want kids|hates it|should {w}|can't {w}|never {w})
(do you think|should i|can we|is it normal|is it okay|am i wrong|how do i|what if|i wonder if|i don't know if) (i|he|she|we|it|to|that) (should|is|am|would|can|could|{w}) {w} (it|him|her|this|me|them)?
(it|this|that|everything|nothing|something) (is|was|feels|seems|sounds|looks|makes|made) (so|very|like|me|a|the|too|really|pretty) {w} (and|but|to|when|that|.|) {w}
(try|consider|start|remember|notice|think about|focus on|begin by|practice|imagine|write down|ask yourself|make time for|schedule) (to|a|the|your|what|how|one|some|three) {w} (you|that|and|with|for|before|each day|together) {w}
(it sounds like|i hear that|i understand that|it seems|thank you for sharing that|i'm sorry to hear that|that must be|it makes sense that) (you|your partner|things|this|it|you're|he|she) (feel|felt|are|is|was|have been|might be|really) {w} (and|about|because|when|with) {w}
(you|your partner|both of you|couples|many people|most people|people|men|women|kids|teens|parents|therapists) (can|may|might|often|will|should|could|tend to|need to|want to) {w} (a|the|your|more|each|some|their) {w} (and|to|by|with|in) {w}
(cognitive behavioral therapy|cbt|dbt|emdr|couples therapy|family therapy|mindfulness|meditation|active listening|attachment theory|the gottman method|emotionally focused therapy|imago therapy|the five love languages|al-anon|alcoholics anonymous|the serenity prayer|nonviolent communication) (is|can|may|might|helps|helped|has|was|and) (help|a|you|me|us|work|{w}) {w}
(anxious|avoidant|secure|disorganized) attachment (style|issues|wounds|is|and) {w} {w}
(ok|okay|yes|yeah|no|nope|sure|right|true|exactly|hmm|well|idk|lol|haha|ugh|omg|wow|fine|good|great|cool|same|nice|thanks|please|sorry|maybe|honestly|anyway|also|but|so|and)(,|.|!|...| |) (i|we|it|that|he|she|this|you) {w} {w}
(to|of|for|the|in|at) {w} {w} {w} {w}
(hablamos|estoy|me siento|no sé|mi pareja|mi novio|mi mujer|todo|nada|siempre|nunca|a veces|creo que|necesito|quiero|tengo|mi familia) {y} {y} {y} {y} {y}
(ich|wir|er|sie|es|mein mann|meine frau|mein freund|meine freundin|das|heute|manchmal|immer|warum|wie|wenn|ich fühle mich|ich habe|wir haben) {y} {y} {y} {y} {Y}
(mi|su|tu) (suegra|madre|novio|marido|hermana|jefe) (quiere|dice|cree|piensa) que {y} {y} {y} (and|but|so) i {w} {w}
(mi|tu|su|mein|meine|dein|deine) (pareja|novia|novio|marido|prometida|frau|mann|freund|freundin|verlobter|partner) {w} (me|my|the|a|and|to|about) {w}
(greet|ask|tell|hug|thank|call|with|to|like|about) (mi|tu|su|deine|deinen|mein|meine) (novia|marido|frau|mann|pareja|freund|prometida) (before|and|about|when|but) {w}
{w} (and|then|because|when|so|what does|why does|how does|that|what) (sie|er|él|ella|lo|la|ihr|ihm|ihn|ellos) {w} (me|the|my|it|a|to) {w}
(ayer|hoy|siempre|porque|cuando|no) {y} {y} {y} (and|but|so|then) (i|he|she|we) {w} {w}
{Y} {y} {y} {y} {Y} {y} {y}.
{y} {y} {y} {y} {y}
(good morning|good night|happy birthday|merry christmas|happy new year|see you soon|take care|talk soon|love you|miss you|have a great day)(!|.|,|) (i|it|we|you|hope|thanks) {w} {w}
(please|kindly|can you|could you) (call|text|email|contact|help|tell|remind|show|send|give) (me|us|them|him|her) (a|the|how|what|back|{w}) {w} {w}
(my|our|the) (dog|cat|car|house|phone|landlord|neighbor|job|office|school|church|bank|doctor|lawyer|insurance|mortgage|wedding|honeymoon|divorce|therapy|marriage|relationship) (is|was|has|won't|keeps|got|died|broke|costs|makes) {w} {w}
(i'm|im) (a|an) ({n} year old|young|older|married|single|gay|straight|black|white|{x}|trans|shy|stay at home) (woman|man|mom|dad|girl|guy|teen|student|nurse|teacher|veteran|person|{w})
({n}f|{n}m|m{n}|f{n}) (here|and|with|married|dating) {w} {w}
(today|yesterday|tonight|tomorrow|last night|this morning|lately|recently|sometimes|usually|eventually|suddenly|finally|obviously|clearly|personally)(,|) (i|we|he|she|my {k}|it|things) {w} {w} (and|but|the|a|to) {w}
(read|watched|watching|reading|loved|bought|heard|saw|finished) (the|a|that|this) (book|movie|show|song|podcast|episode|series|article|game) (called|about|on|with) {w} {w}
(he's|she's|i'm|they're) (from|in|going to|visiting|moving to) (the|{x}|a|another|my) {w}
{x} (and|or|is|was|makes|helps|in|for) {w} {w}
{x} {w} {x} {w}
{x}, {x}(,|) (and|or) {x} {w} {w}
i (hate|love|like|miss|want|need|trust|respect|fear|enjoy|blame|ignore|avoid) (him|her|them|you|it|this|myself|people|men|women|everyone|my life|{v}|{w}|{x}|mornings|christmas) (and|but|so|because|when|most|anymore|) {w}
i (told|asked|called|texted|met|saw|married|left|hate|love|miss|dumped|trust) (him|her|them|my {k}|someone|everyone|people|nobody|this guy|a guy|a girl|some {w}) (about|to|because|and|when|at|with) {w} {w}
(step|tip|rule|part|week|day|phase|chapter|question|option|point) {n}(:|.|,| -) {W} {w} {w} {w}
(anger|love|trust|respect|communication|intimacy|jealousy|grief|shame|guilt|fear|anxiety|depression|trauma|healing|growth|honesty|space|boundaries|hope|joy|grace|faith) (is|takes|comes|can|means|needs|and|without|hurts|heals|grows) {w} {w}
(i|we|she|he|they|who|and|never|just|finally|always|already) {d} (to|at|with|about|the|my|him|her|them|{w}) {w} {w}
(to|can|will|should|could|please|let's|don't|gonna|wanna|must|cannot|never|would) {b} (to|at|with|about|the|my|him|her|them|{w}) {w} {w}
{g} (to|at|with|about|the|my|him|her|them|{w}) {w} (and|but|is|was|for) {w}
{w} {d} (me|the|my|a|at|with|in|it|to|us|him|her|that|over|out|and|all|for) {w}
(a|an|the|my|his|her|this|that|no|any|some|our|their) {w} {d} (and|the|my|in|to|with|at|for) {w}
(have|has|with|chronic|severe|mild|diagnosed with|suffer from|history of|signs of|cope with|struggle with) {z} (and|,|.|since|disorder|symptoms|but|or) {w}
{z}(,|) {z}(,|) (and|or) {z}
(he's|she's|i'm|is|so|very|being|too|feel|feeling|a bit) {z} (and|,|.|because|when|to) {w}
(i am|i'm|she's|he is|they are) (a|an) {z} (and|,|.|but|who|person) {w}
"""

NUISANCE_WORDS = """
cheating cheated communication boundaries relationship intimacy affair affairs divorce separation counseling engagement
commitment jealousy insecurity insecurities dishonesty infidelity codependency reconciliation vows anniversary honeymoon childcare
custody alimony pregnancy miscarriage newborn toddler teenager sobriety drinking relapse rehab gambling debt rent mortgage
""".split()

EMOTIONS = """
sad happy angry anxious lonely hurt tired scared nervous jealous upset confused hopeless numb guilty ashamed stressed overwhelmed
depressed frustrated annoyed insecure worthless invisible betrayed furious relieved grateful calm hopeful loved rejected drained moody
distant cold toxic controlling clingy needy sweet kind supportive selfish lazy stubborn worried afraid exhausted crazy weird
""".split()

KIN = """
wife husband partner boyfriend girlfriend fiance fiancee ex son daughter sister brother mom mum mother dad father cousin uncle aunt
niece nephew grandma grandpa friend bestie boss manager coworker colleague roommate neighbor teacher therapist doctor stepdad stepmom
stepson stepdaughter mother-in-law sister-in-law ex-husband ex-wife landlord mentor bf gf bff sis bro kid baby
""".split()

TIMES = """
yesterday today tonight|last night|last week|last year|this morning|on monday|on friday|in march|in may|in june|last summer|tomorrow
next week|at christmas|on sunday|in 2019|over the weekend|since april|every day|a month ago|in august
""".replace("\n", "|").split("|")

VERBS_ING = "texting yelling lying cheating drinking working talking crying fighting leaving staying sleeping ignoring waiting trying driving".split()

ORGANIZATION_TAILS = """
Inc LLC Ltd Group Systems Solutions Logistics Consulting Partners Bank Hospital Clinic Labs Technologies Software Studios Media
Motors Foods Pharmacy Bakery Dental Insurance Financial Holdings Industries Construction Energy Health Care Services Design Airlines
Hotel Restaurant Cafe Salon Library Museum Institute Agency GmbH AG Brothers Company Corp
""".split()

SCHOOL_TAILS = ["High School", "University", "College", "Elementary", "Middle School", "Academy", "State University", "High",
                "Community College", "School of Nursing", "Law School", "Prep", "Primary School", "Institute of Technology"]  # fmt: skip

STREET_TAILS = """
Street St Avenue Ave Road Rd Lane Ln Drive Dr Boulevard Blvd Court Ct Place Way Circle Terrace Close Crescent Square Trail Parkway
Street Street Avenue Road Lane Drive
""".split()
