"""The suite `empty`: as many cells as are asked for, of models that do nothing."""

from math import isqrt

from swapbench.base.error import SwapError
from swapbench.commands.selfcheck.scale import workloads
from swapbench.plan.backend import Backend
from swapbench.plan.metric import Metric
from swapbench.plan.parts import Dataset, Model, Phase, Profile
from swapbench.plan.suite import Suite

FOLDS = 5
_MODULE = workloads.__name__


def empty(cells: int) -> Suite:
    """Return a suite of so many cells: about as many models as datasets, each in five folds of one round.

    Neither fork servers nor children import scikit-learn, which would be most of what they do.
    """
    models, datasets = shape(cells)
    return Suite(
        "empty",
        models={f"m{number}": Model({"python": f"{_MODULE}:Nothing"}, {"number": number}) for number in range(models)},
        datasets={f"d{number}": Dataset(f"{_MODULE}:load", options={"number": number}) for number in range(datasets)},
        backends={"python": Backend("python", "numpy", ("numpy",), ("numpy",))},
        split=f"{_MODULE}:split",
        metrics=[Metric("accuracy", f"{_MODULE}:accuracy", bounds=(0.0, 1.0))],
        phases=[Phase("predict", repeats=5, scored=True)],
        profiles={"quick": Profile(FOLDS, 1)},
    )


def shape(cells: int) -> tuple[int, int]:
    """Return of how many models and datasets a matrix of so many cells is, as near to a square as it can be."""
    pairs, rest = divmod(cells, FOLDS)
    if cells < FOLDS or rest:
        raise SwapError(f"--sizes {cells}: give a multiple of {FOLDS}, for each model and dataset has {FOLDS} folds.")
    datasets = next(number for number in range(isqrt(pairs), 0, -1) if pairs % number == 0)
    return pairs // datasets, datasets
