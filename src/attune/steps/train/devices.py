"""The device of a trainer process, its rank, and the collective operations between processes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from attune.config.train import TrainParams
from attune.errors import RunError


@dataclass(frozen=True)
class Device:
    """The device and rank of one of ``world`` trainer processes; ``notes`` go into the report."""

    name: str
    rank: int
    world: int
    bf16: bool
    notes: tuple[str, ...]

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files."""
        return self.rank == 0

    def share(self, items: Sequence[Any]) -> Sequence[Any]:
        """This process's part of a batch."""
        return items[self.rank :: self.world]

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Mixed precision where it is requested and supported."""
        import torch

        return torch.autocast("cuda", torch.bfloat16) if self.bf16 else contextlib.nullcontext()

    def sum(self, tensors: Sequence[Any]) -> None:
        """Replace each tensor by its sum over the processes."""
        if self.world > 1:
            import torch.distributed

            for tensor in tensors:
                torch.distributed.all_reduce(tensor)

    def wait(self) -> None:
        """Wait for all processes."""
        if self.world > 1:
            import torch.distributed

            torch.distributed.barrier()

    def check_owner(self, owner: int) -> None:
        """Stop when the step that started this job has ended: a rerun would collide with this process."""
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            raise RunError("the step that started this job has ended; run it again to resume from the checkpoint") from None


def open_device(params: TrainParams, threads: int) -> Device:
    """Set up PyTorch deterministically, with rank and world size from torchrun's environment variables."""
    import torch

    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    cuda = torch.cuda.is_available()
    name = f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if cuda else "cpu"
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(mode=True)
    if cuda:
        torch.cuda.set_device(name)
    if world > 1:
        import torch.distributed

        torch.distributed.init_process_group("nccl" if cuda else "gloo")
    bf16 = params.bf16 and cuda and torch.cuda.is_bf16_supported()
    notes = ["train.bf16 is set but not used: this device has no bfloat16 support"] if params.bf16 and not bf16 else []
    return Device(name, rank, world, bf16, tuple(notes))


def close_device(device: Device) -> None:
    """Leave the process group."""
    if device.world > 1:
        import torch.distributed

        torch.distributed.destroy_process_group()
