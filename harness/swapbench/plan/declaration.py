"""Declarations of a suite, read into its parts: shorthands are written out, and what cannot work is refused.

Every function returns a part of the suite, or raises a SwapError that names `owner`, the suite, and what to write.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from swapbench.base.error import SwapError
from swapbench.plan import declared
from swapbench.plan.backend import BACKENDS, Backend
from swapbench.plan.cell import Row
from swapbench.plan.metric import METRICS, Metric
from swapbench.plan.name import PROFILES, checked
from swapbench.plan.parts import FIT, PREDICT, Dataset, Model, Phase, Profile
from swapbench.plan.where import Where

SIZES = ("peak_memory", "parameters", "flops_per_example")
PHASES = {"fit": FIT, "predict": PREDICT}
_PROFILES = {"quick": Profile(3, 3), "standard": Profile(5, 5), "paper": Profile(10, 10)}


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_Named)


def backends(owner: str, given: Mapping[str, str | Backend]) -> dict[str, str | Backend]:
    """Return the backends by name, those that every suite knows and the given ones: targets of adapters, or values."""
    example = "{'lightgbm': 'mypkg.lightgbm:Adapter'}"
    for name, backend in declared.table(owner, "backends", given, example).items():
        own = f"{owner}, backend {checked(f'{owner}: backend', name)}"
        if not isinstance(backend, Backend):
            declared.target(own, backend)
        elif backend.name != name:
            raise SwapError(f"{owner}: backends[{name!r}] must be a Backend of that name.")
    return {**BACKENDS, **given}


def models(owner: str, given: Mapping[str, Model | Mapping[str, str]], known: Mapping[str, object]) -> dict[str, Model]:
    """Return the models by name, all of whose backends are `known`."""
    example = "{'forest': {'sklearn': 'sklearn.ensemble:RandomForestClassifier'}}"
    found = {}
    for name, value in declared.table(owner, "models", given, example).items():
        found[name] = _model(f"{owner}, model {checked(f'{owner}: model', name)}", value, known)
    if not found:
        raise SwapError(f"{owner}: declare at least one model, such as {example}.")
    return {name: found[name] for name in _in_order(owner, found)}


def _in_order(owner: str, found: Mapping[str, Model]) -> list[str]:
    """Return the names of models as they were declared, but each after those that it needs."""
    order: dict[str, None] = {}

    def place(name: str, above: tuple[str, ...]) -> None:
        for need in found[name].needs.values():
            if not isinstance(need, str) or need not in found:
                raise SwapError(f"{owner}, model {name}: it needs {need!r}, which is no model of this suite.")
            if need in (*above, name):
                circle = " needs ".join([*above, name, need])
                raise SwapError(f"{owner}: models cannot need each other in a circle: {circle}.")
            if need not in order:
                place(need, (*above, name))
        order[name] = None

    for name in found:
        place(name, ())
    return list(order)


def needs(owner: str, row: Row, rows: Collection[Row], known: Mapping[str, Model]) -> dict[str, Row]:
    """Return the rows whose fitted models a row stands on, by the names under which its factory takes them: of the same
    backend, and the plain variant where there is one."""
    found = {}
    for name, model in known[row.model].needs.items():
        plain, same = row._replace(model=model, variant=""), row._replace(model=model)
        if plain not in rows and same not in rows:
            raise SwapError(f"{owner}, model {row.model}: it needs {model}, which has no backend {row.backend}.")
        found[name] = plain if plain in rows else same
    return found


def _model(owner: str, value: Any, known: Mapping[str, object]) -> Model:
    if not isinstance(value, Model | Mapping):
        raise SwapError(
            f"{owner}: {value!r} stands where each backend has its target; write a dictionary such as "
            f"{_dictionary(value)}, or a Model."
        )
    model = value if isinstance(value, Model) else Model(dict(value))
    model.check(owner)
    for backend, _, _ in model.ways:
        if backend not in known:
            raise SwapError(
                f"{owner}: there is no backend {backend!r}; known are {', '.join(sorted(known))}; "
                "declare another with Suite(backends={...})."
            )
    return model


def _dictionary(value: Any) -> str:
    """Write what was probably meant, where a target stands alone."""
    if not isinstance(value, str) or ":" not in value:
        return "{'sklearn': 'package.module:name'}"
    top = value.partition(".")[0]
    return f"{{{top if top in BACKENDS else 'python'!r}: {value!r}}}"


def datasets(owner: str, one: str | Dataset | None, several: Mapping[str, str | Dataset] | None) -> dict[str, Dataset]:
    """Return the datasets by name; one alone is called `data`."""
    if (one is None) == (several is None):
        raise SwapError(f"{owner}: give either dataset= or datasets=.")
    example = "{'iris': 'package.module:load'}"
    named = {"data": one} if several is None else declared.table(owner, "datasets", several, example)
    found = {}
    for name, value in named.items():
        own = f"{owner}, dataset {checked(f'{owner}: dataset', name)}"
        found[name] = value if isinstance(value, Dataset) else Dataset(declared.target(own, value))
        found[name].check(own)
    if not found:
        raise SwapError(f"{owner}: declare at least one dataset, such as {example}.")
    return found


def phases(owner: str, given: Iterable[str | Phase]) -> dict[str, Phase]:
    """Return the phases by name; a name alone is fit, predict, or a method called with the test part."""
    listed = declared.listed(owner, "phases", given, "['fit', 'predict']")
    try:
        found = [one if isinstance(one, Phase) else PHASES.get(str(one)) or Phase(one) for one in listed]
    except SwapError as error:
        raise SwapError(f"{owner}: {error}") from error
    if not found:
        raise SwapError(f"{owner}: declare at least one phase, such as phases=['fit', 'predict'].")
    for phase in found:
        if phase.name in SIZES:
            raise SwapError(f"{owner}: phase {phase.name!r} has the name of what is measured anyway.")
    return _once(owner, "phase", found)


def before(owner: str, phase: Phase, known: Mapping[str, Phase]) -> tuple[Phase, ...]:
    """Return the phases that must run before a phase, first to last, each as its suite declares it.

    One that it does not declare is what its name alone would declare.
    """
    found: list[Phase] = []
    while phase.after is not None:
        if phase.after in (earlier.name for earlier in (phase, *found)):
            raise SwapError(f"{owner}: phase {phase.name!r} cannot come after {phase.after!r}, which comes after it.")
        phase = known.get(phase.after) or PHASES.get(phase.after) or Phase(phase.after)
        found.append(phase)
    return tuple(reversed(found))


def metrics(owner: str, given: Iterable[str | Metric], taken: Collection[str]) -> dict[str, Metric]:
    """Return the metrics by name, of which none may be `taken`."""
    found = []
    for metric in declared.listed(owner, "metrics", given, "['accuracy']"):
        if not isinstance(metric, Metric) and (not isinstance(metric, str) or metric not in METRICS):
            raise SwapError(
                f"{owner}: there is no metric {metric!r}; known are {', '.join(METRICS)}; "
                "declare another with Metric(name, function)."
            )
        found.append(metric if isinstance(metric, Metric) else METRICS[metric])
    for metric in found:
        if metric.name in taken:
            raise SwapError(f"{owner}: metric {metric.name!r} has the name of what is measured anyway.")
    return _once(owner, "metric", found)


def _once(owner: str, kind: str, found: list[Named]) -> dict[str, Named]:
    """Return declarations by their names; of two with one name, one would be lost."""
    for one in found:
        if [other.name for other in found].count(one.name) > 1:
            raise SwapError(f"{owner}: {kind} {one.name!r} is declared twice; give each a name of its own.")
    return {one.name: one for one in found}


def profiles(owner: str, given: Mapping[str, Profile], folds: int | None) -> dict[str, Profile]:
    """Return every profile by name, as given or as they are where nothing is said; `folds` holds for all of them."""
    for name, profile in declared.table(owner, "profiles", given, "{'paper': Profile(10, 10)}").items():
        declared.one_of(owner, "profile", name, PROFILES)
        if not isinstance(profile, Profile):
            raise SwapError(f"{owner}: profiles[{name!r}]={profile!r}: write a Profile(folds, rounds).")
        profile.check(f"{owner}, profile {name}")
    sizes = {**_PROFILES, **given}
    if folds is not None:
        declared.whole(owner, "folds", folds, 1)
        sizes = {name: replace(profile, folds=folds) for name, profile in sizes.items()}
    return sizes


def wheres(
    owner: str, given: Iterable[Mapping[str, Any]], rows: Sequence[Row], known: Mapping[str, Collection[str]], name: str
) -> tuple[Where, ...]:
    """Return the cells that exclusions or marks are about, each of some row; `known` are the values of the other
    dimensions. All but exclusions give a reason."""
    own = f"{owner}, {name}"
    values = {**{field: dict.fromkeys(getattr(row, field) for row in rows) for field in Row._fields}, **known}
    listed = declared.listed(owner, name, given, "[{'model': 'knn', 'dataset': 'mnist'}]")
    found = tuple(Where.parse(own, one, values, with_reason=name != "exclude") for one in listed)
    for one, entry in zip(found, listed, strict=True):
        if not any(map(one.has, rows)):
            raise SwapError(f"{own}: {entry!r} is about no row; rows are {', '.join(row.name for row in rows)}.")
    return found


def check_names(owner: str, rows: Iterable[Row], data: Iterable[str]) -> None:
    """Refuse two rows that would have one name: dashes may stand in the names that it is made of."""
    names = [row.name for row in rows]
    for called in (names, [f"{name}-{dataset}" for name in names for dataset in data]):
        for name, count in Counter(called).items():
            if count > 1:
                raise SwapError(f"{owner}: two rows would both be called {name!r}; rename a model.")


def reference(owner: str, given: str | None, rows: Iterable[Row]) -> str:
    """Return the name of the row that ratios are taken to; the first, where nothing is said."""
    names = [row.name for row in rows]
    if given is not None and given not in names:
        raise SwapError(f"{owner}: there is no reference row {given!r}; rows are {', '.join(names)}.")
    return given or names[0]
