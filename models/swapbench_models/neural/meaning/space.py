"""The space of hyper-parameters: what each may be, as `HPO(...)` declares it."""

import math
from dataclasses import dataclass

from swapbench_models.neural.language.fault import Faulty, nearest
from swapbench_models.neural.language.tree import Argument, Call, Choice, Value

_KINDS = ("choice", "categorical", "range", "log_range")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One hyper-parameter: where it stands, what it is called, and what it may be.

    `alternatives` are listed for a choice; a range has `low` and `high`, with `step` or without, `log` where each
    order of magnitude is as likely as the next.
    """

    at: int
    name: str
    alternatives: tuple[Value, ...] = ()
    low: int | float = 0.0
    high: int | float = 0.0
    step: int | float | None = None
    log: bool = False

    @property
    def first(self) -> Value:
        """What it is where nothing was chosen: the first alternative, or the low end."""
        return self.alternatives[0] if self.alternatives else self.low

    @property
    def which(self) -> str:
        """What that is, in words."""
        return "the first of its choices" if self.alternatives else "its low end"


def declared(call: Call, name: str) -> Dimension:
    """Return what an `HPO(...)` declares; raises Faulty where its bounds allow nothing."""
    if len(call.arguments) != 1 or call.arguments[0].name is not None:
        raise Faulty(call.at, "HPO takes one of choice(...), range(low, high) and log_range(low, high)")
    inner = call.arguments[0].value
    if isinstance(inner, Choice):
        inner = Call("choice", tuple(Argument(None, each) for each in inner.values), at=call.at)
    if not isinstance(inner, Call) or inner.name not in _KINDS:
        found = inner.name if isinstance(inner, Call) else "a plain value"
        raise Faulty(call.at, f"HPO takes choice, range or log_range, found {found}{nearest(found, _KINDS)}")
    if inner.name in {"choice", "categorical"}:
        return _choice(call, inner, name)
    return _range(call, inner, name)


def _choice(call: Call, inner: Call, name: str) -> Dimension:
    alternatives = tuple(argument.value for argument in inner.arguments if argument.name is None)
    if len(alternatives) == 1 and isinstance(alternatives[0], Choice):
        alternatives = alternatives[0].values
    if not alternatives or (len(alternatives) < len(inner.arguments) and len(inner.arguments) > 1):
        raise Faulty(inner.at, f"{inner.name} takes one value or more, without names")
    return Dimension(call.at, name, alternatives)


def _range(call: Call, inner: Call, name: str) -> Dimension:
    names = iter(("low", "high", "step"))
    found: dict[str, float] = {}
    for argument in inner.arguments:
        key = argument.name or next(names, "")
        key = {"min": "low", "max": "high", "start": "low", "end": "high", "stop": "high"}.get(key, key)
        if key not in {"low", "high", "step"} or key in found:
            raise Faulty(argument.at, f"{inner.name} takes low, high and step, found {argument.name or 'a fourth'}")
        if isinstance(argument.value, bool) or not isinstance(argument.value, int | float):
            raise Faulty(argument.at, f"{inner.name}'s {key} must be a number")
        found[key] = argument.value
    if not {"low", "high"} <= found.keys():
        raise Faulty(inner.at, f"{inner.name} takes a low and a high end: {inner.name}(low, high)")
    low, high, step, log = found["low"], found["high"], found.get("step"), inner.name == "log_range"
    if low >= high:
        raise Faulty(inner.at, f"{inner.name}'s low end must be below its high end, found {low} and {high}")
    if log and low <= 0:
        raise Faulty(inner.at, f"log_range's low end must be above 0, found {low}")
    if step is not None and not 0 < step <= high - low + math.ulp(high):
        raise Faulty(inner.at, f"{inner.name}'s step must be above 0 and no more than {high - low}, found {step}")
    if math.isinf((high - low) / (step or 1)):
        told = "" if step is None else " for such steps"
        raise Faulty(inner.at, f"{inner.name}'s ends are too far apart{told}: {low} and {high}")
    return Dimension(call.at, name, (), low, high, step, log)
