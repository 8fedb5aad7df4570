"""Measuring: what is on the clock and in the memory figure, and what surrounds a round."""

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from helpers import DATA, LIGHT, Project
from rounds import Rounds
from swapbench.commands.selfcheck.suite import RUN, instrument
from swapbench.plan.cell import Cell
from swapbench.record.record import Record
from swapbench.run.ahead import prepare_data
from swapbench.run.lease import Slot, place
from swapbench.run.provisions import Provisions
from swapbench.run.settings import Settings
from swapbench.run.settling import job, preparation
from swapbench.run.supervisor import Supervisor

MIB = 2**20
ROUNDS = 2
MODELS = ("Slow", "Counting", "Kept", "Looking", "Seeded", "LegacySeeded", "Unseeded", "Loud", "Parent")

_MODELS = """
import json, os, subprocess, sys, threading, time
from pathlib import Path
import numpy as np

MARK = f"{os.getcwd()} on {sorted(os.sched_getaffinity(0))}"

def tell(**told):
    with open("told.jsonl", "a") as log:
        log.write(json.dumps({"pid": os.getpid(), "parent": os.getppid(), **told}) + "\\n")

class Model:
    def __init__(self, seed=0):
        self.seed = seed

    def fit(self, X, y):
        pass

    def predict(self, X):
        return np.zeros(len(X), int)

def outlast():
    # Longer than a phase for which further models are made in a round: each of those would start processes, too.
    time.sleep(0.03)

def patience(truth, model):
    return len(truth) * model.naps

class Slow(Model):
    naps = 0

    def __init__(self):
        time.sleep(0.2)

    def fit(self, X, y):
        self.naps += 1
        time.sleep(0.05)

    def predict(self, X):
        time.sleep(0.2)
        return np.zeros(len(X), int)

class Counting(Model):
    def fit(self, X, y):
        tell(model="counting", call="fit")

    def predict(self, X):
        tell(model="counting", call="predict")
        return np.zeros(len(X), int)

class Kept(Model):
    def fit(self, X, y):
        tell(model="kept", call="fit")
        self.weights = np.arange(3)

    def predict(self, X):
        tell(model="kept", call="predict", weights=self.weights.tolist())
        return np.zeros(len(X), int)

    def save_fitted(self, path):
        path.mkdir()
        np.save(path / "weights.npy", self.weights)

    def load_fitted(self, path):
        self.weights = np.load(path / "weights.npy")

class Looking(Model):
    def fit(self, X, y):
        tell(
            model="looking",
            variables=dict(os.environ),
            cpus=sorted(os.sched_getaffinity(0)),
            threads=threading.active_count(),
        )

class Seeded(Model):
    epochs, batch_size = 3, "all of them"

    def fit(self, X, y):
        self.generator = np.random.default_rng(self.seed)

    def predict(self, X):
        return self.generator.integers(2, size=len(X))

class LegacySeeded(Model):
    def predict(self, X):
        return np.random.randint(2, size=len(X))

class Unseeded(Model):
    def predict(self, X):
        return np.frombuffer(os.urandom(len(X)), np.uint8) % 2

class Loud(Model):
    def fit(self, X, y):
        outlast()
        print("NOISE of print", flush=True)
        print("NOISE of stderr", file=sys.stderr, flush=True)
        os.write(1, b"NOISE of descriptor 1")
        os.system("echo NOISE of a subprocess; echo NOISE of its stderr >&2")

def sleepers():
    for _ in range(100):  # one that was killed this moment may need another one
        try:
            left = sum(MARK.encode() in path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline"))
        except OSError:
            continue
        if not left:
            break
        time.sleep(0.01)
    return left

class Parent(Model):
    def fit(self, X, y):
        tell(model="parent", call="fit", others=sleepers())
        outlast()
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", MARK])

class LastMinute:
    def run(self, X):
        outlast()
        for _ in range(50):
            sys.audit("os.fork")  # what fifty forks would tell the instrument, in less time

class Forking:
    def run(self, X):
        outlast()
        if os.fork() == 0:
            time.sleep(600)

class Daemon(Model):
    def fit(self, X, y):
        outlast()
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
"""

_SUITE = """
from swapbench import Metric, Suite
from light import LIGHT

clock = Suite("clock", models={"Slow": {"python": "model:Slow"}}, dataset="data:load", folds=2, phases=["fit"],
    metrics=["accuracy", Metric("patience", "model:patience", of="model")])
(test_clock,) = clock.tests()

NAMES = ["Daemon", "Counting", "Kept", "Looking", "Seeded", "LegacySeeded", "Unseeded", "Loud", "Parent"]
suite = Suite(
    "mine",
    models={name: {"python": f"model:{name}"} for name in NAMES},
    **LIGHT,
    folds=2,
)
test_fit, test_predict = suite.tests()
"""

_ENDS = """
from swapbench import Suite
from light import LIGHT

models = {name: {"python": f"model:{name}"} for name in ("LastMinute", "Forking")}
(test_run,) = Suite("ends", models=models, **LIGHT, folds=5, phases=["run"]).tests()
"""


def test_waiting_for_the_machine_is_no_part_of_a_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(tmp_path / "locks"))
    suite, settings = instrument(), Settings(tmp_path, place("exclusive", 1, 0, 1))
    cell = Cell("instrument", "empty", "sklearn", "nothing", 0, RUN.name, "quick")
    prepared = preparation("nothing", suite, settings)
    provisions = Provisions(Supervisor(settings.slot, 1, 0))
    prepare_data(provisions, suite, "nothing", prepared)
    rounds = Rounds(job(suite, RUN, cell, settings), settings.slot)
    rounds.provisions = provisions
    rounds.measure()  # starts the fork server
    with ThreadPoolExecutor() as threads:
        with Slot("exclusive", ()).timed():
            measured = threads.submit(rounds.measure)
            time.sleep(1.0)
            assert not measured.done()
        measured.result()
    rounds.provisions.supervisor.close()
    longest = max([*rounds.discarded, *rounds.samples], key=lambda sample: sample["queued_s"])
    assert longest["queued_s"] > 0.5
    assert longest["elapsed_s"] < longest["queued_s"]


# Runs


class Told:
    """A finished run of all models under two workers: its records, its output and what the models told."""

    def __init__(self, project: Project) -> None:
        models = [f"--swap-model={model}" for model in MODELS]
        options = ["--benchmark-only", "-n", "2", f"--swap-rounds={ROUNDS}", "--swap-timeout=20", "-s"]
        done = project.pytest(*options, *models, OMP_NUM_THREADS="7")
        self.status = done.returncode
        self.output = done.stdout + done.stderr
        self.left_over = project.left_over()
        self.records = {(r.cell.model, r.cell.phase, r.cell.fold): r for r in project.records()}
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in project.lines("told.jsonl")]

    def of(self, model: str, call: str | None = None) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["model"] == model and call in (None, line.get("call"))]

    def cells(self, model: str, phase: str = "fit") -> list[Record]:
        return [self.records[model, phase, fold] for fold in (0, 1)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return Told(_project(tmp_path_factory.mktemp("told")))


def _project(folder: Path) -> Project:
    return Project(folder).write(data=DATA, light=LIGHT, model=_MODELS, test_mine=_SUITE)


def _children(records: list[Record]) -> int:
    """Return how many rounds were executed for some cells, those that were measured again included."""
    return sum(len(record.samples) + len(record.discarded) for record in records)


def test_every_model_is_measured(told: Told) -> None:
    assert [record.sentence() for record in told.records.values() if record.status != "ok"] == []
    assert len(told.records) == 4 * len(MODELS) - 2  # one suite of a single phase
    assert told.status == 0


def test_only_the_phase_is_on_the_clock(told: Told) -> None:
    for record in told.cells("Slow"):
        assert all(0.05 <= wall < 0.15 for wall in record.walls)
        assert record.scores["accuracy"] == 0.5


def test_a_metric_of_the_model_is_given_the_fitted_one(told: Told) -> None:
    for record in told.cells("Slow"):
        assert record.scores["patience"] == record.test_examples


def test_fit_is_called_once_and_cold(told: Told) -> None:
    for record in told.cells("Slow"):
        assert [len(sample["walls"]) for sample in record.samples] == [1] * ROUNDS
        assert {sample["cold_s"] for sample in record.samples} == {None}


def test_predict_is_called_once_untimed_and_five_times_timed(told: Told) -> None:
    for record in told.cells("Counting", "predict"):
        assert [len(sample["walls"]) for sample in record.samples] == [5] * ROUNDS
        assert all(sample["cold_s"] >= 0 for sample in record.samples)
        assert all(sample["wall_s"] == median(sample["walls"]) for sample in record.samples)
    by_child: dict[int, list[str]] = {}
    for line in told.of("counting"):
        by_child.setdefault(line["pid"], []).append(line["call"])
    of_predict = [calls for calls in by_child.values() if calls.count("predict") > 1]
    assert len(of_predict) == _children(told.cells("Counting", "predict"))
    assert all(calls == ["fit", *["predict"] * 6] for calls in of_predict)


def test_a_sleeping_phase_takes_time_and_no_processor(told: Told) -> None:
    assert all(record.cpu_s is not None and record.cpu_s < 0.04 for record in told.cells("Slow"))


def test_every_round_has_a_fresh_process_forked_by_its_workers_server(told: Told) -> None:
    records = [*told.cells("Looking"), *told.cells("Looking", "predict")]  # it is fitted again in each round of both
    lines = told.of("looking")
    assert len({line["pid"] for line in lines}) == _children(records)
    assert len({line["parent"] for line in lines}) <= 2
    assert {record.environment["start"] for record in records} == {"fork"}


def test_a_record_has_the_whole_numbers_that_its_model_says_of_its_training(told: Told) -> None:
    said = [(record.environment["epochs"], record.environment["batch_size"]) for record in told.cells("Seeded")]
    assert {*said} == {(3, None)}


def test_a_child_has_the_threads_cores_and_hash_seed_of_its_record(told: Told) -> None:
    shares = {tuple(record.environment["cpus"]) for record in told.cells("Looking")}
    assert {tuple(line["cpus"]) for line in told.of("looking")} >= shares
    for line in told.of("looking"):
        assert line["variables"]["PYTHONHASHSEED"] == "0"
        assert {line["variables"][f"{name}_NUM_THREADS"] for name in ("OMP", "MKL", "OPENBLAS")} == {"1"}
        assert line["threads"] == 1


def test_the_slots_of_two_workers_are_disjoint(told: Told) -> None:
    shares = {tuple(record.environment["cpus"]) for record in told.records.values()}
    cpus = [cpu for share in shares for cpu in share]
    assert len(cpus) == len(set(cpus))
    assert {record.environment["workers"] for record in told.records.values()} == {2}


def test_a_child_does_not_take_itself_for_a_part_of_pytest(told: Told) -> None:
    assert told.of("looking")
    assert [name for line in told.of("looking") for name in line["variables"] if name.startswith("PYTEST_")] == []


@pytest.mark.parametrize("model", ["Seeded", "LegacySeeded"])
def test_a_seed_makes_every_round_predict_the_same(told: Told, model: str) -> None:
    cells = [*told.cells(model), *told.cells(model, "predict")]
    assert [record.deterministic for record in cells] == [True] * 4
    assert all(record.seeded for record in cells)
    assert all(len(str(record.predictions_sha256)) == 64 for record in cells)


def test_a_model_without_a_seed_is_found_out_and_named(told: Told) -> None:
    assert [record.deterministic for record in told.cells("Unseeded")] == [False, False]
    (note,) = [line for line in told.output.splitlines() if line.startswith("Not deterministic")]
    assert "Unseeded-python" in note
    assert "Seeded-python" not in note.replace("Unseeded-python", "")


def test_nothing_that_a_child_prints_reaches_the_terminal(told: Told) -> None:
    assert told.records["Loud", "fit", 0].status == "ok"
    assert "NOISE" not in told.output


def test_what_a_round_starts_ends_with_it(told: Told) -> None:
    assert told.of("parent", "fit")
    first = {line["pid"]: line["others"] for line in reversed(told.of("parent"))}
    assert set(first.values()) == {0}
    assert told.left_over == []


def test_what_a_round_starts_in_a_session_of_its_own_ends_with_it_too(tmp_path: Path) -> None:
    project = _project(tmp_path)
    project.measured("--swap-rounds=1", "--swap-model=Daemon")
    left = project.left_over()
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


@contextmanager
def _one_core() -> Iterator[None]:
    """Let processes that are started inside run on one core, all on the same."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize("model", ["LastMinute", "Forking"])
def test_processes_started_at_the_very_end_of_a_phase_hold_nothing_up(tmp_path: Path, model: str) -> None:
    project = _project(tmp_path).write(test_ends=_ENDS)
    chosen = ["--swap-suite=ends", f"--swap-model={model}", "--swap-rounds=10", "--swap-timeout=4"]
    with _one_core():  # where messages are most likely to arrive together
        done = project.pytest("--benchmark-only", *chosen)
    assert [(record.status, record.reason) for record in project.records()] == [("ok", "")] * 5
    assert done.returncode == 0, done.stdout
    assert project.left_over() == []


# What a phase after fit begins with


def test_a_model_that_can_be_kept_is_fitted_once_for_all_rounds_of_a_later_phase(tmp_path: Path) -> None:
    project = _project(tmp_path)
    project.measured(f"--swap-rounds={ROUNDS}", "--swap-model=Kept", "--swap-phase=predict")
    calls = [json.loads(line) for line in project.lines("told.jsonl")]
    records = project.records()
    fits = [line["pid"] for line in calls if line["call"] == "fit"]
    predicts = [line for line in calls if line["call"] == "predict"]
    assert len(fits) == len(records) == 2
    assert len(predicts) == 6 * _children(records)
    assert {line["pid"] for line in predicts}.isdisjoint(fits)
    assert {tuple(line["weights"]) for line in predicts} == {(0, 1, 2)}
    assert {record.environment["restored"] for record in records} == {True}


def test_a_model_that_was_fitted_as_a_cell_is_not_fitted_again_for_predict(told: Told) -> None:
    assert len({line["pid"] for line in told.of("kept", "fit")}) == _children(told.cells("Kept"))


def test_a_model_that_cannot_be_kept_is_fitted_in_every_round(tmp_path: Path) -> None:
    project = _project(tmp_path)
    project.measured(f"--swap-rounds={ROUNDS}", "--swap-model=Counting", "--swap-phase=predict")
    calls = [json.loads(line) for line in project.lines("told.jsonl")]
    records = project.records()
    assert [line["call"] for line in calls].count("fit") == _children(records) >= 2 * ROUNDS
    assert {record.environment["restored"] for record in records} == {False}
