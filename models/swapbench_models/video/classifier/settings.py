"""Settings: how long and how carefully a network of clips is trained."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from swapbench_models.training.memory import MOST
from swapbench_models.video.catalogue import HANDCRAFTED
from swapbench_models.video.error import VideoError
from swapbench_models.video.memory import memory


@dataclass(frozen=True)
class Settings:
    """At most `epochs`, in steps of `accumulation` batches of `batch_size` clips, by AdamW.

    The rate is `constant`, or by a `cosine` rises over a tenth of the steps and falls to nothing with the last.
    Training stops `patience` epochs after the best by the loss on what validates, one in `validation` clips (0: none,
    and the last epoch's weights are taken). Epoch after epoch a clip is seen in so many `augmentations` (0: as it is).
    `num_workers` threads read the batches that come next. In `precision` bfloat16, products are made by autocast.
    `pretrained` is a file of published weights. A network over frames whose backbone is `frozen` learns of what that
    makes of frames, kept on disk (None: frozen where it was pretrained). A training that runs out of memory begins anew
    with half the batch so many `retries` at most.
    """

    epochs: int = 20
    batch_size: int = 8
    accumulation: int = 1
    num_workers: int = 0
    learning_rate: float = 1e-4
    weight_decay: float = 1e-4
    schedule: Literal["constant", "cosine"] = "constant"
    patience: int = 5
    augmentations: int = 4
    validation: int = 5
    precision: Literal["float32", "bfloat16"] = "float32"
    pretrained: str | None = None
    frozen: bool | None = None
    retries: int = MOST

    def __post_init__(self) -> None:
        """Raise VideoError for what cannot be."""
        least = {
            "epochs": 1,
            "batch_size": 1,
            "accumulation": 1,
            "num_workers": 0,
            "patience": 0,
            "augmentations": 0,
            "retries": 0,
        }
        for name, low in least.items():
            if getattr(self, name) < low:
                raise VideoError(f"{name}={getattr(self, name)}: give a whole number from {low} on.")
        if not self.learning_rate > 0 or not self.weight_decay >= 0:
            told = f"learning_rate={self.learning_rate:g}, weight_decay={self.weight_decay:g}"
            raise VideoError(f"{told}: give a rate above 0, and a decay from 0 on.")
        if self.validation < 0 or self.validation == 1:
            raise VideoError(f"validation={self.validation}: give 2 or more, of which one validates, or 0 for none.")
        if self.schedule not in ("constant", "cosine"):
            raise VideoError(f"There is no schedule {self.schedule!r}; choose constant or cosine.")
        if self.precision not in ("float32", "bfloat16"):
            raise VideoError(f"There is no precision {self.precision!r}; choose float32 or bfloat16.")

    def told(self) -> dict[str, Any]:
        """Return all that the outcome of a training stands on, as JSON has it."""
        return {name: value for name, value in asdict(self).items() if name not in ("num_workers", "retries")}


# Small networks that are trained from nothing in few steps. On two cores of a Xeon with AMX, a step of `naive_cnn` and
# `slowfast` in profile standard takes 0.4 and 0.7 times as long in bfloat16; of the others, 1.5 to 1.9 times.
_SMALLER: dict[str, Settings] = {
    "quick": Settings(epochs=3, patience=0, learning_rate=3e-3, schedule="cosine", augmentations=2),
    "standard": Settings(epochs=40, patience=0, learning_rate=2e-3, schedule="cosine"),
}
_BFLOAT16 = ("naive_cnn", "slowfast")


def settings(name: str, profile: str, **training: Any) -> Settings:
    """Return a network's settings in a profile, but for what is given; raises VideoError for an unknown option."""
    known = [field.name for field in fields(Settings)]
    for option in training:
        if option not in known:
            raise VideoError(f"There is no option {option!r} of training; known are {', '.join(known)}.")
    if profile == "paper":
        asked = memory(name)
        usual = Settings(
            batch_size=asked["batch_size"],
            accumulation=asked["gradient_accumulation"],
            num_workers=asked["num_workers"],
        )
    else:
        usual = _SMALLER[profile]
    if name in _BFLOAT16 and profile != "quick":
        usual = replace(usual, precision="bfloat16")
    made = replace(usual, **training)
    if made.frozen and not name.startswith("vit_"):
        raise VideoError(f"{name} has no backbone to be frozen; leave frozen out.")
    if made.pretrained is not None and name in (*HANDCRAFTED, "naive_cnn"):
        raise VideoError(f"No weights are published for {name}; leave pretrained out.")
    return made
