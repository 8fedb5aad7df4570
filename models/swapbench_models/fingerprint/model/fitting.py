"""Fitting many models: one after the other, or many users' at once. One's failure is its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Generic, TypeVar

import polars as pl

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.model.autoencoder import AutoEncoder
from swapbench_models.fingerprint.model.catalogue import VARIANTS
from swapbench_models.fingerprint.model.features import Rows
from swapbench_models.fingerprint.model.stacked.training import train_together
from swapbench_models.training.progress import Progress

# Models that are trained at once: so many, of so many weights together, for beyond that a step waits for the memory
# rather than for the processor. The longest has at most twice the rows of the shortest, for padding is computed too.
_MOST, _WEIGHTS, _LONGER = 64, 2**21, 2.0

Name = TypeVar("Name")
Create = Callable[[], AutoEncoder]


@dataclass(frozen=True)
class Fitted(Generic[Name]):
    """Whose model it is, and the model; or why there is none."""

    name: Name
    model: AutoEncoder | None
    error: Exception | None = None


Fit = Callable[[Create, Iterable[tuple[Name, pl.DataFrame]]], Iterator[Fitted[Name]]]


def alone(create: Create, frames: Iterable[tuple[Name, pl.DataFrame]]) -> Iterator[Fitted[Name]]:
    """Fit a model to each frame as it comes."""
    for name, frame in frames:
        try:
            yield Fitted(name, create().fit(frame))
        except Exception as error:  # whatever it is, it is one user's
            yield Fitted(name, None, error)


def together(create: Create, frames: Iterable[tuple[Name, pl.DataFrame]]) -> Iterator[Fitted[Name]]:
    """Fit a model to each frame, those of similar length at once; the results are those of `alone`, shortest first."""
    begun: list[_Begun[Name]] = []
    for name, frame in frames:
        try:
            model = create()
            begun.append(_Begun(name, model, *model.begin(frame)))
        except Exception as error:
            yield Fitted(name, None, error)
    for group in _groups(begun):
        try:
            progress = train_together([each.model for each in group], [(each.rows, each.check) for each in group])
        except Exception as error:
            yield from (Fitted(each.name, None, error) for each in group)
        else:
            yield from (each.ended(went) for each, went in zip(group, progress, strict=True))


_WAYS: Mapping[str, Fit[Any]] = dict(zip(("", *VARIANTS), (alone, together), strict=True))


def variant(name: str) -> Fit[Any]:
    """Return how a variant fits, or with no name the plain way; raises FingerprintError for one that there is not."""
    if name not in _WAYS:
        raise FingerprintError(f"There is no variant '{name}'; choose {', '.join(VARIANTS)}, or none.")
    return _WAYS[name]


@dataclass(frozen=True)
class _Begun(Generic[Name]):
    name: Name
    model: AutoEncoder
    rows: Rows
    check: Rows

    def ended(self, progress: Progress) -> Fitted[Name]:
        """Return the model, or why this one of those that were trained together is none."""
        try:
            self.model.end(progress, self.rows, self.check)
        except Exception as error:
            return Fitted(self.name, None, error)
        return Fitted(self.name, self.model)


def _groups(begun: list[_Begun[Name]]) -> Iterator[list[_Begun[Name]]]:
    ordered = sorted(begun, key=lambda each: (each.model.features.kinds, len(each.rows)))
    for _, alike in groupby(ordered, key=lambda each: each.model.features.kinds):
        group: list[_Begun[Name]] = []
        for each in alike:
            most = min(_MOST, _WEIGHTS // each.model.count_parameters())
            if group and (len(group) >= most or len(each.rows) > _LONGER * len(group[0].rows)):
                yield group
                group = []
            group.append(each)
        yield group
