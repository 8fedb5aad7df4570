"""Baselines: one that a swapbench of the future has written."""

import json

from faults.fault import Fault
from faults.promise import insist
from faults.victim import Truth, Victim
from swapbench.record import document, record


def _from_the_future(victim: Victim, truth: Truth) -> None:
    values = json.loads((truth.folder.parent / "baseline.json").read_text())
    ahead = victim.chance.randint(1, 9)
    if victim.chance.random() < 0.5:
        values["swapbench"] = document.VERSION + ahead
        values["meanwhile"] = {"another": "field"}
    else:
        victim.chance.choice(values["records"])["version"] = record.VERSION + ahead
    baseline = victim.folder / "future.json"
    baseline.write_text(json.dumps(values))
    running = victim.command("--swap-gate", f"--swap-baseline={baseline}", *victim.chance.choice(([], ["-n", "2"])))
    running.ended({4})
    victim.settle(running)
    told = [line for line in running.output.splitlines() if "future.json" in line]
    insist(len(told) == 1 and "newer swapbench" in told[0] and "update" in told[0], "untold", running.output)
    insist("passed" not in running.output, "wrong", running.output)


FAULTS = [
    Fault(
        "baseline from a future version",
        "A sentence says so and what to do, with status 4, before anything is measured.",
        _from_the_future,
    )
]
