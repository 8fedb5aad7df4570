"""Changes: what is really made worse in a workload, and the metrics in which the gate should see it."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.commands.selfcheck.gate.workloads import ERRORS, EXAMPLES, HELD_BYTES, UNITS


@dataclass(frozen=True)
class Change:
    """One version of a workload; `injected` names what was added to each metric, `spec` how."""

    name: str
    injected: Mapping[str, str]
    spec: Mapping[str, int]


def _time(percent: int) -> dict[str, int]:
    return {"units": UNITS + UNITS * percent // 100}


def _accuracy(points: int) -> dict[str, int]:
    return {"errors": ERRORS + EXAMPLES * points // 100}


TIME, MEMORY, ACCURACY = "predict_time", "peak_memory", "accuracy"
# Time and accuracy do not touch each other, so one version has both; touching memory takes time, so it has its own.
CHANGES = (
    Change("nothing", {}, {}),
    Change("slower5", {TIME: "+ 5 %", ACCURACY: "- 1 point"}, {**_time(5), **_accuracy(1)}),
    Change("slower10", {TIME: "+ 10 %", ACCURACY: "- 2 points"}, {**_time(10), **_accuracy(2)}),
    Change("slower25", {TIME: "+ 25 %"}, _time(25)),
    Change("larger2", {MEMORY: "+ 2 %"}, {"held": HELD_BYTES + HELD_BYTES * 2 // 100}),
    Change("larger16", {MEMORY: "+ 16 MB"}, {"held": HELD_BYTES + 16 * 10**6}),
)
