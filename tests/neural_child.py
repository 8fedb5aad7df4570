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
from swapbench_models.neural.__main__ import main
from swapbench_models.neural.architecture import ARCHITECTURES, Architecture, Dropout
from swapbench_models.neural.catalogue import target
from swapbench_models.neural.classifier import Classifier
from swapbench_models.neural.data import digits
from swapbench_models.neural.error import DataError

TRAINED_ON = 400  # in batches of 128: three whole ones and one of 16


def build(model: str, backend: str) -> Any:
    """Return an unfitted model; networks make two passes, which is enough to tell right from wrong."""
    module, _, name = target(model, backend).partition(":")
    factory = getattr(importlib.import_module(module), name)
    return factory() if backend == "sklearn" else factory(epochs=2)


@cache
def fitted(model: str, backend: str) -> Any:
    X, y = digits()
    return build(model, backend).fit(X[:TRAINED_ON], y[:TRAINED_ON])


def count(model: str, backend: str) -> tuple[int, int]:
    """Return the number of parameters before and after a fit."""
    classifier = fitted(model, backend)
    return build(model, backend).count_parameters(), classifier.count_parameters()


def predictions(model: str, backend: str, examples: int) -> tuple[Any, Any]:
    """Return labels and probabilities of the first `examples` digits."""
    classifier, X = fitted(model, backend), digits()[0][:examples]
    return classifier.predict(X), classifier.predict_proba(X)


def read_only(model: str, backend: str, path: Path) -> Any:
    """Return labels after fitting and predicting arrays that are mapped from a file, as a cache gives them."""
    X, y = digits()
    np.save(path, X[:TRAINED_ON])
    mapped = np.load(path, mmap_mode="r")
    return build(model, backend).fit(mapped, y[:TRAINED_ON]).predict(mapped)


def stored(model: str, backend: str, path: Path) -> Any:
    """Return the probabilities of a fitted model, having stored it."""
    classifier = fitted(model, backend)
    classifier.save_fitted(path)
    return classifier.predict_proba(digits()[0])


def restored(model: str, backend: str, path: Path) -> Any:
    """Return the probabilities of a stored model."""
    classifier = build(model, backend)
    classifier.load_fitted(path)
    return classifier.predict_proba(digits()[0])


def refusal(model: str, backend: str, path: Path) -> str:
    """Return the sentence with which a model refuses a file."""
    try:
        build(model, backend).load_fitted(path)
    except DataError as error:
        return str(error)
    return "it was taken"


def untrained(model: str, backend: str) -> Any:
    return build(model, backend).predict_proba(digits()[0])


@cache
def weights(model: str, backend: str, dropout: bool, seed: int) -> Any:
    """Return the weights after one pass, with the model's dropout or with none."""
    layers = tuple(layer for layer in ARCHITECTURES[model].layers if dropout or not isinstance(layer, Dropout))
    network = type(build(model, backend).network)
    X, y = digits()
    classifier = Classifier(network, Architecture(layers), epochs=1, seed=seed)
    return classifier.fit(X[:TRAINED_ON], y[:TRAINED_ON]).network.get_weights()


def fingerprints(model: str, backend: str, times: int) -> list[str]:
    """Return the digest of the predictions after each of several fits of one object."""
    classifier, (X, y) = build(model, backend), digits()
    fits = (classifier.fit(X[:TRAINED_ON], y[:TRAINED_ON]) for _ in range(times))
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
    importlib.import_module(f"swapbench_models.neural.{backend}_backend")
    return foreign_threads() - before, {"torch", "tensorflow"} & set(sys.modules)


def tensorflow_has_begun() -> bool:
    """Tell whether TensorFlow has set up its devices and threads, after which a process must not fork."""
    from tensorflow.python.eager import context

    return bool(context.context()._initialized)
