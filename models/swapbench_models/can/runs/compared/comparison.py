"""Comparison: models beside each other on a scenario, each by the mean over seeds and where that lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from swapbench_models.can.catalogue import SEEDLESS
from swapbench_models.can.runs.compared.interval import Interval, interval
from swapbench_models.can.runs.evaluate import Evaluation
from swapbench_models.can.runs.judge import Judged
from swapbench_models.can.runs.scores import METRICS

COUNTS = ("tn", "fp", "fn", "tp")
OTHERS = ("attacks", "attacks_missed", "latency_s", "latency_frames", "windows_per_s", "ms_per_window")


@dataclass(frozen=True)
class Line:
    """A model on a scenario: what came of it by seed, and why nothing did; `blocked` where all waits for others."""

    dataset: str
    scenario: str
    model: str
    judged: Mapping[int, Judged]
    errors: Mapping[int, str]
    blocked: bool = False

    @property
    def draws(self) -> bool:
        return self.model not in SEEDLESS

    def fixed(self, name: str) -> bool:
        """Tell whether no seed moves a metric: nothing is drawn, or several seeds come to the same."""
        values = self.values(name)
        return bool(values) and (not self.draws or len(values) > 1 == len(set(values)))

    @property
    def windows(self) -> int | None:
        return next((each["windows"] for each in self.judged.values()), None)

    @property
    def positives(self) -> int | None:
        return next((each["positives"] for each in self.judged.values()), None)

    def values(self, name: str) -> list[float]:
        """Return what is defined of a metric, seed by seed."""
        return [each[name] for each in self.judged.values() if each[name] is not None]

    def mean(self, name: str) -> float | None:
        values = self.values(name)
        return fmean(values) if values else None

    def interval(self, name: str) -> Interval | None:
        """Return where the mean of a score lies; None where no seed defines it."""
        values = self.values(name)
        return interval(values, (-1.0, 1.0) if name == "mcc" else (0.0, 1.0)) if values else None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it; of each score its mean and interval, and each seed's."""
        scores = {name: self._scored(name) for name in METRICS}
        counts = {name: self.values(name) for name in COUNTS}
        others = {name: self.mean(name) for name in OTHERS}
        return {
            "dataset": self.dataset,
            "scenario": self.scenario,
            "model": self.model,
            "seeds": [*self.judged],
            "windows": self.windows,
            "positives": self.positives,
            **scores,
            "confusion": counts,
            **others,
            "errors": {str(seed): error for seed, error in self.errors.items()},
        }

    def _scored(self, name: str) -> dict[str, Any]:
        found = self.interval(name)
        told = {"mean": found.mean, "low": found.low, "high": found.high} if found else {"mean": None}
        return {**told, "values": [each[name] for each in self.judged.values()]}


def lines(evaluation: Evaluation, scenarios: Sequence[str]) -> list[Line]:
    """Return a line for each model on each scenario, whatever came of it."""
    return [_line(evaluation, scenario, model) for scenario in scenarios for model in evaluation.records]


def _line(evaluation: Evaluation, scenario: str, model: str) -> Line:
    found = {seed: record.scores.get(scenario, {}) for seed, record in evaluation.records[model].items()}
    judged = {seed: each for seed, each in found.items() if "f1" in each}
    errors = {seed: each.get("error", "was not judged") for seed, each in found.items() if seed not in judged}
    failed = {seed: outcome for (row, seed), outcome in evaluation.failures.items() if row == model}
    told = {seed: outcome.told for seed, outcome in failed.items()}
    blocked = not found and all(outcome.waits_for for outcome in failed.values())
    return Line(evaluation.dataset, scenario, model, judged, {**errors, **told}, blocked)
