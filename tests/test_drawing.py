"""Drawing: which models would be others under another seed, and which examples belong together."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from swapbench.run.backends import BACKENDS
from swapbench.run.backends.adapter import Adapter
from swapbench.run.cache import write_arrays
from swapbench.run.drawing import state
from swapbench.run.request import Request
from swapbench.run.subject import Subject, parts_of

REQUEST = Request("round", "c", BACKENDS["python"], 1, 0, (), "", "data", folds=2, phase={}, metrics=())
X, Y, GROUPS = np.zeros((12, 1)), np.arange(12) % 2, np.array(list("aabbccddeeff"))


class Steady:
    """Draws nothing."""

    def fit(self, *_: Any) -> None: ...


class Drawing(Steady):
    """Draws in training, from the generator that nobody gave it."""

    def fit(self, *_: Any) -> None:
        np.random.random()  # the legacy generator is the one in question


class Seeded(Steady):
    def __init__(self, seed: int) -> None: ...


class Nested(Steady):
    """A pipeline of which a step has a seed."""

    @staticmethod
    def get_params() -> dict[str, Any]:
        return {"step": 1, "step__random_state": None}


def _subject(tmp_path: Path, model: type, **changes: Any) -> Subject:
    (tmp_path / "data").mkdir(exist_ok=True)
    write_arrays(tmp_path / "data", {"X": X, "y": Y, **changes})
    request = replace(REQUEST, cache=str(tmp_path), factory=f"{__name__}:{model.__name__}")
    return Subject(request, parts_of(request))


@pytest.mark.parametrize(("model", "drew"), [(Steady, False), (Drawing, True), (Seeded, True), (Nested, True)])
def test_a_model_that_takes_a_seed_or_draws_without_one_is_found_out(tmp_path: Path, model: type, drew: bool) -> None:
    subject = _subject(tmp_path, model)
    subject.model.fit(X, Y)
    assert subject.drew() is drew


@pytest.mark.parametrize("draw", [random.random, np.random.random])
def test_each_generator_shows_that_it_was_drawn_from(draw: Callable[[], float]) -> None:
    library = Adapter()
    library.seed(0)
    before = state(library)
    assert state(library) == before
    draw()
    assert state(library) != before


def test_examples_of_one_group_have_one_number_and_no_groups_none(tmp_path: Path) -> None:
    parts = _subject(tmp_path, Steady, groups=GROUPS).parts
    names = np.unique(GROUPS)
    assert len(parts.groups) == len(parts["test"][1])
    assert set(np.bincount(parts.groups)) <= {0, 2}
    assert max(parts.groups) < len(names)
    assert _subject(tmp_path, Steady).parts.groups is None
