# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""Names by cue ("my wife Ann", "I'm Ann", "— Ann", "Dr. Patel") and by list, without any model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attune.redaction import context_rules
from attune.redaction.context_words import KIN, OWNERS, SPOUSES
from attune.redaction.features import is_misspelt
from attune.redaction.lexicon import Lexicon, Word
from attune.redaction.negative_rules import is_accented_name
from attune.redaction.types import Source, Span

_TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor doctor pastor reverend rev rabbi imam officer detective sergeant captain judge herr frau señor señora sr sra don doña sir madam monsieur madame aunt auntie uncle coach tia tio tía tío".split()
)
_WEAK_TITLES = frozenset(
    "miss doctor officer judge captain don sir coach frau pastor uncle aunt auntie detective sergeant tia tio rabbi imam madam".split()
)
_SPANISH_OWNERS = frozenset({"mi", "tu", "su"})
_MY = frozenset("my mi mein meine meinem meinen meiner".split())
_SURE_TITLES = frozenset("dr mr mrs ms prof".split())
_ABBREVIATED_TITLES = frozenset("mr mrs ms dr prof rev sgt capt hr fr sr sra".split())
_BEFORE_ANY_NAME = _SURE_TITLES | KIN
#: Forms after which any word may be a surname.
TITLES_AS_TYPED = frozenset(form for title in _SURE_TITLES for form in (title, title.capitalize(), title.upper()))
_GREETINGS = frozenset(
    "hi hey hello hiya dear hola hallo thanks thx bye goodnight morning sorry heya querida querido liebe lieber ciao yo goodbye congrats".split()
)
_SIGN_OFFS = frozenset(
    "love best cheers regards thanks thankyou sincerely yours xo xoxo xx xxx hugs warmly respectfully saludos abrazos besos gruß grüße lg vg".split()
)
_PERSON_VERBS = frozenset(
    """said says told tells asked asks called texted texts messaged replied thinks thought wants wanted loves loved hates hated left
    cheated lied cried yelled screamed apologized dumped proposed ghosted moved refuses refused hugged kissed smiled laughed""".split()
)
_INTRO = re.compile(
    r"\b(?:name(?:'s|s)?(?: is| was)?|named|called|call me|call (?:her|him|them)|goes by|go by|known as|nicknamed|i am|i'm|im|it's|its|this is|ich heiße|ich bin|me llamo|mi nombre es|se llama|heißt|soy)\s+$",
    re.I,
)
_STRONG_INTRO = re.compile(
    r"(?:name(?:'s|s)?(?: is| was)?|named|call me|goes by|go by|nicknamed|ich heiße|me llamo|mi nombre es|se llama|heißt)\s+$",
    re.I,
)
_OWN_INTRO = re.compile(
    r"(?:\bmy name(?:'s|s)?(?: is)?|\bcall me|\bi am|\bi'?m|\bthis is|ich heiße|ich bin|me llamo|mi nombre es|\bsoy)\s+$", re.I
)
_INITIALS = re.compile(r"(?<![\w.])(?:[^\W\d_]\. ?){1,2}\Z")
#: What stands before a name in Spanish and German: "mi marido", "mein Mann", "me llamo", "ich heiße".
NAME_FOLLOWS = re.compile(
    r"\b(?:(?:mi|tu|su|nuestr[oa]|mein|dein|sein|ihr|unser)(?:e[mnrs]?)?\s(?:ex-?)?(?:marido|esposo|esposa|mujer|novio|novia|pareja|prometid[oa]"
    r"|herman[oa]|hij[oa]|madre|padre|prim[oa]|t[íi][oa]|amig[oa]|suegr[oa]|jef[ea]|vecin[oa]|compañer[oa]|mann|frau|ehemann|ehefrau|freund|freundin"
    r"|schwester|bruder|sohn|tochter|mutter|vater|oma|opa|tante|onkel|kolleg(?:e|in)|chef(?:in)?|verlobte[rn]?|nachbar(?:in)?)"
    r"|me llamo|se llama|mi nombre es|llamad[oa]|heiße|heisse|heißt|namens|mein name ist)\s\Z",
    re.I,
)
# The last words of what ``_INTRO`` matches, folded; those with an apostrophe inside are let through anyway.
_INTRO_ENDS = frozenset(
    "name names is was named called me her him them by as nicknamed am im it its heisse bin llamo es llama heisst soy".split()
)
_LOOK_BACK = 24
_RARE_TIER = 7
_LITTLE_KNOWN = 6
_POSSESSIVES = frozenset({"'s", "’s"})
_FAMILY_TIER = 3
_SENTENCE_END = frozenset('.!?:\n"“”…;)')
_SPEAKER = re.compile(r"^[ \t>*]*([^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+)?)\s?:(?=\s|$)", re.M)
_SIGNATURE = re.compile(r"(?:^|[\n.!?]\s*|\s)(?:[-–—~]{1,2}|xx+|xo+)\s?([^\W\d_][\w'’-]+(?:\s[^\W\d_][\w'’-]+)?)\s*[.!x]*\s*$")
_SPEAKERS = frozenset(
    "user assistant system therapist client patient counselor coach human bot ai q a me you her him note update edit ps tldr them she he husband wife mom dad bf gf".split()
)


def find(text: str, words: Sequence[Word], lexicon: Lexicon, *, lists: bool = True) -> Iterator[Span]:
    """Names in ``text`` by cue and, with ``lists``, by being in the lists of names."""
    trivial, quiet = lexicon.trivial, context_rules.context_only_names()
    lowered = context_rules.lowered(text)
    for position, word in enumerate(words):
        if (word.text in trivial or word.text.replace("’", "'") in trivial) and not (
            word.base in quiet or (position and words[position - 1].base in _BEFORE_ANY_NAME)
        ):
            continue
        cue = _cue(text, lowered, words, position, lexicon)
        if cue:
            role, source = cue
            yield Span(_name_start(text, word), _name_end(text, words, position, lexicon), "PERSON", source, role)
        elif lists and _listed(text, words, position, lexicon):
            yield Span(word.start, _name_end(text, words, position, lexicon), "PERSON", Source.GAZETTEER)


def _cue(text: str, lowered: str, words: Sequence[Word], position: int, lexicon: Lexicon) -> tuple[str, Source] | None:
    word = words[position]
    if (
        lexicon.tiers.get(word.base, 9) <= 2
        and word.base not in lexicon.ambiguous
        and not (word.base in lexicon.ambiguous and word.text[0].isupper())
    ):
        return None
    previous = words[position - 1] if position else None
    gap = text[previous.end : word.start] if previous else ""
    before = text[max(0, word.start - _LOOK_BACK) : word.start]
    # The expression is tried behind the words alone that it can end with: most words stand behind others.
    if (previous is None or previous.base in _INTRO_ENDS or "'" in previous.base) and _INTRO.search(before):
        own = "user" if _OWN_INTRO.search(before) else ""
        strong = _STRONG_INTRO.search(before) is not None
        if _plausible(word, lexicon, strong=strong) and (strong or _after_introduction(text, words, position, lexicon)):
            return own, Source.SELF_INTRODUCTION
    found = _after(words, position, lexicon, gap) if previous else None
    return found or _beside(text, lowered, words, position, lexicon)


def _beside(text: str, lowered: str, words: Sequence[Word], position: int, lexicon: Lexicon) -> tuple[str, Source] | None:
    """Context rules: "jay hit me", "told hope"."""
    word = words[position]
    base = word.base
    if not (base in lexicon.first or base in lexicon.proper or lexicon.tiers.get(base, 9) >= _LITTLE_KNOWN):
        return None
    if not context_rules.may_refer_to_person(text, words, position):
        return None
    possessive = text[word.end : word.end + 2] in _POSSESSIVES
    place = context_rules.context_of(lowered, word.start, word.end + 2 * possessive)
    if not context_rules.refers_to_person(base, possessive, place, lexicon):
        return None
    return ("partner" if place.before in SPOUSES and place.before2 in _MY else ""), Source.CONTEXT_RULE


def _after(words: Sequence[Word], position: int, lexicon: Lexicon, gap: str) -> tuple[str, Source] | None:
    """What the word before says: "my sister …", "dr. …", "hi …"."""
    word, previous = words[position], words[position - 1]
    if (
        previous.base in KIN
        and word.base in lexicon.first
        and word.base in lexicon.ambiguous
        and gap == " "
        and _own_kin(words, position)
    ):
        return "", Source.FAMILY
    if len(previous.text) == 1 and previous.text.isalpha() and gap == ". " and word.base in lexicon.last and len(word.base) > 2:
        return "", Source.SIGNATURE
    if previous.base == "the" and gap == " " and word.text[0].isupper() and _family(word, lexicon):
        return "", Source.FAMILY
    if previous.base in _TITLES and (gap == " " or (gap in (". ", ".") and previous.base in _ABBREVIATED_TITLES)):
        strong = previous.base not in _WEAK_TITLES or previous.text[0].isupper()
        if _plausible(word, lexicon, strong=strong) or (previous.base in _SURE_TITLES and lexicon.tiers.get(word.base, 9) > 2):
            return "", Source.TITLE
    if previous.base in KIN and gap in (" ", ", ", " (", ": ") and position > 1 and _owned(words, position - 1, gap):
        partner = previous.base in SPOUSES and words[position - 2].base in _MY
        abroad = words[position - 2].base in _SPANISH_OWNERS and word.text.istitle()  # "mi novia Iria", though it is a verb
        if (
            abroad
            or (_plausible(word, lexicon, strong=False) and _named(word, lexicon))
            or _has_surname(words, position, lexicon)
        ):
            return ("partner" if partner else ""), Source.KINSHIP
    if previous.base in _GREETINGS and gap in (" ", ", ") and _plausible(word, lexicon, strong=False) and _named(word, lexicon):
        return "", Source.GREETING
    return None


def _has_surname(words: Sequence[Word], position: int, lexicon: Lexicon) -> bool:
    """Whether a rare word after kinship has an unknown one beside it: "my cousin caltha brenwick"."""
    word, following = words[position], words[position + 1] if position + 1 < len(words) else None
    if following is None or following.start != word.end + 1 or position == 0 or words[position - 1].base not in KIN:
        return False
    rare = lexicon.tiers.get(word.base, 9) >= _LITTLE_KNOWN and not word.base.endswith(("s", "ed", "ly", "ing"))
    if not rare and word.base not in lexicon.first:
        return False
    strange = [one for one in (word.base, following.base) if one not in lexicon.tiers and not lexicon.is_name(one)]
    if any(following.base in words for words in (lexicon.tiers, lexicon.unnamed, lexicon.proper)):
        return False
    return not any(len(one) < 4 or "'" in one or is_misspelt(one) for one in strange)


def _own_kin(words: Sequence[Word], position: int) -> bool:
    """Whether "my sister hope" stands here: kinship owned directly, before a word that cannot go on as a verb there."""
    return position > 1 and words[position - 2].base in OWNERS and words[position].base not in {"will", "may"}


def _owned(words: Sequence[Word], position: int, gap: str) -> bool:
    """Whether "my (best|ex|older …) friend" stands here; before a colon right before it, else "Doctor: May I …" is a turn."""
    near = {words[at].base for at in range(max(0, position - (1 if gap == ": " else 3)), position)}
    return bool(near & OWNERS) or any(base.endswith("'s") for base in near)


def _family(word: Word, lexicon: Lexicon) -> bool:
    """Whether "(the) Khans" is a family: a surname in the plural that is no word of its own."""
    surname = word.base[:-1]
    return (
        word.base[-1] == "s"
        and surname in lexicon.last
        and min(lexicon.tiers.get(surname, 9), lexicon.tiers.get(word.base, 9)) > _FAMILY_TIER
        and surname not in lexicon.unnamed
    )


def _plausible(word: Word, lexicon: Lexicon, *, strong: bool) -> bool:
    """Whether the word can be a name: a strong cue asks little, a weak one a capital, a listed or an unknown word."""
    if word.base in lexicon.unnamed or word.base in KIN or word.base in OWNERS or len(word.base) < 2:
        return False
    capital = word.text[0].isupper()
    tier = lexicon.tiers.get(word.base, 9)
    if strong:
        return (capital and (tier > 2 or word.base in lexicon.ambiguous)) or tier > 4 or lexicon.is_name(word.base)
    if capital:
        return lexicon.is_name(word.base) or tier == _RARE_TIER
    return tier > 6 and (word.base in lexicon.first or tier == 9) and word.base not in lexicon.ambiguous


def _named(word: Word, lexicon: Lexicon) -> bool:
    """Whether the word is more than unknown: in a list, or capitalized."""
    return lexicon.is_name(word.base) or (word.text[0].isupper() and not word.text.isupper())


def _after_introduction(text: str, words: Sequence[Word], position: int, lexicon: Lexicon) -> bool:
    """Tell introductions from moods: "I'm Ann" introduces; "I'm Catholic", "I'm exhausted" do not: only listed or capitalized unknown words count."""
    word = words[position]
    if word.base in lexicon.first and word.base not in lexicon.tiers:
        return True
    if not word.text[0].isupper() or word.text.isupper():
        return False
    following = text[word.end : word.end + 1]
    return lexicon.is_name(word.base) or (word.base not in lexicon.tiers and following in {"", ".", ",", "!", "\n", " "})


def _listed(text: str, words: Sequence[Word], position: int, lexicon: Lexicon) -> bool:
    word = words[position]
    base = word.base
    if is_accented_name(word.text, base):
        return True
    if (
        base in lexicon.unnamed
        or base in KIN
        or not lexicon.is_name(base)
        or len(base) < 2
        or (word.text.isupper() and len(base) < 4)
    ):
        return False
    capital = word.text[0].isupper() and not (word.text.isupper() and len(base) > 3 and not text.isupper())
    if base not in lexicon.tiers:
        if capital:
            return base in lexicon.first or base in lexicon.well_known
        return base in lexicon.well_known and len(base) > (2 if base in lexicon.first else 4)
    following = words[position + 1] if position + 1 < len(words) else None
    if capital and base in lexicon.first and not _starts_sentence(text, word.start):
        tier = lexicon.tiers[base]
        if following and following.base in _PERSON_VERBS:
            return True
        surname = (
            following
            and following.text[0].isupper()
            and text[word.end : following.start] == " "
            and following.base in lexicon.last
        )
        return bool(surname) or (base in lexicon.ambiguous and tier > 4) or tier == _RARE_TIER
    return False


def _starts_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 4) : start].rstrip(" \t\u00a0")
    return not before or before[-1] in _SENTENCE_END


def _name_start(text: str, word: Word) -> int:
    """Where the name begins whose first word is ``word``: initials before it belong to it."""
    initials = _INITIALS.search(text, max(0, word.start - 8), word.start)
    return initials.start() if initials else word.start


def _name_end(text: str, words: Sequence[Word], position: int, lexicon: Lexicon) -> int:
    """Where the name ends that starts at ``position``: surnames and second given names belong to it."""
    end = words[position].end
    capital = words[position].text[0].isupper()
    for word in words[position + 1 : position + 4]:
        gap = text[end : word.start]
        if gap not in (" ", "-", ". "):
            break
        if gap == ". " and end - words[position].start > 1:
            break
        if word.text[0].isupper():
            if not capital or word.base in lexicon.unnamed or (word.base in lexicon.tiers and not lexicon.is_name(word.base)):
                break
        elif (capital and gap != "-") or word.base in KIN:
            break
        elif not (lexicon.is_name(word.base) and word.base not in lexicon.tiers):
            if word is words[position + 1] and _has_surname(words, position, lexicon):
                end = word.end
            break
        end = word.end
    return end


def line_patterns(text: str, lexicon: Lexicon) -> Iterator[Span]:
    """Speaker turns ("Ann: …"), signatures ("— Ann") and sign-offs ("Love," above "Ann")."""
    if ":" in text:
        for match in _SPEAKER.finditer(text):
            base = match.group(1).lower()
            name = Word(match.start(1), match.end(1), match.group(1), base.split()[0])
            if base.split()[0] not in _SPEAKERS and lexicon.is_name(name.base) and name.base not in lexicon.tiers:
                yield Span(*match.span(1), "PERSON", Source.GREETING)
    signature = _SIGNATURE.search(text[-60:])
    if signature:
        offset = max(0, len(text) - 60)
        first = signature.group(1).split()[0]
        listed = first[0].isupper() or first.lower() in lexicon.first
        if listed and first.lower() not in _SPEAKERS and _plausible(Word(0, 0, first, first.lower()), lexicon, strong=True):
            yield Span(signature.start(1) + offset, signature.end(1) + offset, "PERSON", Source.SIGNATURE)
    lines = text.rstrip().rsplit("\n", 1)
    if len(lines) == 2 and 1 < len(lines[1].strip(" -–—.")) <= 30:
        words = lines[0].lower().rstrip(" ,.!").rsplit(None, 1)
        last = lines[1].strip(" -–—.")
        if words and words[-1] in _SIGN_OFFS and last.split()[0].lower() not in lexicon.unnamed and len(last.split()) <= 3:
            start = text.rindex(last)
            yield Span(start, start + len(last), "PERSON", Source.SIGNATURE)
