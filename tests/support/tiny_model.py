"""A language model small enough for tests, that still writes words: made and trained here in seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

EXCHANGES = (
    ("We argued about money again.", "That sounds painful. What would you like your partner to understand about money?"),
    ("My partner never listens to me.", "Feeling unheard is hard. When did you last feel that your partner listened to you?"),
    ("We feel like roommates lately.", "I hear that you miss being close. What small thing could you do together this week?"),
    ("He forgot our anniversary.", "It makes sense that you feel hurt. How could you tell him what the day means to you?"),
    (
        "I said something cruel in a fight.",
        "You want to repair this. What would a sincere apology sound like in your words?",
    ),
    (
        "She wants more time alone.",
        "That can feel like distance. What does time alone give her, and what do you need?",
    ),
    ("I keep checking my phone for a reply.", "Waiting is hard. What could you do for yourself while you wait for the reply?"),
    ("We are trying again after a breakup.", "Trust grows slowly. Which small promise could each of you keep this week?"),
    ("I feel jealous of a colleague.", "Thank you for saying this. What does the jealousy tell you about what you need?"),
    ("We never talk about feelings.", "Talking can begin small. What is one feeling from today that you could share tonight?"),
)
_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|> {{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def make_models(folder: Path, *, steps: int = 100) -> Path:
    """Write ``base/`` (trained) and ``merged/`` (trained longer), as the step train does; returns ``folder``."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    torch.manual_seed(17)
    tokenizer = _tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    for name in ("base", "merged"):
        _train(model, tokenizer, steps)
        model.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
    return folder


def _tokenizer():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([f" {text}" for exchange in EXCHANGES for text in exchange] * 4, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|end|>")
    fast.chat_template = _TEMPLATE
    return fast


def _train(model, tokenizer, steps: int) -> None:
    import torch

    texts = [f"<|user|> {question}<|end|><|assistant|> {reply}<|end|>" for question, reply in EXCHANGES]
    batch = tokenizer(texts, return_tensors="pt", padding=True)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(steps):
        loss = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the step train writes it: ``base/`` and ``merged/``, two tiny models that write words."""
    return make_models(tmp_path_factory.mktemp("models"))
