"""Configuration: what is the same for all models of a run, and decides its results."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swapbench_models import typed
from swapbench_models.video.catalogue import CLIPS, PROFILES
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.content import digest

_FEWEST_FOLDS, _MOST_THREADS = 2, 1024


@dataclass(frozen=True)
class Configuration:
    """So many folds, drawn by a seed; what profile and how many `epochs` networks are trained for (None: as the profile
    has it), by how many threads, and the file of each network that begins with what another has learnt.

    Raises VideoError for what cannot be.
    """

    folds: int = 5
    seed: int = 42
    profile: str = "quick"
    epochs: int | None = None
    threads: int = 1
    pretrained: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.folds < _FEWEST_FOLDS:
            raise VideoError(f"folds {self.folds}: give a number from {_FEWEST_FOLDS} on.")
        if not 1 <= self.threads <= _MOST_THREADS:
            raise VideoError(f"threads {self.threads}: give a number from 1 to {_MOST_THREADS}.")
        if self.profile not in PROFILES:
            raise VideoError(f"There is no profile {self.profile!r}; known are {', '.join(PROFILES)}.")
        for name in self.pretrained:
            if not _network(name):
                raise VideoError(f"{name} begins with no file; only networks do: {', '.join(CLIPS[PROFILES[0]])}.")

    def training(self, model: str) -> dict[str, Any]:
        """Return the options of a model's training."""
        made: dict[str, Any] = {"pretrained": self.pretrained[model]} if model in self.pretrained else {}
        return {**made, "epochs": self.epochs} if _network(model) and self.epochs else made

    def told(self) -> dict[str, Any]:
        """Return it as JSON's values."""
        return {**asdict(self), "pretrained": dict(self.pretrained)}

    def changes(self, known: "Configuration") -> list[str]:
        """Return what is other than in a known one, in words."""
        now, before = self.told(), known.told()
        return [f"{name} {_said(before[name])} and not {_said(now[name])}" for name in now if before[name] != now[name]]

    def stands_on(self) -> dict[str, Any]:
        """Return what decides results: of files their content, wherever they are."""
        return {**self.told(), "pretrained": {name: digest(Path(file)) for name, file in self.pretrained.items()}}


def read(values: Any, file: Path) -> Configuration:
    """Return the configuration that a file tells of; raises VideoError, which names it, where that is none."""
    try:
        return typed.made(Configuration, values)
    except ValueError as error:
        raise VideoError(f"{file}: describes no run that this version knows ({error}).") from error


def _said(value: Any) -> str:
    return "as the profile has it" if value is None else str(value)


def _network(model: str) -> bool:
    return model in CLIPS[PROFILES[0]]
