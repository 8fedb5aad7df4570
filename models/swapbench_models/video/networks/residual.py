"""Residual blocks, and stages of them, as SlowFast and X3D share them (He and others, 2016)."""

from collections.abc import Iterable

from torch import Tensor, nn

from swapbench_models.video.networks.convolution import convolution, convolve


class Residual(nn.Module):
    """A branch plus its own input, which is projected where it has another width or a larger picture."""

    def __init__(self, inputs: int, outputs: int, stride: int, branch: nn.Module, *, normalized: bool = True) -> None:
        """`normalized` tells whether a projection, where there is one, has a normalization."""
        super().__init__()
        projected = inputs != outputs or stride != 1
        self.branch1_conv = convolution(inputs, outputs, (1, 1, 1), (1, stride, stride)) if projected else None
        self.branch1_norm = nn.BatchNorm3d(outputs) if projected and normalized else None
        self.branch2 = branch

    def forward(self, x: Tensor) -> Tensor:
        skipped = x if self.branch1_conv is None else convolve(x, self.branch1_conv, self.branch1_norm)
        y: Tensor = self.branch2(x)
        return y.add_(skipped).relu_()


class Stage(nn.Module):
    """Residual blocks, one after the other."""

    def __init__(self, blocks: Iterable[Residual]) -> None:
        super().__init__()
        self.res_blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.res_blocks:
            x = block(x)
        return x


def initialize(network: nn.Module) -> None:
    """Draw weights as PyTorchVideo does: a residual branch starts as nothing, and a head next to nothing.

    Convolutions are those of He and others (2015) for what leaves them.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv3d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)
        elif isinstance(module, Residual):
            nn.init.zeros_(module.branch2.get_submodule("norm_c").get_parameter("weight"))
