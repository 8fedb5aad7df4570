"""A classifier of handcrafted features, which are made once of each clip; then it is fitted in no time."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from swapbench_models.training.bar import bar
from swapbench_models.video.classifier.classifier import Labels, Paths, Probabilities
from swapbench_models.video.classifier.examples import Examples
from swapbench_models.video.classifier.linear import Linear, Numbers
from swapbench_models.video.create import create
from swapbench_models.video.error import VideoError
from swapbench_models.video.features.cache import Cache
from swapbench_models.video.features.table import NAMES

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt
    from swapbench_models.training.progress import Progress

_PARTS = 5


class Handcrafted:
    """One of catalogue.HANDCRAFTED over the features of clips, which are kept in a folder."""

    def __init__(self, name: str, profile: str, seed: int, folder: Path) -> None:
        self.name, self.profile, self.seed = name, profile, seed
        self.cache = Cache(folder / "features")
        self.batch_size: int | None = None
        self.epochs: int | None = None
        self.progress: Progress | None = None
        self.attempts: tuple[Attempt, ...] = ()
        self.fit_s = 0.0
        self.bar = False
        self._fitted: Linear | None = None

    def extract(self, paths: Paths) -> None:
        self.features(paths)

    def features(self, paths: Paths) -> Numbers:
        """Return the features (n, 32) of clips, in the order of the table of names."""
        names = [str(path) for path in paths]
        shown = bar(names, "features", "clip") if self.bar else names
        return np.array([self.cache.features(name) for name in shown]).reshape(-1, len(NAMES))

    def fit(self, paths: Paths, y: Any, keeper_folder: Path | None = None, groups: Any = None) -> Self:
        """Fit at once: there is nothing to keep of what was interrupted but the features."""
        given = Examples.checked(paths, y, groups)
        pipeline = create(self.name, num_classes=given.classes, profile=self.profile, seed=self.seed)
        if "model__cv" in pipeline.get_params():
            pipeline.set_params(model__cv=given.parts(_PARTS, self.seed, f"the calibration of {self.name}"))
        features, began = self.features(given.paths), time.perf_counter()
        pipeline.fit(features, given.y)
        self.fit_s = time.perf_counter() - began
        self._fitted = Linear.of(pipeline)
        return self

    def predict_proba(self, paths: Paths) -> Probabilities:
        return self._known().probabilities(self.features(paths))

    def predict(self, paths: Paths) -> Labels:
        labels: Labels = self.predict_proba(paths).argmax(axis=1)
        return labels

    def save_fitted(self, path: Path) -> None:
        self._known().save(Path(path), self.name)

    def load_fitted(self, path: Path) -> None:
        self._fitted = Linear.load(Path(path), self.name)

    def count_parameters(self) -> int:
        if self._fitted is not None:
            return self._fitted.count()
        return len(NAMES) + 1 + 2 * (self.name == "svm")

    def macs_per_clip(self) -> None:
        """None: what a clip takes is the making of its features."""

    def _known(self) -> Linear:
        if self._fitted is None:
            raise VideoError(f"{self.name} has learned nothing yet; fit it, or load what was fitted.")
        return self._fitted
