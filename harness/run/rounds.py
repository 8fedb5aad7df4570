"""Rounds: the independent samples of one cell, measured one after another."""

import time
from dataclasses import dataclass, field, replace
from typing import Any

from harness.plan.backend import BACKENDS
from harness.plan.error import SwapError
from harness.plan.suite import Suite
from harness.run.cache import Cache
from harness.run.job import Job, Settings, preparation
from harness.run.local import LocalEngine, Outcome
from harness.run.request import Request

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
    the digests of all predictions seen."""

    engine: LocalEngine
    job: Job
    settings: Settings
    samples: list[dict[str, Any]] = field(default_factory=list)
    discarded: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    predictions: set[str | None] = field(default_factory=set)

    def measure(self) -> float:
        """Measure one more round and return its time in seconds; raises RoundError when it fails.

        A sample that others contaminated is measured again after a pause, at most twice a cell and once a round: a busy
        machine would otherwise take several times as long and be no quieter. After that it stands, and stays marked.
        """
        if not self.samples:
            self._fit_once()
        sample = self._sample()
        wait_s = _WAIT_S
        while sample["contaminated"] and len(self.discarded) < max(_REPEATS, len(self.samples)):
            self.discarded.append(sample)
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            sample = self._sample()
        self.samples.append(sample)
        return float(sample["wall_s"])

    def _sample(self) -> dict[str, Any]:
        outcome = self._run(self.job.request)
        self.answer = outcome.answer
        self.predictions.add(outcome.answer.get("predictions_sha256"))
        took = {"elapsed_s": outcome.elapsed_s, "queued_s": outcome.queued_s, "server": outcome.server}
        return {**outcome.answer["sample"], **took}

    def _fit_once(self) -> None:
        """For a phase that follows fit, fit once in a child of its own and keep the result, so that every round
        starts from it in a process that has never trained."""
        request = self.job.request
        cache = Cache(self.settings.cache)
        if request.phase["after"] == "fit" and not cache.has(request.fitted):
            self._run(replace(request, action="fit", memory_limit=None))

    def _run(self, request: Request) -> Outcome:
        outcome = self.engine.run(request, self.job.backend, self.job.timeout_s, self.job.preload)
        if outcome.status != "ok":
            raise RoundError(outcome)
        return outcome


def prepare_data(engine: LocalEngine, suite: Suite, dataset: str, settings: Settings) -> None:
    """Bring a dataset into the cache unless it is there; raises SwapError when it cannot be used."""
    request = preparation(dataset, suite, settings)
    if Cache(settings.cache).has(request.data):
        return
    outcome = engine.run(request, BACKENDS["python"], _PREPARATION_TIMEOUT_S)
    if outcome.status != "ok":
        told = (
            outcome.reason if outcome.refused else f"dataset {dataset}: preparing it {outcome.status}: {outcome.reason}"
        )
        raise SwapError(f"suite {suite.name}, {told}")
