"""Hypothesis strategies for reports: anything that a step could hand to the page, and nastier."""

from __future__ import annotations

from hypothesis import strategies as st

from attune.reporting.report import (
    Bars,
    Checks,
    Histogram,
    Intervals,
    Line,
    Lines,
    Links,
    Report,
    Rows,
    Table,
    Text,
    Tile,
    Tiles,
)

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]>&amp;",
    "",
    "  ",
    "\x00\x08\ud800￾",
    "a" * 300,
    "語" * 40,
]
words = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))
floats = st.floats(allow_nan=True, allow_infinity=True)
numbers = st.one_of(st.integers(-(10**18), 10**18), floats)
counts = st.integers(0, 10**9)
named = st.dictionaries(words, numbers, max_size=6)


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    kept = draw(counts)
    rejected = draw(st.dictionaries(words, counts, max_size=12))
    quarantined = draw(st.dictionaries(words, counts, max_size=3))
    return Rows(kept + sum(rejected.values()) + sum(quarantined.values()), kept, rejected, quarantined)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.lists(words, min_size=1, max_size=5))
    cells = st.one_of(words, numbers, st.none(), st.booleans())
    size = len(columns)
    return Table(
        draw(words),
        columns,
        draw(st.lists(st.lists(cells, min_size=size, max_size=size), max_size=5)),
        draw(words),
        draw(words),
    )


@st.composite
def histograms(draw: st.DrawFn) -> Histogram:
    edges = sorted(draw(st.lists(st.floats(allow_nan=False), min_size=2, max_size=12)))
    size = len(edges) - 1
    return Histogram(
        draw(words), edges, draw(st.lists(counts, min_size=size, max_size=size)), draw(words), draw(words), draw(named)
    )


@st.composite
def series(draw: st.DrawFn) -> Line:
    size = draw(st.integers(0, 40))
    column = st.lists(numbers, min_size=size, max_size=size)
    band = draw(st.booleans())
    return Line(draw(words), draw(column), draw(column), draw(column) if band else (), draw(column) if band else ())


tiles = st.builds(
    Tiles,
    st.lists(
        st.builds(Tile, words, words, st.one_of(words, numbers), words, st.sampled_from(["neutral", "good", "warning", "bad"])),
        max_size=4,
    ),
)
blocks = st.one_of(
    tiles,
    tables(),
    histograms(),
    st.builds(Bars, words, st.dictionaries(words, numbers, max_size=50), words, words, named),
    st.builds(Lines, words, st.lists(series(), max_size=4), words, words, words, named, named),
    st.builds(Intervals, words, st.dictionaries(words, st.tuples(numbers, numbers, numbers), max_size=6), words, words),
    st.builds(Checks, words, st.lists(st.tuples(words, st.booleans(), words), max_size=4)),
    st.builds(Text, words, st.lists(words, max_size=3)),
    st.builds(Links, words, st.lists(st.tuples(words, words, words), max_size=3)),
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), floats, words),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
    max_leaves=8,
)
reports = st.builds(
    Report,
    words,
    words,
    words,
    st.one_of(st.none(), rows()),
    st.dictionaries(words, json_values, max_size=4),
    st.lists(blocks, max_size=5),
    st.lists(words, max_size=3),
)
