"""Many comparisons and many looks: against statsmodels, and by simulation of their error."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from inference import at_most, close, draws, rate_of
from swapbench.judge.multiplicity import LOOKS, SHARES, holm, spent
from swapbench.judge.ranks import rank_p

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(P_VALUES)
def test_holms_p_values_are_those_of_statsmodels(p_values: list[float]) -> None:
    with patch("gc.collect"):  # statsmodels calls it each time; among so many modules it takes 0.2 s
        expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == close(expected.tolist())


@given(P_VALUES, st.integers(0, 20))
def test_what_is_not_listed_counts_as_one(p_values: list[float], more: int) -> None:
    assert holm(p_values, len(p_values) + more) == holm([*p_values, *[1.0] * more])[: len(p_values)]


def test_no_p_values_are_adjusted_to_none() -> None:
    assert holm([]) == []


def test_holm_bounds_the_chance_of_any_false_rejection() -> None:
    runs = 4000
    families = np.random.default_rng(0).random((runs, 20)).tolist()
    assert 0.035 <= rate_of(min(holm(family)) <= 0.05 for family in families) <= at_most(0.05, runs)


@given(st.floats(0, 1), st.sampled_from(range(len(LOOKS))))
def test_a_look_spends_its_share(p: float, look: int) -> None:
    assert p <= spent(p, look) <= 1
    assert (spent(p, look) <= 0.05) == (p / SHARES[look] <= 0.05)


def test_the_shares_of_the_looks_add_up_to_one() -> None:
    assert len(SHARES) == len(LOOKS)
    assert sum(SHARES) == pytest.approx(1.0)


def test_looking_several_times_errs_no_more_often_than_looking_once() -> None:
    draw, runs = draws(1)["lognormal"], 4000
    a, b = draw((runs, LOOKS[-1])).tolist(), draw((runs, LOOKS[-1])).tolist()

    def least(x: list[float], y: list[float]) -> float:
        return min(spent(rank_p(x[:size], y[:size]), look) for look, size in enumerate(LOOKS))

    rate = rate_of(least(x, y) <= 0.05 for x, y in zip(a, b, strict=True))
    unspent = rate_of(min(rank_p(x[:n], y[:n]) for n in LOOKS) <= 0.05 for x, y in zip(a, b, strict=True))
    assert 0.025 <= rate <= at_most(0.05, runs) < unspent
