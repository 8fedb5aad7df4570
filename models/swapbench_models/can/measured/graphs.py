"""Graphs, to be timed as they are built: `graphs(rows)` of the frames of one recording, after `prepare(rows)`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.frames.frames import PAYLOAD, Frames
from swapbench_models.can.graphs.build import build
from swapbench_models.can.graphs.graphs import Graphs
from swapbench_models.can.graphs.vocabulary import Vocabulary
from swapbench_models.can.measured.rivals import graph_loop
from swapbench_models.can.windows.windows import Windows

Rows = NDArray[np.float64]
_PERIODS = (0.01, 0.02, 0.05, 0.1)  # seconds, as messages of a vehicle have them


def recording(frames: int, identifiers: int = 40, seed: int = 0) -> tuple[Rows, Any]:
    """Return the rows of a recording (frames, 10), time, identifier and payload, and zeros.

    Each identifier is sent once a period, somewhat early or late; the first byte of a payload counts, the others stay.
    """
    draws = np.random.default_rng(seed)
    ids = draws.choice(1 << 11, identifiers, replace=False)
    periods = draws.choice(_PERIODS, identifiers)
    sent = np.arange(int(frames / sum(1 / periods) / min(_PERIODS)) + 2)[:, None] + draws.uniform(0, 1, identifiers)
    times = (sent + draws.uniform(-0.01, 0.01, sent.shape)) * periods
    payloads = np.repeat(draws.integers(0, 256, (1, identifiers, PAYLOAD)), len(sent), axis=0)
    payloads[..., 0] = np.arange(len(sent))[:, None] % 256
    rows = np.column_stack([times.ravel(), np.tile(ids, len(sent)), payloads.reshape(-1, PAYLOAD)])
    return rows[np.argsort(rows[:, 0])][:frames], np.zeros(frames, dtype=np.int64)


class Vectorised:
    """Many windows at a time."""

    build = staticmethod(build)

    def prepare(self, rows: Rows) -> None:
        """Take the rows for frames, all of them normal."""
        payloads = rows[:, 2:].astype(np.uint8)
        lengths, attacks = np.full(len(rows), PAYLOAD, np.uint8), np.zeros(len(rows), np.int8)
        self.frames = Frames(rows[:, 0].copy(), rows[:, 1].astype(np.int64), lengths, payloads, attacks)
        self.vocabulary = Vocabulary.learned([self.frames])

    def graphs(self, rows: Rows) -> Graphs:
        """Return the graphs of what was prepared."""
        return self.build(Windows((self.frames,)), self.vocabulary)


class Loop(Vectorised):
    """One window at a time, in it one node and one edge at a time."""

    build = staticmethod(graph_loop.build)
