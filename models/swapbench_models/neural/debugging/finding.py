"""A finding: what was seen of one layer, and what of that is amiss."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

# Beyond these a gradient moves weights out of all bounds, or not at all.
EXPLODING, VANISHING = 1e3, 1e-7
# What activations with two ends have between them; one that lies within a hundredth of that from an end hardly moves.
ENDS = {"sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0)}
NEAR = 0.01
# A layer of which more is near an end is saturated.
SATURATED = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """One layer over some batches: the norm of its gradient in each, its units and how many of them never spoke up.

    `saturated` is the share of its activations that are near an end, None where they have none; `finite` says
    whether all of its activations were numbers.
    """

    part: int
    norms: tuple[float, ...]
    units: int
    dead: int
    saturated: float | None
    finite: bool

    @property
    def mean(self) -> float:
        return sum(self.norms) / len(self.norms)

    @property
    def largest(self) -> float:
        return max(self.norms, key=lambda norm: math.inf if math.isnan(norm) else norm)

    def anomalies(self) -> Iterator[str]:
        """Yield what is amiss, each in a few words."""
        if not self.finite:
            yield "activations are not finite"
        if not all(map(math.isfinite, self.norms)):
            yield "gradient is not finite"
        elif self.largest > EXPLODING:
            yield f"gradient explodes, above {EXPLODING:g}"
        elif self.largest < VANISHING:
            yield f"gradient vanishes, below {VANISHING:g}"
        if self.saturated is not None and self.saturated > SATURATED:
            yield f"saturated, {self.saturated:.0%} of its activations"
