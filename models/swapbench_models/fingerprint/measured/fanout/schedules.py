"""Schedules: branches one after the other, in processes or in threads, each training and writing one model."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from swapbench_models.fingerprint.measured.fanout.arm import Branch, Schedule, Work
from swapbench_models.fingerprint.measured.fanout.branch import trained
from swapbench_models.fingerprint.measured.fanout.worker import Worker, cpu_s, peak_rss

Made = tuple[Branch, float, int]  # of a helper also the seconds of processors and the most memory


def helpers(schedule: Schedule, models: Sequence[str], threads: int) -> list[Worker]:
    """Return the processes that branches of a schedule run in, ready; none where it needs none."""
    return [Worker(_helped, threads) for _ in models] if schedule == "processes" else []


def _in_sequence(models: Sequence[str], frame: Any, work: Work, folder: str | None, _: Sequence[Worker]) -> list[Made]:
    return [(trained(model, frame, work, folder), 0.0, 0) for model in models]


def _in_processes(
    models: Sequence[str], frame: Any, work: Work, folder: str | None, others: Sequence[Worker]
) -> list[Made]:
    for helper, model in zip(others, models, strict=True):
        helper.send(model, frame, work, folder)
    return [helper.receive() for helper in others]


def _in_threads(models: Sequence[str], frame: Any, work: Work, folder: str | None, _: Sequence[Worker]) -> list[Made]:
    made: dict[str, Branch | Exception] = {}

    def branch(model: str) -> None:
        try:
            made[model] = trained(model, frame, work, folder)
        except Exception as error:  # told where the branches join
            made[model] = error

    threads = [threading.Thread(target=branch, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    branches: list[Made] = []
    for model in models:
        each = made[model]
        if isinstance(each, Exception):
            raise each
        branches.append((each, 0.0, 0))
    return branches


SCHEDULES: Mapping[Schedule, Callable[..., list[Made]]] = {
    "sequence": _in_sequence,
    "processes": _in_processes,
    "threads": _in_threads,
}


def _helped(model: str, frame: Any, work: Work, folder: str | None) -> Made:
    cpu = cpu_s()
    branch = trained(model, frame, work, folder)
    return branch, cpu_s() - cpu, peak_rss()
