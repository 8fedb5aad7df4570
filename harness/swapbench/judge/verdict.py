"""Verdicts: what one comparison showed."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from swapbench.plan.cell import Cell

Kind = Literal["equivalent", "improved", "regressed", "different", "inconclusive", "new", "missing", "incomparable"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Effect = Literal["ratio", "difference"]


@dataclass(frozen=True)
class Verdict:
    """The verdict on one metric of a cell, or on the cell as a whole (`metric` empty).

    A row is judged over all its `folds` at once, and `cell` is the first of them. `baseline` and `value` are the two
    figures (None where there is none), `effect` their ratio or difference with its 95 % `interval`, `p` the adjusted
    probability of such samples if nothing had got worse (or better, for `improved`), `limit` the tolerance in words.
    `fails` says that a gate must not let it pass, `suspect` that a time or size looks worse or better than allowed,
    which measuring again may show to be chance, `excused` that nothing could be judged and that this harms nobody,
    `needed` how many rounds a side would tell where these do not.
    """

    kind: Kind
    cell: Cell
    folds: tuple[int, ...]
    metric: str
    reason: str
    baseline: float | None = None
    value: float | None = None
    unit: str = ""
    effect_is: Effect = "ratio"
    effect: float | None = None
    interval: tuple[float, float] | None = None
    p: float | None = None
    limit: str = ""
    fails: bool = False
    suspect: bool = False
    excused: bool = False
    needed: int | None = None

    @classmethod
    def new(cls, cell: Cell, reason: str) -> "Verdict":
        return cls("new", cell, (cell.fold,), "", reason)

    @classmethod
    def missing(cls, cell: Cell, reason: str) -> "Verdict":
        return cls("missing", cell, (cell.fold,), "", reason, fails=True)

    @classmethod
    def absent(cls, cell: Cell, reason: str) -> "Verdict":
        """The verdict on a cell that neither side can run, for want of what it needs."""
        return cls("incomparable", cell, (cell.fold,), "", f"neither side can run it: {reason}", excused=True)

    @property
    def open(self) -> bool:
        """Whether more samples may decide it: times and sizes vary, predictions under one seed do not."""
        return self.kind == "inconclusive" and self.effect_is == "ratio"

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells that were judged."""
        return tuple(replace(self.cell, fold=fold) for fold in self.folds)

    @property
    def subject(self) -> str:
        """Name what was judged."""
        if len(self.folds) < 2:
            return str(self.cell)
        folds = f"folds {', '.join(map(str, self.folds))}"
        return str(self.cell).replace(f"fold {self.cell.fold}", folds)

    def sentence(self) -> str:
        """Say in one sentence what was judged, how, and on what grounds."""
        kind = self.kind.upper() if self.fails else self.kind
        return f"{self.subject}: {self.metric + ' ' if self.metric else ''}{kind}, {self.reason}."

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Verdict":
        """Read what as_dict gave."""
        kept = {name: value for name, value in values.items() if name != "sentence"}
        interval = kept["interval"] and tuple(kept["interval"])
        return cls(
            **{**kept, "cell": Cell.from_dict(kept["cell"]), "folds": tuple(kept["folds"]), "interval": interval}
        )

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "sentence": self.sentence()}
