"""The evaluation process that the step ``evaluate`` starts: runs lm-eval offline on every model.

    python -m attune.steps.evaluate.harness job.json

The results contain record ids and numbers, no text.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from attune import storage
from attune.config.evaluate import EvaluateParams
from attune.config.section import Section
from attune.errors import AttuneError, UsageError
from attune.modeling.encoding import reply_spans
from attune.steps.evaluate.documents import Document, ReplyPiece, pieces, sample_documents
from attune.steps.evaluate.tasks.reply_perplexity import TASK

RESULT = "result.json"
_PIECES = "pieces.jsonl"


class EvaluatedModel(Section):
    """A model to score; ``generate`` says whether replies are generated too."""

    name: str
    path: str
    adapter: str | None = None
    generate: bool = False


class HarnessJob(Section):
    """The instructions for the evaluation process."""

    dataset: str
    folder: str
    models: tuple[EvaluatedModel, ...]
    params: EvaluateParams
    seed: int
    threads: int


def main(arguments: list[str]) -> int:
    """Score the models of the job file ``arguments[0]`` and return the exit code."""
    try:
        run(HarnessJob.model_validate_json(Path(arguments[0]).read_bytes()))
    except AttuneError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def run(job: HarnessJob) -> None:
    """Score all models and write the results."""
    import torch

    os.environ["DISABLE_MULTIPROC"] = "1"  # read by lm-eval: worker processes cost more than they save here
    torch.set_num_threads(job.threads)
    documents = sample_documents(job.dataset, job.params.documents, job.seed)
    results = {}
    for model in job.models:
        results[model.name] = _score(job, model, documents)
        storage.write_bytes(str(Path(job.folder) / f"{model.name}.done"), b"")
    described = [{"record_id": item.record_id, "family": item.family, "group": item.group} for item in documents]
    storage.write_bytes(str(Path(job.folder) / RESULT), json.dumps({"documents": described, "models": results}).encode())


def _score(job: HarnessJob, evaluated: EvaluatedModel, documents: Sequence[Document]) -> dict[str, Any]:
    from lm_eval.models.huggingface import HFLM

    model, tokenizer = _load(evaluated)
    length = min(job.params.context_length, int(getattr(model.config, "max_position_embeddings", job.params.context_length)))
    to_score = pieces(tokenizer, documents, job.params.replies_per_document, length)
    device = "cuda" if _has_gpu() else "cpu"
    harness = HFLM(
        pretrained=model.to(device),
        tokenizer=tokenizer,
        max_length=length,
        batch_size=job.params.batch_size,
        device=device,
        add_bos_token=False,  # the chat template includes it
    )
    scored = _log_likelihoods(harness, to_score, Path(job.folder) / _PIECES)
    generated = _generate(job, model, tokenizer, documents, length) if evaluated.generate else []
    return {"context_length": length, "pieces": scored["pieces"], "perplexity": scored["perplexity"], "generated": generated}


def _log_likelihoods(harness: Any, to_score: Sequence[ReplyPiece], file: Path) -> dict[str, Any]:
    import lm_eval
    from lm_eval.tasks import TaskManager

    storage.write_bytes(str(file), "".join(json.dumps(asdict(piece)) + "\n" for piece in to_score).encode())
    tasks = Path(__file__).parent / "tasks"
    manager = TaskManager(include_path=str(tasks), include_defaults=False, metadata={"documents": str(file)})
    found = lm_eval.simple_evaluate(model=harness, tasks=[TASK], task_manager=manager, bootstrap_iters=0, log_samples=True)
    file.unlink()
    samples = {sample["doc_id"]: float(sample["filtered_resps"][0][0]) for sample in found["samples"][TASK]}
    scored = [
        {"document": piece.document, "reply": piece.reply_index, "tokens": piece.tokens, "log_likelihood": samples[index],
         "bytes": len(piece.reply.encode())}
        for index, piece in enumerate(to_score)
    ]  # fmt: skip
    return {"pieces": scored, "perplexity": float(found["results"][TASK]["token_perplexity,none"])}


def _generate(job: HarnessJob, model: Any, tokenizer: Any, documents: Sequence[Document], length: int) -> list[dict[str, Any]]:
    """Greedy replies to the first documents, and their overlap with the reference, the last reply."""
    import torch

    chosen = list(documents[: job.params.generated_replies])
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    measured = []
    room = max(16, length - job.params.max_new_tokens)
    for start in range(0, len(chosen), job.params.batch_size):
        batch = chosen[start : start + job.params.batch_size]
        prompts = [text[: spans[-1][0]] for text, spans in (reply_spans(tokenizer, item.messages) for item in batch)]
        tokenizer.truncation_side = "left"
        inputs = tokenizer(
            prompts, return_tensors="pt", padding=True, truncation=True, max_length=room, add_special_tokens=False
        )
        inputs.pop("token_type_ids", None)
        with torch.no_grad():
            answers = model.generate(**inputs.to(model.device), max_new_tokens=job.params.max_new_tokens, do_sample=False)
        texts = tokenizer.batch_decode(answers[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        measured += [_overlap(start + index, text.strip(), batch[index]) for index, text in enumerate(texts)]
    return measured


def _overlap(index: int, answer: str, document: Document) -> dict[str, Any]:
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu.metrics.bleu import BLEU

    reference = next(message["content"] for message in reversed(document.messages) if message["role"] == "assistant")
    counts = BLEU(effective_order=True).sentence_score(answer, [reference])
    rouge = RougeScorer(["rougeL"], use_stemmer=False).score(reference, answer)["rougeL"].fmeasure
    bleu = [*counts.counts, *counts.totals, counts.sys_len, counts.ref_len]
    return {"document": index, "bleu": [int(number) for number in bleu], "rouge_l": float(rouge), "words": len(answer.split())}


def _load(evaluated: EvaluatedModel) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(evaluated.path)
        model = AutoModelForCausalLM.from_pretrained(evaluated.path, dtype=torch.float32)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"model {evaluated.name} ({evaluated.path}): cannot be loaded ({str(error).splitlines()[0]})"
        ) from None
    if evaluated.adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, evaluated.adapter).merge_and_unload()
    model.requires_grad_(requires_grad=False)
    model.train(mode=False)
    return model, tokenizer


def _has_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
