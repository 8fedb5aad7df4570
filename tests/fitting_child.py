"""What tests of fitting have done in a process with torch and Keras: the same steps and losses by both."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import torch
from numpy.typing import NDArray

from swapbench_models.neural.fitting import keras as keras_fitting
from swapbench_models.neural.fitting import torch as torch_fitting
from swapbench_models.neural.fitting.plan import Plan, plan
from swapbench_models.neural.fitting.torch_optimizer import Optimizer
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.text_classifier import TextClassifier

Both = tuple[NDArray[np.float32], NDArray[np.float32]]
STEPS = 12


def moved(optimizer: str) -> Both:
    """Return where twelve steps, at rates that fall, take the same parameters: in torch and in Keras."""
    asked = plan_of("Output(3, softmax)", f"optimizer: {optimizer}")
    draws = np.random.default_rng(0)
    start = draws.normal(size=(3, 4)).astype(np.float32)
    ours, theirs = torch.nn.Parameter(torch.tensor(start)), keras.Variable(start)
    moves, moves_theirs = Optimizer(asked.optimizer, [ours]), keras_fitting.optimizer_of(asked)
    moves_theirs.build([theirs])
    for step in range(STEPS):
        gradient, rate = draws.normal(size=start.shape).astype(np.float32), asked.rate(step, 1) * (1 - step / 24)
        ours.grad = torch.tensor(gradient)
        moves.param_groups[0]["lr"] = rate
        moves.step()
        moves_theirs.learning_rate = rate
        moves_theirs.apply([keras.ops.convert_to_tensor(gradient)], [theirs])
    return ours.detach().numpy(), keras.ops.convert_to_numpy(theirs + 0)  # a variable itself is no array


def lost(head: str, size: int, loss: str) -> Both:
    """Return the losses of seven examples, some of them far from their labels: in torch and in Keras."""
    asked = plan_of(f'Output({size}, "{head}")', f"loss: {loss}")
    outputs, y = outputs_and_labels(size)
    ours = torch_fitting.losses_of(asked)(torch.tensor(outputs), torch.tensor(y))
    to = keras.ops.convert_to_tensor
    theirs = keras_fitting.LossOfLogits(asked).call(to(y), to(outputs))
    return ours.numpy(), keras.ops.convert_to_numpy(theirs)


def told() -> NDArray[np.float64]:
    """Return what the logarithms of three sigmoids, as shares of their sum, lose of seven examples."""
    outputs, y = outputs_and_labels(3)
    each = 1 / (1 + np.exp(-outputs.astype(np.float64)))
    return -np.log((each / each.sum(axis=1, keepdims=True))[range(7), y])


def outputs_and_labels(size: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    draws = np.random.default_rng(0)
    return (9 * draws.normal(size=(7, size))).astype(np.float32), draws.integers(0, max(2, size), 7)


def fitted(text: str, backends: Sequence[str]) -> list[tuple[list[float], list[float], Any]]:
    """Return the losses, those on what was kept, and the probabilities after a fit in each of several backends."""
    draws = np.random.default_rng(0)
    X = draws.normal(size=(50, 4)).astype(np.float32)
    y = (X @ draws.normal(size=(4, 3))).argmax(1)
    found = []
    for backend in backends:
        made = TextClassifier.of_text(backend, text).fit(X, y)
        found.append((made.progress.losses, made.progress.validation_losses, made.predict_proba(X)))
    return found


def plan_of(layers: str, more: str) -> Plan:
    (checked,) = check(Source(f"network Small {{ input: (4) layers: {layers} {more} }}"))
    return plan(checked)
