"""Runs: an arm from the files to the models in their store, each time from nothing."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from swapbench_models.fingerprint.files import expanded
from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.logs.reader import Reader
from swapbench_models.fingerprint.measured.fanout.arm import Arm, Result, Work
from swapbench_models.fingerprint.measured.fanout.branch import prepared, store
from swapbench_models.fingerprint.measured.fanout.schedules import SCHEDULES, helpers
from swapbench_models.fingerprint.measured.fanout.worker import Worker, cpu_s, peak_rss


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
    others = helpers(arm.schedule, arm.models, arm.threads)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for model in arm.models:
                store(model, work, folder)
            return _timed_arm(arm, work, others, folder)
    finally:
        for helper in others:
            helper.end()


def _timed_arm(arm: Arm, work: Work, others: Sequence[Worker], folder: str) -> Result:
    cpu, began = cpu_s(), time.perf_counter()
    frame = _read(work)
    ready = time.perf_counter()
    made = SCHEDULES[arm.schedule](arm.models, frame, work, folder, others)
    wall = time.perf_counter() - began
    branches = tuple(branch for branch, _, _ in made)
    theirs = [(spent, peak) for _, spent, peak in made if peak]
    return Result(
        wall,
        ready - began,
        cpu_s() - cpu + sum(spent for spent, _ in theirs),
        (peak_rss(), *(peak for _, peak in theirs)),
        branches,
    )


def _read(work: Work) -> Any:
    known = schema.named(work.source)
    reader = Reader(known, cache=Path(work.cache) if work.cache else None)
    return prepared(reader.read(expanded(work.files)).frame, known)
