"""A classifier: what all seven models are to whoever trains and scores them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt
    from swapbench_models.training.progress import Progress

Paths = Sequence[str | Path] | NDArray[np.str_]
Labels = NDArray[np.int64]
Probabilities = NDArray[np.float64]


class Learner(Protocol):
    """Learns of clips, by their paths (n,), which of the classes 0, 1, ... (n,) each is of: what a run asks of it.

    `attempts` are what was tried before there was memory enough: none where it is fitted at once. `fit_s` is how long
    training took, in seconds: of a network all parts of it, with the reading of clips, and else the fit alone, without
    the making of features.
    """

    attempts: "tuple[Attempt, ...]"

    @property
    def fit_s(self) -> float: ...

    def fit(self, paths: Paths, y: Any, keeper_folder: Path | None = None, groups: Any = None) -> Self:
        """Train from the beginning, or from where the training in a folder was interrupted.

        What is split off to validate shares no group (n,) with the rest. Raises VideoError where there is nothing to
        learn, or a clip cannot be read.
        """

    def predict_proba(self, paths: Paths) -> Probabilities:
        """Return the probability (n, classes) of each class; raises VideoError as `fit` does, and before it."""

    def save_fitted(self, path: Path) -> None:
        """Write what was learned into a file."""

    def load_fitted(self, path: Path) -> None:
        """Take over what `save_fitted` wrote; raises FamilyError, which names it, for a file that is damaged, another
        model's, or holds what none has learned."""

    def count_parameters(self) -> int:
        """Return the number of trained numbers; for two classes, before anything was learned."""


class Classifier(Learner, Protocol):
    """A learner, with what is asked of it beside runs.

    `batch_size` is that with which it was trained, `epochs` how many it trains at most, `progress` how its training
    went: None where it is fitted at once. `bar` says whether a terminal shows how far it is.
    """

    batch_size: int | None
    epochs: int | None
    progress: "Progress | None"
    bar: bool

    def extract(self, paths: Paths) -> None:
        """Have ready, on disk, what clips are to this model; raises VideoError, which names a file, for one that cannot
        be read."""

    def predict(self, paths: Paths) -> Labels:
        """Return the likeliest class (n,)."""

    def macs_per_clip(self) -> int | None:
        """Return the multiply-adds for one clip, as papers count them; None where it is no network."""
