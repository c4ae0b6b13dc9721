# ruff: noqa: E501 - expressions and word lists stay on the line where they can be read as one
"""Sentences of clinics, forums and spoken counselling, most without a name.

Slots: ``{r}`` a word of medicine, ``{h}`` a word that no list holds, ``{q}`` an abbreviation, ``{u}`` letters spelled one by one.
"""

from __future__ import annotations

WITHOUT_NAMES = """
(i'm|i am|he is|she's|we have you|they put me|are you still|have you been|stay|keep him) (on|taking|using) (the|some|my|your|a low dose of|) {r} (for|and|once a day|twice a day|every day|every morning|at night|as needed|{n} milligrams) (my|your|the|) {r}
(take|takes|took|taking|tried|try|trying|use|using|prescribed|prescribe|order|ordered|start|started|stopped|increase|continue|add|refill|need) (the|some|my|your|a|you|) {r}(,| and| or| with| plus|) {r} (daily|for the pain|{n} mg|before bed|with food|and it helped|but it made me {w}|.|?)
(take|took|tried|on|prescribed|ordered|started|stopped|give you|put you on|called|called in) (the|some|my|your|a|) {h} (daily|for the pain|{n} mg|{n} milligrams|twice a day|before bed|inhaler|cream|tablets|pills|injection|drops|patch|gel|shot)
{h} (mg|milligrams|cream|tablet|inhaler|spray|patch|ointment|lotion|therapy|test|scan|levels|syndrome|disease|disorder|deficiency|surgery|procedure|injection|infection)
(your|the|my|his|her|a|an|no|some|any|positive|negative|elevated|normal|mild|chronic|acute|severe|bilateral) {r} (is|was|are|looks|shows|came back|and|or|of the|in the|with) (normal|intact|elevated|stable|swollen|tender|{r}|{w})
(your|the|my|his|her|a|an|no|some|any|positive|negative|elevated|normal|mild|chronic|acute|severe|bilateral) {h} (is|was|are|looks|shows|came back|and|or|of the|in the|with|,|.) (normal|intact|elevated|stable|swollen|tender|{r}|{w})
(history of|diagnosed with|treated for|surgery for|allergic to|family history of|signs of|symptoms of|due to|consistent with|rule out|negative for|complains of|presents with) {r}(,| and|) {r}(,|) (and|or) {h}
(history of|diagnosed with|treated for|surgery for|allergic to|family history of|signs of|symptoms of|due to|consistent with|rule out|negative for|complains of|presents with) {h}
(any|do you have|have you had|no|denies|denied) {r}, {r}, {r}(,|) or {r}(?|.|)
any {r}? no. {r}? no. {h}? no, (doctor|sir|ma'am|nothing).
doctor: (any|have you had any|what about|how is your|tell me about your) {r}? patient: (no|yes|not really|a little|yeah|nope|um, yes).
patient: (i|um, i|uh, i|well, i|yeah, i) (have|had|take|took|feel|felt|got|get) (a|some|the|my|) {r} (and|in my|on my|for) {r}
doctor: {W}. (let|i|we|you|your) {w} {w} {r}
doctor: (okay|alright|great|good|hmm|ah|oh|well|um|uh huh|mm-hmm|right|perfect|excellent|sure), (let|and|so|any|do|how|what|have) {w} {w} {r}?
(have you had|he has|she has|i had|i have|with|for|a|the|my|about|her|his) {u} (scan|test|and|or|in|since|for|level|machine|.|?|,|exam) {w}
(doctor: |patient: |) (my|the|your|her|his) {u} (was|is|and|or|,) {u}
{u} (is|was) {n} and (it|that|she|he) {w}
{n} (M G|m g|M L|c c|mg|ml|mcg) (of|once|twice|every|a day|by mouth) {w}
(at|around|until|by|before) {n} (P M|A M|p m|a m|pm|am) (i|he|she|we) {w}
(your|my|her|his|the) (parkinson|crohn|hodgkin|tourette|alzheimer|hashimoto|graves|addison|raynaud|bell|huntington|lyme|cushing|meniere)('s|s|) (disease|syndrome|is|has|was|and|makes|got|symptoms|lymphoma)
(negative|positive) (murphy|homan|phalen|tinel|spurling|lachman|mcmurray|romberg|babinski|kernig)('s|s|) (sign|test|bilaterally|and|.)
hey dragon (order|show me|can you order) (the|a|some|) {r} {n} (milligrams|mg|) (once a day|twice a day|)
(lungs|heart|abdomen|skin|neck|extremities|vitals) (are|is) (clear|normal|soft|supple|warm|stable) (with|without|and) (no|) {r} (or|and|noted) {h}
(mm-hmm|uh-huh|mhm|yeah|right|okay|um|uh|so|well|oh|no|yep)(.|,|...|) (mm-hmm|uh-huh|yeah|right|okay|um|and|so|i|it|that) (i|it|that|you|we|um|uh|like) {w} {w} {w}
(um|uh|er|hmm|like|you know|i mean|so|well|actually|basically|honestly), {w} {w} (um|uh|like|you know|i mean) {w} {w}
(i|it|he|she|they|we) do n't {w} (it|to|that|the|me|na) {w}
(i|you|we|they) (wan|gon) na {w} (it|the|a|to|my|you) {w}
(let|lem) me (just|) {w} (the|your|my|you|a) {w}
(theres|thats|whats|whos|hes|shes|its|heres|wheres|hows|youre|theyre|ive|id|ill|dont|doesnt|cant|wont) (no|a|the|so|just|not|been|always|really|) {w} (to|in|with|and|about) {h}
i (have|had|got|need|hate|love|like|want|feel) {h} (and|but|so|for|in|about|when) {w} {w}
(the|a|my|this|that|some|any|his|her|our|more|no|so many|these|those) {h} (is|was|are|were|and|or|of|in|that|for|makes|makes me|keeps|helps|with|.|,) {w}
(very|so|really|too|pretty|more|kind of|extremely|feeling|felt|am|being|just) {h} (and|but|so|.|,|about|to|right now|lately|all the time) {w}
(to|will|can|should|would|could|gonna|please|don't|didn't|can't|must|might) {h} (it|the|my|a|to|with|and|about|him|her|them|for|in|on) {w}
(he|she|they|it|i|we|you) {h} (the|a|my|it|to|with|about|me|us|and) {w}
{h} (and|or|,|/) {h}(,|) (and|or|but|are|is|for) {w}
{w} {h} {w} {w} {h}
{h}, {h}, {h} and {w}
{h} {w} (is|and|of|to|for|in) {w}
{h}. {h}. {w} {w}
(what|why|how|when|where) {h} (is|are|do|does|can) {w}?
(i play|i played|playing|plays|we play|addicted to|obsessed with|watching|watched|got into|started|quit|love|into|binge|teach|practice) {x} (and|with|all day|every night|again|lately|after work|to|because|.)
(i play|i played|playing|plays|we play|addicted to|obsessed with|watching|watched|got into|started|quit|love|into|binge) {h} (and|with|all day|every night|again|lately|after work|to|because|.)
(on|via|through|from|in|at|use|using|my|the|their) {q} (and|or|is|was|for|to|.|,|group|class|meeting|clinic|program|test|form|team|office|because) {w}
(i have|i've got|diagnosed with|it's|is it|called|a|an|with|my) {q} (and|or|but|.|,|since|for|so|which) {w}
{q} (is|was|helps|and|or|can|sucks|made me|for) {w} {w}
{q}/{q} (and|or|for|is|.) {w}
edit: (thanks|thank you|grammar|spelling|typo|formatting|{w}) {w} {w}
tl;dr (i|my|he|she|we) {w} {w} {w}
tldr: {w} {w} {w} {h}
(r/|/r/|u/|@|#){h} {w} {w}
throwaway (because|account|cause|since) {w} {w} {w}
(lol|lmao|idk|tbh|imo|ngl|fr|smh|omg|ugh|welp|yikes|oof|haha|hahaha|aww|meh|nah|yeah|yup) {h} {w} {w}
{W} is {w} (for|to|when|and|because) {w} {w}
{W} {w} (can|may|might|will|helps|help|are|is) {w} {w}.
{W} (yourself|in|to|into|up|out|on|with|the|your|a|each|for) {w} {w}.
{M} (yourself|in|to|into|up|out|on|with|the|your|a|each|for) {w} {w}.
{n}. {W} {w} {w} {w}
- {W} {w} (and|or|for|to) {w}
{n}) {M}. {n}) {W}. {n}) {W}
the (five|{n}) {M} {W}s
"{W} {W} and {W}: (a|the|how to) {W} {W}"
(a book|the book|an article|a podcast|a video|a movie|a song|an app) (called|titled|named|about|on) "{W} {W}" (is|helped|by|that|and) {w}
{x} (and|or) {h} (are|is|can|have been|was) (very|a|good|helpful|great|beneficial) {w}
(my|the|a|our|this|their) {m} (and|or|in|of|to|with|for) {h} {w}
(a|my|this|your|the|our|their|his|an incredible|a personal|a new|a long) (journey|peace|hope|unique|comfort|green|crystal|moody|kit|grace|joy|patience|trust|passion|precious|harmony|chance|haven|story|royal|true|genuine) (is|and|of|to|for|with|or|bag|river|questions|treatment|,|.) {w}
(find|finding|need|want|give|bring|brings|get|have|having|lose|lost|feel|feeling|some|inner|more|greater|no|any) (peace|hope|joy|comfort|grace|faith|patience|harmony|serenity|trust|closure) (with|in|and|for|to|again|of|.|,) {w}
(more|most|very|so|quite|pretty|really|each is|is) (unique|genuine|precious|moody|sunny|earnest|royal|rusty|candid|loyal|sincere|lucid) (and|to|for|in|.|,|thing|way) {w}
(nearest|local|my|a|the|your) {h} (clinic|hospital|office|store|group|center|school|doctor|meeting)
(born in|live in|living in|from|moved to|grew up in|in|near|back to|visit|outside) {C} (and|for|since|with|where|,|.|because) {w}
{h}{h} {w} (is|was) {w}
(a|the|my) {w}{w} (and|is|to) {w}
{Y} {y} {y} {y} {y} {y}.
(el|la|los|las|un|una|mi|tu|su|al|del|por|para|con|sin|que|como|pero|porque|cuando|si|me|te|se|le|les|nos) {y} {y} {y} (de|que|y|en|a|el|la) {y}
(der|die|das|ein|eine|mein|meine|ich|wir|er|sie|es|und|oder|aber|wenn|weil|dass|nicht|mit|von|zu|im|am|beim) {Y} {y} {y} (und|der|die|das|in|mit) {Y}
(ang|ng|sa|mga|na|ako|ko|siya|hindi|kasi|pero|yung|lang|naman|po|talaga|gusto) {y} {y} (ko|ako|siya|na|sa|ng|ang) {y}
"""

WITH_NAMES = """
hi(,|) {F}(,|.|) how are you (doing|feeling|today|doing today|)(?|)
(good morning|good afternoon|good evening|hello|hey|alright|okay|so|well)(,|) {F}(,|) (how|what|it's|i|let|tell|you|any|can) {w} {w}
so(,|) {F} is a {n} (-|) year (-|) old (male|female|man|woman|patient) (here|with|who|presenting) {w} {w}
(doctor|patient|nurse|therapist|guest_family|[doctor]|[patient]|[therapist])(:|) (hi|hello|hey|okay|so|thanks|thank you|alright) {F}(,|.|) (i|how|you|it|we|nice) {w} {w}
(doctor|dr|dr.|miss|ms.|mr.|mrs.|mister|nurse) {L} (will|is|said|gave|prescribed|ordered|recommended|referred|saw|sent|told) (me|you|us|the|my|him|her|it|) {w}
(thank you|thanks|bye|goodbye|hello|hi|see you)(,|) (doctor|dr|dr.|miss|ms.|mr.|mrs.|nurse) {L}
(it looks like|i see that|as you know|last time) (doctor|dr|dr.|nurse) {L} {w} {w} {r}
(that makes sense|i see|okay|right|any questions|anything else|sounds good|mm-hmm)(,|) {F}(.|?|,) (i|we|you|so|and|let) {w} {w}
my (husband|wife|son|daughter|brother|sister|mom|dad|boyfriend|girlfriend|friend|roommate|coworker|ex|boss|therapist)(,| |, uh,|, um,) {F}(,|) (has|had|takes|took|is on|was diagnosed with|started) {r}
{F} (has|had|takes|took|is on|was diagnosed with|started|stopped|needs) {r} (and|for|since|but|.) {w}
(i|we) (saw|told|asked|called|met|texted|took|visited|drove|picked up|married|dated|miss|love|hate|forgave) {F} (and|about|to|at|when|yesterday|last|because|for|.) {w} {w}
{F} (and|&) (i|me|her|his|my {k}) {w} {w} {h}
(with|for|to|about|from|by|at|like) {F}(.|,|| and| because| but| who| when) (he|she|it|i|we|they) {w} {w}
um {F} (is|was|said|says|told|keeps|never|always|does n't|doesnt) {w} {w}
(i|he|she|they) {w} {h} (with|for|to|about) {F}(.|,|| and| because| but)
{F}(:|) {w} {w} {h}
{w} {w} {w}. {F}, (ma|phd|lcsw|lmft|lpc|msw|lmhc|md)
(best|warmly|take care|good luck|be well|sincerely|kindly|hope this helps|regards)(,|.|!)\\n{N}
(author|psychologist|researcher|therapist|writer|singer|actor|comedian) {N} (says|wrote|writes|has|is|calls|said|who) {w} {w}
(book|article|work|video|ted talk|podcast|research|quote|advice|song|words) (by|from|of) {N}(.|,|| is| called| and) {w}
"{W} {W}" by {N} (is|was|and|helped|.) {w}
{q} {w} {F} {w} {w}
i think {F} (has|is) {h} (and|but|,|.) {w}
(mi|su|tu) (esposo|esposa|hermana|hermano|hija|hijo|novio|novia|amiga|amigo|madre|padre) {F} {y} {y} {y}
(mein|meine) (mann|frau|schwester|bruder|tochter|sohn|freund|freundin|mutter|vater) {F} {y} {y} {Y}
(hola|gracias|querida|querido), {F}, {y} {y} {y}
(hallo|liebe|lieber|danke), {F}, {y} {y} {y}
"""
