"""Descendants: the memory and processor time of processes that measured code starts.

The kernel keeps the peak of one process, not of a family. So the measured child says when it is about to start a
process (`births.py`), and from then on the fork server, a process of its own that no GIL can hold up, samples the
family. A child that starts none, and has none that it started before its phase, pays nothing.
"""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from swapbench.run.processes import NOTHING, Image, Sizes, cpu_seconds, descendants, proportional_shared, sizes, status

INTERVAL_S = 0.002
# The watcher shares the cores of those it watches, and does nothing for at least so many times as long as each look.
REST = 24
_FEW_BYTES = 2**19


@dataclass(eq=False)
class _Member:
    """A process as it was seen in the latest `look` that found it alive.

    Of its anonymous memory it has `inherited` bytes from `base`, of which it is a copy, and may still have them
    together with that one. `before` it had so much when the phase began.
    """

    image: Image | None
    base: "_Member | None" = None
    inherited: int = 0
    before: int = 0
    sizes: Sizes = NOTHING
    look: int = 0

    def own(self) -> int:
        """Return what of its anonymous memory it shares with nobody, as far as sizes tell."""
        while self.base is not None and self.base.look != self.look:
            # Its parent has ended, or become another program, and left it what was not the grandparent's.
            self.inherited = min(self.inherited, self.base.inherited)
            self.base = self.base.base
        # No more is shared than either has had at any time since: one that freed memory has it for itself again.
        self.inherited = min(self.inherited, self.sizes.anon, self.base.sizes.anon) if self.base else 0
        return self.sizes.anon - self.inherited


@dataclass
class _Shared:
    """The shared memory of a family, each page once.

    Sizes tell that it lies between the largest of one process and the sum. Where these are apart the kernel has to walk
    through pages, which is done when it might raise the peak, has changed since, and has not been done just now.
    """

    known: int = 0
    _held: dict[int, int] = field(default_factory=dict)
    _due_s: float = 0.0

    def size(self, held: dict[int, int], room: int, *, exact: bool) -> int:
        """Return the shared memory of processes that have so much each; up to `room` it does not matter how much."""
        held = {pid: size for pid, size in held.items() if size}
        least, most = max(held.values(), default=0), sum(held.values())
        if most - least <= _FEW_BYTES:
            self.known, self._held = least, {}
            return least
        if _apart(held, self._held):
            if not exact and (most <= room or time.monotonic() < self._due_s):
                return least
            began_s = time.process_time()
            shares = [proportional_shared(pid) or 0 for pid in held]
            # What processes do meanwhile would have pages counted by some as their own and by others as shared.
            still = not _apart(held, {pid: _shared_bytes(pid) for pid in held})
            self._due_s = time.monotonic() + REST * (time.process_time() - began_s)
            if not still:
                return least
            self.known, self._held = sum(shares), held
        return max(least, min(self.known, most))


def _apart(held: dict[int, int], others: dict[int, int]) -> bool:
    return sum(abs(held.get(pid, 0) - others.get(pid, 0)) for pid in held.keys() | others.keys()) > _FEW_BYTES


def _shared_bytes(pid: int) -> int:
    try:
        return sizes(pid).shared
    except OSError:
        return 0


@dataclass
class Family:
    """A process and its descendants, sampled while `watching`; `complete` is False when some could not be."""

    root: int
    watching: bool = False
    complete: bool = True
    peak_bytes: int = 0
    ended_s: float = 0.0
    _began_s: float | None = None
    _start: Sizes = NOTHING
    _at_fork: dict[int, int] = field(default_factory=dict)
    _members: dict[int, _Member] = field(default_factory=dict)
    _alive: frozenset[int] = frozenset()
    _look: int = 0
    _shared: _Shared = field(default_factory=_Shared)

    def knows(self, pid: int) -> bool:
        """Whether a process is of this family: it was seen in it, or is in a group that one of the family began."""
        if pid in self._members:
            return True
        try:
            groups = status(pid).groups
        except OSError:
            return False
        return any(leader == self.root or leader in self._members or leader in self._at_fork for leader in groups)

    def present(self, start: Sizes, orphans: Sequence[int]) -> bool:
        """Take note of what is there before the phase, if anything is: only what it adds counts."""
        if not self._living(orphans):
            return False
        self._watch(start)
        self.sample(orphans, exact=True)
        for pid, member in self._members.items():
            if pid != self.root:
                member.before = member.sizes.anon + member.sizes.file
        self._start = start._replace(shared=self._shared.known)
        self.peak_bytes = 0
        return True

    def birth(self, parent: int, anon_bytes: int, start: Sizes) -> None:
        """Take note that `parent`, of that anonymous size, is about to start a process."""
        self._at_fork[parent] = anon_bytes
        if not self.watching:
            self._watch(start)

    def sample(self, orphans: Sequence[int] = (), *, exact: bool = False) -> None:
        """Read the family's present growth, with that of those whose parents have ended, and keep the largest."""
        self._look += 1
        root = self._see(self.root, 0)
        if root is None:
            return  # it is gone
        living = dict(self._living(orphans))
        # The kernel may leave out of its lists who was there and still is.
        living |= dict.fromkeys(self._alive - living.keys(), self.root)
        found = [(pid, self._see(pid, parent)) for pid, parent in living.items()]
        members = {pid: member for pid, member in found if member is not None}
        self._alive = frozenset(members)
        growth = root.sizes.anon + root.sizes.file - self._start.anon - self._start.file
        growth += sum(_growths(root, members.values())) - self._start.shared
        held = {pid: member.sizes.shared for pid, member in [(self.root, root), *members.items()]}
        growth += self._shared.size(held, self.peak_bytes - growth, exact=exact)
        self.peak_bytes = max(self.peak_bytes, growth)

    def cpu_seconds(self, orphans: Sequence[int]) -> float:
        """Return the processor time of all descendants but those whose living parent has waited for them."""
        used = self.ended_s
        for pid, _ in self._living(orphans):
            try:
                used += cpu_seconds(pid)
            except OSError:
                continue  # it has just ended, and its parent counts it
        return used

    def watching_seconds(self) -> float:
        """Return the processor time that the fork server, this process, has used since it began to watch."""
        return 0.0 if self._began_s is None else time.process_time() - self._began_s

    def _watch(self, start: Sizes) -> None:
        self._start = start
        self._began_s = time.process_time()
        self.watching = True

    def _living(self, orphans: Iterable[int]) -> list[tuple[int, int]]:
        mine = os.getpid()
        below = (descendants(pid) for pid in [self.root, *orphans])
        return [*((pid, mine) for pid in orphans), *chain.from_iterable(below)]

    def _see(self, pid: int, parent: int) -> _Member | None:
        """Look at one process; None when it is gone, or going: its memory leaves it before it ends."""
        try:
            found, image = sizes(pid), status(pid).image
        except OSError:
            return None
        if not any(found):
            return None
        member = self._members.get(pid)
        if member is None or (image is not None and image != member.image):
            before = member.before if member else 0
            member = self._members[pid] = self._met(image, parent, found)
            member.before = before
        member.sizes, member.look = found, self._look
        return member

    def _met(self, image: Image | None, parent: int, found: Sizes) -> _Member:
        """Return a process that is seen for the first time, or the first time as another program: it is a copy of its
        parent, or, when that has gone, of whoever else has the same image, or a program of its own."""
        if image is None:
            return _Member(None)
        known = self._members.get(parent)
        if known is not None and known.image == image:
            # Taken now, as the parent may grow, and announce further births, before the next look.
            return _Member(image, known, self._at_fork.get(parent, found.anon))
        known = next((member for member in self._members.values() if member.image == image), None)
        return _Member(image, known, found.anon)


def _growths(root: _Member, members: Iterable[_Member]) -> Iterator[int]:
    """Yield what each process adds, shared memory apart: a copy what it added to its parent's memory, one that was
    there before what it added since, a program of its own all. Pages of files are in those of the copies, too, and are
    counted once for each program but the root's."""
    # Shares of all pages (Pss) would be exact, but for them the kernel walks through all pages, which at this pace
    # would be felt.
    files: dict[Image | int, int] = {}
    for member in members:
        if member.before:
            yield max(0, member.sizes.anon + member.sizes.file - member.before)
            continue
        yield member.own()
        if member.image != root.image:
            program = member.image or id(member)
            files[program] = max(files.get(program, 0), member.sizes.file)
    yield from files.values()
