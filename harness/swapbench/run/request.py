"""Requests: all that a child is told, as plain values that JSON can carry."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from swapbench.plan.backend import Backend
from swapbench.plan.code import code_of


@dataclass(frozen=True)
class Request:
    """One execution in a child.

    `action` is `round` (fit, time one phase, score), `score` (the same off the clock), `fit` (fit a model and keep
    it in the cache), `prepare` (bring a dataset into the cache), `resolve` (see whether (target, owner) pairs can be
    used) or `split` (see whether the data has all folds). The child comes from a server of `backend` that has imported
    `preload` too, and may take `timeout_s` seconds.

    `seed` is that of the split, and of the model too unless it has a `model_seed` of its own. Targets are dotted paths;
    `data` and `fitted` are cache keys, and so are the values of `needs`, by the names under which the factory takes
    them; `phase` and `metrics` are their declarations as dictionaries, and `before` those of the phases that go before,
    in the order in which they run. `paths` are where modules are looked for, and `folder` is the working folder, where
    they are not the server's own. `in_step` says that it takes turns with others at each timed call, and `short` that a
    phase of one call is known to take so little that it is made on several models (None: its first call shows it).
    """

    action: str
    cell: str
    backend: Backend
    threads: int
    seed: int
    cpus: tuple[int, ...]
    cache: str
    data: str
    timeout_s: float = 600.0
    preload: tuple[str, ...] = ()
    factory: str = ""
    spec: dict[str, Any] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)
    split: str | None = None
    folds: int = 1
    fold: int = 0
    phase: dict[str, Any] = field(default_factory=dict)
    metrics: tuple[dict[str, Any], ...] = ()
    fitted: str = ""
    memory_limit: int | None = None
    dataset: dict[str, Any] = field(default_factory=dict)
    folder: str = ""
    paths: tuple[str, ...] = ()
    in_step: bool = False
    before: tuple[dict[str, Any], ...] = ()
    short: bool | None = None
    model_seed: int | None = None
    targets: tuple[tuple[str, str], ...] = ()

    @property
    def drawn_from(self) -> int:
        """The seed of what the model draws."""
        return self.seed if self.model_seed is None else self.model_seed

    def elsewhere(self, folder: str, paths: Sequence[str]) -> "Request":
        """Return this request for a server that is shared with those of another checkout: it must not have imported the
        code of either, so each child finds its own."""
        libraries = tuple(module for module in self.backend.preload if not code_of(module).modules)
        backend = replace(self.backend, preload=libraries)
        return replace(self, backend=backend, preload=(), folder=folder, paths=tuple(paths))

    def placed(self, cpus: tuple[int, ...], cache: str) -> "Request":
        """Return this request for other cores and another cache: those of the machine that executes it."""
        return replace(self, cpus=cpus, cache=cache)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Request":
        """Read what as_dict gave, from JSON too."""
        lists = ("cpus", "preload", "metrics", "paths", "before", "targets")
        read = {name: tuple(values.get(name, ())) for name in lists}
        return cls(**{**values, **read, "backend": Backend.from_dict(values["backend"])})
