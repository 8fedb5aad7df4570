"""Plan: which recordings a generated data set has, and how many frames are in each."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from swapbench_models.can.data.layout import SCENARIOS
from swapbench_models.can.data.published import ATTACKED, BY_NAME, FREE, PUBLISHED, SPLITS, Published
from swapbench_models.can.error import CanError


@dataclass(frozen=True)
class Size:
    """How big a set is, and how fast its buses are.

    `opening_s` is how long a recording is free of attacks, but for a few, so that a detector may learn from it what is
    usual. `free`, `attacked` and `test` are frames, of both splits for training and of each scenario, over all their
    recordings; none where each has as many as the published one. Of each split there are recordings of the first
    `families` of attacks, which go on for a while in each cycle of `cycle_s`. `ids` is the share of a vehicle's
    identifiers that is left, `stretch` what their periods are multiplied with, and `slower` a bit's time on the bus and
    the attacks' pace, so that the bus stays as full.
    """

    opening_s: float
    free: int | None = None
    attacked: int | None = None
    test: int | None = None
    families: int | None = None
    cycle_s: float | None = None
    ids: float = 1.0
    stretch: int = 1
    slower: int = 1


# With five seconds at 2,000 frames a second a recording that is learnt from would have 10,000 before its first attack:
# for the smallest the bus is slow, 125 kbit/s, and no period above a fifth of its opening second.
SIZES = {
    "quick": Size(1.0, free=2000, attacked=7200, test=2600, families=2, cycle_s=2.5, ids=0.45, stretch=2, slower=4),
    "standard": Size(5.0, free=40000, attacked=90000, test=90000, families=3, cycle_s=5.0),
    "paper": Size(5.0, cycle_s=10.0),
}


@dataclass(frozen=True)
class Plan:
    """A data set by its name, one of PUBLISHED, as big as a profile says, one of SIZES; the same seed gives the same.

    Raises CanError for what cannot be.
    """

    dataset: str = "hcrl_sa"
    profile: str = "quick"
    seed: int = 0

    def __post_init__(self) -> None:
        for what, value, known in (("dataset", self.dataset, PUBLISHED), ("profile", self.profile, SIZES)):
            if value not in known:
                raise CanError(f"{what} {value!r} is not known; give one of {', '.join(known)}.")
        if self.seed < 0:
            raise CanError(f"seed {self.seed}: give a whole number from 0 on.")

    @property
    def size(self) -> Size:
        """How big it is."""
        return SIZES[self.profile]

    @property
    def published(self) -> Published:
        """What it takes the place of."""
        return PUBLISHED[self.dataset]

    def chance(self, *what: str | int) -> np.random.Generator:
        """Return what decides all that is by chance in something; it is called for whole numbers alone, which are the
        same on every machine."""
        return np.random.default_rng([self.seed, *(_number(each) for each in what)])


@dataclass(frozen=True)
class Entry:
    """A recording of a set: its split, name, vehicle, family of attacks, empty where there is none, and frames.

    `injected` is how many of the frames are, none where the plan leaves it to its mix. `turn` numbers the recordings of
    a split. Recordings of one `drive` are of the same one.
    """

    split: str
    name: str
    vehicle: str
    family: str
    frames: int
    injected: int | None
    turn: int

    @property
    def engine(self) -> bool:
        """Whether the engine runs."""
        return "accessory" not in self.name

    @property
    def drive(self) -> tuple[str | int, ...]:
        """What its drive is drawn by: the split that it is of for the first time, and the number in its name."""
        number = self.name.rpartition("-")[2]
        return (self.split, number if number.isdigit() else self.name, self.engine)


def entries(plan: Plan) -> Iterator[Entry]:
    """Yield the recordings of a set, in the order of its splits; those free of attacks are of two splits, and stand
    only in the first."""
    for split in SPLITS:
        told = _first(plan, plan.published.recordings[split])
        total = _total(plan.size, split)
        for turn, (name, frames, injected) in enumerate(told):
            family = "" if split == FREE else _family(name)
            yield Entry(
                split,
                name,
                _vehicle(plan.published, split, name),
                family,
                frames if total is None else total // len(told),
                0 if not family else injected if total is None else None,
                turn,
            )


def placed(plan: Plan) -> dict[str, Entry]:
    """Return of each place in a set, SPLIT/NAME, in their order, the recording that stands there."""
    listed = {f"{entry.split}/{entry.name}": entry for entry in entries(plan)}
    again = {f"{ATTACKED}/{entry.name}": entry for entry in listed.values() if entry.split == FREE}
    return dict(sorted({**listed, **again}.items()))


def _first(plan: Plan, told: str) -> list[tuple[str, int, int]]:
    words = told.split()
    every = [(name, int(frames), int(n)) for name, frames, n in zip(words[::3], words[1::3], words[2::3], strict=True)]
    if plan.size.families is None:
        return every
    first: dict[str, tuple[str, int, int]] = {}
    for told_of in every:
        first.setdefault(_family(told_of[0]), told_of)
    # Elsewhere they are few, and named after what tells them apart.
    return list(first.values())[: plan.size.families] if plan.published.overlaid else every


def _family(name: str) -> str:
    return name.rpartition("-")[0]


def _total(size: Size, split: str) -> int | None:
    return size.free if split == FREE else size.attacked if split == ATTACKED else size.test


def _vehicle(published: Published, split: str, name: str) -> str:
    if published.vehicles[0] == BY_NAME:
        return name.rpartition("-")[2].lower()
    return published.vehicles[SCENARIOS.index(split) if split in SCENARIOS else 0]


def _number(what: str | int) -> int:
    return zlib.crc32(what.encode()) if isinstance(what, str) else int(what)
