"""The steps evaluate and release on a model that was really trained, against recounts that use none of their code."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import sqlite3

import pyarrow.parquet as pq
import pytest
from model_training import EVALUATE

from attune.config.params import load_params
from attune.config.release import ReleaseParams
from attune.errors import GateError, RunError, UsageError
from attune.modeling.model_registry import RETRAINING
from attune.modeling.registry_files import check_entry
from attune.records.signature import SignatureState, read_signed, write_signed
from attune.reporting.page import render_page, write_report
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


@pytest.fixture
def changed(trained, tmp_path):
    """The trained models with one bit of the merged weights changed."""
    shutil.copytree(trained, tmp_path / "changed")
    weights = tmp_path / "changed" / "merged" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    return tmp_path / "changed"


def test_a_model_that_was_changed_after_its_evaluation_is_rejected(small_dataset, evaluated, changed, tmp_path):
    inputs = {"evaluation": str(evaluated), "models": str(changed), "dataset": small_dataset, "registry": str(tmp_path / "r")}
    with pytest.raises(GateError, match="model_is_the_trained_one"):
        run_step.run("release", inputs, str(tmp_path / "out"), load_params([], ["release.min_documents=20"]))
    decision = json.loads((tmp_path / "out" / "decision.json").read_bytes())
    assert decision["decision"] == "reject"
    assert any("merged/ is not the model in training.json" in reason for reason in decision["reasons"])
    summary = json.loads((changed / "training.json").read_bytes())
    assert decision["content"] != summary["content"], "the digest is that of the files"

    (changed / "training.json").write_text(json.dumps({**summary, "content": decision["content"]}))
    report = release(*inputs.values(), str(tmp_path / "out"), ReleaseParams(min_documents=20), Context())
    assert report.numbers["decision"] == "reject", "the evaluation scored another model"


def test_a_model_that_was_changed_after_training_is_not_scored(small_dataset, changed, tmp_path):
    with pytest.raises(GateError, match=r"merged/ is not the model in training\.json"):
        evaluate(small_dataset, str(changed), str(tmp_path / "out"), EVALUATE, Context())
    assert not (tmp_path / "out" / "evaluation.json").exists()


def test_with_a_key_results_are_signed_and_an_edited_evaluation_is_refused(
    small_dataset, trained, evaluated, tmp_path, monkeypatch
):
    monkeypatch.setenv("ATTUNE_SUBJECT_KEY", "9c2fe1a07b54d83660f1e2d3c4b5a69788796a5b4c3d2e1f00112233a4b5c6d7")
    models, evidence = tmp_path / "models", tmp_path / "evidence"
    shutil.copytree(trained, models)
    shutil.copytree(evaluated, evidence)
    places = (str(evidence), str(models), small_dataset, str(tmp_path / "registry"), str(tmp_path / "out"))
    params = ReleaseParams(min_documents=20)
    for file in (models / "training.json", evidence / "evaluation.json"):
        with pytest.raises(GateError, match=rf"{file.name}: has no signature"):
            release(*places, params, Context())
        write_signed(str(file), file.read_bytes())
    report = release(*places, params, Context())
    assert report.numbers["decision"] == "promote"
    assert "signed, and the signature is right" in render_page(report)
    entry = tmp_path / "registry" / report.numbers["name"]
    assert check_entry(entry) is SignatureState.CHECKED
    assert read_signed(str(tmp_path / "out" / "decision.json"), required=True).state is SignatureState.CHECKED
    (entry / "decision.json").write_text("{}")
    with pytest.raises(GateError, match=r"the first is decision\.json"):
        check_entry(entry)
    measured = (evidence / "evaluation.json").read_text()
    (evidence / "evaluation.json").write_text(measured.replace('"documents": ', '"documents": 9'))
    with pytest.raises(GateError, match="its signature does not fit"):
        release(*places, params, Context())


def test_a_promotion_does_not_outlive_the_erasure_of_somebody_that_the_model_learned_from(
    small_dataset, trained, evaluated, tmp_path, monkeypatch
):
    registry = str(tmp_path / "registry")
    inputs = {"evaluation": str(evaluated), "models": str(trained), "dataset": small_dataset, "registry": registry}
    params = load_params([], ["release.min_documents=20"])
    monkeypatch.setenv("ATTUNE_AUDIT_TRAIL", str(tmp_path / "trail"))
    first = run_step.run("release", inputs, str(tmp_path / "out"), params)
    assert first.report.numbers["decision"] == "promote"
    (entry,) = (line for line in (tmp_path / "trail" / "trail.jsonl").read_text().splitlines() if '"step.end"' in line)
    assert first.report.numbers["content"] in entry, "what was promoted is in the trail"
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
