"""Kills: one process of a run, or all of it, is ended by SIGKILL."""

import os
import random
import signal

from faults.fault import Fault, Late
from faults.moments import started
from faults.running import Role, Running
from faults.victim import Truth, Victim

_NAMES: dict[Role, str] = {"child": "child", "server": "fork server", "worker": "worker of pytest-xdist"}


def killed(running: Running, within_s: float, chance: random.Random) -> bool:
    """Kill a run at a moment that is drawn from so long; False where it had ended before."""
    running.sleep(chance.uniform(0, within_s))
    if not running.over:
        os.kill(running.process.pid, signal.SIGKILL)
    return running.ended({0, -signal.SIGKILL}) != 0


def _controller(*arguments: str) -> Fault:
    def inject(victim: Victim, truth: Truth) -> None:
        running = victim.command(*arguments)
        hit = killed(running, truth.took_s["2" if arguments else "0"], victim.chance)
        victim.settle(running)
        if not hit:
            raise Late

    promise = "All that had ended is kept, nothing lives on, and `--swap-resume` measures the rest."
    return Fault("kill -9 of the controller", promise, inject, chain=4, arguments=arguments)


def _part(role: Role, *arguments: str) -> Fault:
    def inject(victim: Victim, truth: Truth) -> None:
        running = started(victim, truth, *arguments)
        hit = running.kill(role, victim.chance)
        status = running.ended({0, 1, 4})
        victim.settle(running)
        if status == 0 and not hit:
            raise Late

    promise = "The cell that it was at is told as crashed; the others are measured, and that one by `--swap-resume`."
    return Fault(f"kill -9 of a {_NAMES[role]}", promise, inject, chain=2, arguments=arguments)


FAULTS = [
    _controller(),
    _controller("-n", "2"),
    _part("child"),
    _part("server"),
    _part("worker", "-n", "2"),
    _part("worker", "-n", "2", "--dist", "loadgroup"),
]
