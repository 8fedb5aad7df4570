"""The command `benchmark`: runs that are none, what it writes and refuses, and suites that it has measured."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from helpers import environment, require
from neural_runs import RECORD, RUN, Edit, Values, reported, written
from swapbench_models.neural.command.main import main
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.report.reading import read

ROOT = Path(__file__).parent.parent


# Files that are no run


def _setting(*path: str | int, value: Any) -> Edit:
    def edit(values: Values) -> None:
        place: Any = values
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value

    return edit


def _twice(values: Values) -> None:
    values["records"].append(values["records"][0])


def _without_suite(values: Values) -> None:
    values["outlines"][0]["name"] = "another"


def _two_profiles(values: Values) -> None:
    values["planned"][0]["cell"]["profile"] = "paper"


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (_setting("swapbench", value=3), "report of version 3"),
        (_setting("swapbench", value=True), "report of version True"),
        (_setting("records", 0, "version", value=9), "records[0].version is 9"),
        (_without_suite, "it has no suite neural"),
        (_twice, "several records of one cell"),
        (_two_profiles, "profiles paper, quick"),
        (_setting("records", value={}), "records is {} and not a list"),
        (_setting("records", 0, value=5), "records[0] is 5 and not a dictionary"),
        (_setting("started", value="today"), "started is 'today'"),
        (_setting("records", 0, "cell", "dataset", value="../digits"), "dataset is '../digits'"),
        (_setting("records", 0, "cell", "fold", value=-1), "fold is -1"),
        (_setting("records", 0, "cell", "fold", value=True), "fold is True"),
        (_setting("records", 0, "samples", value=[]), "records[0].samples is []"),
        (_setting("records", 0, "samples", 0, "wall_s", value=-1.0), "samples[0].wall_s is -1.0"),
        (_setting("records", 0, "samples", 0, "wall_s", value=10**400), "samples[0].wall_s is 1000"),
        (_setting("records", 0, "samples", 0, "contaminated", value=1), "contaminated is 1"),
        (_setting("records", 0, "environment", value=None), "records[0].environment is lacking"),
        (_setting("agreements", 0, "evidence", "interval", value=[1]), "interval is [1]"),
        (lambda values: values.pop("comparisons"), "comparisons is lacking"),
        (lambda values: values.pop("swapbench"), "it is no report of swapbench"),
    ],
)
def test_a_run_that_is_none_is_refused_in_one_sentence_and_nothing_is_lost(
    tmp_path: Path, edit: Edit, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reported(written(tmp_path))
    before = {path.name: path.read_bytes() for path in (written(tmp_path).parent / "out").iterdir()}
    capsys.readouterr()
    file = written(tmp_path, edit)
    assert main(["benchmark", "--from", str(file), "--output", str(file.parent / "out")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert str(file) in said.err
    assert told in said.err
    assert {path.name: path.read_bytes() for path in (file.parent / "out").iterdir()} == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"benchmarks": []}',
        b'{"swapbench": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'"' + b"9" * 9,
    ],
)
def test_a_file_that_is_something_else_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "run.json"
    file.write_bytes(content)
    with pytest.raises(NeuralError, match=re.escape(str(file))) as raised:
        read(file)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(NeuralError, match="it cannot be read"):
            read(path)


# The command


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--models", "simple_mpl"], "There is no model 'simple_mpl'; known are simple_mlp, cnn, deep_mlp"),
        (["--backends", "torch,caffe"], "There is no backend 'caffe'; known are torch, tensorflow, jax, onnxruntime"),
        (["--models", ""], "There is no model ''"),
        (["--suite", "nowhere.py"], "--suite nowhere.py: there is no such file"),
        ([], "There is no bench/test_neural.py here nor in a folder above"),
        (["--from", "run.json", "--seed", "0"], "--seed is for measuring"),
        (["--from", "run.json", "--quick"], "--quick is for measuring"),
        (["--from", "run.json", "--", "-n", "2"], "What stands after -- is for measuring"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_measured(
    arguments: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert main(["benchmark", *arguments]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert [*tmp_path.iterdir()] == []


def test_one_of_the_files_is_written_where_only_one_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path)
    names = {"benchmark_report.md", "benchmark_results.json"}
    for options, expected in (
        (["--report"], {"benchmark_report.md"}),
        (["--json"], {"benchmark_results.json"}),
        (["--report", "--json"], names),
        ([], names),
    ):
        folder = file.parent / "-".join(["out", *options])
        assert main(["benchmark", "--from", str(file), "--output", str(folder), *options]) == 0
        assert {path.name for path in folder.iterdir()} == {
            *expected,
            "simple_mlp_torch.py",
            "simple_mlp_tensorflow.py",
        }
        printed = capsys.readouterr().out
        if "--json" in options:
            assert json.loads(printed) == json.loads((folder / "benchmark_results.json").read_text())
        else:
            assert printed.startswith("Overhead: ")
        assert "def build_model" in (folder / "simple_mlp_torch.py").read_text()


def test_the_page_shows_what_the_command_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "--from", str(RUN), "--output", str(tmp_path)]) == 0
    said = capsys.readouterr().out.replace(str(tmp_path), "benchmark_results")
    page = (ROOT / "docs" / "neural-report.md").read_text()
    assert f"```\n{said}```" in page
    options = {name for line in page.splitlines() if line.startswith("| `-") for name in re.findall(r"--[a-z]+", line)}
    with pytest.raises(SystemExit):
        main(["benchmark", "--help"])
    known = set(re.findall(r"--[a-z]+", capsys.readouterr().out))
    of_every_command = {"--help", "--verbose", "--cpu", "--device"}
    assert known - of_every_command <= options


def test_a_backend_may_be_called_as_the_reference_calls_it(tmp_path: Path) -> None:
    _, found = reported(written(tmp_path), "--backends", "pytorch, keras")
    assert [one["native"]["backend"] for one in found[:2]] == ["torch", "tensorflow"]


# Measured


FAKE = """
import os
import numpy as np

class Model:
    right = 1.0

    def __init__(self, epochs=1):
        self.epochs = epochs

    def parse(self, X): pass
    def generate(self, X): pass
    def build(self, X): pass
    def fit(self, X, y): pass

    def predict(self, X):
        labels = X[:, 0].astype(int)
        return np.where(np.arange(len(X)) < self.right * len(X), labels, 1 - labels)

class Worse(Model):
    right = 0.9

class Broken(Model):
    def build(self, X):
        raise ValueError("no such layer")

def load():
    labels = np.arange(400) % 2
    return labels[:, None].astype(float), labels

def accuracy(truth, labels):
    return float((truth == labels).mean())

def loss(truth, labels):
    return 1 - accuracy(truth, labels)

def split(X, y, groups, folds, seed):
    fold = np.arange(len(y)) // 2 % folds
    return [(np.flatnonzero(fold != each), np.flatnonzero(fold == each)) for each in range(folds)]
"""
SUITE = """
import os
from swapbench import Backend, Metric, Model, Phase, Suite

STAGES = ("parse", "generate", "build")
spec = {"epochs": int(os.environ.get("NEURAL_EPOCHS", "1"))}
ways = {"simple_mlp": "Model", "cnn": "Worse", "deep_mlp": "Broken"}
suite = Suite(
    "neural",
    models={
        name: Model({"torch": "fake:Model"}, spec, variants={"compiled": {"torch": f"fake:{way}"}})
        for name, way in ways.items()
    },
    datasets={"digits": "fake:load"},
    phases=[*(Phase(stage) for stage in STAGES), "fit", "predict"],
    metrics=[Metric("accuracy", "fake:accuracy"), Metric("log_loss", "fake:loss", better="lower")],
    split="fake:split",
    folds=2,
    exclude=[{"variant": "", "phase": stage} for stage in STAGES[:2]],
    backends={"torch": Backend("torch", "numpy", ("numpy",), ("numpy",))},
)
globals().update((test.__name__, test) for test in suite.tests())
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a suite of fake networks, of which one is worse compiled, and one cannot be built."""
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "test_neural.py").write_text(SUITE)
    (tmp_path / "fake.py").write_text(FAKE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "swapbench_models.neural", "benchmark", *arguments]


def variables(folder: Path) -> dict[str, str]:
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    return environment(SWAPBENCH_LOCKS=str(folder / "locks"), PYTHONPATH=path)


def test_the_command_measures_and_its_status_says_what_went_wrong(checkout: Path) -> None:
    few, some = ("--rounds", "1", "--quick"), ("--", "--swap-fold=0", "--swap-phase=build", "--swap-phase=predict")
    below = checkout / "below"
    below.mkdir()
    done = subprocess.run(
        command("--models", "simple_mlp,cnn,deep_mlp", "--backends", "pytorch", *few, "--epochs", "3", *some),
        cwd=below,
        env=variables(checkout),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "NOT EQUIVALENT: cnn on torch, accuracy -0.1000" in done.stderr
    assert "deep_mlp on torch, compiled, build: failed, ValueError: no such layer" in done.stderr
    assert "NOT EQUIVALENT: simple_mlp" not in done.stderr
    folder = below / "benchmark_results"
    found = {one["native"]["model_name"]: one for one in json.loads((folder / "benchmark_results.json").read_text())}
    assert [found[model]["comparison"]["equivalent"] for model in ("simple_mlp", "cnn", "deep_mlp")] == [
        True,
        False,
        True,
    ]
    assert {found[model]["neural_dsl"]["epochs_completed"] for model in found} == {3}
    assert found["deep_mlp"]["neural_dsl"]["build_time"] is None
    report = (folder / "benchmark_report.md").read_text()
    assert report.count("NOT EQUIVALENT (< 0.01)") == 1
    assert main(["benchmark", "--from", str(folder / "benchmark_run.json"), "--output", str(checkout / "again")]) == 1
    assert (checkout / "again" / "benchmark_report.md").read_text() == report


def test_a_run_that_could_not_begin_leaves_the_last_one(checkout: Path) -> None:
    results = checkout / "benchmark_results"
    results.mkdir()
    (results / "benchmark_run.json").write_text("the last run")
    for arguments, told in (
        (("--models", "recurrent"), "pytest ended with status 4"),
        (("--models", "cnn", "--", "-k", "nothing"), "No benchmark results available"),
    ):
        done = subprocess.run(
            command("--backends", "torch", *arguments),
            cwd=checkout,
            env=variables(checkout),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        assert told in done.stderr.strip().rpartition("\n")[2]
        assert [path.name for path in results.iterdir()] == ["benchmark_run.json"]
        assert (results / "benchmark_run.json").read_text() == "the last run"


@pytest.mark.long
def test_an_interrupted_command_ends_what_it_has_started(checkout: Path) -> None:
    mark = checkout / "pid"
    slow = f"import os, pathlib, time\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(600)\n"
    (checkout / "bench" / "test_neural.py").write_text(slow)
    with subprocess.Popen(
        command(), cwd=checkout, env=variables(checkout), stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while not (mark.exists() and mark.read_text()):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.endswith("Interrupted.\n")
    assert not Path(f"/proc/{mark.read_text()}").exists()


@pytest.mark.long
def test_the_suite_is_measured_and_reported(tmp_path: Path) -> None:
    require("torch")
    chosen = ("--models", "simple_mlp", "--backends", "torch", "--epochs", "2", "--rounds", "2", "--quick", "--json")
    done = subprocess.run(
        command(
            *chosen, "--output", str(tmp_path / "out"), "--", "--swap-fold=0", f"--swap-store={tmp_path / 'store'}"
        ),
        cwd=ROOT,
        env=environment(SWAPBENCH_LOCKS=str(tmp_path / "locks"), PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    ours, native = found["neural_dsl"], found["native"]
    assert all(ours[name] is not None for name in RECORD)
    assert (ours["epochs_completed"], native["epochs_completed"]) == (2, 2)
    assert ours["parameters"] == native["parameters"] == 101_770
    assert ours["spread"]["training_time"]["n"] == 2
    assert 0.8 < ours["final_accuracy"] == native["final_accuracy"]
    assert found["comparison"]["equivalent"] is True
    assert found["comparison"]["identical_predictions"] is True
    assert found["comparison"]["training_time"]["not_shown_because"]
