"""Teaching: a lesson is taught with some graphs, and after each epoch judged by others."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from swapbench_models.can.detector.lessons import Lesson
from swapbench_models.can.detector.part import Part, parts
from swapbench_models.can.detector.settings import Settings
from swapbench_models.can.error import CanError
from swapbench_models.can.graphs.graphs import Graphs
from swapbench_models.can.windows.windows import Indices
from swapbench_models.training.best import Best
from swapbench_models.training.keeper import Keeper
from swapbench_models.training.loop import Training, train
from swapbench_models.training.memory import Sharing
from swapbench_models.training.plan import Plan
from swapbench_models.training.progress import Patience, Progress

_LEAST = 0.1  # of the learning rate, in the last epoch


@dataclass(frozen=True)
class Course:
    """Which graphs are taught with, shared out over batches as `sharing` says, and which judge; for how many epochs."""

    graphs: Graphs
    learned: Indices
    judged: Indices
    epochs: int
    sharing: Sharing
    seed: int


class Teaching:
    """A lesson and its course."""

    def __init__(self, lesson: Lesson, course: Course, settings: Settings) -> None:
        self._lesson, self._course, self._settings = lesson, course, settings
        self._best = Best(lesson.module)

    def run(self, latest: Path | None, stands_on: Mapping[str, str], bar: bool) -> Progress:
        """Teach in place, keep each epoch where there is a file for it, and leave the best epoch's weights.

        Raises CanError where a loss is no number, and what a keeper raises.
        """
        chosen, module = self._settings, self._lesson.module
        optimizer = torch.optim.AdamW(
            module.parameters(), chosen.learning_rate, weight_decay=chosen.weight_decay, fused=True
        )
        training = Training(
            module, optimizer, self._loss, self._batches, self._check, self._rate, weight=self._lesson.weight
        )
        keeper = Keeper(latest, stands_on, latest.with_name("best.safetensors")) if latest else None
        progress = train(training, self._plan(), keeper, bar)
        if progress.stopped == "diverged":
            told = f"learning_rate={chosen.learning_rate:g}"
            raise CanError(f"Training diverged in epoch {progress.epochs_run}: its loss is no number; lower {told}.")
        if keeper:
            keeper.load_best(module)
        else:
            self._best.restore()
        return progress

    def _plan(self) -> Plan:
        chosen, course = self._settings, self._course
        return Plan(
            course.epochs,
            accumulation=course.sharing.accumulation,
            clip=chosen.clip,
            patience=Patience(chosen.patience) if chosen.patience else None,
            seed=course.seed,
        )

    def _rate(self, step: int, _epoch: int) -> float:
        """Return the learning rate of a step (Loshchilov and Hutter, "SGDR", 2017, without restarts)."""
        steps = self._course.epochs * -(-len(self._course.learned) // self._course.sharing.effective)
        return self._settings.learning_rate * (_LEAST + (1 - _LEAST) * (1 + math.cos(math.pi * step / steps)) / 2)

    def _batches(self, _epoch: int, generator: torch.Generator) -> Iterator[Part]:
        course = self._course
        order = course.learned[torch.randperm(len(course.learned), generator=generator).numpy()]
        for each in course.sharing.cut(order):
            yield Part.of(course.graphs, each)

    def _loss(self, part: Part, generator: torch.Generator) -> Tensor:
        return self._lesson.loss(part, generator)

    @torch.no_grad()
    def _check(self) -> float:
        """Return the loss on what judges."""
        lesson, course = self._lesson, self._course
        lesson.module.eval()
        total = weights = 0.0
        for part in parts(course.graphs, course.sharing.batch_size, course.judged):
            weight = lesson.weight(part)
            total, weights = total + float(lesson.loss(part, None)) * weight, weights + weight
        self._best.look(total / weights)
        return total / weights
