"""A trial: one model, really trained and scored on one fold."""

import hashlib
import importlib
import inspect
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import StratifiedKFold

from swapbench_models.neural.architecture import CLASSES
from swapbench_models.neural.catalogue import target
from swapbench_models.neural.classifier import Images, Labels
from swapbench_models.neural.error import NeuralError


def build(model: str, backend: str, epochs: int | None, seed: int) -> Any:
    """Return an unfitted model; raises NeuralError for unknown names, a missing library, or unknown epochs."""
    module, _, name = target(model, backend).partition(":")
    try:
        factory = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise NeuralError(f'{error.name} is not installed; pip install "swapbench[{backend}]" brings it.') from error
    accepted = inspect.signature(factory).parameters
    if epochs is not None and "epochs" not in accepted:
        raise NeuralError(f"{model} is not trained in epochs; leave that option out.")
    options = {"seed": seed} if epochs is None else {"seed": seed, "epochs": epochs}
    return factory(**{option: value for option, value in options.items() if option in accepted})


def run(classifier: Any, X: Images, y: Labels, folds: int, fold: int, seed: int) -> dict[str, Any]:
    """Fit on all folds but one and score on that one: accuracy and macro F1 as shares, log loss in nats."""
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    train, test = list(splitter.split(y, y))[fold]
    classifier.fit(X[train], y[train])
    probabilities = classifier.predict_proba(X[test])
    return {
        "train_examples": len(train),
        "test_examples": len(test),
        "epochs": getattr(classifier, "epochs", None),
        "parameters": classifier.count_parameters(),
        **_scores(y[test], classifier.predict(X[test]), probabilities),
        "predictions_sha256": hashlib.sha256(probabilities.tobytes()).hexdigest(),
    }


def _scores(truth: Labels, labels: Labels, probabilities: NDArray[np.float32]) -> dict[str, float]:
    return {
        "accuracy": float(accuracy_score(truth, labels)),
        "macro_f1": float(f1_score(truth, labels, average="macro", zero_division=0.0)),
        "log_loss": float(log_loss(truth, probabilities, labels=np.arange(CLASSES))),
    }
