"""``pairs.html``: pairs with the decision on each, their differences marked word by word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from attune.reporting.markup import document, human, section, text, value_attributes

PAGE = "pairs.html"

_MOST_WORDS = 600  # of a conversation; what is beyond is not shown
_CONTEXT = 8  # equal words that are shown before and after a difference
_STYLE = """<style>
.pair-text { max-width: 76ch; margin-top: 8px; font-size: 14px; line-height: 1.65; overflow-wrap: anywhere; }
.pair-text del { color: var(--bad); text-decoration-thickness: 2px; }
.pair-text ins { color: var(--good); text-decoration-thickness: 2px; text-underline-offset: 3px; }
.pair-text .role { color: var(--soft); font-size: 12px; font-weight: 650; }
.pair-text .gap { color: var(--soft); font-size: 12.5px; white-space: nowrap; }
.pair-facts { font-size: 13.5px; color: var(--soft); } .pair-facts b { color: var(--ink); font-variant-numeric: tabular-nums; }
.pair-ids { font-size: 12.5px; color: var(--soft); overflow-wrap: anywhere; }
article + article { border-top: 1px solid var(--line); margin-top: 18px; padding-top: 14px; }
</style>"""


@dataclass(frozen=True)
class ShownPair:
    """One pair as the page shows it; messages are None for a record of an earlier batch, whose text is not read."""

    better_id: str
    worse_id: str
    similarity: float
    outcome: str
    because: str
    better: Sequence[Mapping[str, str]] | None
    worse: Sequence[Mapping[str, str]] | None


def render_pairs(shown: Sequence[ShownPair], meanings: Mapping[str, str], total: int, threshold: float, file: str) -> str:
    """The page; equal pairs give equal bytes."""
    header = (
        '<p class="step">Attune · step <b>dedupe</b></p><h1>Pairs and decisions</h1>'
        f'<p class="lead">{len(shown):,} of {total:,} pairs, of each decision those closest to the threshold of '
        f"{threshold:g}. What only the better record says is <del>struck</del>, what only the worse one says is "
        f"<ins>underlined</ins>. All pairs are in {text(file)}.</p>"
    )
    parts = [_STYLE]
    for outcome, meaning in meanings.items():
        own = [pair for pair in shown if pair.outcome == outcome]
        if own:
            title = outcome.replace("_", " ").capitalize()
            parts.append(section(title, "".join(_article(pair) for pair in own), note=f"{meaning[0].upper()}{meaning[1:]}."))
    if not shown:
        parts.append(section("No pairs", "<p>No two records were similar enough to be compared.</p>"))
    return document("Pairs and decisions · dedupe", header, "\n".join(parts), f"Every pair is in <code>{text(file)}</code>.")


def _article(pair: ShownPair) -> str:
    key = f"pairs/{pair.better_id}/{pair.worse_id}"
    similarity = f"<b {value_attributes(f'{key}/similarity', pair.similarity)}>{pair.similarity:.3f}</b>"
    return (
        f'<article><p class="pair-facts">similarity {similarity}{f" · {text(pair.because)}" if pair.because else ""}</p>'
        f'<p class="pair-ids">better {human(pair.better_id)}<br>worse {human(pair.worse_id)}</p>'
        f'<p class="pair-text">{_difference(pair)}</p></article>'
    )


def _difference(pair: ShownPair) -> str:
    if pair.better is None or pair.worse is None:
        only = pair.worse if pair.better is None else pair.better
        said = " ".join(_run(_words(only or [])[:_MOST_WORDS]))
        return f'<span class="gap">The other one came in an earlier batch, whose texts are not read.</span> {said}'
    better, worse = _words(pair.better)[:_MOST_WORDS], _words(pair.worse)[:_MOST_WORDS]
    matcher = SequenceMatcher(None, better, worse, autojunk=False)
    parts: list[str] = []
    codes = matcher.get_opcodes()
    for number, (kind, start, stop, other_start, other_stop) in enumerate(codes):
        if kind == "equal":
            parts.extend(_equal(better[start:stop], first=number == 0, last=number == len(codes) - 1))
            continue
        if stop > start:
            parts.append(f"<del>{' '.join(_run(better[start:stop]))}</del>")
        if other_stop > other_start:
            parts.append(f"<ins>{' '.join(_run(worse[other_start:other_stop]))}</ins>")
    return " ".join(parts)


def _words(messages: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    """Words with their kind: ``role`` for who speaks, ``word`` for what is said."""
    words: list[tuple[str, str]] = []
    for message in messages:
        words.append(("role", str(message["role"])))
        words.extend(("word", word) for word in str(message["content"]).split())
    return words


def _run(words: Sequence[tuple[str, str]]) -> Iterator[str]:
    for kind, word in words:
        yield f'<span class="role">{text(word)}:</span>' if kind == "role" else text(word)


def _equal(words: Sequence[tuple[str, str]], *, first: bool, last: bool) -> Iterator[str]:
    """Words that both say; of a long run those beside the differences."""
    before = (2 * _CONTEXT if last else 0) if first else _CONTEXT  # of two equal texts the beginning
    after = 0 if last else _CONTEXT
    if len(words) <= before + after + _CONTEXT:
        yield from _run(words)
        return
    yield from _run(words[:before])
    yield f'<span class="gap">… {len(words) - before - after:,} equal words …</span>'
    yield from _run(words[len(words) - after :])
