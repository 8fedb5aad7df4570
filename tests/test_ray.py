"""Ray: cells on the nodes of a cluster, all of them emulated on this machine, and what is kept when some are killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from durable import Store, durable
from helpers import Project, environment, unwrapped
from ray_cluster import RayCluster, ray_cluster
from swapbench.judge.judgement import judge
from swapbench.record.journal import Journal
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.run.cluster import own

pytestmark = [pytest.mark.long, pytest.mark.both_cores]

_RUN = ("--benchmark-only", "--swap-rounds=1")

# Each is slow enough for others to be under way; m2 kills the worker above its fork server as often as `armed` says.
MODELS = """
import os, signal, time
from pathlib import Path
from model import Model

class Slow(Model):
    def fit(self, X, y):
        super().fit(X, y)
        if "TOLD" in os.environ:
            with open(os.environ["TOLD"], "a") as told:
                told.write(self.name + "\\n")
            time.sleep(0.8)
        time.sleep(0.2)

class Killer(Slow):
    def fit(self, X, y):
        armed = Path("armed")
        left = int(armed.read_text()) if armed.exists() else 0
        if self.name == "m2" and left:
            armed.write_text(str(left - 1))
            server = Path(f"/proc/{os.getppid()}/stat").read_text()
            os.kill(int(server.rpartition(")")[2].split()[1]), signal.SIGKILL)
            time.sleep(600)
        super().fit(X, y)
"""

MATRIX = """
from swapbench import Model, Suite
from light import LIGHT

suite = Suite(
    "mine",
    models={
        "teacher": {"python": "various:Kept"},
        "pupil": Model({"python": "various:Pupil"}, needs={"teacher": "teacher"}),
        "other": Model({"python": "various:Pupil"}, needs={"teacher": "teacher"}),
        "broken": {"python": "various:Broken"},
        "spared": {"python": "various:Kept"},
    },
    **LIGHT,
    folds=2,
    skip=[{"model": "spared", "fold": [0], "reason": "it takes an hour"}],
    xfail=[{"model": "broken", "reason": "known"}],
)
test_fit, test_predict = suite.tests()
"""

VARIOUS = """
import numpy as np

def tell(line):
    with open("fits.log", "a") as log:
        log.write(line + "\\n")

class Kept:
    def fit(self, X, y):
        tell("kept")
        self.sign = float(np.sign(X[y == 1, 0].mean()) or 1)

    def predict(self, X):
        return (self.sign * X[:, 0] > 0).astype(int)

    def save_fitted(self, path):
        path.write_text(repr(self.sign))

    def load_fitted(self, path):
        self.sign = float(path.read_text())

class Pupil(Kept):
    def __init__(self, teacher):
        self.taught = float((teacher / "model").read_text())

    def fit(self, X, y):
        self.sign = -self.taught

class Broken:
    def fit(self, X, y):
        raise ValueError("it broke")

    def predict(self, X):
        return X[:, 0]
"""

FILES = """
import os
from pathlib import Path
import numpy as np

def load(data_dir=""):
    if "BARE" in os.environ:
        raise FileNotFoundError("there is nothing here")
    number = int(Path(data_dir, "number.txt").read_text())
    return np.random.default_rng(number).normal(size=(60, 4)), np.arange(60) % 2
"""

FILES_SUITE = """
from swapbench import Dataset, Suite
from light import LIGHT

given = {name: value for name, value in LIGHT.items() if name != "dataset"}
suite = Suite("mine", models={"a": {"python": "various:Kept"}, "b": {"python": "various:Kept"}}, folds=1,
    datasets={"data": Dataset("files:load", reads_files=True)}, **given)
test_fit, test_predict = suite.tests()
"""


def slow(folder: Path, target: str = "slow:Slow", count: int = 6) -> Project:
    folder.mkdir(exist_ok=True)
    return durable(folder, target, count).write(slow=MODELS)


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """Two nodes with a processor each."""
    with ray_cluster() as made:
        yield made


def statuses(project: Project) -> dict[str, str]:
    return {record.cell.model: record.status for record in project.records()}


def what_counts(record: Record) -> dict[str, Any]:
    """Return all of a record but what differs from one measurement to the next."""
    values = record.as_dict()
    timed = ("samples", "discarded", "started", "ended", "output")
    own = {name: value for name, value in values.items() if name not in timed}
    return {**own, "environment": {**values["environment"], "engine": "", "cpus": []}, "rounds": len(record.samples)}


def when(ready: Callable[[], bool], within_s: float = 120.0) -> None:
    deadline = time.monotonic() + within_s
    while not ready() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ready()


def test_a_matrix_on_two_nodes_has_the_names_scores_and_verdicts_of_this_machine(
    cluster: RayCluster, tmp_path: Path
) -> None:
    here = durable(tmp_path).write(various=VARIOUS, test_mine=MATRIX)
    local = here.measured("--swap-rounds=1", "--swap-store=local")
    there = here.measured("--swap-rounds=1", "--swap-store=ray", cluster.engine)
    before, after = (_last(tmp_path / name) for name in ("local", "ray"))
    assert before.planned == after.planned
    assert list(map(what_counts, before.records)) == list(map(what_counts, after.records))
    assert {record.environment["engine"] for record in after.records if record.environment} == {"ray"}
    assert "slot pinned, engine ray" in there.stdout
    assert [done.stdout.rpartition("cells: ")[2].splitlines()[0] for done in (local, there)] == [
        "14 ok, 6 skipped" for _ in range(2)
    ]
    verdicts = judge(before, after)
    assert "incomparable" not in {one.kind for one in verdicts if not one.excused}
    scored = [one for one in verdicts if one.metric == "accuracy"]
    assert {one.kind for one in scored} == {"equivalent"}


def _last(store: Path) -> Run:
    """Return the last run of a store."""
    with closing(Journal(store)) as journal:
        return journal.run(journal.last_run() or "")


def test_a_cell_whose_worker_is_killed_is_begun_again_and_one_that_kills_three_is_given_up(
    cluster: RayCluster, tmp_path: Path
) -> None:
    project = slow(tmp_path, "slow:Killer")
    (tmp_path / "armed").write_text("99")
    failed = project.pytest(*_RUN, cluster.engine)
    assert failed.returncode == 1
    assert statuses(project) == {**{f"m{number}": "ok" for number in range(6)}, "m2": "crashed"}
    assert (tmp_path / "armed").read_text() == "96"
    (record,) = (one for one in project.records() if one.status == "crashed")
    assert len(record.attempts) == 3
    assert record.reason.startswith("it is not tried again, for what measured it died each of 3 times: the process")
    assert "6 cells: 5 ok, 1 crashed" in failed.stdout


def test_a_killed_run_is_resumed_and_repeats_nothing(cluster: RayCluster, tmp_path: Path) -> None:
    project = slow(tmp_path)
    process = subprocess.Popen(
        project.command(*_RUN, cluster.engine),
        cwd=tmp_path,
        env=project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    when(lambda: len(Store(project).bodies()) >= 3)
    process.kill()
    process.wait()
    assert project.left_over(20.0) == []
    before, fits = Store(project).bodies(), len(project.lines("fits.log"))
    project.measured("--swap-rounds=1", "--swap-resume", cluster.engine)
    assert set(statuses(project).values()) == {"ok"}
    assert set(project.lines("fits.log")[fits:]).isdisjoint(before)
    assert {name: Store(project).bodies()[name] for name in before} == before


def test_a_node_that_dies_loses_what_it_measured_then_and_that_is_measured_elsewhere(tmp_path: Path) -> None:
    """On nodes that share nothing with the planner, of which they are sent the code, and data that they cannot make."""
    names = ("first", "second")
    told = {name: str(tmp_path / f"{name}.log") for name in names}
    nodes = [{"SWAPBENCH_NODE_STORE": str(tmp_path / one), "TOLD": told[one], "BARE": "yes"} for one in names]
    project = slow(tmp_path / "project")
    project.write(various=VARIOUS, files=FILES, test_files=FILES_SUITE)
    (project.folder / "number.txt").write_text("7")
    with ray_cluster(nodes) as made:
        project.measured("--swap-rounds=1", f"--swap-data={project.folder}", made.engine, "test_files.py")
        assert [record.status for record in project.records()] == ["ok"] * 4
        assert project.lines("fits.log") == []  # it was not in this folder that the nodes worked
        assert [path.name for path in tmp_path.glob("*/cache/data-*") if path.is_dir()] != []
        process = subprocess.Popen(
            project.command(*_RUN, "--swap-machine-class=node", made.engine, "test_mine.py"),
            cwd=project.folder,
            env=project.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        when(lambda: len(Store(project).bodies()) >= 2)
        known, begun = Store(project).bodies(), _size(told["first"])
        when(lambda: _size(told["first"]) > begun)  # it has just begun with another
        made.kill(0)
        out, _ = process.communicate(timeout=200)
    assert process.returncode == 0, out
    assert set(statuses(project).values()) == {"ok"}
    assert {name: Store(project).bodies()[name] for name in known} == known
    assert [one["options"] for record in project.records() for one in record.attempts] == [{}]
    assert "Begun once more because the" in unwrapped(out)


def _size(path: str) -> int:
    return Path(path).stat().st_size if Path(path).exists() else 0


def test_a_cluster_of_our_own_is_ours_alone_and_leaves_nothing(tmp_path: Path) -> None:
    """Not even when it is killed under the run, which ends in one sentence with all that was measured."""
    project = slow(tmp_path, count=30)
    process = subprocess.Popen(
        project.command(*_RUN, "--swap-engine=ray"),
        cwd=tmp_path,
        env={**project.environment, "RAY_ADDRESS": "203.0.113.1:6379"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    when(lambda: len(Store(project).bodies()) >= 2)
    (folder,) = (path for path in Path(own.PLACE).glob("swapbench-ray-*") if _maker(path) == process.pid)
    assert folder.stat().st_mode & 0o077 == 0  # whatever Ray makes of those below it
    listening = _listening(project)
    assert listening
    assert {address.partition(":")[0] for address in listening} == {"127.0.0.1"}
    joined = subprocess.run(
        [sys.executable, "-c", "import ray._raylet, sys; ray._raylet.GcsClient(address=sys.argv[1])", _gcs(project)],
        env=environment(RAY_AUTH_MODE="disabled"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "InvalidAuthToken" in joined.stderr
    for pid in _named(project, "raylet"):
        os.kill(pid, signal.SIGKILL)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "--swap-engine ray: " in out
    assert "Traceback" not in out
    assert "not measured yet: the same command with --swap-resume goes on from here" in unwrapped(out)
    assert set(statuses(project).values()) == {"ok"}
    assert project.left_over() == []
    assert not [path for path in Path(own.PLACE).glob("swapbench-ray-*") if _maker(path) == process.pid]


def _named(project: Project, name: str) -> list[int]:
    return [pid for pid in project.processes() if Path(f"/proc/{pid}/comm").read_text().strip() == name]


def _gcs(project: Project) -> str:
    (server,) = _named(project, "raylet")
    arguments = Path(f"/proc/{server}/cmdline").read_text().split("\0")
    return next(one.partition("=")[2] for one in arguments if one.startswith("--gcs-address="))


def _listening(project: Project) -> set[str]:
    """Return the addresses on which any process of a project listens."""
    import psutil

    found = set()
    for pid in project.processes():
        with suppress(psutil.Error):
            for one in psutil.Process(pid).net_connections("inet"):
                if one.status == psutil.CONN_LISTEN:
                    found.add(f"{one.laddr.ip.removeprefix('::ffff:')}:{one.laddr.port}")
    return found


def _maker(folder: Path) -> int:
    with suppress(OSError):
        return int(json.loads((folder / "maker.json").read_text())["pid"])
    return 0
