"""Runs of the family's own models: trained, killed, gone on with and evaluated by the command."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")
pytest.importorskip("PIL")
pytest.importorskip("skimage")
from library_process import Ask
from swapbench_models.video.data.generate import generate
from swapbench_models.video.data.plan import Plan
from swapbench_models.video.sizes import SIZES
from video_clips import published

CHILD = "video_command_child"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(Plan(clips=24, frames=8, size=64), tmp_path_factory.mktemp("made") / "set")


def asked(table: Path, out: Path, models: str) -> list[str]:
    return ["train", "--data", f"{table}", "--out", f"{out}", "--folds", "2", "--epochs", "3", "--models", models]


def results(out: Path) -> dict[str, bytes]:
    return {f"{file.relative_to(out)}": file.read_bytes() for file in out.glob("models/**/fold_results.csv")} | {
        f"{file.relative_to(out)}": file.read_bytes() for file in out.glob("models/*/fold_*/[mp]*")
    }


@pytest.mark.parametrize("profile", ["quick", "standard", pytest.param("paper", marks=pytest.mark.long)])
def test_the_sizes_that_are_listed_are_those_of_the_models(torch: Ask, profile: str) -> None:
    expected = {name: (size[profile].parameters, size[profile].macs) for name, size in SIZES.items()}
    assert torch(f"{CHILD}:sizes", profile) == expected


def test_what_was_trained_says_again_what_it_said(torch: Ask, made: Path, tmp_path: Path) -> None:
    status, out, err = torch(f"{CHILD}:ran", *asked(made, tmp_path / "run", "svm,naive_cnn"))
    assert status == 0, err
    assert [line.split()[:2] for line in out.splitlines()[2:-1]] == [["svm", "2/2"], ["naive_cnn", "2/2"]]
    status, out, err = torch(f"{CHILD}:ran", "evaluate", "--run", tmp_path / "run")
    assert status == 0, out
    assert [line.endswith(", as it was recorded, to the last bit") for line in out.splitlines()] == [True] * 4


@pytest.mark.soak
@pytest.mark.long
def test_a_run_that_is_killed_again_and_again_comes_to_the_same_bytes(made: Path, tmp_path: Path) -> None:
    command, models = [sys.executable, "-m", "swapbench_models.video"], "svm,naive_cnn,x3d"
    subprocess.run([*command, *asked(made, tmp_path / "whole", models)], check=True, capture_output=True)
    draws, kills = np.random.default_rng(0), 0
    while kills < 10 and not (tmp_path / "run/models/x3d/training_complete.json").exists():
        with subprocess.Popen([*command, *asked(made, tmp_path / "run", models)], stdout=-3, stderr=-3) as process:
            time.sleep(float(draws.uniform(2, 8)))
            os.kill(process.pid, signal.SIGKILL)
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 3
    subprocess.run([*command, *asked(made, tmp_path / "run", models)], check=True, capture_output=True)
    assert results(tmp_path / "run") == results(tmp_path / "whole")
    assert len(results(tmp_path / "run")) == 3 * (1 + 2 * 2)
    subprocess.run([*command, "evaluate", "--run", f"{tmp_path / 'run'}"], check=True, capture_output=True)


@pytest.mark.long
def test_real_clips_have_features_and_all_models_tell_their_class(torch: Ask, made: Path, tmp_path: Path) -> None:
    clips = published(tmp_path)
    assert len(clips) == 4
    status, out, err = torch(f"{CHILD}:ran", "features", *clips)
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 1 + len(clips)
    table = tmp_path / "real.csv"
    table.write_text("video_path,label\n" + "".join(f"{clip},{'distorted' in clip.name:d}\n" for clip in clips))
    command = asked(made, tmp_path / "run", ",".join(SIZES))
    assert torch(f"{CHILD}:ran", *command)[0] == 0
    status, out, _ = torch(f"{CHILD}:ran", "evaluate", "--run", tmp_path / "run", "--data", table, "--json")
    assert status == 0
    assert [(each["model"], each["folds"]) for each in json.loads(out)] == [(name, 2) for name in SIZES]
