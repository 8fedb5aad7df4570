"""Trials: choices of every hyper-parameter of a text, by grid or at random.

What one choice opens, as `HPO(choice(3, HPO(range(4, 8))))` does, is chosen after it: the space of a text is known only
when nothing in it is left open.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.fault import LanguageError
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tree import Value
from swapbench_models.neural.meaning.check import Checked, examine
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.meaning.space import Dimension

Chosen = Mapping[int, Value]
# A grid of more takes longer than anybody waits.
MOST_TRIALS = 10_000
# Of a range without steps a grid takes so many values.
POINTS = 3
# Draws at random whose networks are faulty, before it is given up.
_PATIENCE = 100


@dataclass(frozen=True, slots=True)
class Trial:
    """One choice of everything: its number, what was chosen by offset, and the network that it makes."""

    number: int
    chosen: Chosen
    checked: Checked

    def named(self, source: Source) -> dict[str, Value]:
        """Return what was chosen by a name that people understand: `Dense units, line 7`."""
        told: dict[str, Value] = {}
        for dimension in self.checked.space:
            line, column = source.place(dimension.at)
            name = f"{dimension.name}, line {line}"
            told[f"{name}, column {column}" if name in told else name] = self.chosen[dimension.at]
        return told


def grid(source: Source, network: str | None = None, options: Options | None = None) -> Iterator[Trial]:
    """Yield every choice, of ranges without steps POINTS values; those whose networks are faulty are left out.

    Raises NeuralError where there are more than MOST_TRIALS, or none.
    """
    waiting: list[dict[int, Value]] = [{}]
    made = looked_at = 0
    while waiting:
        chosen = waiting.pop()
        looked_at += 1
        if looked_at > MOST_TRIALS:
            raise NeuralError(f"{source.name}: its grid has more than {MOST_TRIALS:,} points; search at random.")
        left, checked = _open(source, chosen, network, options)
        if left:
            waiting += [{**chosen, left[0].at: value} for value in reversed(values(left[0]))]
        elif checked is not None:
            yield Trial(made, chosen, checked)
            made += 1
    if not made:
        raise NeuralError(f"{source.name}: no choice of its hyper-parameters makes a network without faults.")


def at_random(
    source: Source, count: int, seed: int, network: str | None = None, options: Options | None = None
) -> Iterator[Trial]:
    """Yield so many choices that are drawn at random, the same for a seed; those with faults are drawn anew.

    Raises NeuralError where too many in a row have faults.
    """
    chance = random.Random(seed)  # noqa: S311  # a draw that can be repeated
    for number in range(count):
        for _ in range(_PATIENCE):
            chosen, checked = complete(source, lambda dimension: draw(dimension, chance), network, options)
            if checked is not None:
                yield Trial(number, chosen, checked)
                break
        else:
            raise NeuralError(
                f"{source.name}: {_PATIENCE} choices in a row made networks with faults; narrow its space."
            )


def complete(
    source: Source, choose: Callable[[Dimension], Value], network: str | None, options: Options | None
) -> tuple[dict[int, Value], Checked | None]:
    """Return a choice of everything, one hyper-parameter after another, and its network; None where it has faults."""
    chosen: dict[int, Value] = {}
    while True:
        left, checked = _open(source, chosen, network, options)
        if not left:
            return chosen, checked
        chosen |= {dimension.at: choose(dimension) for dimension in left}


def _open(
    source: Source, chosen: Chosen, network: str | None, options: Options | None
) -> tuple[list[Dimension], Checked | None]:
    """Return the hyper-parameters that are not chosen yet; where none is left the network, None if it has faults."""
    found, faults = examine(source, chosen, options)  # type: ignore[arg-type]  # what is chosen may open more choices
    if faults and not chosen:  # they are the text's own
        raise LanguageError(source, faults)
    named = [one for one in found if network is None or one.network.name == network]
    # What is chosen next may go with what is chosen already better than its first alternative does.
    left = [dimension for one in named for dimension in one.space if dimension.at not in chosen]
    return left, None if left or faults else named[0]


def values(dimension: Dimension) -> list[Value]:
    """Return the values of a hyper-parameter that a grid takes."""
    if dimension.alternatives:
        return list(dimension.alternatives)
    low, step = dimension.low, dimension.step
    if step is not None:
        steps = _steps(dimension)
        if steps >= MOST_TRIALS:
            raise NeuralError(f"{dimension.name} has {steps + 1:,} steps, too many for a grid; search at random.")
        return [_tidy(low + number * step) for number in range(steps + 1)]
    shares = [number / (POINTS - 1) for number in range(POINTS)]
    found = [_between(dimension, share) for share in shares]
    return list(dict.fromkeys(found))


def draw(dimension: Dimension, chance: random.Random) -> Value:
    """Return a value at random: each alternative, each step and each order of magnitude is as likely as the next."""
    if dimension.alternatives:
        return chance.choice(values(dimension))
    if dimension.step is not None:
        return _tidy(dimension.low + chance.randint(0, _steps(dimension)) * dimension.step)
    return _between(dimension, chance.random())


def _between(dimension: Dimension, share: float) -> Value:
    low, high = dimension.low, dimension.high
    value = low * (high / low) ** share if dimension.log else low + (high - low) * share
    return round(value) if isinstance(low, int) and isinstance(high, int) else value


def _steps(dimension: Dimension) -> int:
    return math.floor((dimension.high - dimension.low) / (dimension.step or 1) + 1e-9)


def _tidy(value: float) -> float:
    """Return a number without what binary fractions add to it: 0.30000000000000004 becomes 0.3."""
    return value if isinstance(value, int) else float(f"{value:.12g}")
