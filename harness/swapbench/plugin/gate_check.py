"""The gate check: judges a finished run against the baseline, and has suspects measured again before they may fail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from swapbench.base import units
from swapbench.base.error import SwapError
from swapbench.judge.gate import UNKNOWN, WORSE, Gate
from swapbench.judge.judgement import judge
from swapbench.judge.verdict import Verdict
from swapbench.paired.against import Commit, compare
from swapbench.plan.cell import Cell
from swapbench.plugin.asked import Asked
from swapbench.plugin.runner import Runner
from swapbench.record import document
from swapbench.record.run import Run
from swapbench.run.repository import Repository


class GateCheck:
    """Judges the run of a runner's cells; `gate` is None until `reports` has done so."""

    def __init__(self, runner: Runner, config: pytest.Config) -> None:
        """Read the baseline, before anything is measured; raises SwapError when it cannot be used."""
        self._runner, self._folder = runner, config.invocation_params.dir
        self._asked = Asked(config, runner.choices.selection)
        self.gate: Gate | None = None
        path = runner.choices.baseline
        if not path.exists():
            raise SwapError(
                f"--swap-gate: there is no baseline at {path}; measure without the gate, then accept the run with "
                "`swapbench accept`."
            )
        self.baseline = document.read(path)

    @property
    def forbidden(self) -> tuple[int, ...]:
        """The gate's statuses that fail the run."""
        return (WORSE, UNKNOWN) if self._runner.choices.strict else (WORSE,)

    def reports(self) -> Iterator[pytest.TestReport]:
        """Judge, and yield a failing report for each test whose cell is worse than allowed, or gone."""
        run = self._runner.journal.run(self._runner.run)
        baseline = self.baseline.only(self._wanted(run))
        first = judge(baseline, run)
        self.gate = self._confirmed(first)
        tests = {cell: test for test, cell in (*baseline.planned.items(), *run.planned.items())}
        failing: dict[Cell, list[Verdict]] = {}
        for verdict in self.gate.verdicts:
            for cell in verdict.cells if verdict.fails else ():
                failing.setdefault(cell, []).append(verdict)
        for cell, verdicts in failing.items():
            yield _report(tests.get(cell, str(cell)), verdicts)

    def _wanted(self, run: Run) -> set[Cell]:
        """Return the cells of the baseline that this run was asked for, whether it still has them or not."""
        measured = {replace(cell, profile="") for cell in run.planned.values()}
        return {
            cell
            for test, cell in self.baseline.planned.items()
            if replace(cell, profile="") in measured or self._asked.wants(test, cell)
        }

    def _confirmed(self, verdicts: Sequence[Verdict]) -> Gate:
        """Have the suspects measured again, in turn with the baseline's commit, and let that decide on them.

        Those that look better are suspects too: a quiet day makes them as a noisy one makes the others. What looks
        worse comes first, for the budget may not do for all.
        """
        path = str(self._runner.choices.baseline)
        doubtful = sorted((one for one in verdicts if one.suspect), key=lambda one: one.kind == "improved")
        suspects = list(dict.fromkeys(cell for verdict in doubtful for cell in verdict.cells))
        if not suspects:
            return Gate(path, tuple(verdicts))
        try:
            again, notes = self._measured_again(suspects, len(verdicts))
        except SwapError as error:
            return Gate(path, tuple(_doubted(verdict, str(error).rstrip(".")) for verdict in verdicts))
        decided = {(verdict.cell, verdict.metric): verdict for verdict in again}
        asked = units.counted(len(suspects), "suspect cell")
        were = "was" if len(suspects) == 1 else "were"
        told = "; ".join(note[:1].lower() + note[1:].rstrip(".") for note in notes) or "nothing of them was measured"
        note = f"{asked} {were} to be measured again, in turn with the baseline's commit: {told}."
        return Gate(path, tuple(_decided(verdict, decided) for verdict in verdicts), (note,))

    def _measured_again(self, cells: Sequence[Cell], total: int) -> tuple[list[Verdict], list[str]]:
        commit = self.baseline.source.get("commit")
        if not commit:
            raise SwapError("it is not known which commit that is")
        if self.baseline.source.get("dirty"):
            raise SwapError(f"it was commit {commit[:12]} with changes that were not committed")
        repository = Repository.around(self._folder)
        if repository is None:
            raise SwapError("there is no repository here")
        options = self._runner.choices
        asked = Commit(
            revision=commit,
            folder=self._folder,
            paths=self._asked.arguments(),
            options=options.arguments(),
            budget_s=options.budget_s,
            cells=cells,
            total=total,
        )
        gate = compare(repository, asked).gate
        return list(gate.verdicts), list(gate.notes)


def _decided(verdict: Verdict, again: Mapping[tuple[Cell, str], Verdict]) -> Verdict:
    """Return what measuring again made of a verdict: another on the same metric, or one on the cell as a whole."""
    if not verdict.suspect:
        return verdict
    whole, same = (again.get((verdict.cell, metric)) for metric in ("", verdict.metric))
    if whole is not None:
        return replace(verdict, kind=whole.kind, reason=f"{whole.reason} (first: {verdict.reason})", fails=whole.fails)
    return same or _doubted(verdict, "that commit cannot run it")


def _doubted(verdict: Verdict, why: str) -> Verdict:
    """Return a suspect that could not be measured again: it may be other code, or another day of the machine."""
    if not verdict.suspect:
        return verdict
    doubt = f"; it could not be measured again beside the baseline's code: {why}"
    return replace(verdict, kind="inconclusive", reason=verdict.reason + doubt, fails=False)


def _report(nodeid: str, verdicts: Sequence[Verdict]) -> pytest.TestReport:
    file = nodeid.partition("::")[0]
    told = "\n".join(verdict.sentence() for verdict in verdicts)
    report = pytest.TestReport(nodeid, (file, None, nodeid.rpartition("::")[2]), {}, "failed", told, "call")
    report.swapbench_verdict = verdicts[0].kind  # type: ignore[attr-defined]  # read by pytest_report_teststatus
    return report
