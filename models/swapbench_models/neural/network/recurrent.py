"""Recurrent layers: one step after another, with a state that is carried along."""

from dataclasses import dataclass

from swapbench_models.neural.network.layer import Layer, Shape, Weight, known, of_rank, product

GATES = {"simple": 1, "lstm": 4, "gru": 3}


@dataclass(frozen=True, slots=True)
class Recurrent(Layer):
    """A simple recurrent layer, an LSTM (Hochreiter and Schmidhuber, 1997) or a GRU (Cho et al., 2014).

    Gates and biases are in Keras order; a GRU applies its reset gate after the product. `sequences`: the state after
    each step is returned, not the last alone. `backward`: from the last step to the first; sequences come in the order
    of the input all the same. `dropout` takes inputs out in training, `recurrent_dropout` states.
    """

    kind: str
    units: int
    sequences: bool = False
    backward: bool = False
    activation: str = "tanh"
    bias: bool = True
    dropout: float = 0.0
    recurrent_dropout: float = 0.0

    def output_shape(self, *inputs: Shape) -> Shape:
        steps, features = of_rank(inputs, 2, "(steps, features)")
        known(features, "features")
        return (steps, self.units) if self.sequences else (self.units,)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        features, gates = known(inputs[0][-1], "features"), GATES[self.kind] * self.units
        kernels = Weight("kernel", (features, gates)), Weight("recurrent_kernel", (self.units, gates), "orthogonal")
        if not self.bias:
            return kernels
        shape = (2, gates) if self.kind == "gru" else (gates,)
        return (*kernels, Weight("bias", shape, "forget" if self.kind == "lstm" else "zeros"))

    def flops(self, *inputs: Shape) -> int | None:
        steps, features = inputs[0]
        return product((2, steps, known(features, "features") + self.units, GATES[self.kind], self.units))
