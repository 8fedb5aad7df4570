"""The command `graphs`: logs as graphs, how large these are and how long they take."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swapbench_models.arguments import at_least
from swapbench_models.can.command.arguments import add_form, tell
from swapbench_models.error import FamilyError

if TYPE_CHECKING:
    from swapbench_models.can.graphs.graphs import Graphs
    from swapbench_models.can.windows.windows import Windows

_NOTHING = 2  # the status where nothing came of it


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add graphs."""
    parser = commands.add_parser("graphs", help="make graphs of logs, and say how large they are")
    parser.set_defaults(command=_graphs)
    parser.add_argument("logs", type=Path, nargs="+", metavar="LOG", help="files of frames")
    parser.add_argument("--window", type=at_least(2), default=100, metavar="N", help="frames of each (default: 100)")
    parser.add_argument("--stride", type=at_least(1), metavar="N", help="frames from one to the next (default: window)")
    add_form(parser)
    parser.add_argument("--counting", action="store_true", help="count damaged lines and go on, instead of stopping")
    parser.add_argument("--json", action="store_true", help="print JSON, an object a line for each log")
    parser.add_argument("--each", action="store_true", help="before that, one a line for each graph")


def _graphs(options: argparse.Namespace) -> int:
    done = 0
    for log in options.logs:
        try:
            _tell_of(log, options)
            done += 1
        except FamilyError as error:  # of one log of several, of which the others go on
            tell(str(error))
    return 0 if done == len(options.logs) else int(bool(done)) or _NOTHING


def _tell_of(log: Path, options: argparse.Namespace) -> None:
    import numpy as np

    from swapbench_models.can.frames.reading import read
    from swapbench_models.can.graphs.build import build
    from swapbench_models.can.graphs.vocabulary import Vocabulary
    from swapbench_models.can.windows.windows import Windows

    recording = read(log, options.form, strict=not options.counting)
    windows = Windows((recording.frames,), options.window, options.stride or options.window)
    vocabulary = Vocabulary(tuple(np.unique(recording.frames.ids).tolist()))
    began = time.perf_counter()
    graphs = build(windows, vocabulary)
    seconds = time.perf_counter() - began
    for reason in recording.reasons:
        tell(reason)
    if options.each:
        sys.stdout.writelines(f"{json.dumps(each)}\n" for each in _each(windows, graphs))
    count = len(graphs)
    summary = {
        "log": str(log),
        "frames": len(recording.frames),
        "identifiers": len(vocabulary) - 1,
        "skipped": recording.skipped,
        "windows": count,
        "nodes": len(graphs.ids) / count if count else None,
        "edges": graphs.edges.shape[1] / count if count else None,
        "ms_per_window": 1000 * seconds / count if count else None,
    }
    print(json.dumps(summary) if options.json or options.each else _sentence(summary, options))


def _each(windows: "Windows", graphs: "Graphs") -> Iterator[dict[str, Any]]:
    import numpy as np

    nodes, edges = np.diff(graphs.node_starts).tolist(), np.diff(graphs.edge_starts).tolist()
    attacks = windows.frames.attacks[windows.places]
    labels = np.where((attacks == -1).any(axis=1), -1, attacks.any(axis=1)).tolist()
    times = windows.frames.times[windows.first].tolist()
    for number, (many, between, at, label) in enumerate(zip(nodes, edges, times, labels, strict=True)):
        attack = None if label == -1 else bool(label)
        yield {"window": number, "time_s": at, "nodes": many, "edges": between, "attack": attack}


def _sentence(summary: dict[str, Any], options: argparse.Namespace) -> str:
    skipped = f", {summary['skipped']} damaged lines left out" if summary["skipped"] else ""
    frames = f"{summary['log']}: {summary['frames']} frames of {summary['identifiers']} identifiers{skipped}"
    if not summary["windows"]:
        return f"{frames}: too few for a window of {options.window}, and so no graph."
    size = f"{summary['nodes']:.1f} nodes and {summary['edges']:.1f} edges on average"
    return f"{frames}: {summary['windows']} graphs, {size}, {summary['ms_per_window']:.3f} ms each."
