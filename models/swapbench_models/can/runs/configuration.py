"""Configuration: what is asked for alike of all models of a folder, and decides what they learn."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from swapbench_models.can.catalogue import ARCHITECTURES, PROFILES
from swapbench_models.can.error import CanError


@dataclass(frozen=True)
class Configuration:
    """How large models are and how long they are trained (`profile`), the seed of all that is drawn, and whose networks
    teacher and student are. Raises CanError for what is not known."""

    profile: str = "quick"
    seed: int = 0
    architecture: str = "dqnfusion"

    def __post_init__(self) -> None:
        for what, given, known in (
            ("profile", self.profile, PROFILES),
            ("architecture", self.architecture, ARCHITECTURES),
        ):
            if given not in known:
                raise CanError(f"There is no {what} {given!r}; known are {', '.join(known)}.")

    def told(self) -> dict[str, Any]:
        """Return it as JSON's values."""
        return asdict(self)


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Return in words what of a configuration, as JSON has it, was other before."""
    return [
        f"{name} {before.get(name)} and not {now.get(name)}"
        for name in {**now, **before}
        if now.get(name) != before.get(name)
    ]
