"""Read: data sets in a folder, in the layout in which they are published."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path

from swapbench_models.can.data.layout import layout, recordings
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.runs import origin
from swapbench_models.can.runs.recordings import Dataset, Part


class Read:
    """Recordings of a folder with one for each data set; files are read when they are first asked for, and what of them
    is damaged is left out, which `tell` is told of."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder, self._tell = folder, tell
        self._content = cache(_content)
        self._last = lru_cache(1)(self._made)  # of more than one there may not be memory enough

    @property
    def told(self) -> str:
        return origin.read(self._folder)

    def dataset(self, name: str) -> Dataset:
        """Return a data set; raises CanError where there is none of this name."""
        return self._last(name)

    def _made(self, name: str) -> Dataset:
        found = layout(self._folder, name)
        if found.excluded:
            self._tell(f"{name}: {', '.join(found.excluded)} are left out, as in published results.")
        tests = {scenario: self._part(scenario, files, found.train) for scenario, files in found.tests.items()}
        return Dataset(name, self._part("training", found.train), tests)

    def _part(self, name: str, files: Sequence[Path], learned: Sequence[Path] = ()) -> Part:
        return Part(name, lambda: self._digest(files), lambda: self._frames(files, learned))

    def _digest(self, files: Sequence[Path]) -> str:
        """Return a digest of the names and the content of files; raises OSError where one cannot be read."""
        told = [f"{file.parent.name}/{file.name} {self._content(file)}\n" for file in files]
        return hashlib.sha256("".join(told).encode()).hexdigest()

    def _frames(self, files: Sequence[Path], learned: Sequence[Path]) -> list[Frames]:
        found = recordings(files)
        for each in found:
            if each.skipped:
                self._tell(f"{each.name}: {each.skipped} damaged lines are left out; the first: {each.reasons[0]}")
        known = set(map(self._content, learned))
        for file in files:
            if self._content(file) in known:
                self._tell(f"{file}: is learned from too, for the same file is in a folder train_*.")
        return [each.frames for each in found]


def _content(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
