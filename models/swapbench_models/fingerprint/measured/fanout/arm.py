"""Arms: what is trained of one stream of data, on which schedule, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Schedule = Literal["sequence", "processes", "threads"]
Users = Literal["generic", "individual", "all"]


@dataclass(frozen=True)
class Work:
    """What every arm does: read `files` of a source by way of a `cache` folder (None: from the files themselves),
    prepare the rows of all users, train for so many epochs and write the models: one for all `users` (generic), one
    each (individual), or both."""

    files: tuple[str, ...]
    source: str
    epochs: int
    seed: int = 0
    cache: str | None = None
    users: Users = "generic"


@dataclass(frozen=True)
class Arm:
    """Which models are trained, on what schedule, with how many threads each."""

    models: tuple[str, ...]
    schedule: Schedule
    threads: int

    @property
    def name(self) -> str:
        how = {"sequence": " then ", "processes": " beside ", "threads": " beside "}[self.schedule]
        told = f"{how.join(self.models)}, {self.threads} thread{'s' if self.threads > 1 else ''}"
        if len(self.models) == 1 or self.schedule == "sequence":
            return told
        return f"{told} each, {self.schedule}"


@dataclass(frozen=True)
class Branch:
    """One model's part of an arm: seconds of training and of writing, what it went through, and its weights' digest; of
    several users' models all together, and the mean of their losses."""

    model: str
    train_s: float
    write_s: float
    rows: int
    epochs: int
    steps: int
    loss: float
    weights: str


@dataclass(frozen=True)
class Result:
    """One run of an arm: seconds in all and of preparing, seconds of processors, most memory at a time of each process
    in bytes, and its branches."""

    wall_s: float
    prepare_s: float
    cpu_s: float
    peak_rss: tuple[int, ...]
    branches: tuple[Branch, ...]


def arms(models: Sequence[str], cores: int) -> list[Arm]:
    """Return each model alone, all in sequence after one preparation, and all at once: with one thread, and where there
    are more cores with one for each where branches do not share them."""
    counts = sorted({1, cores})
    alone = [Arm((model,), "sequence", threads) for threads in counts for model in models]
    sequence = [Arm(tuple(models), "sequence", threads) for threads in counts]
    return [*alone, *sequence, Arm(tuple(models), "processes", 1), Arm(tuple(models), "threads", 1)]
