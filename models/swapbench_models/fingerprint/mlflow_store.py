"""What `mlflow.pyfunc` imports to read a model of this family: models that are stored name this module."""

from pathlib import Path
from typing import TYPE_CHECKING

from swapbench_models.fingerprint.model.autoencoder import AutoEncoder

if TYPE_CHECKING:
    import pandas as pd


class _Scorer:
    """What MLflow's own loader gives: `predict` takes a frame of pandas and returns the results of its rows."""

    def __init__(self, model: AutoEncoder) -> None:
        self._model = model

    def predict(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        return self._model.results(frame)


def _load_pyfunc(path: str) -> _Scorer:
    """Read a model for mlflow.pyfunc, which looks for a function of this name."""
    return _Scorer(AutoEncoder.load(Path(path)))
