"""Gains: what one preparation for both saves, what training at once saves, and whether that beats each alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.measured.fanout.arm import Arm, Branch, Result

Runs = Mapping[Arm, Sequence[Result]]


@dataclass(frozen=True)
class Gains:
    """Medians over runs, in seconds of the whole, and two ratios that are never mixed.

    `amortised` is both models' whole runs over one run with both in sequence after one preparation, and `concurrent`
    both branches alone over both at once, all with one thread. `at_once` and `sequence` are the best arms of their
    kinds, whatever their threads, and `alone` has the best of each model.
    """

    amortised: float
    concurrent: float
    at_once: tuple[Arm, float]
    sequence: tuple[Arm, float]
    alone: Mapping[str, float]

    @property
    def beats_each_alone(self) -> bool:
        """Whether both at once end sooner than either model alone, as the seed says."""
        return self.at_once[1] < min(self.alone.values())


def gains(runs: Runs) -> Gains:
    """Return what arms of the same work have gained."""
    wall = {arm: median(each.wall_s for each in results) for arm, results in runs.items()}
    models = next(arm.models for arm in runs if len(arm.models) > 1)
    sequences = [arm for arm in runs if arm.models == models and arm.schedule == "sequence"]
    at_once = min((arm for arm in runs if arm.schedule != "sequence"), key=lambda arm: wall[arm])
    sequence = min(sequences, key=lambda arm: wall[arm])
    prepare = median(each.prepare_s for arm in sequences if arm.threads == 1 for each in runs[arm])
    branches = sum(median(_branch_s(each) for each in runs[Arm((model,), "sequence", 1)]) for model in models)
    return Gains(
        amortised=(len(models) * prepare + branches) / (prepare + branches),
        concurrent=branches / median(each.wall_s - each.prepare_s for each in runs[at_once]),
        at_once=(at_once, wall[at_once]),
        sequence=(sequence, wall[sequence]),
        alone={model: min(wall[arm] for arm in runs if arm.models == (model,)) for model in models},
    )


def check_alike(runs: Runs) -> None:
    """Raise FingerprintError unless every run of a model with as many threads went the same way to the same weights."""
    seen: dict[tuple[str, int], Branch] = {}
    for arm, results in runs.items():
        for branch in (branch for result in results for branch in result.branches):
            first = seen.setdefault((branch.model, arm.threads), branch)
            if (first.weights, first.steps, first.rows) != (branch.weights, branch.steps, branch.rows):
                raise FingerprintError(
                    f"{arm.name}: {branch.model} ended with other weights than before ({branch.weights} after "
                    f"{branch.steps} steps, {first.weights} after {first.steps}); the arms cannot be compared."
                )


def _branch_s(result: Result) -> float:
    (branch,) = result.branches
    return branch.train_s + branch.write_s
