"""Settings: how long, and how, a fusion agent learns."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from swapbench_models.can.error import CanError


@dataclass(frozen=True)
class Settings:
    """At most `episodes`, in each of which it acts on `share` of the samples, or on `least` where that is more, as far
    as there are so many; then it takes `steps` steps of `batch_size` transitions out of the last `capacity`.

    What an action is worth counts `discount` of what follows. Of actions, the share `exploration` is drawn, less by the
    factor `decay` from each episode to the next, down to `least_exploration`. After `renewal` steps the target network
    becomes the one that learns. Every `interval` episodes it is validated, on `validation` samples at most, and kept;
    it ends when `patience` validations in a row have brought nothing (0: never). Steps are AdamW's, of a gradient that
    is clipped at `clip`. A training that runs out of memory begins anew with half the batch so many `retries` at most.
    """

    episodes: int = 50
    share: float = 0.5
    least: int = 1000
    steps: int = 16
    batch_size: int = 128
    capacity: int = 50_000
    discount: float = 0.9
    exploration: float = 0.3
    decay: float = 0.995
    least_exploration: float = 0.01
    renewal: int = 100
    interval: int = 25
    validation: int = 5000
    patience: int = 50
    hidden: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 1e-5
    clip: float = 1.0
    retries: int = 4

    def __post_init__(self) -> None:
        """Raise CanError for what cannot be."""
        counts = ("episodes", "least", "steps", "batch_size", "capacity", "renewal", "interval", "validation", "hidden")
        for name in counts:
            if getattr(self, name) < 1:
                raise CanError(f"{name}={getattr(self, name)}: give a whole number from 1 on.")
        for name in ("share", "discount", "exploration", "decay", "least_exploration"):
            if not 0 <= getattr(self, name) <= 1:
                raise CanError(f"{name}={getattr(self, name):g}: give a number from 0 to 1.")
        if self.patience < 0 or self.retries < 0:
            raise CanError(f"patience={self.patience}, retries={self.retries}: give whole numbers from 0 on.")
        if not (self.learning_rate > 0 and self.clip > 0 and self.weight_decay >= 0):
            told = f"learning_rate={self.learning_rate:g}, clip={self.clip:g}, weight_decay={self.weight_decay:g}"
            raise CanError(f"{told}: give a rate and a norm above 0, and a decay from 0 on.")

    @property
    def epochs(self) -> int:
        """How often it is validated, the last time after what is left of the episodes."""
        return -(-self.episodes // self.interval)

    def explored(self, episode: int) -> float:
        """Return the share of actions that are drawn in an episode, counted from 0."""
        return max(self.least_exploration, self.exploration * self.decay**episode)

    def told(self) -> dict[str, Any]:
        """Return all that the outcome stands on, as JSON has it."""
        return {name: value for name, value in asdict(self).items() if name != "retries"}


PROFILES: dict[str, Settings] = {
    "quick": Settings(episodes=10, steps=12, share=0.4, interval=5),
    "standard": Settings(),
    "paper": Settings(episodes=500),
}
ROUNDS = {"quick": 2_000, "standard": 10_000, "paper": 50_000}  # of the bandit, which sees each sample once or more


def settings(profile: str, **training: Any) -> Settings:
    """Return the settings of a profile, but for what is given; raises CanError for an unknown option."""
    known = [field.name for field in fields(Settings)]
    for option in training:
        if option not in known:
            raise CanError(f"There is no option {option!r} of a fusion's training; known are {', '.join(known)}.")
    return replace(PROFILES[profile], **training)
