"""In step: sides that are measured in step, call by call, and what each may do to the others."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rounds import FINE, Rounds, measure
from swapbench.plan.backend import Backend
from swapbench.plan.cell import Cell
from swapbench.plan.suite import Model, Phase, Suite
from swapbench.run.ahead import prepare_data
from swapbench.run.lease import place
from swapbench.run.provisions import Provisions
from swapbench.run.settings import Settings
from swapbench.run.settling import job, preparation
from swapbench.run.supervisor import Supervisor

MIB = 2**20
_LIGHT = Backend("python", "numpy", ("numpy",), ("numpy",))  # no scikit-learn in any process
_TOLD = """
import json, os, signal, time

def nothing():
    import numpy as np
    return np.zeros((4, 1)), np.zeros(4, int)

class Steady:
    def __init__(self, name, log, seconds=0.02, mebibytes=0):
        self.name, self.log, self.seconds, self.mebibytes, self.calls = name, log, seconds, mebibytes, 0

    def run(self, X):
        began = time.monotonic()
        self.calls += 1
        self.act()
        held = b"x" * (self.mebibytes << 20)
        time.sleep(self.seconds)
        told = {"name": self.name, "began": began, "ended": time.monotonic()}
        with open(self.log, "a") as file:
            print(json.dumps(told), file=file)

    def act(self):
        pass

class Raising(Steady):
    def act(self):
        if self.calls == 3:
            raise ValueError("enough")

class Killed(Steady):
    def act(self):
        if self.calls == 3:
            os.kill(os.getpid(), signal.SIGKILL)

class Orphaning(Steady):
    def act(self):
        if self.calls == 1 and os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(0.01)
                held = b"x" * (self.grown << 20)
                time.sleep(600)
            os._exit(0)

    def __init__(self, *args, grown, **more):
        super().__init__(*args, **more)
        self.grown = grown

class Stuck(Steady):
    def act(self):
        if self.calls == 3:
            time.sleep(600)
"""


class Sides:
    """Sides of one suite, by name, each of a model of the module above."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._settings = Settings(folder, place("exclusive", 1, 0, 1))
        self._provisions = Provisions(Supervisor(self._settings.slot, 1, 0))

    def measure(
        self, models: dict[str, tuple[str, dict[str, Any]]], repeats: int = 3, timeout_s: float = 60.0
    ) -> tuple[list[Rounds], list[dict[str, Any]]]:
        phase = Phase("run", warmups=1 if repeats > 1 else 0, repeats=repeats)
        log = str(self._folder / "log")
        suite = Suite(
            "in_step",
            models={
                name: Model({"python": f"told:{kind}"}, {"name": name, "log": log, **spec})
                for name, (kind, spec) in models.items()
            },
            datasets={"nothing": "told:nothing"},
            phases=[phase],
            folds=1,
            timeout_s=timeout_s,
            backends={"python": _LIGHT},
        )
        prepare_data(self._provisions, suite, "nothing", preparation("nothing", suite, self._settings, _LIGHT))
        cells = [Cell("in_step", name, "python", "nothing", 0, "run", "quick") for name in models]
        sides = [Rounds(job(suite, phase, cell, self._settings), self._settings.slot) for cell in cells]
        for side in sides:
            side.provisions = self._provisions
        return sides, measure(sides)

    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self._folder / "log").read_text().splitlines()]

    def close(self) -> None:
        self._provisions.supervisor.close()


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sides]:
    (tmp_path / "told.py").write_text(_TOLD)
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(tmp_path / "locks"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    made = Sides(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("names", ["ab", "abc"])
def test_calls_are_made_in_turn_and_never_at_once(sides: Sides, names: str) -> None:
    measured, ends = sides.measure({name: ("Steady", {}) for name in names}, repeats=4)
    assert ends == [FINE] * len(names)
    calls = sides.calls()
    assert [call["name"] for call in calls] == [*names] * (1 + len(measured[0].samples[0]["walls"]))
    assert all(first["ended"] <= second["began"] for first, second in pairwise(calls))
    assert len({sample["together"] for side in measured for sample in side.samples}) == 1
    assert len({sample["server"] for side in measured for sample in side.samples}) == 1


def test_short_calls_go_on_until_there_are_enough_to_compare(sides: Sides) -> None:
    models = {"a": ("Steady", {"seconds": 0.001}), "b": ("Steady", {"seconds": 0.03})}
    (one, other), _ = sides.measure(models, repeats=2)
    assert 0.1 <= sum(one.samples[0]["walls"]) < 0.2
    assert len(other.samples[0]["walls"]) < len(one.samples[0]["walls"]) <= 100


def test_a_phase_of_one_call_is_measured_one_side_after_the_other(sides: Sides) -> None:
    measured, ends = sides.measure({"a": ("Steady", {}), "b": ("Steady", {})}, repeats=1)
    assert ends == [FINE, FINE]
    # What other load contaminated is measured again at once, before the other side's turn.
    assert [call["name"] for call in sides.calls()] == [
        name for name, side in zip("ab", measured, strict=True) for _ in range(1 + len(side.discarded))
    ]
    assert len({sample["together"] for side in measured for sample in side.samples}) == 1


def test_memory_is_each_sides_own(sides: Sides) -> None:
    models = {"a": ("Steady", {"mebibytes": 16}), "b": ("Steady", {"mebibytes": 64})}
    measured, _ = sides.measure(models)
    assert [side.samples[0]["peak_memory_bytes"] / MIB for side in measured] == pytest.approx([16, 64], abs=1.0)


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("Raising", "failed", "ValueError: enough"),
        ("Killed", "crashed", "it was ended by signal 9 (SIGKILL)"),
        ("Stuck", "timeout", "it did not finish within 2 s"),
    ],
)
@pytest.mark.parametrize("swap", [False, True])
def test_a_side_that_ends_badly_leaves_the_other_to_its_end(
    sides: Sides, kind: str, status: str, reason: str, swap: bool
) -> None:
    models: dict[str, tuple[str, dict[str, Any]]] = {"bad": (kind, {}), "good": ("Steady", {})}
    _, ends = sides.measure(dict(reversed(models.items())) if swap else models, timeout_s=2.0)
    bad, good = reversed(ends) if swap else ends
    assert good == FINE
    assert (bad["status"], bad["reason"]) == (status, reason)
    assert sum(call["name"] == "good" for call in sides.calls()) >= 4


def test_waiting_for_the_others_turns_is_no_part_of_a_sides_time(sides: Sides) -> None:
    models = {"quick": ("Steady", {"seconds": 0.001}), "slow": ("Steady", {"seconds": 0.8})}
    (quick, _), _ = sides.measure(models, repeats=2)
    assert quick.samples[0]["elapsed_s"] < 1.0 < quick.samples[0]["queued_s"]


def test_sides_that_end_at_the_same_moment_all_have_their_answers_heard(sides: Sides) -> None:
    models: dict[str, tuple[str, dict[str, Any]]] = {name: ("Steady", {"seconds": 0.0}) for name in "abcdef"}
    for _ in range(10):
        measured, ends = sides.measure(models, repeats=2)
        assert ends == [FINE] * len(models)
        assert [len(side.samples) for side in measured] == [1] * len(models)


def test_what_sides_start_and_orphan_is_counted_on_its_own_side(sides: Sides) -> None:
    grown = {"a": 16, "b": 48, "c": 0}
    measured, _ = sides.measure({name: ("Orphaning", {"grown": mebibytes}) for name, mebibytes in grown.items()})
    samples = [side.samples[0] for side in measured]
    assert [sample["peak_memory_bytes"] / MIB for sample in samples] == pytest.approx([*grown.values()], abs=1.0)
    assert all(sample["memory_complete"] for sample in samples)
