"""SlowFast: a wide pathway that sees few frames, and a narrow one that sees all and tells the other what it saw.

Feichtenhofer, Fan, Malik and He, "SlowFast Networks for Video Recognition" (2019). Names of parameters are those of
PyTorchVideo, so that its published checkpoints fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from swapbench_models.training.seeding import seeded
from swapbench_models.video.error import VideoError
from swapbench_models.video.networks.clips import as_clips, as_frames, checked, inside_out
from swapbench_models.video.networks.convolution import convolution, convolve
from swapbench_models.video.networks.residual import Residual, Stage, initialize

Pair = tuple[Tensor, Tensor]
Kernel = tuple[int, int, int]


@dataclass(frozen=True)
class Size:
    """Channels after the slow pathway's stem, and blocks of each stage.

    The slow pathway sees every `alpha`-th frame; the fast one has a `beta`-th of its channels, of which a fusion makes
    twice as many for it with a kernel of `fusion` frames. The stem's kernel is `stem` pixels wide and high.
    """

    width: int
    depths: tuple[int, ...]
    alpha: int = 4
    beta: int = 8
    fusion: int = 7
    stem: int = 7

    @property
    def outputs(self) -> int:
        """The channels that the slow pathway ends with."""
        return 2 * self.width << len(self.depths)


# R50 8x8, and two that share its plan, for fewer and smaller frames.
SIZES: Mapping[str, Size] = {
    "quick": Size(8, (1, 1, 1), beta=4, stem=3),
    "standard": Size(16, (1, 1, 1, 1), beta=4),
    "paper": Size(64, (3, 4, 6, 3)),
}
# The frames that the first kernel of a block sees, in each stage of the slow and of the fast pathway.
_FRAMES = ((1, 1, 3, 3), (3, 3, 3, 3))
_STRIDES = (1, 2, 2, 2)
_WINDOW = 7  # pixels of a last picture of 224 pixels, the size that it is trained at


class Stem(nn.Module):
    """The first layer of a pathway: a quarter of the picture's height and width is left."""

    def __init__(self, outputs: int, kernel: Kernel) -> None:
        super().__init__()
        self.conv = convolution(3, outputs, kernel, (1, 2, 2))
        self.norm = nn.BatchNorm3d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = convolve(x, self.conv, self.norm).relu_()
        return as_clips(functional.max_pool2d(as_frames(y), 3, stride=2, padding=1), len(x))


class Bottleneck(nn.Module):
    """Fewer channels, over time; the picture; all channels again."""

    def __init__(self, inputs: int, inner: int, outputs: int, frames: int, stride: int) -> None:
        super().__init__()
        self.conv_a = convolution(inputs, inner, (frames, 1, 1))
        self.norm_a = nn.BatchNorm3d(inner)
        self.conv_b = convolution(inner, inner, (1, 3, 3), (1, stride, stride))
        self.norm_b = nn.BatchNorm3d(inner)
        self.conv_c = convolution(inner, outputs, (1, 1, 1))
        self.norm_c = nn.BatchNorm3d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = convolve(x, self.conv_a, self.norm_a).relu_()
        y = convolve(y, self.conv_b, self.norm_b).relu_()
        return convolve(y, self.conv_c, self.norm_c)


class Fusion(nn.Module):
    """What the fast pathway saw in `alpha` frames, beside what the slow one saw in one of them."""

    def __init__(self, inputs: int, size: Size) -> None:
        super().__init__()
        self.conv_fast_to_slow = convolution(inputs, 2 * inputs, (size.fusion, 1, 1), (size.alpha, 1, 1))
        self.norm = nn.BatchNorm3d(2 * inputs)

    def forward(self, slow: Tensor, fast: Tensor) -> Tensor:
        return torch.cat([slow, convolve(fast, self.conv_fast_to_slow, self.norm).relu_()], dim=1)


class Pathways(nn.Module):
    """A step of both pathways, and then the fusion, if there is one."""

    def __init__(self, slow: nn.Module, fast: nn.Module, fusion: Fusion | None) -> None:
        super().__init__()
        self.multipathway_blocks = nn.ModuleList([slow, fast])
        self.multipathway_fusion = fusion

    def forward(self, both: Pair) -> Pair:
        slow, fast = (block(x) for block, x in zip(self.multipathway_blocks, both, strict=True))
        return slow if self.multipathway_fusion is None else self.multipathway_fusion(slow, fast), fast


class Head(nn.Module):
    """Logits of the mean of each channel over time and windows of the picture.

    Windows are 7 pixels wide and high, as the published network has them whatever the picture: of a last picture of 7
    pixels or less it is the mean, and of one of 8 the middle weighs more than the rim.
    """

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.5)
        self.proj = nn.Linear(inputs, classes)

    def forward(self, both: Pair) -> Tensor:
        pictures = [x.mean(dim=2) for x in both]
        window = [min(_WINDOW, side) for side in pictures[0].shape[2:]]
        pooled = torch.cat([functional.avg_pool2d(picture, window, stride=1) for picture in pictures], dim=1)
        logits: Tensor = self.proj(self.dropout(pooled.flatten(2).transpose(1, 2)))
        return logits.mean(dim=1)


class SlowFast(nn.Module):
    """Clips (N, 3, T, H, W), T a multiple of `alpha`, in; logits (N, classes) out."""

    def __init__(self, size: Size, num_classes: int) -> None:
        super().__init__()
        self.alpha = size.alpha
        self.blocks = nn.ModuleList([_stems(size), *_stages(size)])
        # The published network pools in a block of its own, which has no parameters.
        self.blocks.extend([nn.Identity(), Head(size.outputs + size.outputs // size.beta, num_classes)])
        self.published_head = f"blocks.{len(self.blocks) - 1}.proj"
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        """Raise VideoError where frames are not a multiple of `alpha`."""
        fast = inside_out(checked(x))
        if fast.shape[2] % self.alpha:
            raise VideoError(
                f"SlowFast's slow pathway sees every {self.alpha}th frame, and a clip has {fast.shape[2]}; "
                f"give a multiple of {self.alpha}."
            )
        both = (fast[:, :, :: self.alpha], fast)
        *steps, _, head = self.blocks
        for step in steps:
            both = step(both)
        logits: Tensor = head(both)
        return logits


def create(*, num_classes: int, profile: str, seed: int) -> SlowFast:
    """Return the network of a profile, with weights drawn from the seed."""
    with seeded(seed):
        return SlowFast(SIZES[profile], num_classes)


def _stems(size: Size) -> Pathways:
    narrow = size.width // size.beta
    return Pathways(
        Stem(size.width, (1, size.stem, size.stem)), Stem(narrow, (5, size.stem, size.stem)), Fusion(narrow, size)
    )


def _stages(size: Size) -> list[Pathways]:
    """Return the stages; each leaves twice the channels of the one before, the first four times the stem's."""
    stages = []
    inputs = size.width
    for number, depth in enumerate(size.depths):
        outputs = 4 * size.width << number
        fused = inputs + 2 * inputs // size.beta
        slow = _stage(depth, fused, outputs, _FRAMES[0][number], _STRIDES[number])
        fast = _stage(depth, inputs // size.beta, outputs // size.beta, _FRAMES[1][number], _STRIDES[number])
        last = number + 1 == len(size.depths)
        stages.append(Pathways(slow, fast, None if last else Fusion(outputs // size.beta, size)))
        inputs = outputs
    return stages


def _stage(depth: int, inputs: int, outputs: int, frames: int, stride: int) -> Stage:
    first = Residual(inputs, outputs, stride, Bottleneck(inputs, outputs // 4, outputs, frames, stride))
    others = (
        Residual(outputs, outputs, 1, Bottleneck(outputs, outputs // 4, outputs, frames, 1)) for _ in range(depth - 1)
    )
    return Stage([first, *others])
