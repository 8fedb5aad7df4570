"""Read: data sets in a folder, in the layout in which they are published."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path

from swapbench_models.can.data.layout import SUFFIXES, layout
from swapbench_models.can.data.mark import told
from swapbench_models.can.data.once import NONE, Once, once
from swapbench_models.can.frames.frames import UNLABELLED, Frames
from swapbench_models.can.runs import origin
from swapbench_models.can.runs.recordings import Dataset, Part


class Read:
    """Recordings of a folder with one for each data set; files are read when they are first asked for, and what of them
    is damaged is left out, which `tell` is told of."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder, self._tell = folder, tell
        self._content = cache(_content)
        self._last = lru_cache(1)(self._made)  # of more than one there may not be memory enough

    def dataset(self, name: str) -> Dataset:
        """Return a data set; raises CanError where there is none of this name."""
        return self._last(name)

    def _made(self, name: str) -> Dataset:
        found = layout(self._folder, name)
        if found.excluded:
            self._tell(f"{name}: {', '.join(found.excluded)} are left out, as in published results.")
        if found.ignored:
            ends = ", ".join(SUFFIXES)
            self._tell(f"{name}: {', '.join(found.ignored)} are left out, for a recording ends with one of {ends}.")
        learned = cache(lambda: self._read(found.train))
        training = Part("training", lambda: self._digest(found.train), lambda: _frames(learned()))
        tests = {scenario: self._scenario(scenario, files, learned) for scenario, files in found.tests.items()}
        plan = told(found.train[0].parents[1])
        return Dataset(name, training, tests, origin.read(self._folder, plan), plan is None)

    def _scenario(self, name: str, files: Sequence[Path], learned: Callable[[], Once]) -> Part:
        return Part(name, lambda: self._digest(files), lambda: self._judges(files, learned()))

    def _digest(self, files: Sequence[Path]) -> str:
        """Return a digest of the names and the content of files; raises OSError where one cannot be read."""
        told = [f"{file.parent.name}/{file.name} {self._content(file)}\n" for file in files]
        return hashlib.sha256("".join(told).encode()).hexdigest()

    def _judges(self, files: Sequence[Path], learned: Once) -> list[Frames]:
        """Return the frames of a scenario, and tell of those that are learned from too."""
        found = self._read(files, learned)
        for name in sorted(found.repeats.keys() - learned.repeats.keys()):
            if found.repeats[name] in learned.first.values():
                self._tell(f"{name}: is learned from too, for it has the frames of {found.repeats[name]}.")
        return _frames(found)

    def _read(self, files: Sequence[Path], before: Once = NONE) -> Once:
        found = once(files, before=before)
        for each in found.kept:
            if each.skipped:
                self._tell(f"{each.name}: {each.skipped} damaged lines are left out; the first: {each.reasons[0]}")
            if (each.frames.attacks == UNLABELLED).any():
                self._tell(f"{each.name}: does not say which frames were injected.")
        return found


def _frames(found: Once) -> list[Frames]:
    return [each.frames for each in found.kept]


def _content(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
