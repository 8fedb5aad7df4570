"""What tests of the command of `video` have done in a process with torch."""

import torch

from swapbench_models.video import create
from swapbench_models.video.catalogue import CLIPS
from swapbench_models.video.networks.counting import macs, parameters


def sizes(profile: str) -> dict[str, tuple[int, int]]:
    """Return the trained numbers and the multiply-adds of every network in a profile."""
    found = {}
    for name, (frames, side) in CLIPS[profile].items():
        with torch.device("meta"):
            made = create(name, profile=profile)
        found[name] = (parameters(made), macs(made, (1, 3, frames, side, side)))
    return found
