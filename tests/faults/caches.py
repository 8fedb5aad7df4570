"""Caches: an entry is damaged, between two runs or in the middle of one."""

import shutil
from pathlib import Path

from faults.damage import damaged
from faults.fault import Fault, Late
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
    running.sleep(victim.chance.uniform(0, truth.took_s["0"]))
    files = _files(victim) if (victim.store / "cache").exists() else []
    if not files or running.over:
        raise Late
    damaged(victim.chance.choice(files), victim.chance)
    running.ended({0, 1, 4})
    victim.settle(running)


_PROMISE = "It is noticed and made anew, or its cell says that it is damaged; nothing is computed from it."
FAULTS = [
    Fault("cache entry damaged, between two runs", _PROMISE, _between),
    Fault("cache entry damaged, while cells are measured", _PROMISE, _meanwhile),
]
