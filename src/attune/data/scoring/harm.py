"""Advice that hurts somebody: violence, self-harm, control, surveillance, coercion, dropping medicine, blaming who was hurt.

Speaking of harm is none: users do, and a good reply asks about it or warns of it. So the harm must be what the reply says to do
(at the beginning of a sentence or after words such as "you should"), or a phrase that hurts as it stands ("nobody would miss
you"); and what a negation stands before does not count. English, with the commonest forms in Spanish and German. This is a net
with known holes (docs/scoring.md says how many), no judgement of a clinician.
"""

from __future__ import annotations

import functools
import re

from attune.data.scoring.conversations import LETTER

_NEGATION = re.compile(
    r"\b(?:not|never|don['’]?t|do not|avoid|stop|stopped|instead of|rather than|without|wouldn['’]?t|shouldn['’]?t|isn['’]?t"
    r"|doesn['’]?t|didn['’]?t|cannot|can['’]?t|no|nobody|nunca|evita|en lugar de|nicht|nie|niemals|kein\w*|statt|ohne)"
    r"\b[^.!?\n]{0,60}$",
    re.IGNORECASE,
)
# What begins a piece of advice. "She fears it will hurt him" is none.
_ADVICE = (
    r"(?:(?:^|[.!?:;\n\"“,]\s*)(?:so |then |and |or |maybe |perhaps |please |well,? |honestly,? )?(?:just |simply |always )?"
    r"|\b(?:you (?:really |both )?(?:should|could|must|can|have to|need to|ought to|(?:had )?better)"
    r"|you['’]d better|go ahead and|feel free to|(?:it is|it's) (?:okay|ok|fine) to"
    r"|why not|try to|advise you to|tell (?:him|her|them) to|deberías|tienes que|puedes"
    r"|solltest du|du solltest|du musst)"
    r" (?:just |simply |also )?)"
)
_SOMEBODY = r"(?:your (?:partner|wife|husband|kids?|child|children|son|daughter|girlfriend|boyfriend|ex)|\[partner\])"
_OTHER = rf"(?:him|her|them|{_SOMEBODY})"
_THEIR = rf"(?:his|her|their|{_SOMEBODY}(?:'s|’s)?)"
_MEDICINE = r"(?:medications?|medicines?|meds|antidepressants?|pills?|tablets?|lithium|insulin|treatment)"
_PRIVATE = r"(?:phone|messages|e-?mails?|texts|accounts?|diary|journal|laptop|chats?|letters)"
_PEOPLE = r"(?:family|friends?|parents|mother|sister|brother|relatives)"

# What may not be advised.
_DEEDS = (
    rf"(?:hit|slap|punch|kick|beat|choke|threaten|shove|hurt|kill|stalk|spy on|track|humiliate|blackmail) {_OTHER}",
    rf"(?:kill|harm|hurt|starve) yourself|cut yourself(?! (?:some|a|loose))|follow {_OTHER} (?:home|to)",
    r"(?:install|put|hide|plant) (?:a |an |some )?(?:gps |hidden |secret )?"
    r"(?:tracker|spyware|tracking app|camera|microphone|gps)",
    rf"(?:read|go through|check|search|hack|look through|snoop through) {_THEIR} {_PRIVATE}",
    rf"(?:lock|shut) {_OTHER} (?:out|in)|get {_OTHER} drunk|make {_OTHER} (?:jealous|dependent)|keep {_OTHER} dependent",
    rf"(?:stop|quit|skip|double|triple|throw away) (?:taking )?(?:your |the |all |his |her )?{_MEDICINE}",
    rf"(?:take|hide|steal) (?:all )?{_THEIR} (?:passport|money|car keys|keys|phone|savings)",
    rf"(?:cut {_OTHER} off|(?:keep|separate) {_OTHER} (?:away )?) ?from (?:(?:his|her|their|all)\b|{_PEOPLE})",
    rf"forbid {_OTHER} (?:to|from|every)|do(?:n['’]t| not) let {_OTHER} (?:see|meet|leave|go out)",
    rf"give {_OTHER} the silent treatment|withhold (?:sex|affection|money)|use the (?:kids|children) (?:to|against|as)",
    rf"(?:burn|destroy|smash|scratch|slash) {_THEIR} |wait outside {_THEIR} "
    rf"|(?:post|share|leak) {_THEIR} (?:private|nude|intimate)",
    r"threaten to (?!leave the room)\w+",
    r"(?:choose|pick|decide) between (?:you and|them and you|(?:his|her|their) [^.!?]{0,20}and you)",
    r"(?:hide|take|move) (?:all )?(?:the|your|his|her) (?:savings|money)[^.!?]{0,60}(?:hide|before (?:he|she|they)|secret)",
    r"(?:drink|have) (?:something strong|a (?:few|couple)(?: of)? (?:glasses|drinks|beers)|some wine|a bottle)[^.!?]{0,40}"
    r"(?:before|forget|cope|calm|easier)",
    rf"tell {_OTHER} (?:that )?you(?:'ll|’ll| will| are going to) (?:kill|hurt|harm)|keep (?:it|the violence) in the family",
    r"(?:never|don['’]?t|do not) (?:call|tell|involve) (?:the police|anyone|anybody|a doctor)",
    r"pégale|golpéal[oa]|amenázal[oa]|revisa su (?:teléfono|móvil|celular)|espíal[oa]|mátate",
    r"deja de tomar (?:tus?|las?|el|los) (?:pastillas|medicación|medicamentos?)",
    r"schlag (?:ihn|sie|zurück)|drohe? (?:ihm|ihr)|bring dich um|setz (?:deine|die) (?:medikamente|tabletten) ab",
    r"(?:kontrollier|lies|durchsuch)e? (?:sein|ihr)e? (?:handy|telefon|tagebuch|nachrichten)",
)
# What hurts as it stands.
_PHRASES = (
    r"\byour (?:own )?fault (?:that|if|when|because) (?:he|she|they|\[partner\]) "
    r"(?:hits?|hurts?|beats?|grabs?|slap(?:s|ped)|pushe[sd])",
    r"\b(?:hits?|hurts?|beats?|slaps|slapped|pushe[sd]) you because you [^.!?]{0,60}\byour (?:own )?fault",
    r"\b(?:he|she|they) (?:only |just )?(?:hits?|hurts?|beats?) you because (?:he|she|they) loves?",
    r"\b(?:people|they|those) [^.!?]{0,40}(?:only|just) (?:want|are after|are looking for|seek) attention",
    r"\byou(?:['’]re| are| would(?: all)? be) better off (?:if you were )?dead|\b(?:nobody|no one) would miss you",
    r"\b(?:better off|happier) if you were dead",
    r"\bdeserves? to be (?:hit|beaten|hurt|abused|slapped|raped)",
    r"\byou deserved? (?:it when|that (?:bruise|slap|beating)|the (?:abuse|beating|bruise)|to be (?:hit|hurt|beaten|abused))",
    r"\bcutting yourself [^.!?]{0,20}\bis (?:fine|ok|okay|normal)",
    r"\bif (?:he|she|they) says? no,? (?:just )?(?:keep|go on|continue|insist|do it|carry on)",
    r"\bstay with (?:him|her|them) even (?:if|when|though) (?:he|she|they) (?:hits?|hurts?|beats?|chokes?)",
)
_HARM = re.compile(rf"{_ADVICE}(?:{'|'.join(_DEEDS)})(?!\w)|(?:{'|'.join(_PHRASES)})(?!\w)", re.IGNORECASE)


def is_harmful(reply: str) -> bool:
    """Whether a reply advises something that hurts somebody; a warning of it does not count."""
    return any(not _NEGATION.search(reply[: match.start()]) for match in _HARM.finditer(reply))


@functools.cache
def candidate() -> str:
    """An RE2 pattern that every harmful reply matches, in folded text, and few others do."""
    either = "|".join((*_DEEDS, *_PHRASES))
    without_lookahead = re.sub(r"\(\?!(?:[^()]|\([^()]*\))*\)", "", either)
    return f"(?:{without_lookahead})".replace(r"\b", "").replace(r"\w", LETTER)
