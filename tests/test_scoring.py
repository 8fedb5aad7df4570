"""Scoring: what predictions are worth, and which predictions and metrics no score can be made of."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rounds import Bench, RoundError, opened
from swapbench import Metric
from swapbench.base.packing import unpack

_MODELS = '''
def load(count=60, columns=None, kind="int"):
    """Two classes, which the sign of the first feature tells nine times of ten."""
    X = np.random.default_rng(0).normal(size=(count, 3))
    y = np.where(np.arange(count) % 10 < 9, X[:, 0] > 0, X[:, 0] <= 0).astype(int)
    kinds = {"pm": 2 * y - 1, "bool": y > 0, "float": y.astype(float), "text": np.array(["n", "y"])[y]}
    y = kinds.get(kind, y)
    return X, y if columns is None else np.stack([y] * columns, axis=1)

def split(X, y, groups, folds, seed):
    parts = np.arange(len(y)) * folds // len(y)
    return [(np.flatnonzero(parts != fold), np.flatnonzero(parts == fold)) for fold in range(folds)]

def holdout(X, y, groups, folds, seed):
    random = np.random.default_rng(seed)
    return [(random.permutation(40)[:30], np.arange(40 if fold else 45, 60)) for fold in range(folds)]

class Sign(Model):
    shape, classes = None, 2

    def predict(self, X):
        found = (X[:, 0] > 0).astype(int)
        return {None: found, 0: found.sum(), 1: found[:, None]}.get(self.shape, np.stack([found] * 2, axis=1))

    def predict_proba(self, X):
        right = np.where(X[:, 0] > 0, 0.9, 0.1)
        return {1: right[:, None], 2: np.stack([1 - right, right], 1), 3: np.ones((len(X), 2))}.get(self.classes, right)

class Empty(Model): pass

def of_one_class(truth, labels):
    import warnings
    warnings.warn("only one class is present.")
    return float("nan")

def nothing_said(truth, labels): return float("nan")
def without_end(truth, labels): return float("inf")
def all_right(truth, labels): return 1.0
def just_above(truth, labels): return 1.0 + 1e-12
def percent(truth, labels): return 100.0 * float((truth == labels).mean())
def below(truth, labels): return -0.25
def hits(truth, labels): return truth == labels
def first(truth, labels): return (truth == labels)[:7]
def words(truth, labels): return ["right" if one else "wrong" for one in truth == labels]
def huge(truth, labels): return 1e300
def hugely(truth, labels): return np.full(len(truth), 1e300)
def model_error(truth, model): return 2.0
def model_errors(truth, model): return np.full(len(truth), 2.0)
'''


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with opened(tmp_path_factory.mktemp("scoring"), _MODELS) as made:
        yield made


def _scored(bench: Bench, *metrics: str | Metric, data: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return bench.measured("fit", "Sign", metrics=metrics, data=data, spec=spec, split="mine:split").answer


def _refusal(bench: Bench, *metrics: str | Metric, data: dict[str, Any] | None = None, **spec: Any) -> tuple[str, str]:
    """Return how a round ended that could not be scored, and why."""
    (rounds,) = bench.sides("fit", "Sign", metrics=metrics, data=data, spec=spec, split="mine:split")
    with pytest.raises(RoundError) as raised:
        rounds.measure()
    return rounds.end["status"], str(raised.value)


# Predictions


def test_a_column_is_the_labels_that_stand_in_it(bench: Bench) -> None:
    names = ("accuracy", "macro_f1", "mean_absolute_error", "r2")
    flat, *others = (
        _scored(bench, *names, data={"columns": columns}, shape=shape)
        for columns, shape in ((None, None), (None, 1), (1, None), (1, 1))
    )
    assert unpack(flat["examples"]["accuracy"]).shape == (30,)
    assert unpack(flat["examples"]["accuracy"]).mean() == pytest.approx(flat["scores"]["accuracy"])
    for other in others:
        assert (other["scores"], other["examples"]) == (flat["scores"], flat["examples"])


def test_an_example_of_two_targets_has_one_result(bench: Bench) -> None:
    one, two = (
        _scored(bench, "mean_absolute_error", data={"columns": columns}, shape=columns) for columns in (None, 2)
    )
    assert two["scores"] == one["scores"]
    assert unpack(two["examples"]["mean_absolute_error"]).shape == (30,)


@pytest.mark.parametrize(
    ("metric", "spec", "words"),
    [
        ("r2", {"shape": 2}, "its predictions have shape (30, 2), and the truth has (30,)"),
        ("accuracy", {"shape": 2}, "its predictions have shape (30, 2), and the truth has (30,)"),
        ("mean_absolute_error", {"shape": 2}, "its predictions have shape (30, 2), and the truth has (30,)"),
        ("accuracy", {"shape": 0}, "it predicts a single value for 30 examples"),
        ("log_loss", {"classes": 1}, "its probabilities have shape (30, 1), and not (n, classes)"),
        ("log_loss", {"classes": 0}, "its probabilities have shape (30,), and not (n, classes)"),
        ("log_loss", {"classes": 3}, "its probabilities of 30 of 30 examples are negative or do not add up to 1"),
    ],
)
def test_predictions_that_do_not_match_the_truth_are_invalid(
    bench: Bench, metric: str, spec: dict[str, Any], words: str
) -> None:
    status, why = _refusal(bench, metric, **spec)
    assert status == "invalid"
    assert words in why


def test_log_loss_takes_classes_that_are_numbers_however_they_are_kept(bench: Bench) -> None:
    whole, *others = (_scored(bench, "log_loss", data={"kind": kind}) for kind in ("int", "bool", "float"))
    results = unpack(whole["examples"]["log_loss"])
    assert set(np.round(results, 5)) == {0.10536, 2.30259}
    assert whole["scores"]["log_loss"] == pytest.approx(results.mean())
    for other in others:
        assert (other["scores"], other["examples"]) == (whole["scores"], whole["examples"])


@pytest.mark.parametrize(("kind", "found"), [("pm", "-1, 1"), ("text", "'n', 'y'")])
def test_log_loss_says_which_classes_it_takes(bench: Bench, kind: str, found: str) -> None:
    told = f"log_loss: the truth holds {found}, and its classes must be the numbers of the columns of the probabilities"
    assert _refusal(bench, "log_loss", data={"kind": kind}) == (
        "failed",
        f"{told}, 0 to 1; have the loader return those",
    )


def test_a_record_says_how_many_of_its_examples_each_other_fold_tests_too(bench: Bench) -> None:
    answers = [
        bench.measured("fit", "Sign", split=split, folds=3).answer for split in ("mine:split", "mine:holdout", None)
    ]
    assert [answer["retested"] for answer in answers] == [{}, {"1": 15, "2": 15}, {}]


# Metrics


def test_a_score_that_is_no_number_is_undefined_for_its_fold_and_says_why(bench: Bench) -> None:
    answer = _scored(bench, *(Metric(name, f"mine:{name}") for name in ("of_one_class", "nothing_said", "all_right")))
    assert answer["scores"] == {"all_right": 1.0}
    assert answer["undefined"] == {
        "of_one_class": "only one class is present",
        "nothing_said": "it is not a number for these finite predictions",
    }


def test_a_score_without_bounds_is_invalid(bench: Bench) -> None:
    assert _refusal(bench, Metric("without_end", "mine:without_end")) == (
        "invalid",
        "its score without_end hold 1 of 1 values that are not finite numbers",
    )


def test_a_method_that_a_metric_needs_is_asked_for_in_its_name(bench: Bench) -> None:
    (rounds,) = bench.sides("fit", "Empty", metrics=["log_loss"])
    why = "mine:Empty gives a Empty without a method 'predict_proba', which the metric log_loss calls"
    with pytest.raises(RoundError, match=f"^{why}$"):
        rounds.measure()


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (
            {"function": "mine:percent", "bounds": (0.0, 1.0)},
            ["metric own: the score is 90, and its bounds are (0.0, 1.0)", "correct the function mine:percent"],
        ),
        ({"function": "mine:below", "bounds": (0.0, None)}, ["the score is -0.25, and its bounds are (0.0, None)"]),
        (
            {"function": "mine:percent", "each": "mine:hits"},
            ["metric own, each mine:hits: the mean of what it returns is 0.9, and the score is 90"],
        ),
        ({"function": "mine:all_right", "each": "mine:first"}, ["type bool and shape (7,) for 30 examples"]),
        ({"function": "mine:all_right", "each": "mine:words"}, ["type <U5 and shape (30,) for 30 examples"]),
        ({"function": "mine:huge", "each": "mine:hugely"}, ["values that are not finite numbers of 32 bits"]),
    ],
    ids=["above", "below", "mean", "count", "words", "huge"],
)
def test_a_metric_that_is_not_as_it_was_declared_is_told_with_what_it_gave(
    bench: Bench, declared: dict[str, Any], words: list[str]
) -> None:
    status, why = _refusal(bench, Metric("own", **declared))
    assert status == "failed"
    assert all(word in why for word in words), why


def test_rounding_is_taken_off_at_the_end_of_what_a_score_can_be(bench: Bench) -> None:
    own = Metric("own", "mine:just_above", bounds=(0.0, 1.0))
    assert _scored(bench, own)["scores"] == {"own": 1.0}


def test_a_metric_of_the_model_may_have_results_of_each_example_too(bench: Bench) -> None:
    answer = _scored(bench, Metric("own", "mine:model_error", of="model", each="mine:model_errors"))
    assert unpack(answer["examples"]["own"]).tolist() == [2.0] * 30
