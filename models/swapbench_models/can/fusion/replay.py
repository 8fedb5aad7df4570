"""Replay: the last transitions, out of which an agent learns in another order (Lin, "Self-improving reactive agents",
1992)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Transitions(NamedTuple):
    """In which sample (n,) what was done, what was given for it, which sample came next, and whether none did."""

    sample: Tensor
    action: Tensor
    reward: Tensor
    following: Tensor
    last: Tensor


class Replay(nn.Module):
    """A ring of the last `capacity` transitions. It is a module so that checkpoints hold it."""

    sample: Tensor
    action: Tensor
    reward: Tensor
    following: Tensor
    last: Tensor
    pushed: Tensor

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.capacity = capacity
        kinds = (torch.int32, torch.uint8, torch.float32, torch.int32, torch.bool)
        for name, kind in zip(Transitions._fields, kinds, strict=True):
            self.register_buffer(name, torch.zeros(capacity, dtype=kind))
        self.register_buffer("pushed", torch.zeros((), dtype=torch.int64))

    def __len__(self) -> int:
        return min(int(self.pushed), self.capacity)

    def push(self, given: Transitions) -> None:
        """Take transitions in, in the places of the oldest."""
        count = len(given.sample)
        kept = slice(max(0, count - self.capacity), count)
        places = (int(self.pushed) + torch.arange(count)[kept]) % self.capacity
        for name, values in given._asdict().items():
            ring: Tensor = getattr(self, name)
            ring[places] = values[kept].to(ring.dtype)
        self.pushed += count

    def at(self, places: Tensor) -> Transitions:
        """Return the transitions in places (n,) of the ring."""
        found = (getattr(self, name)[places] for name in Transitions._fields)
        return Transitions(*(each if each.dtype.is_floating_point else each.long() for each in found))

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Return the places of so many transitions, each of those that are there as likely each time."""
        return torch.randint(len(self), (count,), generator=generator)
