"""Measurements: cells on their way from a job to the values of a record, round by round."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from swapbench.run.attempt import Attempt, options, smaller
from swapbench.run.cache import read_description
from swapbench.run.job import Job
from swapbench.run.machine import machine
from swapbench.run.outcome import Outcome
from swapbench.run.provisions import Provisions
from swapbench.run.request import Request
from swapbench.run.secrets import secrets, without

_REPEATS = 2
_PATIENCE_S = 30.0
_WAIT_S = 0.05
_LONGEST_WAIT_S = 1.0
_OF_TRAINING = ("scores", "examples", "predictions_sha256")
_SAID = {"output", "reason", "undefined", "attempts", "samples", "discarded"}  # what holds words of models
_OF_ROUND = (
    *("scores", "examples", "undefined", "parameters", "flops_per_example", "train_examples", "test_examples"),
    *("retested", "predictions_sha256", "groups", "seeded"),
)


def _now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass
class Measurement:
    """One job and what has been measured of it so far.

    `short` says that its phase of one call was found to take so little that it is made on several models (None: not
    measured yet); `answer` and `output` are the last child's, `end` how the cell ended; `attempts` are the tries before
    this one, which ran out of memory.
    """

    job: Job
    samples: list[dict[str, Any]] = field(default_factory=list)
    discarded: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    output: str = ""
    predictions: set[str | None] = field(default_factory=set)
    trainings: list[dict[str, Any]] = field(default_factory=list)
    end: dict[str, Any] = field(default_factory=lambda: {"status": "ok"})
    started: str = field(default_factory=_now)
    attempts: tuple[Attempt, ...] = ()
    short: bool | None = field(init=False)

    def __post_init__(self) -> None:
        self.short = self.job.earlier.short

    @property
    def fine(self) -> bool:
        return bool(self.end["status"] == "ok")

    @property
    def complete(self) -> bool:
        return len(self.samples) >= self.job.rounds

    @property
    def repeated(self) -> bool:
        """Whether a round makes several calls, and so can be in step with another side's."""
        return self.job.request.phase["repeats"] > 1 or bool(self.short)

    def patience_spent(self, sample: dict[str, Any]) -> bool:
        """Whether a sample would be one discarded too many: more than two a cell, or than it has where these are more,
        or half a minute of them. A busy machine would otherwise take several times as long and be no quieter, and who
        trains for minutes would do so three times for a neighbour's moment."""
        earlier = self.job.earlier
        often = earlier.discarded + len(self.discarded) >= max(_REPEATS, earlier.kept + len(self.samples))
        return often or sum(each["elapsed_s"] for each in (*self.discarded, sample)) > _PATIENCE_S

    def request(self, **changes: Any) -> Request:
        """Return the request of a round, with changes."""
        return replace(self.job.request, **{"short": self.short, **changes})

    def fail(self, outcome: Outcome) -> None:
        self.end = {"status": outcome.status, "reason": outcome.reason, "output": outcome.output}

    def provide(self, provisions: Provisions) -> None:
        """Have all that the cell needs made before its first round; it ends here where that cannot be."""
        unprepared = provisions.data(self.job.preparation)
        if unprepared is not None:
            self.fail(unprepared)
            return
        found = read_description(Path(self.job.request.cache) / self.job.request.data)["sha256"]
        if found != self.job.data:
            self.end = {"status": "failed", "reason": f"its data has checksum {found} here, and not {self.job.data}"}
            return
        lacking = provisions.needed(self.job.needs)
        if lacking is not None:
            blocking, outcome = lacking
            told = f"it needs {blocking.name}, which {outcome.status}: {outcome.reason}"
            self.end = {"status": "blocked", "reason": told, "output": outcome.output}
            return
        unfitted = provisions.fitted(self.job.own) if self.job.own else None
        if unfitted is not None:
            self.fail(unfitted)

    def sample(self, outcome: Outcome) -> dict[str, Any]:
        """Return the sample that a child has brought."""
        self.answer, self.output = outcome.answer, outcome.output
        self.predictions.add(outcome.answer.get("predictions_sha256"))
        took = {"elapsed_s": outcome.elapsed_s, "queued_s": outcome.queued_s, "server": outcome.server}
        return {**outcome.answer["sample"], **took}

    def take(self, sample: dict[str, Any], *, again: bool) -> None:
        """Keep a sample, or with `again` put it aside, for its round will be measured once more."""
        (self.discarded if again else self.samples).append(sample)
        if sample["models"] > 1:
            self.short = True
        elif self.short is None and not sample["contaminated"]:
            self.short = False  # what other load may have drawn out decides nothing

    def again(self) -> "Measurement | None":
        """Return what measures this cell with a smaller batch, where it ran out of memory and one is left to try."""
        job = smaller(self.job, len(self.attempts)) if self.end["status"] == "oom" else None
        if job is None:
            return None
        attempt = Attempt(options(self.job), self.end["reason"])
        return Measurement(job, started=self.started, attempts=(*self.attempts, attempt))

    def forget(self) -> None:
        """Drop what has been measured so far."""
        self.samples.clear()
        self.discarded.clear()

    def values(self, slot: str, workers: int, start: str, machine_class: str | None = None) -> dict[str, Any]:
        """Return the values of a record: plain ones, that JSON can carry."""
        answer, request = self.answer, self.job.request
        made = {
            "cell": self.job.cell.as_dict(),
            "key": self.job.key,
            "output": self.output,
            **self.end,
            "samples": self.samples,
            "discarded": self.discarded,
            **{name: answer[name] for name in _OF_ROUND if name in answer},
            "deterministic": self._deterministic(),
            "trainings": self.trainings,
            "attempts": [attempt.as_dict() for attempt in self.attempts],
            "environment": {
                "engine": "local",
                "threads": request.threads,
                "cpus": list(request.cpus),
                "workers": workers,
                "slot": slot,
                "seed": request.seed,
                "folds": request.folds,
                "data": self.job.data,
                "batch_size": self._batch_size(),
                "epochs": answer.get("epochs"),
                "start": start,
                "device": answer.get("device", "cpu"),
                "restored": answer.get("restored"),
                "versions": self.job.versions,
                "machine": {**machine(), **({"class": machine_class} if machine_class else {})},
            },
            "source": self.job.source,
            "started": self.started,
            "ended": _now(),
        }
        known = secrets(request.backend.environment)
        return {name: without(value, known) if name in _SAID else value for name, value in made.items()}

    def _batch_size(self) -> int | None:
        """Return the batch size that the model says it has; of one that does not say, and was given a smaller one, what
        it was given: records of different batches must never be compared."""
        said: int | None = self.answer.get("batch_size")
        return options(self.job).get("batch_size", 1) if said is None and self.attempts else said

    def _deterministic(self) -> bool | None:
        """Tell whether all rounds predicted the same; None when there was one, or nothing was predicted."""
        if len(self.samples) < 2 or None in self.predictions:
            return None
        return len(self.predictions) == 1


def measure(provisions: Provisions, sides: Sequence[Measurement]) -> None:
    """Measure the rounds of each side, and then train under further seeds; one that fails ends all."""
    for side in sides:
        side.provide(provisions)
    while all(side.fine for side in sides) and not all(side.complete for side in sides):
        _round(provisions, sides)
    for side in sides:
        for seed in side.job.seeds if side.fine else ():
            _train(provisions, side, seed)


def _round(provisions: Provisions, sides: Sequence[Measurement]) -> None:
    """Measure one more round of each side.

    Where all sides make several calls a round, they live at the same time and make their calls in step; a phase of one
    call that takes long, and may need all memory, is measured one side after the other. Which it is of the two shows
    when it is measured for the first time: a round that was measured apart and turns out short does not count. Samples
    of several sides carry the name of the round that they have in common as `together`.
    """
    if len(sides) == 1:
        _measured(provisions, sides, {})
        return
    name = {"together": uuid.uuid4().hex[:8]}
    if not all(side.repeated for side in sides):
        for side in sides:
            _measured(provisions, [side], name)
        if not all(side.fine and side.repeated for side in sides):
            return
        for side in sides:
            side.forget()
    _measured(provisions, sides, name)


def _measured(provisions: Provisions, sides: Sequence[Measurement], name: dict[str, str]) -> None:
    """Measure one round, of several sides in step.

    A round of one side in which others contaminated the sample is measured again after a pause, as long as there is
    patience. After that it stands, and stays marked. In step it stands at once: what slows the machine for a moment
    falls on both sides; and without a slot, where no times count.
    """
    in_step, wait_s = len(sides) > 1, _WAIT_S
    stands = in_step or provisions.supervisor.slot.mode == "none"
    while True:
        outcomes = provisions.supervisor.run(*(side.request(in_step=in_step) for side in sides))
        for side, outcome in zip(sides, outcomes, strict=True):
            if outcome.status != "ok":
                side.fail(outcome)
        if not all(side.fine for side in sides):
            return
        samples = [{**side.sample(outcome), **name} for side, outcome in zip(sides, outcomes, strict=True)]
        contaminated = any(sample["contaminated"] for sample in samples)
        again = contaminated and not stands and not sides[0].patience_spent(samples[0])
        for side, sample in zip(sides, samples, strict=True):
            side.take(sample, again=again)
        if not again:
            return
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)


def _train(provisions: Provisions, side: Measurement, seed: int) -> None:
    """Train once more under another seed, off the clock, for its scores."""
    fitted = f"{side.job.request.fitted}-{seed}"  # never the model that was kept of the run's own seed
    (outcome,) = provisions.supervisor.run(side.request(action="score", model_seed=seed, fitted=fitted))
    if outcome.status == "ok":
        side.trainings.append({"seed": seed, **{name: outcome.answer[name] for name in _OF_TRAINING}})
    else:
        side.fail(outcome)
