"""How people type: lower case, typing errors, emoji, no full stops; and text that was decoded with the wrong table."""

from __future__ import annotations

from sample import span_markers
from sample.grammar import Random
from sample.identifiers import pick

STYLES = ("proper", "lower", "typos", "emoji", "run_on")
_JOINTS = (" and ", " and ", ", ", " so ", " but ", " like ")
_SHORTHAND = (
    ("you are", "ur"), (" you ", " u "), (" because ", " bc "), (" I do not know", " idk"), (" do not ", " dont "),
    (" cannot ", " cant "), ("honestly", "tbh"), (" with ", " w "), (" right now", " rn"), ("did not", "didnt"),
    (" we are ", " were "),
)  # fmt: skip
_CONTRACTIONS = (
    ("I am ", "I'm "), (" do not ", " don't "), ("cannot", "can't"), (" did not ", " didn't "), ("We are ", "We're "),
    (" is not ", " isn't "), ("I have ", "I've "), ("It is ", "It's "), ("it is ", "it's "), ("I would ", "I'd "),
    (" does not ", " doesn't "),
)  # fmt: skip


def type_out(text: str, style: str, rng: Random, emoji: tuple[str, ...]) -> str:
    """``text`` as somebody of this ``style`` types it; planted values keep their marks."""
    if rng() < 0.5:
        text = span_markers.around(text, _contract)
    if style == "lower":
        return (
            span_markers.around(text, _lower, lower=True) if rng() < 0.6 else span_markers.around(text, _text_speak, lower=True)
        )
    if style == "typos":
        return span_markers.around(text, lambda piece: _mistype(piece, rng))
    if style == "emoji":
        return f"{text} {pick(rng, emoji)}{pick(rng, emoji) if rng() < 0.3 else ''}" if rng() < 0.8 else text
    if style == "run_on":
        return span_markers.around(text, lambda piece: _run_on(piece, rng)).rstrip(".")
    return text


def typographic(text: str) -> str:
    """``text`` with the quotation marks and dashes that a word processor sets."""
    pieces = text.replace("'", "’").split('"')
    quoted = "".join(piece + ("“" if index % 2 == 0 else "”") for index, piece in enumerate(pieces[:-1])) + pieces[-1]
    return quoted.replace(" - ", " – ").replace("...", "…")


def misdecode(text: str) -> tuple[str, str]:
    """The UTF-8 of ``text`` read with an older table, and the name of that table: cp1252 where it has all the bytes."""
    content = text.encode()
    try:
        return content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _contract(piece: str) -> str:
    for long, short in _CONTRACTIONS:
        if long in piece:
            piece = piece.replace(long, short)
    return piece


def _lower(piece: str) -> str:
    return piece.lower()


def _text_speak(piece: str) -> str:
    for long, short in _SHORTHAND:
        if long in piece:
            piece = piece.replace(long, short)
    return piece.lower().replace(". ", " ").removesuffix(".")


def _run_on(piece: str, rng: Random) -> str:
    sentences = piece.split(". ")
    out = sentences[0]
    for sentence in sentences[1:]:
        start = sentence if sentence.startswith(("I ", "I'")) else sentence[:1].lower() + sentence[1:]
        out += pick(rng, _JOINTS) + start
    return out


def _mistype(piece: str, rng: Random) -> str:
    words = piece.split(" ")
    for _ in range(1 + len(words) // 12):
        index = int(rng() * len(words))
        word = words[index]
        if len(word) < 4 or not word.isalpha():
            continue
        at = 1 + int(rng() * (len(word) - 2))
        form = rng()
        if form < 0.4:
            words[index] = f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"
        elif form < 0.7:
            words[index] = word[:at] + word[at + 1 :]
        else:
            words[index] = word[:at] + word[at] + word[at:]
    return " ".join(words)
