"""X3D: a narrow network for pictures, expanded along time, width, depth and size as far as each step pays.

Feichtenhofer, "X3D: Expanding Architectures for Efficient Video Recognition" (2020). Names of parameters are those of
PyTorchVideo, so that its published checkpoints fit.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from swapbench_models.training.seeding import seeded
from swapbench_models.video.networks.clips import checked, inside_out
from swapbench_models.video.networks.convolution import convolution, convolve
from swapbench_models.video.networks.residual import Residual, Stage, initialize


@dataclass(frozen=True)
class Size:
    """Factors on the channels of each stage (12, 24, 48, 96) and on its blocks (1, 2, 5, 3), the width of the head, and
    how many pixels of the clip become one in the stem."""

    width: float
    depth: float
    head: int = 2048
    stride: int = 2


# XS and S are M for smaller clips: 4 frames of 160 pixels, 13 of 160, 16 of 224; L is for 16 of 312.
PUBLISHED: Mapping[str, Size] = {**dict.fromkeys(("XS", "S", "M"), Size(2.0, 2.2)), "L": Size(2.0, 5.0)}
SIZES: Mapping[str, Size] = {
    "quick": Size(0.5, 0.2, 256, stride=4),
    "standard": Size(1.0, 0.5, 512),
    "paper": PUBLISHED["M"],
}
_CHANNELS, _DEPTHS = (12, 24, 48, 96), (1, 2, 5, 3)
_EXPANSION = 2.25  # of the channels within a block
_SQUEEZE = 1 / 16


class Separated(nn.Module):
    """A kernel of pictures and then one over time, which the published network calls the wrong way round."""

    def __init__(self, outputs: int, stride: int) -> None:
        super().__init__()
        side = 2 * stride - 1
        self.conv_t = convolution(3, outputs, (1, side, side), (1, stride, stride))
        self.conv_xy = convolution(outputs, outputs, (5, 1, 1), groups=outputs)


class Stem(nn.Module):
    """The first layer, which leaves a fraction of the picture's height and width."""

    def __init__(self, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv = Separated(outputs, stride)
        self.norm = nn.BatchNorm3d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return convolve(convolve(x, self.conv.conv_t), self.conv.conv_xy, self.norm).relu_()


class SqueezeExcitation(nn.Module):
    """Channels weighed by what all of them are on average (Hu, Shen and Sun, 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = rounded(channels * _SQUEEZE)
        self.block = nn.Sequential(
            nn.Conv3d(channels, squeezed, 1), nn.ReLU(), nn.Conv3d(squeezed, channels, 1), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        weights: Tensor = self.block(x.mean(dim=(2, 3, 4), keepdim=True))
        return x * weights


class Bottleneck(nn.Module):
    """More channels; each by itself, over time and picture; fewer again."""

    def __init__(self, inputs: int, outputs: int, stride: int, *, weighed: bool) -> None:
        super().__init__()
        inner = int(_EXPANSION * outputs)
        self.conv_a = convolution(inputs, inner, (1, 1, 1))
        self.norm_a = nn.BatchNorm3d(inner)
        self.conv_b = convolution(inner, inner, (3, 3, 3), (1, stride, stride), groups=inner)
        self.norm_b = nn.Sequential(nn.BatchNorm3d(inner), SqueezeExcitation(inner) if weighed else nn.Identity())
        self.conv_c = convolution(inner, outputs, (1, 1, 1))
        self.norm_c = nn.BatchNorm3d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = convolve(x, self.conv_a, self.norm_a).relu_()
        y = self.norm_b[1](convolve(y, self.conv_b, cast(nn.BatchNorm3d, self.norm_b[0])))
        y = functional.silu(y, inplace=not torch.is_grad_enabled())
        return convolve(y, self.conv_c, self.norm_c)


class Pool(nn.Module):
    """More channels, their mean over the clip, and more of them still."""

    def __init__(self, inputs: int, inner: int, outputs: int) -> None:
        super().__init__()
        self.pre_conv = convolution(inputs, inner, (1, 1, 1))
        self.pre_norm = nn.BatchNorm3d(inner)
        self.post_conv = convolution(inner, outputs, (1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        y = convolve(x, self.pre_conv, self.pre_norm).relu_()
        return convolve(y.mean(dim=(2, 3, 4), keepdim=True), self.post_conv).relu_()


class Head(nn.Module):
    """Logits of what is pooled."""

    def __init__(self, inputs: int, width: int, classes: int) -> None:
        super().__init__()
        self.pool = Pool(inputs, int(_EXPANSION * inputs), width)
        self.dropout = nn.Dropout(0.5)
        self.proj = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.proj(self.dropout(self.pool(x).flatten(1)))
        return logits


class X3D(nn.Module):
    """Clips (N, 3, T, H, W) in, logits (N, classes) out: the published network's, before its softmax."""

    published_head: ClassVar[str] = "blocks.5.proj"

    def __init__(self, size: Size, num_classes: int) -> None:
        super().__init__()
        channels = [rounded(each * size.width) for each in _CHANNELS]
        inputs = [channels[0], *channels[:-1]]
        depths = [math.ceil(each * size.depth) for each in _DEPTHS]
        stages = map(_stage, depths, inputs, channels)
        self.blocks = nn.ModuleList(
            [Stem(channels[0], size.stride), *stages, Head(channels[-1], size.head, num_classes)]
        )
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = inside_out(checked(x))
        for block in self.blocks:
            x = block(x)
        return x


def create(*, num_classes: int, profile: str, seed: int) -> X3D:
    """Return the network of a profile, with weights drawn from the seed."""
    with seeded(seed):
        return X3D(SIZES[profile], num_classes)


def rounded(width: float) -> int:
    """Return the multiple of 8 that is nearest to a width, but one that is not less than nine tenths of it."""
    nearest = max(8, int(width + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * width else nearest + 8


def _stage(depth: int, inputs: int, outputs: int) -> Stage:
    """Return blocks of which every second weighs its channels, and the first halves the picture."""
    return Stage(
        Residual(
            outputs if number else inputs,
            outputs,
            1 if number else 2,
            Bottleneck(outputs if number else inputs, outputs, 1 if number else 2, weighed=number % 2 == 0),
            normalized=inputs != outputs,
        )
        for number in range(depth)
    )
