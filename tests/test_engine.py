"""Engines: job in, record out. What any engine has to keep, held for the local one and for one that proves the seam."""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers import environment
from sandbox import FAKE, LIGHT, Sandbox
from swapbench import Model, Suite
from swapbench.base.error import SwapError
from swapbench.plan.cell import Cell
from swapbench.plan.target import resolve
from swapbench.plugin.brought import record_of
from swapbench.record import reading
from swapbench.record.record import STATUSES, Record
from swapbench.run.ahead import prepare_data
from swapbench.run.attempt import smaller
from swapbench.run.cluster.engine import RayEngine
from swapbench.run.engine import Engine
from swapbench.run.job import Earlier, Job
from swapbench.run.lease import Mode, Slot
from swapbench.run.local import LocalEngine
from swapbench.run.measurement import Measurement, measure
from swapbench.run.outcome import Outcome
from swapbench.run.provisions import Provisions
from swapbench.run.settings import Settings
from swapbench.run.settling import job, preparation
from swapbench.run.supervisor import Supervisor

MODELS = """
import os
import signal
import time

class Kept(Sign):
    def save_fitted(self, path):
        path.write_text("fitted")

    def load_fitted(self, path):
        assert path.read_text() == "fitted"

class Pupil(Majority):
    def __init__(self, teacher):
        assert (teacher / "model").read_text() == "fitted"

class Raising(Kept):
    def fit(self, X, y):
        raise ValueError("no such luck")

class Killed(Sign):
    def fit(self, X, y):
        os.kill(os.getpid(), signal.SIGKILL)

class Endless(Sign):
    def fit(self, X, y):
        time.sleep(600)

class Hungry(Sign):
    def fit(self, X, y):
        raise MemoryError

class Batched(Sign):
    def __init__(self, batch_size, accumulation, room):
        self.batch_size, self.accumulation, self.room = batch_size, accumulation, room

    def fit(self, X, y):
        if self.batch_size > self.room:
            raise MemoryError(f"no room for {self.batch_size}")
        assert self.batch_size * self.accumulation == 24
        return super().fit(X, y)

class Nowhere(Sign):
    def predict(self, X):
        return np.full(len(X), np.nan)

class Talking(Sign):
    def fit(self, X, y):
        print("a word")

class Taught(Majority):
    def __init__(self, teacher):
        pass
"""
NAMES = ("Sign", "Kept", "Raising", "Killed", "Endless", "Hungry", "Nowhere")


def declared() -> Suite:
    models: dict[str, Model | dict[str, str]] = {name: {"python": f"fake:{name}"} for name in NAMES}
    models["Talking"] = {"python": "fake:Talking"}
    for name, room in {"Shrinking": 6, "Hopeless": 0}.items():
        models[name] = Model({"python": "fake:Batched"}, {"batch_size": 24, "accumulation": 1, "room": room})
    models["Pupil"] = Model({"python": "fake:Pupil"}, needs={"teacher": "Kept"})
    models["Blocked"] = Model({"python": "fake:Taught"}, needs={"teacher": "Raising"})
    return Suite("any", models=models, dataset="fake:load", folds=2, timeout_s=4.0, **LIGHT)


class Elsewhere:
    """An engine of twenty lines: every job is written down, read by another interpreter, and executed there."""

    _PROGRAM = """
import json, sys
from swapbench.run.job import Job
from swapbench.run.local import LocalEngine
from swapbench.run.settings import Settings

engine = LocalEngine(Settings.from_dict(json.loads(sys.argv[1])))
try:
    print(json.dumps(engine.result(*map(Job.from_dict, json.load(sys.stdin)))))
finally:
    engine.close()
"""

    def __init__(self, settings: Settings, tell: object = None) -> None:
        self._settings = json.dumps(settings.as_dict())

    def submit(self, *sides: Job) -> None:
        """Nothing is done ahead."""

    def result(self, *sides: Job) -> Sequence[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-c", self._PROGRAM, self._settings],
            input=json.dumps([side.as_dict() for side in sides]),
            env={**environment(), "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    def close(self) -> None:
        """Nothing is held."""


ENGINES: dict[str, Callable[[Settings], Engine]] = {"local": LocalEngine, "elsewhere": Elsewhere, "ray": RayEngine}
_LONG = ("ray",)


class Place:
    """A folder with fake models, whose data is prepared, and jobs of theirs."""

    def __init__(self, folder: Path) -> None:
        self.cpu = min(os.sched_getaffinity(0))
        self.settings = Settings(folder / "store", Slot("none", (self.cpu,)))
        self.suite = declared()
        provisions = Provisions(Supervisor(self.settings.slot, 1, 0))
        prepare_data(provisions, self.suite, "data", preparation("data", self.suite, self.settings))
        provisions.supervisor.close()

    def job(self, model: str, phase: str = "fit", fold: int = 0, **changes: Any) -> Job:
        cell = Cell("any", model, "python", "data", fold, phase, "quick")
        made = job(self.suite, self.suite.phases[phase], cell, self.settings, {"commit": "abc"})
        return replace(made, **{"rounds": 1, **changes})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One for all tests, so that an engine is: what it takes to start one on a cluster are seconds."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "fake.py").write_text(FAKE + MODELS)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("SWAPBENCH_LOCKS", str(folder / "locks"))
        monkeypatch.syspath_prepend(folder)
        yield Place(folder)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hold it of the engines of this file, and of the ones that `--engine` names."""
    if "engine" in metafunc.fixturenames:
        named = metafunc.config.getoption("--engine")
        every = [pytest.param(name, marks=[pytest.mark.long] * (name in _LONG)) for name in (*ENGINES, *named)]
        metafunc.parametrize("engine", every, indirect=True)


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest, place: Place) -> Iterator[Engine]:
    make = ENGINES.get(request.param) or resolve(request.param)
    made = make(place.settings)
    yield made
    made.close()


def records(engine: Engine, *sides: Job) -> list[Record]:
    engine.submit(*sides)
    return results(engine, *sides)


def results(engine: Engine, *sides: Job) -> list[Record]:
    values = engine.result(*sides)
    assert json.loads(json.dumps(values)) == list(values)  # plain values, as another machine would send them
    return list(map(Record.measured, values))


def test_every_cell_that_was_submitted_has_a_record_however_it_ended(engine: Engine, place: Place) -> None:
    jobs = {name: place.job(name) for name in (*NAMES, "Pupil", "Blocked")}
    for wanted in jobs.values():
        engine.submit(wanted)
    ends = {name: results(engine, wanted)[0] for name, wanted in jobs.items()}
    assert {name: record.status for name, record in ends.items()} == {
        "Sign": "ok",
        "Kept": "ok",
        "Raising": "failed",
        "Killed": "crashed",
        "Endless": "timeout",
        "Hungry": "oom",
        "Nowhere": "invalid",
        "Pupil": "ok",
        "Blocked": "blocked",
    }
    assert {record.status for record in ends.values()} == {*STATUSES} - {"skipped"}
    assert ends["Raising"].reason == "ValueError: no such luck"
    assert "no such luck" in ends["Raising"].output
    assert ends["Killed"].reason == "it was ended by signal 9 (SIGKILL)"
    assert ends["Endless"].reason == "it did not finish within 4 s"
    assert ends["Blocked"].reason == ("it needs Raising-python on data, fold 0, which failed: ValueError: no such luck")
    assert [record.cell.model for record in ends.values()] == list(ends)
    assert all(record.source == {"commit": "abc"} for record in ends.values())


def test_rounds_are_as_many_as_were_asked_for_and_name_where_they_were_measured(engine: Engine, place: Place) -> None:
    (record,) = records(engine, place.job("Sign", "predict", rounds=3))
    assert len(record.samples) == 3
    assert record.deterministic is True
    assert record.environment["cpus"] == [place.cpu]
    assert record.environment["slot"] == "none"
    assert record.environment["machine"]["cores"] >= 1
    assert record.scores["accuracy"] > 0.8
    assert record.key == place.job("Sign", "predict", rounds=3).key


def test_the_sides_of_a_pair_have_their_rounds_in_common_in_the_order_given(engine: Engine, place: Place) -> None:
    sides = [place.job("Kept", "predict", rounds=2), place.job("Sign", "predict", rounds=2)]
    first, second = records(engine, *sides)
    assert [first.cell.model, second.cell.model] == ["Kept", "Sign"]
    assert [one["together"] for one in first.samples] == [one["together"] for one in second.samples]
    assert len({one["together"] for one in first.samples}) == 2


def test_a_side_that_fails_ends_the_pair_and_leaves_the_other_fine(engine: Engine, place: Place) -> None:
    bad, good = records(engine, place.job("Raising"), place.job("Sign"))
    assert (bad.status, good.status) == ("failed", "ok")
    assert len(good.samples) <= 1  # where rounds are measured apart, its own was


def test_what_was_measured_before_is_gone_on_from(engine: Engine, place: Place) -> None:
    (record,) = records(engine, place.job("Sign", earlier=Earlier(kept=2, short=True)))
    assert len(record.samples) == 1
    assert record.samples[0]["models"] >= 2  # of a short phase the first call need not show it again


@pytest.mark.parametrize(("elapsed_s", "again"), [(1.0, 2), (14.0, 2), (16.0, 1), (31.0, 0)])
def test_what_others_disturbed_is_measured_again_twice_but_not_for_minutes(
    place: Place, elapsed_s: float, again: int
) -> None:
    side, sample = Measurement(place.job("Sign")), {"elapsed_s": elapsed_s, "contaminated": True, "models": 1}
    while not side.patience_spent(sample):
        side.take(sample, again=True)
    assert len(side.discarded) == again


@pytest.mark.parametrize(("mode", "again"), [("pinned", 2), ("none", 0)])
def test_without_a_slot_no_times_count_and_none_is_measured_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, mode: Mode, again: int
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    taken = {"sample": {"contaminated": True, "models": 1, "wall_s": 1.0, "walls": [1.0]}}
    supervisor = Supervisor(Slot(mode, (0,)), 1, 0)
    monkeypatch.setattr(supervisor, "run", lambda *requests: [Outcome("ok", "", taken, 1.0, 0.0, "")])
    side = Measurement(place.job("Sign"))
    monkeypatch.setattr(side, "provide", lambda provisions: None)
    measure(Provisions(supervisor), [side])
    assert (len(side.samples), len(side.discarded)) == (1, again)


def test_artefacts_are_made_once_for_all_engines_and_verified(engine: Engine, place: Place) -> None:
    predict = place.job("Kept", "predict")
    assert predict.own is not None
    entry = place.settings.cache / predict.own.key
    (record,) = records(engine, predict)
    assert record.environment["restored"] is True
    made = entry.stat().st_ino
    (again,) = records(engine, predict)
    assert (again.status, entry.stat().st_ino) == ("ok", made)
    (entry / "model").write_text("spoilt")
    other = LocalEngine(place.settings)
    (mended,) = map(Record.measured, other.result(predict))
    other.close()
    assert (mended.status, (entry / "model").read_text()) == ("ok", "fitted")


@pytest.mark.parametrize("phase", ["fit", "predict"])
def test_what_runs_out_of_memory_is_tried_with_half_the_batch_and_says_so(
    engine: Engine, place: Place, phase: str
) -> None:
    (record,) = records(engine, place.job("Shrinking", phase))
    assert (record.status, record.environment["batch_size"]) == ("ok", 6)
    assert record.attempts == (
        {"options": {"batch_size": 24, "accumulation": 1}, "reason": "MemoryError: no room for 24"},
        {"options": {"batch_size": 12, "accumulation": 2}, "reason": "MemoryError: no room for 12"},
    )
    assert record.key == place.job("Shrinking", phase).key


def test_what_has_no_room_at_all_is_given_up_and_tells_every_attempt(engine: Engine, place: Place) -> None:
    (record,) = records(engine, place.job("Hopeless"))
    assert (record.status, record.reason) == ("oom", "MemoryError: no room for 1")
    assert [one["options"]["batch_size"] for one in record.attempts] == [24, 12, 6, 3]


def test_smaller_batches_keep_the_examples_of_a_step(place: Place) -> None:
    tried, job = [], place.job("Hopeless")
    now: Job | None = replace(job, request=replace(job.request, spec={"batch_size": 6, "accumulation": 3}))
    while now is not None:
        tried.append((now.request.spec["batch_size"], now.request.spec["accumulation"]))
        now = smaller(now, len(tried) - 1)
    assert tried == [(6, 3), (3, 6), (1, 18)]


def test_the_sides_of_a_pair_are_never_measured_with_other_batches(engine: Engine, place: Place) -> None:
    hungry, _ = records(engine, place.job("Shrinking"), place.job("Sign"))
    assert (hungry.status, hungry.attempts) == ("oom", ())


def test_further_trainings_are_no_rounds_and_are_in_the_record(engine: Engine, place: Place) -> None:
    (record,) = records(engine, place.job("Sign", rounds=0, seeds=(7, 8)))
    assert [one["seed"] for one in record.trainings] == [7, 8]
    assert record.samples == ()


def test_data_that_is_other_than_was_planned_is_refused(engine: Engine, place: Place) -> None:
    (record,) = records(engine, place.job("Sign", data="0" * 64))
    assert record.status == "failed"
    assert record.reason.startswith("its data has checksum ")


def test_every_engine_brings_the_record_of_the_local_one_but_for_times_and_which_core(
    engine: Engine, place: Place
) -> None:
    job = place.job("Sign", "predict", rounds=2)
    local = LocalEngine(place.settings)
    found = [[record.as_dict() for record in records(one, job)] for one in (local, engine)]
    local.close()
    for (values,) in found:
        for name in ("samples", "discarded", "started", "ended"):
            del values[name]
        # A node takes any core that is free, and other runs of this machine may hold the first.
        values["environment"]["cpus"] = len(values["environment"]["cpus"])
    assert found[0] == found[1]


def test_a_job_is_the_same_after_it_was_written_down(place: Place) -> None:
    made = place.job("Pupil", "predict", seeds=(3,), earlier=Earlier(2, 1, short=False))
    again = Job.from_dict(json.loads(json.dumps(made.as_dict())))
    assert json.dumps(again.as_dict()) == json.dumps(made.as_dict())
    assert (again.cell, again.earlier, again.request.backend) == (made.cell, made.earlier, made.request.backend)
    assert [need.name for need in made.needs] == ["Kept-python on data, fold 0"]


LOWERING = """
from swapbench.run.local import LocalEngine

class Lowering(LocalEngine):
    def result(self, *sides):
        records = super().result(*sides)
        for record in records:
            record["scores"] = {name: value - 0.01 for name, value in record["scores"].items()}
        return records
"""


@pytest.mark.parametrize(("target", "status"), [("lowering:Lowering", 1), ("swapbench.run.local:LocalEngine", 0)])
def test_an_engine_of_ones_own_is_held_to_the_contract_by_an_option(target: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "lowering.py").write_text(LOWERING)
    test = test_every_engine_brings_the_record_of_the_local_one_but_for_times_and_which_core.__name__
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"--engine={target}", f"{__file__}::{test}[{target}]"],
        env={**environment(), "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == status, done.stdout
    assert ("1 passed", "1 failed")[status] in done.stdout


OWN = """
from swapbench.run.local import LocalEngine

class Noting(LocalEngine):
    def submit(self, *sides):
        with open("submitted", "a") as file:
            print(*(side.cell for side in sides), file=file)

not_callable = 3
"""


def test_an_engine_of_ones_own_is_one_file_named_by_its_target(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    sandbox.write(mine=OWN)
    sandbox.suite("toy", phases=["fit"])
    run = sandbox.measure(*spread, "--swap-engine=mine:Noting")
    assert run.outcomes == {"passed": 4}, run.output
    assert sorted((sandbox.folder / "submitted").read_text().splitlines()) == sorted(map(str, run.planned.values()))
    assert {record.environment["engine"] for record in run.records} == {"mine:Noting"}
    assert "1 thread, slot pinned, engine mine:Noting" in run.out


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("slurm", "--swap-engine slurm: there is no such engine; known are local, ray, ray://host:port; write 'pack"),
        ("nowhere:Engine", "--swap-engine nowhere:Engine: it cannot be had, ModuleNotFoundError"),
        ("json:__name__", "--swap-engine json:__name__: json:__name__ cannot be called; name a class"),
        ("json:nothing", "--swap-engine json:nothing: it cannot be had, AttributeError"),
        ("a b:c", "--swap-engine a b:c: 'a b:c' is no target"),
    ],
)
def test_what_is_no_engine_is_a_usage_error(sandbox: Sandbox, name: str, words: str) -> None:
    sandbox.suite("toy")
    run = sandbox.measure(f"--swap-engine={name}")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert words in run.output
    assert "Traceback" not in run.output


def test_an_engine_beside_bench_is_found_however_pytest_is_started(sandbox: Sandbox) -> None:
    sandbox.write(mine=OWN)
    (sandbox.folder / "bench").mkdir()
    sandbox.suite("toy", phases=["fit"])
    (sandbox.folder / "test_toy.py").rename(sandbox.folder / "bench" / "test_toy.py")
    command = [str(Path(sys.executable).with_name("pytest")), "bench", "--benchmark-only", "--swap-engine=mine:Noting"]
    done = subprocess.run(command, cwd=sandbox.folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len((sandbox.folder / "submitted").read_text().splitlines()) == 4


WRONG = """
class Text(LocalEngine):
    def result(self, *sides):
        (values,) = super().result(*sides)
        return [{**values, "samples": [{**values["samples"][0], "wall_s": "0.1"}]}]

    def close(self):
        super().close()
        raise OSError("no such machine")
"""


def test_what_is_no_record_is_told_in_one_sentence_and_not_kept(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    sandbox.write(mine=OWN + WRONG)
    sandbox.suite("toy", phases=["fit"])
    chosen = ("--swap-engine=mine:Text", "--swap-rounds=1", "--swap-fold=0", "--swap-model=sign")
    run = sandbox.run("--benchmark-only", *spread, *chosen)
    assert (run.outcomes["failed"], run.records) == (1, ())
    own = "--swap-engine mine:Text: what it brought of toy: fit of sign-python on data, fold 0 is not its record: "
    told = [line for line in run.out.splitlines() if "samples[0]" in line and not line.startswith("FAILED")]
    assert told == [f"{own}samples[0].wall_s is '0.1' and not a finite number from 0 on."]
    assert "1 cell: 1 not run" in run.out
    assert "--swap-engine mine:Text: it could not be closed, OSError: no such machine." in run.output
    assert "Traceback" not in run.output


def in_samples(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda values: {"samples": [{**sample, **changes} for sample in values["samples"]]}


BENT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "it has 1 of 2 rounds": lambda values: {"samples": values["samples"][:1]},
    "it is of any: fit of Kept-python on data, fold 0": lambda values: {"cell": {**values["cell"], "model": "Kept"}},
    "key is 'other' and not '": lambda _: {"key": "other"},
    "status is 'fine' and not one of ok, ": lambda _: {"status": "fine"},
    "status is 'skipped' and not one of ok, failed, invalid, crashed, timeout, oom, blocked.": lambda _: {
        "status": "skipped"
    },
    "reason is empty, and status 'failed'": lambda _: {"status": "failed"},
    "reason is 3 and not a text": lambda _: {"reason": 3},
    "node is there, and no such field is known": lambda _: {"node": "n7"},
    "samples[0].wall_s is nan and not a finite number from 0 on": in_samples(wall_s=math.nan),
    "samples[0].wall_s is -1.0 and not a finite number from 0 on": in_samples(wall_s=-1.0),
    "samples[0].wall_s is '0.1' and not a finite number from 0 on": in_samples(wall_s="0.1"),
    "samples[0].walls[1] is inf and not a finite number from 0 on": in_samples(walls=[1.0, math.inf]),
    "samples[0].walls is empty": in_samples(walls=[]),
    "samples[0].contaminated is 0 and not true or false": in_samples(contaminated=0),
    "samples[0].cold_s is lacking": lambda values: {
        "samples": [{name: own for name, own in one.items() if name != "cold_s"} for one in values["samples"]]
    },
    "scores['accuracy'] is nan and not a finite number": lambda _: {"scores": {"accuracy": math.nan}},
    "scores.accuracy is lacking, and undefined does not say why": lambda _: {"scores": {}},
    "scores.other is there, which is no metric of its suite": lambda values: {
        "scores": {**values["scores"], "other": 1.0}
    },
    "examples['accuracy'] is 'garbage' and not results of test examples, packed": lambda _: {
        "examples": {"accuracy": "garbage"}
    },
    "parameters is np.int64(5) and not a whole number from 0 on": lambda _: {"parameters": np.int64(5)},
    "environment.machine is lacking": lambda values: {
        "environment": {name: own for name, own in values["environment"].items() if name != "machine"}
    },
}


def test_a_record_is_taken_from_an_engine_only_where_it_is_whole_and_of_its_job(place: Place) -> None:
    wanted, local = place.job("Sign", rounds=2), LocalEngine(place.settings)
    (values,) = local.result(wanted)
    local.close()
    assert record_of(wanted, ({**values, "reason": "\udce9"},), "mine:E").reason == r"\udce9"
    for words, bend in BENT.items():
        with pytest.raises(SwapError) as refused:
            record_of(wanted, [{**values, **bend(values)}], "mine:E")
        told = f"--swap-engine mine:E: what it brought of {wanted.cell} is not its record: "
        assert str(refused.value).startswith(told + words)
    for brought in (None, values, [], [values, values], ["values"]):
        with pytest.raises(SwapError, match="is not its record: it is no list of one dictionary"):
            record_of(wanted, brought, "mine:E")


def test_all_that_a_round_measures_is_known_to_whoever_reads_it() -> None:
    from swapbench.run.clock import Sample

    assert {field.name for field in fields(Sample)} <= reading.SAMPLE.keys()


def test_what_a_child_printed_is_in_the_record_of_a_cell_that_ended_well_too(engine: Engine, place: Place) -> None:
    (record,) = records(engine, place.job("Talking"))
    assert (record.status, record.output.splitlines()[0]) == ("ok", "a word")
