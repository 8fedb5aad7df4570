"""Generated: the six data sets, drawn by a seed, where none are given."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from swapbench_models import sealed
from swapbench_models.can.catalogue import DATASETS
from swapbench_models.can.data.layout import SCENARIOS
from swapbench_models.can.data.plan import Plan, placed
from swapbench_models.can.data.published import ATTACKED, FREE
from swapbench_models.can.data.recordings import recording
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.runs import origin
from swapbench_models.can.runs.recordings import Dataset, Part


@dataclass(frozen=True)
class Generated:
    """Recordings that a profile and a seed stand for; they are made when they are first asked for."""

    profile: str
    seed: int

    def dataset(self, name: str) -> Dataset:
        """Return a data set; raises CanError where there is none of this name."""
        return _large(self, name) if self.profile == "paper" else _small(self, name)


def _made(of: Generated, name: str) -> Dataset:
    plan = Plan(name, of.profile, of.seed)
    tests = {scenario: _part(plan, scenario, (scenario,)) for scenario in SCENARIOS}
    return Dataset(name, _part(plan, "training", (FREE, ATTACKED)), tests, origin.generated(of.profile, of.seed))


# Several models are trained on each: all six stay in memory where they are small, and else the last.
_small = lru_cache(len(DATASETS))(_made)
_large = lru_cache(1)(_made)


def _part(plan: Plan, name: str, splits: Sequence[str]) -> Part:
    told = {"dataset": plan.dataset, "profile": plan.profile, "seed": plan.seed, "splits": list(splits)}
    return Part(name, lambda: sealed.digest(told), lambda: _frames(plan, splits))


def _frames(plan: Plan, splits: Sequence[str]) -> list[Frames]:
    listed = [entry for name, entry in placed(plan).items() if name.partition("/")[0] in splits]
    return [recording(plan, entry) for entry in dict.fromkeys(listed)]  # one may be in both splits for training
