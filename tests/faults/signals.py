"""Signals: a run is asked to end, once or twice, at any moment of its life."""

import os
import re
import signal

from faults.fault import Fault, Late
from faults.moments import started
from faults.promise import insist
from faults.victim import Truth, Victim

_PROMISE = (
    "It ends at once, with status 2 and a sentence that says how to go on; all that had ended is kept, nothing lives "
    "on, and `--swap-resume` measures the rest."
)
_GRACE_S = 30.0
# After that it is Python that ends.
_SHOWN = re.compile(r"(passed|failed|no tests ran)\b.* in [\d.]+s")


def _asked(signum: signal.Signals, times: int, everybody: bool, *arguments: str) -> Fault:
    def inject(victim: Victim, truth: Truth) -> None:
        running = started(victim, truth, *arguments)
        for number in range(times):
            running.sleep(victim.chance.uniform(0, 0.4) if number else 0)
            if not running.over:
                (os.killpg if everybody else os.kill)(running.process.pid, signum)
        status = running.wait(_GRACE_S)
        victim.settle(running)
        if status == 0 or (status == -signum and _SHOWN.search(running.output)):
            raise Late
        if running.measuring:
            insist(status == 2, "untold", f"status {status}: {running.output}")
            insist("--swap-resume goes on" in running.output or victim.complete, "untold", running.output)

    whom = "to all of its group" if everybody else "to the controller"
    name = f"{signum.name}{', twice' if times == 2 else ''}, {whom}"
    return Fault(name, _PROMISE, inject, chain=4, arguments=arguments)


FAULTS = [
    _asked(signum, times, everybody, *arguments)
    for signum in (signal.SIGINT, signal.SIGTERM)
    for times in (1, 2)
    for everybody, arguments in ((False, ()), (False, ("-n", "2")), (True, ("-n", "2")))
]
