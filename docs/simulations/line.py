"""Lines: one claim about the gate each, simulated with fixed seeds."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A claim: `rate` returns the share of so many simulated cases in which what `what` says came about, between 0 and
    1, and is given their number; it is the same for the same number.

    `runs` is how many the table has, `few` how many the tests, in less than a second. `most` and `least` are what the
    rate must stay within, the error of simulating left out. What a rate uses of the harness existed at the commit
    that the table calls before.
    """

    number: str
    what: str
    rate: Callable[[int], float]
    most: float = 1.0
    least: float = 0.0
    runs: int = 2_000
    few: int = 20

    def claims(self) -> bool:
        """Whether any rate would be at odds with it: some lines only tell what the rate is."""
        return self.most < 1 or self.least > 0

    def holds(self, rate: float, runs: int) -> bool:
        """Whether a rate of so many runs is within the limits and four standard errors of simulating."""
        return all(
            gap <= 4 * (limit * (1 - limit) / runs) ** 0.5
            for limit, gap in ((self.most, rate - self.most), (self.least, self.least - rate))
        )
