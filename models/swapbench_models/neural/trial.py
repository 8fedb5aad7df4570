"""A trial: one model, really trained and scored on folds."""

import hashlib
import importlib
import inspect
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import StratifiedKFold

from swapbench_models.neural.backends.keras_start import start
from swapbench_models.neural.catalogue import target
from swapbench_models.neural.error import NeuralError

_EXTRAS = {"onnxruntime": "onnx"}
_ON_KERAS = ("tensorflow", "jax")


def build(model: str, backend: str, epochs: int | None, seed: int, variant: str = "") -> Any:
    """Return an unfitted model; raises NeuralError for unknown names, a missing library, or unknown epochs."""
    module, _, name = target(model, backend, variant).partition(":")
    try:
        if backend in _ON_KERAS:
            start(backend)
        factory = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(backend, backend)
        raise NeuralError(f'{error.name} is not installed; pip install "swapbench[{extra}]" brings it.') from error
    accepted = inspect.signature(factory).parameters
    named = any(parameter.kind is parameter.VAR_KEYWORD for parameter in accepted.values())
    if epochs is not None and "epochs" not in accepted and not named:
        raise NeuralError(f"{model} is not trained in epochs; leave that option out.")
    options = {"seed": seed} if epochs is None else {"seed": seed, "epochs": epochs}
    return factory(**{option: value for option, value in options.items() if named or option in accepted})


def split(y: NDArray[np.int64], folds: int, fold: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the examples of all folds but one, and of that one; each fold has its share of every class."""
    train, test = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(y, y))[fold]
    return train, test


def run(
    classifier: Any, X: NDArray[Any], y: NDArray[np.int64], folds: int, fold: int, seed: int, fitted: bool = False
) -> dict[str, Any]:
    """Fit on all folds but one, unless it is `fitted`, and score on that one: accuracy and macro F1 as shares, log loss
    in nats."""
    train, test = split(y, folds, fold, seed)
    started = time.perf_counter()
    if not fitted:
        classifier.fit(X[train], y[train])
    seconds = time.perf_counter() - started
    probabilities = classifier.predict_proba(X[test])
    labels = classifier.predict(X[test])
    return {
        "train_examples": len(train),
        "test_examples": len(test),
        "epochs": getattr(classifier, "epochs", None),
        "parameters": classifier.count_parameters(),
        "fit_seconds": seconds,
        "accuracy": float(accuracy_score(y[test], labels)),
        "macro_f1": float(f1_score(y[test], labels, average="macro", zero_division=0.0)),
        "log_loss": float(log_loss(y[test], probabilities, labels=np.arange(probabilities.shape[1]))),
        "predictions_sha256": hashlib.sha256(probabilities.tobytes()).hexdigest(),
    }
