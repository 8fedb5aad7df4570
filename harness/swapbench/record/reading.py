"""Reading: whether plain values are those of a record, which is told before anything relies on them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from swapbench.base import packing
from swapbench.plan.cell import FIELDS
from swapbench.plan.metric import Direction, Of

# Raises ValueError, with the place and what is there, for a value that is not of its kind.
Check = Callable[[str, Any], None]

_DEEPEST = 16
# Beyond these, sums, squares and ratios of numbers are none that anybody can compute with, and counts none that are
# stored.
_LARGEST, _LEAST, _MOST = 1e150, 1e-150, 2**63


def kind(words: str, holds: Callable[[Any], bool]) -> Check:
    """Return the check of what is called by some words."""

    def check(place: str, value: Any) -> None:
        if not holds(value):
            told = repr(value)
            raise ValueError(f"{place} is {told if len(told) <= 60 else f'{told[:57]}...'} and not {words}")

    return check


def maybe(own: Check) -> Check:
    """Return the check of what may be unknown."""
    return lambda place, value: None if value is None else own(place, value)


def each(own: Check) -> Check:
    """Return the check of a list."""

    def check(place: str, value: Any) -> None:
        _list(place, value)
        for number, one in enumerate(value):
            own(f"{place}[{number}]", one)

    return check


def table(own: Check) -> Check:
    """Return the check of a dictionary whose keys are for others to know."""

    def check(place: str, value: Any) -> None:
        _dictionary(place, value)
        for key, one in value.items():
            own(f"{place}[{key!r}]", one)

    return check


def having(known: Mapping[str, Check], needed: Iterable[str] = (), *, only: bool = False) -> Check:
    """Return the check of a dictionary in which some keys are known and some needed, and with `only` no others are
    allowed."""

    def check(place: str, value: Any) -> None:
        _dictionary(place, value)
        where = f"{place}." if place else ""
        for name in sorted({*needed} - {*value}):
            raise ValueError(f"{where}{name} is lacking")
        for name, one in value.items():
            if name in known:
                known[name](f"{where}{name}", one)
            elif only:
                raise ValueError(f"{where}{name} is there, and no such field is known")

    return check


def plain(place: str, value: Any, deeper: int = _DEEPEST) -> None:
    """Check what JSON carries to others, and back as it was, in not too many nests."""
    if isinstance(value, Mapping | list | tuple) and not deeper:
        raise ValueError(f"{place[:60]}... is nested more than {_DEEPEST} deep")
    if isinstance(value, Mapping):
        table(lambda where, one: plain(where, one, deeper - 1))(place, value)
    elif isinstance(value, list | tuple):
        each(lambda where, one: plain(where, one, deeper - 1))(place, value)
    elif value is not None and not isinstance(value, str | bool):
        number(place, value)


def _real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_packed(value: Any) -> bool:
    try:
        packing.opened(value)
    except (ValueError, AttributeError):
        return False
    return True


_list = kind("a list", lambda value: isinstance(value, list | tuple))
_dictionary = kind(
    "a dictionary whose keys are texts", lambda value: isinstance(value, Mapping) and all(type(k) is str for k in value)
)
text = kind("a text", lambda value: isinstance(value, str))
flag = kind("true or false", lambda value: isinstance(value, bool))
number = kind("a finite number", lambda value: _real(value) and -_LARGEST < value < _LARGEST)
amount = kind("a finite number from 0 on", lambda value: _real(value) and (value == 0 or _LEAST <= value < _LARGEST))
count = kind("a whole number from 0 on", lambda value: _real(value) and isinstance(value, int) and 0 <= value < _MOST)
packed = kind("results of test examples, packed", _is_packed)


def _walls(place: str, value: Any) -> None:
    each(amount)(place, value)
    if not value:
        raise ValueError(f"{place} is empty")


SAMPLE: Mapping[str, Check] = {
    **dict.fromkeys(("wall_s", "cpu_s", "foreign_cpus", "waited", "slowdown", "elapsed_s", "queued_s"), amount),
    **dict.fromkeys(("start_memory_bytes", "peak_memory_bytes", "absolute_peak_bytes", "models"), count),
    **dict.fromkeys(("contaminated", "memory_complete"), flag),
    **dict.fromkeys(("stopped", "server"), text),
    "walls": _walls,
    "cold_s": maybe(amount),
    "together": maybe(text),
    "device_memory_bytes": maybe(count),
}
ENVIRONMENT: Mapping[str, Check] = {
    **dict.fromkeys(("threads", "workers"), count),
    **dict.fromkeys(("slot", "engine"), text),
    **{name: table(plain) for name in ("machine", "versions")},
    "cpus": each(count),
}
_SCORES: Mapping[str, Check] = {"scores": table(number), "examples": table(packed), "predictions_sha256": maybe(text)}
cell = having({name: count if name == "fold" else text for name in FIELDS}, set(FIELDS) - {"variant"})
_SAMPLES = each(having(SAMPLE, ("wall_s", "walls", "contaminated")))


def _environment(place: str, value: Any) -> None:
    plain(place, value)
    having(ENVIRONMENT)(place, value)


def _groups(place: str, value: Any) -> None:
    if value != "":
        packed(place, value)


RECORD: Mapping[str, Check] = {
    **_SCORES,
    **dict.fromkeys(("key", "status", "reason", "output", "started", "ended"), text),
    **{name: maybe(count) for name in ("parameters", "train_examples", "test_examples", "version")},
    **{name: maybe(flag) for name in ("deterministic", "seeded")},
    **dict.fromkeys(("samples", "discarded"), _SAMPLES),
    "cell": cell,
    "undefined": table(text),
    "retested": maybe(table(count)),
    "flops_per_example": maybe(amount),
    "groups": _groups,
    "trainings": each(having({"seed": count, **_SCORES}, ("seed", *_SCORES))),
    "attempts": each(having({"options": table(count), "reason": text}, ("options", "reason"))),
    "environment": _environment,
    "source": table(plain),
}
check = having(RECORD, ("cell", "key", "status"), only=True)


def _one_of(words: Iterable[str]) -> Check:
    known = tuple(words)
    return kind(f"one of {', '.join(known)}", lambda value: isinstance(value, str) and value in known)


def _several(own: Check, least: int, most: int) -> Check:
    """Return the check of a list of so many."""

    def check(place: str, value: Any) -> None:
        each(own)(place, value)
        if not least <= len(value) <= most:
            raise ValueError(f"{place} has {len(value)} values and not {least} to {most}")

    return check


_SCORE: Mapping[str, Check] = {
    **dict.fromkeys(("name", "unit"), text),
    "better": _one_of(get_args(Direction)),
    "given": _one_of(get_args(Of)),
    "bounds": _several(maybe(number), 2, 2),
}
_RULE: Mapping[str, Check] = {
    "metric": text,
    "tolerance": having(dict.fromkeys(("absolute", "relative"), maybe(amount)), only=True),
    **dict.fromkeys(("model", "backend", "variant"), maybe(text)),
}
_OUTLINE: Mapping[str, Check] = {
    **dict.fromkeys(("name", "reference"), text),
    **dict.fromkeys(("datasets", "phases"), each(text)),
    "rows": each(_several(text, 2, 3)),
    "scores": each(having(_SCORE, ("name", "unit", "better"), only=True)),
    "rules": each(having(_RULE, ("metric", "tolerance"), only=True)),
}
outline = having(_OUTLINE, _OUTLINE, only=True)
_RUN: Mapping[str, Check] = {
    "started": text,
    "outlines": each(outline),
    "planned": each(having({"test": text, "cell": cell}, ("test", "cell"))),
    "records": each(lambda place, value: None),  # each by itself
}
run = having(_RUN, _RUN)
