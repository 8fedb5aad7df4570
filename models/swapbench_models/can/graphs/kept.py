"""Kept: graphs that were built already, by what the recordings hold and not by where they lie.

A folder of one file for the graphs of some windows. Processes share it: two that begin at once both build, and write
the same.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np

from swapbench_models import npz, reading
from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.graphs.build import build
from swapbench_models.can.graphs.graphs import EDGE_FEATURES, NODE_FEATURES, Graphs, Integers
from swapbench_models.can.graphs.vocabulary import Vocabulary
from swapbench_models.can.windows.windows import Windows
from swapbench_models.writing import write

_CAN = Path(__file__).parents[1]
_NAMES = tuple(field.name for field in fields(Graphs))
_SEAL = 64  # characters of SHA-256


@dataclass(frozen=True)
class Kept:
    """Graphs kept in a folder, which is made."""

    folder: Path

    def graphs(self, windows: Windows, vocabulary: Vocabulary) -> Graphs:
        """Return what `build` makes of windows, which it is asked for where nothing is kept, or what is kept is
        damaged.

        Raises CanError as `build` does, and FamilyError where the graphs cannot be kept.
        """
        place = self.place(windows, vocabulary)
        kept = _read(place, len(vocabulary))
        if kept is not None:
            return kept
        built = build(windows, vocabulary)
        _keep(place, built)
        return built

    def place(self, windows: Windows, vocabulary: Vocabulary) -> Path:
        """Return the file in which their graphs are kept: all that decides what these are is in its name."""
        asked = {
            "recordings": [_content(each) for each in windows.recordings],
            "window": [windows.size, windows.stride],
            "vocabulary": vocabulary.digest,
            "code": _code(),
        }
        return self.folder / f"{_digest(json.dumps(asked, sort_keys=True).encode())}.graphs"


def _content(frames: Frames) -> str:
    """Return a digest of what graphs are made of, or refused for."""
    digest = hashlib.sha256(str(len(frames)).encode())
    for values in (frames.times, frames.ids, frames.payloads):
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


@cache
def _code() -> str:
    """Return a digest of the files that say what a graph is."""
    files = [_CAN / "frames" / "frames.py", _CAN / "windows" / "windows.py", *sorted((_CAN / "graphs").glob("*.py"))]
    return _digest(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files))


def _keep(place: Path, graphs: Graphs) -> None:
    body = BytesIO()
    np.savez(body, **{name: getattr(graphs, name) for name in _NAMES})
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CanError(f"{place.parent}: cannot be made ({error.strerror}); give another folder.") from error
    write(place, _digest(body.getvalue()).encode() + body.getvalue())


def _read(place: Path, known: int) -> Graphs | None:
    """Return what is kept, with so many identifiers, or None where nothing is, or something else than was written."""
    try:
        content = memoryview(reading.read(place, reading.MODEL))
    except OSError:
        return None
    seal, body = bytes(content[:_SEAL]), content[_SEAL:]
    if seal != _digest(body).encode():
        return None
    try:
        found = npz.arrays(body)
        graphs = Graphs(*(found[name] for name in _NAMES))
    except (ValueError, KeyError):
        return None
    return graphs if _sound(graphs, known) else None


def _sound(graphs: Graphs, known: int) -> bool:
    """Tell whether arrays are of one kind with graphs and with each other: a network would take what is beyond an array
    for what is in it."""
    nodes, edges = len(graphs.ids), graphs.edges.shape[-1]
    shapes = {
        "ids": (nodes,),
        "features": (nodes, len(NODE_FEATURES)),
        "edges": (2, edges),
        "edge_features": (edges, len(EDGE_FEATURES)),
    }
    kinds = {name: np.float32 if name.endswith("features") else np.int64 for name in _NAMES}
    if any(getattr(graphs, name).dtype != kind for name, kind in kinds.items()):
        return False
    if any(getattr(graphs, name).shape != shape for name, shape in shapes.items()):
        return False
    within = _within(graphs.ids, known) and _within(graphs.edges, nodes)
    return within and _leads(graphs.node_starts, nodes) and _leads(graphs.edge_starts, edges)


def _within(places: Integers, count: int) -> bool:
    return not places.size or (int(places.min()) >= 0 and int(places.max()) < count)


def _leads(starts: Integers, count: int) -> bool:
    """Tell whether stretches begin at the first place, one after the other, and end after the last."""
    if starts.ndim != 1 or not starts.size or starts[0] != 0 or starts[-1] != count:
        return False
    return bool((np.diff(starts) >= 0).all())


def _digest(content: bytes | memoryview) -> str:
    return hashlib.sha256(content).hexdigest()
