"""The command `watch`: a trained detector goes with a bus, or with a log as it is written, and tells of its alarms."""

import argparse
import json
import math
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from swapbench_models.can.catalogue import OPENING_S
from swapbench_models.can.command.arguments import add_form, add_models, counted, factory, require_name, tell
from swapbench_models.can.error import CanError
from swapbench_models.can.runs.plan import TRAINED
from swapbench_models.threads import keep_to_threads

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from swapbench_models.can.frames.frames import Frames
    from swapbench_models.can.frames.reading import Stream
    from swapbench_models.can.frames.skipped import Skipped
    from swapbench_models.can.live.watch import Judged


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add watch."""
    parser = commands.add_parser(
        "watch",
        help="judge a bus, or a log as it is written, window by window",
        description="Alarms are printed as they are raised, with how long after its last frame was read a window was "
        "judged: of a bus or a pipe when it came, of a file when the block that it is in was read. The model is taken "
        "as its record says that it was trained.",
    )
    parser.set_defaults(command=_watch, interrupted="")
    parser.add_argument("log", nargs="?", metavar="LOG", help="a log of frames, or - for standard input (candump -L)")
    parser.add_argument(
        "--interface", metavar="NAME", help="a bus instead, of a kind that python-can knows (socketcan)"
    )
    parser.add_argument("--channel", metavar="NAME", help="which of them (can0)")
    parser.add_argument("--seconds", type=_seconds, metavar="S", help="how long a bus is watched (default: for ever)")
    parser.add_argument("-d", "--dataset", required=True, metavar="NAME", help="what the model was trained on")
    parser.add_argument("-m", "--model", required=True, choices=TRAINED, help="which model")
    add_models(parser)
    add_form(parser)
    parser.add_argument("--every", action="store_true", help="print windows without an alarm too")
    parser.add_argument("--json", action="store_true", help="print JSON, an object a line")


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < (value := float(text)) < math.inf:
            return value
    raise argparse.ArgumentTypeError(f"expected a time above 0 in seconds, found {text!r}")


def _watch(options: argparse.Namespace) -> int:
    keep_to_threads(1)  # what is judged at a time is too little to share out
    from swapbench_models.can.live.watch import watch
    from swapbench_models.can.runs.folder import Folder
    from swapbench_models.can.runs.trained import trained

    _require_one(options)
    require_name(options.dataset)
    found = trained(Folder(options.models), options.model, options.dataset, factory(options))
    seen = _Seen()
    with closing(_watched(options)) as watched:
        try:
            for judged in watch(watched, found.detector, OPENING_S[found.configuration.profile]):
                seen.add(judged)
                if judged.alarm or options.every:
                    print(_as_json(judged) if options.json else _sentence(judged), flush=True)
        except KeyboardInterrupt:  # which is how most end it
            tell(f"{seen}{watched.left_out}")
            raise
    tell(f"{seen}{watched.left_out}")
    return 0


def _require_one(options: argparse.Namespace) -> None:
    """Raise CanError where what is watched is not said, or said twice."""
    if (options.log is None) == (options.interface is None):
        raise CanError("Give either a log, - for standard input, or --interface and --channel.")
    if options.interface is not None and options.channel is None:
        raise CanError(f"--interface {options.interface}: give its --channel too.")
    if options.log is not None and (options.channel is not None or options.seconds is not None):
        raise CanError("--channel and --seconds are of a bus, and a log is given; give --interface in its place.")


def _watched(options: argparse.Namespace) -> "_Watched":
    if options.interface is not None:
        from swapbench_models.can.live.bus import received

        return _Watched(received(options.interface, options.channel, options.seconds))
    from swapbench_models.can.frames.reading import stream

    log = stream(sys.stdin.buffer if options.log == "-" else Path(options.log), options.form, strict=False)
    return _Watched(log, log.skipped)


class _Watched:
    """Frames as they come; of a log the first reasons for which lines are left out are told as these come."""

    def __init__(self, parts: "Stream | Generator[Frames, None, None]", skipped: "Skipped | None" = None) -> None:
        self._parts, self._skipped, self._told = parts, skipped, 0

    def __iter__(self) -> "Iterator[Frames]":
        for part in self._parts:
            self._tell()
            yield part
        self._tell()  # of what came after the last frame

    def _tell(self) -> None:
        reasons = self._skipped.reasons if self._skipped else []
        for reason in reasons[self._told :]:
            tell(f"{reason} (left out)")
        self._told = len(reasons)

    def close(self) -> None:
        """Let go of the log or the bus."""
        self._parts.close()

    @property
    def left_out(self) -> str:
        """Say how many lines were left out, where any were."""
        count = self._skipped.count if self._skipped else 0
        return f" {counted(count, 'damaged line')} left out." if count else ""


@dataclass
class _Seen:
    """How many windows were judged, how many with an alarm, and how long the slowest took."""

    windows: int = 0
    alarms: int = 0
    slowest_s: float = 0.0

    def add(self, judged: "Judged") -> None:
        self.windows += 1
        self.alarms += judged.alarm
        self.slowest_s = max(self.slowest_s, judged.latency_s)

    def __str__(self) -> str:
        from swapbench_models.can.windows.windows import SIZE

        if not self.windows:
            return f"0 windows of {SIZE} frames."
        slowest = f"the slowest took {1000 * self.slowest_s:.1f} ms after its last frame was read"
        return f"{counted(self.windows, 'window')}, {counted(self.alarms, 'alarm')}; {slowest}."


def _sentence(judged: "Judged") -> str:
    said = "ALARM" if judged.alarm else "quiet"
    window = f"window {judged.number}, {judged.first:.6f} to {judged.last:.6f} s"
    return f"{said}  {window}: score {judged.score:.4f}, {1000 * judged.latency_s:.1f} ms after its last frame"


def _as_json(judged: "Judged") -> str:
    return json.dumps(
        {
            "window": judged.number,
            "first_s": judged.first,
            "last_s": judged.last,
            "score": judged.score,
            "alarm": judged.alarm,
            "latency_ms": 1000 * judged.latency_s,
        }
    )
