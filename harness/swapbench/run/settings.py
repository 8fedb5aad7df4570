"""Settings: what holds for every cell of a run."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from swapbench.run.lease import Slot


@dataclass(frozen=True)
class Settings:
    """What holds for every cell of a run; times in seconds, memory in bytes, None for what a suite decides.
    `machine_class` names all machines that measure as one kind, among which it does not matter which one it was."""

    store: Path
    slot: Slot
    threads: int = 1
    workers: int = 1
    seed: int = 0
    folds: int | None = None
    rounds: int | None = None
    least_rounds: int = 1
    timeout_s: float | None = None
    memory_limit: int | None = None
    data_dir: str | None = None
    machine_class: str | None = None

    @property
    def cache(self) -> Path:
        return self.store / "cache"

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "store": str(self.store)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Settings":
        """Read what as_dict gave, from JSON too."""
        slot = Slot(values["slot"]["mode"], tuple(values["slot"]["cpus"]))
        return cls(**{**values, "store": Path(values["store"]), "slot": slot})
