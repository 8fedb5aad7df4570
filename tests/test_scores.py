"""Scores of two sides: what is a verdict, and what only looks like one."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import record
from swapbench.base.packing import pack
from swapbench.judge.estimates import estimate
from swapbench.judge.evidence import Evidence
from swapbench.judge.resolution import resolution
from swapbench.judge.results import test_share as share_of
from swapbench.judge.scores import evidence
from swapbench.judge.verdict import Kind
from swapbench.plan.metric import METRICS
from swapbench.plan.outline import ScoreOutline
from swapbench.plan.tolerance import Tolerance
from swapbench.record.record import Record

ACCURACY, LOSS, F1 = (ScoreOutline.of(METRICS[name]) for name in ("accuracy", "log_loss", "macro_f1"))
RIGHT = np.arange(600) % 10 != 0


def _side(
    name: str, folds: Sequence[Any], score: ScoreOutline = ACCURACY, examples: bool = True, **changes: Any
) -> dict[int, Record]:
    """Return one record a fold, given the results of its examples, or its scores alone."""
    return {
        fold: record(
            fold=fold,
            scores={score.name: float(np.mean(values))},
            examples={score.name: pack(np.asarray(values))} if examples else {},
            predictions_sha256=f"{name}{fold}",
            **{
                "test_examples": np.size(values) if examples else 20,
                "train_examples": 2 * np.size(values) if examples else 40,
                "seeded": False,
                **changes,
            },
        )
        for fold, values in enumerate(folds)
    }


def _evidence(
    before: dict[int, Record], after: dict[int, Record], score: ScoreOutline = ACCURACY, allowed: float = 0.005
) -> Evidence:
    found = evidence(before, after, score.name, score, Tolerance(absolute=allowed))
    assert found is not None
    return found


def _kind(found: Evidence) -> Kind:
    return found.verdict(found.worse, found.better, 1).kind


def _scores(*values: float, name: str = "a", **changes: Any) -> dict[int, Record]:
    return _side(name, values, F1, examples=False, **changes)


@pytest.mark.parametrize("by", [0.05, 0.1, 0.3])
def test_two_folds_that_drop_by_exactly_the_same_are_no_certainty(by: float) -> None:
    found = _evidence(_scores(0.9, 0.8), _scores(0.9 - by, 0.8 - by, name="b"), F1)
    assert found.worse > 0.01
    assert _kind(found) == "inconclusive"


def test_no_difference_is_larger_than_the_bounds_of_its_score_allow() -> None:
    found = _evidence(_scores(1.0, 0.6, 0.9), _scores(0.2, 0.5, 0.3, name="b"), F1)
    assert found.interval is not None
    assert found.interval[0] == -1
    assert 0 < found.interval[1] < 1


def test_a_score_of_few_of_the_examples_is_as_coarse_as_its_values() -> None:
    """A recall of 8 positives among 5,000 examples moves by eighths."""
    before, after = _scores(0.5, 0.75, test_examples=5_000), _scores(0.375, 0.625, name="b", test_examples=5_000)
    values = [one.scores["macro_f1"] for side in (before, after) for one in side.values()]
    assert resolution([*before.values(), *after.values()], F1, values) == pytest.approx(0.125)
    assert _kind(_evidence(before, after, F1)) == "inconclusive"


def test_many_folds_that_drop_show_it() -> None:
    before = [0.90, 0.88, 0.91, 0.89, 0.90, 0.92, 0.87, 0.90, 0.89, 0.91]
    after = [value - 0.1 - 0.01 * (number % 3) for number, value in enumerate(before)]
    sides = _scores(*before, test_examples=500), _scores(*after, name="b", test_examples=500)
    assert _kind(_evidence(*sides, F1)) == "regressed"


def test_equal_scores_are_equivalent_only_where_predictions_are_the_same() -> None:
    same = {fold: replace(one, predictions_sha256="p") for fold, one in _scores(0.9, 0.8).items()}
    assert _kind(_evidence(same, same, F1)) == "equivalent"
    assert _kind(_evidence(_scores(0.9, 0.8), _scores(0.9, 0.8, name="b"), F1)) == "inconclusive"


def test_examples_of_a_group_count_once() -> None:
    worse = RIGHT & (np.arange(600) >= 30)
    groups = pack(np.arange(600) // 30)
    alone = _evidence(_side("a", [RIGHT]), _side("b", [worse]))
    grouped = _evidence(_side("a", [RIGHT], groups=groups), _side("b", [worse], groups=groups))
    assert _kind(alone) == "regressed"
    assert _kind(grouped) == "inconclusive"
    assert "600 examples in 20 groups" in grouped.grounds


def test_groups_that_one_side_has_recorded_hold_for_both() -> None:
    groups = pack(np.arange(600) // 30)
    worse = RIGHT & (np.arange(600) >= 30)
    found = _evidence(_side("a", [RIGHT]), _side("b", [worse], groups=groups))
    assert "in 20 groups" in found.grounds


def _retested(side: dict[int, Record], common: int) -> dict[int, Record]:
    """Return the folds of a side, each with so many test examples in common with each other."""
    return {
        fold: replace(one, retested={str(other): common for other in side if other != fold} if common else {})
        for fold, one in side.items()
    }


@pytest.mark.parametrize("score", [ACCURACY, F1])
@pytest.mark.parametrize(("common", "kind"), [(0, "regressed"), (20, "regressed"), (100, "inconclusive")])
def test_folds_that_test_the_same_examples_show_nothing_of_others(score: ScoreOutline, common: int, kind: Kind) -> None:
    """Ten folds of a hundred examples, of which a model gets 12 wrong that another gets right; or 9 to 15."""
    rights = [np.arange(100) % 10 != 0] * 10
    wrongs = [right & ((np.arange(100) + fold % 3) % 8 != 0) for fold, right in enumerate(rights)]
    sides = [
        _retested(_side(name, folds, score, examples=score is ACCURACY, test_examples=100, train_examples=900), common)
        for name, folds in (("a", rights), ("b", wrongs))
    ]
    found = _evidence(*sides, score)
    assert _kind(found) == kind
    assert ("which have test examples in common" in found.grounds) == (common > 0)
    known = estimate(list(sides[1].values()), score)
    assert (known.low is None, known.span is not None) == (common == 100, common == 100)


@pytest.mark.parametrize("copies", [2, 5])
def test_folds_that_are_copies_of_others_make_nothing_more_certain(copies: int) -> None:
    """A published split whose four parts are tested again, by models with other seeds or by one that draws nothing."""

    def side(name: str, values: list[float], times: int) -> dict[int, Record]:
        made = _scores(*values * times, name=name, test_examples=100, train_examples=200)
        return {
            fold: replace(one, retested={str(other): 100 for other in made if other != fold and other % 4 == fold % 4})
            for fold, one in made.items()
        }

    sides = {name: [0.9, 0.8, 0.95, 0.7] if name == "a" else [0.8, 0.72, 0.9, 0.65] for name in "ab"}
    once, again = ([side(name, values, times) for name, values in sides.items()] for times in (1, copies))
    alone, more = (estimate([*each[0].values()], F1) for each in (once, again))
    assert (more.low, more.high) == (pytest.approx(alone.low), pytest.approx(alone.high))
    assert f"{4 * copies} folds of 4 test parts" in more.grounds
    assert _evidence(*again, F1).worse == pytest.approx(_evidence(*once, F1).worse)


@pytest.mark.parametrize(("common", "share"), [(None, 1 / 9), (0, 1 / 9), (5, 1 / 9), (50, 1.0), (100, np.inf)])
def test_folds_are_correlated_by_what_they_test_in_common(common: int | None, share: float) -> None:
    folds = _side("a", [RIGHT[:100]] * 10, train_examples=900)
    made = folds if common is None else _retested(folds, common)
    assert share_of([*made.values()]) == pytest.approx(share)


def test_a_fold_alone_is_compared_by_example_whatever_the_others_test() -> None:
    sides = [_retested(_side(name, [RIGHT] * 3), 600) for name in "ab"]
    one, other = ({0: side[0]} for side in sides)
    assert "over 600 examples" in _evidence(one, other).grounds


def test_records_of_before_are_known_to_repeat_examples_where_they_test_more_than_there_are() -> None:
    few, many = (_evidence(*(_side(name, [RIGHT] * folds) for name in "ab")) for folds in (3, 4))
    assert "over 1,800 examples" in few.grounds
    assert "over 4 folds, which have test examples in common" in many.grounds


@pytest.mark.parametrize(
    "changes", [{"seeded": True}, {"seeded": None}, {"seeded": False, "deterministic": False}], ids=str
)
def test_what_one_seed_may_move_is_no_regression_of_a_model_that_draws(changes: dict[str, Any]) -> None:
    worse = RIGHT & (np.arange(600) % 50 != 1)
    assert _kind(_evidence(_side("a", [RIGHT]), _side("b", [worse]))) == "regressed"
    drawn = _evidence(_side("a", [RIGHT], **changes), _side("b", [worse], **changes))
    assert _kind(drawn) == "inconclusive"
    assert "drawing at random" in drawn.grounds


def _trained(
    name: str, seeds: int, worse: float = 0.0, moved: float = 0.01, own: bool = False, folds: int = 3
) -> dict[int, Record]:
    """Return the records of a side whose trainings each draw how many of 600 examples a fold they get wrong, and which;
    with a seed of its `own` all trainings draw the same."""
    source = np.random.default_rng(ord(name))

    def drawn() -> Any:
        return source.random(600) > 0.05 + worse + abs(source.normal(0.0, moved))

    def again(one: Record, seed: int) -> dict[str, Any]:
        if own:
            return {"seed": seed, **{part: getattr(one, part) for part in ("scores", "examples", "predictions_sha256")}}
        right = drawn()
        return {
            "seed": seed,
            "scores": {"accuracy": float(right.mean())},
            "examples": {"accuracy": pack(right)},
            "predictions_sha256": f"{one.predictions_sha256}-{seed}",
        }

    side = _side(name, [drawn() for _ in range(folds)], seeded=True)
    return {
        fold: replace(one, trainings=tuple(again(one, seed) for seed in range(1, seeds))) for fold, one in side.items()
    }


def test_several_seeds_a_side_show_what_one_cannot() -> None:
    one, several = (
        _evidence(_trained("a", seeds, moved=0.003), _trained("b", seeds, worse=0.025, moved=0.003)) for seeds in (1, 5)
    )
    assert _kind(one) == "inconclusive"
    assert _kind(several) == "regressed"
    assert "3 folds, each trained under 5 seeds" in several.grounds
    assert several.value == pytest.approx(several.baseline + (several.effect or 0.0))


def test_several_seeds_of_the_same_code_are_no_regression() -> None:
    assert _kind(_evidence(_trained("a", 5, moved=0.03), _trained("b", 5, moved=0.03))) == "inconclusive"


def test_trainings_under_a_seed_of_the_models_own_say_nothing_of_what_it_draws() -> None:
    found = _evidence(_trained("a", 5, own=True), _trained("b", 5, worse=0.015, own=True))
    assert _kind(found) == "inconclusive"
    assert "seeds" not in found.grounds


def test_only_seeds_that_both_sides_have_in_every_fold_count() -> None:
    before, after = _trained("a", 5), _trained("b", 5)
    after[1] = replace(after[1], trainings=after[1].trainings[1:2])
    assert "each trained under 2 seeds" in _evidence(before, after).grounds


def test_a_collapse_is_a_regression_of_a_model_that_draws_too() -> None:
    sides = [[RIGHT[200 * fold : 200 * fold + 200] for fold in range(3)] for _ in "ab"]
    sides[1] = [own & (np.arange(200) % 3 != 0) for own in sides[1]]
    assert _kind(_evidence(*(_side(name, side, seeded=True) for name, side in zip("ab", sides, strict=True)))) == (
        "regressed"
    )


def test_no_two_sides_are_equivalent_within_what_one_unseen_example_may_move() -> None:
    """300 equal losses of up to 6 say nothing of a loss of 6 in 1 % of all examples."""
    losses = np.linspace(0.0, 6.0, 300)
    nearly = losses + np.where(np.arange(300) % 2, 1e-6, -1e-6)
    found = _evidence(_side("a", [losses], LOSS), _side("b", [nearly], LOSS), LOSS, allowed=0.01)
    assert _kind(found) == "inconclusive"
    assert _kind(_evidence(_side("a", [losses], LOSS), _side("b", [nearly], LOSS), LOSS, allowed=0.1)) == "equivalent"


def test_few_losses_have_no_interval() -> None:
    few, many = (_side("a", [np.linspace(0, 1, size)], LOSS) for size in (19, 20))
    moved = [_side("b", [np.linspace(0, 1.2, size)], LOSS) for size in (19, 20)]
    assert _evidence(few, moved[0], LOSS).interval is None
    assert _evidence(many, moved[1], LOSS).interval is not None


@given(
    st.lists(st.lists(st.booleans(), min_size=60, max_size=60), min_size=1, max_size=4),
    st.integers(0, 2**32 - 1),
    st.floats(0.0, 0.5),
    st.sampled_from([0.0, 0.01, 0.1]),
    st.booleans(),
)
def test_no_verdict_on_answers_is_at_odds_with_its_own_interval(
    folds: list[list[bool]], seed: int, moved: float, allowed: float, seeded: bool
) -> None:
    source = np.random.default_rng(seed)
    after = [np.where(source.random(len(own)) < moved, source.random(len(own)) < 0.3, own) for own in folds]
    found = _evidence(
        _side("a", [np.array(own) for own in folds], seeded=seeded),
        _side("b", [own.astype(bool) for own in after], seeded=seeded),
        allowed=allowed,
    )
    kind = _kind(found)
    mean = fmean(float(np.mean(b)) - float(np.mean(a)) for a, b in zip(folds, after, strict=True))
    assert found.effect == pytest.approx(mean)
    if found.interval is not None:
        low, high = found.interval
        assert low <= mean + 1e-9
        assert high >= mean - 1e-9
        assert kind != "regressed" or high < -allowed
        assert kind != "improved" or low > allowed
        assert kind != "equivalent" or abs(mean) <= allowed
