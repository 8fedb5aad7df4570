"""Options: all that is chosen of a model before it sees a row."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.model.scalers import RULES

Block = Literal["plain", "residual"]
ACTIVATIONS = (
    "celu",
    "elu",
    "hardshrink",
    "hardtanh",
    "leaky_relu",
    "relu",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "softsign",
    "tanh",
    "tanhshrink",
)
_OPTIMIZERS = ("sgd", "adam")
_ALIASES = {"swap_p": "swap_probability", "lr": "learning_rate", "lr_decay": "learning_rate_decay"}
_DEFAULT_LAYERS = 3
_DEFAULT_WIDTH = 4  # times the inputs


@dataclass(frozen=True)
class Options:
    """The choices behind one model; the defaults are those of digital fingerprinting.

    `encoder_layers` are units (None: three layers of four times the inputs), dropouts one probability for all layers or
    one each. `swap_probability` is the share of cells that are swapped for others of their column while training.
    `learning_rate_decay` multiplies the learning rate after each epoch (None: never). The last `validation_size` of the
    rows validate; training stops before `epochs` when their loss has risen in `patience` epochs one after the other (0:
    never), or when an epoch's loss on the rows that are trained on is `target_loss` or less. `scaler` and `loss_scaler`
    name rules for numbers and for losses, and `least_loss_spread` keeps usual losses that hardly differ from making a
    small one enormous.
    """

    block: Block = "plain"
    encoder_layers: tuple[int, ...] | None = (512, 500)
    decoder_layers: tuple[int, ...] = (512,)
    encoder_dropout: float | tuple[float, ...] = 0.0
    decoder_dropout: float | tuple[float, ...] = 0.0
    activation: str = "relu"
    min_cats: int = 1
    swap_probability: float = 0.2
    learning_rate: float = 0.001
    learning_rate_decay: float | None = 0.99
    batch_size: int = 512
    eval_batch_size: int = 1024
    optimizer: str = "sgd"
    momentum: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    amsgrad: bool = False
    weight_decay: float = 0.0
    scaler: str | Mapping[str, str] = "standard"
    loss_scaler: str = "standard"
    least_loss_spread: float = 0.0
    loss_stats_from_validation: bool = False
    epochs: int = 30
    validation_size: float = 0.1
    patience: int = 0
    target_loss: float | None = None
    seed: int = 0
    device: str | None = None

    def __post_init__(self) -> None:
        """Raise FingerprintError for what cannot be."""
        if self.activation not in ACTIVATIONS:
            raise FingerprintError(
                f"There is no activation '{self.activation}'; choose one of {', '.join(ACTIVATIONS)}."
            )
        if self.optimizer not in _OPTIMIZERS:
            raise FingerprintError(f"There is no optimizer '{self.optimizer}'; choose one of {', '.join(_OPTIMIZERS)}.")
        if self.loss_scaler not in RULES:
            raise FingerprintError(f"There is no scaler '{self.loss_scaler}'; choose one of {', '.join(RULES)}.")
        if not 0 <= self.validation_size < 1:
            raise FingerprintError(
                f"validation_size {self.validation_size:g}: give a share of the rows, from 0 up to 1."
            )
        if not 0 <= self.swap_probability <= 1:
            raise FingerprintError(f"swap_probability {self.swap_probability:g}: give a probability, from 0 to 1.")
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise FingerprintError(f"{name} {getattr(self, name)}: give a number from 1 on.")
        if self.patience < 0:
            raise FingerprintError(f"patience {self.patience}: give a number of epochs, or 0 for none.")

    @classmethod
    def of(cls, **values: Any) -> "Options":
        """Return the options of these names, or of dfencoder's old ones; raises FingerprintError for others."""
        named = {_ALIASES.get(name, name): value for name, value in values.items()}
        known = {field.name for field in fields(cls)}
        unknown = sorted(named.keys() - known)
        if unknown:
            raise FingerprintError(f"There is no option {', '.join(unknown)}; choose of {', '.join(sorted(known))}.")
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in named.items()
        }
        return cls(**given)

    def layers(self, inputs: int) -> tuple[int, ...]:
        """Return the units of the encoder's layers for so many inputs."""
        return (_DEFAULT_WIDTH * inputs,) * _DEFAULT_LAYERS if self.encoder_layers is None else self.encoder_layers

    def but(self, **changes: Any) -> "Options":
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)
