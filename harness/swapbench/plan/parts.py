"""The parts of a suite: profiles, models, datasets and phases."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from swapbench.base.error import SwapError
from swapbench.plan import declared
from swapbench.plan.name import PROFILES, checked


@dataclass(frozen=True)
class Profile:
    """How big a run is: how many folds and rounds a cell."""

    folds: int = 3
    rounds: int = 3

    def check(self, owner: str) -> None:
        """Raise SwapError, naming `owner`, for what cannot work."""
        for name in ("folds", "rounds"):
            declared.whole(owner, name, getattr(self, name), 1)


@dataclass(frozen=True)
class Model:
    """What is compared: one target of a factory for each backend, and the keyword arguments all of them are given.

    `variants` are further ways of executing it that must predict the same, each with targets of its own (name ->
    backend -> target). `spec` holds the hyper-parameters, `profiles` what a profile changes in them; both are values
    that JSON can carry, for the model is built in another process. `needs` names other models of the suite that it
    stands on: under each key its factory is given the folder in which `model` is what that one's `save_fitted` wrote,
    fitted by the same backend on the same fold of the same data. A round of it may take `timeout_s` seconds, whatever
    phases and the suite say.
    """

    backends: Mapping[str, str]
    spec: Mapping[str, Any] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    timeout_s: float | None = None
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)

    @property
    def ways(self) -> Iterator[tuple[str, str, str]]:
        """Every (backend, variant, target), those of one backend together, in declared order."""
        executed = {"": self.backends, **self.variants}
        for backend in dict.fromkeys(name for targets in executed.values() for name in targets):
            yield from ((backend, way, targets[backend]) for way, targets in executed.items() if backend in targets)

    def spec_for(self, profile: str) -> dict[str, Any]:
        return {**self.spec, **self.profiles.get(profile, {})}

    def check(self, owner: str) -> None:
        """Raise SwapError, naming `owner`, for what cannot work."""
        example = "{'sklearn': 'package.module:name'}"
        for backend, target in declared.table(owner, "backends", self.backends, example).items():
            declared.target(f"{owner}, backend {backend}", target)
        way = "{'compiled': {'sklearn': 'package.module:name'}}"
        for name, targets in declared.table(owner, "variants", self.variants, way).items():
            checked(f"{owner}: variant", name)
            for backend, target in declared.table(owner, f"variants[{name!r}]", targets, example).items():
                declared.target(f"{owner}, variant {name}, backend {backend}", target)
        if not any(self.ways):
            raise SwapError(f"{owner}: declare at least one backend, such as {example}.")
        if self.timeout_s is not None:
            declared.seconds(owner, "timeout_s", self.timeout_s)
        for name in declared.table(owner, "needs", self.needs, "{'teacher': 'teacher'}"):
            taken = {"seed", "random_state", *self.spec, *(key for spec in self.profiles.values() for key in spec)}
            if not name.isidentifier() or name in taken:
                raise SwapError(f"{owner}: needs[{name!r}] is no name of an argument that is free for it.")
        specs = {"spec": self.spec}
        for profile, spec in declared.table(owner, "profiles", self.profiles, "{'paper': {'depth': 9}}").items():
            specs[f"profiles[{declared.one_of(owner, 'profile', profile, PROFILES)!r}]"] = spec
        for name, spec in specs.items():
            declared.plain(owner, name, declared.table(owner, name, spec, "{'depth': 3}"))


@dataclass(frozen=True)
class Dataset:
    """Versioned data: the target of a loader that returns X, y or X, y, groups as arrays.

    `sha256` is the checksum its arrays must have (any, when None). `options` are the loader's keyword arguments, values
    that JSON can carry. With `reads_files` the loader is called with `data_dir` too, the folder given by `--swap-data`;
    such a dataset takes part when that option is given.
    """

    loader: str
    version: str = "1"
    sha256: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    reads_files: bool = False

    def check(self, owner: str) -> None:
        """Raise SwapError, naming `owner`, for what cannot work."""
        declared.target(owner, self.loader)
        declared.text(owner, "version", self.version)
        if self.sha256 is not None:
            declared.text(owner, "sha256", self.sha256)
        declared.plain(owner, "options", declared.table(owner, "options", self.options, "{'source': 'duo'}"))
        declared.flag(owner, "reads_files", self.reads_files)


@dataclass(frozen=True)
class Phase:
    """What is timed: the model's method of that name, called with one part of the fold.

    `part` is the side of the split it is given (`all`: both), `labels` whether it gets the truth too, `after` the
    phase that must have run before, outside the clock, as it was declared and after what that one follows. Each round
    makes `warmups` untimed calls and `repeats` timed ones, whose median is the round's time; a phase of one call that
    takes less than 20 milliseconds is called on several models. The scores of a cell come from the fitted model's
    predictions on the test part, so `scored` phases are those after which a model can predict. A round, with what goes
    before the phase, may take `timeout_s` seconds (None: as the suite says). Raises SwapError for
    what cannot work.
    """

    name: str
    part: Literal["train", "test", "all"] = "test"
    labels: bool = False
    after: str | None = None
    warmups: int = 0
    repeats: int = 1
    scored: bool = False
    timeout_s: float | None = None

    def __post_init__(self) -> None:
        owner = f"phase {self.name!r}"
        for name in (self.name, self.after):
            if name is not None and not (isinstance(name, str) and name.isidentifier()):
                raise SwapError(f"{owner}: {name!r} is no name of a method.")
        declared.one_of(owner, "part", self.part, ("train", "test", "all"))
        declared.whole(owner, "warmups", self.warmups, 0)
        declared.whole(owner, "repeats", self.repeats, 1)
        for name in ("labels", "scored"):
            declared.flag(owner, name, getattr(self, name))
        if self.timeout_s is not None:
            declared.seconds(owner, "timeout_s", self.timeout_s)

    def as_dict(self) -> dict[str, Any]:
        """Return what determines what is measured, which the time that it may take does not."""
        return {name: value for name, value in asdict(self).items() if name != "timeout_s"}


FIT = Phase("fit", part="train", labels=True, scored=True)
PREDICT = Phase("predict", after="fit", warmups=1, repeats=5, scored=True)
