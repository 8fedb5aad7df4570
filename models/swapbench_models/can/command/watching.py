"""The command `watch`: a trained detector goes with a bus, or with a log as it is written, and tells of its alarms."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from swapbench_models.can.catalogue import OPENING_S
from swapbench_models.can.command.arguments import add_configuration, add_models, asked, factory, tell
from swapbench_models.can.error import CanError, DependencyError
from swapbench_models.can.runs.plan import TRAINED, Training
from swapbench_models.threads import keep_to_threads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from swapbench_models.can.detector.detector import Detector
    from swapbench_models.can.frames.frames import Frames
    from swapbench_models.can.live.watch import Judged


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add watch."""
    parser = commands.add_parser(
        "watch",
        help="judge a bus, or a log as it is written, window by window",
        description="Alarms are printed as they are raised, with how long after its last frame a window was judged.",
    )
    parser.set_defaults(command=_watch, interrupted="")
    parser.add_argument("log", nargs="?", metavar="LOG", help="a log of frames, or - for standard input (candump -L)")
    parser.add_argument(
        "--interface", metavar="NAME", help="a bus instead, of a kind that python-can knows (socketcan)"
    )
    parser.add_argument("--channel", metavar="NAME", help="which of them (can0)")
    parser.add_argument("--seconds", type=float, metavar="S", help="how long a bus is watched (default: for ever)")
    parser.add_argument("-d", "--dataset", required=True, metavar="NAME", help="what the model was trained on")
    parser.add_argument("-m", "--model", required=True, choices=TRAINED, help="which model")
    parser.add_argument("--form", default="auto", help="in which a log is written (default: as it begins)")
    parser.add_argument("--every", action="store_true", help="print windows without an alarm too")
    parser.add_argument("--json", action="store_true", help="print JSON, an object a line")
    add_models(parser)
    add_configuration(parser)


def _watch(options: argparse.Namespace) -> int:
    keep_to_threads(1)  # what is judged at a time is too little to share out
    from swapbench_models.can.live.watch import watch

    parts = _parts(options)
    detector = _detector(options)
    windows = alarms = 0
    slowest = 0.0
    for judged in watch(parts, detector, OPENING_S[options.profile]):
        windows, alarms = windows + 1, alarms + judged.alarm
        slowest = max(slowest, judged.latency_s)
        if judged.alarm or options.every:
            print(_as_json(judged) if options.json else _sentence(judged), flush=True)
    tell(f"{windows} windows, {alarms} alarms; the slowest took {1000 * slowest:.1f} ms after its last frame was read.")
    return 0


def _parts(options: argparse.Namespace) -> "Iterable[Frames]":
    """Return what is watched; raises CanError where it is not said, or said twice."""
    if (options.log is None) == (options.interface is None):
        raise CanError("Give either a log, - for standard input, or --interface and --channel.")
    if options.interface is not None:
        from swapbench_models.can.live.bus import received

        if options.channel is None:
            raise CanError(f"--interface {options.interface}: give its --channel too.")
        return received(options.interface, options.channel, options.seconds)
    from swapbench_models.can.frames.reading import stream

    return stream(sys.stdin.buffer if options.log == "-" else Path(options.log), options.form, strict=False)


def _detector(options: argparse.Namespace) -> "Detector":
    """Return the model that was trained; raises FamilyError where there is none, or not as it is asked for."""
    from swapbench_models.can.runs.configuration import changes
    from swapbench_models.can.runs.standing import damaged, found_of

    fit = asked(options).fit(Training(options.dataset, options.model))
    found = found_of(fit)
    if found is None or damaged(fit, found):
        raise DependencyError(f"{fit.file}: there is no such model, or it is damaged; train it first.")
    other = changes(fit.configured(), found.configuration)
    if other:
        raise DependencyError(f"{fit.file}: was trained with {', '.join(other)}; give the same.")
    how = fit.configuration
    on = {name: need.file for name, need in fit.needs.items()}
    made = factory(options)(fit.row, profile=how.profile, seed=how.seed, architecture=how.architecture, on=on)
    made.load_fitted(fit.file)
    return made


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
