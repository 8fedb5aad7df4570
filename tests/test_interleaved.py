"""Interleaved: what several jobs have measured of one cell is one record, and the next job goes on from it."""

from dataclasses import replace
from typing import Any

import pytest

from helpers import record, sample
from swapbench.paired.interleaved import earlier, joined
from swapbench.record.record import Record
from swapbench.run.job import Earlier


def round_(walls: int = 1, *, contaminated: bool = False, **more: Any) -> dict[str, Any]:
    return sample(walls=[0.01] * walls, models=walls, contaminated=contaminated, **more)


def measured(*samples: dict[str, Any], **changes: Any) -> Record:
    values: dict[str, Any] = {"samples": samples, "predictions_sha256": "a", "scores": {"accuracy": 0.9}, **changes}
    return record(**values)


def test_rounds_of_several_jobs_are_those_of_one_record() -> None:
    whole = joined(joined(None, measured(round_(together="1"))), measured(round_(together="2"), started="later"))
    assert [one["together"] for one in whole.samples] == ["1", "2"]
    assert whole.deterministic is True
    assert whole.started == ""
    assert joined(whole, measured(round_(), predictions_sha256="b")).deterministic is False


@pytest.mark.parametrize(
    ("samples", "known"),
    [
        ((), None),
        ((round_(contaminated=True),), None),  # what other load may have drawn out decides nothing
        ((round_(),), False),
        ((round_(), round_(contaminated=True)), False),
        ((round_(7),), True),
        ((round_(), round_(7, contaminated=True)), True),
    ],
)
def test_the_next_job_knows_what_the_rounds_before_it_have_shown(
    samples: tuple[dict[str, Any], ...], known: bool | None
) -> None:
    made = measured(*samples, discarded=(round_(contaminated=True),))
    assert earlier(made) == Earlier(len(samples), 1, known)
    assert earlier(None) == Earlier()


def test_rounds_from_before_a_phase_was_known_to_be_short_do_not_count_once_it_is() -> None:
    before = measured(round_(contaminated=True), discarded=(round_(contaminated=True),))
    whole = joined(before, measured(round_(9)))
    assert (len(whole.samples), whole.discarded) == (1, ())
    assert len(joined(whole, measured(round_(9))).samples) == 2


def test_a_round_that_failed_ends_the_record_and_keeps_what_was_measured() -> None:
    failed = measured(status="crashed", reason="it was ended", output="a trace", scores={}, predictions_sha256=None)
    whole = joined(measured(round_()), failed)
    assert (whole.status, whole.reason, whole.output) == ("crashed", "it was ended", "a trace")
    assert (len(whole.samples), whole.scores) == (1, {"accuracy": 0.9})


def test_a_round_in_which_only_the_other_side_failed_changes_nothing_but_its_end() -> None:
    before = measured(round_())
    assert joined(before, measured(ended="later")) == replace(before, ended="later")


def test_trainings_of_before_are_kept() -> None:
    trained = replace(measured(round_()), trainings=({"seed": 7},))
    assert joined(trained, measured(round_())).trainings == ({"seed": 7},)
