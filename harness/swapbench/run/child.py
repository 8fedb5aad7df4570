"""The child: the process of its own in which one round happens."""

import ctypes
import faulthandler
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from swapbench.base import units, written
from swapbench.base.error import SwapError
from swapbench.plan.suite import Dataset
from swapbench.run import model as models
from swapbench.run.backends import adapter, imported
from swapbench.run.backends.adapter import Adapter
from swapbench.run.births import BirthNotice
from swapbench.run.cache import Cache, read_arrays
from swapbench.run.channel import MUTE, Channel
from swapbench.run.clock import Section, timed
from swapbench.run.data import prepare
from swapbench.run.diagnosis import described
from swapbench.run.folds import split
from swapbench.run.invalid import InvalidError
from swapbench.run.memory_limit import memory_limit
from swapbench.run.request import Request
from swapbench.run.scoring import Scoring
from swapbench.run.speed import Pace
from swapbench.run.subject import Subject, parts_of
from swapbench.run.targets import unusable
from swapbench.run.trace import trace
from swapbench.run.turns import Turns

_PR_SET_PDEATHSIG = 1


def main(channel: Channel, watcher: Channel, pace: Pace) -> None:
    """Serve one request: read it, do it, answer with its outcome."""
    message = channel.receive()
    if message is None:
        return
    _settle_in()
    request = Request.from_dict(message)
    if request.paths:
        os.chdir(request.folder)
        sys.path[:] = request.paths
        os.environ["PYTHONPATH"] = os.pathsep.join(request.paths)
    turns = Turns(channel, request.in_step)
    try:
        answer = {"status": "ok", **_ACTIONS[request.action](request, turns, watcher, pace)}
    except SwapError as error:
        answer = {"status": "failed", "reason": str(error).rstrip("."), "refused": True}
    except InvalidError as error:
        answer = {"status": "invalid", "reason": str(error)}
    except BaseException as error:
        if not channel.open:
            os._exit(MUTE)
        print(trace(error), end="", file=sys.stderr)
        exhausted = any(library.out_of_memory(error) for library in imported(adapter(request.backend.adapter)))
        answer = {"status": "oom" if exhausted else "failed", "reason": described(error)}
    if not channel.open:
        os._exit(MUTE)
    sys.stdout.flush()
    sys.stderr.flush()
    # What a model says may have names of files in it, of which nobody promised that they are text.
    channel.send({"event": "done", **written.plain(answer)})


def _settle_in() -> None:
    """Die with the fork server, leave a Python stack in the output on a crash, and go first when memory runs out."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    faulthandler.enable()
    Path("/proc/self/oom_score_adj").write_text("1000")


def _prepare(request: Request, _turns: Turns, _watcher: Channel, _pace: Pace) -> dict[str, Any]:
    wanted = dict(request.dataset)
    name, data_dir = wanted.pop("name"), wanted.pop("data_dir")
    prepare(name, Dataset(**wanted), data_dir, Path(request.cache), request.data)
    return {}


def _fit(request: Request, turns: Turns, _watcher: Channel, _pace: Pace) -> dict[str, Any]:
    """Fit once and keep the result; a model that cannot be kept says so, and is fitted again in each round."""
    library = _settled(request)
    parts = parts_of(request)
    turns.begin(library.device().lease)
    subject = Subject(request, parts)
    if not models.can_be_kept(subject.model):
        return {"kept": False}
    # Under the lock of the result, so that of several workers who need it one trains and the others wait. Whoever has
    # the machine asks for this lock, never the other way round: else each could wait for what the other has.
    with Cache(Path(request.cache)).building(request.fitted, turns.blocked) as folder:
        if folder is not None:
            subject.fit()
            models.keep(subject.model, folder)
    return {"kept": True}


def _round(request: Request, turns: Turns, watcher: Channel, pace: Pace) -> dict[str, Any]:
    library = _settled(request)
    parts, phase, device = parts_of(request), request.phase, library.device()
    # From here on the model works, on the clock or off it, and whoever else is on the clock would feel it.
    turns.begin(device.lease)
    began = time.perf_counter()
    subject = Subject(request, parts)
    restored = subject.bring()
    set_up_s = time.perf_counter() - began
    section = Section(subject.call(phase), subject.another, set_up_s, phase["warmups"], phase["repeats"], request.short)
    births = BirthNotice(watcher)
    with memory_limit(request.memory_limit):
        result, sample = timed(section, births, device, pace, request.cpus, turns)
        turns.end()
    predicted = result if phase["name"] == "predict" else None
    answer = {
        "sample": asdict(sample),
        "restored": restored,
        "device": device.name,
        "parameters": models.parameter_count(subject.model),
        **{name: models.said(subject.model, name) for name in ("batch_size", "epochs")},
        **(Scoring(request, subject, predicted).answer() if phase["scored"] else {}),
    }
    if phase["name"] == "fit" and models.can_be_kept(subject.model):
        Cache(Path(request.cache)).make(request.fitted, partial(models.keep, subject.model), turns.blocked)
    return answer


def _score(request: Request, turns: Turns, _watcher: Channel, _pace: Pace) -> dict[str, Any]:
    """Train under the request's seed and score, off the clock; nothing is kept."""
    library = _settled(request)
    parts, phase = parts_of(request), request.phase
    turns.begin(library.device().lease)
    subject = Subject(request, parts)
    subject.bring()
    result = subject.call(phase)()
    turns.end()
    return Scoring(request, subject, result if phase["name"] == "predict" else None).answer()


def _settled(request: Request) -> Adapter:
    """Fix threads, deterministic flags and seeds before the first numeric call; return what knows the library."""
    library = adapter(request.backend.adapter)
    library.settle(request.threads)
    library.seed(request.drawn_from)
    return library


def _resolve(request: Request, _turns: Turns, _watcher: Channel, _pace: Pace) -> dict[str, Any]:
    wrong = unusable(request.targets)
    if wrong is not None:
        raise SwapError(wrong)
    return {}


def _split(request: Request, _turns: Turns, _watcher: Channel, _pace: Pace) -> dict[str, Any]:
    arrays = read_arrays(Path(request.cache) / request.data)
    given = arrays["X"], arrays["y"], arrays.get("groups")
    try:
        split(request.split, *given, request.folds, request.seed)
    except Exception as error:
        why = f": {error}" if isinstance(error, SwapError) else f", {described(error)}"
        raise SwapError(f"it cannot be split into {units.counted(request.folds, 'fold')}{why}") from error
    return {}


_ACTIONS: dict[str, Callable[[Request, Turns, Channel, Pace], dict[str, Any]]] = {
    "prepare": _prepare,
    "fit": _fit,
    "round": _round,
    "score": _score,
    "resolve": _resolve,
    "split": _split,
}


if __name__ == "__main__":  # a spawned child: the descriptors of its two channels are its arguments
    import socket

    asker, watcher = (Channel(socket.socket(fileno=int(fd))) for fd in sys.argv[1:3])
    main(asker, watcher, Pace())
