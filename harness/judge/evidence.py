"""Evidence: what the samples of one metric say, before it is weighed against all other cells."""

from dataclasses import dataclass

from harness.judge.verdict import Effect, Kind, Verdict
from harness.plan.cell import Cell

ALPHA = 0.01  # how often a matrix without any change may have one false alarm
BETA = 0.05  # how often one metric that is not within tolerance may be called equivalent


@dataclass(frozen=True)
class Evidence:
    """The comparison of one metric on two sides.

    `worse`, `better` and `outside` are probabilities of samples such as these if the metric were not worse than
    allowed, not better than allowed, not within what is allowed. `beyond` says that the figures themselves are worse
    than allowed, `least` is the smallest `worse` that so many samples can give, `grounds` what all rests on.
    """

    cell: Cell
    folds: tuple[int, ...]
    metric: str
    unit: str
    baseline: float
    value: float
    effect_is: Effect
    effect: float | None
    interval: tuple[float, float] | None
    limit: str
    worse: float
    better: float
    outside: float
    least: float
    beyond: bool
    grounds: str

    def verdict(self, worse: float, better: float, family: int) -> Verdict:
        """Return the verdict, given `worse` and `better` adjusted for a family of so many comparisons."""
        kind, p = self._kind(worse, better)
        few = kind == "inconclusive" and self.least * family > ALPHA
        return Verdict(
            kind=kind,
            cell=self.cell,
            folds=self.folds,
            metric=self.metric,
            reason=f"{_WORDS[kind].format(limit=self.limit)}: {self.grounds}"
            + ("" if p is None else f", p = {p:.2g}")
            + (", too few to show that anything got worse" if few else ""),
            baseline=self.baseline,
            value=self.value,
            unit=self.unit,
            effect_is=self.effect_is,
            effect=self.effect,
            interval=self.interval,
            p=p,
            limit=self.limit,
            fails=kind == "regressed",
            suspect=self.beyond and kind in ("regressed", "inconclusive") and self.effect_is == "ratio",
        )

    def _kind(self, worse: float, better: float) -> tuple[Kind, float | None]:
        if worse <= ALPHA:
            return "regressed", worse
        if better <= ALPHA:
            return "improved", better
        if self.outside <= BETA:
            return "equivalent", self.outside
        return "inconclusive", None


_WORDS: dict[Kind, str] = {
    "regressed": "worse by more than {limit}",
    "improved": "better by more than {limit}",
    "equivalent": "within {limit}",
    "inconclusive": "shown neither to be within {limit} nor to be beyond it",
}
