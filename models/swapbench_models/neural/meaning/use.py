"""A use of a layer: what it is given, where, and how the layers that stand in it are laid out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from swapbench_models.neural.language.tree import Branch, Call, Layer
from swapbench_models.neural.meaning.graph import Graph
from swapbench_models.neural.meaning.signature import Signature
from swapbench_models.neural.network.pointwise import Activation

# Lays statements out after some values and returns those that leave.
LayOut = Callable[[tuple[Layer | Branch, ...], tuple[int, ...]], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Use:
    """One layer of the text: its arguments bound, the values that reach it, and what stands in its braces.

    `start` is the value at the beginning of its block, or what the block's last join before it left.
    """

    graph: Graph
    given: dict[str, Any]
    inputs: tuple[int, ...]
    start: int
    body: tuple[Layer | Branch, ...] | None
    lay_out: LayOut
    bind: Callable[[Signature, Call], dict[str, Any] | None]

    @property
    def input(self) -> int:
        """The only value that reaches it; several are refused."""
        if len(self.inputs) != 1:
            self.graph.refuse(
                f"takes one input, found {len(self.inputs)}; join them before it, by Add() or Concatenate() say"
            )
        return self.inputs[0]

    def activated(self, value: int) -> int:
        """Return the value with the activation that was asked for, if any was."""
        kind = self.given.get("activation")
        return value if kind is None else self.graph.put(Activation(kind), value)
