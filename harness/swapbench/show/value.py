"""Values: a quantity of one row of a table, and the column that it stands in."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["time", "memory", "count", "score"]

BEST, TIED = "*", "≈"


@dataclass(frozen=True)
class Column:
    """A measured quantity: `better` is the direction in which it improves, None where neither is better."""

    name: str
    kind: Kind
    unit: str
    better: Literal["higher", "lower"] | None

    @property
    def heading(self) -> str:
        return f"{self.name} time" if self.kind == "time" else self.name


@dataclass(frozen=True)
class Value:
    """A quantity of one row.

    `low` to `high` is the 95 % interval of a score, inside the bounds of its metric. Where fewer than three folds give
    none, both are None, and `least` and `most` are those of the folds. `ratio` is that to the reference row, fold by
    fold, with its 95 % interval `ratio_low` to `ratio_high`, None where too few rounds give one. `best` says that the
    row is shown to be better than every other, `tied` that it leads with others and nothing shows which of them is
    best: a column has one best row, or several tied ones, or none. `loaded` says that other load took part in half of
    the rounds of a fold or more.
    """

    value: float
    low: float | None = None
    high: float | None = None
    least: float | None = None
    most: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    best: bool = False
    tied: bool = False
    loaded: bool = False

    @property
    def half_width(self) -> float | None:
        """Half of the interval, which need not be symmetrical."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    @property
    def mark(self) -> str:
        """`*` for the best, `≈` for rows of which nothing shows which is best."""
        return BEST if self.best else TIED if self.tied else ""
