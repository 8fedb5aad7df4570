"""Findings: what a check of the instrument measured, and what is allowed."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Finding:
    """One figure of the instrument: its value and unit (None when it could not be had, with the reason in `note`),
    and the limit it should stay within, below it (`most`) or above it (`least`)."""

    name: str
    value: float | None
    unit: str
    limit: float | None
    note: str = ""
    side: Literal["most", "least"] = "most"

    @property
    def fine(self) -> bool:
        """Whether the figure is within its limit; one that could not be had is no failure, and is shown as skipped."""
        if self.value is None or self.limit is None:
            return True
        return self.value <= self.limit if self.side == "most" else self.value >= self.limit

    def line(self) -> str:
        """Return the finding as one line of text."""
        if self.value is None:
            return f"{self.name:<44} skipped: {self.note}"
        allowed = "" if self.limit is None else f"at {self.side} {self.limit:g} {self.unit}".rstrip()
        verdict = "" if self.limit is None else "ok" if self.fine else "OUTSIDE"
        note = f"  ({self.note})" if self.note else ""
        return f"{self.name:<44} {f'{self.value:.4g} {self.unit}':>16}  {allowed:<18} {verdict}{note}".rstrip()

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "fine": self.fine}
