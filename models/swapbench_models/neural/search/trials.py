"""Trials: choices of every hyper-parameter of a text that make a network, by grid or at random."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tree import Value
from swapbench_models.neural.meaning.check import Checked
from swapbench_models.neural.meaning.space import Dimension
from swapbench_models.neural.search.choices import Choices, Chosen, named
from swapbench_models.neural.search.values import POINTS, draw, every, on_grid

# A grid of more takes longer than anybody waits.
MOST_TRIALS = 10_000
# Draws at random in a row that make no network, or nothing new, before it is given up.
_PATIENCE = 100


@dataclass(frozen=True, slots=True)
class Trial:
    """One choice of everything: its number, what was chosen by offset, and the network that it makes."""

    number: int
    chosen: Chosen
    checked: Checked

    def named(self, source: Source) -> dict[str, Value]:
        """Return what was chosen by a name that people understand: `Dense units, line 7`."""
        return named(source, self.checked.space, self.chosen)


def grid(choices: Choices, points: int = POINTS) -> Iterator[Trial]:
    """Yield every choice that makes a network, of ranges without steps so many values.

    Raises NeuralError where there are more than MOST_TRIALS, or none.
    """
    waiting: list[dict[int, Value]] = [{}]
    made = looked_at = 0
    while waiting:
        chosen = waiting.pop()
        looked_at += 1
        if looked_at > MOST_TRIALS:
            told = f"its grid has more than {MOST_TRIALS:,} points; search at random."
            raise NeuralError(f"{choices.source.name}: {told}")
        left, checked = choices.left(chosen)
        if left:
            waiting += [{**chosen, left[0].at: value} for value in reversed(on_grid(left[0], points))]
        elif checked is not None:
            yield Trial(made, chosen, checked)
            made += 1
    if not made:
        raise choices.none("no choice of its hyper-parameters makes a network without faults")


@dataclass(slots=True)
class _Drawn:
    """What has been drawn after the choices before: what followed each value; `over` where no more can follow."""

    after: dict[str, "_Drawn"] = field(default_factory=dict)
    over: bool = False

    def is_over(self, value: Value) -> bool:
        return repr(value) in self.after and self.after[repr(value)].over


def at_random(choices: Choices, count: int, seed: int) -> Iterator[Trial]:
    """Yield so many choices that are drawn at random, each once and the same for a seed; those that make no network are
    drawn anew.

    There are fewer where every choice has been drawn, or too many in a row make none; `choices.ended` says so then.
    Raises NeuralError where not one makes a network.
    """
    chance, drawn = random.Random(seed), _Drawn()  # noqa: S311  # a draw that can be repeated
    made = failed = 0
    while made < count and not drawn.over and failed < _PATIENCE:
        chosen, checked = _draw_anew(choices, drawn, chance)
        failed += 1
        if checked is not None:
            yield Trial(made, chosen, checked)
            made, failed = made + 1, 0
    told = "no choice of its hyper-parameters makes a network without faults"
    if not drawn.over:
        told = f"{_PATIENCE} choices in a row made networks with faults; narrow its space"
    if not made:
        raise choices.none(told)
    if made < count:
        choices.ended = "there are no other choices that make a network" if drawn.over else told


def _draw_anew(choices: Choices, drawn: _Drawn, chance: random.Random) -> tuple[dict[int, Value], Checked | None]:
    """Return a choice of everything that was not drawn before, and its network; None where it makes none."""
    chosen: dict[int, Value] = {}
    path: list[tuple[_Drawn, Dimension]] = []
    while True:
        left, checked = choices.left(chosen)
        if not left:
            break
        for dimension in left:
            chosen[dimension.at] = value = _unspent(dimension, drawn, chance)
            path.append((drawn, dimension))
            drawn = drawn.after.setdefault(repr(value), _Drawn())
    drawn.over = True
    for before, dimension in reversed(path):
        there = every(dimension)
        before.over = there is not None and all(map(before.is_over, there))
    return chosen, checked


def _unspent(dimension: Dimension, drawn: _Drawn, chance: random.Random) -> Value:
    """Return a value at random of those that something can still follow."""
    for _ in range(_PATIENCE):
        value = draw(dimension, chance)
        if not drawn.is_over(value):
            return value
    there = every(dimension)  # of more values than can be listed, draws at random find new ones
    return value if there is None else chance.choice([value for value in there if not drawn.is_over(value)])
