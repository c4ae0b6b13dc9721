"""Loading and saving models, adapters and tokenizers, so that equal weights give equal files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from attune.errors import UsageError
from attune.modeling.encoding import WEIGHTS_ALONE
from attune.records.shards import json_bytes
from attune.steps.train.devices import Device
from attune.steps.train.job import TrainingJob


def load_tokenizer(source: str) -> Any:
    """The tokenizer of a model folder or cached hub name.

    Raises:
        UsageError: it cannot be loaded, or has no chat template.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"train.base_model = {source}: its tokenizer cannot be loaded ({_first_line(error)})") from None
    if tokenizer.chat_template is None:
        raise UsageError(
            f"train.base_model = {source}: its tokenizer has no chat template; add a file chat_template.jinja to the folder"
        )
    return tokenizer


def load_model(job: TrainingJob, source: str, device: Device) -> Any:
    """The model for the stage, on the device, with the adapter that the stage trains."""
    import torch
    from transformers import AutoModelForCausalLM

    try:
        model: Any = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, **WEIGHTS_ALONE)
    except (OSError, ValueError) as error:
        raise UsageError(f"train.base_model = {source}: the model cannot be loaded ({_first_line(error)})") from None
    if job.params.gradient_checkpointing:
        model.gradient_checkpointing_enable()
        model.enable_input_require_grads()
    return _with_adapter(job, model).to(device.name)


def _with_adapter(job: TrainingJob, model: Any) -> Any:
    """Merge the previous adapter when the stage trains all weights; else continue with it, or add a new one."""
    import torch

    if job.stage.weights == "full":
        return _merged(model, job.adapter) if job.adapter else model
    from peft import LoraConfig, PeftModel, get_peft_model

    if job.adapter:
        return PeftModel.from_pretrained(model, job.adapter, is_trainable=True)
    lora = job.params.lora
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets),
        task_type="CAUSAL_LM",
    )
    torch.manual_seed(job.seed)
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        raise UsageError(f"train.lora.targets = {', '.join(lora.targets)}: {_first_line(error)}") from None


def _merged(model: Any, adapter: str | Path) -> Any:
    from peft import PeftModel

    return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


def merge(source: str, adapter: Path, folder: Path) -> None:
    """Write the model at ``source`` with ``adapter`` merged into its weights, for serving."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, **WEIGHTS_ALONE)
    save_model(_merged(model, adapter), load_tokenizer(source), folder)


def save_model(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write weights, configuration and tokenizer."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _sort_json(folder / "config.json", drop=("_name_or_path",))


def save_adapter(model: Any, folder: Path) -> None:
    """Write a LoRA adapter without the path of its base model, which depends on the machine (training.json names the model)."""
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    _sort_json(folder / "adapter_config.json", blank=("base_model_name_or_path",), as_set=("target_modules",))


def _sort_json(file: Path, drop: tuple[str, ...] = (), blank: tuple[str, ...] = (), as_set: tuple[str, ...] = ()) -> None:
    """Rewrite a JSON file with sorted keys; lists made from sets are sorted too, because their order is not deterministic."""
    values = {key: value for key, value in json.loads(file.read_bytes()).items() if key not in drop}
    values.update(dict.fromkeys(blank))
    values.update({key: sorted(values[key]) for key in as_set if isinstance(values.get(key), list)})
    file.write_bytes(json_bytes(values))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
