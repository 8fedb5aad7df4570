"""Clocks: that of the machine is set back, between runs or in the middle of one."""

import time

from faults.fault import Fault, Late
from faults.kills import killed
from faults.promise import insist
from faults.victim import Truth, Victim, begun

# Imported by each Python of a run before all else: there is no library here that would tell the whole process another
# time. What the kernel writes beside files stays true.
_SITE = """
import datetime, os, time

_moment, _back = float(os.environ["FAULT_MOMENT"]), float(os.environ["FAULT_BACK_S"])
_true = time.time

def shifted():
    return -_back if time.monotonic() > _moment else 0.0

class Datetime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=shifted())

datetime.datetime, time.time = Datetime, lambda: _true() + shifted()
"""
_LONGEST_S = 10 * 365 * 86400.0


def _set_back(victim: Victim, truth: Truth) -> dict[str, str]:
    """Return the variables of a run whose clock is set back by a second to ten years, before it or in its middle."""
    folder = victim.folder / "clock"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_SITE)
    in_s = victim.chance.choice([0.0, victim.chance.uniform(0, truth.took_s["0"])])
    return {
        "PYTHONPATH": f"{folder}:{victim.project.environment.get('PYTHONPATH', '')}",
        "FAULT_MOMENT": str(time.monotonic() + in_s),
        "FAULT_BACK_S": str(_LONGEST_S ** victim.chance.random()),
    }


def _inject(victim: Victim, truth: Truth) -> None:
    """Have a whole run; then begin another one with the clock set back, and kill it."""
    if not begun(victim.store):
        victim.command().ended({0})
    before = begun(victim.store)
    victim.known = {}
    running = victim.command(new=True, extra=_set_back(victim, truth))
    if not killed(running, truth.took_s["0"], victim.chance):
        raise Late
    victim.settle(running)
    if len(begun(victim.store)) == len(before):
        raise Late
    going_on = victim.command(extra=_set_back(victim, truth))
    going_on.ended({0})
    kept = len(victim.known)
    victim.settle(going_on)
    insist(f"run {begun(victim.store)[-1]} was resumed" in going_on.output, "wrong", going_on.output)
    insist(f"{kept} cells taken" in going_on.output or kept == 1, "wrong", f"{kept} were there: {going_on.output}")


FAULTS = [
    Fault(
        "clock set back",
        "The run that began last is gone on with, and what is told of it is true.",
        _inject,
    )
]
