"""Convolutions of clips, each with the normalization after it, in the way that takes least time.

Channels lie innermost. A kernel of one frame is one of pictures, and one of a single pixel is one of columns: the same
sums as a kernel in three dimensions has, with values that stay where they are, by code that is several times faster.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from swapbench_models.video.networks.clips import as_clips, as_frames, innermost, outermost


def convolution(
    inputs: int, outputs: int, kernel: tuple[int, int, int], stride: tuple[int, int, int] = (1, 1, 1), groups: int = 1
) -> nn.Conv3d:
    """Return a convolution without bias that keeps the size of a clip, but for its stride."""
    time, height, width = kernel
    padding = (time // 2, height // 2, width // 2)
    return nn.Conv3d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)


def convolve(x: Tensor, layer: nn.Conv3d, norm: nn.BatchNorm3d | None = None) -> Tensor:
    """Return what a convolution, and a normalization after it, make of clips.

    In evaluation a normalization is a scale and a shift of each channel, of which the kernel takes the one and a bias
    the other: one pass over the values less. The layers keep their weights, so that nothing can become outdated.
    """
    if norm is None:
        return _applied(x, layer, layer.weight, None)
    if norm.training or norm.running_mean is None or norm.running_var is None:
        normalized: Tensor = norm(_applied(x, layer, layer.weight, None))
        return normalized
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    return _applied(x, layer, layer.weight * scale.view(-1, 1, 1, 1, 1), norm.bias - norm.running_mean * scale)


def _applied(x: Tensor, layer: nn.Conv3d, weight: Tensor, bias: Tensor | None) -> Tensor:
    (time, *pixels), (step, *strides) = layer.kernel_size, layer.stride
    before, *around = (side // 2 for side in layer.kernel_size)
    if time == step == 1:
        kernel = _innermost(weight[:, :, 0])
        if pixels == strides == [1, 1]:
            # As many pictures of a row: of less than 16 in one thread, torch would take code that is slower by half.
            rows = functional.conv2d(_rows(x), kernel, bias, groups=layer.groups).permute(0, 2, 3, 1).squeeze(1)
            return outermost(torch.unflatten(rows, 0, innermost(x).shape[:3]))
        return as_clips(functional.conv2d(as_frames(x), kernel, bias, strides, around, groups=layer.groups), len(x))
    if pixels == strides == [1, 1]:
        columns = innermost(x).flatten(2, 3).permute(0, 3, 1, 2)
        kernel = _innermost(weight[..., 0])
        y = functional.conv2d(columns, kernel, bias, (step, 1), (before, 0), groups=layer.groups)
        return outermost(torch.unflatten(y.permute(0, 2, 3, 1), 2, x.shape[3:]))
    if layer.groups == len(weight) and time == 3 and step == 1 and torch.is_grad_enabled():
        return _shifted(x, layer, weight, bias)
    kernel = weight.contiguous(memory_format=torch.channels_last_3d)
    return functional.conv3d(x, kernel, bias, layer.stride, (before, *around), groups=layer.groups)


def _shifted(x: Tensor, layer: nn.Conv3d, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return what kernels of three frames, each of one channel, make of clips, as the sum of three of one frame.

    It takes up to twice as long as at once, but its gradients half as long, or less.
    """
    frames, strides, around = as_frames(x), layer.stride[1:], [side // 2 for side in layer.kernel_size[1:]]
    before, now, after = (
        innermost(as_clips(functional.conv2d(frames, kernel, shift, strides, around, groups=layer.groups), len(x)))
        for kernel, shift in zip(weight.unbind(2), (None, bias, None), strict=True)
    )
    later = functional.pad(before[:, :-1], (0, 0, 0, 0, 0, 0, 1, 0))
    sooner = functional.pad(after[:, 1:], (0, 0, 0, 0, 0, 0, 0, 1))
    return outermost(now + later + sooner)


def _rows(x: Tensor) -> Tensor:
    """Return the rows of all pictures as pictures: (N x T x H, C, 1, W)."""
    return innermost(x).flatten(0, 2).unsqueeze(1).permute(0, 3, 1, 2)


def _innermost(kernel: Tensor) -> Tensor:
    return kernel.contiguous(memory_format=torch.channels_last)
