"""Training in Keras as a text asks for it, on whichever library Keras computes with."""

from typing import Any

import keras
from keras import ops
from numpy.typing import NDArray

from swapbench_models.neural.backends.hushed import hushed
from swapbench_models.neural.fitting.plan import CROSS_ENTROPIES, History, Plan
from swapbench_models.neural.fitting.schedule import rate

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


def fit(model: Any, plan: Plan, X: NDArray[Any], y: NDArray[Any]) -> History:
    """Train a model on (n, ...) inputs and their labels, and return what each epoch lost."""
    trained, kept = plan.split(len(X))
    with hushed():  # it imports TensorFlow, whatever Keras computes with
        keras.utils.set_random_seed(plan.seed)
    model.compile(optimizer=optimizer_of(plan), loss=LossOfLogits(plan))
    history = History(plan.patience)
    step, steps = 0, plan.steps_per_epoch(len(trained))
    while len(history.losses) < plan.epochs and not history.done():
        total = 0.0
        for batch in plan.epoch(len(trained), len(history.losses)):
            if plan.schedule is not None:
                model.optimizer.learning_rate = rate(plan.schedule, step, steps)
            chosen = trained[batch]
            model.reset_metrics()  # so that the loss is this batch's alone
            total += float(model.train_on_batch(X[chosen], y[chosen])) * len(chosen)
            step += 1
        validation = float(model.evaluate(X[kept], y[kept], plan.batch_size, verbose=0)) if len(kept) else None
        history.add(total / len(trained), validation)
    return history


def optimizer_of(plan: Plan) -> Any:
    """Return the optimizer that a plan names, with its arguments."""
    given = dict(plan.optimizer.arguments)
    clip = given.pop("clipnorm")
    return _OPTIMIZERS[plan.optimizer.name](
        **{**given, "weight_decay": given["weight_decay"] or None}, global_clipnorm=plan.gradient_clip or clip
    )


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
            return -ops.sum(target * ops.log_softmax(y_pred, -1), axis=-1)
        target = _target(y_true, y_pred)
        if name == "binary_cross_entropy":
            return keras.losses.binary_crossentropy(
                target, self._probable(y_pred), from_logits=False, label_smoothing=smoothing
            )
        apart = ops.abs(target - self._probable(y_pred))
        if name == "mae":
            return ops.mean(apart, axis=-1)
        if name == "huber":
            delta = given["delta"]
            near, far = apart**2 / 2, delta * (apart - delta / 2)
            return ops.mean(ops.where(apart <= delta, near, far), axis=-1)
        return ops.mean(apart**2, axis=-1)

    def _probable(self, y_pred: Any) -> Any:
        return {"softmax": ops.softmax, "sigmoid": ops.sigmoid, None: lambda values: values}[self._plan.head](y_pred)


def _target(y_true: Any, y_pred: Any) -> Any:
    """Return labels as what outputs should be: whole numbers as the places of ones where there are several outputs."""
    if y_pred.shape[-1] == 1:
        return ops.cast(ops.reshape(y_true, ops.shape(y_pred)), y_pred.dtype)
    return ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1])
