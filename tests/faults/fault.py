"""Faults: each with its promise as a sentence, and an injection that is drawn."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from faults.promise import BrokenPromiseError, Kind
from faults.victim import Truth, Victim, fresh

_DRAWS = 4  # victims for each injection that is asked for, at most


class Late(Exception):  # noqa: N818  # nothing is wrong
    """What was to be harmed had ended before."""


@dataclass(frozen=True)
class Fault:
    """What is done to a run, and what is promised of it.

    `inject` harms a victim once, or as often as it returns, and insists on what holds at once; it raises Late where it
    came too late to do harm. Up to `chain` injections hit one victim; where it is to `finish`, it then goes on
    undisturbed, and is compared with an undisturbed run. `possible` tells whether this user may do such harm, and
    `times` how often it is injected where so often is asked of each; `arguments` are those of the command.
    """

    name: str
    promise: str
    inject: Callable[[Victim, Truth], int | None]
    chain: int = 1
    finish: bool = True
    possible: Callable[[], bool] = lambda: True
    times: Callable[[int], int] = lambda each: each
    arguments: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.name}, {' '.join(self.arguments)}" if self.arguments else self.name


@dataclass
class Tried:
    """How often a fault was injected, in how many injections (one may harm many times), and what of its promise was
    broken."""

    fault: Fault
    times: int = 0
    injections: int = 0
    late: int = 0
    broken: "Counter[Kind]" = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)

    def harm(self, victim: Victim, truth: Truth) -> bool:
        """Inject it once, and count it; False where it came too late."""
        times: int | None = 1
        try:
            times = self.fault.inject(victim, truth)
        except Late:
            times, self.late = 0, self.late + 1
        finally:
            self.times += 1 if times is None else times
            self.injections += times != 0
        return times != 0


def tried(fault: Fault, truth: Truth, folder: Path, each: int, seed: int) -> Iterator[Tried]:
    """Inject a fault as often as is asked of each, and yield what has come of it after each victim; what came too late
    is drawn again."""
    found, times, number = Tried(fault), fault.times(each), 0
    while found.injections < times and number < _DRAWS * times:
        name = f"{fault.title}, seed {seed}, victim {number}"
        chance = random.Random(name)  # noqa: S311  # moments, not secrets
        chain = min(chance.randint(1, fault.chain), times - found.injections)
        number += 1
        with fresh(folder, chance, number) as victim:
            try:
                while chain and found.harm(victim, truth):
                    chain -= 1
                if fault.finish:
                    victim.finish(truth, *chance.choice(([], ["-n", "2"])))
            except BrokenPromiseError as error:
                found.broken[error.kind] += 1
                found.words.append(f"{name}: {error}")
        yield found
