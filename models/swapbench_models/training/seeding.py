"""Seeding: what is drawn from torch's global generators depends on a seed, and they are left as they were."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import torch

_GLOBAL = threading.RLock()


@contextmanager
def seeded(seed: int, devices: Collection[torch.device] = ()) -> Iterator[None]:
    """Let torch draw from the seed on within the block, on the processor and on CUDA `devices`, and go on after it
    where it was. All threads share these generators, so a block waits for those of other threads."""
    cuda = _indices(devices)
    with _GLOBAL, torch.random.fork_rng(cuda):
        begin_at(seed, devices)
        yield


def begin_at(seed: int, devices: Collection[torch.device] = ()) -> None:
    """Let torch draw from a seed on, within a block that `seeded` has begun."""
    torch.default_generator.manual_seed(seed)  # torch.manual_seed notes each call for every kind of device
    for index in _indices(devices):
        torch.cuda.default_generators[index].manual_seed(seed)


def _indices(devices: Collection[torch.device]) -> list[int]:
    return sorted({_index(device) for device in devices if device.type == "cuda"})


def _index(device: torch.device) -> int:
    return torch.cuda.current_device() if device.index is None else device.index
