"""The estimator: a model of each user behind one `fit` and `predict`, for whoever compares models."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swapbench_models.fingerprint.error import DataError
from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.logs.schema import Schema
from swapbench_models.fingerprint.measured.datasets import as_frame
from swapbench_models.fingerprint.model import fitting
from swapbench_models.fingerprint.model.autoencoder import AutoEncoder
from swapbench_models.fingerprint.model.create import create

_ROW = "__row"
_LONGER = 10
_USERS = "users.json"


class Fingerprints:
    """A model of each user; rows are arrays with a field for each source column of a schema.

    `model` names one of catalogue.MODELS, `variant` one of catalogue.VARIANTS (default: none, one by one); `choices`
    replace the model's options.
    """

    def __init__(
        self, model: str, variant: str = "", target_losses: dict[str, float] | None = None, **choices: Any
    ) -> None:
        """Raise FingerprintError for what cannot be; `target_losses` are those that `reach` trains to, by schema."""
        self._create = partial(create, model, **choices)
        self._epochs = self._create().options.epochs
        self._fit = fitting.variant(variant)
        self._targets = target_losses or {}
        self.models: dict[str, AutoEncoder] = {}

    def prepare(self, rows: NDArray[np.void]) -> dict[str, pl.DataFrame]:
        """Return the rows of each user with the columns that a model is given, in order of the users' first rows."""
        known = _schema(rows)
        counted = known.counted(as_frame(rows).with_row_index(_ROW))
        parts = counted.partition_by(known.user, as_dict=True, maintain_order=True)
        features = [name for name in counted.columns if name in known.model.features]
        return {str(key[0]): part.select(_ROW, *features) for key, part in parts.items()}

    def fit(self, rows: NDArray[np.void], _y: Any = None) -> Self:
        """Train a model of each user; raises what the first user's training raises."""
        self._train(rows, self._create)
        return self

    def reach(self, rows: NDArray[np.void], _y: Any = None) -> None:
        """Train each user's model until its loss is the target or less, for ten times the epochs at most; raises
        DataError when one does not get there."""
        target = self._targets[known_as(rows)]
        self._train(rows, partial(self._create, target_loss=target, epochs=_LONGER * self._epochs))
        late = [user for user, model in self.models.items() if model.progress and model.progress.stopped != "target"]
        if late:
            raise DataError(f"{len(late)} of {len(self.models)} models did not reach a loss of {target:g}.")

    def predict(self, rows: NDArray[np.void]) -> NDArray[np.float64]:
        """Return how unusual each row is, (n,): mean_abs_z of its user's model. Raises DataError for a user without."""
        unusual = np.empty(len(rows))
        for user, part in self.prepare(rows).items():
            if user not in self.models:
                raise DataError(f"User {user} was not there when the models were trained.")
            unusual[part[_ROW].to_numpy()] = self.models[user].mean_abs_z(part)
        return unusual

    def count_parameters(self) -> int:
        """Return the number of trained numbers of all models."""
        return sum(model.count_parameters() for model in self.models.values())

    def save_fitted(self, path: Path) -> None:
        """Write each model into a numbered folder, and the users' names in their order."""
        path.mkdir()
        for number, model in enumerate(self.models.values()):
            model.save(path / str(number))
        (path / _USERS).write_text(json.dumps([*self.models]))

    def load_fitted(self, path: Path) -> None:
        """Read what save_fitted wrote."""
        users = json.loads((path / _USERS).read_text())
        self.models = {user: AutoEncoder.load(path / str(number)) for number, user in enumerate(users)}

    def _train(self, rows: NDArray[np.void], make: fitting.Create) -> None:
        frames = ((user, part.drop(_ROW)) for user, part in self.prepare(rows).items())
        self.models = dict(sorted(_whole(self._fit(make, frames))))


def known_as(rows: NDArray[np.void]) -> str:
    """Return the name of the schema whose source columns these are; raises DataError when there is none."""
    columns = set(rows.dtype.names or ())
    found = next((name for name in schema.names() if set(schema.named(name).source) == columns), None)
    if found is None:
        raise DataError(f"No schema has the columns {', '.join(sorted(columns))}.")
    return found


def _schema(rows: NDArray[np.void]) -> Schema:
    return schema.named(known_as(rows))


def _whole(fitted: Any) -> Iterator[tuple[str, AutoEncoder]]:
    for made in fitted:
        if made.model is None:
            raise made.error
        yield made.name, made.model


def alone(**choices: Any) -> Fingerprints:
    """Return an estimator whose models are trained one after the other."""
    return Fingerprints(**choices)


def together(**choices: Any) -> Fingerprints:
    """Return an estimator whose models are trained at once."""
    return Fingerprints(variant="stacked", **choices)


def validation_loss(_truth: Any, model: Fingerprints) -> float:
    """Return the last validation loss, as the mean over users, in nats and squared spreads."""
    return float(np.mean([each.progress.validation_losses[-1] for each in model.models.values() if each.progress]))
