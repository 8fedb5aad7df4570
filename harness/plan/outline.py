"""Outlines: what of a suite its tables and checks need, as plain values that travel with its records."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from harness.plan.metric import Direction
from harness.plan.suite import Suite
from harness.plan.tolerance import Tolerance


@dataclass(frozen=True)
class Score:
    """Name, unit and direction of a metric of the predictions."""

    name: str
    unit: str
    better: Direction


@dataclass(frozen=True)
class Outline:
    """A suite without its targets: names in declared order, its scores, tolerances and reference row."""

    name: str
    rows: tuple[tuple[str, str], ...]
    datasets: tuple[str, ...]
    phases: tuple[str, ...]
    scores: tuple[Score, ...]
    tolerances: Mapping[str, Tolerance]
    reference: str

    @classmethod
    def of(cls, suite: Suite) -> "Outline":
        return cls(
            name=suite.name,
            rows=suite.rows(),
            datasets=tuple(suite.datasets),
            phases=tuple(suite.phases),
            scores=tuple(Score(metric.name, metric.unit, metric.better) for metric in suite.metrics.values()),
            tolerances=suite.tolerances,
            reference=suite.reference,
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Outline":
        values = json.loads(text)
        return cls(
            name=values["name"],
            rows=tuple((model, backend) for model, backend in values["rows"]),
            datasets=tuple(values["datasets"]),
            phases=tuple(values["phases"]),
            scores=tuple(Score(**score) for score in values["scores"]),
            tolerances={name: Tolerance(**tolerance) for name, tolerance in values["tolerances"].items()},
            reference=values["reference"],
        )
