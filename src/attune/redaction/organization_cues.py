# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""The words beside organizations: "my boss at …", "a customer of …", "… is hiring".

Each expression is tried only where one of its words stands in a text, at that word.
"""

from __future__ import annotations

import re

_JOBS = r"(?:driver|nurse|teacher|accountant|manager|supervisor|engineer|developer|cashier|clerk|barista|waitress|waiter|server|bartender|receptionist|assistant|analyst|consultant|director|executive|ceo|cfo|cto|president|founder|co-founder|owner|partner|associate|lawyer|attorney|technician|mechanic|janitor|guard|chef|cook|pilot|flight attendant|salesman|saleswoman|agent|rep|representative|programmer|designer|secretary|intern|apprentice|trainee|employees?|staff|workers?|colleagues?|coworkers?|co-workers?|boss|vp|chairman|internship|apprenticeship|volunteer)"
_HEADS_OF = r"(?:ceo|cfo|cto|president|founder|co-founder|director|owner|employees?|staff|vp|chairman)"
_WHEN = r"(?:(?:nights?|days|mornings|evenings|weekends|part[ -]?time|full[ -]?time|overtime|over|there|late|doubles|again|now|me|him|her|as an? \w+)\s)"

#: After these somebody's workplace follows.
WORKPLACE = re.compile(
    rf"(?:(?:work(?:s|ed|in|ing)?|job|employed|intern(?:s|ed|ing|ship)?|hired|career|position|shifts?|{_JOBS})\s{_WHEN}{{0,2}}(?:at|for|by|over at)|(?:team|office|offer|started|promoted) (?:at|from)"
    rf"|{_HEADS_OF} (?:of|at)|head of \w+ (?:of|at|for)|(?:arbeite|arbeitet|trabajo|trabaja|team|stelle) (?:bei|en)|work(?:s|ed|ing)? (?:with|from)"
    r"|(?:fired|laid off|let go|retired) (?:from|by|at)|quit(?: my job at)?|interview(?:s|ed|ing)? (?:at|with|for)|(?:applied|transferred|applying|application) (?:to|at|for a job at|for a job with)"
    r"|job (?:with|is at|was at|is with)|job[.,]? (?:it's|it’s|its|is) (?:at|with)|(?<=my )(?:company|employer|firm|workplace|work|job),|(?:company|firm|business|startup|start-up) (?:called|named)"
    r"|was at)\s+(the\s+)?",
    re.I,
)
WORKPLACE_WORDS = frozenset(
    """work works worked workin working job employed intern interns interned interning internship hired career position shift shifts team office offer started promoted arbeite arbeitet trabajo
    trabaja stelle fired laid let retired quit interview interviews interviewed interviewing applied transferred applying application company employer firm workplace business startup
    driver nurse teacher accountant manager supervisor engineer developer cashier clerk barista waitress waiter server bartender receptionist assistant analyst consultant
    director executive ceo cfo cto president founder owner partner associate lawyer attorney technician mechanic janitor guard chef cook pilot flight salesman saleswoman
    agent rep representative programmer designer secretary apprentice trainee employee employees staff worker workers colleague colleagues coworker coworkers boss head vp chairman
    apprenticeship volunteer was""".split()
)
#: Cues of ``WORKPLACE`` after which a single word in lower case is a firm, whatever it means.
FIRM_CUES = (
    "interview with",
    "interviews with",
    "interviewed with",
    "ceo of",
    "cfo of",
    "cto of",
    "founder of",
    "employee of",
    "employees of",
)
#: Cues of ``WORKPLACE`` after which a person may stand as well: "works for patel".
PEOPLE_CUES = (
    "work",
    "job",
    "employed",
    "boss",
    "agent",
    "assistant",
    "nurse",
    "secretary",
    "colleague",
    "cowork",
    "team",
    "partner",
    "was",
)

#: After these an organization follows.
ORGANIZATION = re.compile(
    r"(?:(?:customers?|clients?|members?|subscribers?|patients?|students?|residents?|headquarters|website|address|number|shares|shareholders?) (?:of|at)"
    r"|(?:shares|stocks?|shareholders?|invest(?:ed|ing|or)?) in|number for"
    r"|(?:accounts?|contracts?|loans?|mortgage|policy|subscription|membership|appointments?|meetings?|insurance|reservation|deal|partnership|bank(?:s|ed|ing)?|insured|savings) (?:with|at)"
    r"|(?:invoices?|bills?|refunds?|ordered|orders?|bought|letters?|e-?mails?|calls?|loans?|reports?|statement|products?|services?|supplies|packages?)(?: it| this| one| them| something)? from"
    r"|(?:complaints?|lawsuit|case|claim|suit) against|(?:invoices?|payments?|complain(?:ed)?|donat(?:ed?|ions?|ing)|admitted|enrolled|payable) (?:to|at)"
    r"|volunteer(?:s|ed|ing)? (?:at|for|with|in)|(?:merger|takeover|acquisition) (?:between|with|of|by)|(?:treated|seen|evaluated|admitted|enrolled|shop|shopping) at"
    r"|(?:someone|somebody|anyone|people|guys?|lady|man|woman|everyone) (?:from|at)|(?:sponsored|owned|run|acquired|bought out|founded|managed|insured|published|audited) by|reports? by"
    r"|suing|sue[ds]?|boycott(?:ing|ed)?|(?<=my |ur )(?:bank|insurer|insurance|gym|church|club|provider|agency|pharmacy|clinic|hospital|school|union|charity|dentist|landlord|store|shop|supermarket)(?: is|,|(?=\s+(?:the\s)?(?-i:[A-ZÀ-Þ])))"
    r"|(?:bank|hospital|gym|church|club|store|shop|restaurant|pub|bar|agency|charity|organi[sz]ation|brand|band) (?:called|named))\s+(the\s+)?",
    re.I,
)
ORGANIZATION_WORDS = frozenset(
    """customer customers client clients member members subscriber subscribers patient patients student students resident residents headquarters website address number shares shareholder shareholders
    stock stocks invest invested investing investor account accounts contract contracts loan loans mortgage policy subscription membership appointment appointments meeting meetings insurance
    reservation deal partnership bank banks banked banking insured savings invoice invoices bill bills refund refunds ordered order orders bought letter letters email emails call calls report
    reports statement product products service services supplies package packages complaint complaints lawsuit case claim suit payment payments complain complained donate donated donation donations
    donating admitted enrolled payable volunteer volunteers volunteered volunteering merger takeover acquisition treated seen evaluated shop shopping someone somebody anyone people guy
    guys lady man woman everyone sponsored owned run acquired founded managed published audited suing sue sued sues boycott boycotting boycotted insurer gym church club provider
    agency pharmacy clinic hospital school union charity dentist landlord store supermarket restaurant pub bar organization organisation brand band""".split()
)

#: What an employer does to somebody.
EMPLOYS = re.compile(
    r"(?:fired|hired|laid off|let go|promoted|transferred|rejected|employs|pays|underpays) (?:me|him|her|us|them|my (?:husband|wife|dad|mom|mum|son|daughter|brother|sister|partner))\b"
    r"|(?:let|laid) (?:me|him|her|us|them) (?:go|off)\b",
    re.I,
)
#: What is said of organizations alone.
IS_ORGANIZATION = re.compile(
    r"(?:hiring|located (?:in|at|on|near)|closing|owned by|open (?:on|at|until|till|today|tomorrow)|headquartered|bankrupt|announced|headquarters|shareholders|employees|stock|shares|customer (?:service|support|care)|(?:(?<=good )|(?<=great )|(?<=bad )|(?<=nice )|(?<=awful ))company(?=[.?!,\n]|\Z| (?:to|and|but|though|anymore|right)\b)"
    r"|(?:office|branch|store|warehouse|factory|plant|helpline|hotline)(?= (?:is|was|on|in|at|near|downtown|closed|that|where|manager)))\b",
    re.I,
)
#: The words that begin both.
SUBJECT_WORDS = frozenset(
    """fired hired laid let promoted transferred rejected employs pays underpays hiring located closing owned open headquartered bankrupt announced headquarters shareholders employees stock shares customer company office
    branch store warehouse factory plant helpline hotline""".split()
)
#: What may stand between the name and those words.
BETWEEN = re.compile(
    r"(?:['’]s)?\s(?:(?:is|are|was|be|went|has|have|just|also|still|a|good|great|bad|terrible|nice|gone) )*\Z", re.I
)
