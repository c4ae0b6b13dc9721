"""On which tokens a model learns."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_training import TINY, conversation

from attune.errors import RunError
from attune.modeling.encoding import Encoded, blocks, cut, encode_conversation, encode_pair, pack, reply_spans
from attune.records.record import context_turns
from attune.steps.train.tiny import make_tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    generator = random.Random(1)
    return make_tokenizer([message["content"] for _ in range(50) for message in conversation(generator)], TINY, 96)


messages = st.lists(
    st.builds(
        dict, role=st.sampled_from(["system", "user", "assistant"]), content=st.text(st.characters(codec="utf-8"), max_size=30)
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(conversation=messages)
def test_learned_tokens_spell_the_assistants_turns_and_nothing_else(tokenizer, conversation):
    if any("<|" in message["content"] for message in conversation):
        return
    encoded = encode_conversation(tokenizer, conversation)
    learned = [token for token, counts in zip(encoded.tokens, encoded.learned, strict=True) if counts]
    expected = "".join(f"{item['content']}<|end|>" for item in conversation[1:] if item["role"] == "assistant")
    assert tokenizer.decode(learned, clean_up_tokenization_spaces=False) == expected
    whole = tokenizer.apply_chat_template(conversation, tokenize=False)
    assert tokenizer.decode(encoded.tokens, clean_up_tokenization_spaces=False) == whole


def test_an_answer_that_is_context_only_is_read_and_not_learned(tokenizer):
    talk = [{"role": role, "content": text} for role, text in zip(["user", "assistant"] * 2, "abcd", strict=True)]
    every, some = (
        encode_conversation(tokenizer, talk),
        encode_conversation(tokenizer, talk, context_turns(["x", "context_turn:1"])),
    )
    assert some.tokens == every.tokens
    learned = [token for token, counts in zip(some.tokens, some.learned, strict=True) if counts]
    assert tokenizer.decode(learned, clean_up_tokenization_spaces=False) == "d<|end|>"


def test_a_template_that_rewrites_earlier_turns_is_refused(tokenizer):
    class Rewriting:
        def apply_chat_template(self, messages, **_):
            return f"{len(messages)} turns: " + " ".join(message["content"] for message in messages)

    with pytest.raises(RunError, match="changes earlier turns at turn 2"):
        reply_spans(Rewriting(), [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}] * 2)


sequences = st.lists(
    st.lists(st.booleans(), min_size=2, max_size=12).map(lambda learned: Encoded(list(range(len(learned))), learned)),
    max_size=30,
)


@settings(deadline=None)
@given(sequences, st.integers(12, 20))
def test_packing_keeps_every_token_and_never_learns_a_text_from_its_neighbour(items, length):
    rows = pack(items, length)
    assert all(len(row.tokens) <= length for row in rows)
    assert sum(len(row.tokens) for row in rows) == sum(len(item.tokens) for item in items)
    assert sum(len(row.starts) for row in rows) == len(items)
    assert sum(row.weight for row in rows) == sum(item.weight for item in items)
    for row in rows:
        assert all(row.tokens[start] == 0 and (start == 0 or not row.learned[start]) for start in row.starts)


@settings(deadline=None)
@given(sequences, st.integers(2, 9))
def test_cutting_keeps_the_tokens_in_order_and_drops_only_windows_without_anything_to_learn(items, length):
    for item in items:
        windows = cut(item, length)
        assert all(0 < len(window.tokens) <= length and window.weight for window in windows)
        kept = [token for window in windows for token in window.tokens]
        assert kept == sorted(kept)
        if all(item.learned) and len(item.tokens) % length != 1:
            assert kept == item.tokens


def test_blocks_are_full_and_cut_from_the_texts_laid_end_to_end():
    made = blocks([[1, 2, 3], [4, 5], [6, 7, 8]], 3, 9)
    assert [block.tokens for block in made] == [[1, 2, 3], [4, 5, 6]]
    assert [block.tokens for block in blocks([[1, 2]], 3, 9)] == [[1, 2]]
    assert len(blocks([[1, 2, 3]] * 50, 3, 4)) == 4


def test_of_a_preference_pair_only_the_last_reply_is_learned(tokenizer):
    talk = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "early"},
        {"role": "user", "content": "and now"},
        {"role": "assistant", "content": "good answer"},
    ]
    chosen, rejected = encode_pair(tokenizer, talk, "bad answer", 96)
    for encoded, reply in ((chosen, "good answer"), (rejected, "bad answer")):
        learned = [token for token, counts in zip(encoded.tokens, encoded.learned, strict=True) if counts]
        assert tokenizer.decode(learned) == f"{reply}<|end|>"
    assert encode_pair(tokenizer, talk[:-1], "bad", 96) is None
