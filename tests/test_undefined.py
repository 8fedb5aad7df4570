"""Undefined scores: never a number, never a pass, never unnamed."""

import pytest

from helpers import record
from swapbench.judge.gate import Gate
from swapbench.judge.judgement import judge
from swapbench.plan.cell import Row
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.show.comparison import comparisons
from swapbench.show.summary import summarize

OUTLINE = Outline(
    "mine", (Row("lin", "sklearn"),), ("data",), ("fit",), (ScoreOutline("auc", "", "higher"),), (), "lin-sklearn"
)
WHY = "only one class is present"


def run(*records: Record) -> Run:
    return Run("run", (OUTLINE,), {f"test{number}": one.cell for number, one in enumerate(records)}, records)


def folds(*scores: float | None, name: str = "auc") -> Run:
    """A run of one row, with its score in each fold: None is undefined."""
    return run(
        *(
            record(
                fold=fold,
                scores={} if score is None else {name: score},
                undefined={name: WHY} if score is None else {},
                samples=(),
                train_examples=90,
                test_examples=10,
                predictions_sha256=str(fold),
            )
            for fold, score in enumerate(scores)
        )
    )


@pytest.mark.parametrize(
    ("before", "now", "kind", "fails", "reason"),
    [
        (0.9, None, "missing", True, f"the baseline has it, and now it is undefined: {WHY}"),
        (None, 0.9, "new", False, f"in the baseline it was undefined: {WHY}"),
        (None, None, "incomparable", False, f"undefined on both sides: {WHY}"),
    ],
)
def test_a_score_that_a_side_could_not_define_has_a_verdict_with_a_name(
    before: float | None, now: float | None, kind: str, fails: bool, reason: str
) -> None:
    verdicts = judge(folds(0.9, before, 0.8), folds(0.9, now, 0.8))
    (found,) = [verdict for verdict in verdicts if verdict.metric == "auc" and verdict.folds == (1,)]
    assert (found.kind, found.fails, found.reason) == (kind, fails, reason)
    (rest,) = [verdict for verdict in verdicts if verdict.metric == "auc" and verdict.folds == (0, 2)]
    assert rest.kind == "equivalent"
    assert Gate("baseline", verdicts, ()).status == (1 if fails else 0)


def test_a_count_that_could_not_be_taken_is_told_and_fails_nothing() -> None:
    known = run(record(samples=(), flops_per_example=12.0))
    unknown = run(record(samples=(), undefined={"flops_per_example": WHY}))
    (verdict,) = [one for one in judge(known, unknown) if one.metric == "flops_per_example"]
    assert (verdict.kind, verdict.fails) == ("missing", False)


def test_a_row_shows_the_folds_for_which_its_score_is_defined_and_a_note_the_others() -> None:
    measured = folds(0.9, None, 0.7)
    (table,) = comparisons(OUTLINE, list(measured.records), list(measured.planned.values()))
    assert table.rows[0].values["auc"].value == pytest.approx(0.8)
    (note,) = [note for note in summarize(measured).notes if "Undefined" in note]
    assert note == f"Undefined and left out, auc ({WHY}): mine: fit of lin-sklearn on data, fold 1."


def test_a_record_keeps_what_is_undefined_and_an_older_one_has_nothing() -> None:
    one = folds(None).records[0]
    assert Record.from_json(one.to_json()) == one
    older = one.as_dict()
    del older["undefined"]
    assert Record.from_dict(older).undefined == {}
