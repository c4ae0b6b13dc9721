"""What makes redaction fast may not change what it finds: the cheap looks that spare texts and words the costly ones."""

from __future__ import annotations

import ast
import gc
import inspect
import re
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.config.params import RedactParams
from attune.redaction import context_rules, context_words, health, name_rules, organizations, patterns, self_introductions
from attune.redaction.detection import _TRIGGER_WORDS, RepeatCache
from attune.redaction.lexicon import fold, forms_of, lexicon, words_of
from attune.redaction.redactor import Redactor
from attune.redaction.types import Known
from attune.runtime.resources import garbage_collection_paused
from attune.text.repair import repair


def _sets_asked_for(module: ModuleType) -> dict[str, frozenset[str]]:
    """The constants of a module that the words of a text are compared with."""
    found: dict[str, frozenset[str]] = {}
    for function in vars(module).values():
        if not inspect.isfunction(function) or function.__module__ != module.__name__:
            continue
        for node in ast.walk(ast.parse(inspect.getsource(function))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "words.isdisjoint":
                name = ast.unparse(node.args[0])
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd) and ast.unparse(node.left) == "words":
                name = ast.unparse(node.right)
            else:
                continue
            value = eval(name, dict(vars(module))) if re.fullmatch(r"[\w.]*[A-Z_]{3,}", name) else None
            if value is not None:
                found[name] = frozenset(value)
    return found


@pytest.mark.parametrize("module", [patterns, organizations, self_introductions])
def test_every_set_of_words_that_a_table_asks_for_is_among_the_words_that_it_is_told(module: ModuleType) -> None:
    asked = _sets_asked_for(module)
    assert asked
    for name, words in asked.items():
        assert words <= module.WORDS, name
        assert words <= _TRIGGER_WORDS, name


_PLACE_WORDS = sorted(
    context_rules._BEFORE_PERSON
    | context_rules._AFTER_PERSON
    | context_words.SOMEBODY
    | context_words.OPENERS
    | context_words.ME
    | {"w/", "&", "+", "house", "cooking", "mamá", "x"}
)
_NAMES = ["jay", "hope", "will", "grace", "rose", "mark", "jordan", "summer", "kash", "bec"]
_GAPS = st.sampled_from([" ", " ", " ", ", ", ". ", "\n", "  ", " (", "'s "])


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_PLACE_WORDS), _GAPS), min_size=4, max_size=4), st.sampled_from(_NAMES))
def test_nobody_is_passed_over_by_the_look_at_the_neighbours_alone(around: list[tuple[str, str]], name: str) -> None:
    (one, gap1), (two, gap2), (three, gap3), (four, _) = around
    text = f"{one}{gap1}{two}{gap2}{name}{gap3}{three} {four}"
    lower, lists = context_rules.lowered(text), lexicon()
    start = len(f"{one}{gap1}{two}{gap2}")
    end = start + len(name)
    words = words_of(text)
    position = next(at for at, word in enumerate(words) if word.start == start)
    if context_rules.refers_to_person(name, False, context_rules.context_of(lower, start, end), lists):
        assert context_rules._may_refer(lower, start, end)
        assert context_rules.may_refer_to_person(text, words, position)
    if context_rules.refers_to_person(name, True, context_rules.context_of(lower, start, end + 2), lists) and gap3 == "'s ":
        assert context_rules.may_refer_to_person(text, words, position)


_INTRODUCTIONS = (
    "my name|her name's|their names|name is|his name was|named|they called|call me|call her|call him|call them|goes by|go by"
    "|known as|nicknamed|i am|i'm|im|it's|its|this is|ich heiße|Ich bin|me llamo|mi nombre es|se llama|er heißt|soy"
    "|My Name Is|I'M"
)


@pytest.mark.parametrize("before", _INTRODUCTIONS.split("|"))
def test_every_introduction_ends_with_a_word_that_lets_it_be_tried(before: str) -> None:
    text = f"well, {before} Xanthie"
    assert name_rules._INTRO.search(text.removesuffix("Xanthie"))
    previous = words_of(text)[-2].base
    assert previous in name_rules._INTRO_ENDS or "'" in previous


@given(st.text(alphabet=st.sampled_from("abc's dxaltst 12mgµıſKİ.hivHIVlabthe\n"), max_size=60))
def test_the_cues_of_health_word_by_word_are_those_of_the_expression(text: str) -> None:
    assert health._has_cue(text) == (health._CUE.search(text) is not None)


@given(st.text(max_size=60))
def test_texts_of_ascii_are_cut_into_the_same_words_as_others(text: str) -> None:
    plain = text.encode("ascii", "ignore").decode()
    assert forms_of(plain) == forms_of(f"{plain} \u00e9")[:-1]


_CUED = [
    self_introductions._INTRODUCED,
    self_introductions._TOLD,
]
_CUED_WORDS = sorted({word for one in _CUED for word in re.findall(r"[A-Za-z]{2,}", one.expression.pattern)})
_CUED_WORDS += ["Hi", "TOLD", "workin", "Harlow", "Systems", "I'm", "it's", "x"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_CUED_WORDS), st.sampled_from([" ", " ", ", ", "'", "_", "", "\n"])), max_size=9))
def test_a_cued_expression_finds_what_it_finds_when_it_is_tried_everywhere(words: list[tuple[str, str]]) -> None:
    text = "".join(f"{word}{gap}" for word, gap in words)
    for one in _CUED:
        assert [match.span() for match in one.finditer(text)] == [match.span() for match in one.expression.finditer(text)]


@given(st.text(alphabet=st.sampled_from("aeo éñüßçãàÃÂ ’“”😢,."), max_size=40))
def test_letters_with_accents_that_stand_alone_need_no_repair_and_wrong_ones_still_get_it(text: str) -> None:
    import unicodedata

    wrong = unicodedata.normalize("NFC", f"más {text} después").encode().decode("latin-1")
    assert repair("él dijo que más, y después no")[1] == 0
    assert repair(wrong)[1] >= 1


def test_what_was_read_before_never_changes_what_is_said_of_a_text() -> None:
    """Texts that come again, words that are known by heart and a redactor that has read other languages."""
    texts = [
        "told Priya about it",
        "Sie sagt, dass Anke nie zuhört und ich nicht weiß, was das ist",
        "ok thanks",
        "mi hermana Lucía y yo",
        "I'm Mark",
    ]
    known = Known(user=("Mark Olsen",))
    used = Redactor(RedactParams())
    for _ in range(3):
        again = used.redact_many([([{"role": "user", "content": text}], known) for text in [*texts, *reversed(texts)]])
    for text, result in zip(texts, again, strict=False):
        assert result == Redactor(RedactParams()).redact([{"role": "user", "content": text}], known)


def test_what_is_kept_of_texts_is_bounded_and_only_of_those_that_came_twice() -> None:
    kept: RepeatCache[int] = RepeatCache(most=10, remembered=100)
    for number in range(5_000):
        kept.add(f"text {number}", number)
        assert kept.get(f"text {number}") is None
        assert len(kept._seen) + len(kept._seen_before) <= 200
    for _ in range(2):
        for number in range(50):
            kept.add(f"again {number}", number)
    assert kept.get("again 49") == 49
    assert len(kept._new) + len(kept._old) <= 20


def test_the_collector_rests_in_the_block_alone_and_stays_off_where_it_was_off() -> None:
    assert gc.isenabled()
    with garbage_collection_paused():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), garbage_collection_paused():
        print(1 / 0)
    assert gc.isenabled()
    gc.disable()
    try:
        with garbage_collection_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@given(st.text(max_size=30))
def test_words_of_ascii_fold_to_themselves_in_lower_case(text: str) -> None:
    for word in map(str.lower, forms_of(text)):
        if word.isascii():
            assert fold(word) == word
