"""Provisions: what a cell needs before its first round, data and artefacts, brought into the cache where it runs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swapbench.run.artefact import Artefact
from swapbench.run.cache import Cache, stamp
from swapbench.run.data import up_to_date
from swapbench.run.outcome import Outcome
from swapbench.run.request import Request
from swapbench.run.supervisor import Supervisor


@dataclass
class Provisions:
    """Makes what is not there yet. What this process has seen whole, and nobody has touched since, it does not look at
    again, and what it has seen fail it does not try again."""

    supervisor: Supervisor
    _stamps: dict[str, Any] = field(default_factory=dict)
    _failed: dict[str, Outcome] = field(default_factory=dict)

    def data(self, request: Request) -> Outcome | None:
        """Have a dataset prepared unless it is there, whole, and its files are what they were; return how that failed,
        if it did."""
        cache = Cache(Path(request.cache))
        entry = cache.entry(request.data)
        if self._untouched(entry):
            return None
        if not cache.sound(request.data, up_to_date):
            (outcome,) = self.supervisor.run(request)
            if outcome.status != "ok":
                return outcome
        self._stamps[str(entry)] = stamp(entry)
        return None

    def accept(self, request: Request) -> None:
        """Take a dataset that is there, whole, as it is: whoever planned with it has looked at the files that it was
        made of, which need not be here."""
        cache = Cache(Path(request.cache))
        if cache.sound(request.data):
            entry = cache.entry(request.data)
            self._stamps[str(entry)] = stamp(entry)

    def _untouched(self, entry: Path) -> bool:
        """Tell whether an entry is what it was when it was last seen whole: it may have been damaged since, or written
        into by whoever was handed the folder."""
        return stamp(entry) is not None and self._stamps.get(str(entry)) == stamp(entry)

    def needed(self, artefacts: Iterable[Artefact]) -> tuple[Artefact, Outcome] | None:
        """Have models fitted that others stand on, one after the other; return the first that is not there afterwards,
        and why."""
        for one in artefacts:
            failure = self.fitted(one)
            if failure is None and not _cache(one).has(one.key):
                why = "it cannot be kept: it has no save_fitted(path) and load_fitted(path)"
                failure = Outcome("failed", why, {}, 0.0, 0.0, "")
            if failure is not None:
                return one, failure
        return None

    def fitted(self, artefact: Artefact) -> Outcome | None:
        """Have one model fitted and kept unless it is there, whole; return how that failed, if it did. One that cannot
        be kept is no failure: it is fitted anew wherever it is needed."""
        entry = _cache(artefact).entry(artefact.key)
        if str(entry) in self._failed:
            return self._failed[str(entry)]
        if self._untouched(entry):
            return None
        if not _cache(artefact).sound(artefact.key):
            (outcome,) = self.supervisor.run(artefact.request)
            if outcome.status != "ok":
                self._failed[str(entry)] = outcome
                return outcome
        self._stamps[str(entry)] = stamp(entry)
        return None


def _cache(artefact: Artefact) -> Cache:
    return Cache(Path(artefact.request.cache))
