"""Layers that join several inputs into one."""

from dataclasses import dataclass

from swapbench_models.neural.network.layer import Layer, Shape, ShapeError, known, product, told


@dataclass(frozen=True, slots=True)
class Merge(Layer):
    """Inputs of one shape joined place by place: `add`, `subtract`, `multiply`, `average`, `maximum` or `minimum`."""

    kind: str

    def output_shape(self, *inputs: Shape) -> Shape:
        _several(inputs)
        if self.kind == "subtract" and len(inputs) != 2:
            raise ShapeError(f"takes two inputs, found {len(inputs)}")
        if len(set(inputs)) > 1:
            raise ShapeError(f"takes inputs of one shape, found {' and '.join(map(told, inputs))}")
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Concatenate(Layer):
    """Inputs one after another along an axis of the example; all other axes must agree."""

    axis: int = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        _several(inputs)
        rank = len(inputs[0])
        if not -rank <= self.axis < rank:
            raise ShapeError(f"joins along axis {self.axis}, which {told(inputs[0])} does not have")
        axis = self.axis % rank
        if len({(*shape[:axis], *shape[axis + 1 :]) for shape in inputs}) > 1 or {len(s) for s in inputs} != {rank}:
            found = " and ".join(map(told, inputs))
            raise ShapeError(f"takes inputs that agree but for axis {self.axis}, found {found}")
        sizes = [shape[axis] for shape in inputs]
        total = None if None in sizes else sum(size for size in sizes if size is not None)
        return (*inputs[0][:axis], total, *inputs[0][axis + 1 :])


@dataclass(frozen=True, slots=True)
class Dot(Layer):
    """Products of two inputs summed over an axis of each; `normalize`: of vectors of length 1 (cosine)."""

    axes: tuple[int, int] = (-1, -1)
    normalize: bool = False

    def _kept(self, inputs: tuple[Shape, ...]) -> tuple[Shape, Shape, int]:
        if len(inputs) != 2:
            raise ShapeError(f"takes two inputs, found {len(inputs)}")
        for shape, axis in zip(inputs, self.axes, strict=True):
            if len(shape) > 2 or not -len(shape) <= axis < len(shape):
                raise ShapeError(f"sums over axis {axis} of one or two axes, found {told(shape)}")
        first, second = (
            (shape[: axis % len(shape)] + shape[axis % len(shape) + 1 :], shape[axis])
            for shape, axis in zip(inputs, self.axes, strict=True)
        )
        if first[1] != second[1]:
            raise ShapeError(f"sums over axes of one length, found {' and '.join(map(told, inputs))}")
        return first[0], second[0], known(first[1], "summed axis")

    def output_shape(self, *inputs: Shape) -> Shape:
        first, second, _ = self._kept(inputs)
        return (*first, *second) or (1,)

    def flops(self, *inputs: Shape) -> int | None:
        first, second, summed = self._kept(inputs)
        return product((2, *first, *second, summed))


def _several(inputs: tuple[Shape, ...]) -> None:
    if len(inputs) < 2:
        raise ShapeError(f"joins two inputs or more, found {len(inputs)}")
