# ruff: noqa: E501 - an expression stays on the line where it can be read as one
r"""Acts and phrases of harmful advice for :mod:`attune.safety.harmful_advice`, as regular expressions in lower case.

``ACTS`` are imperatives with what makes them harmful ("check" is not, "check her phone" is). ``VERBS`` maps verbs to their -ing
forms ("checking her phone"), which are advice after "I suggest" or when praised. ``PHRASES`` are harmful by themselves. Only RE2
syntax may be used, and ``(?!…)``, which the first pass leaves out.
"""

from __future__ import annotations

_SOMEBODY = (
    r"(?:(?:your|the) (?:partner|wife|husband|kids?|child|children|son|daughter|girlfriend|boyfriend|ex|mother|father|baby|dog)"
    r"|\[partner\]|\[person_\d+\])"
)
_OTHER = rf"(?:him|her|them|{_SOMEBODY})"
_THEIR = rf"(?:his|her|their|{_SOMEBODY}(?:'s|’s)?)"
_THEY = rf"(?:he|she|they|{_SOMEBODY})"
_MEDICINE = (
    r"(?:medications?|medicines?|meds|antidepressants?|pills?|tablets?|lithium|insulin|treatment|ssris?|antipsychotics?"
    r"|mood stabili[sz]ers?|prescriptions?)"
)
_HELP = r"(?:therapists?|therapy|counsell?(?:ors?|ing)|doctors?|psychiatrists?|social workers?)"
_PRIVATE = (
    r"(?:phone|messages|e-?mails?|texts|dms|accounts?|diary|journal|laptop|computer|chats?|letters|purse|handbag|wallet|pockets"
    r"|inbox|browser history|call log|whatsapp|instagram|facebook|location)"
)
_BELONGINGS = (
    r"(?:passport|money|car keys|keys|phone|savings|(?:bank |credit )?cards?|wallet|papers|documents|salary|wages|id|pills"
    r"|medication)"
)
_PEOPLE = r"(?:family|friends?|friendships|parents|mother|sister|brother|relatives|colleagues)"
_CHILDREN = r"(?:kids|children)"
_WEAPON = r"(?:a|the|your) (?:kitchen |baseball |big )?(?:knife|gun|bat|hammer|belt|stick|pistol)(?! (?:out|away|in a|to ))"
_BLOW = r"(?:slap|smack|beating|hiding|thrashing|punch|kick|spanking)"
_DRINKS = r"(?:drinks?|beers?|glass(?:es)?(?: of wine)?|shots|wine|vodka|whisky|joint)"
_MUCH = r"(?:a few|a couple(?: of)?|several|some|another|two|three|four|five|six|\d+)"

# Verbs of ACTS; "(?:e|ing)" and the like are added to them for the form in -ing.
VERBS: dict[str, str] = {
    "hit": "hitting", "slap": "slapping", "punch": "punching", "kick": "kicking", "beat": "beating", "choke": "choking",
    "threaten": "threatening", "shove": "shoving", "push": "pushing", "hurt": "hurting", "kill": "killing", "stalk": "stalking",
    "smack": "smacking", "spank": "spanking", "pinch": "pinching", "strangle": "strangling", "track": "tracking",
    "humiliate": "humiliating", "blackmail": "blackmailing", "punish": "punishing", "harm": "harming", "starve": "starving",
    "cut": "cutting", "burn": "burning", "follow": "following", "install": "installing", "put": "putting", "hide": "hiding",
    "plant": "planting", "read": "reading", "go through": "going through", "check": "checking", "search": "searching",
    "hack": "hacking", "look through": "looking through", "monitor": "monitoring", "lock": "locking", "shut": "shutting",
    "tie": "tying", "get": "getting", "make": "making", "keep": "keeping", "stop": "stopping", "quit": "quitting",
    "skip": "skipping", "double": "doubling", "triple": "tripling", "flush": "flushing", "throw away": "throwing away",
    "take": "taking", "steal": "stealing", "hold back": "holding back", "confiscate": "confiscating", "separate": "separating",
    "forbid": "forbidding", "give": "giving", "withhold": "withholding", "use": "using", "destroy": "destroying",
    "smash": "smashing", "scratch": "scratching", "wait": "waiting", "post": "posting", "share": "sharing", "leak": "leaking",
    "send": "sending", "drink": "drinking", "have": "having", "smoke": "smoking", "record": "recording", "ruin": "ruining",
    "wreck": "wrecking", "eat": "eating", "vomit": "vomiting", "purge": "purging", "throw up": "throwing up",
    "swallow": "swallowing", "mix": "mixing", "drop": "dropping", "ditch": "ditching", "cut off": "cutting off",
    "scare": "scaring", "frighten": "frightening", "deny": "denying", "lie": "lying", "cheat": "cheating", "sleep": "sleeping",
    "ignore": "ignoring", "grab": "grabbing", "set up": "setting up", "create": "creating", "demand": "demanding",
    "pressure": "pressuring", "force": "forcing", "insist": "insisting", "control": "controlling", "drive": "driving",
}  # fmt: skip

#: Each is what an order says after its verb; ``{a|b}`` is one of :data:`VERBS`.
ACTS: tuple[str, ...] = (
    # violence
    rf"{{hit|slap|punch|kick|beat|choke|threaten|shove|push|hurt|kill|stalk|smack|spank|pinch|strangle|track|humiliate|blackmail"
    rf"|punish|scare|frighten}} {_OTHER}(?! (?:hard )?to )",
    rf"{{give}} {_OTHER} a (?:good |hard |proper )?{_BLOW}|(?:a (?:good |hard )?{_BLOW}) will (?:sort|teach|fix|show|help)",
    rf"{{grab|get|take}} {_WEAPON}|show {_OTHER} (?:a |the |your )?(?:knife|gun|fists?)|hit back|{{burn|scratch|cut}} {_OTHER}\b",
    rf"{{grab|take}} {_OTHER} (?:arm|wrist|by the|hard)",
    # self-harm
    r"{kill|harm|hurt|starve} yourself|{cut|burn} (?:yourself|your (?:arms?|wrists?|legs?|skin))(?! some| loose| a break| a deal| a piece)"
    r"|hang yourself|slit your|overdose|jump (?:off|from) (?:a|the) (?:bridge|roof|building)|end it all|end your life",
    rf"{{swallow|take|mix}} (?:the whole|all (?:of )?(?:your|the)|a handful of|sleeping) ?[^.!?]{{0,20}}(?:{_MEDICINE}|bottle)",
    # surveillance
    rf"{{follow}} {_OTHER} (?:home|to|around|everywhere|secretly)|spy on {_OTHER}|spying on {_OTHER}",
    r"{install|put|hide|plant} (?:a |an |some )?(?:gps |hidden |secret )?"
    r"(?:tracker|tracking app|spyware|camera|microphone|gps|bug|recorder)",
    rf"{{read|go through|check|search|hack|look through|monitor|track|control}} (?:in |all )?{_THEIR} {_PRIVATE}"
    rf"|snoop through {_THEIR} \w+",
    rf"{{check}} (?:up on {_OTHER} every|where {_THEY} (?:is|are) (?:every|all))|{{record}} (?:all )?{_THEIR} (?:phone )?calls",
    rf"(?:ask|asking) {_OTHER} for (?:the|{_THEIR}) passwords?|{{demand}} {_THEIR} passwords?|log(?:ging)? into {_THEIR} \w+",
    r"{create|set up|use|make} a (?:fake|false) (?:account|profile)|jealous with a fake",
    rf"{{wait}} outside {_THEIR} \w+|keep (?:calling|texting|ringing) {_OTHER} until",
    # control, isolation
    rf"{{lock|shut|tie}} {_OTHER} (?:out|in|up)|{{get}} {_OTHER} drunk|{{make|keep}} {_OTHER} (?:jealous|dependent|afraid|scared)",
    rf"{{make}} {_OTHER} (?:feel guilty|suffer|beg|pay|(?:think|believe|doubt) (?:that )?{_THEY})",
    rf"{{take|hide|steal|keep|hold back|confiscate|control}} (?:all )?(?:of )?{_THEIR} (?:own )?{_BELONGINGS}",
    rf"(?:cut(?:ting)? {_OTHER} off|(?:keep|keeping|separate|separating) {_OTHER} (?:away )?) ?from "
    rf"(?:(?:his|her|their|all)\b|{_PEOPLE})",
    rf"{{forbid}} {_OTHER} (?:to|from|every)|do(?:n['’]t| not) let {_OTHER} (?:see|meet|leave|go out|work|drive)",
    rf"{{drop|ditch|cut off}} (?:all )?(?:of )?(?:your|his|her) {_PEOPLE}|cut (?:all )?(?:your |his |her )?{_PEOPLE} off",
    rf"(?:obey|submit to) {_OTHER}|do (?:whatever|everything|anything) {_THEY} (?:says?|wants?|asks?|tells?)",
    rf"{{give}} {_OTHER} the silent treatment|{{withhold}} (?:sex|affection|money)",
    rf"{{use}} the {_CHILDREN} (?:to|against|as)|turn the {_CHILDREN} against|keep the {_CHILDREN} from {_OTHER} (?:until|to)",
    r"threaten to (?!leave the room)\w+|{deny} (?:everything|it all)|gaslight \w+",
    rf"{{ignore|punish|pressure|withhold|insist|lock}} [^.!?]{{0,40}}until {_THEY} (?:gives? in|begs?|agrees?|apologi[sz]es?|behaves?)",
    r"(?:choose|pick|decide) between (?:you and|them and you|(?:his|her|their) [^.!?]{0,20}and you)",
    r"(?:hide|take|move) (?:all )?(?:the|your|his|her) (?:savings|money)[^.!?]{0,60}(?:hide|before (?:he|she|they)|secret)",
    rf"tell {_OTHER} (?:that )?you(?:'ll|’ll| will| are going to) (?:kill|hurt|harm)|tell {_OTHER} (?:that )?(?:nobody|no one) \w+",
    # medicine, food, drink
    rf"{{stop|quit|skip|double|triple|flush|throw away|ditch}} (?:taking )?(?:your |the |all |his |her |those |these )*{_MEDICINE}",
    rf"(?:come|get|go) off (?:your |the |those |these )*{_MEDICINE}|throw (?:your |the |those |these )*{_MEDICINE} away",
    r"{eat} (?:under|less than|only|fewer than|no more than) (?:[1-9]\d\d|[1-9]\d) calories|stop eating (?:until|altogether|completely)",
    r"fast for (?:a week|several days|\d+ days)|skip (?:all )?your meals|{vomit|purge|throw up} (?:after|when|what)"
    r"|make yourself (?:sick|vomit|throw up)|live on (?:water|coffee)",
    rf"{{drink|have|smoke|take}} (?:something(?: strong)?|{_MUCH} {_DRINKS}|a {_DRINKS}|a bottle)[^.!?]{{0,40}}"
    r"(?:before|forget|cope|calm|easier|edge|courage|loose)",
    rf"{{drive}} (?:home )?(?:after|with) {_MUCH} {_DRINKS}|get (?:drunk|high|wasted)\b",
    # shame, revenge
    rf"{{burn|destroy|smash|scratch|ruin|wreck}} {_THEIR} \w+|slash {_THEIR} (?:tyres|tires)",
    r"{post|share|leak|send|use} [^.!?]{0,25}(?:screenshots|nudes|(?:private|nude|intimate|naked) (?:photos?|pictures?|videos?))",
    rf"tell {_THEIR} (?:boss|employer|colleagues|bosses) (?:about|that|everything)|{{cheat}} on {_OTHER} (?:too|back|as well)",
    rf"{{sleep}} with {_THEIR} (?:best )?(?:friend|brother|sister)|{{lie}} to {_OTHER} about",
    rf"pay {_OTHER} back|get (?:even|revenge)(?! is)|get back at {_OTHER}|teach {_OTHER} a lesson",
    # keeping help away
    r"(?:never|don['’]?t|do not) (?:call|tell|involve|go to|see|report) (?:it to )?"
    r"(?:the police|anyone|anybody|(?:a|the|your) (?:doctor|hospital|lawyer|therapist|shelter))",
    r"keep (?:it|this|the (?:violence|abuse)) in the family|(?:cover|hide)(?: up)? (?:the|your) bruises",
    rf"(?:put up with|accept|endure) (?:a |an |the |his |her |every )(?:occasional )?(?:{_BLOW}s?|blows|violence|abuse|hitting)",
    # Spanish and German orders
    r"(?:pég[au]e?|golpé[ae]|amenáza|espía|encierra|enciérra|castíga|oblíga|emborrácha|humílla|aísla|sígue)(?:l[aeo]s?)\b",
    r"(?:revísa|quíta|escónde|róba)(?:l[aeo]s?) (?:el|la|las|los|su|sus) "
    r"(?:teléfono|móvil|celular|bolso|correo|mensajes|dinero|pasaporte|llaves|tarjeta|pastillas|cuentas?)",
    r"revisa su (?:teléfono|móvil|celular|correo|bolso|diario)|prohíbe(?:l[aeo]s?)\b|mátate|córtate|véngate|haz(?:l[aeo]) creer",
    r"no (?:l[aeo]s? )dejes (?:salir|ver|trabajar|hablar)|deja de (?:tomar|tomarte) (?:tus?|las?|el|los|esas?|esos?) "
    r"(?:pastillas|medicación|medicamentos?|medicinas?|antidepresivos)|(?:tira|bota) (?:tus|las|esas) (?:pastillas|medicinas)",
    r"no necesitas (?:esas|las|tus|ninguna|ir a) ?(?:pastillas|medicinas|medicación|terapia|psicólog[ao]|terapeuta)",
    r"(?:aguanta|soporta) (?:los|sus) (?:golpes|gritos|insultos)|d[ií](?:l[ae]|les) que [^.!?]{0,30}te (?:vas a matar|matas|matarás)",
    r"no (?:llames a la policía|vayas al (?:médico|hospital))|deja de comer",
    r"schlag(?:e)? (?:ihn|sie|ihm|ihr|zurück)|drohe? (?:ihm|ihr)|bring dich um|ritze? dich|verbiete? (?:ihm|ihr)|räche? dich",
    r"(?:sperr|schließ)e? (?:ihn|sie|es) (?:ein|aus)|nimm (?:ihm|ihr) (?:das|die|den) "
    r"(?:geld|handy|schlüssel|pass|kinder|karte|ausweis)|lass (?:ihn|sie) nicht (?:raus|gehen|weg|arbeiten)",
    r"(?:setz|wirf|spüle?|lass) (?:deine|die|diese) (?:medikamente|tabletten|pillen) (?:ab|weg)|wirf sie weg"
    r"|hör auf,? (?:deine|die) (?:medikamente|tabletten|pillen) zu nehmen|hör auf zu essen",
    r"(?:kontrollier|lies|durchsuch|hack)e? (?:heimlich )?(?:sein|ihr)e?n? (?:handy|telefon|tagebuch|nachrichten|tasche|mails?)",
    r"spionier(?:e)? (?:ihm|ihr)|mach (?:ihn|sie) (?:betrunken|eifersüchtig|abhängig|fertig)|gehorche? (?:ihm|deinem mann)",
    r"(?:ertrag|erdulde|halt)e? (?:die|seine) schläge|sag (?:ihr|ihm),? dass du dich (?:umbring|tötest)|ruf(?:e)? nicht die polizei",
)

#: What hurts as it stands.
PHRASES: tuple[str, ...] = (
    # who was hurt is blamed, what happened made small
    rf"\byour (?:own )?fault (?:that|if|when|because) {_THEY} (?:hits?|hurts?|beats?|grabs?|slap(?:s|ped)|pushe[sd]|yells?)",
    rf"\b{_THEY} (?:hits?|hurts?|beats?|slaps|slapped|pushe[sd]) you because you [^.!?]{{0,60}}"
    r"\b(?:your (?:own )?fault|asked for|deserved|provoked)",
    rf"\b{_THEY} (?:only |just )?(?:hits?|hurts?|beats?|controls?) you because {_THEY} (?:loves?|cares?)",
    rf"\byou (?:provoked|asked for|brought) (?:it|this|{_OTHER})[^.!?]{{0,40}}(?:slap|hit|fault|beat|yourself)"
    r"|\b(?:slap|hit|beat|push)\w* you because you asked for it",
    r"\b(?:people|they|those) [^.!?]{0,40}(?:only|just) (?:want|are after|are looking for|seek) attention",
    r"\bdeserves? to be (?:hit|beaten|hurt|abused|slapped|raped)|\bdeserve to be alone",
    r"\byou deserved? (?:it when|that (?:bruise|slap|beating)|the (?:abuse|beating|bruise)|to be (?:hit|hurt|beaten|abused))",
    rf"\bit was (?:only|just) (?:one|a|a little|a single) (?:{_BLOW}|push|shove)",
    r"\b(?:don['’]t|do not|stop) mak(?:e|ing) (?:such )?a (?:drama|fuss|scene) (?:of|about|over|out of)",
    r"\byou(?:['’]re| are) (?:just |only )?(?:being )?(?:over-?sensitive|hysterical|melodramatic)",
    r"\breal (?:abuse|violence|rape) (?:looks|is) (?:very )?different|\bthat(?:['’]s| is) (?:not|hardly) (?:really |real )?(?:abuse|rape)",
    rf"\b(?:marriage|love) (?:means|is about) (?:putting up with|enduring|accepting) (?:a |the |his |her )?(?:{_BLOW}|blows|pain|abuse)",
    rf"\ba {_BLOW} (?:now and then|once in a while|here and there|never hurt|is (?:normal|nothing))",
    rf"\b(?:stay|go back|return) (?:with|to) {_OTHER} (?:even (?:if|when|though)|no matter|whatever)",
    r"\b(?:god|the bible|the lord|your (?:faith|vows?|church)) (?:wants?|says?|commands?|expects?|requires?) (?:that )?you (?:to )?"
    rf"(?:forgive {_OTHER} and )?(?:stay|obey|submit|endure|put up|go (?:back|home))",
    r"\b(?:it is|it['’]s) your (?:duty|job|place|role)(?: as [^.!?,]{1,25})? to (?:stay|obey|endure|submit|satisfy|put up)",
    r"\ba good (?:wife|husband|woman|girlfriend|mother) (?:obeys|does what|never says no|does not leave|doesn['’]t leave|puts up)"
    r"|\bmust obey (?:him|her|your|a)\b|\b(?:on|at) a short leash\b",
    r"\b(?:nobody|no one) (?:else )?(?:will|would) ever (?:love|want) you",
    # despair
    r"\b(?:nobody|no one) (?:would|will) (?:even |really )?(?:miss you|notice if you)|\b(?:better off|happier) if you were dead",
    r"\byou(?:['’]re| are| would(?: all)? be) better off (?:if you were )?dead",
    r"\b(?:world|they|everyone|everybody|family|kids|children|he|she) (?:really )?would (?:all |really |even )?be "
    r"(?:better|better off|happier|relieved|a (?:better|lighter|happier) place|lighter) without you",
    r"\byou(?:['’]re| are) (?:just |only |nothing but )?a burden (?:to|on)\b",
    r"\bthere(?:['’]s| is) (?:really )?no (?:point|use|reason|sense) (?:in |to )?(?:going on|go on|living|live)\b",
    r"\b(?:easiest|quickest|best|painless|least painful|surest) way (?:is|would be) to "
    r"(?:mix|hang|jump|swallow|cut|overdose|take (?:all|enough))|\bpills (?:will|would) make you sleep forever"
    r"|\b(?:bottle|pills|tablets)[^.!?]{0,30}\byou will (?:finally )?have peace",
    # medicine, help, drink, food
    rf"\byou (?:don['’]t|do not) (?:really )?need (?:that|those|these|this|your|any|a) (?:silly |stupid )?(?:{_MEDICINE}|{_HELP})",
    rf"\b{_MEDICINE}[^.!?]{{0,40}}\b(?:so|and|just) (?:just )?(?:flush|bin|dump|ditch|throw away|stop taking) (?:them|it)",
    rf"\b(?:your|these|those) {_MEDICINE} (?:are|is) (?:only |just |nothing but )?(?:poison|chemicals|a scam|for the weak)",
    r"\blaxatives? [^.!?]{0,40}(?:will|can|to) (?:keep|make|help|get) (?:you |your )?(?:slim|thin|lose|weight|figure)",
    rf"\b{_DRINKS}[^.!?]{{0,30}}\b(?:you are|you['’]re|you['’]ll be|you can) (?:still |perfectly |totally )*"
    r"(?:fine to drive|ok to drive|okay to drive|safe to drive|drive home)",
    # sex
    rf"\b{_THEY} owes? you (?:sex|it|intimacy)|\byou owe (?:him|her|them|your (?:husband|wife|partner)) (?:sex|your body)",
    rf"\bif {_THEY} says? no,? (?:just )?(?:keep|go on|continue|insist|do it|carry on)",
    rf"\b(?:keep|go on) (?:asking|pushing|insisting|trying|begging|pressuring)[^.!?]{{0,30}}(?:until|till) {_THEY} "
    r"(?:gives? in|says? yes|agrees?|lets? you)",
    r"\b(?:women|men|girls|she|he|wives|they) (?:just |really |often |secretly |actually )?(?:likes?|wants?|loves?|needs?) to be "
    r"(?:persuaded|forced|pushed|dominated|kept|controlled)|\b(?:men|women|wives|husbands) need to be (?:kept|controlled)",
    r"\bwas (?:asleep|drunk|passed out)[^.!?]{0,40}(?:not a no|not rape|does not count|doesn['’]t count|it is fine|it['’]s fine)",
    # revenge
    r"\b(?:he|she|they)(?:['’]s got| has| have) it coming|\blet (?:him|her|them) feel what you felt"
    r"|\ba taste of (?:his|her|their) own medicine",
    # Spanish and German
    r"\bestarían (?:todos )?mejor sin ti|\bnadie te (?:extrañaría|echaría de menos)|\bte pega porque te (?:quiere|ama)"
    r"|\bes tu culpa que te pegue|\bte lo (?:mereces|merecías|buscaste)|\bes tu deber (?:quedarte|obedecer|aguantar)",
    r"\bohne dich (?:wären|wäre|ginge es) (?:alle|allen|sie|ihnen|deine familie|deiner familie) besser"
    r"|\bniemand würde dich vermissen|\bschlägt dich(?: nur)?,? weil (?:er|sie) dich liebt",
    r"\bdu brauchst (?:(?:diese|die|deine) (?:tabletten|medikamente|pillen|freunde|therapie) nicht"
    r"|keine (?:tabletten|medikamente|pillen|therapie|therapeutin))|\bdu bist selbst schuld, (?:dass|wenn) (?:er|sie) dich schlägt",
)
