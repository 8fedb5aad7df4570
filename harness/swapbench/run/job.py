"""Jobs: cells made ready to run, with every choice settled, as plain values."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from swapbench.plan.cell import Cell
from swapbench.run.artefact import Artefact
from swapbench.run.request import Request


@dataclass(frozen=True)
class Earlier:
    """What jobs before this one have measured of the same cell: how many rounds were kept and how many discarded as
    contaminated, and whether its phase of one call was found to take so little that it is made on several models (None:
    not measured yet)."""

    kept: int = 0
    discarded: int = 0
    short: bool | None = None


@dataclass(frozen=True)
class Job:
    """One cell: the request that prepares its data, the artefacts it starts from, the request of each of its `rounds`.

    `key` digests all that determines its result, `data` is the checksum of its dataset, `versions` are those that its
    record names, `source` is the commit of its code. `own` is the artefact that its phase starts from, `needs` those of
    other models; `seeds` are further ones to train under, off the clock, for the scores. `computed` are the own modules
    that import what nothing but running them can tell, so that another checkout may differ in more than the key shows.
    """

    cell: Cell
    request: Request
    rounds: int
    key: str
    data: str
    versions: dict[str, str]
    computed: tuple[str, ...]
    preparation: Request
    own: Artefact | None = None
    needs: tuple[Artefact, ...] = ()
    source: dict[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    earlier: Earlier = Earlier()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Job":
        """Read what as_dict gave, from JSON too."""
        read = {
            "cell": Cell.from_dict(values["cell"]),
            "request": Request.from_dict(values["request"]),
            "preparation": Request.from_dict(values["preparation"]),
            "own": values["own"] and Artefact.from_dict(values["own"]),
            "needs": tuple(map(Artefact.from_dict, values["needs"])),
            "computed": tuple(values["computed"]),
            "seeds": tuple(values["seeds"]),
            "earlier": Earlier(**values["earlier"]),
        }
        return cls(**{**values, **read})

    def requests(self) -> Iterator[Request]:
        """Yield all requests that executing this job may make."""
        yield self.preparation
        yield from (need.request for need in self.needs)
        yield from [self.own.request] if self.own else []
        yield self.request

    def each(self, change: Callable[[Request], Request]) -> "Job":
        """Return this job with all of its requests changed: as it is executed in another place."""
        return replace(
            self,
            request=change(self.request),
            preparation=change(self.preparation),
            own=self.own and self.own.each(change),
            needs=tuple(need.each(change) for need in self.needs),
        )

    def elsewhere(self, folder: str, paths: Sequence[str]) -> "Job":
        """Return this job as another checkout runs it; see Request.elsewhere."""
        return self.each(lambda request: request.elsewhere(folder, paths))
