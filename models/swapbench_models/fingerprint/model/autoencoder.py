"""Autoencoders: models that learn what rows usually look like, and tell how unusual one is in each of its features."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors import torch as safetensors

from swapbench_models import reading, typed
from swapbench_models.fingerprint.error import DataError, FingerprintError
from swapbench_models.fingerprint.model import features as feature
from swapbench_models.fingerprint.model import reference, scalers
from swapbench_models.fingerprint.model.features import Features, Rows
from swapbench_models.fingerprint.model.network import Guess, Network, Widths, losses
from swapbench_models.fingerprint.model.options import Block, Options
from swapbench_models.fingerprint.model.scalers import Affine, Scaler
from swapbench_models.fingerprint.model.training import train
from swapbench_models.store.error import ModelError
from swapbench_models.store.sealed import Sealed, write
from swapbench_models.training.progress import Progress
from swapbench_models.training.seeding import seeded

_KINDS = {"standard": "z", "modified": "modz"}
_WEIGHTS, _TOLD = "weights.safetensors", "model.json"


class AutoEncoder:
    """A model of the rows of one user, or of all.

    `fit` learns features, weights and the usual losses; `results` then tells of each row how large its losses are
    beside the usual ones. `progress` says how training went.
    """

    block: ClassVar[Block] = "plain"
    algorithm: ClassVar[str] = "Denoising autoencoder"

    def __init__(self, options: Options | None = None, **choices: Any) -> None:
        """Take options, or choices by name; raises FingerprintError for what cannot be."""
        if options is not None and choices:
            raise FingerprintError("Give either options or choices by name.")
        self.options = (options or Options.of(**choices)).but(block=self.block)
        self.progress: Progress | None = None
        self._features: Features | None = None
        self._network: Network | None = None
        self._usual: dict[str, Scaler] = {}

    @property
    def features(self) -> Features:
        """What was learned of the columns; raises FingerprintError before any fit."""
        if self._features is None:
            raise FingerprintError("This model has not been fitted.")
        return self._features

    @property
    def network(self) -> Network:
        """The layers; raises FingerprintError before any fit."""
        if self._network is None:
            raise FingerprintError("This model has not been fitted.")
        return self._network

    @property
    def usual_losses(self) -> Mapping[str, float]:
        """The middle of the usual losses in each feature, in nats or squared spreads."""
        return {name: scaler.centre for name, scaler in self._usual.items()}

    def count_parameters(self) -> int:
        """Return the number of trained numbers."""
        return sum(weights.numel() for weights in self.network.parameters())

    def fit(self, frame: Any) -> Self:
        """Learn from a frame of polars or pandas, in its order: its last rows validate. Raises DataError when it has no
        rows, or too few to set some aside."""
        rows, check = self.begin(frame)
        self.end(train(self.network, rows, check, self.options), rows, check)
        return self

    def begin(self, frame: Any) -> tuple[Rows, Rows]:
        """Learn the features of a frame, start from initial weights, and return the rows to train on and to validate
        with; what raises is said at `fit`."""
        rows = as_polars(frame)
        held = math.ceil(self.options.validation_size * len(rows))  # as scikit-learn's train_test_split rounds
        if len(rows) - held < 1:
            raise DataError(
                f"{len(rows)} rows are too few to train on all but {self.options.validation_size:.0%} of them."
            )
        infinite = [name for name, kind in rows.schema.items() if kind.is_float() and rows[name].is_infinite().any()]
        if infinite:
            raise DataError(f"Not all numbers in {', '.join(infinite)} are finite; none can be learned from them.")
        learning, checking = rows[: len(rows) - held], rows[len(rows) - held :]
        self._features = feature.learned(learning, self.options.scaler, self.options.min_cats)
        with seeded(self.options.seed):  # initial weights come from the global generator, which is not ours to move
            self._network = self._built(self._features)
        return self._encoded(learning), self._encoded(checking)

    def end(self, progress: Progress, rows: Rows, check: Rows) -> None:
        """Take note of how training went, and learn the usual losses. Raises ModelError when they, or the weights, are
        not finite: such a model would find every row usual."""
        self.progress = progress
        self._learn_usual(check if self.options.loss_stats_from_validation and len(check) else rows)
        if progress.stopped == "diverged" or not self._finite():
            raise ModelError(
                f"Training diverged in epoch {progress.epochs_run}: losses or weights are not finite. Lower "
                f"learning_rate ({self.options.learning_rate:g})."
            )

    def results(self, frame: Any, *, absolute: bool = True) -> Any:
        """Return, for each row of a frame and each feature f, the columns f, f_pred, f_loss and f_z_loss, and over all
        features max_abs_z, mean_abs_z and z_loss_scaler_type; a frame of the kind that was given."""
        rows = as_polars(frame)
        guess, loss = self._evaluated(self._encoded(rows))
        z = np.abs(self._unusual(loss)) if absolute else self._unusual(loss)
        guessed = self._guesses(guess)
        columns: dict[str, Any] = {}
        for place, name in enumerate(self.features.names):
            columns[name] = rows[name]
            columns[f"{name}_pred"] = guessed[name]
            columns[f"{name}_loss"] = loss[:, place].astype(np.float32)
            columns[f"{name}_z_loss"] = z[:, place].astype(np.float32)
        kind = _KINDS.get(self.options.loss_scaler, f"{self.options.loss_scaler}_scaled")
        columns |= {"max_abs_z": z.max(axis=1), "mean_abs_z": z.mean(axis=1), "z_loss_scaler_type": [kind] * len(rows)}
        made = pl.DataFrame(columns)
        return made if isinstance(frame, pl.DataFrame) else made.to_pandas().set_index(frame.index)

    def mean_abs_z(self, frame: Any) -> NDArray[np.float64]:
        """Return how unusual each row is on the average of its features, (n,), as in `results`."""
        unusual: NDArray[np.float64] = np.abs(self._unusual(self._evaluated(self._encoded(as_polars(frame)))[1])).mean(
            axis=1
        )
        return unusual

    def anomaly_score(self, frame: Any) -> NDArray[np.float64]:
        """Return the mean loss of each row over its features, (n,)."""
        score: NDArray[np.float64] = self._evaluated(self._encoded(as_polars(frame)))[1].mean(axis=1)
        return score

    @classmethod
    def from_reference(cls, weights: reference.Weights, meta: reference.Meta) -> Self:
        """Take over a model of Morpheus' dfencoder: its weights, and its scalers, categories and usual losses, each as
        a file (.npz, .json) or as what it holds. Raises DataError when they are not those of a model of this kind."""
        taken = reference.taken(weights, meta)
        model = cls(taken.options)
        model._features, model._usual = taken.features, dict(taken.usual)
        try:
            model._network = model._restored(taken.weights)
        except (ValueError, RuntimeError) as error:
            raise DataError(f"These are not the weights of {cls.__name__} with these options: {error}") from error
        if missing := set(model._features.names) - set(model._usual):
            raise DataError(f"loss_stats says nothing of {', '.join(sorted(missing))}.")
        if not model._finite():
            raise DataError("Not all of these weights and usual losses are finite.")
        model._network.eval()
        return model

    def save(self, folder: Path) -> None:
        """Write what `files` gives into a folder, which is made, and the checksums of it."""
        write(folder, self.files())

    @classmethod
    def load(cls, folder: Path) -> "AutoEncoder":
        """Read what save wrote, a model of the kind that was saved; what raises is said at `of_files`."""
        return cls.of_files(Sealed(folder))

    def files(self) -> Mapping[str, bytes]:
        """Return what the model is kept as, by the names of files: weights (safetensors), and all else (JSON)."""
        usual = {name: scaler.as_dict() for name, scaler in self._usual.items()}
        told = {
            "options": self.options.as_dict(),
            "features": self.features.as_dict(),
            "usual": usual,
            "progress": asdict(self.progress) if self.progress else None,
        }
        weights = safetensors.save(self.network.state_dict())
        return {_WEIGHTS: weights, _TOLD: json.dumps(told, indent=1).encode()}

    @classmethod
    def of_files(cls, files: Sealed) -> "AutoEncoder":
        """Return the model that such files hold. Raises ModelError, which names their folder, when they are not those
        that were written, or of no model that this version knows."""
        told, weights = files.read(_TOLD), files.read(_WEIGHTS)
        try:
            reading.check_header(weights)
            model = cls._read(reading.values(told), safetensors.load(weights))
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"{files.folder} holds no model that this version can read: {error}") from error
        if not model._finite():
            raise ModelError(
                f"The model in {files.folder} has weights or usual losses that are not finite; train it again."
            )
        return model

    @staticmethod
    def _read(told: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> "AutoEncoder":
        options = Options.of(**told["options"])
        model = KINDS[options.block](options)
        model.progress = typed.made(Progress, told["progress"]) if told["progress"] else None
        model._features = Features.from_dict(told["features"])
        model._usual = {name: scalers.scaler(values) for name, values in told["usual"].items()}
        model._network = model._restored(weights)
        model._network.eval()
        return model

    def _finite(self) -> bool:
        """Tell whether all that scores are made of is finite."""
        usual = [number for scaler in self._usual.values() for number in scaler.numbers]
        return bool(np.isfinite(usual).all()) and all(
            bool(weights.isfinite().all()) for weights in self.network.state_dict().values()
        )

    def _restored(self, weights: Mapping[str, torch.Tensor]) -> Network:
        """Return layers that have some weights. Raises ValueError or RuntimeError where they are of other sizes, before
        memory is taken for layers as large as somebody has written down."""
        with torch.device("meta"):
            asked = {name: each.shape for name, each in self._layers(self.features).state_dict().items()}
        other = [name for name, shape in asked.items() if name in weights and weights[name].shape != shape]
        if other:
            found, shape = tuple(weights[other[0]].shape), tuple(asked[other[0]])
            raise ValueError(f"size mismatch for {other[0]}: they have {found}, and its layers {shape}")
        for keys, word in ((asked.keys() - weights.keys(), "Missing"), (weights.keys() - asked.keys(), "Unknown")):
            if keys:
                raise ValueError(f"{word} keys: {', '.join(sorted(keys)):.200}")
        made = self._built(self.features)
        made.load_state_dict(weights)
        return made

    def _built(self, learned: Features) -> Network:
        made, device = self._layers(learned), _device(self.options)
        return made if device.type == "cpu" else made.to(device)  # which takes as long as making it, even to stay

    def _layers(self, learned: Features) -> Network:
        options = self.options
        widths = Widths(len(learned.numeric), len(learned.binary), learned.sizes, (), options.decoder_layers, (), ())
        encoder = options.layers(widths.inputs)
        widths = replace(
            widths,
            encoder=encoder,
            encoder_dropout=_each(options.encoder_dropout, len(encoder)),
            decoder_dropout=_each(options.decoder_dropout, len(options.decoder_layers)),
        )
        return Network(widths, options.block, options.activation)

    def _encoded(self, frame: pl.DataFrame) -> Rows:
        return self.features.encode(frame).to(_device(self.options))

    def _learn_usual(self, encoded: Rows) -> None:
        """Learn the usual loss in each feature, of rows as they are."""
        _, loss = self._evaluated(encoded)
        self._usual = {}
        for place, name in enumerate(self.features.names):
            scaler = scalers.learned(self.options.loss_scaler, loss[:, place])
            if isinstance(scaler, Affine):
                scaler = replace(scaler, spread=max(scaler.spread, self.options.least_loss_spread))
            self._usual[name] = scaler

    @torch.inference_mode()
    def _evaluated(self, rows: Rows) -> tuple[Guess, NDArray[np.float64]]:
        """Return the guesses and losses (n, features) of rows, nothing swapped or dropped."""
        batches = rows.batches(self.options.eval_batch_size) or [rows]
        guesses = [self.network(batch) for batch in batches]
        found = [losses(guess, batch) for guess, batch in zip(guesses, batches, strict=True)]
        joined = Guess(
            torch.cat([guess.numeric for guess in guesses]),
            torch.cat([guess.binary for guess in guesses]),
            tuple(torch.cat(logits) for logits in zip(*(guess.codes for guess in guesses), strict=True)),
        )
        return joined, torch.cat(found).double().cpu().numpy()

    def _unusual(self, loss: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far losses (n, features) lie from the usual ones."""
        scaled = [self._usual[name].scale(loss[:, place]) for place, name in enumerate(self.features.names)]
        return np.stack(scaled, axis=1)

    def _guesses(self, guess: Guess) -> dict[str, Any]:
        """Return each feature's guess in its own terms; a category is the likeliest of those that were seen."""
        known = self.features
        numeric = guess.numeric.double().cpu().numpy()
        made: dict[str, Any] = {
            name: scaler.restore(numeric[:, place]) for place, (name, scaler) in enumerate(known.numeric.items())
        }
        made |= {name: (guess.binary[:, place] > 0).cpu().numpy() for place, name in enumerate(known.binary)}
        for (name, seen), logits in zip(known.categorical.items(), guess.codes, strict=True):
            made[name] = (
                [seen[code] for code in logits[:, :-1].argmax(dim=1).tolist()] if seen else [None] * len(logits)
            )
        return made


class ResidualAutoEncoder(AutoEncoder):
    """An autoencoder whose layers add their own input, projected where it has another width."""

    block: ClassVar[Block] = "residual"
    algorithm: ClassVar[str] = "Residual denoising autoencoder"


KINDS: Mapping[Block, type[AutoEncoder]] = {kind.block: kind for kind in (AutoEncoder, ResidualAutoEncoder)}


def as_polars(frame: Any) -> pl.DataFrame:
    """Return a frame of polars, made from one of pandas where that was given."""
    return frame if isinstance(frame, pl.DataFrame) else pl.from_pandas(frame)


def _device(options: Options) -> torch.device:
    return torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))


def _each(dropout: float | tuple[float, ...], layers: int) -> tuple[float, ...]:
    if isinstance(dropout, float | int):
        return (float(dropout),) * layers
    if len(dropout) != layers:
        raise FingerprintError(f"{len(dropout)} dropouts for {layers} layers; give one for all, or one each.")
    return dropout
