"""Models in a child: built from their factory, asked for what they offer, used as they are."""

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from math import inf
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swapbench.base.error import SwapError
from swapbench.plan.target import resolve
from swapbench.run.backends.adapter import Adapter
from swapbench.run.diagnosis import described

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOP_EXAMPLES = 2


def build(factory: str, spec: dict[str, Any], seed: int, needs: Mapping[str, Path]) -> Any:
    """Return the model: what calling the target gives, or the target itself when it is a model already.

    A factory that takes `seed` or `random_state` is given the seed unless the spec sets it; `needs` are folders of
    other models' fits, by the names under which it takes them.
    """
    target = resolve(factory)
    if not callable(target) or (hasattr(target, "fit") and not isinstance(target, type)):
        if needs:
            raise SwapError(f"{factory} is a model, and no factory that could be handed {', '.join(needs)}.")
        return target
    seeds: dict[str, Any] = dict.fromkeys(seeds_of(factory), seed)
    return target(**(seeds | spec), **needs)


def seeds_of(factory: str) -> list[str]:
    """Return the names by which a factory takes a seed."""
    accepted = _parameters(resolve(factory))
    return [name for name in ("seed", "random_state") if name in accepted]


def method(model: Any, name: str, factory: str, user: str = "the phase of that name") -> Callable[..., Any]:
    """Return a method of the model; raises SwapError that names the factory, and who needs it, when there is none."""
    found = getattr(model, name, None)
    if not callable(found):
        raise SwapError(f"{factory} gives a {type(model).__name__} without a method {name!r}, which {user} calls.")
    return found  # type: ignore[no-any-return]  # callable, as just checked


def can_be_kept(model: Any) -> bool:
    """Tell whether a fitted model can be stored and brought back: it has save_fitted(path) and load_fitted(path)."""
    return callable(getattr(model, "save_fitted", None)) and callable(getattr(model, "load_fitted", None))


def parameter_count(model: Any) -> int | None:
    """Return the number of trained parameters: what the model says, or the size of a scikit-learn estimator's.

    None where neither is known.
    """
    own = getattr(model, "count_parameters", None)
    if callable(own):
        return int(own())
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    arrays = [
        array
        for name in ("coef_", "intercept_", "coefs_", "intercepts_")
        if (value := getattr(last, name, None)) is not None
        for array in (value if isinstance(value, list) else [value])
    ]
    return sum(getattr(array, "size", 1) for array in arrays) if arrays else None


def said(model: Any, name: str) -> int | None:
    """Return what the model says of itself under a name, such as its `batch_size`, where that is a whole number."""
    number = getattr(model, name, None)
    return number if isinstance(number, int) else None


def flops_per_example(model: Any, examples: "NDArray[Any]", library: Adapter) -> tuple[float | None, str]:
    """Return the floating-point operations of predicting one example, where the library can count them, else None and
    why.

    They are counted over two examples, or over all of them for a model that cannot take so few. Whatever the model does
    then, it has been measured already, so this never fails.
    """
    if not len(examples) or not hasattr(model, "predict"):
        return None, ""
    for few in (examples[:_FLOP_EXAMPLES], examples):
        try:
            counted = library.flops(partial(model.predict, few))
        except Exception as error:
            why = f"counting them, its predict ended with {described(error)}"
        else:
            if not isinstance(counted, Real | None) or not 0 <= (counted or 0) < inf:
                return None, f"{type(library).__name__}.flops gave {counted!r:.60}, which is no number of operations"
            return float(counted or 0) / len(few) or None, ""
    return None, why


def keep(model: Any, folder: Path) -> None:
    """Store a fitted model in a folder of its own; raises SwapError where it has written nothing there."""
    model.save_fitted(folder / "model")
    if not (folder / "model").exists():
        raise SwapError(f"save_fitted of {type(model).__name__} has written nothing to the path that it was given.")


def restore(model: Any, folder: Path) -> None:
    """Bring a fitted model back from the folder that `keep` filled."""
    model.load_fitted(folder / "model")


def _parameters(target: Any) -> set[str]:
    with suppress(TypeError, ValueError):  # some built-in callables have no signature to read
        return set(inspect.signature(target).parameters)
    return set()
