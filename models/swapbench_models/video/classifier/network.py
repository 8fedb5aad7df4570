"""A classifier of frames: one of the networks of the catalogue, trained from what it was drawn as or published."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from swapbench_models.training import checkpoint
from swapbench_models.training.error import OutOfMemoryError
from swapbench_models.training.failures import forget, noted
from swapbench_models.training.memory import Attempt, Sharing, within_memory
from swapbench_models.training.progress import Progress
from swapbench_models.video.catalogue import CLIPS
from swapbench_models.video.classifier.ahead import ahead
from swapbench_models.video.classifier.classifier import Labels, Paths, Probabilities
from swapbench_models.video.classifier.examples import Examples
from swapbench_models.video.classifier.fitted import Fitted
from swapbench_models.video.classifier.loss import outputs, probabilities
from swapbench_models.video.classifier.settings import Settings
from swapbench_models.video.classifier.sight import Sight, published, seen, sight
from swapbench_models.video.classifier.standing import standing, told
from swapbench_models.video.classifier.teaching import Indices, Teaching
from swapbench_models.video.create import create
from swapbench_models.video.data.loader import Loader
from swapbench_models.video.error import VideoError
from swapbench_models.video.networks.counting import macs, parameters
from swapbench_models.video.networks.weights import unlike

_VITS_MEAN, _VITS_STD = 0.5, 0.5  # what timm's backbones were trained with


class Network:
    """A network over clips, whose frames are kept in a folder."""

    def __init__(self, name: str, profile: str, seed: int, folder: Path, settings: Settings) -> None:
        self.name, self.profile, self.seed, self.settings = name, profile, seed, settings
        frames, size = CLIPS[profile][name]
        self.loader = Loader(folder / "frames", frames, size, seed)
        self._over_frames = name.startswith("vit_")
        if self._over_frames:
            self.loader = replace(self.loader, mean=_VITS_MEAN, std=_VITS_STD)
        self.batch_size: int | None = settings.batch_size
        self.epochs: int | None = settings.epochs
        self.progress: Progress | None = None
        self.attempts: tuple[Attempt, ...] = ()
        self.bar = False
        frozen = settings.pretrained is not None if settings.frozen is None else settings.frozen
        self._frozen = frozen and self._over_frames
        self._sight: Sight | None = None
        self._classes = 2

    @property
    def fit_s(self) -> float:
        """How long training took, in seconds, what was interrupted included, but for epochs that were not kept."""
        return self.progress.seconds if self.progress else 0.0

    def extract(self, paths: Paths) -> None:
        """Have the frames of clips ready, and those of all augmentations."""
        for path in paths:
            for number in (None, *range(self.settings.augmentations)):
                self.loader.pixels(str(path), number)

    def fit(self, paths: Paths, y: Any, keeper_folder: Path | None = None, groups: Any = None) -> Self:
        """Train anew, in smaller batches and the same steps where memory is short; with a folder, on from the last
        epoch that is kept there."""
        given = Examples.checked(paths, y, groups)
        parts = self._parts(given)

        def attempt(sharing: Sharing) -> tuple[Sight, Progress]:
            made = self._seen(given.classes)
            stands_on = standing(self._told(given.classes, sharing), given, parts) if keeper_folder else {}
            folder = keeper_folder and _made(self._folder(keeper_folder, sharing))
            teaching = Teaching(made, self.settings, sharing, given, parts, self.seed)
            return made, teaching.run(folder, stands_on, self.bar)

        if keeper_folder:
            whole = told(standing(self._told(given.classes, None), given, parts))
            tried = noted(attempt, _made(keeper_folder), whole)
        else:
            tried = attempt
        chosen = self.settings
        try:
            made, self.attempts = within_memory(tried, chosen.batch_size, chosen.accumulation, chosen.retries)
        except OutOfMemoryError:
            if keeper_folder:
                forget(keeper_folder)  # who asks again may have more memory by then
            raise
        self._sight, self.progress = made
        self._classes, self.batch_size = given.classes, self.attempts[-1].batch_size
        return self

    def predict_proba(self, paths: Paths) -> Probabilities:
        known = self._known()
        known.module.eval()
        size, names = self.batch_size or 1, [str(path) for path in paths]
        batches = [names[start : start + size] for start in range(0, len(names), size)]
        read = ahead(batches, lambda part: known.inputs(part, None), self.settings.num_workers)
        with torch.inference_mode():
            found = [probabilities(known.module(inputs)).numpy() for inputs in read]
        return np.concatenate([np.empty((0, self._classes)), *found])

    def predict(self, paths: Paths) -> Labels:
        labels: Labels = self.predict_proba(paths).argmax(axis=1)
        return labels

    def save_fitted(self, path: Path) -> None:
        weights = self._known().network.state_dict()
        learned = Fitted(weights, self.batch_size or self.settings.batch_size, self._classes, self._frozen)
        checkpoint.save(Path(path), vars(learned), self._stands_on())

    def load_fitted(self, path: Path) -> None:
        learned = Fitted.checked(Path(path), checkpoint.read(Path(path), self._stands_on()))
        wrong = unlike(learned.model, self._empty(learned.classes).state_dict())
        if wrong or (learned.frozen and not self._over_frames):
            told = wrong or "it has no backbone to be frozen"
            raise VideoError(f"{path}: holds another network than {self.name} of profile {self.profile}; {told}.")
        network = create(self.name, num_classes=outputs(learned.classes), profile=self.profile, seed=self.seed)
        network.load_state_dict(learned.model)
        self._sight = seen(network, self.loader, learned.frozen)
        self.batch_size, self._classes, self._frozen = learned.batch_size, learned.classes, learned.frozen

    def count_parameters(self) -> int:
        return parameters(self._outlined())

    def macs_per_clip(self) -> int:
        return macs(self._outlined(), (1, 3, self.loader.frames, self.loader.size, self.loader.size))

    def _outlined(self) -> torch.nn.Module:
        """Return the network as it is, or if it was not fitted yet one without values."""
        return self._empty(self._classes) if self._sight is None else self._sight.network

    def _empty(self, classes: int) -> torch.nn.Module:
        with torch.device("meta"):
            made: torch.nn.Module = create(self.name, num_classes=outputs(classes), profile=self.profile)
        return made

    def _seen(self, classes: int) -> Sight:
        chosen = self.settings
        return sight(self.name, outputs(classes), self.profile, self.seed, self.loader, chosen.pretrained, self._frozen)

    def _parts(self, given: Examples) -> tuple[Indices, Indices]:
        """Return which examples are trained on, and which validate: one fold of several."""
        if not self.settings.validation:
            return np.arange(len(given.paths)), np.arange(0)
        why = f"validating {self.name} (validation=0 does without)"
        return given.parts(self.settings.validation, self.seed, why)[0]

    def _told(self, classes: int, sharing: Sharing | None) -> dict[str, Any]:
        """Return all that the outcome stands on beside data and code, of an attempt or of them all."""
        return {
            **self.settings.told(),
            "pretrained": published(self.settings.pretrained),
            "batches": sharing and (sharing.effective, sharing.accumulation),
            "name": self.name,
            "profile": self.profile,
            "seed": self.seed,
            "classes": classes,
            **{name: getattr(self.loader, name) for name in ("frames", "size", "mean", "std")},
        }

    def _folder(self, keeper_folder: Path, sharing: Sharing) -> Path:
        """Return where an attempt is kept: one of smaller batches by itself, for it begins anew."""
        usual = sharing.accumulation == self.settings.accumulation
        return keeper_folder if usual else keeper_folder / f"batches_of_{sharing.batch_size}"

    def _stands_on(self) -> dict[str, str]:
        return {"model": self.name, "profile": self.profile}

    def _known(self) -> Sight:
        if self._sight is None:
            raise VideoError(f"{self.name} has learned nothing yet; fit it, or load what was fitted.")
        return self._sight


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VideoError(f"{folder}: cannot be made ({error.strerror}); give another folder.") from error
    return folder
