"""Footings: what a job stands on where it is executed, held against what it stood on where it was planned."""

import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from typing import Any

from swapbench.plan import code
from swapbench.plan.code import code_of, fingerprints
from swapbench.plan.instrument import instrument
from swapbench.run.cache import digest
from swapbench.run.job import Job
from swapbench.run.request import Request


@dataclass(frozen=True)
class Footing:
    """The contents of own files, what tells installed distributions apart, the instrument's own digest, and Python."""

    files: Mapping[str, str]
    distributions: Mapping[str, str | None]
    instrument: str
    python: str

    @classmethod
    def of(cls, *jobs: Job) -> "Footing":
        """Return what all targets of jobs stand on, as it is found by this process; nothing is imported."""
        names = {name for job in jobs for request in job.requests() for name in request.backend.distributions}
        return _footing(targets(jobs), tuple(sorted(names)))

    @cached_property
    def digest(self) -> str:
        return digest(asdict(self))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Footing":
        """Read what dataclasses.asdict gave, from JSON too."""
        return cls(**values)

    def difference(self, found: "Footing") -> str | None:
        """Say what is found to be different elsewhere, if anything is: the first of it."""
        return next(self._differences(found), None)

    def _differences(self, found: "Footing") -> Iterator[str]:
        if self.python != found.python:
            yield f"its Python is {found.python}, and not {self.python}"
        if self.instrument != found.instrument:
            yield "its swapbench is another one"
        for name in sorted({*self.distributions, *found.distributions}):
            planned, there = (_version(own.distributions.get(name)) for own in (self, found))
            if planned != there:
                yield f"its {name} is {there}, and not {planned}"
            elif self.distributions.get(name) != found.distributions.get(name):
                yield f"its {name} {there} is made of other files"
        for name in sorted({*self.files, *found.files}):
            if self.files.get(name) != found.files.get(name):
                yield f"{name} {'differs' if name in found.files else 'is lacking'}"


def targets(jobs: Iterable[Job]) -> tuple[str, ...]:
    """Return whatever jobs name that is imported for them."""
    return tuple(sorted({target for job in jobs for request in job.requests() for target in _targets(request)}))


def forget() -> None:
    """Look for everything anew from now on, for the path on which modules are looked for has changed."""
    code.forget()
    _footing.cache_clear()


def _version(fingerprint: str | None) -> str:
    return "not installed" if fingerprint is None else fingerprint.partition(" ")[0]


def _targets(request: Request) -> Iterator[str]:
    """Yield whatever a request names that is imported for it."""
    backend = request.backend
    yield from (backend.module, *backend.preload, *request.preload)
    metrics = [metric[part] for metric in request.metrics for part in ("function", "each")]
    loader = request.dataset.get("loader")
    yield from filter(None, (backend.adapter, request.factory, request.split, loader, *metrics))


@cache
def _footing(wanted: tuple[str, ...], names: tuple[str, ...]) -> Footing:
    found = code_of(*wanted)
    return Footing(
        files=found.files,
        distributions=fingerprints({*found.distributions, *names}),
        instrument=instrument(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
    )
