"""Runs that are shown: three models of one suite that differ in time and score, one that failed, and their gate."""

from typing import Any

from helpers import record, sample
from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Verdict
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.plan.tolerance import Rule, Tolerance
from swapbench.record.record import Record
from swapbench.record.run import Run

SCORES = (ScoreOutline("accuracy", "", "higher"), ScoreOutline("log_loss", "nats", "lower"))
RULES = (Rule("accuracy", Tolerance(absolute=0.01)), Rule("fit_time", Tolerance(0.005, 0.1), "lin"))


def outline(*records: Record) -> Outline:
    cells = [one.cell for one in records]
    rows = tuple(dict.fromkeys(cell.row for cell in cells))
    phases = tuple(dict.fromkeys(cell.phase for cell in cells))
    datasets = tuple(dict.fromkeys(cell.dataset for cell in cells))
    return Outline("mine", rows, datasets, phases, SCORES, RULES, "lin-sklearn")


def run_of(*records: Record, name: str = "20260101T000000-abcdef", started: str = "2026-01-01T00:00:00+00:00") -> Run:
    return Run(name, (outline(*records),), {str(one.cell): one.cell for one in records}, records, started)


def measured(model: str, backend: str, fold: int, wall_s: float, accuracy: float, **changes: Any) -> Record:
    samples = tuple(sample(wall_s * (1 + number / 100), peak_memory_bytes=2**20 * (number + 1)) for number in range(6))
    scores = {"accuracy": accuracy, "log_loss": 1 - accuracy}
    source = {"commit": "c0ffee" * 7, "date": "2026-01-01T00:00:00+00:00", "dirty": True, "title": "make it so"}
    return record(model, backend, fold, scores=scores, **{"samples": samples, "source": source, **changes})


LIN = [measured("lin", "sklearn", fold, 0.010, 0.90 + fold / 100) for fold in range(3)]
MID = [measured("mid", "torch", fold, 0.020, 0.89 + fold / 100) for fold in range(3)]
DEEP = [measured("deep", "torch", fold, 0.500, 0.95 + fold / 100) for fold in range(3)]
FAILED = record("deep", "jax", 0, status="oom", reason="no memory", samples=(), output="the last words")
RUN = run_of(*LIN, *MID, *DEEP, FAILED)


def past(*values: float, **changes: Any) -> list[Run]:
    """Return one run a value, in which a cell took that many seconds."""
    return [
        run_of(
            record(samples=tuple(map(sample, (value, value * 1.1, value * 1.2))), **changes),
            name=f"run{number}",
            started=f"2026-01-{number + 1:02d}",
        )
        for number, value in enumerate(values)
    ]


def verdict(kind: Any, one: Record, **changes: Any) -> Verdict:
    values = {"metric": "fit_time", "reason": f"found {kind}", "fails": kind == "regressed", **changes}
    return Verdict(kind, one.cell, (one.cell.fold,), **values)


GATE = Gate(
    "main.json",
    (
        verdict("equivalent", LIN[0]),
        verdict("improved", LIN[1]),
        verdict("regressed", MID[1]),
        verdict("inconclusive", LIN[2]),
        Verdict("equivalent", DEEP[0].cell, (0, 1, 2), "accuracy", "the same"),
    ),
    ("A note on the limits.",),
)
