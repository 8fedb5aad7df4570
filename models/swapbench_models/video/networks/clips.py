"""Clips, as every network takes them: (N, 3, T, H, W), and as frames (N x T, 3, H, W)."""

import torch
from torch import Tensor

from swapbench_models.video.error import VideoError

_AXES = ("clips", "3 colours", "frames", "height", "width")


def checked(x: Tensor) -> Tensor:
    """Return clips as they are; raises VideoError that names the expected shape where theirs is another."""
    if x.ndim != len(_AXES) or x.shape[1] != 3 or 0 in x.shape:
        raise VideoError(f"A batch of clips has the shape ({', '.join(_AXES)}), and not {tuple(x.shape)}.")
    return x


def inside_out(x: Tensor) -> Tensor:
    """Return clips with their colours innermost, which is how convolutions on a CPU are fastest."""
    return x.contiguous(memory_format=torch.channels_last_3d)


def as_frames(x: Tensor) -> Tensor:
    """Return the frames (N x T, C, H, W) of clips; a view, where channels lie innermost."""
    return innermost(x).flatten(0, 1).permute(0, 3, 1, 2)


def as_clips(frames: Tensor, count: int) -> Tensor:
    """Return frames as the `count` clips that they are of."""
    return outermost(torch.unflatten(frames.permute(0, 2, 3, 1), 0, (count, -1)))


def innermost(x: Tensor) -> Tensor:
    """Return clips in the order in which their values lie in memory: (N, T, H, W, C)."""
    return x.permute(0, 2, 3, 4, 1)


def outermost(x: Tensor) -> Tensor:
    """Return what lies so as clips."""
    return x.permute(0, 4, 1, 2, 3)
