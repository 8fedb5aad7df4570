"""Subjects: one model with its fold of the data, brought to where a phase begins."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from swapbench.run import model as models
from swapbench.run.backends import adapter
from swapbench.run.cache import Cache, read_arrays
from swapbench.run.drawing import has_seed, state
from swapbench.run.folds import retested, split
from swapbench.run.request import Request


class Parts(dict[str, tuple[Any, Any]]):
    """(X, y) of each part of a fold by its name; `groups` are the groups of the test part as numbers (n,), None where
    the data has none, and `retested` says how many examples of it other folds test too, by their numbers."""

    groups: Any = None
    retested: dict[str, int]


def parts_of(request: Request) -> Parts:
    """Return (X, y) of each part of the request's fold: `train`, `test` and `all`."""
    arrays = read_arrays(Path(request.cache) / request.data)
    X, y, groups = arrays["X"], arrays["y"], arrays.get("groups")
    folds = split(request.split, X, y, groups, request.folds, request.seed)
    train, test = folds[request.fold]
    parts = Parts(train=(X[train], y[train]), test=(X[test], y[test]), all=(X, y))
    parts.retested = retested(folds, request.fold, len(y))
    if groups is not None:
        import numpy as np

        # By the names in all of the data, so that a group has one number in every fold.
        parts.groups = np.unique(groups, return_inverse=True)[1].ravel()[test]
    return parts


class Subject:
    """A freshly built model, with the data that its phases are given."""

    def __init__(self, request: Request, parts: Parts) -> None:
        self._request = request
        self.parts = parts
        # Each model begins with the same random numbers, so that all of them do the same work.
        self._library = adapter(request.backend.adapter)
        self._library.seed(request.drawn_from)
        self._began = state(self._library)
        cache = Cache(Path(request.cache))
        given = {name: cache.whole(key) for name, key in request.needs.items()}
        self.model = models.build(request.factory, request.spec, request.drawn_from, given)

    def drew(self) -> bool:
        """Tell whether the model may be another under another seed: it takes one, or has drawn random numbers."""
        return (
            bool(models.seeds_of(self._request.factory)) or has_seed(self.model) or state(self._library) != self._began
        )

    def call(self, phase: dict[str, Any]) -> Callable[[], Any]:
        """Return the call of a phase, as it was declared."""
        X, y = self.parts[phase["part"]]
        given = (X, y) if phase["labels"] else (X,)
        return partial(models.method(self.model, phase["name"], self._request.factory), *given)

    def fit(self) -> None:
        """Bring the model to where its fit, which goes before the phase, has ended."""
        for phase in self._request.before:
            self.call(phase)()
            if phase["name"] == "fit":
                return

    def bring(self) -> bool | None:
        """Bring the model to where the phase begins, by the phases before it; tell whether it came from the cache, or
        None where nothing goes before."""
        before = list(self._request.before)
        if not before:
            return None
        cache, fits = Cache(Path(self._request.cache)), [phase["name"] == "fit" for phase in before]
        restored = any(fits) and models.can_be_kept(self.model) and cache.has(self._request.fitted)
        if restored:
            models.restore(self.model, cache.whole(self._request.fitted))
            before = before[fits.index(True) + 1 :]
        for phase in before:
            self.call(phase)()
        return restored

    def another(self) -> Callable[[], Any] | None:
        """Return the call of the request's phase on a further model that has come to where the phase begins; None where
        the target is one model, of which there is no other."""
        fresh = Subject(self._request, self.parts)
        if fresh.model is self.model:
            return None
        fresh.bring()
        return fresh.call(self._request.phase)
