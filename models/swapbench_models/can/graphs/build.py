"""Build: the graphs of windows, many windows at a time."""

import numpy as np

from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.graphs.edges import edges_of
from swapbench_models.can.graphs.graphs import Graphs, Integers
from swapbench_models.can.graphs.nodes import nodes_of
from swapbench_models.can.graphs.vocabulary import Vocabulary
from swapbench_models.can.windows.windows import Windows

_BLOCK = 1 << 16  # frames that are worked on at a time: what is made of them stays near the processor
_LARGEST = 1 << 20  # frames of a window: source, target and position of a transition are one integer of 64 bits
_IDS = 1 << 32


def build(windows: Windows, vocabulary: Vocabulary) -> Graphs:
    """Return a graph for each window, of what its frames and the frame after it are.

    A node is an identifier, known to the vocabulary or not; an edge leads from it to that of the next frame of the
    recording, so the last frame of a window leads to the first frame after it. The last frame of a recording has none
    after it, and leads nowhere. Frames that lead to another are a node's own; a node without any has zeros.

    Of a node: the mean of each payload byte over its frames, as shares of 255; how many frames it has, from 0 for the
    node of its window with the fewest to 1 for that with the most (0 where all have as many); the position of its last
    frame, from 0 to 1 for the window's last.

    Of an edge: how often it occurs, and that as a share of the window's size; mean and standard deviation (of the
    population) of the intervals between its occurrences, in frames; regularity, 1 / (1 + that deviation), 0 where it
    occurs once; the positions of its first and its last occurrence and their difference, as shares of the window's
    size; 1 where an edge leads back; the product and the ratio of the degrees of its source and its target, which are
    the occurrences of edges that touch them.

    Raises CanError for a time that is no number, for an identifier that none can have and for windows of more than a
    million frames. The features are those of DQN-Fusion (Frenken et al., arXiv 2508.04845) without the identifier.
    """
    _check(windows)
    followed = _followed(windows)
    step = max(1, _BLOCK // windows.size)
    blocks = [slice(start, start + step) for start in range(0, len(windows), step)]
    return Graphs.joined(
        [_block(windows.frames, windows.first[at], followed[at], windows.size, vocabulary) for at in blocks]
    )


def _block(frames: Frames, first: Integers, followed: Integers, size: int, vocabulary: Vocabulary) -> Graphs:
    nodes = nodes_of(frames, first, followed, size)
    edges = edges_of(nodes, followed, size)
    ids = vocabulary.indices(nodes.identifiers)
    return Graphs(ids, nodes.features, edges.between, edges.features, nodes.starts, edges.starts)


def _followed(windows: Windows) -> Integers:
    """Return how many frames of each window (n,) another frame of the recording comes after."""
    ends = np.cumsum([len(each) for each in windows.recordings], dtype=np.int64)[windows.recording]
    followed: Integers = np.minimum(windows.size, ends - 1 - windows.first)
    return followed


def _check(windows: Windows) -> None:
    if windows.size > _LARGEST:
        raise CanError(f"window {windows.size}: graphs are made of windows of {_LARGEST} frames at most; give fewer.")
    for number, each in enumerate(windows.recordings, 1):
        for what, values, wrong in (
            ("time", each.times, ~np.isfinite(each.times)),
            ("identifier", each.ids, (each.ids < 0) | (each.ids >= _IDS)),
        ):
            if wrong.any():
                place = int(wrong.argmax())
                raise CanError(
                    f"Recording {number} of {len(windows.recordings)}, frame {place + 1}: {values[place]} is no {what};"
                    " leave the frame out, or the recording."
                )
