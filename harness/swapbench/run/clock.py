"""The clock: one timed section, with everything that is read around it."""

import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from swapbench.run.backends.device import Device, peak_of
from swapbench.run.births import BirthNotice
from swapbench.run.diagnosis import described
from swapbench.run.probes import Meter, reset_peak, status_bytes, trim_heap
from swapbench.run.processes import sizes
from swapbench.run.speed import Pace, slow
from swapbench.run.turns import Turns

_IN_STEP, _IN_STEP_S = 100, 0.1
_MODELS, _MODELS_S = 100, 0.02
# What further models may need to be built and brought to where the phase begins; beyond it the first one has to do.
_SET_UP_S = 1.0

Call = Callable[[], Any]


@dataclass(frozen=True)
class Section:
    """What is timed: a call on one model, and the same on each further model that `another` gives (None: there is no
    other), which has cost `set_up_s` seconds for the first.

    `warmups` untimed calls go before `repeats` timed ones. `short` says whether a phase of one call is known to take so
    little that further models are asked for (None: the first call shows it).
    """

    call: Call
    another: Callable[[], Call | None]
    set_up_s: float = 0.0
    warmups: int = 0
    repeats: int = 1
    short: bool | None = None


@dataclass(frozen=True)
class Sample:
    """What one round measured.

    Times in seconds: `walls` of each timed call, `wall_s` their median, `cold_s` of the untimed call before them
    (None without one). `models` were called, one after the other, and `stopped` says how a further one failed, which
    ends the round and not the cell. Memory in bytes, of the first model: `peak_memory_bytes` above what was there when
    the phase began, descendants included, and `absolute_peak_bytes` of the process itself. `foreign_cpus` and `waited`
    say what others took, and `slowdown` how many times its best the processor took throughout; `contaminated` that it
    was too much. `memory_complete` is False when processes were started that could not be watched.
    """

    wall_s: float
    walls: list[float]
    cpu_s: float
    cold_s: float | None
    start_memory_bytes: int
    peak_memory_bytes: int
    absolute_peak_bytes: int
    device_memory_bytes: int | None
    foreign_cpus: float
    waited: float
    slowdown: float
    contaminated: bool
    memory_complete: bool
    models: int = 1
    stopped: str = ""


def timed(
    section: Section, births: BirthNotice, device: Device, pace: Pace, cpus: tuple[int, ...], turns: Turns
) -> tuple[Any, Sample]:
    """Time a section; return the first model's last result and the Sample.

    A phase of one call that takes less than 20 milliseconds is called on further models until all calls together have
    taken that, or there are 100 of them. In step with others, each timed call waits for its turn; repeated calls go on
    until they have taken 100 milliseconds or there are 100, enough to compare them one by one, and the pace of the
    processor does not contaminate the sample, for it is the same for all.

    Memory is watched over all calls of the first model, which is kept for its scores; a second one beside it would
    count what the first one holds. The clock runs only inside the timed calls, from just before each to the moment the
    device has finished it.
    """
    gc.collect()
    trim_heap()
    start = sizes(os.getpid())
    device.begin()
    reset_peak()
    births.arm(start)
    calls = _Calls(device, Meter(cpus, turns.in_step, births.others))
    cold_s = calls.warm_up(section)
    pace_before = pace.slowdown()
    result = calls.first(section, turns)
    peak = status_bytes("self", "VmHWM")
    family = births.disarm()
    device_bytes = peak_of(device)
    if section.repeats == 1 and section.short is not False:
        calls.further(section, turns)
    pace_after = pace.slowdown()
    foreign = calls.meter.foreign()
    return result, Sample(
        wall_s=median(calls.walls),
        walls=calls.walls,
        cpu_s=calls.meter.cpu_s / len(calls.walls),
        cold_s=cold_s,
        start_memory_bytes=sum(start),
        peak_memory_bytes=max(peak - sum(start), family, 0),
        absolute_peak_bytes=max(peak, sum(start) + family),
        device_memory_bytes=device_bytes,
        foreign_cpus=foreign.cpus,
        waited=foreign.waited,
        slowdown=min(pace_before, pace_after),
        contaminated=foreign.contaminates or (not turns.in_step and slow(pace_before, pace_after)),
        memory_complete=births.complete,
        models=calls.models,
        stopped=calls.stopped,
    )


@dataclass
class _Calls:
    """The calls of a section: their `walls` so far, the meter of what was used meanwhile, and how many models they were
    made on; `stopped` says how the last one failed."""

    device: Device
    meter: Meter
    walls: list[float] = field(default_factory=list)
    models: int = 1
    stopped: str = ""

    def warm_up(self, section: Section) -> float | None:
        """Make the untimed calls, and return how long the first one took (None without any)."""
        times = [self._once(section.call)[1] for _ in range(section.warmups)]
        return times[0] if times else None

    def first(self, section: Section, turns: Turns) -> Any:
        """Make the timed calls of the first model and return the last result."""
        if not turns.in_step:
            return self._stretch(section.call, section.repeats)
        result = None
        while len(self.walls) < section.repeats or (section.repeats > 1 and not self._enough(_IN_STEP, _IN_STEP_S)):
            result = None  # before the next one is made: only one at a time is the phase's own
            turns.next()
            result = self._stretch(section.call, 1)
        return result

    def further(self, section: Section, turns: Turns) -> None:
        """Make one call of each further model, until these have taken long enough."""
        least, set_up_s = 2 if section.short else 1, section.set_up_s
        gc.freeze()  # looking through all that was imported before each model would take longer than the model
        self.meter.fine = True  # what is measured from here on is shorter than a tick of the system's clock
        while turns.go_on(set_up_s > _SET_UP_S or (len(self.walls) >= least and self._enough(_MODELS, _MODELS_S))):
            began = time.perf_counter()
            try:
                call = self._brought(section)
                if call is None:
                    return
                set_up_s += time.perf_counter() - began
                turns.next()
                self._stretch(call, 1)
            except Exception as error:  # not every model can be made twice in one process, and the first one was
                self.stopped = described(error)
                return
            self.models += 1
            del call  # and its model with it, before the next one is built

    @staticmethod
    def _brought(section: Section) -> Call | None:
        """Bring a further model to where the first one was when its timed call began."""
        call = section.another()
        if call is not None:
            for _ in range(section.warmups):
                call()
            gc.collect()
        return call

    def _enough(self, count: int, seconds: float) -> bool:
        return len(self.walls) >= count or sum(self.walls) >= seconds

    def _stretch(self, call: Call, count: int) -> Any:
        result = None
        self.meter.begin()
        for _ in range(count):
            result = None  # else the next call would have two results in memory
            result, wall = self._once(call)
            self.walls.append(wall)
        self.meter.end()
        return result

    def _once(self, call: Call) -> tuple[Any, float]:
        self.device.finish()
        began = time.perf_counter()
        result = call()
        self.device.finish(result)
        return result, time.perf_counter() - began
