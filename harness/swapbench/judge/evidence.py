"""Evidence: what the samples of one metric say, before it is weighed against all other cells."""

from dataclasses import dataclass

from swapbench.judge.verdict import Effect, Kind, Verdict
from swapbench.plan.cell import Cell

ALPHA = 0.01  # how often a matrix without any change may have one false alarm
BETA = 0.05  # how often one metric that is not within tolerance may be called equivalent


@dataclass(frozen=True)
class Evidence:
    """The comparison of one metric on two sides.

    `worse`, `better` and `outside` are probabilities of samples such as these if the metric were not worse than
    allowed, not better than allowed, not within what is allowed. `beyond` says that the figures themselves are worse
    than allowed, `least` is the smallest `worse` that so many samples can give, `grounds` what all rests on.

    `allowed` are the least and the most that the effect may be, and `up` says that more of it is worse. `shown` names
    what was shown to be within tolerance, `doubts` say why the values before, and those of now, may only look so large,
    `needed` how many rounds a side would tell (None: not known, or out of reach).
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
    allowed: tuple[float, float] | None = None
    up: bool = True
    shown: str = ""
    doubts: tuple[str, str] = ("", "")
    needed: int | None = None

    def verdict(self, worse: float, better: float, family: int) -> Verdict:
        """Return the verdict, given `worse` and `better` adjusted for a family of so many comparisons."""
        kind, p = self._kind(worse, better)
        return Verdict(
            kind=kind,
            cell=self.cell,
            folds=self.folds,
            metric=self.metric,
            reason=f"{self._words(kind)}: {self.grounds}"
            + ("" if p is None else f", p = {p:.2g}")
            + (self._hint(family) if kind == "inconclusive" else ""),
            baseline=self.baseline,
            value=self.value,
            unit=self.unit,
            effect_is=self.effect_is,
            effect=self.effect,
            interval=self.interval,
            p=p,
            limit=self.limit,
            fails=kind == "regressed",
            suspect=self.effect_is == "ratio" and kind != "equivalent" and (self.beyond or self._beyond_better()),
            needed=self.needed if kind == "inconclusive" else None,
        )

    def _kind(self, worse: float, better: float) -> tuple[Kind, float | None]:
        """Return what is both shown by the tests and said by the interval, so that these two never disagree."""
        # What makes values of one side look large takes nothing from the other's being larger still.
        smaller, larger = (not doubt for doubt in self.doubts)
        if worse <= ALPHA and self._clear(above=self.up) and larger:
            return "regressed", worse
        if better <= ALPHA and self._clear(above=not self.up) and smaller:
            return "improved", better
        if smaller and larger and self.outside <= BETA and self._inside():
            return "equivalent", self.outside
        return "inconclusive", None

    def _clear(self, *, above: bool) -> bool:
        """Whether the whole interval lies above what is allowed, or below it."""
        if self.allowed is None or self.interval is None:
            return True
        return self.interval[0] > self.allowed[1] if above else self.interval[1] < self.allowed[0]

    def _beyond_by_interval(self) -> bool:
        known = self.allowed is not None and self.interval is not None
        return known and (self._clear(above=True) or self._clear(above=False))

    def _inside(self) -> bool:
        """Whether the interval lies within what is allowed; of a score the difference itself, for its test is one of
        5 % on either side and its interval one of 95 %."""
        if self.allowed is None or self.effect is None:
            return True
        ends = (self.effect, self.effect) if self.interval is None or self.effect_is == "difference" else self.interval
        return self.allowed[0] <= ends[0] and ends[1] <= self.allowed[1]

    def _beyond_better(self) -> bool:
        """Whether the figures are better than allowed: a run on a quicker day is no better code."""
        if self.allowed is None or self.effect is None:
            return False
        return self.effect < self.allowed[0] if self.up else self.effect > self.allowed[1]

    def _words(self, kind: Kind) -> str:
        if kind == "inconclusive" and any(self.doubts):
            return next(filter(None, self.doubts[::-1]))
        if kind == "inconclusive" and self.shown and self.interval is not None and self._inside():
            return f"its median is within {self.limit}, but not shown of its mean or of nearly all processes"
        if kind == "inconclusive" and self._beyond_by_interval():
            return (
                f"beyond {self.limit} by its interval, which is one of 95 %, but not by the 99 % that all comparisons "
                "are held to together"
            )
        return _WORDS[kind].format(limit=self.limit, shown=f"{self.shown} " if self.shown else "")

    def _hint(self, family: int) -> str:
        """Say what more samples would do."""
        few = ", too few to show that anything got worse" if self.least * family > ALPHA else ""
        if self.needed is None or any(self.doubts):
            return few
        return f"{few}; it would take some {_rounded(self.needed):,} rounds of each fold and side to tell"


def _rounded(count: int) -> int:
    """Return a number with its first two digits: it is an estimate."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // step) * step


_WORDS: dict[Kind, str] = {
    "regressed": "worse by more than {limit}",
    "improved": "better by more than {limit}",
    "equivalent": "{shown}within {limit}",
    "inconclusive": "shown neither to be within {limit} nor to be beyond it",
}
