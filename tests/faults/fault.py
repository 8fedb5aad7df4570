"""Faults: each with its promise as a sentence, and an injection that is drawn."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from faults.promise import BrokenPromise, Kind
from faults.victim import Truth, Victim, fresh


class Late(Exception):  # noqa: N818  # nothing is wrong
    """What was to be harmed had ended before."""


@dataclass(frozen=True)
class Fault:
    """What is done to a run, and what is promised of it.

    `inject` harms a victim once and insists on what holds at once; up to `chain` injections hit one victim, which then
    goes on undisturbed and is compared with an undisturbed run. `inject` raises Late where it came too late to do harm.
    """

    name: str
    promise: str
    inject: Callable[[Victim, Truth], None]
    chain: int = 1
    finish: bool = True


@dataclass
class Tried:
    """How often a fault was injected, and what of its promise was broken."""

    fault: Fault
    times: int = 0
    broken: "Counter[Kind]" = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)


def tried(fault: Fault, truth: Truth, folder: Path, times: int, seed: int) -> Iterator[Tried]:
    """Inject a fault so many times, and yield what has come of it after each victim."""
    found, number = Tried(fault), 0
    while found.times < times:
        number += 1
        name = f"{fault.name}, seed {seed}, victim {number}"
        chance = random.Random(name)  # noqa: S311  # moments, not secrets
        try:
            with fresh(folder, chance) as victim:
                for _ in range(min(chance.randint(1, fault.chain), times - found.times)):
                    try:
                        fault.inject(victim, truth)
                    except Late:
                        break
                    finally:
                        found.times += 1
                if fault.finish:
                    victim.finish(truth, *chance.choice(([], ["-n", "2"])))
        except BrokenPromise as error:
            found.broken[error.kind] += 1
            found.words.append(f"{name}, in {victim.folder}: {error}")
        yield found
