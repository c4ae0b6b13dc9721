"""The step train, through torchrun: what it writes, that a kill loses little, and that a failed job fails the step."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from model_training import PARAMS, make_records, small_splits, write_dataset
from processes import wait_until

from attune.errors import RunError, UsageError
from attune.modeling.training_result import open_training_result
from attune.runtime.step import Context
from attune.steps.train import trainer
from attune.steps.train.job import TrainingJob
from attune.steps.train.loop import read_metrics
from attune.steps.train.step import train

pytestmark = pytest.mark.slow


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that is part of the output: hidden ones are the step's own."""
    files = (file for file in folder.rglob("*") if file.is_file())
    visible = (file for file in files if not any(part.startswith(".") for part in file.relative_to(folder).parts))
    return {str(file.relative_to(folder)): file.read_bytes() for file in visible}


def test_the_stages_learn_and_a_stage_without_data_is_skipped(trained):
    outcome = open_training_result(str(trained)).summary
    assert [(item["stage"], item["state"]) for item in outcome["stages"]] == [
        ("base", "trained"),
        ("continued_pretraining", "trained"),
        ("foundation", "trained"),
        ("long_running", "skipped"),
    ]
    for item in outcome["stages"][:3]:
        losses = [loss for _, loss in item["validation"]]
        assert item["best_validation_loss"] == min(losses[1:]) < losses[0]
    assert "long_running" in json.loads((trained / "report.json").read_bytes())["lead"]
    assert outcome["dataset"]["version"] == "v1_20261031"


def test_nothing_that_is_written_holds_a_path_of_this_machine_or_a_users_text(trained):
    for name, content in contents(trained).items():
        assert str(trained).encode() not in content, name
        if not name.endswith(("tokenizer.json", ".safetensors", ".html")):
            assert b"never listens" not in content, name
    logs = list(trained.rglob(".log.txt"))
    assert logs
    assert not any("never listens" in log.read_text() for log in logs)


def test_the_adapter_over_the_stage_before_it_is_the_merged_model_and_it_answers(trained):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    merged = AutoModelForCausalLM.from_pretrained(trained / "merged")
    tokenizer = AutoTokenizer.from_pretrained(trained / "merged")
    below = AutoModelForCausalLM.from_pretrained(trained / "stages" / "01-continued_pretraining" / "model")
    adapted = PeftModel.from_pretrained(below, str(trained / "adapter"))
    talk = [{"role": "user", "content": "my wife works too late and I feel sad. What can I do?"}]
    prompt = tokenizer.apply_chat_template(talk, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    prompt.pop("token_type_ids", None)
    with torch.no_grad():
        assert torch.allclose(merged(**prompt).logits, adapted(**prompt).logits, atol=1e-4)
        answer = merged.generate(**prompt, max_new_tokens=40, do_sample=False)[0, prompt["input_ids"].shape[1] :]
    assert "You feel" in tokenizer.decode(answer)


def test_a_second_run_trains_nothing_and_writes_the_same(trained, small_dataset, monkeypatch):
    def refuse(*_):
        raise AssertionError("there is nothing left to train")

    before = contents(trained)
    monkeypatch.setattr("attune.steps.train.torchrun.process_group", refuse)
    train(small_dataset, str(trained), PARAMS, Context())
    after = contents(trained)
    assert {name: after[name] for name in after} == {name: before[name] for name in after}


def test_weights_that_were_changed_after_training_are_made_again_and_never_described_as_the_trained_ones(
    trained, small_dataset, tmp_path
):
    output = tmp_path / "out"
    shutil.copytree(trained, output)
    for name in ("merged/model.safetensors", "stages/02-foundation/adapter/adapter_model.safetensors", "adapter/planted.py"):
        changed = bytearray((output / name).read_bytes() if (output / name).exists() else b"-")
        changed[-1] ^= 1
        (output / name).write_bytes(changed)
    before = open_training_result(str(output))
    assert [line.split("/")[0] for line in before.changes()] == ["merged", "adapter"]
    train(small_dataset, str(output), PARAMS, Context())
    after = open_training_result(str(output))
    assert after.changes() == []
    assert after.summary["content"] == open_training_result(str(trained)).summary["content"]
    expected = {name: content for name, content in contents(trained).items() if not name.startswith("report")}
    assert {name: content for name, content in contents(output).items() if not name.startswith("report")} == expected


def test_a_base_model_runs_no_code_of_its_own_and_no_pickle(trained, small_dataset, tmp_path):
    ran = tmp_path / "ran"
    base = tmp_path / "base"
    shutil.copytree(trained / "base", base)
    (base / "own.py").write_text(
        f"open({str(ran)!r}, 'w')\nfrom transformers import LlamaForCausalLM as Own, LlamaConfig as Config\n"
    )
    config = json.loads((base / "config.json").read_bytes())
    own = {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Own"}
    (base / "config.json").write_text(json.dumps({**config, "model_type": "own", "auto_map": own}))
    params = PARAMS.model_copy(update={"base_model": str(base), "stages": ("foundation",)})
    with pytest.raises(RunError, match="foundation failed"):
        train(small_dataset, str(tmp_path / "out"), params, Context())
    (base / "config.json").write_text(json.dumps(config))
    (base / "model.safetensors").unlink()
    (base / "pytorch_model.bin").write_bytes(pickle.dumps(_Opens(str(ran))))
    with pytest.raises(RunError, match="foundation failed"):
        train(small_dataset, str(tmp_path / "out"), params, Context())
    assert not ran.exists()


class _Opens:
    """A pickle that opens a file when it is loaded."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self._path, "w")


def test_a_killed_run_resumes_from_its_checkpoint_and_writes_the_bytes_of_one_that_was_not(trained, small_dataset, tmp_path):
    output = tmp_path / "out"
    script = f"""
        from attune.config.params import TrainParams
        from attune.runtime.step import Context
        from attune.steps.train.step import train
        train({small_dataset!r}, {str(output)!r}, TrainParams.model_validate_json({PARAMS.model_dump_json()!r}), Context())
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    checkpoints = output / "stages" / "00-base" / "checkpoints"
    process = subprocess.Popen(command, start_new_session=True)
    try:
        wait_until(lambda: (checkpoints / "step-000006").exists() or process.poll() is not None)
    finally:
        os.kill(process.pid, signal.SIGKILL)  # the step alone: its trainer must notice by itself
        process.wait()
    assert not (output / "training.json").exists()
    resumed: list[int] = []

    train(small_dataset, str(output), PARAMS, _watching(resumed))
    assert min(resumed) > 6
    expected = {name: content for name, content in contents(trained).items() if not name.startswith("report")}
    assert contents(output) == expected


def _watching(steps: list[int]) -> Context:
    from attune.runtime.progress import Progress

    def listen(event):
        if "loss" in event.note:
            steps.append(event.done)

    return Context(progress=Progress("train", listener=listen))


def test_a_failed_job_fails_the_step_with_its_last_log_lines(trained, small_dataset, tmp_path):
    params = PARAMS.model_copy(
        update={
            "base_model": str(trained / "base"),
            "stages": ("foundation",),
            "lora": PARAMS.lora.model_copy(update={"targets": ("no_such_layer",)}),
        }
    )
    with pytest.raises(RunError) as failure:
        train(small_dataset, str(tmp_path / "out"), params, Context())
    assert "training stage foundation failed with exit code 2" in str(failure.value)
    assert "train.lora.targets = no_such_layer" in str(failure.value)
    assert "elastic" not in str(failure.value)
    assert not (tmp_path / "out" / "training.json").exists()


def test_a_preference_stage_alone_over_a_given_model_in_two_processes_does_what_one_process_does(trained, tmp_path):
    pairs = make_records(12, rejected_response="Whatever.")
    dataset = write_dataset(
        tmp_path / "pairs", {**small_splits(), "train": pairs, "validation": make_records(2, rejected_response="No.")}
    )
    preference = PARAMS.curriculum["preference"].model_copy(update={"steps": 4, "learning_rate": 1e-3})
    params = PARAMS.model_copy(
        update={
            "base_model": str(trained / "merged"),
            "stages": ("preference",),
            "curriculum": {**PARAMS.curriculum, "preference": preference},
            "lora": PARAMS.lora.model_copy(update={"dropout": 0.0}),
            "processes": 2,
        }
    )
    output = tmp_path / "two"
    train(dataset, str(output), params, Context())
    two = read_metrics(output / "stages" / "01-preference" / "metrics.jsonl")
    job = TrainingJob.model_validate_json((output / "stages" / "01-preference" / ".job.json").read_bytes())
    alone = tmp_path / "one"
    alone.mkdir()
    trainer.run([job.model_copy(update={"output": str(alone), "merged": None, "key": "alone", "owner": os.getpid()})])
    one = read_metrics(alone / "metrics.jsonl")
    assert len(two) == len(one) == 6
    for left, right in zip(two, one, strict=True):
        assert left == pytest.approx(right, rel=1e-4)
    assert two[-1]["validation_loss"] < two[0]["validation_loss"]
    assert json.loads((output / "base" / "base.json").read_bytes()) == {"base_model": str(trained / "merged")}


def test_a_dataset_without_any_record_of_the_stages_is_an_error_that_says_what_to_change(small_dataset, tmp_path):
    params = PARAMS.model_copy(update={"stages": ("voice_persona",)})
    with pytest.raises(RunError, match=r"change train\.stages"):
        train(small_dataset, str(tmp_path), params, Context())


def test_a_remote_output_is_refused():
    with pytest.raises(UsageError, match="local folder"):
        train("anywhere", "s3://bucket/models", PARAMS, Context())
