"""Folds: parts that are apart, the same for every model, with groups on one side and time going one way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from swapbench_models.training.error import TrainingError
from swapbench_models.training.folds import Folds, grouped, over_time, stratified

K = 3


@st.composite
def clips(draw: DrawFn) -> tuple[list[str], list[int]]:
    """Labels and groups: at least so many groups of each class as there are folds, some of both classes."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=2 * K, max_size=20))
    labels, groups = [], []
    for group, size in enumerate(sizes):
        for place in range(size):
            other = draw(st.booleans()) and place > 0
            labels.append("real" if (group % 2 == 0) != other else "fake")
            groups.append(group)
    return labels, groups


def assert_parts(found: Folds, examples: int) -> None:
    assert len(found) == K
    for train, test in found:
        assert len(test) > 0
        assert sorted([*train, *test]) == list(range(examples))
    assert sorted(np.concatenate([test for _, test in found])) == list(range(examples))


@settings(deadline=None, max_examples=30)  # the first imports scikit-learn
@given(clips(), st.integers(0, 99))
def test_no_group_is_ever_on_both_sides(made: tuple[list[str], list[int]], seed: int) -> None:
    labels, groups = made
    found = grouped(None, labels, groups, K, seed)
    assert_parts(found, len(labels))
    for train, test in found:
        assert not {groups[place] for place in train} & {groups[place] for place in test}
    again = grouped(None, labels, groups, K, seed)
    assert all(np.array_equal(one[1], other[1]) for one, other in zip(found, again, strict=True))


def test_each_trains_on_every_class_where_groups_allow_it() -> None:
    labels, groups = [1, 0, 1, 1, 0, 0], [0, 1, 0, 1, 1, 3]
    for seed in range(6):  # of which three draw both groups of class 1 into one part
        for train, _ in grouped(None, labels, groups, 2, seed):
            assert {labels[place] for place in train} == {0, 1}


def test_classes_keep_their_shares_and_the_seed_decides() -> None:
    labels = ["real"] * 30 + ["fake"] * 60
    found = stratified(None, labels, folds=K, seed=1)
    assert_parts(found, 90)
    assert [np.count_nonzero(test < 30) for _, test in found] == [10, 10, 10]
    assert not np.array_equal(found[0][1], stratified(None, labels, folds=K, seed=2)[0][1])


def test_over_time_what_is_tested_comes_right_after_what_is_trained_on() -> None:
    found = over_time(np.zeros(10), folds=K)
    assert [(len(train), test.tolist()) for train, test in found] == [(2, [2, 3, 4]), (5, [5, 6, 7]), (8, [8, 9])]


def test_more_folds_than_there_is_to_put_into_them_are_refused() -> None:
    with pytest.raises(TrainingError, match="3 folds need as many examples of each class, and class fake has 2"):
        stratified(None, ["real"] * 9 + ["fake"] * 2, folds=K)
    with pytest.raises(TrainingError, match="3 folds need as many groups of each class, and class fake has 2"):
        grouped(None, ["real"] * 9 + ["fake"] * 9, [*range(9), *[20] * 5, *[21] * 4], folds=K)
    with pytest.raises(TrainingError, match="3 folds over time need 4 examples or more, there are 3"):
        over_time(np.zeros(3), folds=K)
    with pytest.raises(TrainingError, match="folds 1: give a number from 2 on"):
        stratified(None, ["real"] * 9, folds=1)
