"""A source: a fitted detector whose scores a fusion mixes, and the file it was loaded from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from swapbench_models.can.detector.detector import Detector, Scores
from swapbench_models.can.error import DependencyError
from swapbench_models.can.windows.windows import Windows


class Source(Protocol):
    """Scores windows (n,) from 0 to 1, with an alarm above `threshold`; `file` is what it was loaded from."""

    @property
    def name(self) -> str: ...

    @property
    def file(self) -> Path: ...

    @property
    def threshold(self) -> float: ...

    def scores(self, windows: Windows) -> Scores: ...


@dataclass(frozen=True)
class Whole:
    """A detector as a source, with its own threshold."""

    name: str
    file: Path
    detector: Detector

    @property
    def threshold(self) -> float:
        return self.detector.threshold

    def scores(self, windows: Windows) -> Scores:
        return self.detector.scores(windows)


class Composite(Protocol):
    """A detector that is made of several: `sources` are the scores (n,) of each, by name."""

    def sources(self, windows: Windows) -> Mapping[str, Scores]: ...


@dataclass(frozen=True)
class Part:
    """What one of a composite's parts says, such as its `vgae` or its `gat`, with an alarm above a half."""

    name: str
    file: Path
    detector: Composite
    threshold: float = 0.5

    def scores(self, windows: Windows) -> Scores:
        return self.detector.sources(windows)[self.name]


def loaded(name: str, detector: Detector, file: Path) -> Whole:
    """Return a source that has taken over what its detector's `save_fitted` wrote into a file.

    Raises DependencyError, which names it, where there is none, and what the detector raises for another's.
    """
    if not file.is_file():
        raise DependencyError(f"{file}: there is no {name}, on which a fusion stands; fit it first.")
    detector.load_fitted(file)
    return Whole(name, file, detector)


def digest(source: Source) -> str:
    """Return the SHA-256 of a source's file; raises DependencyError, which names it, where it cannot be read."""
    try:
        with source.file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DependencyError(
            f"{source.file}: {source.name}, on which a fusion stands, cannot be read ({error.strerror}); fit it first."
        ) from error
