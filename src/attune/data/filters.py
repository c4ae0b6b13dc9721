"""What leaves a record out whatever its score (B4); each filter has a name, which is the reason.

=====================  ===========================================================================================
requires_review        redaction was in doubt: a person must look before it goes on
incomplete_context     no user turn, no assistant turn after it, or nobody answered the last turn
no_question            nothing that the user says asks, tells or wants anything; or, in a coaching family, the coach never
                       asks anything back
response_too_short     the last reply has fewer characters than the minimum
generic_response       without its generic phrases the last reply says next to nothing
harmful_advice         a reply tells the user to do what hurts somebody, and does not warn of it
=====================  ===========================================================================================
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from attune.core.params import ScoreParams

Messages = Sequence[Mapping[str, str]]

REASONS = (
    "requires_review",
    "incomplete_context",
    "response_too_short",
    "generic_response",
    "no_question",
    "harmful_advice",
)

_LEAST_LEFT = 4  # words that a reply must have besides its generic phrases
_TELLS_WORDS = 6  # so many words of a user tell something, asked or not
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Za-z]*(?:_[A-Z]+)*(?:_?\d+)?\]")
_ASKS = re.compile(
    r"[?¿]|\b(?:help|advice|how (?:do|can|to|should)|what (?:do|should|can|if)|why|should i|tell me|i need|i want|i feel"
    r"|need to|ayuda|consejo|cómo|qué (?:hago|puedo)|por qué|necesito|quiero|me siento"
    r"|hilfe|rat\b|hilf|wie (?:kann|soll)|was (?:kann|soll)|warum|ich (?:brauche|möchte|will|fühle))",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|never|don['’]?t|do not|avoid|stop|instead of|rather than|without|wouldn['’]?t|shouldn['’]?t|isn['’]?t"
    r"|no one should|no|nunca|evita|en lugar de|nicht|nie|niemals|kein\w*|statt|ohne)\b[^.!?\n]{0,60}$",
    re.IGNORECASE,
)
_HARM = re.compile(
    r"\b(?:"
    r"(?:hit|slap|punch|hurt|threaten|shove) (?:him|her|them|your (?:partner|wife|husband|kids?|child|children)|\[partner\])"
    r"|(?:you should|you could|just|go ahead and|it is okay to|it's okay to) (?:hit|slap|threaten|kill|hurt)\b"
    r"|kill (?:yourself|him|her|them)"
    r"|(?:harm|hurt|cut) yourself"
    r"|you(?:['’]re| are) better off dead"
    r"|(?:track|spy on|stalk) (?:him|her|them|your (?:partner|wife|husband)|\[partner\])"
    r"|(?:install|put) (?:a )?(?:tracker|spyware|tracking app|hidden camera)\w*"
    r"|(?:read|go through|check|search|hack) (?:his|her|their|\[partner\](?:'s|’s)?) (?:phone|messages|e-?mails?|texts|account)"
    r"|(?:lock|shut) (?:him|her|them|\[partner\]) (?:out|in)\b"
    r"|(?:stop|quit) (?:taking )?(?:your |the )?(?:medication|meds|antidepressants|pills)"
    r"|(?:make|keep) (?:him|her|them|\[partner\]) (?:jealous|afraid|scared|dependent)"
    r"|(?:take|hide) (?:his|her|their) (?:passport|money|car keys|phone)"
    r"|cut (?:him|her|them|\[partner\]) off from (?:his|her|their|all)"
    r"|your (?:own )?fault (?:that|if|when|because) (?:he|she|they|\[partner\])"
    r" (?:hits?|hurts?|beats?|grabs?|slaps?|yells?|pushe[sd])"
    r"|give (?:him|her|them|\[partner\]) the silent treatment"
    r"|(?:choose|pick|decide) between (?:you and (?:his|her|their)|(?:his|her|their|them) [^.!?]{0,20}and you|them and you)"
    r"|(?:only|just) (?:want|wants|wanting|looking for|seeking) attention"
    r"|(?:hide|take|move) (?:all )?(?:the|your|his|her) (?:savings|money)[^.!?]{0,60}"
    r"(?:hide|before (?:he|she|they)|secret|notices?)"
    r"|(?:he|she|they) (?:only )?(?:hit|hits|hurt|hurts) you because (?:he|she|they) loves?"
    r"|don['’]?t (?:call|tell|involve) the police|no need to (?:call|involve) the police"
    r"|(?:drink|have) (?:something strong|a (?:few|couple)(?: of)? (?:glasses|drinks|beers)|some wine|a bottle)[^.!?]{0,40}"
    r"(?:before|forget|cope|calm|easier)"
    r"|pégale|golpéalo|amenázal[oa]|revisa su (?:teléfono|móvil|celular)|espíal[oa]|mátate"
    r"|deja de tomar (?:tus|la) (?:pastillas|medicación)"
    r"|schlag (?:ihn|sie)|droh(?:e)? (?:ihm|ihr)|bring dich um|(?:kontrollier|lies|durchsuch)e? (?:sein|ihr) (?:handy|telefon)"
    r"|setz (?:deine|die) (?:medikamente|tabletten) ab"
    r")(?!\w)",
    re.IGNORECASE,
)


def filtered(
    messages: Messages, pii_status: str, params: ScoreParams, *, family: str = "", tags: Sequence[str] = ()
) -> str | None:
    """The first filter that leaves the record out, or None."""
    if pii_status == "requires_review":
        return "requires_review"
    if incomplete_context(messages):
        return "incomplete_context"
    replies = [message["content"] for message in messages if message["role"] == "assistant"]
    if len(replies[-1].strip()) < params.min_response_characters:
        return "response_too_short"
    if is_generic(replies[-1], params.generic_phrases):
        return "generic_response"
    coaching = family in params.coaching_families and "check_in" not in tags
    if not asks([message["content"] for message in messages if message["role"] == "user"]) or (
        coaching and not any("?" in reply for reply in replies)
    ):
        return "no_question"
    return "harmful_advice" if any(is_harmful(reply) for reply in replies) else None


def incomplete_context(messages: Messages) -> bool:
    """Whether something is missing to understand or to learn from the conversation."""
    spoken = [message for message in messages if message["role"] != "system" and message["content"].strip()]
    roles = [message["role"] for message in spoken]
    return "user" not in roles or roles[-1] != "assistant"


def asks(said: Sequence[str]) -> bool:
    """Whether a user asks, wants or tells something that can be answered; "ok" and "hi there" do not."""
    return any(_ASKS.search(text) or len(_WORD.findall(_PLACEHOLDER.sub(" ", text))) >= _TELLS_WORDS for text in said)


def is_generic(reply: str, phrases: tuple[str, ...]) -> bool:
    """Whether next to nothing is left of a reply without the generic phrases."""
    pattern = _generic_pattern(phrases)
    if pattern is None or not pattern.search(reply):
        return False
    return len(_WORD.findall(_PLACEHOLDER.sub(" ", pattern.sub(" ", reply)))) < _LEAST_LEFT


def is_harmful(reply: str) -> bool:
    """Whether a reply advises something that hurts somebody; a warning of it does not count."""
    return any(not _NEGATION.search(reply[: match.start()]) for match in _HARM.finditer(reply))


@functools.cache
def _generic_pattern(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    if not phrases:
        return None
    longest_first = sorted({phrase.replace("’", "'") for phrase in phrases}, key=lambda phrase: (-len(phrase), phrase))
    alternatives = "|".join(re.escape(phrase).replace("'", "['’]") for phrase in longest_first)
    return re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)
