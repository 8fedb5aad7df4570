"""Rows: the trials of a search as models that can be measured side by side, each with a name of its own."""

import re
from collections.abc import Iterator

from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.space import Dimension
from swapbench_models.neural.search.choices import Choices
from swapbench_models.neural.search.filling import filled
from swapbench_models.neural.search.search import proposed
from swapbench_models.neural.search.trials import Trial

# What a row may be called.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def rows(source: Source, method: str = "grid", count: int = 10, seed: int = 0) -> dict[str, str]:
    """Return the text of every trial, its choices made, by a name that says them: `units64-rate0.2`.

    Where that would be no name, or that of another trial, it is `trial` with its number. `count` trials are drawn where
    they are drawn `random`ly, or fewer where there are no more. Choices that make no network are left out. Raises
    NeuralError for a text whose trials all have faults, and for a method whose trials depend on the scores of others,
    which nobody has measured yet.
    """
    found: dict[str, str] = {}
    for trial in proposed(Choices(source), method, count, seed):
        name = "-".join(_choices(trial))
        if not _NAME.fullmatch(name) or name in found:
            name = f"trial{trial.number}"
        found[name] = filled(source, trial.chosen)
    return found


def _choices(trial: Trial) -> Iterator[str]:
    for dimension in trial.checked.space:
        value = trial.chosen[dimension.at]
        yield f"{_short(dimension)}{f'{value:.4g}' if isinstance(value, float) else value}"


def _short(dimension: Dimension) -> str:
    """Return the last word of a hyper-parameter's name: `units` of `Dense units`."""
    return dimension.name.rpartition(" ")[2]
