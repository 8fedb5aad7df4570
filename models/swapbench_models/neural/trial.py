"""A trial: one model, really trained and scored on folds."""

import hashlib
import importlib
import inspect
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from swapbench_models.neural.backends.keras_start import start
from swapbench_models.neural.catalogue import target
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.meaning.metrics import COMPUTED
from swapbench_models.neural.scaling import Scale, as_it_is
from swapbench_models.neural.scores import score

_EXTRAS = {"onnxruntime": "onnx"}
_ON_KERAS = ("tensorflow", "jax")
_SCORES = ("accuracy", "macro_f1", "log_loss")


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
    classifier: Any,
    X: NDArray[Any],
    y: NDArray[np.int64],
    folds: int,
    fold: int,
    seed: int,
    *,
    scale: Scale = as_it_is,
    metrics: Sequence[str] = (),
    fitted: bool = False,
) -> dict[str, Any]:
    """Fit on all folds but one, unless it is `fitted`, and score on that one: accuracy and macro F1 as shares, log loss
    in nats, and `metrics` by the names of the language, None for what is not computed.

    Both parts are scaled as the first alone has it.
    """
    train, test = split(y, folds, fold, seed)
    known = X[train]
    asked = scale(known, X[test])
    started = time.perf_counter()
    if not fitted:
        classifier.fit(scale(known, known), y[train])
    seconds = time.perf_counter() - started
    probabilities = classifier.predict_proba(asked)
    labels = classifier.predict(asked)
    found = {
        name: score(name, y[test], labels, probabilities)
        for name in (*_SCORES, *(COMPUTED[name] for name in metrics if name in COMPUTED))
    }
    return {
        "train_examples": len(train),
        "test_examples": len(test),
        "epochs": getattr(classifier, "epochs", None),
        "parameters": classifier.count_parameters(),
        "fit_seconds": seconds,
        **{name: found[name] for name in _SCORES},
        **({"metrics": {name: found.get(COMPUTED.get(name, "")) for name in metrics}} if metrics else {}),
        "predictions_sha256": hashlib.sha256(probabilities.tobytes()).hexdigest(),
    }
