"""Changes: what is really made worse in a workload, and the metrics in which the gate should see it."""

from collections.abc import Mapping
from dataclasses import dataclass

from swapbench.commands.selfcheck.gate.workloads import ERRORS, EXAMPLES, HELD_BYTES, UNITS


@dataclass(frozen=True)
class Change:
    """One version of a workload; `injected` names what was added to each metric, `spec` how."""

    name: str
    injected: Mapping[str, str]
    spec: Mapping[str, int]


def _spec(time: int = 0, accuracy: int = 0) -> dict[str, int]:
    """Return how much of each a version has that is `time` percent slower and `accuracy` points worse.

    Every version names both: a request of another shape makes its reader's memory lie elsewhere, and that alone makes
    some workloads several percent faster or slower.
    """
    return {"units": UNITS + UNITS * time // 100, "errors": ERRORS + EXAMPLES * accuracy // 100}


PLAIN = _spec()
TIME, MEMORY, ACCURACY = "predict_time", "peak_memory", "accuracy"
# Time and accuracy do not touch each other, so one version has both; touching memory takes time, so it has its own.
CHANGES = (
    Change("nothing", {}, PLAIN),
    Change("slower5", {TIME: "+ 5 %", ACCURACY: "- 1 point"}, _spec(5, 1)),
    Change("slower10", {TIME: "+ 10 %", ACCURACY: "- 2 points"}, _spec(10, 2)),
    Change("slower25", {TIME: "+ 25 %"}, _spec(25)),
    Change("larger2", {MEMORY: "+ 2 %"}, {**PLAIN, "held": HELD_BYTES + HELD_BYTES * 2 // 100}),
    Change("larger16", {MEMORY: "+ 16 MB"}, {**PLAIN, "held": HELD_BYTES + 16 * 10**6}),
)
