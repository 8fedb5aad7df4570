"""Training in Keras as a text asks for it, on whichever library Keras computes with."""

from typing import Any

import keras
from keras import ops
from numpy.typing import NDArray

from swapbench_models.neural.backends.hushed import hushed
from swapbench_models.neural.backends.keras import KerasNetwork
from swapbench_models.neural.fitting.plan import CROSS_ENTROPIES, NEAREST, Plan, require_numbers
from swapbench_models.training.progress import Progress

_OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "adamax": keras.optimizers.Adamax,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "adagrad": keras.optimizers.Adagrad,
    "adadelta": keras.optimizers.Adadelta,
}
_REDUCTIONS = {"mean": "sum_over_batch_size", "sum": "sum"}
_HEADS = {"softmax": ops.softmax, "sigmoid": ops.sigmoid, None: lambda values: values}


def fit(network: KerasNetwork, plan: Plan, X: NDArray[Any], y: NDArray[Any]) -> Progress:
    """Train a network on (n, ...) inputs and their labels, and say how it went."""
    model, (trained, kept) = network.model, plan.split(len(X))
    with hushed():  # it imports TensorFlow, whatever Keras computes with
        keras.utils.set_random_seed(plan.seed)
    network.seed_dropout(plan.seed)  # whose generators were made with the model, before there was a seed
    losses = LossOfLogits(plan)
    model.compile(optimizer=optimizer_of(plan), loss=losses)
    progress, steps = Progress(), plan.steps_per_epoch(len(trained))
    while not progress.stopped:
        total = 0.0
        for batch in plan.epoch(len(trained), progress.epochs_run):
            model.optimizer.learning_rate = plan.rate(progress.steps, steps)
            chosen = trained[batch]
            model.reset_metrics()  # so that the loss is this batch's alone
            found = float(model.train_on_batch(X[chosen], y[chosen]))
            total += (found / y[chosen].size if losses.reduction == "sum" else found) * len(chosen)
            progress.steps += 1
        progress.losses.append(total / len(trained))
        if len(kept):
            progress.validation_losses.append(_kept_loss(model, plan, losses, X[kept], y[kept]))
        progress.stopped = plan.common.ended(progress)
    return require_numbers(progress)


def _kept_loss(model: Any, plan: Plan, losses: "LossOfLogits", X: NDArray[Any], y: NDArray[Any]) -> float:
    """Return the loss on what was kept for validation."""
    outputs = model.predict(X, plan.batch_size, verbose=0)
    return float(ops.mean(losses.call(ops.convert_to_tensor(y), ops.convert_to_tensor(outputs))))


def optimizer_of(plan: Plan) -> Any:
    """Return the optimizer that a plan names, with its arguments."""
    given = dict(plan.optimizer.arguments)
    clip = given.pop("clipnorm")
    return _OPTIMIZERS[plan.optimizer.name](**given, global_clipnorm=plan.gradient_clip or clip)


class LossOfLogits(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """The loss that a plan names, of outputs that are logits where the network has a head, and of labels."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(reduction=_REDUCTIONS[plan.loss.arguments["reduction"]])
        self._plan = plan

    def call(self, y_true: Any, y_pred: Any) -> Any:
        given, name = self._plan.loss.arguments, self._plan.loss.name
        smoothing = given.get("label_smoothing", 0.0)
        if name in CROSS_ENTROPIES:
            target = ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1])
            target = target * (1 - smoothing) + smoothing / y_pred.shape[-1]
            # Several sigmoids are shares of their sum, as softmax makes them of their logarithms.
            logits = ops.log_sigmoid(y_pred) if self._plan.head == "sigmoid" else y_pred
            return -ops.sum(target * ops.log_softmax(logits, -1), axis=-1)
        target = _target(y_true, y_pred)
        if name == "binary_cross_entropy":
            return ops.mean(self._binary(y_pred, target * (1 - smoothing) + smoothing / 2), axis=-1)
        apart = ops.abs(target - _HEADS[self._plan.head](y_pred))
        if name == "mae":
            return ops.mean(apart, axis=-1)
        if name == "huber":
            delta = given["delta"]
            near, far = apart**2 / 2, delta * (apart - delta / 2)
            return ops.mean(ops.where(apart <= delta, near, far), axis=-1)
        return ops.mean(apart**2, axis=-1)

    def _binary(self, y_pred: Any, target: Any) -> Any:
        if self._plan.head == "sigmoid":
            return ops.binary_crossentropy(target, y_pred, from_logits=True)
        probable = ops.clip(_HEADS[self._plan.head](y_pred), NEAREST, 1 - NEAREST)
        return -target * ops.log(probable) - (1 - target) * ops.log(1 - probable)


def _target(y_true: Any, y_pred: Any) -> Any:
    """Return labels as what outputs should be: whole numbers as the places of ones where there are several outputs."""
    if y_pred.shape[-1] == 1:
        return ops.cast(ops.reshape(y_true, ops.shape(y_pred)), y_pred.dtype)
    return ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1])
