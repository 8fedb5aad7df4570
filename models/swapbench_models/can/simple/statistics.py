"""Statistics of a window by itself: its identifiers, gaps, intervals and bytes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.frames.frames import PAYLOAD, Frames
from swapbench_models.can.windows.windows import Windows

NAMES = (
    "identifiers",  # different ones
    "entropy",  # of identifiers, in bits
    "most",  # frames of the commonest
    "run",  # frames of one, with none of another between them, at most
    "gap_mean",  # time between a frame and the next, in seconds
    "gap_spread",  # here and below, a standard deviation
    "interval_mean",  # time between a frame and the next of its identifier, in seconds
    "interval_spread",
    "interval_least",
    "irregularity",  # spread of an identifier's intervals by their mean; the mean of those with two intervals or more
    "zeros",  # share of payloads without a byte other than 0
    "byte_mean",
    "byte_spread",
)
_BLOCK = 4096  # windows at a time: what is made of them on the way is ten times as large as their frames
_LEAST = 1e-9  # seconds: means of intervals may be 0, or below where time steps back

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def statistics(windows: Windows) -> Floats:
    """Return what `NAMES` lists of each window (n, k).

    Where no identifier comes twice, intervals are the whole time of the window, without a spread.
    """
    known = np.unique(windows.frames.ids)
    kind = np.min_scalar_type(len(known))  # numbers of 16 bits are sorted much faster
    codes = np.searchsorted(known, windows.frames.ids).astype(kind)
    sums = _sums(windows.frames)
    parts = [windows.places[start : start + _BLOCK] for start in range(0, len(windows), _BLOCK)]
    made = [_of(codes[places], windows.frames.times[places], sums[places].sum(axis=1)) for places in parts]
    return np.concatenate([np.empty((0, len(NAMES))), *made])


def _of(ids: NDArray[Any], times: Floats, sums: NDArray[np.int64]) -> Floats:
    """Return the statistics of windows by their frames' identifiers and times (n, size), and sums (n, 4)."""
    gaps = np.diff(times, axis=1)
    order = np.argsort(ids, axis=1, kind="stable")
    begins = _begins(np.take_along_axis(ids, order, axis=1))
    intervals = np.diff(np.take_along_axis(times, order, axis=1), axis=1)
    made = [*_repeats(begins), _longest(_begins(ids)), gaps.mean(axis=1), gaps.std(axis=1)]
    return np.stack([*made, *_intervals(intervals, begins, gaps.sum(axis=1)), *_bytes(sums, ids.shape[1])], 1)


def _begins(ids: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where the identifier is another than that of the frame before in the window (n, size)."""
    begins = np.ones(ids.shape, bool)
    begins[:, 1:] = ids[:, 1:] != ids[:, :-1]
    return begins


def _lengths(begins: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return how long each stretch is, window after window, and how many of them each window has (n,)."""
    lengths = np.diff(np.flatnonzero(begins), append=begins.size)
    return lengths, begins.sum(axis=1)


def _longest(begins: NDArray[np.bool_]) -> Ints:
    lengths, counts = _lengths(begins)
    longest: Ints = np.maximum.reduceat(lengths, np.cumsum(counts) - counts)
    return longest


def _repeats(begins: NDArray[np.bool_]) -> tuple[Ints, Floats, Ints]:
    """Return how many identifiers each window has, their entropy, and the frames of the commonest (n,)."""
    lengths, counts = _lengths(begins)
    shares = lengths / begins.shape[1]
    entropy = np.add.reduceat(-shares * np.log2(shares), np.cumsum(counts) - counts)
    return counts, entropy, _longest(begins)


def _intervals(intervals: Floats, begins: NDArray[np.bool_], span: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, spread, least and irregularity of intervals (n,), of those in order (n, size - 1) that are between
    frames of one identifier."""
    same = ~begins[:, 1:]
    counts = same.sum(axis=1)
    mean = np.where(counts > 0, np.where(same, intervals, 0).sum(axis=1) / counts.clip(1), span)
    away = np.where(same, intervals - mean[:, None], 0)
    spread = np.sqrt((away**2).sum(axis=1) / counts.clip(1))
    least = np.where(same, intervals, np.inf).min(axis=1)
    return mean, spread, np.where(counts > 0, least, span), _irregularity(intervals[same], same, begins)


def _irregularity(intervals: Floats, same: NDArray[np.bool_], begins: NDArray[np.bool_]) -> Floats:
    """Return the mean, over the identifiers of each window, of the spread of their intervals (m,) by their mean."""
    lengths, identifiers = _lengths(begins)
    of = np.repeat(np.arange(len(lengths)), lengths - 1)
    counts = (lengths - 1).clip(1)
    means = np.bincount(of, intervals, len(lengths)) / counts
    spreads = np.sqrt(np.bincount(of, (intervals - means[of]) ** 2, len(lengths)) / counts)
    judged = lengths > 2
    window = np.repeat(np.arange(len(begins)), identifiers)[judged]
    sums = np.bincount(window, spreads[judged] / means[judged].clip(_LEAST), len(begins))
    irregularity: Floats = sums / np.bincount(window, minlength=len(begins)).clip(1)
    return irregularity


def _sums(frames: Frames) -> NDArray[np.int64]:
    """Return of each frame (n, 4) how many bytes it has, their sum, the sum of their squares, and whether all are 0."""
    payloads = frames.payloads.astype(np.int64)
    total = payloads.sum(axis=1)
    lengths = frames.lengths.clip(max=PAYLOAD).astype(np.int64)
    return np.stack([lengths, total, np.einsum("nk,nk->n", payloads, payloads), total == 0], axis=1)


def _bytes(sums: NDArray[np.int64], size: int) -> tuple[Floats, Floats, Floats]:
    """Return, by sums (n, 4) over windows of a size, the share of payloads that are zeros, and the mean and spread of
    bytes, 0 where there are none (n,)."""
    lengths, total, squares, zeros = sums.T
    count = lengths.clip(1)
    spread = np.sqrt(count * squares - total**2) / count  # whole numbers below the root: nothing is cancelled
    return zeros / size, total / count, spread
