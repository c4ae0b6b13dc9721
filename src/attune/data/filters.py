"""What leaves a record out whatever its score (B4); each filter has a name, which is the reason.

=====================  ===========================================================================================
requires_review        redaction was in doubt: a person must look before it goes on
harmful_advice         a reply tells the user to do what hurts somebody, and does not warn of it
incomplete_context     no user turn, no assistant turn after it, or nobody answered the last turn
no_question            nothing that the user says asks, tells or wants anything; or, in a coaching family, the coach never
                       asks anything back
response_too_short     the last reply has fewer characters than the minimum
generic_response       without its generic phrases the last reply says next to nothing
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
    "harmful_advice",
    "incomplete_context",
    "response_too_short",
    "generic_response",
    "no_question",
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
# What begins a piece of advice: a sentence, or words such as "you should". "She fears it will hurt him" is none.
_ADVICE = (
    r"(?:(?:^|[.!?:;\n\"“,]\s*)(?:so |then |and |or |maybe |perhaps |please |well, )?(?:just |simply )?"
    r"|\b(?:should|could|must|can|have to|need to|ought to|better|go ahead and|feel free to|(?:it is|it's) (?:okay|ok|fine) to"
    r"|why not|try to|advise you to|(?:tell|told) (?:him|her|them) to|deberías|tienes que|puedes"
    r"|solltest du|du solltest|du musst)"
    r" (?:just |simply |also )?)"
)
_OTHER = r"(?:him|her|them|your (?:partner|wife|husband|kids?|child|children|girlfriend|boyfriend)|\[partner\])"
_THEIR = r"(?:his|her|their|\[partner\](?:'s|’s)?|your (?:partner|wife|husband|girlfriend|boyfriend)(?:'s|’s))"
_HARM = re.compile(
    _ADVICE
    + r"(?:"
    + rf"(?:hit|slap|punch|threaten|shove|hurt|kill|stalk|spy on|track) {_OTHER}"
    + r"|(?:kill|harm|hurt) yourself"
    + r"|(?:install|put|hide) (?:a |an )?(?:tracker|spyware|tracking app|hidden camera|gps)"
    + rf"|(?:read|go through|check|search|hack|look through) {_THEIR} (?:phone|messages|e-?mails?|texts|account)"
    + rf"|(?:lock|shut) {_OTHER} (?:out|in)"
    + r"|(?:stop|quit) (?:taking )?(?:your |the )?(?:medication|meds|antidepressants|pills)"
    + rf"|(?:make|keep) {_OTHER} (?:jealous|dependent)"
    + rf"|(?:take|hide) {_THEIR} (?:passport|money|car keys|phone)"
    + rf"|cut {_OTHER} off from (?:his|her|their|all)"
    + rf"|give {_OTHER} the silent treatment"
    + r"|(?:choose|pick|decide) between (?:you and|them and you|(?:his|her|their) [^.!?]{0,20}and you)"
    + r"|(?:hide|take|move) (?:all )?(?:the|your|his|her) (?:savings|money)[^.!?]{0,60}(?:hide|before (?:he|she|they)|secret)"
    + r"|(?:drink|have) (?:something strong|a (?:few|couple)(?: of)? (?:glasses|drinks|beers)|some wine|a bottle)[^.!?]{0,40}"
    + r"(?:before|forget|cope|calm|easier)"
    + r"|(?:never|don['’]?t) (?:call|tell|involve) the police"
    + r"|pégale|golpéal[oa]|amenázal[oa]|revisa su (?:teléfono|móvil|celular)|espíal[oa]|mátate"
    + r"|deja de tomar (?:tus|la) (?:pastillas|medicación)"
    + r"|schlag (?:ihn|sie)|drohe? (?:ihm|ihr)|bring dich um|(?:kontrollier|lies|durchsuch)e? (?:sein|ihr) (?:handy|telefon)"
    + r"|setz (?:deine|die) (?:medikamente|tabletten) ab"
    + r")(?!\w)"
    + r"|\byour (?:own )?fault (?:that|if|when|because) (?:he|she|they|\[partner\])"
    + r" (?:hits?|hurts?|beats?|grabs?|slaps?|pushe[sd])(?!\w)"
    + r"|\b(?:he|she|they) (?:only )?(?:hits?|hurts?) you because (?:he|she|they) loves?"
    + r"|\b(?:people|they|those) [^.!?]{0,40}(?:only|just) (?:want|are after|are looking for|seek) attention"
    + r"|\byou(?:['’]re| are| would be) better off dead",
    re.IGNORECASE,
)


def filtered(
    messages: Messages, pii_status: str, params: ScoreParams, *, family: str = "", tags: Sequence[str] = ()
) -> str | None:
    """The first filter that leaves the record out, or None."""
    if pii_status == "requires_review":
        return "requires_review"
    replies = [message["content"] for message in messages if message["role"] == "assistant"]
    if any(is_harmful(reply) for reply in replies):
        return "harmful_advice"
    if incomplete_context(messages):
        return "incomplete_context"
    if len(replies[-1].strip()) < params.min_response_characters:
        return "response_too_short"
    if is_generic(replies[-1], params.generic_phrases):
        return "generic_response"
    coaching = family in params.coaching_families and "check_in" not in tags
    if not asks([message["content"] for message in messages if message["role"] == "user"]) or (
        coaching and not any("?" in reply for reply in replies)
    ):
        return "no_question"
    return None


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
