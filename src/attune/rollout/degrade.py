"""A degraded copy of a model for the rollback drill: the same files, with seeded noise on the weights."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from attune import storage
from attune.errors import UsageError


def degrade(model: Path, output: Path, *, noise: float, seed: int) -> None:
    """Write a copy of ``model`` to ``output`` whose weights ``w`` are ``w + noise * std(w) * normal``, matrix by matrix.

    The same model, noise and seed give the same weights. Everything else of the model (configuration, tokenizer, chat template)
    is copied unchanged, so latency and error rate stay the same and only the replies get worse.

    Raises:
        UsageError: the model has no weights in safetensors format.
    """
    import torch
    from safetensors.torch import load_file, save_file

    weights = sorted(model.glob("*.safetensors"))
    if not weights:
        raise UsageError(f"{model}: has no *.safetensors file; save the model in that format")
    with storage.atomic_folder(output) as partial:
        for file in sorted(entry for entry in model.iterdir() if entry.is_file() and entry not in weights):
            shutil.copyfile(file, partial / file.name)
        for file in weights:
            tensors = load_file(file)
            for name, tensor in sorted(tensors.items()):
                if tensor.is_floating_point() and tensor.ndim > 1:
                    generator = torch.Generator().manual_seed(_seed(seed, name))
                    normal = torch.randn(tensor.shape, generator=generator, dtype=torch.float32)
                    values = tensor.float()
                    tensors[name] = (values + noise * values.std() * normal).to(tensor.dtype)
            save_file(tensors, partial / file.name, metadata={"format": "pt"})


def _seed(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\0{name}".encode()).digest()[:8], "big") >> 1
