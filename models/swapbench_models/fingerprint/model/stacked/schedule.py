"""Schedules: which rows of each user a step of stacked training takes, and which cells are swapped for others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from swapbench_models.fingerprint.model.features import Rows
from swapbench_models.fingerprint.model.options import Options
from swapbench_models.fingerprint.model.training import origins


@dataclass(frozen=True)
class Padded:
    """Rows of U users, (U, n, ...), padded to the longest; `counts` (U,) are their numbers of rows."""

    rows: Rows
    counts: Tensor

    @classmethod
    def of(cls, rows: Sequence[Rows]) -> "Padded":
        pad = torch.nn.utils.rnn.pad_sequence
        parts = ([getattr(each, part) for each in rows] for part in ("numeric", "binary", "codes"))
        counts = torch.tensor([len(each) for each in rows], device=rows[0].codes.device)
        return cls(Rows(*(pad(part, batch_first=True) for part in parts)), counts)

    def at(self, index: Tensor) -> Rows:
        """Return the rows at index (U, b), or the cells at index (U, b, columns)."""
        parts = (self.rows.numeric, self.rows.binary, self.rows.codes)
        widths = [part.shape[-1] for part in parts]
        cells = index[:, :, None].expand(-1, -1, sum(widths)) if index.dim() == 2 else index
        return Rows(
            *(part.gather(1, at) for part, at in zip(parts, cells.split_with_sizes(widths, dim=-1), strict=True))
        )


@dataclass(frozen=True)
class Step:
    """One step of all users: which of their rows (`index`, (U, b)), from which row of the batch each cell comes
    (`origin`, (U, b, columns)), one for a row and zero for padding (`weight`, (U, b))."""

    index: Tensor
    origin: Tensor
    weight: Tensor

    @property
    def taken(self) -> Tensor:
        """Which users have a batch left at all, (U,)."""
        return self.weight.any(dim=1)

    def to(self, device: torch.device) -> "Step":
        return Step(self.index.to(device), self.origin.to(device), self.weight.to(device))

    def noisy_index(self) -> Tensor:
        """Return which row each cell is taken from, (U, b, columns)."""
        return self.index[:, :, None].expand_as(self.origin).gather(1, self.origin)


class Schedule:
    """The order of batches and the swaps of each user, epoch by epoch, as each alone would draw them.

    The draws depend on the seed and the number of rows only, so users with as many rows share them. They are made on
    the processor, whose generator gives the same numbers whatever device the steps go to.
    """

    def __init__(self, counts: Sequence[int], columns: int, options: Options) -> None:
        self._counts, self._columns, self._options = counts, columns, options
        self._groups = {
            count: (
                torch.tensor([u for u, other in enumerate(counts) if other == count], device="cpu"),
                self._generator(),
            )
            for count in sorted(set(counts))
        }
        self.batches = torch.tensor([-(-count // options.batch_size) for count in counts], device="cpu")

    def epoch(self) -> Iterator[Step]:
        """Yield the steps of the next epoch."""
        size, users = self._options.batch_size, len(self._counts)
        width = min(size, max(self._counts))
        orders = {
            count: torch.randperm(-(-count // size), generator=generator, device=generator.device).tolist()
            for count, (_, generator) in self._groups.items()
        }
        for number in range(int(self.batches.max())):
            index = torch.zeros(users, width, dtype=torch.long, device="cpu")
            weight = torch.zeros(users, width, device="cpu")
            origin = torch.arange(width, device="cpu")[:, None].repeat(users, 1, self._columns)
            origin = origin.view(users, width, self._columns)
            for count, (members, generator) in self._groups.items():
                if number < len(orders[count]):
                    first = orders[count][number] * size
                    rows = min(size, count - first)
                    drawn = origins(rows, self._columns, self._options.swap_probability, generator)
                    index[members, :rows] = torch.arange(first, first + rows, device="cpu")
                    weight[members, :rows] = 1.0
                    origin[members, :rows] = drawn
            yield Step(index, origin, weight)

    def _generator(self) -> torch.Generator:
        return torch.Generator("cpu").manual_seed(self._options.seed)
