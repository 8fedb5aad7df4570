"""Small programs of the network language, drawn from the templates of neural_table; no backend is needed for them."""

import math
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from neural_table import TABLE, TRAINED
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.network.dense import Embedding
from swapbench_models.neural.network.layer import Weight
from swapbench_models.neural.network.network import Network

# Environment `long` draws more, and has slow backends try each template instead of one in five.
MANY = bool(os.environ.get("NEURAL_MANY_DRAWS"))
DRAWS = 3 if MANY else 1
_HOLE = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True)
class Program:
    """One draw of a template: its name with the draw's number, its text, and from what weights and inputs are drawn.

    The `rare` ones are for backends that take long: one draw of a template, and few templates but for many draws.
    """

    name: str
    text: str
    seed: int
    rare: bool

    def network(self) -> Network:
        (checked,) = check(Source(self.text, self.name), options=Options(allow_code=True))
        return checked.network

    def weights(self, network: Network) -> list[np.ndarray]:
        """Return weights that keep values near 1."""
        generator = np.random.default_rng(self.seed)
        return [_drawn(weight, generator) for _, weight in network.weights()]

    def inputs(self, network: Network, examples: int | None = None) -> list[np.ndarray]:
        """Return so many examples, or one to three; an axis of unknown length has some places."""
        generator = np.random.default_rng(self.seed + 1)
        count, length = examples or int(generator.integers(1, 4)), int(generator.integers(4, 8))
        words = [step.layer.words for step in network.steps if isinstance(step.layer, Embedding)]
        found = []
        for each in network.inputs:
            shape = (count, *(length if size is None else size for size in each.shape))
            values: Any = generator.integers(min(words), size=shape) if each.whole else generator.normal(size=shape)
            found.append(values if each.whole else values.astype(np.float32))
        return found


def _drawn(weight: Weight, generator: np.random.Generator) -> np.ndarray:
    if weight.name == "moving_variance":
        return generator.uniform(0.5, 1.5, weight.shape).astype(np.float32)
    scale = 1 / math.sqrt(math.prod(weight.shape[:-1]))
    return generator.normal(1.0 if weight.name == "gamma" else 0.0, scale, weight.shape).astype(np.float32)


def programs() -> Iterator[Program]:
    """Yield each template, drawn several times if it has holes."""
    for number, (name, entry) in enumerate(TABLE.items()):
        template = entry if isinstance(entry, str) else f"input: {entry[0]} layers: {entry[1]}"
        draws = DRAWS if _HOLE.search(template) else 1
        for draw in range(draws):
            # By its name, so that a template more or less changes none of the others.
            seed = zlib.crc32(f"{name} {draw}".encode())
            generator = np.random.default_rng(seed)
            # Every other piece is a hole.
            pieces = enumerate(_HOLE.split(template))
            text = "".join(_filled(piece, draw, generator) if place % 2 else piece for place, piece in pieces)
            rare = draw == number % draws and (MANY or number % 5 == 0)
            yield Program(f"{name} {draw}", f"network A {{ {text} }}", seed, rare)


def trained() -> Iterator[Program]:
    """Yield what is to be trained."""
    for number, (name, text) in enumerate(TRAINED.items(), len(TABLE)):
        yield Program(name, f"network Trained {{ {text} }}", 1000 * number, rare=True)


def _filled(hole: str, draw: int, generator: np.random.Generator) -> str:
    """Return what a hole holds in a draw: of alternatives the first in the first draw, after that any."""
    low, dots, high = hole.partition("..")
    if dots:
        return str(generator.integers(int(low), int(high) + 1))
    alternatives = hole.split("|")
    return alternatives[0 if draw == 0 else generator.integers(len(alternatives))]
