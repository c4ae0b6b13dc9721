"""A small Llama with random weights and its tokenizer, for demo and tests, where no base model is given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attune.config.train import TinyParams

END = "<|end|>"
PAD = "<|pad|>"
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
_SPECIAL = [PAD, END, "<|system|>", "<|user|>", "<|assistant|>"]


def make_tokenizer(texts: Iterable[str], params: TinyParams, context_length: int) -> Any:
    """A byte-level BPE tokenizer (Sennrich et al. 2016) with the chat template for training and serving.

    Every byte is in its alphabet, so there is no unknown token. The same texts in the same order give the same tokenizer.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=params.vocabulary,
        special_tokens=_SPECIAL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    wrapped: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token=END, pad_token=PAD, model_max_length=context_length, padding_side="left"
    )
    wrapped.chat_template = CHAT_TEMPLATE
    return wrapped


def make_model(tokenizer: Any, params: TinyParams, context_length: int, seed: int) -> Any:
    """A Llama (Touvron et al. 2023) with random weights from ``seed``."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=params.hidden,
        intermediate_size=-(-params.hidden * 8 // 3 // 16) * 16,  # two thirds of 4 x hidden, as in Llama, in steps of 16
        num_hidden_layers=params.layers,
        num_attention_heads=params.heads,
        num_key_value_heads=params.heads,
        max_position_embeddings=context_length,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(seed)
    return LlamaForCausalLM(config)


def make_base(folder: Path, texts: Iterable[str], params: TinyParams, context_length: int, seed: int) -> None:
    """Write the untrained model and its tokenizer into ``folder``."""
    tokenizer = make_tokenizer(texts, params, context_length)
    make_model(tokenizer, params, context_length, seed).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
