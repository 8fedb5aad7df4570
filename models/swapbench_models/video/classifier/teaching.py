"""Teaching: a network learns of one part of the examples, and is judged by the other after each epoch."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from swapbench_models.training.best import Best
from swapbench_models.training.keeper import Keeper
from swapbench_models.training.loop import Training, train
from swapbench_models.training.memory import Sharing
from swapbench_models.training.plan import Plan
from swapbench_models.training.progress import Patience, Progress
from swapbench_models.video.classifier.ahead import ahead
from swapbench_models.video.classifier.examples import Examples
from swapbench_models.video.classifier.loss import balanced, losses
from swapbench_models.video.classifier.settings import Settings
from swapbench_models.video.classifier.sight import Sight
from swapbench_models.video.error import VideoError

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Batch:
    """What a network is given of some clips, their classes (n,) and what each weighs (n,)."""

    inputs: Tensor
    y: Tensor
    weights: Tensor


class Teaching:
    """Of `examples`, those of `learned` are trained on, shared out over batches as `sharing` says, and those of
    `checked` validate, if there are any."""

    def __init__(
        self,
        sight: Sight,
        settings: Settings,
        sharing: Sharing,
        examples: Examples,
        parts: tuple[Indices, Indices],
        seed: int,
    ) -> None:
        self._sight, self._settings, self._sharing, self._examples = sight, settings, sharing, examples
        self._learned, self._checked = parts
        self._seed, self._best = seed, Best(sight.module)
        self._y = torch.from_numpy(examples.y)
        self._weights = torch.zeros(len(examples.y))
        for part in parts:
            self._weights[part] = balanced(self._y[part], examples.classes)

    def run(self, folder: Path | None, stands_on: Mapping[str, str], bar: bool) -> Progress:
        """Teach in place, keep each epoch where there is a folder for it, and leave the best epoch's weights.

        Raises VideoError where a loss is no number, and what a keeper raises.
        """
        chosen, judged = self._settings, len(self._checked) > 0
        taught = [each for each in self._sight.module.parameters() if each.requires_grad]
        training = Training(
            self._sight.module,
            torch.optim.AdamW(taught, chosen.learning_rate, weight_decay=chosen.weight_decay),
            self._loss,
            self._batches,
            self._check if judged else None,
            self._rate if chosen.schedule == "cosine" else None,
            weight=lambda batch: float(batch.weights.sum()),
        )
        best = folder / "best.safetensors" if folder and judged else None
        keeper = Keeper(folder / "latest.safetensors", stands_on, best) if folder else None
        progress = train(training, self._plan(), keeper, bar)
        if progress.stopped == "diverged":
            told = f"learning_rate={chosen.learning_rate:g}"
            raise VideoError(f"Training diverged in epoch {progress.epochs_run}: its loss is no number; lower {told}.")
        if keeper and best:
            keeper.load_best(self._sight.module)
        elif judged:
            self._best.restore()
        return progress

    def _plan(self) -> Plan:
        chosen = self._settings
        return Plan(
            chosen.epochs,
            accumulation=self._sharing.accumulation,
            patience=Patience(chosen.patience) if chosen.patience else None,
            seed=self._seed,
            precision=chosen.precision,
        )

    def _rate(self, step: int, _epoch: int) -> float:
        """Return the learning rate of a step (Loshchilov and Hutter, "SGDR", 2017, without restarts)."""
        steps = self._settings.epochs * -(-len(self._learned) // self._sharing.effective)
        rising = min(1.0, (step + 1) / max(1, steps // 10))
        return self._settings.learning_rate * rising * (1 + math.cos(math.pi * step / steps)) / 2

    def _batches(self, epoch: int, generator: torch.Generator) -> Iterator[Batch]:
        order = self._learned[torch.randperm(len(self._learned), generator=generator).numpy()]
        number = epoch % self._settings.augmentations if self._settings.augmentations else None
        return ahead(self._sharing.cut(order), lambda part: self._read(part, number), self._settings.num_workers)

    def _read(self, part: Any, number: int | None) -> Batch:
        paths = [self._examples.paths[at] for at in part]
        return Batch(self._sight.inputs(paths, number), self._y[part], self._weights[part])

    def _loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        each = losses(self._sight.module(batch.inputs), batch.y)
        return (each * batch.weights).sum() / batch.weights.sum()

    @torch.inference_mode()
    def _check(self) -> float:
        """Return the loss on what validates, where classes weigh the same."""
        self._sight.module.eval()
        total = 0.0
        for part in np.split(self._checked, range(size := self._sharing.batch_size, len(self._checked), size)):
            batch = self._read(part, None)
            each = losses(self._sight.module(batch.inputs), batch.y)
            total += float((each.double() * batch.weights).sum())
        loss = total / float(self._weights[self._checked].sum())
        self._best.look(loss)
        return loss
