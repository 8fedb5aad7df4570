"""Settings: how the networks of teachers and students are trained."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from swapbench_models.can.error import CanError
from swapbench_models.can.networks.sizes import Role
from swapbench_models.training.memory import MOST

Network = Literal["autoencoder", "classifier"]
NETWORKS: tuple[Network, ...] = ("autoencoder", "classifier")


@dataclass(frozen=True)
class Settings:
    """At most `autoencoder_epochs` and `epochs`, in steps of `batch_size` graphs by AdamW, whose rate falls along a
    cosine to a tenth; a gradient's norm is at most `clip`.

    A share `validation` of windows chooses the epoch that is left, ends training `patience` epochs after the best one
    (0: it does not), and chooses the `threshold`: the one with the highest F1, or a half. The classifier learns of each
    attack and of so many `normals` for each, those that the autoencoder finds hardest. Its loss is the cross-entropy,
    or with `focal` that times (1 - p) to the power of `gamma`; `balanced` weighs both classes the same. `beta` weighs
    the divergence in the autoencoder's loss. `edge_features` lets the classifier see them.

    A student's loss is `alpha` times what its teacher says, at a `temperature`, and else the labels'. A training that
    runs out of memory begins anew with half the batch so many `retries` at most.
    """

    autoencoder_epochs: int = 10
    epochs: int = 10
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-5
    clip: float = 1.0
    patience: int = 20
    validation: float = 0.2
    threshold: Literal["f1", "half"] = "f1"
    normals: float = 4.0
    loss: Literal["cross_entropy", "focal"] = "cross_entropy"
    gamma: float = 1.0
    balanced: bool = False
    beta: float = 0.1
    edge_features: bool = False
    alpha: float = 0.7
    temperature: float = 5.0
    retries: int = MOST

    def __post_init__(self) -> None:
        """Raise CanError for what cannot be."""
        for name, least in {"autoencoder_epochs": 1, "epochs": 1, "batch_size": 1, "patience": 0, "retries": 0}.items():
            if getattr(self, name) < least:
                raise CanError(f"{name}={getattr(self, name)}: give a whole number from {least} on.")
        for name in ("learning_rate", "clip", "normals", "temperature"):
            if not getattr(self, name) > 0:
                raise CanError(f"{name}={getattr(self, name):g}: give a number above 0.")
        for name in ("weight_decay", "gamma", "beta"):
            if not getattr(self, name) >= 0:
                raise CanError(f"{name}={getattr(self, name):g}: give a number from 0 on.")
        if not 0 <= self.alpha <= 1 or not 0 < self.validation < 1:
            told = f"alpha={self.alpha:g}, validation={self.validation:g}"
            raise CanError(f"{told}: give a share from 0 to 1, and one between them.")
        for name, known in {"threshold": ("f1", "half"), "loss": ("cross_entropy", "focal")}.items():
            if getattr(self, name) not in known:
                raise CanError(f"There is no {name} {getattr(self, name)!r}; choose {' or '.join(known)}.")

    def told(self) -> dict[str, Any]:
        """Return all that the outcome of a training stands on, as JSON has it."""
        return {name: value for name, value in asdict(self).items() if name != "retries"}


_PROFILES: dict[str, Settings] = {
    "quick": Settings(autoencoder_epochs=5, epochs=8, batch_size=16, learning_rate=1e-2),
    "standard": Settings(epochs=8, learning_rate=3e-3),
    "paper": Settings(),
}
_FASTER = 1.5  # a student's learning rate
_SHORTER = 0.8  # and its epochs


def settings(role: Role, profile: str, **options: Any) -> Settings:
    """Return the settings of a role in a profile, but for the options that are given; raises CanError for others."""
    if profile not in _PROFILES:
        raise CanError(f"There is no profile {profile!r}; choose {', '.join(_PROFILES)}.")
    known = [field.name for field in fields(Settings)]
    for option in options:
        if option not in known:
            raise CanError(f"There is no option {option!r} of training; known are {', '.join(known)}.")
    usual = _PROFILES[profile]
    if role == "student":
        epochs = {name: round(_SHORTER * getattr(usual, name)) for name in ("autoencoder_epochs", "epochs")}
        usual = replace(usual, learning_rate=_FASTER * usual.learning_rate, **epochs)
    return replace(usual, **options)
