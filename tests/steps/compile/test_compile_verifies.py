"""Every version that compile writes passes all eight gates; input that allows no such version is refused."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compiled_version import compile_records
from dataset_forger import change, check, say, split_rows, violations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_factory import edited, files, make_record, random_text

from attune.config.params import FreezeParams, RunParams
from attune.errors import UsageError
from attune.records.record import SPLITS
from attune.records.test_sets import freeze
from attune.reporting.report import Report
from attune.steps.verify import split_balance

RUN = RunParams(shard_rows=60)
_CYRILLIC = str.maketrans("aeopcyx", "аеорсух")
_SCRIPTS = (
    *("我今天很难过睡不着觉工作压力太大了", "مرحبا كيف حالك اليوم", "שלום אני עצוב", "сегодня мне грустно"),
    *("straße ﬁne ①", "👩‍👩‍👧 ❤️"),
)
_FAMILIES = (
    ("product",),
    ("product", "sarcasm"),
    ("product", "voice_persona"),
    ("voice_persona", "sarcasm"),
    ("product", "mental_health_datasets", "long_running_therapy", "voice_persona"),
)


def make_version(folder: Path, records: list[dict[str, Any]], **params: Any) -> tuple[Report, Path]:
    return compile_records(folder, records, input_rows=41, shard_rows=60, **params)


def sized(sizes: list[int], seed: int = 0, **changes: Any) -> list[dict[str, Any]]:
    """One person for each size, with that number of records."""
    generator = random.Random(seed)
    owners = [owner for owner, size in enumerate(sizes) for _ in range(size)]
    return [
        make_record(number, ["hello", random_text(generator, 30)], subject_id=f"user_{owner}", **changes)
        for number, owner in enumerate(owners)
    ]


def _random_case(generator: random.Random, text: str) -> str:
    return "".join(generator.choice((str.upper, str.lower))(sign) for sign in text)


def _in_tags(generator: random.Random, text: str) -> str:
    """Words in inline elements, and breaks and paragraphs between words."""
    marked = []
    for word in text.split(" "):
        name = generator.choice(("b", "i", "SPAN", "a href='x'", "my-tag", ""))
        marked.append(f"<{name}>{word}</{name.split(' ')[0]}>" if name else word)
    return "".join(f"{word}{generator.choice((' ', ' ', '<br>', '<p>', ' <!-- x --> '))}" for word in marked)


def _with_breaks_in_words(generator: random.Random, text: str) -> str:
    return " ".join(
        f"{word[:2]}{generator.choice(('<wbr>', '<wbr/>', '<b>', '</i>', '&shy;'))}{word[2:]}" for word in text.split()
    )


def _as_references(generator: random.Random, text: str) -> str:
    """Some characters as decimal, hexadecimal or named references, escaped up to three times."""
    names = {" ": "&nbsp;", "&": "&amp;", "<": "&lt;", "'": "&apos;"}
    written = [
        generator.choice((f"&#{ord(sign)};", f"&#x{ord(sign):X};", names.get(sign, f"&#0{ord(sign)};")))
        if generator.random() < 0.3
        else sign
        for sign in text
    ]
    return "".join(written).replace("&", f"&{'amp;' * generator.randrange(3)}")


# Each makes of a text one that a reader takes for the same. Markup comes last, as an export adds it.
_EDITS: tuple[Callable[[random.Random, str], str], ...] = (
    lambda _, text: " ".join(word[:1] + word[1:].translate(_CYRILLIC) for word in text.split(" ")),
    lambda _, text: "\u200b".join(text),
    lambda _, text: "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() and sign.isalnum() else sign for sign in text),
    lambda _, text: "\u00ad".join(text[place : place + 3] for place in range(0, len(text), 3)),
    _random_case,
    lambda generator, text: "".join(f"{word}{generator.choice((', ', ' – ', '... ', '!  '))}" for word in text.split(" ")),
    lambda generator, text: " ".join(f"{word} {generator.choice(('😅', '❤️', '', ''))}" for word in text.split(" ")),
    _with_breaks_in_words,
    _in_tags,
    _as_references,
)


def disguised(generator: random.Random, text: str, most: int = 1) -> str:
    """A text that looks the same, after up to ``most`` edits."""
    for edit in sorted(generator.sample(range(len(_EDITS)), generator.randint(1, most))):
        text = _EDITS[edit](generator, text)
    return text


def mixture(generator: random.Random, count: int) -> list[dict[str, Any]]:
    """A random mixture of people, families, origins, scripts, turns and copies."""
    families = generator.choice(_FAMILIES)
    synthetic, copied, owned = generator.choice([0, 0, 0.3, 0.6, 0.95]), generator.choice([0, 0.2, 0.6]), generator.random()
    turns, records, texts = generator.choice([1, 1, 3]), [], list[list[str]]()
    for number in range(count):
        if texts and generator.random() < copied:
            contents = list(generator.choice(texts))
            disguise = generator.random() < 0.4
            contents[-1] = disguised(generator, contents[-1]) if disguise else edited(generator, contents[-1], number % 6)
        else:
            contents = [
                random_text(generator, generator.choice([1, 5, 30, 200])) + " " + generator.choice(("", "", *_SCRIPTS))
                for _ in range(2 * turns)
            ]
        texts.append(contents)
        messages = [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(contents)]
        if generator.random() < 0.2:
            messages.insert(0, {"role": "system", "content": generator.choice(texts)[-1]})
        owner = 0 if owned < 0.3 and generator.random() < 0.8 else generator.randrange(count if owned < 0.8 else 4)
        records.append(
            make_record(
                number,
                [],
                messages=messages,
                subject_id=generator.choice([f"user_{owner}", f"USER_{owner}", f"user_{owner}"]),
                family=generator.choice(families),
                source="synthetic" if generator.random() < synthetic else "user_generated",
                rejected_response=generator.choice([None, None, generator.choice(texts)[-1]]),
            )
        )
    return records


@given(seed=st.integers(0, 2**32), count=st.sampled_from([1, 3, 6, 12, 30, 80]))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_version_passes_all_gates_or_is_refused(seed: int, count: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("mixture")
    records = mixture(random.Random(seed), count)
    try:
        report, version = make_version(folder, records)
    except UsageError:
        return
    assert report.rows is not None
    assert count == report.rows.kept + sum(report.rows.rejected.values()) + sum(report.rows.quarantined.values())
    assert violations(check(version, required_families={}, category_tolerance=1)) == {}
    before = files(version)
    assert before == files(make_version(folder, records)[1])


@pytest.mark.parametrize(
    "sizes",
    [
        *([1, 1, 1], [80, 15, 5], [5, 5, 90], [40, 40, 40], [50, 50, 1, 1], [9] * 3, [10] * 10),
        *([300, *[1] * 40], [7, 11, 13, 17, 19] * 8),
    ],
    ids=str,
)
def test_few_groups_of_any_size_give_the_best_shares_that_they_allow(sizes: list[int], tmp_path: Path) -> None:
    report, version = make_version(tmp_path, sized(sizes))
    assert violations(check(version, required_families={})) == {}
    assert sum(report.numbers["splits"].values()) == sum(sizes)
    assert min(report.numbers["splits"].values()) >= 1
    assert report.numbers["splits"]["train"] >= max(sizes)


def test_a_split_that_is_off_although_groups_allow_better_still_fails(tmp_path: Path) -> None:
    _, version = make_version(tmp_path, sized([300, *[1] * 60]))
    moved = [row for row in split_rows(version, "train") if row["subject_id"] != "user_0"][:25]
    change(version, "test", lambda rows: rows.extend({**row, "split": "test"} for row in moved))
    found = check(version, required_families={})
    assert violations(found)["share of a split is off"] >= 1
    told = [detail for check_, _, detail in found.numbers["gates"]["distribution"]["examples"] if check_.startswith("share")]
    assert ": a group of 1 could go from " in told[0]


@pytest.mark.parametrize("compared", [2_000, 40], ids=["all records", "a sample"])
def test_shares_that_similar_texts_explain_pass_and_others_do_not(
    compared: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split_balance, "EXHAUSTIVE_RECORDS", compared)
    generator = random.Random(2)
    text = random_text(generator, 90)
    others = [random_text(generator, 8) for _ in range(114)]
    similar = [make_record(number, ["hello", f"{text} {other}"]) for number, other in enumerate(others)]
    strangers = [make_record(200 + number, ["hello", random_text(generator, 90)]) for number in range(6)]
    report, version = make_version(tmp_path, similar + strangers)
    assert report.numbers["splits"] == {"train": 114, "validation": 3, "test": 3}
    assert violations(check(version, split_tolerance=0.01, required_families={})) == {}
    _, other = make_version(tmp_path / "other", sized([300, *[1] * 60]))
    moved = [row for row in split_rows(other, "train") if row["subject_id"] != "user_0"][:25]
    change(other, "test", lambda rows: rows.extend({**row, "split": "test"} for row in moved))
    assert violations(check(other, required_families={}))["share of a split is off"] >= 1


@pytest.mark.parametrize("edit", range(len(_EDITS)))
def test_a_conversation_and_its_disguised_copy_are_never_in_two_splits(edit: int, tmp_path: Path) -> None:
    generator = random.Random(edit)
    records = []
    for number in range(0, 240, 2):
        texts = "how are you", f"i don't {random_text(generator, 30)}"
        records += [
            make_record(number, list(texts)),
            make_record(number + 1, [_EDITS[edit](generator, text) for text in texts]),
        ]
    report, version = make_version(tmp_path, records)
    assert violations(check(version)) == {}
    assert report.rows is not None
    assert report.rows.rejected == {"near_duplicate": 120}


@given(seed=st.integers(0, 2**32), words=st.sampled_from([2, 6, 12, 60, 200]))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_with_any_edits_of_copies_the_version_passes_the_leakage_gate(
    seed: int, words: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    generator = random.Random(seed)
    records = []
    for number in range(40):
        texts = ["hello you", random_text(generator, words)]
        records.append(make_record(2 * number, texts))
        if generator.random() < 0.7:
            copy = [disguised(generator, text, 4) for text in texts]
            copy[-1] = generator.choice((copy[-1], f"{copy[-1]} {random_text(generator, generator.randint(1, 3))}"))
            records.append(make_record(2 * number + 1, copy))
    _, version = make_version(tmp_path_factory.mktemp("edited"), records)
    assert check(version, required_families={}, category_tolerance=1).failed_gates == []


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_version(tmp_path_factory.mktemp("plain"), sized([1] * 60, seed=8))[1]


@given(seed=st.integers(0, 2**32), words=st.sampled_from([1, 5, 30, 160]), split=st.sampled_from(["train", "validation"]))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_planted_edited_copy_of_a_test_record_is_found(
    plain: Path, seed: int, words: int, split: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    generator = random.Random(seed)
    version = Path(shutil.copytree(plain, tmp_path_factory.mktemp("planted") / "out"))
    text = random_text(generator, words)
    change(version, "test", lambda rows: say(rows[0], text))
    copy = [
        {**message, "content": disguised(generator, message["content"], 4)}
        for message in split_rows(version, "test")[0]["messages"]
    ]
    change(version, split, lambda rows: rows[0].update(messages=copy))
    found = violations(check(version, required_families={}))
    assert found["identical after normalization in two splits"] == 1
    assert words < 8 or found["near duplicate in two splits"] == 1


def test_a_chain_of_versions_passes_and_never_trains_on_what_is_frozen(tmp_path: Path) -> None:
    generator = random.Random(9)
    everything = sized([1 + place % 4 for place in range(260)], seed=5)
    _, first = make_version(tmp_path / "1", everything[:400])
    frozen = str(tmp_path / "frozen")
    freeze(str(first), frozen, FreezeParams(general=5, personalization=2, safety=1, empathy=2), seed=1, short=True)
    held = {row["record_id"] for row in split_rows(first, "test")}
    copies = [
        make_record(5_000 + number, ["hello", edited(generator, record["messages"][1]["content"], 1)])
        for number, record in enumerate(everything[:400])
        if record["record_id"] in held
    ]
    grown = [*everything, *copies]
    kept = [record for record in grown if generator.random() < 0.6]
    for name, records in (("2", grown), ("3", kept)):
        report, version = make_version(tmp_path / name, records, version=int(name), test_sets=[frozen])
        assert violations(check(version, test_sets=[frozen])) == {}
        trained = {row["record_id"] for split in SPLITS[:2] for row in split_rows(version, split)}
        sets = [row for folder in sorted(Path(frozen).glob("*/")) for row in split_rows(Path(frozen), folder.name)]
        assert not trained & {row["record_id"] for row in sets}
        assert report.rows is not None
        assert Counter(report.rows.rejected)["frozen_test_set"] >= len({row["record_id"] for row in sets}) * 0.5
