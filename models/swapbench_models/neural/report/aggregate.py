"""Aggregates: what the pairs come to together, and how many of their differences are shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from swapbench_models.neural.report.difference import Difference
from swapbench_models.neural.report.pair import Pair


@dataclass(frozen=True)
class Mean:
    """The mean over `n` pairs, and the least and the most of them."""

    value: float
    least: float
    most: float
    n: int

    @classmethod
    def of(cls, values: Iterable[float | None]) -> "Mean | None":
        """Return the mean of what is known, None where nothing is."""
        known = [value for value in values if value is not None]
        return cls(fmean(known), min(known), max(known), len(known)) if known else None


@dataclass(frozen=True)
class Compared:
    """One quantity of all pairs that have it on both sides, with their differences."""

    each: tuple[tuple[Pair, Difference], ...]

    @classmethod
    def of(cls, pairs: Sequence[Pair], of: Callable[[Pair], Difference | None]) -> "Compared":
        """Return the comparison of what `of` gives of each pair."""
        return cls(tuple((pair, found) for pair in pairs if (found := of(pair)) is not None))

    @property
    def difference(self) -> Mean | None:
        return Mean.of(one.absolute for _, one in self.each)

    @property
    def percentage(self) -> Mean | None:
        return Mean.of(one.percentage for _, one in self.each)

    def shown(self, what: str) -> list[tuple[Pair, Difference]]:
        """Return the pairs whose compiled side is shown to take `more` or `less`, or neither (nothing)."""
        return [(pair, one) for pair, one in self.each if one.shown == what]


@dataclass(frozen=True)
class Aggregate:
    """All pairs together. `overhead` is in seconds, `scores` are mean differences by metric."""

    pairs: tuple[Pair, ...]
    overhead: Mean | None
    building: Compared
    training: Compared
    prediction: Compared
    memory: Compared
    scores: Mapping[str, Mean | None]

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> "Aggregate":
        metrics = dict.fromkeys(check.metric for pair in pairs for check in pair.checks)
        return cls(
            tuple(pairs),
            Mean.of(pair.overhead for pair in pairs),
            Compared.of(pairs, lambda pair: pair.time("build")),
            Compared.of(pairs, lambda pair: pair.time("fit")),
            Compared.of(pairs, lambda pair: pair.time("predict")),
            Compared.of(pairs, lambda pair: pair.memory("fit")),
            {
                metric: Mean.of(check.difference for pair in pairs for check in pair.checks if check.metric == metric)
                for metric in metrics
            },
        )

    def having(self, equivalent: bool | None) -> list[Pair]:
        """Return the pairs whose checks ended so."""
        return [pair for pair in self.pairs if pair.equivalent is equivalent]
