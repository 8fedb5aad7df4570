"""Edges: which identifier followed which in a window, how often and how regularly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.graphs.graphs import Features, Integers, starts_of
from swapbench_models.can.graphs.nodes import Nodes

_NONE = np.iinfo(np.int64).max  # sorts behind every transition


@dataclass(frozen=True)
class Edges:
    """The edges of B windows, those of one together and by source and target; those of window b begin at `starts[b]`
    (B + 1,). `between` (2, E) are source and target among the nodes of all windows."""

    between: Integers
    features: Features
    starts: Integers


@dataclass(frozen=True)
class _Runs:
    """Transitions (T,) that are sorted by window, source, target and position, so that those of an edge are a run.

    `positions` and `is_first` are of transitions; of each edge (E,) `starts` says where its run begins and `counts` how
    long it is; `windows`, `sources` and `targets` are its ends, numbered within its window.
    """

    positions: Integers
    is_first: NDArray[np.bool]
    starts: Integers
    counts: Integers
    windows: Integers
    sources: Integers
    targets: Integers


def edges_of(nodes: Nodes, followed: Integers, size: int) -> Edges:
    """Return the edges of windows of `size` frames, of which so many (B,) are followed by another."""
    runs = _runs(nodes.of_frames - nodes.starts[:-1, None], followed, size)
    between = np.stack([runs.sources, runs.targets]) + nodes.starts[runs.windows]
    columns = [
        runs.counts,
        runs.counts / size,
        *_intervals(runs),
        *_positions(runs, size),
        _is_reversed(runs, size),
        *_degrees(between, runs.counts, len(nodes.identifiers)),
    ]
    features = np.stack(columns, axis=1, dtype=np.float32, casting="same_kind")
    return Edges(between, features, starts_of(np.bincount(runs.windows, minlength=len(followed))))


def _runs(local: Integers, followed: Integers, size: int) -> _Runs:
    bits = size.bit_length()
    # One number holds source, target and position, so that sorting each window sorts its transitions by all three.
    transitions = (local[:, :-1] << bits | local[:, 1:]) << bits | np.arange(size)
    transitions[followed < size, -1] = _NONE
    order = np.sort(transitions, axis=1).ravel()
    order = order[order != _NONE]
    windows = np.repeat(np.arange(len(followed)), followed)
    pairs = order >> bits
    is_first = np.ones(len(order), bool)
    is_first[1:] = (pairs[1:] != pairs[:-1]) | (windows[1:] != windows[:-1])
    starts = np.flatnonzero(is_first)
    counts = np.diff(starts, append=len(order))
    mask = (1 << bits) - 1
    pairs = pairs[starts]
    return _Runs(order & mask, is_first, starts, counts, windows[starts], pairs >> bits, pairs & mask)


def _intervals(runs: _Runs) -> tuple[NDArray[np.float64], ...]:
    """Return mean and deviation of the intervals between transitions of an edge, in frames, and its regularity.

    Sums are of integers and so exact: of equal intervals the deviation is 0.
    """
    intervals = np.diff(runs.positions, prepend=0)
    intervals[runs.is_first] = 0
    sums, squares = (np.add.reduceat(each, runs.starts) for each in (intervals, intervals * intervals))
    number = np.maximum(runs.counts - 1, 1)
    deviation = np.sqrt(number * squares - sums * sums) / number
    return sums / number, deviation, np.where(runs.counts > 1, 1 / (1 + deviation), 0)


def _positions(runs: _Runs, size: int) -> tuple[NDArray[np.float64], ...]:
    """Return the first and the last position of an edge, and how far these are apart, as shares of the window."""
    first, last = runs.positions[runs.starts], runs.positions[runs.starts + runs.counts - 1]
    return first / size, last / size, (last - first) / size


def _is_reversed(runs: _Runs, size: int) -> NDArray[np.bool]:
    """Tell of each edge whether there is one from its target to its source; one from a node to itself is its own."""
    bits = size.bit_length()
    present = (runs.windows << bits | runs.sources) << bits | runs.targets
    wanted = (runs.windows << bits | runs.targets) << bits | runs.sources
    places = np.searchsorted(present, wanted)
    found: NDArray[np.bool] = np.append(present, -1)[places] == wanted
    return found


def _degrees(between: Integers, counts: Integers, nodes: int) -> tuple[Integers, NDArray[np.float64]]:
    """Return the product and the ratio of how many transitions touch source and target."""
    loops = np.where(between[0] == between[1], counts, 0)  # touch their node once
    touching = np.bincount(between.ravel(), np.concatenate([counts, counts - loops]), nodes).astype(np.int64)
    source, target = touching[between]
    return source * target, source / target
