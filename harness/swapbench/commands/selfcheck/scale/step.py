"""Steps: what was done with a run of so many cells, and what that took."""

from collections.abc import Iterator
from dataclasses import dataclass

from swapbench.base import units


@dataclass(frozen=True)
class Step:
    """One step with a run of `cells` cells.

    `cpu_s` is processor time: while a run lasts that of its controller alone, else that of all processes of the step.
    `peak_bytes` is the largest memory of the controller, or of the command, `size_bytes` what lies on disk afterwards;
    None where a step has none. `told` is what else there is to say.
    """

    name: str
    cells: int
    wall_s: float
    cpu_s: float | None = None
    peak_bytes: int | None = None
    size_bytes: int | None = None
    told: str = ""

    @property
    def note(self) -> str:
        """What it took beside its time, in words."""
        return ", ".join(self._parts())

    def _parts(self) -> Iterator[str]:
        if self.cpu_s is not None:
            yield f"processor {units.seconds(self.cpu_s)}"
        if self.peak_bytes is not None:
            yield f"peak {units.mebibytes(self.peak_bytes)}"
        if self.size_bytes is not None:
            yield f"{self.size_bytes:,} bytes"
        if self.told:
            yield self.told
