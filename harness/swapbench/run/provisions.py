"""Provisions: what a cell needs before its first round, data and artefacts, brought into the cache where it runs."""

from dataclasses import dataclass, field
from pathlib import Path

from swapbench.run.artefact import Artefact
from swapbench.run.cache import Cache
from swapbench.run.data import up_to_date
from swapbench.run.outcome import Outcome
from swapbench.run.request import Request
from swapbench.run.supervisor import Supervisor


@dataclass
class Provisions:
    """Makes what is not there yet. What this process has seen whole, or seen fail, it does not look at or try again."""

    supervisor: Supervisor
    _whole: set[str] = field(default_factory=set)
    _failed: dict[str, Outcome] = field(default_factory=dict)

    def data(self, request: Request) -> Outcome | None:
        """Have a dataset prepared unless it is there, whole, and its files are what they were; return how that failed,
        if it did."""
        cache = Cache(Path(request.cache))
        place = str(cache.entry(request.data))
        if place not in self._whole and not cache.sound(request.data, up_to_date):
            (outcome,) = self.supervisor.run(request)
            if outcome.status != "ok":
                return outcome
        self._whole.add(place)
        return None

    def artefact(self, wanted: Artefact) -> tuple[Artefact, Outcome] | None:
        """Have a model fitted unless it is there, whole, and before it all that it needs; return the first that could
        not be had, and why.

        A model that cannot be kept is no failure: it is fitted anew wherever it is needed. Whoever needs it as a file
        is told so.
        """
        for one in wanted.in_order:
            failure = self._made(one)
            if failure is None and one is not wanted and not self._cache(one).has(one.key):
                why = "it cannot be kept: it has no save_fitted(path) and load_fitted(path)"
                failure = Outcome("failed", why, {}, 0.0, 0.0, "")
            if failure is not None:
                return one, failure
        return None

    def _made(self, artefact: Artefact) -> Outcome | None:
        place = str(self._cache(artefact).entry(artefact.key))
        if place in self._failed:
            return self._failed[place]
        if place in self._whole and self._cache(artefact).has(artefact.key):
            return None
        if not self._cache(artefact).sound(artefact.key):
            (outcome,) = self.supervisor.run(artefact.request)
            if outcome.status != "ok":
                self._failed[place] = outcome
                return outcome
        self._whole.add(place)
        return None

    @staticmethod
    def _cache(artefact: Artefact) -> Cache:
        return Cache(Path(artefact.request.cache))
