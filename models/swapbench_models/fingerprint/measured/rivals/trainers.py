"""Trainers: ways of training many users' models with the same mathematics, to be timed beside each other.

Each has `prepare(rows)`, which splits rows of Duo's source columns by user, and `train(rows)`, which trains a model of
each of the first users; `losses` has the loss of each epoch of each of them then.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.measured.datasets import as_frame, logins
from swapbench_models.fingerprint.measured.rivals import frames, products
from swapbench_models.fingerprint.model.autoencoder import AutoEncoder
from swapbench_models.fingerprint.model.create import create
from swapbench_models.fingerprint.model.fitting import variant

if TYPE_CHECKING:
    import polars as pl

_DAYS = 90
_PEOPLE = 120  # whose logins one model is trained on


def rows(users: int, each: int) -> tuple[Any, Any]:
    """Return so many rows of each of so many users, a generated log of Duo as `datasets.logins` gives it, and zeros.

    One user has as many rows of all that were generated.
    """
    array, _ = logins("duo", _PEOPLE if users == 1 else 2 * users, _DAYS, anomalies=0.0)
    if users == 1:
        chosen = np.arange(each)
    else:
        _, user = np.unique(array["username"], return_inverse=True)
        places = [np.flatnonzero(user == number)[:each] for number in range(2 * users)]
        chosen = np.sort(np.concatenate([place for place in places if len(place) == each][:users]))
    if len(chosen) != users * each:
        raise ValueError(f"{_DAYS} days have no {each} rows of {users} users")
    return array[chosen], np.zeros(len(chosen), dtype=np.int64)


class _Trainer:
    """Models of the first `users` (1: one of the rows of all), made by `create`."""

    def __init__(self, users: int, model: str = "ae", **choices: Any) -> None:
        self._users, self._model, self._choices = users, model, choices
        self._frames: Sequence[pl.DataFrame] = ()
        self.losses: list[list[float]] = []

    def prepare(self, array: NDArray[np.void]) -> None:
        known = schema.named("duo")
        if self._users > 1:
            array = array[np.isin(array[known.user], np.unique(array[known.user])[: self._users])]
        counted = known.counted(as_frame(array))
        parts = [counted] if self._users == 1 else counted.partition_by(known.user, maintain_order=True)
        features = [name for name in counted.columns if name in known.model.features]
        self._frames = [part.select(features) for part in parts]

    def _made(self) -> AutoEncoder:
        return create(self._model, **self._choices)


class Alone(_Trainer):
    """The models of this family, one after the other."""

    _variant = ""

    def train(self, _array: NDArray[np.void]) -> None:
        made = sorted(variant(self._variant)(self._made, enumerate(self._frames)), key=lambda each: int(each.name))
        self.losses = [each.model.progress.losses for each in made if each.model and each.model.progress]
        if len(self.losses) < len(self._frames):
            raise next(each.error for each in made if each.error)


class Together(Alone):
    """The models of this family, all at once."""

    _variant = "stacked"


class Reference(_Trainer):
    """The same models as the reference trains them: one after the other, frames prepared for each batch."""

    def __init__(self, users: int, shuffle: bool = True, **choices: Any) -> None:
        super().__init__(users, **choices)
        self._shuffle = shuffle

    def train(self, _array: NDArray[np.void]) -> None:
        self.losses = []
        for frame in self._frames:
            model = self._made()
            learning, checking = model.begin(frame)
            table = frame.select(model.features.names).to_pandas()
            parts = table[: len(learning)], table[len(learning) :]
            progress = frames.train(model.network, model.features, *parts, model.options, self._shuffle)
            model.end(progress, learning, checking)
            self.losses.append(progress.losses)


class Limit(_Trainer):
    """The matrix products of the same steps, which is the least that there is to do."""

    _work: Sequence[tuple[AutoEncoder, int, int]] = ()

    def prepare(self, array: NDArray[np.void]) -> None:
        super().prepare(array)
        work = []
        for frame in self._frames:
            model = self._made()
            learning, checking = model.begin(frame)
            work.append((model, len(learning), len(checking)))
        self._work = work

    def train(self, _array: NDArray[np.void]) -> None:
        for model, learning, checking in self._work:
            options = model.options
            work = products.Work(
                options.epochs,
                _sizes(learning, options.batch_size),
                _sizes(checking, options.eval_batch_size),
                _sizes(learning, options.eval_batch_size),
            )
            products.train(products.products(model.network), work)


def _sizes(count: int, batch: int) -> list[int]:
    return [min(batch, count - first) for first in range(0, count, batch)]
