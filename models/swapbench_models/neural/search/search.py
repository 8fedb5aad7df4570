"""The search: trials scored on folds, by grid, at random or by optuna, and the best of them."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.search.choices import Choices
from swapbench_models.neural.search.trials import Trial, at_random, grid
from swapbench_models.neural.search.values import POINTS

# Scores a trial: on each fold, its accuracy.
Score = Callable[[Trial], list[float]]

METHODS = ("grid", "random", "optuna")
# What texts call a search that learns from its trials.
_SPELLED = {"bayesian": "optuna", "tpe": "optuna"}


@dataclass(frozen=True, slots=True)
class Scored:
    """A trial with its accuracy on each fold; or with why it `failed`, and then with none."""

    trial: Trial
    accuracies: list[float]
    failed: str = ""

    @property
    def accuracy(self) -> float:
        return mean(self.accuracies)

    def interval(self) -> tuple[float, float] | None:
        """Return the 95 % interval of the mean over folds, by Student's t and corrected for the training parts that
        folds share (Nadeau and Bengio, 2003); None of fewer than three folds."""
        folds = len(self.accuracies)
        if folds < 3:
            return None
        from scipy.stats import t

        half = t.ppf(0.975, folds - 1) * stdev(self.accuracies) * math.sqrt(1 / folds + 1 / (folds - 1))
        return max(self.accuracy - half, 0.0), min(self.accuracy + half, 1.0)


def method_of(asked: str | None, text: str | None) -> str:
    """Return the method that was asked for, or that the text names, or `random`."""
    name = asked or text or "random"
    return _SPELLED.get(name, name)


def alike(best: Scored, others: Sequence[Scored]) -> list[Scored] | None:
    """Return the other trials whose intervals overlap with the best one's; None where fewer than three folds leave it
    none."""
    interval = best.interval()
    if interval is None:
        return None
    scored = [(one, one.interval()) for one in others if one is not best and not one.failed]
    return [one for one, own in scored if own is not None and own[1] >= interval[0]]


def search(
    choices: Choices, method: str, count: int, seed: int, score: Score, points: int = POINTS
) -> Iterator[Scored]:
    """Yield every trial with its scores as it ends; `count` trials, but for a grid, which has all of them.

    Raises NeuralError for an unknown method, or where optuna is asked for and not installed.
    """
    if method == "optuna":
        yield from _optuna(choices, count, seed, score)
    else:
        for trial in proposed(choices, method, count, seed, points):
            yield _scored(trial, score)


def _scored(trial: Trial, score: Score) -> Scored:
    """Return a trial with its scores; one whose training leaves the numbers takes nothing from the others."""
    try:
        return Scored(trial, score(trial))
    except NeuralError as error:
        return Scored(trial, [], str(error))


def proposed(choices: Choices, method: str, count: int, seed: int, points: int = POINTS) -> Iterator[Trial]:
    """Return the trials of a method that knows them before any is scored: all of a grid, or `count` at random.

    Raises NeuralError for a method that does not, and for an unknown one.
    """
    if method == "grid":
        return grid(choices, points)
    if method == "random":
        return at_random(choices, count, seed)
    if method in METHODS:
        raise NeuralError(f"What {method} tries depends on the scores of what it has tried; choose grid or random.")
    raise NeuralError(f"There is no method of search {method!r}; known are {', '.join(METHODS)}.")


def _optuna(choices: Choices, count: int, seed: int, score: Score) -> Iterator[Scored]:
    """Yield trials that optuna's tree of Parzen estimators proposes (Bergstra et al., 2011)."""
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise NeuralError('optuna is not installed; pip install "swapbench[neural]" brings it.') from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    for number in range(count):
        proposed = study.ask()
        chosen, checked = choices.complete(lambda dimension: _suggested(proposed, dimension))  # noqa: B023  # called in this turn
        if checked is None:
            study.tell(proposed, state=optuna.trial.TrialState.FAIL)
            continue
        scored = _scored(Trial(number, chosen, checked), score)
        if scored.failed:
            study.tell(proposed, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(proposed, scored.accuracy)
        yield scored


def _suggested(proposed: Any, dimension: Any) -> Any:
    name = f"{dimension.name} at {dimension.at}"
    if dimension.alternatives:  # by their place, for not all of them are numbers or texts
        return dimension.alternatives[proposed.suggest_categorical(name, list(range(len(dimension.alternatives))))]
    # Steps are of one size whatever the range, and optuna has none on a logarithmic scale.
    how = {"log": dimension.log} if dimension.step is None else {"step": dimension.step}
    if all(isinstance(each, int | None) for each in (dimension.low, dimension.high, dimension.step)):
        return proposed.suggest_int(name, dimension.low, dimension.high, **how)
    return proposed.suggest_float(name, dimension.low, dimension.high, **how)
