"""The library: logs of Vector (ASC, BLF) and PEAK (TRC), as python-can reads them."""

import itertools
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from swapbench_models.can.error import CanError, FormatError
from swapbench_models.can.frames.blf import Checked
from swapbench_models.can.frames.frames import PAYLOAD, UNLABELLED, Frames
from swapbench_models.can.frames.skipped import Skipped
from swapbench_models.can.frames.source import Source, decoded
from swapbench_models.can.frames.values import LONGEST_FD, Row, check_length, known, time
from swapbench_models.error import told

if TYPE_CHECKING:
    from can import Message
    from can.io.generic import MessageReader

_TOGETHER = 1 << 14  # frames
_UNHEARD = logging.NullHandler()
# What ends the header of an ASC. python-can takes any other line that does for a part of it, and so the first frame.
_END_OF_HEADER = "internal events logged"
_DIRECTIONS = {"Rx", "Tx"}
_TRC_KINDS = {"DT", "FD", "FB", "FE", "BI", "RR"}


def frames(source: Source, form: str, skipped: Skipped) -> Iterator[Frames]:
    """Yield the frames of a log in parts; what is damaged is added to `skipped`.

    Raises CanError where python-can is not installed.
    """
    rows = _of_objects(source, skipped) if form == "blf" else _of_lines(source, form, skipped)
    while part := list(itertools.islice(rows, _TOGETHER)):
        times, ids, payloads, _ = zip(*part, strict=True)
        yield Frames.of(times, ids, payloads)


def _of_objects(source: Source, skipped: Skipped) -> Iterator[Row]:
    reader = _reader("blf")
    messages: Iterator[Message] | None = None
    while True:
        try:
            messages = messages or iter(reader(Checked(source, skipped)))
            message = next(messages, None)
        except (CanError, MemoryError):
            raise
        except Exception as error:  # whatever the library makes of what is damaged
            skipped.add(None, f"is damaged ({told(error)}).")
            return
        if message is None:
            return
        yield from _row(message, None, skipped)


def _of_lines(source: Source, form: str, skipped: Skipped) -> Iterator[Row]:
    """Yield the frames of a text; after a line that is damaged, reading goes on with the next."""
    lines = _Lines(source, form, skipped)
    reader = _reader(form)(lines)
    messages = iter(reader)
    while True:
        try:
            message = next(messages, None)
        except (CanError, MemoryError):
            raise
        except Exception as error:  # as above
            skipped.add(lines.number, f"says no frame ({told(error)}).")
            if lines.ended:  # what is wrong is the header, at each new beginning
                return
            lines.start_again()
            messages = iter(reader)
            continue
        if message is None:
            return
        lines.answered()
        if getattr(reader, "timestamps_format", None) == "relative":
            raise FormatError(
                source.name,
                None,
                "has times since the line before, which add up wrongly; export it with absolute ones.",
            )
        yield from _row(message, lines.number, skipped)


class _Lines(Iterator[str]):
    """The lines of a text as python-can takes them, and which of them it passes over."""

    def __init__(self, source: Source, form: str, skipped: Skipped) -> None:
        self.number = 0
        self.ended = False
        self._lines = _numbered(source)
        self._asc = form == "asc"
        self._skipped = skipped
        self._open = ""  # what python-can has taken and not answered
        self._held: str | None = None  # what it is given next
        self._in_header = self._asc

    def __next__(self) -> str:
        self._pass_over()
        if self._held is not None:
            self._open, self._held = self._held, None
            return self._open
        self.number, line = next(self._lines, (self.number, ""))
        if not line:
            self.ended = True
            raise StopIteration
        if self._in_header and line.lstrip()[:1].isdigit():
            self._in_header, self._held = False, line
            return _END_OF_HEADER
        self._open = line
        return line

    def start_again(self) -> None:
        """Know that the last line was damaged, and that python-can takes the next one for a header."""
        self._open, self._held, self._in_header = "", None, self._asc

    def answered(self) -> None:
        """Know that the last line was a message."""
        self._open = ""

    def close(self) -> None:
        """Do nothing: who opened the source closes it."""

    def _pass_over(self) -> None:
        line, self._open = self._open.split(), ""
        if _is_frame_of_asc(line) if self._asc else _is_frame_of_trc(line):
            self._skipped.add(self.number, "has no whole frame, though all else of one.")
        elif line and line[0][0].isdigit():
            self._skipped.passed += 1


def _is_frame_of_asc(line: list[str]) -> bool:
    """Return whether a line should be a frame: it has a channel by number, and a direction."""
    channel = line[1] if len(line) > 1 else ""
    return (channel.isdigit() or channel == "CANFD") and "J1939TP" not in line and not _DIRECTIONS.isdisjoint(line)


def _is_frame_of_trc(line: list[str]) -> bool:
    """Return whether a line should be a frame: it has the kind of one, from version 2 on, or a direction there."""
    return not _TRC_KINDS.isdisjoint(line[2:3]) or not _DIRECTIONS.isdisjoint(line[2:4])


def _numbered(source: Source) -> Iterator[tuple[int, str]]:
    for first, block in source.blocks():
        yield from enumerate((decoded(line) + "\n" for line in block.split(b"\n")[:-1]), first)


def _reader(form: str) -> "Callable[[Any], MessageReader]":
    try:
        from can.io.asc import ASCReader
        from can.io.blf import BLFReader
        from can.io.trc import TRCReader
    except ImportError as error:
        raise CanError(
            f'python-can, which reads {form}, is not installed; pip install "swapbench[can]" brings it.'
        ) from error
    # What it says of each damaged line, with the line as it is, would go to the terminal; `skipped` tells of it.
    logging.getLogger("can.io").addHandler(_UNHEARD)
    readers: dict[str, Callable[[Any], MessageReader]] = {"asc": ASCReader, "blf": BLFReader, "trc": TRCReader}
    return readers[form]


def _row(message: "Message", line: int | None, skipped: Skipped) -> Iterator[Row]:
    """Yield the frame of a message, if it is one."""
    if message.is_error_frame:
        skipped.passed += 1
        return
    try:
        yield _frame(message)
    except ValueError as why:
        skipped.add(line, str(why))


def _frame(message: "Message") -> Row:
    content = check_length(bytes(message.data), LONGEST_FD if message.is_fd else PAYLOAD)
    if not message.is_remote_frame and not message.is_fd and len(content) != min(message.dlc, PAYLOAD):
        raise ValueError(f"says that its payload has {message.dlc} bytes, and has {len(content)}.")
    identifier = known(message.arbitration_id, message.is_extended_id)
    return time(repr(float(message.timestamp))), identifier, content, UNLABELLED
