"""Steps as examples of their own, and back: what lets a layer see each step of a sequence by itself."""

from dataclasses import dataclass

from swapbench_models.neural.network.layer import Layer, Shape, ShapeError, one, told


@dataclass(frozen=True, slots=True)
class EachStep(Layer):
    """Makes each step an example: the first axis goes into the batch."""

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = one(inputs)
        if len(shape) < 2:
            raise ShapeError(f"takes steps before other axes, found {told(shape)}")
        return shape[1:]


@dataclass(frozen=True, slots=True)
class Joined(Layer):
    """Makes each `steps` examples the steps of one again."""

    steps: int

    def output_shape(self, *inputs: Shape) -> Shape:
        return (self.steps, *one(inputs))
