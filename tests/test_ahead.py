"""Engines that work ahead: which cells they are told of, when records are kept, and when they are to stop."""

import pytest

from sandbox import Sandbox

# An engine that executes all jobs that it is told of when the first result is asked for, and notes what it does.
AHEAD = """
import os
from swapbench.run.engine import GoneError
from swapbench.run.local import LocalEngine

def note(*words):
    with open("notes", "a") as file:
        print(*words, file=file)

class Eager(LocalEngine):
    def expect(self, jobs, modules, watcher):
        if os.environ.get("NOWHERE"):
            raise GoneError("no machine answers.")
        self.known, self.coming, self.watcher = {}, jobs, watcher
        note("modules", *sorted(modules))

    def work(self):
        for job in self.coming:
            note("begun", job.cell.phase, job.cell.model, job.cell.fold)
            self.known[job.cell] = super().result(job)
            self.watcher.doing({"here": [str(job.cell)]})
            if not self.watcher.arrived(job, self.known[job.cell]):
                break
        self.coming = iter(())
        if os.environ.get("DIES"):
            os._exit(9)

    def submit(self, *sides):
        note("asked", sides[0].cell.phase, sides[0].cell.model, sides[0].cell.fold)

    def result(self, *sides):
        self.work()
        if os.environ.get("GONE") and sides[0].cell.fold == 1:
            raise GoneError("all machines have gone.")
        return self.known.pop(sides[0].cell, None) or super().result(*sides)
"""
RAISING = """
from fake import Sign

class Raising(Sign):
    def fit(self, X, y):
        raise ValueError("no such luck")
"""


@pytest.fixture
def eager(sandbox: Sandbox) -> Sandbox:
    sandbox.write(mine=AHEAD, raising=RAISING)
    return sandbox


def notes(sandbox: Sandbox, word: str) -> list[str]:
    lines = (sandbox.folder / "notes").read_text().splitlines()
    return [line.removeprefix(f"{word} ") for line in lines if line.startswith(f"{word} ")]


def suite(sandbox: Sandbox, **declared: object) -> None:
    models = {name: {"python": f"fake:{name}"} for name in ("Majority", "Sign")}
    sandbox.suite("toy", **{"models": models, "phases": ["fit"], **declared})


def test_it_is_told_of_all_cells_in_the_order_of_their_tests_and_asked_for_each(eager: Sandbox) -> None:
    suite(eager)
    run = eager.measure("--swap-engine=mine:Eager")
    assert run.outcomes == {"passed": 4}, run.output
    cells = ["fit Majority 0", "fit Majority 1", "fit Sign 0", "fit Sign 1"]
    assert (notes(eager, "begun"), notes(eager, "asked")) == (cells, cells)
    assert notes(eager, "modules") == ["fake"]


def test_what_is_spared_or_there_already_is_not_begun(eager: Sandbox) -> None:
    """But what is expected to fail is, as pytest runs it."""
    models = {"raising": {"python": "raising:Raising"}, "sign": {"python": "fake:Sign"}}
    spared = {"model": "sign", "fold": [0], "reason": "it takes an hour"}
    suite(eager, models=models, skip=[spared], xfail=[{"model": "raising", "reason": "known"}])
    first = eager.measure("--swap-engine=mine:Eager")
    assert first.outcomes == {"passed": 1, "skipped": 1, "xfailed": 2}, first.output
    assert notes(eager, "begun") == ["fit raising 0", "fit raising 1", "fit sign 1"]
    assert {one.status for one in first.records if one.cell.model == "raising"} == {"skipped"}
    (eager.folder / "notes").unlink()
    again = eager.measure("--swap-engine=mine:Eager", "--swap-resume")
    assert again.status == 0
    assert notes(eager, "begun") == ["fit raising 0", "fit raising 1"]


@pytest.mark.parametrize(("option", "begun"), [("-x", 1), ("--maxfail=2", 2), ("-q", 4)])
def test_what_comes_after_the_last_failure_that_is_minded_is_not_begun(eager: Sandbox, option: str, begun: int) -> None:
    models = {"raising": {"python": "raising:Raising"}, "sign": {"python": "fake:Sign"}}
    suite(eager, models=models)
    run = eager.measure("--swap-engine=mine:Eager", option)
    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert len(notes(eager, "begun")) == begun


def test_what_has_ended_before_it_is_asked_for_is_kept_though_the_run_dies(
    eager: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite(eager)
    monkeypatch.setenv("DIES", "yes")
    run = eager.run("--benchmark-only", "--swap-rounds=1", "--swap-engine=mine:Eager")
    assert (run.status, len(run.planned), len(run.records)) == (9, 4, 4)


def test_an_engine_that_is_gone_ends_the_run_in_one_sentence(eager: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    suite(eager)
    monkeypatch.setenv("GONE", "yes")
    run = eager.measure("--swap-engine=mine:Eager")
    assert run.status == pytest.ExitCode.INTERRUPTED
    assert "Exit: --swap-engine mine:Eager: all machines have gone. !!" in run.output
    assert "Traceback" not in run.output
    assert len(notes(eager, "asked")) == 2
    assert {one.status for one in run.records} == {"ok"}


def test_an_engine_that_cannot_begin_leaves_no_run(eager: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown by default, and gone on with, is still a run before."""
    suite(eager)
    monkeypatch.setenv("NOWHERE", "yes")
    run = eager.measure("--swap-engine=mine:Eager")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --swap-engine mine:Eager: no machine answers." in run.output
    assert "Traceback" not in run.output
    assert run.planned == {}
