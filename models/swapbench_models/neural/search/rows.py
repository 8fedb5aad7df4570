"""Rows: the trials of a search as models that can be measured side by side, each with a name of its own."""

import itertools
import re
from collections.abc import Iterator

from swapbench_models.neural.language.printer import show_value
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tree import Value
from swapbench_models.neural.meaning.space import Dimension
from swapbench_models.neural.search.choices import Choices
from swapbench_models.neural.search.filling import filled
from swapbench_models.neural.search.search import proposed
from swapbench_models.neural.search.trials import Trial

# What a row may be called.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def rows(source: Source, method: str = "grid", count: int = 10, seed: int = 0) -> dict[str, str]:
    """Return the text of every trial, its choices made, by a name that says them: `units64-rate0.2`.

    Where that would be no name, or that of another trial, it is `trial` with its number, and more where that is taken.
    What is written otherwise is another choice, as 1 and 1.0 are. `count` trials are drawn where they are drawn
    `random`ly, or fewer where there are no more. Choices that make no network are left out. Raises
    NeuralError for a text whose trials all have faults, and for a method whose trials depend on the scores of others,
    which nobody has measured yet.
    """
    found: dict[str, str] = {}
    for trial in proposed(Choices(source), method, count, seed):
        name = next(name for name in _names(trial) if _NAME.fullmatch(name) and name not in found)
        found[name] = filled(source, trial.chosen)
    return found


def _names(trial: Trial) -> Iterator[str]:
    """Yield what a trial may be called, the best name first, without end."""
    yield "-".join(_choices(trial))
    yield f"trial{trial.number}"
    yield from (f"trial{trial.number}-{again}" for again in itertools.count(2))


def _choices(trial: Trial) -> Iterator[str]:
    for dimension in trial.checked.space:
        yield f"{_short(dimension)}{_told(trial.chosen[dimension.at])}"


def _told(value: Value) -> str:
    match value:
        case float():
            return f"{value:.4g}"
        case str():
            return value
    return show_value(value)


def _short(dimension: Dimension) -> str:
    """Return the last word of a hyper-parameter's name: `units` of `Dense units`."""
    return dimension.name.rpartition(" ")[2]
