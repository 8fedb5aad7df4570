"""Again: a training that was interrupted, and is gone on with or begins anew."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swapbench_models import sealed, typed
from swapbench_models.can.error import CanError
from swapbench_models.can.runs.fit import Fit
from swapbench_models.can.runs.record import Record
from swapbench_models.can.runs.standing import Standing, damaged, found_of, require_same
from swapbench_models.error import FamilyError

Begun = Mapping[str, Any] | None


@dataclass(frozen=True)
class Again:
    """What is gone on with, where all is to be trained `anew` and where it is not.

    A run that trains anew has the time at which it began, by which what it has trained is known; `tell` is told of one
    that was interrupted.
    """

    anew: bool
    tell: Callable[[str], None]
    _runs: dict[Path, float] = field(default_factory=dict)

    def begun(self, fit: Fit, stands_on: Standing) -> Begun:
        """Return what was written of the training that is gone on with, or None where it begins."""
        begun = _read(fit.begun) if self.anew else _told(fit.begun)
        if begun is None or begun["stands_on"] != stands_on:
            return None
        return begun if not self.anew or begun["run"] == self.run(fit, begun) else None

    def run(self, fit: Fit, begun: Begun) -> float:
        """Return when the run began that trains a fit anew, or 0 where none does; without being asked for, one does
        that was interrupted in this fit."""
        if not self.anew:
            return float(begun["run"]) if begun else 0.0
        root = fit.folder.root
        if root not in self._runs:
            interrupted = max((_run(_read(file)) for file in fit.folder.interrupted), default=0.0)
            if interrupted:
                self.tell(f"{root}: what was to be trained anew was interrupted, and is gone on with.")
            self._runs[root] = interrupted or time.time()
        return self._runs[root]

    def begin(self, fit: Fit, stands_on: Standing) -> None:
        """Write what a training stands on, which begins; raises FamilyError where another was interrupted, but to train
        anew."""
        if self.anew:
            fit.end()  # what was trained stays until the new one is whole
        else:
            if other := _told(fit.begun):
                require_same(fit, other, stands_on, "a training was interrupted that began")
            fit.forget()
        fit.folder.made(fit.checkpoints)
        told = {"stands_on": {**stands_on}, "configuration": fit.configured(), "run": self.run(fit, None)}
        sealed.write(fit.begun, told)


def trained_by(run: float, fit: Fit, stands_on: Standing) -> Record | None:
    """Return the record of what is there and is whole, if the run that trains anew has trained it."""
    try:
        found = found_of(fit)
        if found is None or found.run != run or damaged(fit, found):
            return None
        require_same(fit, asdict(found), stands_on)
    except FamilyError:  # it gives way in any case
        return None
    return found


@dataclass(frozen=True)
class _Written:
    """What is written of a training that begins."""

    stands_on: Mapping[str, str]
    configuration: Mapping[str, Any]
    run: float


def _told(file: Path) -> Begun:
    """Return what was written of a training, None where nothing was; raises FamilyError for what is none of it."""
    found = sealed.read(file)
    if found is None:
        return None
    try:
        typed.made(_Written, found)
    except ValueError as error:
        raise CanError(f"{file}: says of no training that it began ({error}); delete it.") from error
    return found


def _read(file: Path) -> Begun:
    """Return what was written of a training, None where it cannot be read."""
    try:
        return _told(file)
    except FamilyError:
        return None


def _run(begun: Begun) -> float:
    return float(begun.get("run", 0)) if begun else 0.0
