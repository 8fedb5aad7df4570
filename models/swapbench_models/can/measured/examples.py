"""Examples: windows as rows of one array, as whoever compares models keeps and splits them, and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import PAYLOAD, UNLABELLED, Frames
from swapbench_models.can.windows.windows import Windows

Examples = NDArray[np.void]

_FIELDS = ("times", "ids", "lengths", "payloads", "attacks")


def row_type(size: int) -> np.dtype[np.void]:
    """Return the type of a row: the number of its recording, its place in that, and its frames."""
    frames = [
        ("times", "<f8", (size,)),
        ("ids", "<i8", (size,)),
        ("lengths", "u1", (size,)),
        ("payloads", "u1", (size, PAYLOAD)),
        ("attacks", "i1", (size,)),
    ]
    return np.dtype([("recording", "<i4"), ("place", "<i4"), *frames])


def examples(windows: Windows, first_recording: int = 0) -> Examples:
    """Return windows as rows (n,), their recordings counted from a number on.

    Raises CanError for windows that overlap or leave frames out between them: no recording could be made of their rows.
    """
    if windows.stride != windows.size:
        raise CanError(f"stride {windows.stride}: rows are windows that follow each other, {windows.size} here.")
    rows = np.zeros(len(windows), row_type(windows.size))
    rows["recording"] = windows.recording + first_recording
    rows["place"] = np.arange(len(rows)) - np.searchsorted(windows.recording, windows.recording)
    for name in _FIELDS:
        rows[name] = getattr(windows.frames, name)[windows.places]
    return rows


def windows(rows: Any, labelled: bool = False) -> Windows:
    """Return the windows of rows (n,), of whole recordings in their order; which frames were injected is left out
    unless it is to be learnt from.

    Raises CanError for other rows, since what a frame's time means is known from all that came before it.
    """
    starts = np.flatnonzero(np.r_[True, np.diff(rows["recording"]) != 0]) if len(rows) else np.zeros(0, np.intp)
    expected = np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)]))
    if not np.array_equal(rows["place"], expected):
        raise CanError("These rows are not those of whole recordings in their order; split by recordings.")
    size = rows.dtype["times"].shape[0]
    parts = np.split(rows, starts[1:]) if len(rows) else []
    return Windows(tuple(_frames(each, labelled) for each in parts), size, size)


def _frames(rows: Any, labelled: bool) -> Frames:
    """Return the frames of one recording."""
    count = rows["times"].size
    kept = {name: np.ascontiguousarray(rows[name]).reshape(count, *rows[name].shape[2:]) for name in _FIELDS}
    return Frames(**kept) if labelled else Frames(**{**kept, "attacks": np.full(count, UNLABELLED, np.int8)})
