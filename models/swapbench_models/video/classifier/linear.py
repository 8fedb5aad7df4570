"""A linear model that has been fitted: the numbers it consists of, and how probabilities are made of them."""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.pipeline import Pipeline

from swapbench_models import reading
from swapbench_models.video.classifier.classifier import Probabilities
from swapbench_models.video.error import VideoError
from swapbench_models.video.features.table import NAMES
from swapbench_models.writing import write

Numbers = NDArray[np.float64]
_VERSION = 1


@dataclass(frozen=True)
class Linear:
    """Mean and scale of each feature (f,), weights (rows, f) and shifts (rows,) of one row for two classes, or of one
    row a class; slopes and offsets (rows,) of the sigmoids that calibrate them, none where nothing does."""

    mean: Numbers
    scale: Numbers
    weights: Numbers
    shifts: Numbers
    slopes: Numbers
    offsets: Numbers

    @classmethod
    def of(cls, pipeline: Pipeline) -> "Linear":
        """Return what a pipeline of scikit-learn's has learned."""
        scaler, model = pipeline["scaler"], pipeline["model"]
        calibrated = getattr(model, "calibrated_classifiers_", None)
        inner = calibrated[0].estimator if calibrated else model
        sigmoids = calibrated[0].calibrators if calibrated else []
        slopes, offsets = ([getattr(each, name) for each in sigmoids] for name in ("a_", "b_"))
        numbers = (scaler.mean_, scaler.scale_, inner.coef_, inner.intercept_, slopes, offsets)
        return cls(*(np.array(each, np.float64) for each in numbers))

    def probabilities(self, features: Numbers) -> Probabilities:
        """Return the probability (n, classes) of each class of clips by their features (n, f)."""
        distances = (features - self.mean) / self.scale @ self.weights.T + self.shifts
        if not len(self.slopes):
            if distances.shape[1] == 1:
                return _of_two(expit(distances[:, 0]))
            of_all: Probabilities = softmax(distances, axis=1)
            return of_all
        each = expit(-(distances * self.slopes + self.offsets))
        if each.shape[1] == 1:
            return _of_two(each[:, 0])
        totals = each.sum(axis=1, keepdims=True)
        even = np.full_like(each, 1 / each.shape[1])
        shares: Probabilities = np.divide(each, totals, out=even, where=totals > 0)
        return shares

    def count(self) -> int:
        """Return how many numbers were fitted to labels."""
        return sum(each.size for each in (self.weights, self.shifts, self.slopes, self.offsets))

    def save(self, path: Path, name: str) -> None:
        """Write the numbers, as the digits that are read again as the same, under a digest of them."""
        told = {"version": _VERSION, "model": name, **{key: each.tolist() for key, each in vars(self).items()}}
        body = json.dumps(told)
        write(path, f"{_digest(body)}\n{body}\n".encode())

    @classmethod
    def load(cls, path: Path, name: str) -> "Linear":
        """Read what `save` wrote; raises VideoError, which names the file, for another, or one that is damaged."""
        told = _whole(path)
        found = (told.get("model"), told.get("version"))
        if found != (name, _VERSION):
            raise VideoError(f"{path}: holds {found[0]}, version {found[1]}, and not {name}, version {_VERSION}.")
        try:
            made = cls(*(np.array(told[key], np.float64) for key in cls.__dataclass_fields__))
        except (KeyError, TypeError, ValueError) as error:
            raise VideoError(f"{path}: holds no numbers of a linear model; fit the model again.") from error
        if not made._possible():
            raise VideoError(f"{path}: holds numbers that are no linear model's; fit the model again.")
        return made

    def _possible(self) -> bool:
        """Tell whether the numbers are as many as they have to be, and finite."""
        rows, features = len(self.shifts), len(NAMES)
        shapes = [each.shape for each in vars(self).values()]
        return (
            shapes[:4] == [(features,), (features,), (rows, features), (rows,)]
            and shapes[4] == shapes[5]
            and shapes[4] in ((0,), (rows,))
            and rows > 0
            and bool(self.scale.all())
            and all(np.isfinite(each).all() for each in vars(self).values())
        )


def _of_two(second: Numbers) -> Probabilities:
    return np.stack([1 - second, second], axis=1)


def _whole(path: Path) -> dict[str, Any]:
    advice = "fit the model again"
    try:
        digest, _, body = reading.read(path).decode().removesuffix("\n").partition("\n")
    except OSError as error:
        raise VideoError(f"{path}: cannot be read ({error.strerror}); {advice}.") from error
    except UnicodeDecodeError as error:
        raise VideoError(f"{path}: is damaged, or no model of these; {advice}.") from error
    if digest != _digest(body):
        raise VideoError(f"{path}: is damaged, or no model of these; {advice}.")
    with suppress(ValueError, RecursionError):
        told = json.loads(body)
        if isinstance(told, dict):
            return told
    raise VideoError(f"{path}: holds no values by name; {advice}.")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
