"""Caches: an entry is damaged, between two runs or in the middle of one."""

import shutil
from pathlib import Path

from faults.damage import damaged
from faults.fault import Fault, Late
from faults.moments import measuring
from faults.victim import Truth, Victim


def _files(victim: Victim) -> list[Path]:
    return sorted(path for path in (victim.store / "cache").rglob("*") if path.is_file() and path.suffix != ".lock")


def _between(victim: Victim, truth: Truth) -> None:
    """Damage what a run has made, and measure all anew: with what is still whole, and no more."""
    shutil.copytree(truth.folder / ".benchmarks", victim.folder / ".benchmarks")
    for path in victim.chance.sample(_files(victim), victim.chance.randint(1, 3)):
        damaged(path, victim.chance)
    running = victim.command(*victim.chance.choice(([], ["-n", "2"])), new=True)
    running.ended({0})
    victim.known = {}
    victim.settle(running)


def _meanwhile(victim: Victim, truth: Truth) -> None:
    running = victim.command()
    measuring(running, victim, truth.took_s["0"] / 3)
    over = running.over
    damaged(victim.chance.choice(_files(victim)), victim.chance)
    running.ended({0, 1})
    victim.settle(running)
    if over:
        raise Late


_PROMISE = "It is noticed and made anew, or its cell says that it is damaged; nothing is computed from it."
FAULTS = [
    Fault("cache entry damaged, between two runs", _PROMISE, _between),
    Fault("cache entry damaged, while cells are measured", _PROMISE, _meanwhile),
]
