"""Cells: the points of the matrix that is measured, and rows, which are what is compared.

The fields of a cell are written down here and nowhere else: parameters of tests, options that select, names, tables,
tolerances and files are made of them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple


class Row(NamedTuple):
    """What is compared: a model, the backend that executes it, and the way in which it does, which for the plain one
    has no name."""

    model: str
    backend: str
    variant: str = ""

    @property
    def name(self) -> str:
        """`cnn-torch`, or `cnn-torch-compiled`."""
        return "-".join(filter(None, self))


@dataclass(frozen=True, order=True)
class Cell:
    """The identity of one measurement: nothing but names, so it can be compared, sorted, printed and stored."""

    suite: str
    model: str
    backend: str
    # By name alone, so that whoever has no variants need not know of them; cells from before there were any have none.
    variant: str = field(default="", kw_only=True)
    dataset: str
    fold: int
    phase: str
    profile: str

    @classmethod
    def of(cls, suite: str, row: Row, dataset: str, fold: int, phase: str, profile: str) -> "Cell":
        return cls(suite, row.model, row.backend, dataset, fold, phase, profile, variant=row.variant)

    def __str__(self) -> str:
        if not self.backend:  # read from a file of pytest-benchmark that is not of a suite
            return f"{self.suite}: {self.model}"
        return f"{self.suite}: {self.phase} of {self.row.name} on {self.dataset}, fold {self.fold}"

    @property
    def row(self) -> Row:
        return Row(self.model, self.backend, self.variant)

    @property
    def id(self) -> str:
        """The part of a test's name that tells its cell from the suite's others."""
        return f"{self.row.name}-{self.dataset}-fold{self.fold}"

    @property
    def parameters(self) -> tuple[str | int, ...]:
        """The values of PARAMETERS."""
        return tuple(getattr(self, name) for name in PARAMETERS)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Cell":
        """Read what as_dict gave, and what is there beside it passed over; raises KeyError where a field is lacking."""
        return cls(**{name: values.get(name, "") if name == "variant" else values[name] for name in FIELDS})


FIELDS = tuple(one.name for one in fields(Cell))
# What tells the tests of one suite and phase apart.
PARAMETERS = tuple(name for name in FIELDS if name not in {"suite", "phase", "profile"})
# What a run can be restricted to, value by value; of profiles it has one.
DIMENSIONS = tuple(name for name in FIELDS if name != "profile")
