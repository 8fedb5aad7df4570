"""The reference's models: what Morpheus' dfencoder learned, in this family's terms.

Weights are arrays by dfencoder's names; beside them stand its scalers, categories, usual losses and the arguments
(`model_kwargs`) that it was made with. Source of the names: nv-morpheus/Morpheus, models/dfencoder/autoencoder.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from swapbench_models import npz, reading, typed
from swapbench_models.fingerprint.error import DataError
from swapbench_models.fingerprint.model.features import Features
from swapbench_models.fingerprint.model.options import Options
from swapbench_models.fingerprint.model.scalers import Affine, Scaler

Weights = Path | str | Mapping[str, NDArray[Any]]
Meta = Path | str | Mapping[str, Any]

# What dfencoder does where an argument is not given, and this family does otherwise.
_DEFAULTS: Mapping[str, Any] = {
    "encoder_layers": None,
    "decoder_layers": (),
    "min_cats": 10,
    "swap_probability": 0.15,
    "learning_rate": 0.01,
    "learning_rate_decay": None,
    "batch_size": 256,
    "optimizer": "adam",
    "patience": 5,
}
# Arguments that say how dfencoder shows and logs its work and where it does it, or what it has learned already, which
# is read from the rest of the meta; and of training, what nobody needs who scores with a model.
_UNUSED = {
    "binary_feature_list",
    "dampening",
    "device",
    "distributed_training",
    "logdir",
    "logger",
    "n_megabatches",
    "nesterov",
    "preset_cats",
    "preset_numerical_scaler_params",
    "progress_bar",
    "project_embeddings",
    "run",
    "verbose",
}
# What a value of another kind brings about, wherever it stands.
_OTHERWISE = (TypeError, ValueError, AttributeError, OverflowError)
_OF_EACH_LAYER = ("encoder_activations", "decoder_activations")


@dataclass(frozen=True)
class Taken:
    """A model of the reference: its options, features and usual losses, and its weights by this family's names."""

    options: Options
    features: Features
    usual: Mapping[str, Scaler]
    weights: Mapping[str, Tensor]


def taken(weights: Weights, meta: Meta) -> Taken:
    """Read a model from files (.npz, .json) or from what they hold; raises DataError when it cannot be understood."""
    told, arrays = _meta(meta), _arrays(weights)
    try:
        options = _options(told.get("model_kwargs", {}))
        features = Features(
            {name: _scaler(of) for name, of in told["numeric"].items()},
            {name: of["mean"] for name, of in told["numeric"].items()},
            tuple(told["binary"]),
            {name: tuple(seen) for name, seen in told["categorical"].items()},
        )
        usual = {name: _scaler(of) for name, of in told["loss_stats"].items()}
    except KeyError as error:
        raise DataError(f"{_named(meta, 'The meta')} does not say {error} of a model of the reference.") from error
    except DataError:
        raise
    except _OTHERWISE as error:
        raise DataError(f"{_named(meta, 'The meta')} says something else than a model's does: {error}") from error
    encoders = len(options.encoder_layers or ())
    named = {_ours(name, features, encoders): torch.from_numpy(np.array(array)) for name, array in arrays.items()}
    # A kind of feature that there is none of has a head of no rows in dfencoder, and no head here.
    return Taken(options, features, usual, {name: array for name, array in named.items() if len(array)})


def _scaler(told: Mapping[str, Any]) -> Affine:
    """Return what a mean and a standard deviation say; raises ValueError where they are no numbers."""
    return typed.made(Affine, {"centre": told["mean"], "spread": told["std"] or 1.0})


def _options(arguments: Mapping[str, Any]) -> Options:
    """Return what dfencoder's arguments mean here; raises DataError for one that it does not have."""
    given = {**_DEFAULTS, **{name: value for name, value in arguments.items() if name not in _UNUSED}}
    activation = given.get("activation", "relu")
    for name in _OF_EACH_LAYER:
        each = given.pop(name, None)
        if each is not None and set(each) != {activation}:
            raise DataError(f"model_kwargs names {name}; here all layers have one activation, such as {activation}.")
    for name in ("encoder_dropout", "decoder_dropout"):
        given[name] = given.get(name) or 0.0
    for name in ("scaler", "loss_scaler"):
        given[name] = given.get(name, "standard") or "none"
    if given["patience"] < 0:
        given["patience"] = 1  # which is what the reference makes of it
    try:
        options = Options.of(**given)
        return typed.made(Options, {each.name: getattr(options, each.name) for each in fields(Options)})
    except ValueError as error:
        raise DataError(f"model_kwargs: {error}") from error


def _meta(meta: Meta) -> Mapping[str, Any]:
    if isinstance(meta, Mapping):
        return meta
    try:
        told: Mapping[str, Any] = reading.values(reading.read(Path(meta)))
    except (OSError, ValueError) as error:
        raise DataError(f"{meta} cannot be read as JSON: {error}") from error
    return told


def _arrays(weights: Weights) -> Mapping[str, NDArray[Any]]:
    if isinstance(weights, Mapping):
        return weights
    try:
        return npz.arrays(reading.read(Path(weights), reading.MODEL))
    except (OSError, ValueError) as error:
        raise DataError(f"{weights} cannot be read as arrays (.npz): {error}") from error


def _named(source: Weights | Meta, otherwise: str) -> str:
    return otherwise if isinstance(source, Mapping) else str(source)


def _ours(name: str, known: Features, encoders: int) -> str:
    """Translate the name of one of the reference's weights; one that is unknown stays as it is."""
    owner, _, rest = name.partition(".")
    for place, column in enumerate(known.categorical):
        if owner in (f"{column}_embedding", f"{column}_output"):
            return f"{'embeddings' if owner.endswith('_embedding') else 'codes'}.{place}.{rest}"
    if owner in ("numeric_output", "binary_output"):
        return f"{owner.removesuffix('_output')}.{rest}"
    part, _, number = owner.rpartition("_")
    place = int(number) + (encoders if part == "decoder" else 0) if number.isdigit() else 0
    return f"layers.{place}.{rest.replace('linear_layer', 'linear')}" if part in ("encoder", "decoder") else name
