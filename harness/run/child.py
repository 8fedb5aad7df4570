"""The child: the process of its own in which one round happens."""

import ctypes
import faulthandler
import hashlib
import os
import re
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from harness.plan.error import SwapError
from harness.plan.suite import Dataset
from harness.plan.target import resolve
from harness.run import model as models
from harness.run.cache import Cache, read_arrays
from harness.run.channel import Channel
from harness.run.clock import timed
from harness.run.data import prepare
from harness.run.descendants import Herald
from harness.run.device import device_of
from harness.run.environment import settle
from harness.run.examples import pack
from harness.run.folds import split
from harness.run.probes import status_bytes
from harness.run.request import Request
from harness.run.speed import Pace

_OUT_OF_MEMORY = re.compile(r"\bout of memory\b|can't allocate memory|bad_alloc|\bOOM when allocating\b", re.IGNORECASE)
_FLOP_EXAMPLES = 2
_PR_SET_PDEATHSIG = 1


class InvalidError(Exception):
    """The model ran to its end, but what it predicts is not made of finite numbers."""


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
    try:
        answer = {"status": "ok", **_ACTIONS[request.action](request, channel, watcher, pace)}
    except SwapError as error:
        answer = {"status": "failed", "reason": str(error), "refused": True}
    except InvalidError as error:
        answer = {"status": "invalid", "reason": str(error)}
    except BaseException as error:
        traceback.print_exc()
        told = [type(error).__name__, *str(error).strip().rstrip(".").splitlines()[:1]]
        answer = {"status": "oom" if _is_out_of_memory(error) else "failed", "reason": ": ".join(told)}
    sys.stdout.flush()
    sys.stderr.flush()
    channel.send({"event": "done", **answer})


def _settle_in() -> None:
    """Die with the fork server, leave a Python stack in the output on a crash, and go first when memory runs out."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    faulthandler.enable()
    Path("/proc/self/oom_score_adj").write_text("1000")


def _prepare(request: Request, _channel: Channel, _watcher: Channel, _pace: Pace) -> dict[str, Any]:
    wanted = dict(request.dataset)
    name, data_dir = wanted.pop("name"), wanted.pop("data_dir")
    prepare(name, Dataset(**wanted), data_dir, Path(request.cache), request.data)
    return {}


def _fit(request: Request, channel: Channel, _watcher: Channel, _pace: Pace) -> dict[str, Any]:
    """Fit once and keep the result; a model that cannot be kept says so, and is fitted again in each round."""
    bench = _Bench(request)
    if not models.can_be_kept(bench.model):
        return {"kept": False}
    _wait(channel, "ready")
    bench.call("fit", "train", labels=True)()
    Cache(Path(request.cache)).make(request.fitted, partial(models.keep, bench.model))
    return {"kept": True}


def _round(request: Request, channel: Channel, watcher: Channel, pace: Pace) -> dict[str, Any]:
    bench = _Bench(request)
    phase = request.phase
    restored = bench.bring(phase["after"]) if phase["after"] else None
    device = device_of(request.backend)
    call = bench.call(phase["name"], phase["part"], phase["labels"])
    herald = Herald(watcher)
    _limit_memory(request.memory_limit)
    turn = partial(_wait, channel, "ready")
    turn()
    result, sample = timed(
        call, herald, device, pace, request.cpus, phase["warmups"], phase["repeats"], turn if request.in_step else None
    )
    _wait(channel, "timed")
    _limit_memory(None)
    answer = {
        "sample": asdict(sample),
        "restored": restored,
        "device": device.name,
        "parameters": models.parameter_count(bench.model),
        "batch_size": models.batch_size(bench.model),
        **(bench.scores(result if phase["name"] == "predict" else None) if phase["scored"] else {}),
    }
    if phase["name"] == "fit" and models.can_be_kept(bench.model):
        Cache(Path(request.cache)).make(request.fitted, partial(models.keep, bench.model))
    return answer


_ACTIONS: dict[str, Callable[[Request, Channel, Channel, Pace], dict[str, Any]]] = {
    "prepare": _prepare,
    "fit": _fit,
    "round": _round,
}


class _Bench:
    """One model with its fold of the data, ready to be called."""

    def __init__(self, request: Request) -> None:
        self._request = request
        settle(request.backend, request.threads, request.seed)
        arrays = read_arrays(Path(request.cache) / request.data)
        X, y, groups = arrays["X"], arrays["y"], arrays.get("groups")
        train, test = split(request.split, X, y, groups, request.folds, request.fold, request.seed)
        self._parts = {"train": (X[train], y[train]), "test": (X[test], y[test])}
        if request.phase.get("part") == "all":
            self._parts["all"] = (X, y)
        self.model = models.build(request.factory, request.spec, request.seed)

    def call(self, name: str, part: str, labels: bool) -> Any:
        X, y = self._parts[part]
        return partial(models.method(self.model, name, self._request.factory), *((X, y) if labels else (X,)))

    def bring(self, phase: str) -> bool:
        """Bring the model to where the phase begins: restored from the cache, or fitted here. Tells which."""
        cache = Cache(Path(self._request.cache))
        if phase == "fit" and models.can_be_kept(self.model) and cache.has(self._request.fitted):
            models.restore(self.model, cache.entry(self._request.fitted))
            return True
        self.call(phase, "train" if phase == "fit" else "test", phase == "fit")()
        return False

    def scores(self, predicted: Any) -> dict[str, Any]:
        """Score the fitted model on the test part; `predicted` are its labels when the phase made them already."""
        import numpy as np

        X, truth = self._parts["test"]
        labels = np.asarray(self.model.predict(X) if predicted is None else predicted)
        _finite("predictions", labels)
        given: dict[str, Any] = {"labels": labels, "model": self.model}
        if any(metric["of"] == "probabilities" for metric in self._request.metrics):
            given["probabilities"] = np.asarray(models.method(self.model, "predict_proba", self._request.factory)(X))
            _finite("probabilities", given["probabilities"])
        if len(labels) != len(truth):
            raise InvalidError(f"it predicts {len(labels)} labels for {len(truth)} examples")
        scores = {m["name"]: float(resolve(m["function"])(truth, given[m["of"]])) for m in self._request.metrics}
        for name, value in scores.items():
            _finite(f"score {name}", np.asarray(value))
        whole = np.ascontiguousarray(given.get("probabilities", labels))
        each = {
            m["name"]: pack(resolve(m["each"])(truth, given[m["of"]])) for m in self._request.metrics if m.get("each")
        }
        return {
            "scores": scores,
            "examples": each,
            "train_examples": len(self._parts["train"][1]),
            "test_examples": len(truth),
            "predictions_sha256": hashlib.sha256(whole.tobytes()).hexdigest(),
            "flops_per_example": models.flops_per_example(self.model, X[:_FLOP_EXAMPLES], self._request.backend),
        }


def _wait(channel: Channel, event: str) -> None:
    """Say how far this child is, and wait to be let on."""
    channel.send({"event": event})
    if channel.receive() is None:
        os._exit(1)


def _finite(what: str, values: Any) -> None:
    import numpy as np

    if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
        bad = values.size - int(np.isfinite(values).sum())
        raise InvalidError(f"its {what} hold {bad} of {values.size} values that are not finite numbers")


def _limit_memory(limit: int | None) -> None:
    """Let this process grow by `limit` bytes of private memory, or lift the limit.

    RLIMIT_DATA rather than RLIMIT_AS: the latter counts address space that numeric libraries reserve and never use.
    """
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    soft = hard if limit is None else status_bytes("self", "VmData") + limit
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _is_out_of_memory(error: BaseException) -> bool:
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"MemoryError", "OutOfMemoryError", "ResourceExhaustedError"}:
        return True
    return isinstance(error, RuntimeError) and bool(_OUT_OF_MEMORY.search(str(error)))


if __name__ == "__main__":  # a spawned child: the descriptors of its two channels are its arguments
    import socket

    asker, watcher = (Channel(socket.socket(fileno=int(fd))) for fd in sys.argv[1:3])
    main(asker, watcher, Pace())
