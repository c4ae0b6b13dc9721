"""Text normalization: the one definition of "the same text", used by dedupe, compile and verify.

:func:`normalize` maps texts that a reader cannot tell apart to the same string. In this order:

1. Invisible characters (zero-width spaces, soft hyphens) are removed, and compatibility forms (full-width letters, ligatures)
   and combining accents become the letters that they show (Unicode NFKC).
2. HTML character references (``&#39;``, ``&amp;``, ``&nbsp``) become the characters that a browser shows. Text that was escaped
   several times (``&amp;#39;``) is unescaped until nothing changes, :data:`MAX_UNESCAPES` times at most.
3. HTML tags and comments are removed. A tag that starts a new line or block (``<br>``, ``<p>``, ``<li>``) becomes a space, so
   it ends a word; all others (``<b>``, ``<span>``, ``<wbr>``, unknown names) leave nothing, so ``s<b>lee</b>p`` is ``sleep``.
   ``a < b`` and ``<3`` are no tags. Escaped tags (``&lt;b&gt;``) are tags, because step 2 comes first.
4. Case is removed in every script (``str.casefold``: STRASSE is straße).
5. In a word that mixes Latin with Greek or Cyrillic letters, letters that look like a Latin one become that one. Words of one
   alphabet stay as they are: Russian is no misspelt English.

ASCII text without ``<`` and ``&`` needs step 4 only. Change :data:`NORMALIZATION_VERSION` whenever the result for any text
changes: ``compile`` writes it into the manifest, and ``verify`` refuses a version that was made with a normalization it does
not know.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence

NORMALIZATION_VERSION = "1"
MAX_UNESCAPES = 8

#: Characters that show nothing: zero-width spaces, soft hyphens, marks of direction, variation selectors, tags.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]+"
)

# Numbers are bounded, because int() refuses thousands of digits; no name of HTML is longer than 32 letters.
_REFERENCE = re.compile(r"&(?:#0{0,9}\d{1,7}|#x0{0,9}[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});?", re.IGNORECASE)
_ESCAPED_AMPERSANDS = re.compile(r"&(?:(?:amp|#38|#x26);)+", re.IGNORECASE)  # all layers of one sign at once
_TAG = re.compile(r"<!--.{0,1000}?-->|</?([a-z][a-z0-9:-]{0,30})(?:[\s/][^<>]{0,1000})?>", re.IGNORECASE | re.DOTALL)
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|br|button|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|"
    "form|frame|h[1-6]|head|header|hr|html|iframe|img|input|legend|li|link|main|menu|meta|nav|ol|optgroup|option|p|pre|section|"
    "select|summary|table|tbody|td|textarea|tfoot|th|thead|title|tr|ul|video",
    re.IGNORECASE,
)

#: Greek and Cyrillic small letters, and the Latin ones that they look like.
LOOKALIKES = str.maketrans("аеорсухіјѕԁһӏԛԝαοερνικτυχ", "aeopcyxijsdhlqwaoepviktux")
#: Greek and Cyrillic, as a range for an expression.
OTHER_ALPHABET = "\u0370-\u03ff\u0400-\u052f"  # Greek, Cyrillic
_HAS_OTHER_ALPHABET = re.compile(f"[{OTHER_ALPHABET}]")
_MIXED = re.compile(f"[a-z][{OTHER_ALPHABET}]|[{OTHER_ALPHABET}][a-z]")
_WORD_CHARACTERS = re.compile(r"\w+")

# Combining marks are part of the word that they stand in; scripts from U+3000 on that have words do not use them.
_MARKS = "".join(chr(code) for code in range(0x300, 0x3000) if unicodedata.category(chr(code))[0] == "M")
_BETWEEN_WORDS = re.compile(rf"[^\x00-\x7f\w{_MARKS}]+")
# Digits in circles (❶) are words but stand among pictographs, which are none: they are moved to an unused script, Glagolitic.
_CIRCLED_DIGIT = re.compile("[\u2776-\u2793]")
_TO_GLAGOLITIC = 0x2C30 - 0x2776

# From U+3000 on (Chinese, Japanese, Korean) and beyond the basic plane every letter is a word by itself.
_UNSPACED = "\u3000-\ud7ff\U00010000-\U0010ffff"
_WORD = re.compile(rf"(?=[^\W_])[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+")
_PICTOGRAPHS = re.compile("[\u2010-\u2027\u2030-\u205e\u2600-\u26ff\U0001f300-\U0001faff]")  # dashes, quotes, emoji

_NO_LETTERS = re.compile(r"[\W_]+")
_ASCII_WORDS = bytes(code if chr(code).isalnum() else 32 for code in range(128)) + bytes(128)
_ASCII_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum())


def normalize(text: str) -> str:
    """The normalized form of a text; equal for texts that a reader takes for the same. See the module for the steps."""
    if text.isascii() and "<" not in text and "&" not in text:
        return text.lower()
    text = visible_text(text)
    if "<" in text:
        text = _composed(_TAG.sub(_in_place_of_tag, text))
    text = text.casefold()
    if _HAS_OTHER_ALPHABET.search(text) and _MIXED.search(text):
        text = _WORD_CHARACTERS.sub(_in_one_alphabet, text)
    return text


def visible_text(text: str) -> str:
    """Steps 1 and 2 alone: a text with resolved character references, without invisible characters; case and tags stay."""
    text = _composed(text)
    if "&" in text:
        text = _composed(_unescaped(text))
    return text


def conversation_text(messages: Sequence[Mapping[str, str]]) -> str:
    """What the user and the assistant said, normalized message by message, a line each. System prompts are left out."""
    return "\n".join(normalize(message["content"] or "") for message in messages if message["role"] != "system")


def words(normalized: str) -> list[str]:
    """The words of a normalized text: runs of letters, digits and combining marks; where a script has no spaces, each letter.

    Punctuation, symbols and emoji end a word and are no words. ``similarity.shingles`` finds the same words in bytes.
    """
    if normalized.isascii():
        return normalized.encode().translate(_ASCII_WORDS).decode().split()
    return _WORD.findall(_PICTOGRAPHS.sub(" ", normalized))


def text_for_shingling(text: str) -> str:
    """The normalized form of a text in which spaces and ASCII signs alone end words, as ``similarity.shingles`` needs it."""
    moved = _CIRCLED_DIGIT.sub(lambda digit: chr(ord(digit.group()) + _TO_GLAGOLITIC), normalize(text))
    return _BETWEEN_WORDS.sub(" ", moved)


def letters(text: str) -> str:
    """The letters and digits of a text, normalized: equal for texts that differ in markup, case, space and punctuation only."""
    return letters_of(normalize(text))


def letters_of(normalized: str) -> str:
    """The letters and digits of a text that is normalized already."""
    if normalized.isascii():
        return normalized.encode().translate(None, _ASCII_SIGNS).decode()
    return _NO_LETTERS.sub("", normalized)


def _composed(text: str) -> str:
    """A text in NFKC without invisible characters."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
    return INVISIBLE.sub("", text)  # again: some compatibility forms stand for an invisible character


def _unescaped(text: str) -> str:
    for _ in range(MAX_UNESCAPES):
        before = text
        text = _REFERENCE.sub(_referenced, _ESCAPED_AMPERSANDS.sub("&", text))
        if text == before or "&" not in text:
            break
    return text


def _referenced(reference: re.Match[str]) -> str:
    """The character of a reference; names that HTML knows in lower case only are accepted in any case."""
    found = html.unescape(reference.group())
    return html.unescape(found.lower()) if found == reference.group() else found


def _in_place_of_tag(tag: re.Match[str]) -> str:
    return " " if _BLOCK.fullmatch(tag.group(1) or "") else ""


def _in_one_alphabet(word: re.Match[str]) -> str:
    return word.group().translate(LOOKALIKES) if _MIXED.search(word.group()) else word.group()
