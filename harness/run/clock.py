"""The clock: one timed section, with everything that is read around it."""

import gc
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from harness.run.descendants import Herald, present_sizes
from harness.run.device import Device
from harness.run.probes import Meter, reset_peak, status_bytes, trim_heap
from harness.run.speed import Pace, slow

_IN_STEP, _IN_STEP_S = 100, 0.1


@dataclass(frozen=True)
class Sample:
    """What one round measured.

    Times in seconds: `walls` of each timed call, `wall_s` their median, `cold_s` of the untimed call before them
    (None without one). Memory in bytes: `peak_memory_bytes` above what was there when the phase began, descendants
    included, and `absolute_peak_bytes` of the process itself. `foreign_cpus` and `waited` say what others took, and
    `slowdown` how many times its best the processor took throughout; `contaminated` that it was too much.
    `memory_complete` is False when processes were started that could not be watched.
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


def timed(
    call: Callable[[], Any],
    herald: Herald,
    device: Device,
    pace: Pace,
    cpus: tuple[int, ...],
    warmups: int,
    repeats: int,
    turn: Callable[[], None] | None = None,
) -> tuple[Any, Sample]:
    """Run `call` `warmups` times untimed and `repeats` times timed; return its last result and the Sample.

    In step with others, `turn` waits for this process's turn at each timed call. Calls then go on until they have taken
    100 milliseconds or there are 100, enough to compare them one by one, and the pace of the processor does not
    contaminate the sample, for it is the same for all.

    Memory is watched over all of these calls: what the first one needs, the phase needs. The clock runs only inside
    the timed calls, from just before each to the moment the device has finished it.
    """
    gc.collect()
    trim_heap()
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
    present = present_sizes()
    start = status_bytes("self", "VmRSS")
    device.begin()
    reset_peak()
    herald.arm(start, present)
    cold_s = _once(call, device)[1] if warmups else None
    for _ in range(warmups - 1):
        call()
    pace_before = pace.slowdown()
    meter, walls = Meter(cpus, fine=turn is not None), list[float]()
    while len(walls) < repeats or (turn and len(walls) < _IN_STEP and sum(walls) < _IN_STEP_S):
        if turn:
            turn()
        meter.begin()
        for _ in range(1 if turn else repeats):
            result, wall = _once(call, device)
            walls.append(wall)
        meter.end()
    pace_after = pace.slowdown()
    peak = status_bytes("self", "VmHWM")
    family = herald.disarm()
    foreign = meter.foreign()
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt > children
    return result, Sample(
        wall_s=median(walls),
        walls=walls,
        cpu_s=meter.cpu_s / len(walls),
        cold_s=cold_s,
        start_memory_bytes=start,
        peak_memory_bytes=max(peak - start, family, 0),
        absolute_peak_bytes=max(peak, start + family),
        device_memory_bytes=device.peak_bytes(),
        foreign_cpus=foreign.cpus,
        waited=foreign.waited,
        slowdown=min(pace_before, pace_after),
        contaminated=foreign.contaminates or (turn is None and slow(pace_before, pace_after)),
        memory_complete=herald.announced or not started,
    )


def _once(call: Callable[[], Any], device: Device) -> tuple[Any, float]:
    device.synchronize()
    began = time.perf_counter()
    result = call()
    device.synchronize()
    return result, time.perf_counter() - began
