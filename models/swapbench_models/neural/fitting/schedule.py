"""Schedules: the learning rate at each step of training, by the formulas that Keras documents for them."""

import math
from collections.abc import Mapping
from typing import Any

from swapbench_models.neural.meaning.training import Named


def rate(schedule: Named, step: int, steps_per_epoch: int) -> float:
    """Return the learning rate of a step, counted from 0."""
    return float(_rate(schedule.name, schedule.arguments, step, steps_per_epoch))


def _rate(name: str, given: Mapping[str, Any], step: int, steps_per_epoch: int) -> Any:
    match name:
        case "ExponentialDecay":
            return _first(given) * given["decay_rate"] ** _progress(given, step)
        case "InverseTimeDecay":
            return _first(given) / (1 + given["decay_rate"] * _progress(given, step))
        case "StepDecay":  # counted in epochs
            return _first(given) * given["drop_rate"] ** (step // steps_per_epoch // given["epochs_drop"])
        case "PolynomialDecay":
            left = (1 - min(step, given["decay_steps"]) / given["decay_steps"]) ** given["power"]
            return (_first(given) - given["end_learning_rate"]) * left + given["end_learning_rate"]
        case "CosineDecay":
            return _cosine(given, step)
        case "TransformerSchedule":  # Vaswani et al., 2017, counted from 1
            return given["d_model"] ** -0.5 * min((step + 1) ** -0.5, (step + 1) * given["warmup_steps"] ** -1.5)
    raise TypeError(f"{name} has no formula")


def _first(given: Mapping[str, Any]) -> float:
    return float(given["initial_learning_rate"])


def _progress(given: Mapping[str, Any], step: int) -> float:
    progress = step / float(given["decay_steps"])
    return math.floor(progress) if given["staircase"] else progress


def _cosine(given: Mapping[str, Any], step: int) -> Any:
    """Return a rate that rises linearly in the steps to warm up, if there are any, and falls as a cosine after them."""
    warmup = given["warmup_steps"] or 0
    if step < warmup:
        return _first(given) * (step + 1) / warmup
    done = min((step - warmup) / given["decay_steps"], 1)
    return _first(given) * ((1 - given["alpha"]) * (1 + math.cos(math.pi * done)) / 2 + given["alpha"])
