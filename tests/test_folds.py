"""Folds: what a model is trained and tested on."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import FAKE, Sandbox
from swapbench import Suite
from swapbench.base.error import SwapError
from swapbench.run.folds import are_classes, by_time, retested, split


def _folds(y: Any, groups: Any, folds: int) -> list[tuple[Any, Any]]:
    return split(None, np.zeros((len(y), 1)), y, groups, folds, 0)


@pytest.mark.filterwarnings("ignore:The least populated class")  # which a child prints and goes on
@settings(deadline=None)
@given(st.integers(2, 6), st.integers(0, 2**32 - 1), st.sampled_from(["floats", "counts", "classes", "words"]))
def test_whatever_the_target_every_example_is_tested_once_and_no_group_straddles_a_split(
    folds: int, seed: int, kind: str
) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(folds * 4, 80))
    y = {
        "floats": random.normal(size=count),
        "counts": random.integers(0, 10_000, count),
        "classes": random.integers(0, 3, count),
        "words": np.array([f"example {number}" for number in range(count)]),
    }[kind]
    groups = np.arange(count) % (folds + int(random.integers(0, 5)))
    for given_groups in (None, groups):
        parts = _folds(y, given_groups, folds)
        assert sorted(np.concatenate([test for _, test in parts])) == [*range(count)]
        for train, test in parts:
            assert sorted([*train, *test]) == [*range(count)]
            if given_groups is not None:
                assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize(
    ("target", "classes"),
    [
        (np.arange(60) % 2, True),
        (np.arange(60) % 20, True),
        (np.arange(60) % 21, False),
        (np.arange(60), False),
        (np.arange(60) % 2 == 0, True),
        (np.array([*"abc"] * 20), True),
        (np.arange(60) / 10, False),
        ((np.arange(60) % 2).astype(float), False),
        (np.zeros((60, 2), int), False),
    ],
)
def test_a_target_is_made_of_classes_when_its_values_occur_in_every_fold_on_average(target: Any, classes: bool) -> None:
    assert are_classes(target, 3) == classes


def test_classes_keep_their_shares() -> None:
    for _, test in _folds(np.arange(60) % 4, None, 3):
        assert np.bincount(np.arange(60)[test] % 4).tolist() == [5, 5, 5, 5]


INDICES = np.arange(60)
FIRST, LAST = INDICES[:40], INDICES[40:]
SPLITTERS: dict[str, list[tuple[Any, Any]]] = {
    "indices": [(FIRST, LAST)] * 2,
    "lists": [(FIRST.tolist(), LAST.tolist())] * 2,
    "masks": [(INDICES < 40, INDICES >= 40)] * 2,
    "slices": [(slice(40), slice(40, None))] * 2,
    "from the end": [(FIRST, INDICES[:20] - 20)] * 2,
    "some": [(FIRST, LAST), (FIRST[:20], FIRST[20:])],
    "with replacement": [(np.repeat(FIRST, 2), LAST)] * 2,
    "no test": [(FIRST, LAST), (INDICES, [])],
    "no training": [(FIRST, LAST), (np.array([], int), LAST)],
    "numbers as masks": [((INDICES < 40).astype(int), (INDICES >= 40).astype(int))] * 2,
    "twice": [(FIRST, np.repeat(LAST, 2))] * 2,
    "both": [(FIRST, LAST), (FIRST, INDICES[30:])],
    "few": [(FIRST, LAST)],
    "table": [(FIRST[:, None], LAST)] * 2,
}


def _split(monkeypatch: pytest.MonkeyPatch, name: str) -> list[tuple[Any, Any]]:
    monkeypatch.setattr("swapbench.run.folds.resolve", lambda _: lambda *_: SPLITTERS[name])
    return split("mine:split", None, np.zeros(60), None, 2, 0)


@pytest.mark.parametrize("name", ["indices", "lists", "masks", "slices", "from the end"])
def test_a_splitter_may_say_in_any_way_which_examples_it_means(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for train, test in _split(monkeypatch, name):
        assert (train.tolist(), test.tolist()) == (FIRST.tolist(), LAST.tolist())


def test_examples_may_be_drawn_with_replacement_to_be_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for train, test in _split(monkeypatch, "with replacement"):
        assert (train.tolist(), test.tolist()) == (np.repeat(FIRST, 2).tolist(), LAST.tolist())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no test", r"fold 1, test: it holds no examples"),
        ("no training", r"fold 1, train: it holds no examples"),
        ("numbers as masks", r"fold 0, train: 58 of its 60 indices repeat others \(a mask is made of booleans"),
        ("twice", r"fold 0, test: 20 of its 40 indices repeat others\.$"),
        ("both", r"fold 1: 10 of the 30 examples that it tests are also trained on"),
        ("few", r"mine:split returns 1 where 2 are asked for"),
        ("table", r"fold 0, train: it has shape \(40, 1\)"),
    ],
)
def test_parts_that_are_no_split_are_refused_by_their_fold(
    monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    with pytest.raises(SwapError, match=words):
        _split(monkeypatch, name)


def test_data_without_examples_has_no_folds() -> None:
    with pytest.raises(SwapError, match=r"the data holds no examples"):
        split(None, None, np.zeros(0), None, 1, 0)


def test_a_fold_knows_which_others_test_its_examples_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [retested(_split(monkeypatch, "indices"), fold, 60) for fold in (0, 1)] == [{"1": 20}, {"0": 20}]
    assert [retested(_split(monkeypatch, "some"), fold, 60) for fold in (0, 1)] == [{}, {}]


def test_fewer_groups_than_folds_are_refused_by_their_number() -> None:
    with pytest.raises(SwapError, match=r"3 folds need as many groups or more, the data has 2; declare fewer folds"):
        split(None, None, np.arange(10) / 2, np.arange(10) % 2, 3, 0)


@given(st.integers(1, 8), st.lists(st.integers(1, 5), min_size=1, max_size=40), st.booleans())
def test_over_time_each_fold_tests_on_what_comes_right_after_all_that_it_trains_on(
    folds: int, sizes: list[int], grouped: bool
) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    y = np.zeros(len(groups))
    if (len(sizes) if grouped else len(y)) <= folds:
        with pytest.raises(SwapError, match=rf"split='time': {folds} folds need {folds + 1} (groups|examples) or more"):
            by_time(None, y, groups if grouped else None, folds, 0)
        return
    parts = by_time(None, y, groups if grouped else None, folds, 0)
    assert len(parts) == folds
    end = len(parts[0][0])
    assert end > 0
    for train, test in parts:
        assert train.tolist() == [*range(end)]
        end += len(test)
        assert test.tolist() == [*range(len(train), end)]
        assert len(test) > 0
        assert not (grouped and set(groups[train]) & set(groups[test]))
    assert end == len(y)


def test_over_time_the_stretches_are_of_one_length() -> None:
    assert [len(test) for _, test in by_time(None, np.zeros(60), None, 3, 0)] == [15, 15, 15]


def test_over_time_a_group_that_comes_back_is_refused() -> None:
    with pytest.raises(SwapError, match=r"the examples of a group must lie together.*sort them by time"):
        by_time(None, np.zeros(6), np.array([0, 0, 1, 1, 0, 0]), 2, 0)


def test_a_suite_asks_for_folds_over_time_by_a_word() -> None:
    suite = Suite("m", models={"m": {"python": "m:M"}}, dataset="m:d", split="time")
    assert suite.split == "swapbench.run.folds:by_time"


DRAWN = """
class Drawn(Majority):
    def __init__(self, seed):
        self.seed = seed

    def count_parameters(self):
        return self.seed

def again(X, y, groups, folds, seed):
    return [split(X, y, groups, 2, seed)[fold % 2] for fold in range(folds)]
"""


@pytest.mark.parametrize(("seeds", "expected"), [("run", [7, 7, 7]), ("fold", [7, 8, 9])])
def test_models_draw_from_the_seed_of_the_run_or_from_that_of_their_fold(
    sandbox: Sandbox, seeds: str, expected: list[int]
) -> None:
    sandbox.write(fake=FAKE + DRAWN)
    drawn = {"drawn": {"python": "fake:Drawn"}}
    sandbox.suite("mine", models=drawn, folds=3, seeds=seeds, split="fake:again", phases=["fit"])
    run = sandbox.measure("--swap-seed=7")
    assert [record.parameters for record in run.records] == expected
