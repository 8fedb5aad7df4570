"""A refusal: everything in a network that a backend cannot do, told before a line is written."""

from collections.abc import Iterable

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.generate.expression import function
from swapbench_models.neural.network.attention import Attention
from swapbench_models.neural.network.dense import Embedding
from swapbench_models.neural.network.network import Network, Part, Step
from swapbench_models.neural.network.pointwise import Code, Meaningless

Reason = tuple[Step, str]


class GenerationError(NeuralError):
    """A backend cannot do all that a network asks for; `refused` has each layer with the reason."""

    def __init__(self, network: Network, backend: str, refused: Iterable[Reason]) -> None:
        self.refused: tuple[tuple[Part, str], ...] = tuple(
            dict.fromkeys((network.parts[step.part], reason) for step, reason in refused)
        )
        numbers = {part: number for number, part in reversed(list(enumerate(network.parts, 1)))}
        lines = (f"  layer {numbers[part]}, {part.label}: {reason}" for part, reason in self.refused)
        super().__init__("\n".join((f"{network.name} cannot be generated for {backend}:", *lines)))


def everywhere(network: Network) -> Iterable[Reason]:
    """Yield what no backend generates."""
    for step in network.steps:
        match step.layer:
            case Meaningless(name):
                yield step, f"{name} has no meaning that anyone has defined"
            case Code(expression) if function(expression) is None:
                yield step, "function: is no expression of Python, and no lambda"
            case Embedding(masked=True):
                yield step, "mask_zero: masks of padding are not generated"
            case Attention(masked=True):
                yield step, "use_attention_mask: masks of padding are not generated"
