"""Stored autoencoders: how one becomes files and is read from them, and what is told of it."""

from collections.abc import Iterator, Mapping, Sequence

from swapbench_models.fingerprint.model.autoencoder import AutoEncoder
from swapbench_models.fingerprint.model.features import Features
from swapbench_models.store.family import Description, Facts, Kind
from swapbench_models.store.sealed import Sealed

_RUN = "autoencoder model training run"
_OUTPUTS: Mapping[str, Kind] = {"max_abs_z": "number", "mean_abs_z": "number"}
_LOADER = "swapbench_models.fingerprint.mlflow_store"
# What reading a model and scoring with it import; swapbench is this package, where it was installed.
_NEEDS = ("swapbench", "mlflow", "numpy", "pandas", "polars", "pyarrow", "safetensors", "scikit-learn", "torch")


class AutoEncoders:
    """This family's part of the store: the three verbs of `swapbench_models.store.family.Family`."""

    def save(self, model: AutoEncoder) -> Mapping[str, bytes]:
        return model.files()

    def load(self, files: Sealed) -> AutoEncoder:
        return AutoEncoder.of_files(files)

    def describe(self, model: AutoEncoder, facts: Facts) -> Description:
        """Return what is told of a model; of the facts, `start`, `end` and `count` of the rows are parameters too."""
        inputs = dict(_inputs(model.features))
        return Description(_RUN, _parameters(model, facts), _metrics(model), inputs, _OUTPUTS, _LOADER, _NEEDS)


def _inputs(known: Features) -> Iterator[tuple[str, Kind]]:
    yield from ((name, "number") for name in known.numeric)
    yield from ((name, "truth") for name in known.binary)
    yield from ((name, "text") for name in known.categorical)


def _parameters(model: AutoEncoder, facts: Facts) -> Mapping[str, object]:
    """Return the reference's parameters by its names, and the other options by ours."""
    options, progress = model.options, model.progress
    named = {
        "Algorithm": model.algorithm,
        "Epochs": progress.epochs_run if progress else None,
        "Learning rate": options.learning_rate,
        "Batch size": options.batch_size,
        "Start Epoch": facts["start"],
        "End Epoch": facts["end"],
        "Log Count": facts["count"],
        "Stopped by": progress.stopped if progress else None,
    }
    others = {name: value for name, value in options.as_dict().items() if name not in ("learning_rate", "batch_size")}
    return {**named, **others}


def _metrics(model: AutoEncoder) -> Mapping[str, Sequence[float]]:
    """Return the usual loss in each feature, and of the training the loss of each epoch and how long it took."""
    progress = model.progress
    usual = {f"usual_loss.{name}": (loss,) for name, loss in model.usual_losses.items()}
    if progress is None:
        return usual
    trained = {"loss": progress.losses, "validation_loss": progress.validation_losses, "seconds": (progress.seconds,)}
    return {**usual, **trained}
