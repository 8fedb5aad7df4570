"""Classifiers made by their names in the catalogue."""

from pathlib import Path
from typing import Any

from swapbench_models.video.catalogue import HANDCRAFTED
from swapbench_models.video.classifier.classifier import Classifier
from swapbench_models.video.classifier.settings import settings
from swapbench_models.video.create import check
from swapbench_models.video.folder import kept_in


def classifier(
    name: str, *, profile: str = "quick", seed: int = 0, folder: str | Path | None = None, **training: Any
) -> Classifier:
    """Return a classifier that has learned nothing yet.

    What is made of clips (features, frames, augmentations) is kept in a folder, by default the user's own for such.
    `training` are options of `settings.Settings`, of which those that are fitted at once have no use. Raises VideoError
    for a name, a profile or an option that is not known.
    """
    check(name, profile)
    place = kept_in() if folder is None else Path(folder)
    chosen = settings(name, profile, **training)
    if name in HANDCRAFTED:
        from swapbench_models.video.classifier.handcrafted import Handcrafted

        return Handcrafted(name, profile, seed, place)
    from swapbench_models.video.classifier.network import Network

    return Network(name, profile, seed, place, chosen)
