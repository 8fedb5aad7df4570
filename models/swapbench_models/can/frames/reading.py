"""Reading: the frames of a log, whole or as they come."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Self

from swapbench_models.can.error import FormatError
from swapbench_models.can.frames import forms, library
from swapbench_models.can.frames.forms import AUTO
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.frames.lines import Lines, parsed
from swapbench_models.can.frames.recording import Recording
from swapbench_models.can.frames.skipped import Skipped
from swapbench_models.can.frames.source import BLOCK, Source

Given = Path | str | BinaryIO


class Stream(Iterator[Frames]):
    """The frames of a log, part after part, in the order of the file; `skipped` and `steps_back` are of those parts
    that were taken. It ends with FormatError where there was no frame at all."""

    def __init__(self, source: Source, form: str, strict: bool, chunk: int) -> None:
        self.skipped = Skipped(source.name, strict)
        self.steps_back = 0
        self._last = float("-inf")
        self._count = 0
        self._source = source
        self._parts = _parts(source, form, self.skipped, chunk)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Frames:
        try:
            return self._counted(next(frames for frames in self._parts if len(frames)))
        except StopIteration:
            self.close()
            if not self._count:
                raise _nothing(self.skipped) from None
            raise
        except BaseException:
            self.close()
            raise

    def _counted(self, frames: Frames) -> Frames:
        self._count += len(frames)
        self.steps_back += frames.steps_back + int(frames.times[0] < self._last)
        self._last = float(frames.times[-1])
        return frames

    def close(self) -> None:
        """Let go of the file, where it is not taken to its end."""
        self._source.close()


def stream(given: Given, form: str = AUTO, strict: bool = True, chunk: int = BLOCK) -> Stream:
    """Return the frames of a file, a pipe or an open binary stream in parts, of some `chunk` bytes of text each.

    Memory is that of a part, however long the log; of a pipe, what is there is given without waiting for more. `form`
    is one of `FORMS`, or is found out from the beginning. With `strict` what is damaged is raised, else counted and
    left out. Raises CanError for a form that is not known and for a file that cannot be read, and FormatError, which
    names the file and the line, for what is no log or no frame.
    """
    forms.check(form)
    return Stream(Source(given), form, strict, chunk)


def read(given: Given, form: str = AUTO, strict: bool = True) -> Recording:
    """Return all frames of a log, with what was left out of it; arguments and errors as of `stream`."""
    with closing(stream(given, form, strict)) as parts:
        frames = Frames.joined([*parts])
    skipped = parts.skipped
    return Recording(Path(skipped.file).name, frames, skipped.count, skipped.passed, tuple(skipped.reasons))


def _parts(source: Source, form: str, skipped: Skipped, chunk: int) -> Iterator[Frames]:
    head = source.head()
    if not head.strip():
        raise FormatError(source.name, None, "is empty; give a file with frames.")
    if form == AUTO:
        form = forms.form_of(source.name, head)
    if form in forms.LIBRARY:
        yield from library.frames(source, form, skipped)
    else:
        yield from _lines(source, form, skipped, chunk)


def _lines(source: Source, form: str, skipped: Skipped, chunk: int) -> Iterator[Frames]:
    first = source.take_line() if form in forms.HEADED else forms.first_line(source.head())
    written = forms.TEXTS[form](source.name, first)
    for number, block in source.blocks(chunk):
        yield parsed(Lines(block, number), written, skipped)


def _nothing(skipped: Skipped) -> FormatError:
    why = f"holds no frame ({skipped.count} lines are damaged, {skipped.passed} say of none)"
    first = f"; the first: {skipped.reasons[0]}" if skipped.reasons else "."
    return FormatError(skipped.file, None, why + first)
