"""What tests of the family `neural` have done in a process that may import a backend; plain functions and answers.

Tests that look at a fitted model and leave it as it is share one.
"""

import hashlib
import importlib
import io
import sys
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from swapbench.run.server import foreign_threads
from swapbench_models.neural.catalogue import target
from swapbench_models.neural.command.main import main
from swapbench_models.neural.data import digits
from swapbench_models.neural.error import DataError

TRAINED_ON = 400  # in batches of 128: three whole ones and one of 16


@cache
def examples() -> tuple[Any, Any]:
    """Return the digits that all is tried on, as few as tell right from wrong."""
    X, y = digits()
    return X[:TRAINED_ON], y[:TRAINED_ON]


def build(model: str, backend: str, **training: Any) -> Any:
    """Return an unfitted model, `compiled torch` being the compiled variant in torch; networks make one pass."""
    variant, _, library = backend.rpartition(" ")
    module, _, name = target(model, library, variant).partition(":")
    factory = getattr(importlib.import_module(module), name)
    return factory() if library == "sklearn" else factory(**{"epochs": 1, **training})


@cache
def fitted(model: str, backend: str) -> Any:
    return build(model, backend).fit(*examples())


def count(model: str, backend: str) -> tuple[int, int]:
    """Return the number of parameters before and after a fit."""
    classifier = fitted(model, backend)
    return build(model, backend).count_parameters(), classifier.count_parameters()


def predictions(model: str, backend: str, many: int) -> tuple[Any, Any]:
    """Return labels and probabilities of the first so many digits."""
    classifier, X = fitted(model, backend), examples()[0][:many]
    return classifier.predict(X), classifier.predict_proba(X)


def read_only(model: str, backend: str, path: Path) -> Any:
    """Return labels after fitting and predicting arrays that are mapped from a file, as a cache gives them."""
    X, y = examples()
    np.save(path, X)
    mapped = np.load(path, mmap_mode="r")
    return build(model, backend).fit(mapped, y).predict(mapped)


def stored(model: str, backend: str, path: Path) -> Any:
    """Return the probabilities of a fitted model, having stored it."""
    classifier = fitted(model, backend)
    classifier.save_fitted(path)
    return classifier.predict_proba(examples()[0])


def restored(model: str, backend: str, path: Path) -> Any:
    """Return the probabilities of a stored model."""
    classifier = build(model, backend)
    classifier.load_fitted(path)
    return classifier.predict_proba(examples()[0])


def refusal(model: str, backend: str, path: Path) -> str:
    """Return the sentence with which a model refuses a file."""
    try:
        build(model, backend).load_fitted(path)
    except DataError as error:
        return str(error)
    return "it was taken"


def untrained(model: str, backend: str) -> Any:
    return build(model, backend).predict_proba(examples()[0])


@cache
def weights(model: str, backend: str, dropout: bool, seed: int) -> Any:
    """Return the weights after one pass, with the model's dropout or with none."""
    if dropout and not seed:
        return fitted(model, backend).network.get_weights()
    classifier = build(model, backend, seed=seed)
    if not dropout:
        without_dropout(classifier.network)
    return classifier.fit(*examples()).network.get_weights()


def without_dropout(network: Any) -> None:
    """Let a network of torch or of Keras drop nothing."""
    if hasattr(network, "module"):
        for part in network.module.modules():
            for name in ("p", "dropout"):
                if isinstance(getattr(part, name, None), float):
                    setattr(part, name, 0.0)
        return
    for layer in network.model._flatten_layers():
        for name in ("rate", "_dropout"):
            if isinstance(getattr(layer, name, None), float):
                setattr(layer, name, 0.0)


def fingerprints(model: str, backend: str, times: int) -> list[str]:
    """Return the digest of the predictions after each of several fits of one object."""
    classifier, (X, y) = fitted(model, backend), examples()
    fits = (classifier if number == 0 else classifier.fit(X, y) for number in range(times))
    return [hashlib.sha256(fit.predict_proba(X).tobytes()).hexdigest() for fit in fits]


def printed(*arguments: str) -> str:
    """Return what the family's command prints."""
    with redirect_stdout(io.StringIO()) as output:
        assert main(arguments) == 0
    return output.getvalue()


def imported(backend: str) -> tuple[int, set[str]]:
    """Return how many threads importing the backend's module starts that no fork survives, and which libraries it
    brings."""
    before = foreign_threads()
    importlib.import_module(f"swapbench_models.neural.native.{backend}")
    return foreign_threads() - before, {"torch", "tensorflow"} & set(sys.modules)


def tensorflow_has_begun() -> bool:
    """Tell whether TensorFlow has set up its devices and threads, after which a process must not fork."""
    from tensorflow.python.eager import context

    return bool(context.context()._initialized)
