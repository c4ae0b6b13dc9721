# ruff: noqa: E501, SIM905 - word lists and expressions stay on the line where they can be read as one
"""Context rules: names told by the words beside them, such as "bec and i", "told hope", "when jay hit me", "kiki likes momo".

Where only a person can stand, a word is a name even if it is an ordinary word or in no list. The context of a word is two words
before it and two after it, and whether punctuation separates them. Words that are things too (ginger, summer) need more evidence.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from attune.redaction.context_words import (
    ABSTRACT,
    ACTS,
    ADVERBS,
    AFTER_FELLOW,
    AND,
    ASKED,
    ASKS,
    BE,
    BESIDE,
    BOTH_DO,
    DOES,
    DOES_SOMEBODY,
    DONE_TO,
    FELT,
    GOES_ON,
    HUMAN,
    IS,
    KIN,
    KIN_ADJECTIVES,
    LOVED,
    ME,
    MODALS,
    NEVER,
    NEVER_ASKED,
    NO_FELLOW,
    NO_NAME_BEFORE,
    NO_VERBS,
    NOT_DOING,
    OPENERS,
    OWNERS,
    PERSONAL,
    SOMEBODY,
    TELLING,
    WITH_WHOM,
    WOULD,
)
from attune.redaction.lexicon import WORD, Lexicon, Word, any_digit, base_of
from attune.redaction.lexicon import lexicon as shipped_lexicon
from attune.redaction.types import Source, Span

_WORD = r"[^\W\d_][\w’'-]*"
_RIGHT = re.compile(rf"(?:['’]s)?(?:\s*(?:&|\+|/)\s*|,?\s+(?:and|n|nd|or)\s+(?:then\s)?)({_WORD})", re.I)
_TOO = re.compile(rf"(?:\b(?:and|n)|&)\s+({_WORD})\s+(?:too|also|did)\b", re.I)
_LEFT = re.compile(rf"({_WORD})(?:\s*(?:&|\+|/)\s*|\s+(?:and|n|nd|or)\s+)\Z", re.I)
_LIKED = re.compile(
    rf"\s+(?:still\s|really\s|just\s|even\s)?(?:likes?|loves?|loved|miss(?:es|ed)?|blocked|called|hit|hates?|hated|slapped|kissed|dumped|ghosted|married|dated|texted|told|asked|hugged|met|knows|trusts?|follows|followed|cheated on|chose|picked)\s+({_WORD})",
    re.I,
)
_LIKER = re.compile(
    rf"({_WORD})\s+(?:still\s|really\s|just\s|even\s)?(?:likes?|loves?|loved|miss(?:es|ed)?|blocked|called|hit|hates?|hated|slapped|kissed|dumped|ghosted|married|dated|texted|told|asked|hugged|met|cheated on|chose|picked)\s+\Z",
    re.I,
)
# What ``_LEFT`` and ``_LIKER`` end with: they are tried behind these words alone.
_ANDS, _AND_SIGNS = frozenset("and n nd or".split()), frozenset("&+/")
_LIKING = frozenset(
    """like likes love loves loved miss misses missed blocked called hit hate hates hated slapped kissed dumped ghosted married dated texted told
    asked hugged met on chose picked""".split()
)
_CUT = frozenset('.,!?;:()\n"“”—–…*')
_ENDINGS = ("ing", "ed", "ly", "ness", "tion", "ment", "ies", "est", "ful", "less", "ous", "ive", "able", "ish")
_HYPHENATED = re.compile(r"(?<![\w-])[^\W\d_]{2,9}(?:-[^\W\d_]{2,9}){1,2}(?![\w-])")
_PREFIXES = frozenset(
    "co ex non pre post self semi anti half mid step re sub multi over under well pro de all in on off so no god grand great ultra uber mini mega".split()
)
_NEAR = 40


class WordContext(NamedTuple):
    """The words beside a word, in lower case; empty where the text begins or ends."""

    before2: str
    before: str
    after: str
    after2: str
    opens: bool  # a mark or the begin of the text stands before
    ends: bool  # a mark or the end of the text stands after


def lowered(text: str) -> str:
    """``text`` in lower case with straight apostrophes, of the same length."""
    lower = text.lower().replace("’", "'")
    return lower if len(lower) == len(text) else text.replace("’", "'")


def context_of(lower: str, start: int, end: int) -> WordContext:
    """The context of ``start`` to ``end`` in a text in lower case with straight apostrophes."""
    left, right = lower[max(0, start - _NEAR) : start], lower[end : end + _NEAR]
    stripped = left.rstrip(" \t")
    opens = not stripped or stripped[-1] in _CUT
    before = left.rsplit(None, 2)[-2:] if not opens else []
    if before and len(before) == 2 and before[0][-1] in _CUT:
        before = before[1:]
    stripped = right.lstrip(" \t")
    ends = not stripped or stripped[0] in _CUT or right[:2] == "' "
    after = right.split(None, 2)[:2] if not ends else []
    if after and after[0][-1] in _CUT:
        after = [after[0].rstrip(".,!?;:)")]
    return WordContext(
        before[-2] if len(before) == 2 else "",
        before[-1] if before else "",
        after[0] if after else "",
        after[1].rstrip(".,!?;:)") if len(after) == 2 else "",
        opens,
        ends,
    )


def _opens_clause(context: WordContext) -> bool:
    if context.opens or not context.before:
        return True
    if context.before not in OPENERS:
        return False
    return not (context.before in ("so", "like", "and", "n") and context.before2 in BE)


# ``refers_to_person`` needs one of these words before or after the name.
_BEFORE_PERSON = KIN | DONE_TO | FELT | BESIDE | AND | ASKS | {"at", "to", "from", "into"}
_AFTER_PERSON = TELLING | ACTS | NOT_DOING | HUMAN | AND | ADVERBS | WOULD
_LAST_BEFORE = frozenset(base_of(parts[-1]) for parts in map(WORD.findall, _BEFORE_PERSON) if parts)
_FIRST_AFTER = frozenset(base_of(parts[0]) for parts in map(WORD.findall, _AFTER_PERSON) if parts)
_SIGNS = tuple(sorted(word for word in _BEFORE_PERSON | _AFTER_PERSON if not WORD.search(word)))


def may_refer_to_person(text: str, words: Sequence[Word], position: int) -> bool:
    """Whether :func:`refers_to_person` can be true of a word of ``text``: a cheap test that spares most words the full one.

    Words at the ends of ``words``, which may be a stretch of the text, have context that was not looked at.
    """
    if position in (0, len(words) - 1):
        return True
    return (
        words[position - 1].base in _LAST_BEFORE
        or words[position + 1].base in _FIRST_AFTER
        or any(sign in text for sign in _SIGNS)
    )


def refers_to_person(base: str, possessive: bool, context: WordContext, lexicon: Lexicon) -> bool:
    """Whether a word in lower case that may be a name means a person in this context."""
    if (
        context.before in KIN
        and (context.before2 in OWNERS or context.before2 in KIN_ADJECTIVES)
        and _kin(base, context, lexicon)
    ):
        return True
    if context.before == "that" and not context.opens:  # "she says that jay hits her"
        return base not in NEVER | ABSTRACT and context.after in ACTS and context.after2 in SOMEBODY
    if context.before in NO_NAME_BEFORE and not (context.before in BESIDE and context.before2 in WITH_WHOM):
        return False
    if possessive:
        return (
            context.before in ("at", "to", "from")
            and base in lexicon.first
            and base not in LOVED
            and context.after in ("", *GOES_ON, *BESIDE)
        )
    return base not in NEVER and (
        _acts(base, context, lexicon) or _undergoes(base, context, lexicon) or _beside_me(base, context)
    )


def _kin(base: str, context: WordContext, lexicon: Lexicon) -> bool:
    """Kinship before it: "my cousin jesus", "my kid django wont"."""
    if base in MODALS or base in ("gay", "bi"):
        return False
    if base in lexicon.first and base not in NEVER:
        return lexicon.tiers.get(base, 9) > 2 or context.ends or context.after in ACTS | NOT_DOING | HUMAN | GOES_ON | IS
    return (
        context.ends or context.after in ACTS or context.after in NOT_DOING or context.after in HUMAN or context.after in IS
    ) and not base.endswith(("s", *_ENDINGS))


def _beside_me(base: str, context: WordContext) -> bool:
    """Beside the one who writes: "bec and i", "me n bec"."""
    if context.after in AND and (context.after2 in ME or context.after2 == "my") and _opens_clause(context):
        return context.after2 != "my" or base not in ABSTRACT
    if context.before in AND and context.before2 in ("me", "myself") and base not in MODALS:
        return context.ends or context.after in NOT_DOING or context.after in ACTS or context.after in BOTH_DO
    return False


def _acts(base: str, context: WordContext, lexicon: Lexicon) -> bool:
    """Who does what people do: "jay hit me", "rose wont let", "grace said"."""
    verb, whom = context.after, context.after2
    if verb in TELLING and base not in ("karma", "destiny", "love") and base in lexicon.first:
        return (
            verb not in ("thought", "wants", "knows", "hates", "lies", "called", "cries")
            or _opens_clause(context)
            or whom in SOMEBODY
        )
    if not _opens_clause(context) or context.before in ("of", "with", "in"):
        return False
    if verb in ACTS and whom in SOMEBODY:
        return base not in ABSTRACT or verb in TELLING
    if base in MODALS:  # "but will never shows up": after a modal verb no verb has an s
        return verb in ADVERBS and whom.endswith("s") and not whom.endswith(("ss", "us", "is")) and whom not in NO_VERBS
    if base not in lexicon.first or base in ABSTRACT - {"sunny", "dawn"}:
        return False
    if verb in WOULD:  # "u think sunny will forgive me"
        return whom in DOES_SOMEBODY and base not in LOVED - {"sunny"}
    return (verb in NOT_DOING and whom in PERSONAL) or (verb in HUMAN and base not in LOVED)


def _undergoes(base: str, context: WordContext, lexicon: Lexicon) -> bool:
    """To whom is done what is done to people: "told hope", "i miss grace so much", "left me for heath"."""
    if base not in lexicon.first:
        return False
    if context.before in DONE_TO:
        return (
            base not in MODALS
            or context.ends
            or context.after in GOES_ON
            or context.after in ("i", "about", "to", "he", "she", "we", "the", "everything", "that", "no")
        )
    if context.before in ASKS and context.before2 in ASKED:
        return context.after in DOES and base not in NEVER_ASKED
    closed = context.ends or context.after in GOES_ON
    if context.before in FELT:
        return closed and base not in LOVED
    if context.before == "into" and context.before2 in ("ran", "run", "bumped", "running"):
        return base not in ABSTRACT
    return (
        context.before in BESIDE
        and context.before2 in WITH_WHOM
        and closed
        and base not in LOVED
        and base not in (ABSTRACT if context.before != "for" else ())
    )


@functools.cache
def context_only_names() -> frozenset[str]:
    """Ordinary words that are names only where a context rule says so."""
    lexicon = shipped_lexicon()
    short = {
        word for word, tier in lexicon.tiers.items() if tier in (6, 7, 8) and 1 < len(word) < 8 and not word.endswith(_ENDINGS)
    }
    listed = {word for word in lexicon.first if len(word) > 1}
    return frozenset((short | listed) & lexicon.trivial) - NEVER


def context_only_words(text: str, words: AbstractSet[str], lexicon: Lexicon) -> Iterator[str]:
    """The ordinary words of ``text``, as typed, that mean a person in at least one place."""
    here = words & context_only_names()
    if here:
        lower = lowered(text)
        for base in here:
            for start, end in _places(lower, base):
                if _may_refer(lower, start, end) and refers_to_person(base, False, context_of(lower, start, end), lexicon):
                    yield text[start:end]


def _may_refer(lower: str, start: int, end: int) -> bool:
    """As :func:`may_refer_to_person`, for a place in a lower-case text: it decides by plain words beside it, and is true otherwise."""
    if start and lower[start - 1] == " ":
        before = lower[lower.rfind(" ", 0, start - 1) + 1 : start - 1]
        if before in _BEFORE_PERSON or not (before.isalpha() or before[-1:] in _CUT):
            return True
    elif start and lower[start - 1] not in _CUT:
        return True
    if end < len(lower) and lower[end] == " ":
        last = lower.find(" ", end + 1)
        after = lower[end + 1 : last if last >= 0 else len(lower)].rstrip(".,!?;:)")
        return after in _AFTER_PERSON or not after.isalpha()
    return end < len(lower) and lower[end] not in _CUT


def _places(lower: str, word: str) -> Iterator[tuple[int, int]]:
    start = lower.find(word)
    while start >= 0:
        end = start + len(word)
        if not (lower[max(0, start - 1) : start].isalnum() or lower[end : end + 1].isalnum()):
            yield start, end
        start = lower.find(word, end)


def hyphenated_names(text: str, lexicon: Lexicon) -> Iterator[Span]:
    """Names of two parts where only a person can stand: "soo-ah told me", though both parts are words."""
    lower = lowered(text)
    for match in _HYPHENATED.finditer(lower):
        parts = match.group().split("-")
        if (
            parts[0] in _PREFIXES
            or any(part in KIN or part in OWNERS for part in parts)
            or all(lexicon.tiers.get(part, 9) <= 2 for part in parts)
            or any(len(part) > 3 and lexicon.tiers.get(part, 9) <= 4 and not lexicon.is_name(part) for part in parts)
        ):
            continue
        context = context_of(lower, *match.span())
        if context.before in NO_NAME_BEFORE or not (_opens_clause(context) or context.before in DONE_TO | FELT | KIN):
            continue
        does = (
            context.after in TELLING
            or (context.after in ACTS and context.after2 in SOMEBODY)
            or (context.after in NOT_DOING and context.after2 in PERSONAL)
        )
        if does or _beside_me(match.group(), context) or (context.before in DONE_TO and not context.opens):
            yield Span(*match.span(), "PERSON", Source.CONTEXT_RULE)


def coordinated_names(text: str, found: Iterable[Span], lexicon: Lexicon) -> Iterator[Span]:
    """Names coordinated with a detected one ("jorge n mina"), and objects of verbs such as love, miss, block ("kiki likes momo")."""
    known = [span for span in found if span.type == "PERSON" and not any_digit(text[span.start : span.end])]
    taken = {(span.start, span.end) for span in known}
    lower = text.lower() if known else ""
    for too in _TOO.finditer(text) if known and any(word in lower for word in ("too", "also", "did")) else ():
        if too.span(1) not in taken and _fellow(text, *too.span(1), lexicon, object_=False):
            taken.add(too.span(1))
            yield Span(*too.span(1), "PERSON", Source.COORDINATED_NAME)
    while known:
        span = known.pop()
        left = text[max(0, span.start - _NEAR) : span.start]
        offset = span.start - len(left)
        last = left.lower().rsplit(None, 1)[-1:]
        ends = last[0] if last else ""
        for match, shift, object_ in (
            (_RIGHT.match(text, span.end), 0, False),
            (_LEFT.search(left) if ends in _ANDS or ends[-1:] in _AND_SIGNS else None, offset, False),
            (_LIKED.match(text, span.end), 0, True),
            (_LIKER.search(left) if ends in _LIKING else None, offset, False),
        ):
            if match is None:
                continue
            start, end = match.start(1) + shift, match.end(1) + shift
            word = text[start:end]
            if word[-2:] in ("'s", "’s"):
                end -= 2
            if (start, end) not in taken and _fellow(text, start, end, lexicon, object_=object_):
                fellow = Span(start, end, "PERSON", Source.COORDINATED_NAME)
                taken.add((start, end))
                known.append(fellow)
                yield fellow


def _fellow(text: str, start: int, end: int, lexicon: Lexicon, *, object_: bool) -> bool:
    word = text[start:end]
    base, tier = base_of(word), lexicon.tiers.get(base_of(word), 9)
    if len(base) < 2 or base in NO_FELLOW or base in lexicon.unnamed:
        return False
    if base.endswith(_ENDINGS) and base not in lexicon.first:
        return False
    if "-" in base and any(lexicon.tiers.get(part, 9) <= 2 for part in base.split("-")):  # "ex-husband"
        return False
    context = context_of(lowered(text[: end + _NEAR]), start, end)
    if word[0].isupper() and base in lexicon.first:
        return True
    if base in lexicon.first and tier <= 5:
        closed = context.ends or context.after in AFTER_FELLOW
        return closed and not (object_ and base in LOVED) and not (base in MODALS and not context.ends)
    if object_:
        return (
            (context.ends or context.after in GOES_ON)
            and (tier >= 6 or base in lexicon.proper)
            and not (base.endswith("s") and len(base) > 5)
        )  # "loves noodles"
    return (tier >= 6 or base in lexicon.proper) and (
        tier != 8 or context.ends or context.after in GOES_ON or context.after in ("r", "are", "were")
    )
