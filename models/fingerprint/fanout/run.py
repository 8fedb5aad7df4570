"""Runs: an arm from the files to the models in their store, each time from nothing."""

import hashlib
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.fingerprint import schema
from models.fingerprint.create import create
from models.fingerprint.fanout.arm import Arm, Branch, Result, Schedule, Work
from models.fingerprint.fanout.worker import Worker, cpu_s, peak_rss
from models.fingerprint.reader import Reader, expanded
from models.fingerprint.store import About, Store
from models.fingerprint.training import Progress
from models.fingerprint.users import GENERIC


def run(arm: Arm, work: Work) -> Result:
    """Run an arm in a fresh process, and return what came of it; its start is not part of it. Raises FingerprintError
    when it fails."""
    worker = Worker(_whole_arm, arm.threads)
    try:
        worker.send(arm, work)
        result: Result = worker.receive()
        return result
    finally:
        worker.end()


def _whole_arm(arm: Arm, work: Work) -> Result:
    helpers = [Worker(_branch, arm.threads) for _ in arm.models] if arm.schedule == "processes" else []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for model in arm.models:
                _store(model, work, folder)
            return _timed_arm(arm, work, helpers, folder)
    finally:
        for helper in helpers:
            helper.end()


def _timed_arm(arm: Arm, work: Work, helpers: Sequence[Worker], folder: str) -> Result:
    cpu, began = cpu_s(), time.perf_counter()
    frame = _prepared(work)
    prepared = time.perf_counter()
    made = _SCHEDULES[arm.schedule](arm.models, frame, work, folder, helpers)
    wall = time.perf_counter() - began
    branches = tuple(branch for branch, _, _ in made)
    theirs = [(spent, peak) for _, spent, peak in made if peak]
    return Result(
        wall,
        prepared - began,
        cpu_s() - cpu + sum(spent for spent, _ in theirs),
        (peak_rss(), *(peak for _, peak in theirs)),
        branches,
    )


_Made = tuple[Branch, float, int]  # of a helper also the seconds of processors and the most memory


def _in_sequence(models: Sequence[str], frame: Any, work: Work, folder: str, _: Sequence[Worker]) -> list[_Made]:
    return [(_trained(model, frame, work, folder), 0.0, 0) for model in models]


def _in_processes(models: Sequence[str], frame: Any, work: Work, folder: str, helpers: Sequence[Worker]) -> list[_Made]:
    for helper, model in zip(helpers, models, strict=True):
        helper.send(model, frame, work, folder)
    return [helper.receive() for helper in helpers]


def _in_threads(models: Sequence[str], frame: Any, work: Work, folder: str, _: Sequence[Worker]) -> list[_Made]:
    made: dict[str, Branch | Exception] = {}

    def branch(model: str) -> None:
        try:
            made[model] = _trained(model, frame, work, folder)
        except Exception as error:  # told where the branches join
            made[model] = error

    threads = [threading.Thread(target=branch, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    branches: list[_Made] = []
    for model in models:
        each = made[model]
        if isinstance(each, Exception):
            raise each
        branches.append((each, 0.0, 0))
    return branches


_SCHEDULES: Mapping[Schedule, Callable[..., list[_Made]]] = {
    "sequence": _in_sequence,
    "processes": _in_processes,
    "threads": _in_threads,
}


def _branch(model: str, frame: Any, work: Work, folder: str) -> _Made:
    cpu = cpu_s()
    branch = _trained(model, frame, work, folder)
    return branch, cpu_s() - cpu, peak_rss()


def _prepared(work: Work) -> Any:
    """Return the rows of all users with the features that a model is given."""
    known = schema.named(work.source)
    frame = Reader(known, cache=Path(work.cache) if work.cache else None).read(expanded(work.files)).frame
    counted = known.counted(frame)
    return counted.select(known.timestamp, *(name for name in counted.columns if name in known.model.features))


def _trained(name: str, frame: Any, work: Work, folder: str) -> Branch:
    """Train one model on all rows and write it; the frame is shared and only read."""
    known = schema.named(work.source)
    began = time.perf_counter()
    model = create(name, epochs=work.epochs, seed=work.seed)
    model.fit(frame.drop(known.timestamp))
    trained = time.perf_counter()
    times = frame[known.timestamp]
    _store(name, work, folder).put(GENERIC, model, About(times.min(), times.max(), len(frame), known.digest))
    wrote = time.perf_counter()
    progress = model.progress or Progress()
    return Branch(
        name,
        trained - began,
        wrote - trained,
        len(frame),
        progress.epochs_run,
        progress.steps,
        progress.losses[-1],
        _digest(model),
    )


def _store(name: str, work: Work, folder: str) -> Store:
    """Return a branch's own store, which is made when it is not there."""
    from models.fingerprint.mlflow_store import MlflowStore  # takes seconds to import

    place = Path(folder) / name
    place.mkdir(exist_ok=True)
    return MlflowStore(work.source, f"sqlite:///{place}/mlflow.db", name.upper() + "-{source}-{user_id}")


def _digest(model: Any) -> str:
    digest = hashlib.sha256()
    for name, weights in sorted(model.network.state_dict().items()):
        digest.update(name.encode() + weights.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
