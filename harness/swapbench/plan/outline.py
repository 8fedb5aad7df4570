"""Outlines: what of a suite its tables and checks need, as plain values that travel with its records."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from swapbench.plan.cell import Row
from swapbench.plan.metric import UNBOUNDED, Bounds, Direction, Metric, Of
from swapbench.plan.suite import Suite
from swapbench.plan.tolerance import Rule, Tolerance, tolerance_between, tolerance_of


@dataclass(frozen=True)
class ScoreOutline:
    """Name, unit, direction and bounds of a metric, and what it is given: predictions, or the model itself."""

    name: str
    unit: str
    better: Direction
    bounds: Bounds = UNBOUNDED
    given: Of = "labels"

    @classmethod
    def of(cls, metric: Metric) -> "ScoreOutline":
        return cls(metric.name, metric.unit, metric.better, metric.bounds, metric.of)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ScoreOutline":
        """Read what asdict gave; outlines of before there were bounds have none, nor what a metric is given."""
        low, high = values.get("bounds", UNBOUNDED)
        return cls(**{**values, "bounds": (low, high)})


@dataclass(frozen=True)
class Outline:
    """A suite without its targets: names in declared order, its scores, tolerances and reference row."""

    name: str
    rows: tuple[Row, ...]
    datasets: tuple[str, ...]
    phases: tuple[str, ...]
    scores: tuple[ScoreOutline, ...]
    rules: tuple[Rule, ...]
    reference: str

    @classmethod
    def of(cls, suite: Suite, more: Iterable[Rule] = ()) -> "Outline":
        """Return the outline of a suite, with `more` rules that go before its own."""
        return cls(
            name=suite.name,
            rows=suite.rows(),
            datasets=tuple(suite.datasets),
            phases=tuple(suite.phases),
            scores=tuple(map(ScoreOutline.of, suite.metrics.values())),
            rules=(*suite.rules, *more),
            reference=suite.reference,
        )

    def tolerance(self, metric: str, row: Row) -> Tolerance | None:
        """Return what was declared for a metric of a row, or None."""
        return tolerance_of(self.rules, metric, row)

    def between(self, metric: str, one: Row, other: Row) -> Tolerance | None:
        """Return how far two rows may differ in a metric, or None where nothing was declared."""
        return tolerance_between(self.rules, metric, one, other)

    def score(self, name: str) -> ScoreOutline | None:
        return next((score for score in self.scores if score.name == name), None)

    def to_json(self) -> str:
        return json.dumps(self.as_dict(), sort_keys=True)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; a row is the list of its names, of which the plain variant has none."""
        return {**asdict(self), "rows": [list(filter(None, row)) for row in self.rows]}

    @classmethod
    def from_json(cls, text: str) -> "Outline":
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Outline":
        return cls(
            name=values["name"],
            rows=tuple(Row(*row) for row in values["rows"]),
            datasets=tuple(values["datasets"]),
            phases=tuple(values["phases"]),
            scores=tuple(map(ScoreOutline.from_dict, values["scores"])),
            rules=tuple(Rule(**{**rule, "tolerance": Tolerance(**rule["tolerance"])}) for rule in values["rules"]),
            reference=values["reference"],
        )
