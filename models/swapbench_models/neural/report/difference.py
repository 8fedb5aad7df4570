"""A difference: what the compiled network takes beyond the native one, and whether that is shown."""

from dataclasses import dataclass
from typing import Literal

from swapbench_models.neural.report.spread import LEAST, Spread

Kind = Literal["time", "memory"]

# What is no difference whatever the rounds say: so much comes of where code happens to lie, or of what an allocator
# keeps by chance. In seconds or bytes, and as a share.
_LEAST: dict[Kind, tuple[float, float]] = {"time": (1e-5, 0.02), "memory": (2.0**19, 0.01)}
# What the samples are that know nothing of one another: memory is the same to the page in all forks of one server.
_INDEPENDENT: dict[Kind, str] = {"time": "rounds", "memory": "fork servers"}


@dataclass(frozen=True)
class Difference:
    """Two spreads of one quantity; `apart` names the conditions in which the two sides differ, if any."""

    kind: Kind
    native: Spread
    compiled: Spread
    apart: str = ""

    @property
    def absolute(self) -> float:
        return self.compiled.median - self.native.median

    @property
    def percentage(self) -> float | None:
        """The difference in per cent of the native side; None where that took nothing."""
        return 100 * self.absolute / self.native.median if self.native.median else None

    @property
    def unshown(self) -> str:
        """Why nothing shows that the sides differ; nothing where it is shown: where both intervals of the medians lie
        apart, and the medians by more than is no difference."""
        if self.apart:
            return f"their {self.apart} differ"
        if self.native.loaded or self.compiled.loaded:
            return "other load took part"
        if self.native.interval is None or self.compiled.interval is None:
            return f"fewer than {LEAST} {_INDEPENDENT[self.kind]}"
        lower, upper = sorted((self.native.interval, self.compiled.interval))
        if lower[1] >= upper[0]:
            return "intervals overlap"
        least, share = _LEAST[self.kind]
        if abs(self.absolute) <= max(least, share * self.native.median):
            return f"within {share * 100:.0f} %" if share * self.native.median > least else "less than matters"
        return ""

    @property
    def shown(self) -> Literal["more", "less", ""]:
        """Whether the compiled side is shown to take more, or less."""
        if self.unshown:
            return ""
        return "more" if self.absolute > 0 else "less"
