"""Settings of the detector that knows time."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from swapbench_models.can.error import CanError
from swapbench_models.can.timing.tracker import NAMES
from swapbench_models.can.windows.windows import OPENING_S
from swapbench_models.training.memory import MOST


@dataclass(frozen=True)
class TimingSettings:
    """The mean of so many `members`, networks of `layers` layers of a `width`, trained for `epochs` in steps of
    `batch_size` windows by AdamW, whose rate rises over a tenth of the steps and falls to nothing along a cosine; a
    gradient's norm is at most `clip`.

    An epoch has at most `most` windows with an attack, and as many without, drawn anew. Where recorded attacks are
    sparse, one of few frames is put in for `every` windows (0: never). A share `validation` of the windows chooses the
    threshold and nothing else. Signals `without` are left out. The first `opening_s` seconds of a recording say what is
    usual on its bus. A training that runs out of memory begins anew with half the batch so many `retries` at most.
    """

    members: int = 3
    width: int = 32
    layers: int = 2
    epochs: int = 8
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    clip: float = 1.0
    most: int = 4000
    every: int = 4
    validation: float = 0.2
    without: tuple[str, ...] = ()
    opening_s: float = OPENING_S
    retries: int = MOST

    def __post_init__(self) -> None:
        """Raise CanError for what cannot be."""
        least = {
            "members": 1,
            "width": 1,
            "layers": 0,
            "epochs": 1,
            "batch_size": 1,
            "most": 1,
            "every": 0,
            "retries": 0,
        }
        for name, low in least.items():
            if getattr(self, name) < low:
                raise CanError(f"{name}={getattr(self, name)}: give a whole number from {low} on.")
        for name in ("learning_rate", "clip", "opening_s"):
            if not getattr(self, name) > 0:
                raise CanError(f"{name}={getattr(self, name):g}: give a number above 0.")
        if not self.weight_decay >= 0 or not 0 < self.validation < 1:
            told = f"weight_decay={self.weight_decay:g}, validation={self.validation:g}"
            raise CanError(f"{told}: give a decay from 0 on, and a share between 0 and 1.")
        for name in self.without:
            if name not in NAMES:
                raise CanError(f"There is no signal {name!r}; known are {', '.join(NAMES)}.")

    @property
    def signals(self) -> tuple[int, ...]:
        """The places of the signals that are seen."""
        return tuple(place for place, name in enumerate(NAMES) if name not in self.without)

    def told(self) -> dict[str, Any]:
        """Return all that the outcome of a training stands on, as JSON has it."""
        return {name: value for name, value in asdict(self).items() if name != "retries"}


_PROFILES = {
    "quick": TimingSettings(members=1, width=16, layers=1, epochs=6, batch_size=16, learning_rate=1e-2),
    "standard": TimingSettings(),
    "paper": TimingSettings(epochs=16),
}


def timing_settings(profile: str, **options: Any) -> TimingSettings:
    """Return the settings of a profile, but for the options that are given; raises CanError for others."""
    if profile not in _PROFILES:
        raise CanError(f"There is no profile {profile!r}; choose {', '.join(_PROFILES)}.")
    known = [field.name for field in fields(TimingSettings)]
    for option in options:
        if option not in known:
            raise CanError(f"There is no option {option!r} of training; known are {', '.join(known)}.")
    return replace(_PROFILES[profile], **options)
