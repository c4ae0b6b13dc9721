"""The steps evaluate and release on a model that was really trained, against recounts that use none of their code."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3

import pyarrow.parquet as pq
import pytest
from model_training import EVALUATE

from attune.config.params import load_params
from attune.config.release import ReleaseParams
from attune.errors import RunError, UsageError
from attune.modeling.model_registry import RETRAINING
from attune.reporting.page import write_report
from attune.runtime import run_step
from attune.runtime.step import Context
from attune.steps.evaluate.step import evaluate
from attune.steps.release.step import release

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def numbers(evaluated):
    return json.loads((evaluated / "evaluation.json").read_bytes())


def recount(model_folder, dataset, record_ids):
    """Log-likelihood and tokens of the last two replies of each conversation, in plain PyTorch."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(model_folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    rows = {row["record_id"]: row for row in pq.read_table(f"{dataset}/test/part-00000.parquet").to_pylist()}
    total, tokens = 0.0, 0
    for name in record_ids:
        messages = rows[name]["messages"]
        for place in [index for index, message in enumerate(messages) if message["role"] == "assistant"][-2:]:
            text = (
                "".join(f"<|{message['role']}|>{message['content']}<|end|>" for message in messages[:place]) + "<|assistant|>"
            )
            reply = tokenizer(messages[place]["content"] + "<|end|>")["input_ids"]
            ids = torch.tensor([(tokenizer(text)["input_ids"] + reply)[-97:]])
            with torch.no_grad():
                logs = torch.log_softmax(model(ids[:, :-1]).logits.double(), -1)[0]
            total += sum(float(logs[-len(reply) + step, token]) for step, token in enumerate(reply))
            tokens += len(reply)
    return total, tokens


@pytest.mark.parametrize(("name", "folder"), [("before", "base"), ("tuned", "merged")])
def test_the_perplexity_is_that_of_a_direct_recount(numbers, evaluated, trained, small_dataset, name, folder):
    table = pq.read_table(evaluated / "log_likelihoods.parquet").to_pylist()
    ids = list(dict.fromkeys(row["record_id"] for row in table if row["model"] == name))
    total, tokens = recount(trained / folder, small_dataset, ids)
    measured = numbers["models"][name]
    assert measured["tokens"] == tokens == sum(row["tokens"] for row in table if row["model"] == name)
    assert measured["perplexity"]["estimate"] == pytest.approx(math.exp(-total / tokens), rel=1e-4)
    assert measured["harness_perplexity"] == pytest.approx(math.exp(-total / tokens), rel=1e-4)


def test_the_tuned_model_is_better_than_the_one_before_it_with_its_whole_interval(numbers):
    ratio = numbers["comparisons"][0]["ratio"]
    models = numbers["models"]
    assert ratio["low"] < ratio["estimate"] < ratio["high"] < 1
    quotient = models["tuned"]["perplexity"]["estimate"] / models["before"]["perplexity"]["estimate"]
    assert ratio["estimate"] == pytest.approx(quotient, rel=1e-4)
    assert models["before"]["tokens"] == models["tuned"]["tokens"]


def test_the_page_and_the_families_agree_with_the_stored_log_likelihoods(numbers, evaluated):
    table = pq.read_table(evaluated / "log_likelihoods.parquet").to_pylist()
    for row in numbers["families"]:
        mine = [item for item in table if item["family"] == row["family"] and item["model"] == "tuned"]
        expected = math.exp(-sum(item["log_likelihood"] for item in mine) / sum(item["tokens"] for item in mine))
        assert row["tuned"] == pytest.approx(expected, rel=1e-5)
        assert row["documents"] == len({item["record_id"] for item in mine})
    assert {row["family"] for row in numbers["families"]} == {"product", "sarcasm"}
    page = (evaluated / "report.html").read_text()
    assert f"{numbers['models']['tuned']['perplexity']['estimate']:.2f}".rstrip("0").rstrip(".") in page


def test_what_was_not_measured_is_neither_met_nor_missed(numbers):
    met = {target["name"]: target["met"] for target in numbers["targets"]}
    assert met["bertscore"] is None
    assert met["perplexity"] == (numbers["models"]["tuned"]["perplexity"]["estimate"] < 15)
    assert isinstance(met["bleu"], bool)


def test_no_users_text_is_in_what_evaluation_writes(evaluated):
    for file in evaluated.rglob("*"):
        if file.is_file():
            assert b"never listens" not in file.read_bytes()
    assert not (evaluated / ".work").exists()


def test_a_model_that_cannot_be_loaded_fails_the_step_with_the_reason(small_dataset, trained, tmp_path):
    broken = tmp_path / "production"
    broken.mkdir()
    params = EVALUATE.model_copy(update={"production": str(broken), "generated_replies": 0, "documents": 2})
    with pytest.raises(UsageError, match=r"config\.json is missing"):
        evaluate(small_dataset, str(trained), str(tmp_path / "out"), params, Context())
    (broken / "config.json").write_text("{}")
    with pytest.raises(RunError, match="model production"):
        evaluate(small_dataset, str(trained), str(tmp_path / "out"), params, Context())
    assert not (tmp_path / "out" / "evaluation.json").exists()


def test_release_promotes_the_better_model_and_enters_it_once(small_dataset, trained, evaluated, tmp_path):
    places = (str(evaluated), str(trained), small_dataset, str(tmp_path / "registry"))
    params = ReleaseParams(min_documents=20)
    write_report(str(tmp_path / "a"), release(*places, str(tmp_path / "a"), params, Context()))
    write_report(str(tmp_path / "b"), release(*places, str(tmp_path / "b"), params, Context()))
    for file in ("decision.json", "report.json", "report.html"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    decision = json.loads((tmp_path / "a" / "decision.json").read_bytes())
    assert decision["decision"] == "promote"
    assert decision["name"].startswith("assistant-llm-v1-20261031-tiny-llama-")
    entry = tmp_path / "registry" / decision["name"]
    for file in ("model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"):
        digests = [hashlib.sha256((folder / file).read_bytes()) for folder in (entry / "model", trained / "merged")]
        assert digests[0].digest() == digests[1].digest()
    assert {path.name for path in entry.iterdir()} == {
        "model",
        "adapter",
        "metrics.json",
        "training.json",
        "decision.json",
        "versions.json",
        "README.md",
    }
    with sqlite3.connect(tmp_path / "registry" / "registry.db") as database:
        assert database.execute("SELECT name, decision FROM models").fetchall() == [(decision["name"], "promote")]
        states = database.execute("SELECT stage, state FROM jobs ORDER BY position").fetchall()
        assert states[0] == ("base", "trained")
        assert states[-1] == ("long_running", "skipped")


def test_a_promotion_does_not_outlive_the_erasure_of_somebody_that_the_model_learned_from(
    small_dataset, trained, evaluated, tmp_path
):
    registry = str(tmp_path / "registry")
    inputs = {"evaluation": str(evaluated), "models": str(trained), "dataset": small_dataset, "registry": registry}
    params = load_params([], ["release.min_documents=20"])
    first = run_step.run("release", inputs, str(tmp_path / "out"), params)
    assert first.report.numbers["decision"] == "promote"
    assert run_step.run("release", inputs, str(tmp_path / "out"), params).resumed
    with sqlite3.connect(tmp_path / "registry" / "registry.db") as database:
        database.execute(RETRAINING)
        row = (first.report.numbers["name"], first.report.numbers["dataset"]["address"], "e_0123", "asked for it")
        database.execute("INSERT INTO retraining VALUES (?, ?, ?, ?)", row)
    again = run_step.run("release", inputs, str(tmp_path / "out"), params)
    assert again.report.numbers["decision"] == "reject"
    assert any("e_0123" in reason for reason in again.report.numbers["reasons"])


def test_a_target_that_the_policy_requires_and_the_model_misses_rejects_it(small_dataset, trained, evaluated, tmp_path):
    params = ReleaseParams(min_documents=20, required_targets=("bleu",))
    places = (str(evaluated), str(trained), small_dataset, str(tmp_path / "registry"), str(tmp_path))
    report = release(*places, params, Context())
    bleu = json.loads((evaluated / "evaluation.json").read_bytes())["models"]["tuned"]["bleu"]["estimate"]
    assert report.numbers["decision"] == ("promote" if bleu > 0.35 else "reject")
    assert not report.failed_gates


def test_a_folder_without_a_training_run_is_refused(small_dataset, tmp_path):
    with pytest.raises(UsageError, match="attune train"):
        evaluate(small_dataset, str(tmp_path), str(tmp_path / "out"), EVALUATE, Context())
