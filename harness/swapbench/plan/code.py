"""Code: what a target stands on, as the one digest that decides what is the same and what must be measured again."""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from swapbench.plan import distribution
from swapbench.plan.files import file_digest, package_files
from swapbench.plan.instrument import instrument
from swapbench.plan.source import source
from swapbench.plan.target import find
from swapbench.plan.walk import Walk

_SCORING = ("numpy", "scikit-learn")


@dataclass(frozen=True)
class Code:
    """What some modules stand on.

    `modules` are the own ones with their files, `files` the digests of these and of all other own files that count, by
    names that are the same in every checkout; `distributions` are those that own modules import themselves; `computed`
    are own modules that import what no reading of them can tell for certain; `prose` says that own modules name files
    of the kinds that are documentation elsewhere.
    """

    modules: Mapping[str, Path] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    distributions: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    prose: bool = False

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all that determines what this code does."""
        known = {
            "files": dict(self.files),
            "distributions": fingerprints(self.distributions),
            "instrument": instrument(),
            "python": f"{platform.python_implementation()} {platform.python_version()}",
        }
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def fingerprints(names: Iterable[str]) -> dict[str, str | None]:
    """Return what tells installations of some distributions apart, with those of all that they require, and of those
    that the instrument splits and scores with."""
    wanted = distribution.with_requirements({*names, *_SCORING})
    return {name: distribution.fingerprint(name) for name in wanted}


def code_of(*targets: str) -> Code:
    """Return what targets or modules stand on together; nothing is imported."""
    return _code_of(tuple(sorted({target.partition(":")[0] for target in targets})))


def forget() -> None:
    """Read own code and what is told of installed one anew from now on, as another process would."""
    for known in (find, source, file_digest, _code_of, distribution.fingerprint, distribution.requirements):
        known.cache_clear()


@cache
def _code_of(targets: tuple[str, ...]) -> Code:
    walk = Walk(list(targets))
    walk.reach()
    return Code(
        walk.modules,
        {**walk.files, **dict(package_files(walk.packages, prose=walk.prose or walk.lists))},
        tuple(sorted(walk.distributions)),
        tuple(sorted(walk.computed)),
        walk.prose,
    )
