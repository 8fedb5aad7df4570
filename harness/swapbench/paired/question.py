"""Questions: what two sides are asked while they are measured in turn, who hears of it, and what comes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Verdict
from swapbench.record.run import Run

BENCH = "bench"  # what is measured where nothing is said


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be compared in the working tree, seen from a `folder`, whatever with.

    `paths` are test files, `options` pytest's and the plugin's. It is measured for at most `budget_s` seconds, in as
    many as `seeds` trainings a fold.
    """

    folder: Path
    paths: Sequence[str] = ()
    options: Sequence[str] = ()
    budget_s: float = 1800.0
    seeds: int = 5

    @property
    def arguments(self) -> list[str]:
        """What pytest is told to collect."""
        return [f"--swap-otherwise={BENCH}", *self.paths, *self.options]


@dataclass(frozen=True)
class Answer:
    """The verdicts, and what was measured for them: the `run` that they are on, and the `baseline` it was compared with
    where that is a run of its own."""

    run: Run
    baseline: Run | None
    gate: Gate


@dataclass(frozen=True)
class Teller:
    """Who is told what happens meanwhile: a line of progress, and each verdict as it falls."""

    progress: Callable[[str], None] = lambda _: None
    decided: Callable[[Verdict], None] = lambda _: None


SILENT = Teller()
