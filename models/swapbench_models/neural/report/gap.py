"""A gap: what was not measured of a row, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from swapbench_models.neural.report.run import Cell, Record, Row, Run


@dataclass(frozen=True)
class Gap:
    """Phases that were not measured, and why; `bad` where they were to be."""

    phases: tuple[str, ...]
    why: str
    bad: bool

    def sentence(self) -> str:
        return f"{joined(self.phases)}: {self.why}"


def joined(names: Iterable[str]) -> str:
    """Return names as a sentence has them: a, b and c."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def gaps(run: Run, row: Row, phases: Iterable[str], absent: str = "") -> tuple[Gap, ...]:
    """Return what a run lacks of a row, phases with one reason together; `absent` is the reason where nothing of the
    row can be in any run."""
    reasons: dict[tuple[str, bool], list[str]] = {}
    for phase in phases:
        for reason in _reasons(run, row, phase, absent):
            reasons.setdefault(reason, []).append(phase)
    return tuple(Gap(tuple(own), why, bad) for (why, bad), own in reasons.items())


def _reasons(run: Run, row: Row, phase: str, absent: str) -> Iterator[tuple[str, bool]]:
    planned = sorted(cell for cell in run.planned if cell.row == row and cell.phase == phase)
    if not planned:
        yield absent or f"not part of this run, which is of profile {run.profile}", False
    folds: dict[tuple[str, bool], list[int]] = {}
    for cell in planned:
        reason = _reason(run.records.get(cell))
        if reason is not None:
            folds.setdefault(reason, []).append(cell.fold)
    for (why, bad), own in folds.items():
        yield why + _of(own, planned), bad


def _reason(record: Record | None) -> tuple[str, bool] | None:
    """Return why a planned cell has no time, and whether that is bad; None where it has one."""
    if record is None:
        return "did not run", True
    if record.status != "ok":
        why = " ".join(f"{record.status}, {record.reason}".split()).rstrip(" ,.")
        return why, record.status != "skipped"
    return None if record.timed else ("measured without a slot of its own, so that its time is none", False)


def _of(folds: list[int], planned: list[Cell]) -> str:
    """Name the folds, where they are not all."""
    if len(folds) == len(planned):
        return ""
    return f" (fold{'s' if len(folds) > 1 else ''} {joined(map(str, folds))})"
