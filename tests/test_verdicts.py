"""Verdicts: whatever the samples, none is at odds with its own figures and its own interval."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import record, sample
from swapbench.base.packing import pack
from swapbench.judge.judgement import judge
from swapbench.judge.verdict import Verdict
from swapbench.plan.outline import Outline
from swapbench.plan.suite import Suite
from swapbench.record.record import Record
from swapbench.record.run import Run

OUTLINE = Outline.of(
    Suite(
        "mine", models={"lin": {"sklearn": "fake:Lin"}}, dataset="fake:load", metrics=["accuracy", "log_loss"], folds=2
    )
)
ALLOWED = {"fit_time": (0.02, 1e-5), "peak_memory": (0.01, 2**19)}  # relative and absolute, where nothing is declared

SCORES = {"accuracy": False, "log_loss": True}  # and whether more of it is worse; half a percent is allowed

# A side's calls are all alike, slower in part, slower as they go on, or wild.
SHAPES = st.one_of(
    st.sampled_from([(1.0,), (1.0, 1.0, 1.0, 1.0, 3.0), (0.9, 1.0, 1.0), (1.0, 1.1, 1.2), (1.0, 3.0, 1.0, 3.0, 1.0)]),
    st.lists(st.floats(0.5, 2.0), min_size=1, max_size=5).map(tuple),
)


@st.composite
def _sides(draw: st.DrawFn) -> tuple[Run, Run]:
    """Return two runs of one or two folds, in step or not, from few or many servers, of any shape of noise."""
    folds, rounds = draw(st.integers(1, 2)), draw(st.integers(1, 24))
    in_step, a_server = draw(st.booleans()), draw(st.sampled_from([1, 5]))
    factor, memory = draw(st.sampled_from([0.8, 0.97, 1.0, 1.02, 1.03, 1.3])), draw(st.sampled_from([0, 2**22, 2**26]))
    shapes = [draw(SHAPES) for _ in "ab"]
    noise = draw(st.lists(st.floats(-0.05, 0.05), min_size=2 * rounds, max_size=2 * rounds))
    slow = draw(st.lists(st.sampled_from([1.0, 1.0, 1.0, 1.3]), min_size=rounds, max_size=rounds))
    level = draw(st.sampled_from([1e-6, 1e-3, 1.0]))
    load = draw(st.booleans())

    def side(number: int) -> tuple[Record, ...]:
        def one(fold: int, round_: int) -> dict[str, Any]:
            pace = level * (1 + noise[2 * round_ + number]) * (factor * slow[round_] if number else 1.0)
            shared = {"together": f"{fold} {round_}", "server": f"{fold} {round_ // a_server}"} if in_step else {}
            peak = int(memory * (1 + noise[2 * round_ + number]) * (factor if number else 1.0))
            walls = [pace * call * (1 + fold) for call in shapes[number]]
            return sample(walls=walls, peak_memory_bytes=peak, contaminated=load and round_ % 3 > 0, **shared)

        return tuple(
            record(fold=fold, samples=tuple(one(fold, round_) for round_ in range(rounds))) for fold in range(folds)
        )

    before, after = (Run(name, (OUTLINE,), {}, side(number)) for number, name in enumerate("ab"))
    return before, after


def _limits(verdict: Verdict) -> tuple[float, float]:
    assert verdict.baseline is not None
    relative, absolute = ALLOWED[verdict.metric]
    share = max(relative, absolute / verdict.baseline)
    return 1 - share, 1 + share


def _sizes(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.metric in ALLOWED]


@settings(max_examples=200, deadline=None)
@given(_sides())
def test_no_verdict_is_at_odds_with_its_own_interval(sides: tuple[Run, Run]) -> None:
    """Worse or better: the whole interval lies beyond what is allowed. Equivalent: the whole interval lies within."""
    for verdict in _sizes(judge(*sides)):
        if verdict.baseline and verdict.interval and verdict.kind != "inconclusive":
            assert verdict.effect is not None
            under, over = _limits(verdict)
            low, high = verdict.interval
            assert low <= verdict.effect <= high
            assert {
                "regressed": low > over,
                "improved": high < under,
                "equivalent": under <= low and high <= over,
            }[verdict.kind]


@settings(max_examples=100, deadline=None)
@given(_sides())
def test_the_figures_have_the_effect_for_ratio_and_the_other_side_never_agrees_to_be_worse(
    sides: tuple[Run, Run],
) -> None:
    there, back = ({verdict.metric: verdict for verdict in _sizes(judge(*pair))} for pair in (sides, sides[::-1]))
    for metric, verdict in there.items():
        if verdict.effect is not None:
            assert verdict.baseline is not None
            assert verdict.value is not None
            assert abs(verdict.value - verdict.effect * verdict.baseline) <= 1e-9 * abs(verdict.value)
        assert {verdict.kind, back[metric].kind} not in ({"regressed"}, {"improved"})


@st.composite
def _answers(draw: st.DrawFn) -> tuple[Run, Run]:
    """Return two runs of one to three folds, of right and wrong answers and their losses, alike or far apart."""
    folds, examples = draw(st.integers(1, 3)), draw(st.sampled_from([6, 40, 400, 4000]))
    drift, flips = draw(st.sampled_from([0.0, 0.003, 0.02, 0.2])), draw(st.sampled_from([0.0, 0.001, 0.02, 0.3]))
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    seeded = draw(st.booleans())
    sides: tuple[list[Record], list[Record]] = ([], [])
    for fold in range(folds):
        right, losses = source.random(examples) < 0.9, source.exponential(size=examples)
        other = right ^ (source.random(examples) < flips)
        moved = losses * (1 + drift + flips * source.standard_normal(examples))
        for side, answers, lost in zip(sides, (right, other), (losses, moved), strict=True):
            side.append(
                record(
                    fold=fold,
                    scores={"accuracy": float(answers.mean()), "log_loss": float(lost.mean())},
                    examples={"accuracy": pack(answers), "log_loss": pack(lost)},
                    predictions_sha256=f"{len(side)}{id(side)}",
                    test_examples=examples,
                    train_examples=2 * examples,
                    seeded=seeded,
                )
            )
    before, after = (Run(name, (OUTLINE,), {}, tuple(side)) for name, side in zip("ab", sides, strict=True))
    return before, after


@settings(max_examples=150, deadline=None)
@given(_answers(), st.booleans())
def test_no_verdict_on_a_score_is_at_odds_with_its_own_interval(sides: tuple[Run, Run], turned: bool) -> None:
    """Worse or better: the whole interval lies beyond what is allowed. Equivalent: the difference lies within."""
    for verdict in judge(*(sides[::-1] if turned else sides)):
        if verdict.metric in SCORES and verdict.kind != "inconclusive":
            assert verdict.baseline is not None
            assert verdict.effect is not None
            limit, up = 0.005 * abs(verdict.baseline), SCORES[verdict.metric]
            low, high = verdict.interval or (verdict.effect, verdict.effect)
            assert low <= verdict.effect <= high
            worse, better = (low > limit, high < -limit) if up else (high < -limit, low > limit)
            within = -limit <= verdict.effect <= limit
            assert {"regressed": worse, "improved": better, "equivalent": within}[verdict.kind]
