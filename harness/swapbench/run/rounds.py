"""Rounds: the independent samples of one cell, measured one after another."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from swapbench.plan.backend import Backend
from swapbench.plan.error import SwapError
from swapbench.plan.suite import Suite
from swapbench.run.backends import BACKENDS
from swapbench.run.cache import Cache
from swapbench.run.data import up_to_date
from swapbench.run.job import Job, Settings, preparation
from swapbench.run.local import LocalEngine
from swapbench.run.task import Outcome, Task

_REPEATS = 2
_WAIT_S = 0.05
_LONGEST_WAIT_S = 1.0
_PREPARATION_TIMEOUT_S = 3600.0


class RoundError(Exception):
    """A round that did not end well; `outcome` says how."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


@dataclass
class Rounds:
    """The rounds of one job so far: their samples, those discarded as contaminated, the last answer of a child, and
    the digests of all predictions seen; `short` says that its phase of one call was found to take so little that it is
    made on several models (None: not measured yet)."""

    engine: LocalEngine
    job: Job
    settings: Settings
    samples: list[dict[str, Any]] = field(default_factory=list)
    discarded: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    predictions: set[str | None] = field(default_factory=set)
    short: bool | None = None

    def measure(self) -> float:
        """Measure one more round and return its time in seconds; raises RoundError when it fails."""
        for failure in filter(None, measure([self])):
            raise RoundError(failure)
        return float(self.samples[-1]["wall_s"])

    def fit_once(self) -> Outcome | None:
        """For a phase that follows fit, fit once in a child of its own and keep the result, so that every round
        starts from it in a process that has never trained; return how that failed, if it did."""
        request = self.job.request
        follows = any(phase["name"] == "fit" for phase in request.before)
        if self.samples or not follows or Cache(self.settings.cache).sound(request.fitted):
            return None
        (outcome,) = self.engine.run(self.task(action="fit", memory_limit=None))
        return _failure(outcome)

    def forget(self) -> None:
        """Drop what has been measured so far."""
        self.samples.clear()
        self.discarded.clear()

    def take(self, sample: dict[str, Any], *, again: bool) -> None:
        """Keep a sample, or with `again` put it aside, for its round will be measured once more."""
        (self.discarded if again else self.samples).append(sample)
        if sample["models"] > 1:
            self.short = True
        elif self.short is None and not sample["contaminated"]:
            self.short = False  # what other load may have drawn out decides nothing

    @property
    def repeated(self) -> bool:
        """Whether a round makes several calls, and so can be in step with another side's."""
        return self.job.request.phase["repeats"] > 1 or bool(self.short)

    def task(self, **changes: Any) -> Task:
        """Return the task of one round, with changes to its request."""
        job, changes = self.job, {"short": self.short, **changes}
        return Task(replace(job.request, **changes), job.backend, job.timeout_s, job.preload)

    def sample(self, outcome: Outcome) -> dict[str, Any]:
        """Return the sample that a child has brought."""
        self.answer = outcome.answer
        self.predictions.add(outcome.answer.get("predictions_sha256"))
        took = {"elapsed_s": outcome.elapsed_s, "queued_s": outcome.queued_s, "server": outcome.server}
        return {**outcome.answer["sample"], **took}


def measure(sides: Sequence[Rounds]) -> list[Outcome | None]:
    """Measure one more round of each side, all on one engine, and return how it failed for each, or None.

    Where all sides make several calls a round, they live at the same time and make their calls in step; a phase of one
    call that takes long, and may need all memory, is measured one side after the other. Which it is of the two shows
    when it is measured for the first time: a round that was measured apart and turns out short does not count. Samples
    of several sides carry the name of the round that they have in common as `heat`.
    """
    failures = [side.fit_once() for side in sides]
    if any(failures):
        return failures
    if len(sides) == 1:
        return _measured(sides, {})
    heat = {"heat": uuid.uuid4().hex[:8]}
    if all(side.repeated for side in sides):
        return _measured(sides, heat)
    failures = [failure for side in sides for failure in _measured([side], heat)]
    if any(failures) or not all(side.repeated for side in sides):
        return failures
    for side in sides:
        side.forget()
    return _measured(sides, heat)


def _measured(sides: Sequence[Rounds], heat: dict[str, str]) -> list[Outcome | None]:
    """Measure one round, of several sides in step.

    A round of one side in which others contaminated the sample is measured again after a pause, at most twice a cell
    or, where it has more rounds, as often as it has had these: a busy machine would otherwise take several times as
    long and be no quieter. After that it stands, and stays marked. In step it stands at once: what slows the machine
    for a moment falls on both sides.
    """
    wait_s = _WAIT_S
    while True:
        outcomes = sides[0].engine.run(*(side.task(in_step=len(sides) > 1) for side in sides))
        failures = [_failure(outcome) for outcome in outcomes]
        if any(failures):
            return failures
        samples = [{**side.sample(outcome), **heat} for side, outcome in zip(sides, outcomes, strict=True)]
        spent = len(sides) > 1 or len(sides[0].discarded) >= max(_REPEATS, len(sides[0].samples))
        again = any(sample["contaminated"] for sample in samples) and not spent
        for side, sample in zip(sides, samples, strict=True):
            side.take(sample, again=again)
        if not again:
            return failures
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)


def _failure(outcome: Outcome) -> Outcome | None:
    return None if outcome.status == "ok" else outcome


def prepare_data(
    engine: LocalEngine,
    suite: Suite,
    dataset: str,
    settings: Settings,
    backend: Backend = BACKENDS["python"],
    preload: tuple[str, ...] = (),
) -> None:
    """Bring a dataset into the cache unless it is there, whole, in a child of the server of that backend; raises
    SwapError when it cannot be used."""
    request = preparation(dataset, suite, settings)
    if Cache(settings.cache).sound(request.data, up_to_date):
        return
    (outcome,) = engine.run(Task(request, backend, _PREPARATION_TIMEOUT_S, preload))
    if outcome.status != "ok":
        told = (
            outcome.reason if outcome.refused else f"dataset {dataset}: preparing it {outcome.status}: {outcome.reason}"
        )
        raise SwapError(f"suite {suite.name}, {told}")
