"""Nodes: the identifiers of each window, and what its frames say of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.graphs.graphs import NODE_FEATURES, Features, Integers, starts_of

_FULL = 255  # the largest value of a byte


@dataclass(frozen=True)
class Nodes:
    """The nodes of B windows, those of one together and in the order of their `identifiers` (N,); those of window b
    begin at `starts[b]` (B + 1,).

    `of_frames` (B, size + 1) is the node of each frame of a window and of the one after it; where a recording ends with
    the window, its last frame stands there again.
    """

    identifiers: Integers
    features: Features
    starts: Integers
    of_frames: Integers


def nodes_of(frames: Frames, first: Integers, followed: Integers, size: int) -> Nodes:
    """Return the nodes of windows of `size` frames that begin at these places (B,), of which so many (B,) are followed
    by another frame of their recording: all, or all but the last."""
    width, bits = size + 1, size.bit_length()
    places = first[:, None] + np.minimum(np.arange(width), followed[:, None])
    # One number holds identifier and position, so that sorting each window sorts its frames by both.
    order = np.sort(frames.ids[places] << bits | np.arange(width), axis=1)
    identifiers, positions = (order >> bits).ravel(), order & ((1 << bits) - 1)
    begins = np.ones((len(first), width), bool)
    begins[:, 1:] = np.diff(order >> bits, axis=1) != 0
    starts = np.flatnonzero(begins)
    of_frames = np.empty_like(places)
    np.put_along_axis(of_frames, positions, (np.cumsum(begins) - 1).reshape(begins.shape), axis=1)
    node_starts = starts_of(begins.sum(axis=1))
    is_source = positions < followed[:, None]
    payloads = frames.payloads[np.take_along_axis(places, positions, axis=1)] * is_source[..., None]
    features = _features(positions * is_source, is_source, payloads, starts, node_starts)
    return Nodes(identifiers[starts], features, node_starts, of_frames)


def _features(
    positions: Integers,
    is_source: NDArray[np.bool],
    payloads: NDArray[np.uint8],
    starts: Integers,
    node_starts: Integers,
) -> Features:
    """Return NODE_FEATURES of frames that are sorted by nodes, with zeros for those that are no source."""
    size = positions.shape[1] - 1
    counts = np.add.reduceat(is_source.ravel(), starts, dtype=np.int64)
    sums = np.add.reduceat(payloads.reshape(-1, payloads.shape[-1]), starts, axis=0, dtype=np.int64)
    least, most = (each.reduceat(counts, node_starts[:-1]) for each in (np.minimum, np.maximum))
    range_, least = (np.repeat(each, np.diff(node_starts)) for each in (np.maximum(most - least, 1), least))
    features = np.empty((len(starts), len(NODE_FEATURES)), np.float32)
    features[:, :8] = sums / (_FULL * np.maximum(counts, 1))[:, None]
    features[:, 8] = (counts - least) / range_
    features[:, 9] = np.maximum.reduceat(positions.ravel(), starts) / (size - 1)
    return features
