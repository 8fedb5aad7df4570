"""Stores: one that may only be read, and one that two runs write into at once."""

import os
import shutil
import subprocess

from faults.fault import Fault
from faults.promise import insist
from faults.victim import Truth, Victim, begun, result


def _frozen(victim: Victim) -> None:
    """Have nobody write into the store any more: root may where others may not, so it is another disk for him."""
    if os.geteuid():
        for path in (victim.store, *victim.store.rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)
        return
    subprocess.run(["mount", "--bind", str(victim.store), str(victim.store)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(victim.store)], check=True)


def _thawed(victim: Victim) -> None:
    if os.geteuid():
        for path in (victim.store, *victim.store.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
        return
    subprocess.run(["umount", "--lazy", str(victim.store)], check=True)


def _read_only(victim: Victim, truth: Truth) -> None:
    if victim.chance.random() < 0.5:
        shutil.copytree(truth.folder / ".benchmarks", victim.folder / ".benchmarks")
    else:
        victim.store.mkdir(parents=True)
    _frozen(victim)
    try:
        running = victim.command(*victim.chance.choice(([], ["-n", "2"])), new=victim.chance.random() < 0.5)
        running.ended({4})
        victim.settle(running)
    finally:
        _thawed(victim)
    said = running.output.count("name another folder with --swap-store")
    insist(said == 1 and str(victim.store) in running.output, "untold", running.output)
    insist("passed" not in running.output, "wrong", running.output)


def _two_runs(victim: Victim, truth: Truth) -> None:
    """Start two runs, the second at any moment of the first."""
    arguments = [victim.chance.choice(([], ["-n", "2"])) for _ in range(2)]
    first = victim.command(*arguments[0], new=True)
    first.sleep(victim.chance.uniform(0, truth.took_s["0"]))
    second = victim.command(*arguments[1], new=True)
    for running in (first, second):
        running.ended({0})
    for running in (first, second):
        victim.settle(running)
    runs = begun(victim.store)
    insist(len(runs) == 2, "lost", f"{len(runs)} runs")
    for name in runs:
        run = victim.run(name)
        insist([result(record) for record in run.records] == truth.results, "wrong", f"other results of {name}")
        insist(truth.judged(run) == truth.verdicts, "wrong", f"other verdicts on {name}")


def _resumed_while_measured(victim: Victim, truth: Truth) -> None:
    """Ask for a run to be gone on with that is under way."""
    first = victim.command(*victim.chance.choice(([], ["-n", "2"])))
    first.sleep(victim.chance.uniform(0, truth.took_s["0"]))
    second = victim.command()
    first.ended({0})
    status = second.ended({0, 4})
    victim.settle(first)
    victim.settle(second)
    if status == 4:
        insist("is being measured; resume it when it has ended" in second.output, "untold", second.output)


FAULTS = [
    Fault("read-only store", "A sentence before any work says so, with status 4; nothing is measured.", _read_only),
    Fault("two runs on one store at once", "Each comes to all that it would have come to alone.", _two_runs),
    Fault(
        "a run resumed while it is measured",
        "It waits for the end of that one, or says that it is being measured; no cell is measured twice.",
        _resumed_while_measured,
    ),
]
