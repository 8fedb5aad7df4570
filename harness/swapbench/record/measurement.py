"""Measurements: a cell while it is measured, round by round, and the record of it so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from swapbench.record.record import Record
from swapbench.run.environment import machine
from swapbench.run.job import Job, Settings
from swapbench.run.local import LocalEngine
from swapbench.run.rounds import RoundError, Rounds, measure
from swapbench.run.task import Outcome

_OF_TRAINING = ("scores", "examples", "predictions_sha256")


def _now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass
class Measurement:
    """One job on its way to a record; `source` is the commit of its code."""

    engine: LocalEngine
    job: Job
    settings: Settings
    source: dict[str, Any]
    _rounds: Rounds = field(init=False)
    _trainings: dict[int, Outcome] = field(default_factory=dict)
    _end: dict[str, Any] = field(default_factory=lambda: {"status": "ok"})
    _started: str = field(default_factory=_now)

    def __post_init__(self) -> None:
        self._rounds = Rounds(self.engine, self.job, self.settings)

    @property
    def rounds(self) -> int:
        """How many rounds have been measured."""
        return len(self._rounds.samples)

    def measure(self) -> float:
        """Measure one more round and return its time in seconds; raises RoundError when it fails, and the record then
        says how."""
        try:
            return self._rounds.measure()
        except RoundError as error:
            self._fail(error.outcome)
            raise

    @staticmethod
    def measure_together(sides: Sequence["Measurement"]) -> bool:
        """Measure one more round of each side under the same conditions; False when one fails, and its record then
        says how."""
        failures = measure([side._rounds for side in sides])
        for side, failure in zip(sides, failures, strict=True):
            if failure:
                side._fail(failure)
        return not any(failures)

    def train(self, seed: int) -> Outcome:
        """Train once more under another seed, off the clock, for its scores; the record has them if that ended well."""
        fitted = f"{self.job.request.fitted}-{seed}"  # never the model that was kept of the run's own seed
        (outcome,) = self.engine.run(self._rounds.task(action="score", model_seed=seed, fitted=fitted))
        self._trainings[seed] = outcome
        return outcome

    def _fail(self, outcome: Outcome) -> None:
        self._end = {"status": outcome.status, "reason": outcome.reason, "output": outcome.output}

    def record(self) -> Record:
        """Return the record of what has been measured."""
        answer = self._rounds.answer
        return Record(
            cell=self.job.cell,
            key=self.job.key,
            **self._end,
            samples=tuple(self._rounds.samples),
            discarded=tuple(self._rounds.discarded),
            scores=answer.get("scores", {}),
            examples=answer.get("examples", {}),
            undefined=answer.get("undefined", {}),
            parameters=answer.get("parameters"),
            flops_per_example=answer.get("flops_per_example"),
            train_examples=answer.get("train_examples"),
            test_examples=answer.get("test_examples"),
            predictions_sha256=answer.get("predictions_sha256"),
            deterministic=self._deterministic(),
            groups=answer.get("groups", ""),
            seeded=answer.get("seeded"),
            trainings=tuple(
                {"seed": seed, **{name: outcome.answer[name] for name in _OF_TRAINING}}
                for seed, outcome in self._trainings.items()
                if outcome.status == "ok"
            ),
            environment=self._environment(),
            source=self.source,
            started=self._started,
            ended=_now(),
        )

    def _environment(self) -> dict[str, Any]:
        settings, answer, request = self.settings, self._rounds.answer, self.job.request
        return {
            "threads": settings.threads,
            "cpus": list(settings.slot.cpus),
            "workers": settings.workers,
            "slot": settings.slot.mode,
            "seed": settings.seed,
            "folds": request.folds,
            "data": self.job.data,
            "batch_size": answer.get("batch_size"),
            "start": self.engine.start_method(self.job.backend),
            "device": answer.get("device", "cpu"),
            "restored": answer.get("restored"),
            "versions": self.job.versions,
            "machine": machine(),
        }

    def _deterministic(self) -> bool | None:
        """Tell whether all rounds predicted the same; None when there was one, or nothing was predicted."""
        if self.rounds < 2 or None in self._rounds.predictions:
            return None
        return len(self._rounds.predictions) == 1
