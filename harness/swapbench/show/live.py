"""The live line: cells done of all, what is measured now, time left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swapbench.base import units


@dataclass
class Live:
    """The state behind the line; `total` cells are to be done from `started` on (a clock reading in seconds), `waiting`
    says what keeps the present one from it, and `nodes` what each machine measures, where there are several."""

    total: int
    started: float
    done: int = 0
    waiting: str = ""
    nodes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _running: dict[str, None] = field(default_factory=dict)

    def begin(self, cell: str) -> None:
        self._running[cell] = None
        self.waiting = ""

    def end(self, cell: str) -> None:
        self._running.pop(cell, None)
        self.done += 1
        self.waiting = ""

    def line(self, now: float, width: int) -> str:
        """Return the line as it is at `now`, at most `width` characters wide."""
        left = ""
        if 0 < self.done < self.total:
            left = f", {units.duration((now - self.started) / self.done * (self.total - self.done))} left"
        text = f"{self.done}/{self.total} cells{left}"
        if self.waiting:
            text += f" | {self.waiting}"
        elif self.nodes:
            text += "".join(f" | {name}: {', '.join(cells)}" for name, cells in self.nodes.items())
        elif self._running:
            text += f" | {' | '.join(self._running)}"
        return text if len(text) <= width else text[: width - 1] + "…"
