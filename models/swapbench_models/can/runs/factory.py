"""A factory: what makes the detectors that are trained and judged."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from swapbench_models.can.detector.detector import Detector


class Factory(Protocol):
    """Makes a detector that has learnt nothing, the same one for the same name and configuration; `on` are the files of
    the trained ones that it stands on, by name."""

    def __call__(
        self, name: str, *, profile: str, seed: int, architecture: str, on: Mapping[str, Path]
    ) -> Detector: ...
