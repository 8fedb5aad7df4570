"""Normalization: values brought to mean 0 and deviation 1, over a batch or within an example."""

from dataclasses import dataclass

from swapbench_models.neural.network.layer import Layer, Shape, ShapeError, Weight, known, one, product


@dataclass(frozen=True, slots=True)
class _Scaled(Layer):
    """Normalized, then scaled by a trained factor and moved by a trained offset, one for each place of the last axis.

    `epsilon` is added to the variance.
    """

    epsilon: float
    center: bool = True
    scale: bool = True

    def output_shape(self, *inputs: Shape) -> Shape:
        known(one(inputs)[-1], "last axis")
        return inputs[0]

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        size = (known(one(inputs)[-1], "last axis"),)
        gamma, beta = Weight("gamma", size, "ones"), Weight("beta", size, "zeros")
        return (*((gamma,) if self.scale else ()), *((beta,) if self.center else ()))


@dataclass(frozen=True, slots=True)
class BatchNorm(_Scaled):
    """Over the batch in training, by moving mean and variance after it; they move by 1 - `momentum` a batch."""

    momentum: float = 0.99

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        size = (known(one(inputs)[-1], "last axis"),)
        moving = Weight("moving_mean", size, "zeros", trained=False)
        return (*_Scaled.weights(self, *inputs), moving, Weight("moving_variance", size, "ones", trained=False))


@dataclass(frozen=True, slots=True)
class LayerNorm(_Scaled):
    """Over the last axis of each example (Ba et al., 2016)."""


@dataclass(frozen=True, slots=True)
class GroupNorm(_Scaled):
    """Over all places of each of `groups` groups of channels (Wu and He, 2018); 0 groups: each channel its own."""

    groups: int = 32

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = _Scaled.output_shape(self, *inputs)
        channels = known(shape[-1], "channels")
        if self.groups and channels % self.groups:
            raise ShapeError(f"has {self.groups} groups, which do not divide its input's {channels} channels")
        if product(shape) == (self.groups or channels):
            raise ShapeError("normalizes each value by itself, which leaves nothing of it; take fewer groups")
        return shape
