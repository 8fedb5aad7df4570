"""Layers that arrange values anew and change none."""

from dataclasses import dataclass

from swapbench_models.neural.network.layer import Layer, Shape, ShapeError, known, one, product, told


@dataclass(frozen=True, slots=True)
class Flatten(Layer):
    """All values in one row, the last axis fastest."""

    def output_shape(self, *inputs: Shape) -> Shape:
        total = product(one(inputs))
        if total is None:
            raise ShapeError(f"needs to know its input's shape, found {told(inputs[0])}")
        return (total,)


@dataclass(frozen=True, slots=True)
class Reshape(Layer):
    """The same values, last axis fastest, under another shape; one size may be -1 and is what is left."""

    shape: tuple[int, ...]

    def output_shape(self, *inputs: Shape) -> Shape:
        total = known(product(one(inputs)), "shape")
        given = product(size for size in self.shape if size != -1) or 0
        left = total // given if -1 in self.shape and given else 1
        if given * left != total:
            raise ShapeError(f"makes {told(self.shape)} of {told(inputs[0])}, which has {total:,} values")
        return tuple(left if size == -1 else size for size in self.shape)


@dataclass(frozen=True, slots=True)
class Permute(Layer):
    """Axes in another order, counted from 1 as Keras does."""

    axes: tuple[int, ...]

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = one(inputs)
        if sorted(self.axes) != list(range(1, len(shape) + 1)):
            raise ShapeError(f"puts axes in the order {told(self.axes)}, which {told(shape)} does not have")
        return tuple(shape[axis - 1] for axis in self.axes)
