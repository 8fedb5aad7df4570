"""Scoring: what a fitted model's predictions on the test part of its fold are worth, and what else is known of it."""

import hashlib
import warnings
from math import isnan
from typing import Any

from swapbench.base.error import SwapError
from swapbench.base.packing import pack
from swapbench.plan.target import resolve
from swapbench.run import model as models
from swapbench.run.backends import adapter
from swapbench.run.drawing import state
from swapbench.run.invalid import check_finite, check_labels, check_probabilities
from swapbench.run.request import Request
from swapbench.run.subject import Subject

# How far rounding may take a score beyond its bounds, and the mean of single results, summed in another order or with
# fewer digits, from the score.
_ROUNDING, _ROUNDING_OF_MEANS = 1e-6, 1e-4


class Scoring:
    """The scores of one subject; `predicted` are its labels where the phase made them already."""

    def __init__(self, request: Request, subject: Subject, predicted: Any = None) -> None:
        self._request, self._model = request, subject.model
        self._X, truth = subject.parts["test"]
        self._truth = _flat(truth)
        self._groups, self._retested = subject.parts.groups, subject.parts.retested
        self._drew = subject.drew()
        self._train_examples = len(subject.parts["train"][1])
        self._given: dict[str, Any] = {"model": self._model}
        self._predicted = predicted
        self._undefined: dict[str, str] = {}

    def answer(self) -> dict[str, Any]:
        """Return all of it as plain values; raises InvalidError for predictions that no score can be made of.

        A score that is not a number for finite predictions is undefined for this fold: it is left out, and `undefined`
        says why.
        """
        import numpy as np

        # A model that draws random numbers to predict draws the same ones, however many models were called before.
        library = adapter(self._request.backend.adapter)
        library.seed(self._request.drawn_from)
        began = state(library)
        self._predict()
        drew = self._drew or state(library) != began
        scores = {m["name"]: self._score(m) for m in self._request.metrics}
        scores = {name: value for name, value in scores.items() if name not in self._undefined}
        whole = np.ascontiguousarray(self._given.get("probabilities", self._given["labels"]))
        flops, why = models.flops_per_example(self._model, self._X, library)
        return {
            "scores": scores,
            "examples": self._examples(scores),
            "undefined": self._undefined | ({"flops_per_example": why} if why else {}),
            "train_examples": self._train_examples,
            "test_examples": len(self._truth),
            "retested": self._retested,
            "groups": "" if self._groups is None else pack(self._groups),
            "seeded": drew,
            "predictions_sha256": hashlib.sha256(whole.tobytes()).hexdigest(),
            "flops_per_example": flops,
        }

    def _predict(self) -> None:
        import numpy as np

        labels = np.asarray(self._model.predict(self._X) if self._predicted is None else self._predicted)
        check_finite("predictions", labels)
        check_labels(labels, len(self._truth))
        self._given["labels"] = _flat(labels)
        needing = [metric["name"] for metric in self._request.metrics if metric["of"] == "probabilities"]
        if needing:
            predict = models.method(self._model, "predict_proba", self._request.factory, f"the metric {needing[0]}")
            probabilities = np.asarray(predict(self._X))
            check_finite("probabilities", probabilities)
            check_probabilities(probabilities, len(self._truth))
            self._given["probabilities"] = probabilities

    def _score(self, metric: dict[str, Any]) -> float:
        import numpy as np

        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            value = float(resolve(metric["function"])(self._truth, self._given[metric["of"]]))
        if isnan(value):
            said = [str(warning.message).strip().splitlines()[0].rstrip(".") for warning in heard]
            self._undefined[metric["name"]] = said[-1] if said else "it is not a number for these finite predictions"
            return value
        check_finite(f"score {metric['name']}", np.asarray(value))
        return _within(metric, value)

    def _examples(self, scores: dict[str, float]) -> dict[str, str]:
        """Return the results of each example, packed, of each score that has them."""
        found = {}
        for metric in self._request.metrics:
            if metric.get("each") and metric["name"] in scores:
                each = resolve(metric["each"])(self._truth, self._given[metric["of"]])
                found[metric["name"]] = pack(_checked(metric, each, scores[metric["name"]], len(self._truth)))
        return found


def _flat(values: Any) -> Any:
    """Return a column (n, 1), as many networks return it and some loaders, as (n,): held against (n,) it would be
    compared with every value of every example."""
    return values.reshape(-1) if values.shape[1:] == (1,) else values


def _within(metric: dict[str, Any], value: float) -> float:
    """Return a score, rounding taken off at the ends of what it can be; raises SwapError for one beyond them."""
    low, high = metric.get("bounds", (None, None))
    kept = value
    kept = kept if low is None else max(kept, low)
    kept = kept if high is None else min(kept, high)
    if abs(kept - value) > _ROUNDING * max(1.0, abs(kept)):
        raise SwapError(
            f"metric {metric['name']}: the score is {value:.6g}, and its bounds are ({low}, {high}); correct the "
            f"function {metric['function']}, or the bounds."
        )
    return kept


def _checked(metric: dict[str, Any], each: Any, score: float, examples: int) -> Any:
    """Return the results of each example; raises SwapError for what are not that many numbers with the score as their
    mean: they are what two models are compared by."""
    import numpy as np

    owner = f"metric {metric['name']}, each {metric['each']}"
    results = np.asarray(each)
    if results.shape != (examples,) or results.dtype.kind not in "biuf":
        raise SwapError(
            f"{owner}: it returns values of type {results.dtype} and shape {results.shape} for {examples} examples; "
            "return one number an example, shape (n,)."
        )
    numbers = results.astype(float)
    if not (np.abs(numbers) <= np.finfo("<f4").max).all():  # as large as those that are kept
        raise SwapError(f"{owner}: it returns values that are not finite numbers of 32 bits.")
    mean = float(numbers.mean())
    if abs(mean - score) > _ROUNDING_OF_MEANS * max(float(np.abs(numbers).mean()), abs(score)):
        raise SwapError(
            f"{owner}: the mean of what it returns is {mean:.6g}, and the score is {score:.6g}; return results whose "
            "mean is the score, or declare the metric without each."
        )
    return results
