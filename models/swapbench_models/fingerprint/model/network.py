"""Networks: rows in, a guess at each of their features out.

The layers are those of dfencoder (Alliance for Decision Education, BSD-3): embedded categories beside scaled numbers
and truths, a stack of layers, and a head for each kind of feature. The residual block adds its input after activation
and dropout.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from swapbench_models.fingerprint.model.features import Rows, embedding_dimensions
from swapbench_models.fingerprint.model.options import ACTIVATIONS, Block

# What a linear map has just made: relu changes it where it lies, which saves writing a layer's values a second time.
FUNCTIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    **{name: getattr(functional, name) for name in ACTIVATIONS},
    "relu": torch.relu_,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}


@dataclass(frozen=True)
class Widths:
    """The sizes of a network: features of each kind, and the units and dropout of each layer."""

    numeric: int
    binary: int
    sizes: tuple[int, ...]
    encoder: tuple[int, ...]
    decoder: tuple[int, ...]
    encoder_dropout: tuple[float, ...]
    decoder_dropout: tuple[float, ...]

    @property
    def inputs(self) -> int:
        return self.numeric + self.binary + sum(map(embedding_dimensions, self.sizes))


@dataclass(frozen=True)
class Guess:
    """What a network makes of n rows: scaled `numeric` (n, d), logits of the `binary` (n, b), and for each category
    column the logits of its codes."""

    numeric: Tensor
    binary: Tensor
    codes: tuple[Tensor, ...]


class Layer(nn.Module):
    """Linear map, activation, dropout."""

    def __init__(self, inputs: int, outputs: int, activation: str, dropout: float = 0.0) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.activation = FUNCTIONS[activation]
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        y = self.activation(self.linear(x))
        return functional.dropout(y, self.dropout, self.training) if self.dropout else y  # with 0 it would copy


class Residual(nn.Module):
    """A layer plus its own input, which is projected linearly where it has another width."""

    def __init__(self, inputs: int, outputs: int, activation: str, dropout: float = 0.0) -> None:
        super().__init__()
        self.layer = Layer(inputs, outputs, activation, dropout)
        self.projection: nn.Module = nn.Identity() if inputs == outputs else nn.Linear(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layer(x) + self.projection(x)
        return y


class Nothing(nn.Module):
    """The head of a kind of feature that there is none of: (n, 0)."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :0]


BLOCKS: Mapping[Block, type[Layer] | type[Residual]] = {"plain": Layer, "residual": Residual}


class Network(nn.Module):
    """The layers between rows and guesses: `inputs` numbers go in, `width` come to the heads, of which `numbers` and
    `truths` are guessed, and codes of these `sizes`."""

    def __init__(self, widths: Widths, block: Block, activation: str) -> None:
        super().__init__()
        self.inputs, self.numbers, self.truths, self.sizes = widths.inputs, widths.numeric, widths.binary, widths.sizes
        self.embeddings = nn.ModuleList(nn.Embedding(size, embedding_dimensions(size)) for size in widths.sizes)
        made: list[nn.Module] = []
        width = widths.inputs
        dropouts = (*widths.encoder_dropout, *widths.decoder_dropout)
        for units, dropout in zip((*widths.encoder, *widths.decoder), dropouts, strict=True):
            made.append(BLOCKS[block](width, units, activation, dropout))
            width = units
        self.layers = nn.Sequential(*made)
        self.width = width
        self.drops = any(dropouts)
        self.numeric = nn.Linear(width, widths.numeric) if widths.numeric else Nothing()
        self.binary = nn.Linear(width, widths.binary) if widths.binary else Nothing()
        self.codes = nn.ModuleList(nn.Linear(width, size) for size in widths.sizes)

    def learns(self, learning: bool) -> None:
        """Drop units out from now on, or no more; setting the mode of every module takes as long as a small batch."""
        if self.drops:
            self.train(learning)

    def forward(self, rows: Rows) -> Guess:
        embedded = [embedding(rows.codes[:, place]) for place, embedding in enumerate(self.embeddings)]
        x = self.layers(torch.cat([rows.numeric, rows.binary, *embedded], dim=1))
        numeric, binary, *codes = self._heads(x)
        return Guess(numeric, binary, tuple(codes))

    def _heads(self, x: Tensor) -> Sequence[Tensor]:
        """Return what each head makes of x, as one product: heads are a few units wide, and apart each would take as
        long as all."""
        heads = [head for head in (self.numeric, self.binary, *self.codes) if isinstance(head, nn.Linear)]
        weights, biases = torch.cat([head.weight for head in heads]), torch.cat([head.bias for head in heads])
        return functional.linear(x, weights, biases).split_with_sizes([self.numbers, self.truths, *self.sizes], dim=1)


def losses(guess: Guess, rows: Rows) -> Tensor:
    """Return the loss of each row in each feature, (n, features): squared error of scaled numbers, cross-entropy of
    truths and categories, in nats."""
    parts: Sequence[Tensor] = (
        functional.mse_loss(guess.numeric, rows.numeric, reduction="none"),
        functional.binary_cross_entropy_with_logits(guess.binary, rows.binary, reduction="none"),
        *(
            functional.cross_entropy(logits, rows.codes[:, place], reduction="none")[:, None]
            for place, logits in enumerate(guess.codes)
        ),
    )
    return torch.cat(list(parts), dim=1)
