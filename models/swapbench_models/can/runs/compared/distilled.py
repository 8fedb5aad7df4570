"""Distilled: what a student learnt from its teacher, beside the same networks without one, seed by seed."""

from collections.abc import Sequence

from swapbench_models.can.runs.compared.comparison import Line
from swapbench_models.can.runs.compared.interval import Interval, interval
from swapbench_models.can.runs.scenarios import shortened

STUDENT, ALONE = "student", "student_alone"


def distilled(found: Sequence[Line]) -> str | None:
    """Return a sentence on how much more F1 the distilled student has, over the seeds that both have, and whether that
    is shown; None where not both of them have any."""
    known = {(each.model, each.scenario): each for each in found}
    short = shortened(dict.fromkeys(each.scenario for each in found))
    told = []
    for scenario, name in short.items():
        student, alone = known.get((STUDENT, scenario)), known.get((ALONE, scenario))
        difference = _difference(student, alone) if student and alone else None
        if difference:
            told.append(f"{name} {_said(difference)}")
    return f"{STUDENT} less {ALONE} in points of F1, seed by seed: {'; '.join(told)}." if told else None


def _difference(student: Line, alone: Line) -> Interval | None:
    """Return the mean difference over the seeds under which both have an F1, and what it lies between."""
    pairs = [(student.judged[seed]["f1"], alone.judged[seed]["f1"]) for seed in student.judged if seed in alone.judged]
    values = [mine - other for mine, other in pairs if mine is not None and other is not None]
    return interval(values, (-1.0, 1.0)) if values else None


def _said(found: Interval) -> str:
    if found.low is None or found.high is None:
        return f"{_points(found.mean)}, of one seed"
    shown = "shown" if found.excludes(0.0) else "not shown to be any"
    return f"{_points(found.mean)} [{_points(found.low)}, {_points(found.high)}], {shown}"


def _points(share: float) -> str:
    rounded = round(100 * share, 1)
    return f"{rounded:+.1f}" if rounded else "0.0"
