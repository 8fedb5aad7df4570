"""A school: teaches lessons one after the other, in as little memory as there is, and goes on where it was stopped."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from swapbench_models.can.detector.distillation import Guidance
from swapbench_models.can.detector.examples import Examples
from swapbench_models.can.detector.lessons import Lesson
from swapbench_models.can.detector.settings import Settings
from swapbench_models.can.detector.teaching import Course, Teaching
from swapbench_models.can.error import CanError
from swapbench_models.can.standing import standing, told
from swapbench_models.can.windows.windows import Indices
from swapbench_models.training.error import OutOfMemoryError
from swapbench_models.training.failures import forget, noted
from swapbench_models.training.memory import Attempt, Sharing, within_memory
from swapbench_models.training.progress import Progress

Network = TypeVar("Network", bound=nn.Module)


@dataclass
class School:
    """Where and how lessons are taught; `configuration` is all that their outcome stands on beside data and code.

    With a folder each lesson is kept in one of its own there. `progress` is how each went, and `attempts` are those of
    all lessons.
    """

    given: Examples
    guidance: Guidance | None
    settings: Settings
    seed: int
    configuration: dict[str, Any]
    folder: Path | None = None
    bar: bool = False
    progress: dict[str, Progress] = field(default_factory=dict)
    attempts: tuple[Attempt, ...] = ()

    def taught(
        self, name: str, begin: Callable[[], tuple[Network, Lesson]], learned: Indices, judged: Indices, epochs: int
    ) -> Network:
        """Return the network of a lesson, once it was taught with some of the graphs and judged by others.

        A lesson begins anew, in smaller batches and the same steps, where memory is short. Raises CanError, and what
        keeping and training raise.
        """

        def attempt(sharing: Sharing) -> tuple[Network, Progress]:
            network, lesson = begin()
            course = Course(self.given.graphs, learned, judged, epochs, sharing, self.seed)
            latest = self.folder and self._latest(self.folder / name, sharing)
            stands_on = self._stands_on(name, sharing) if latest else {}
            return network, Teaching(lesson, course, self.settings).run(latest, stands_on, self.bar)

        tried: Callable[[Sharing], tuple[Network, Progress]] = attempt
        if self.folder:
            tried = noted(attempt, _made(self.folder / name), told(self._stands_on(name, None)))
        try:
            (network, progress), attempts = within_memory(
                tried, self.settings.batch_size, retries=self.settings.retries
            )
        except OutOfMemoryError:
            if self.folder:
                forget(self.folder / name)  # who asks again may have more memory by then
            raise
        self.progress[name], self.attempts = progress, (*self.attempts, *attempts)
        return network

    def _stands_on(self, name: str, sharing: Sharing | None) -> dict[str, str]:
        batches = sharing and (sharing.effective, sharing.accumulation)
        data = [*self.given.arrays, *(self.guidance.arrays if self.guidance else ())]  # a teacher's word is data
        return standing({**self.configuration, "lesson": name, "batches": batches}, data)

    def _latest(self, folder: Path, sharing: Sharing) -> Path:
        """Return the file of an attempt: one of smaller batches has a folder by itself, for it begins anew."""
        place = folder if sharing.accumulation == 1 else folder / f"batches_of_{sharing.batch_size}"
        return _made(place) / "latest.safetensors"


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CanError(f"{folder}: cannot be made ({error.strerror}); give another folder.") from error
    return folder
