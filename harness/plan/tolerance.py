"""Tolerances: how far a metric may move."""

from dataclasses import dataclass

from harness.plan.error import SwapError


@dataclass(frozen=True)
class Tolerance:
    """An allowed difference: `absolute` in the metric's unit, or `relative` as a share of the reference."""

    absolute: float | None = None
    relative: float | None = None

    @classmethod
    def parse(cls, value: float | str, owner: str) -> "Tolerance":
        """Read 0.01 (absolute) or "5%" (relative); raises SwapError that names `owner`."""
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            number = -1.0
        if isinstance(value, bool) or not 0.0 <= number < float("inf"):
            raise SwapError(f"{owner}: {value!r} is no tolerance; write a number such as 0.01 or a share such as '5%'.")
        return cls(relative=number / 100) if text.endswith("%") else cls(absolute=number)

    def limit(self, reference: float) -> float:
        """Return the largest allowed difference from `reference`."""
        return self.absolute if self.absolute is not None else abs(reference) * (self.relative or 0.0)

    def __str__(self) -> str:
        return f"{self.absolute:g}" if self.absolute is not None else f"{(self.relative or 0.0) * 100:g}%"
