"""Graphs as they are commonly built: one window at a time, and in it one node and one edge at a time."""

import math
from typing import Any

import numpy as np

from swapbench_models.can.graphs.graphs import Graphs
from swapbench_models.can.graphs.vocabulary import Vocabulary
from swapbench_models.can.windows.windows import Windows


def build(windows: Windows, vocabulary: Vocabulary) -> Graphs:
    """Return a graph for each window, which is what `graphs.build` says it is."""
    index = {identifier: place for place, identifier in enumerate(vocabulary.identifiers)}
    parts = []
    for recording in windows.recordings:
        for start in range(0, len(recording) - windows.size + 1, windows.stride):
            ids = recording.ids[start : start + windows.size + 1]
            parts.append(_graph(ids, recording.payloads[start : start + windows.size], windows.size, index))
    return Graphs.joined(parts)


def _graph(ids: Any, payloads: Any, size: int, index: dict[int, int]) -> Graphs:
    source, target = ids[:-1], ids[1:]
    nodes = np.unique(ids).tolist()
    place = {identifier: number for number, identifier in enumerate(nodes)}
    edges = sorted(set(zip(source.tolist(), target.tolist(), strict=True)))
    return Graphs(
        np.array([index.get(identifier, len(index)) for identifier in nodes]),
        _node_features(source, payloads[: len(source)], nodes, size),
        np.array([[place[one], place[other]] for one, other in edges]).T,
        np.array([_edge_features(source, target, one, other, size) for one, other in edges], np.float32),
        np.array([0, len(nodes)]),
        np.array([0, len(edges)]),
    )


def _node_features(source: Any, payloads: Any, nodes: list[int], size: int) -> Any:
    features = np.zeros((len(nodes), 10))
    counts = np.zeros(len(nodes))
    for number, identifier in enumerate(nodes):
        at = source == identifier
        counts[number] = at.sum()
        if counts[number]:
            features[number, :8] = payloads[at].sum(axis=0) / (255 * at.sum())
            features[number, 9] = np.where(at)[0][-1] / (size - 1)
    if counts.max() > counts.min():
        features[:, 8] = (counts - counts.min()) / (counts.max() - counts.min())
    return features.astype(np.float32)


def _edge_features(source: Any, target: Any, one: int, other: int, size: int) -> list[float]:
    positions = np.where((source == one) & (target == other))[0]
    count = len(positions)
    mean, deviation, regularity = 0.0, 0.0, 0.0
    if count > 1:
        intervals = np.diff(positions).tolist()
        mean = sum(intervals) / (count - 1)
        # In integers, which have one sum in whatever order.
        squares = (count - 1) * sum(each * each for each in intervals) - sum(intervals) ** 2
        deviation = math.sqrt(squares) / (count - 1)
        regularity = 1 / (1 + deviation) if deviation > 0 else 1.0
    first, last = positions[0], positions[-1]
    back = np.any((source == other) & (target == one))
    degree, other_degree = (int(np.sum((source == each) | (target == each))) for each in (one, other))
    return [
        count,
        count / size,
        mean,
        deviation,
        regularity,
        first / size,
        last / size,
        (last - first) / size,
        float(back),
        degree * other_degree,
        degree / other_degree,
    ]
