"""`python -m swapbench_models.video` as its user runs it: clips to a comparison, kills, bad input, nothing lost."""

import csv
import io
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

pytest.importorskip("av")
pytest.importorskip("PIL")
pytest.importorskip("skimage")
import av

from swapbench_models.threads import VARIABLES
from swapbench_models.training.error import OutOfMemoryError
from swapbench_models.training.memory import Attempt
from swapbench_models.video import catalogue
from swapbench_models.video.command.main import main
from swapbench_models.video.data.generate import generate
from swapbench_models.video.data.metadata import read
from swapbench_models.video.data.plan import Plan
from swapbench_models.video.error import VideoError
from swapbench_models.video.features.extract import of_clip
from swapbench_models.video.features.table import NAMES
from swapbench_models.video.reading.frames import frames
from swapbench_models.video.reading.sampling import places
from swapbench_models.video.runs import comparison
from swapbench_models.video.runs import results as results_of
from swapbench_models.video.runs.begin import Asked
from swapbench_models.video.runs.comparison import Row
from swapbench_models.video.runs.configuration import Configuration
from swapbench_models.video.runs.fold import Result
from swapbench_models.video.runs.picture import png
from swapbench_models.video.runs.scores import scores
from swapbench_models.video.sizes import SIZES
from video_clips import FRAMES, encode
from video_fakes import Maker, trained

FOLDS = 3
MODELS = ["logistic_regression", "naive_cnn", "x3d"]
Ran = tuple[int, str, str]


@pytest.fixture(autouse=True)
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked for by the environment, and what a command says there of threads is forgotten."""
    for name in ("MODELS_TO_TRAIN", "USE_MULTIMODEL", "FVC_TEST_MODE"):
        monkeypatch.delenv(name, raising=False)
    for name in VARIABLES:
        monkeypatch.setenv(name, "1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(Plan(clips=24, frames=4, size=32), tmp_path_factory.mktemp("made") / "set")


@pytest.fixture
def table(made: Path, tmp_path: Path) -> Path:
    """A set of one's own, that may be spoilt."""
    return Path(shutil.copytree(made.parent, tmp_path / "set")) / made.name


@pytest.fixture(scope="module")
def whole(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three models that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "run"
    status, _, err = train(made, out)
    assert status == 0, err
    return out


def ran(*given: object, make: Any = None) -> Ran:
    """Return the status of the command, and what it said on stdout and stderr."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            status = main([str(each) for each in given], make or Maker())
        except SystemExit as ended:  # of argparse
            status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()


def train(table: Path, out: Path, *more: object, models: str = ",".join(MODELS), make: Any = None) -> Ran:
    return ran("train", "--data", table, "--out", out, "--folds", FOLDS, "--models", models, *more, make=make)


def results(out: Path) -> dict[str, bytes]:
    return {model: (out / "models" / model / "fold_results.csv").read_bytes() for model in MODELS}


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_text())))


def test_every_model_has_all_folds_in_the_layout_of_a_run_and_no_group_is_on_both_sides(whole: Path) -> None:
    clips = rows(whole / "clips.csv")
    assert {row["fold"] for row in clips} == {"1", "2", "3"}
    assert all(
        len({row["fold"] for row in clips if row["group"] == group}) == 1 for group in {r["group"] for r in clips}
    )
    for model in MODELS:
        folder = whole / "models" / model
        assert (folder / "training_complete.json").is_file()
        found = rows(folder / "fold_results.csv")
        assert [row["fold"] for row in found] == ["1", "2", "3"]
        for row in found:
            fold = folder / f"fold_{row['fold']}"
            assert (fold / "model.safetensors").is_file()
            assert (whole / "checkpoints" / model / fold.name / "latest.safetensors").is_file()
            said = rows(fold / "predictions.csv")
            assert {each["video_path"] for each in said} == {e["video_path"] for e in clips if e["fold"] == row["fold"]}
            right = [(float(each["probability_1"]) > 0.5) == (each["label"] == "1") for each in said]
            assert float(row["accuracy"]) == fmean(right)
            assert sum(int(row[name]) for name in ("tn", "fp", "fn", "tp")) == len(said)
    assert [row["attempts"] for row in found] == ["2"] * 3
    assert [(row["batch_size"], row["accumulation"]) for row in found] == [("4", "2")] * 3


def test_models_are_trained_in_their_order_on_the_same_clips_with_what_was_asked(made: Path, tmp_path: Path) -> None:
    make = Maker()
    status, out, err = train(made, tmp_path / "run", "--epochs", 7, "--seed", 3, models="x3d,svm,x3d", make=make)
    assert status == 0
    assert [name for name, _ in make.fits] == ["svm"] * 3 + ["x3d"] * 3
    assert [paths for _, paths in make.fits[:3]] == [paths for _, paths in make.fits[3:]]
    common = {"profile": "quick", "seed": 3, "folder": tmp_path / "run" / "cache"}
    assert make.asked[0] == {"name": "svm", **common}  # which knows no epochs
    assert make.asked[3] == {"name": "x3d", **common, "epochs": 7}
    assert "x3d, fold 3 of 3: accuracy 0." in err
    assert "s, for which memory sufficed in attempt 2" in err
    *lines, last = out.splitlines()
    assert [line.split()[:2] for line in lines[2:]] == [["svm", "3/3"], ["x3d", "3/3"]]
    assert last == "Precision, recall and F1 are of class 1."
    marks = [json.loads(mark.read_text()) for mark in (tmp_path / "run").rglob("fold_complete.json")]
    assert [mark["fit_s"] for mark in marks] == [12.5] * 6  # as the models say


def test_what_is_complete_is_left_as_it_is_and_what_is_missing_or_damaged_is_trained(
    whole: Path, made: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(whole, tmp_path / "run"))
    make = Maker()
    assert train(made, out, make=make)[0] == 0
    assert make.fits == []
    shutil.rmtree(out / "models" / "x3d" / "fold_2")
    with (out / "models" / "naive_cnn" / "fold_1" / "model.safetensors").open("a") as file:
        file.write(" ")
    (out / "models" / "logistic_regression" / "fold_results.csv").unlink()
    status, _, err = train(made, out, make=make)
    assert status == 0
    assert [name for name, _ in make.fits] == ["naive_cnn", "x3d"]
    assert "logistic_regression: complete already." in err
    assert "naive_cnn, fold 1: " in err
    assert "is not as it was written. It is trained anew." in err
    assert results(out) == results(whole)


def test_a_run_that_is_killed_at_any_moment_and_gone_on_with_comes_to_the_same_bytes(
    whole: Path, made: Path, tmp_path: Path
) -> None:
    asked = Asked(MODELS, Configuration(folds=FOLDS), made, read(made))
    draws, killed, forking = np.random.default_rng(0), 0, multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(["sklearn.metrics", "sklearn.model_selection", "video_fakes"])
    first = forking.Process(target=time.time)  # the server has imported them when it ends
    first.start()
    first.join()
    for _ in range(10):
        process = forking.Process(target=trained, args=(asked, tmp_path / "run", 0.01))
        process.start()
        time.sleep(float(draws.uniform(0.01, 0.25)))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        killed += process.exitcode == -signal.SIGKILL
    assert killed
    assert train(made, tmp_path / "run")[0] == 0
    assert results(tmp_path / "run") == results(whole)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (("--seed", 1), "configuration (seed 42 and not 1)"),
        (("--epochs", 2), "configuration (epochs as the profile has it and not 2)"),
        (("--first", 11), "data"),
    ],
)
def test_a_run_is_not_gone_on_with_when_it_stands_on_something_else(
    more: tuple[object, ...], what: str, whole: Path, made: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(whole, tmp_path / "run"))
    told = f"{out}: was trained with other {what}; give another --out, or --force to train anew.\n"
    status, said, err = train(made, out, *more)
    assert (status, said) == (2, "")
    assert err.endswith(told)
    assert results(out) == results(whole)
    make = Maker()
    assert train(made, out, *more, "--force", models="svm", make=make)[0] == 0
    assert [name for name, _ in make.fits] == ["svm"] * FOLDS
    assert not (out / "models" / "x3d").exists()  # which is of the other run


def test_force_trains_again_what_is_asked_for_and_leaves_the_rest(whole: Path, made: Path, tmp_path: Path) -> None:
    out, make = Path(shutil.copytree(whole, tmp_path / "run")), Maker()
    assert train(made, out, "--force", models="naive_cnn", make=make)[0] == 0
    assert len(make.fits) == FOLDS
    assert results(out) == results(whole)


def test_force_trains_again_in_a_folder_that_is_a_link_and_tells_of_what_it_cannot_forget(
    whole: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, make = Path(shutil.copytree(whole, tmp_path / "run")), Maker()
    place = out / "models" / "x3d"
    elsewhere = Path(shutil.move(place, tmp_path / "disk"))
    place.symlink_to(elsewhere)
    (elsewhere / "notes.txt").write_text("mine")
    assert train(made, out, "--force", models="x3d", make=make)[0] == 0
    assert len(make.fits) == FOLDS
    assert place.is_symlink()
    assert (elsewhere / "notes.txt").read_text() == "mine"
    assert results(out) == results(whole)

    def denied(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", f"{folder}")

    monkeypatch.setattr(shutil, "rmtree", denied)
    status, _, err = train(made, out, "--force", models="svm,x3d", make=make)
    assert (status, err) == (2, f"{place}/fold_1: cannot be forgotten (Permission denied); delete it.\n")


def test_a_fold_whose_clips_change_meanwhile_is_no_result_and_nothing_that_learnt_of_them_is_gone_on_with(
    whole: Path, table: Path, tmp_path: Path
) -> None:
    clip, other = (table.parent / f"clip_0000{at}.mp4" for at in (0, 1))
    content, make = clip.read_bytes(), Maker()
    make.how["noted"] = lambda fit: make.fits.append(fit) or (len(make.fits) == 2 and shutil.copy(other, clip))
    status, _, err = train(table, tmp_path / "run", models="naive_cnn", make=make)
    assert status == 1
    for fold in (2, 3):
        told = f"{clip}: is not what it was when the run began; put it there again."
        assert f"naive_cnn, fold {fold}: failed: {told}\n" in err
    assert len(make.fits) == 2
    assert len(rows(tmp_path / "run/models/naive_cnn/fold_results.csv")) == 1
    clip.write_bytes(content)
    assert train(table, tmp_path / "run", models="naive_cnn")[0] == 0
    assert (tmp_path / "run/models/naive_cnn/fold_results.csv").read_bytes() == results(whole)["naive_cnn"]


def test_a_table_of_results_is_gone_when_no_fold_is_complete_any_more(whole: Path, made: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(whole, tmp_path / "run"))
    for fold in range(1, FOLDS + 1):
        (out / "models" / "x3d" / f"fold_{fold}" / "predictions.csv").unlink()
    assert train(made, out, make=Maker({"x3d": VideoError("It is spoilt.")}))[0] == 1
    assert not (out / "models" / "x3d" / "fold_results.csv").exists()
    assert "x3d" not in ran("compare", "--run", out)[1]


def test_nothing_of_somebody_else_is_written_over_in_the_folder_of_a_run(
    whole: Path, made: Path, tmp_path: Path
) -> None:
    (mine := tmp_path / "mine").mkdir()
    (mine / "clips.csv").write_text(made.read_text().replace("clip_", f"{made.parent}/clip_"))
    before = (mine / "clips.csv").read_bytes()
    told = f"{mine}: holds other files; give an empty folder, or that of a run.\n"
    assert train(mine / "clips.csv", mine, "--force") == (2, "", told)
    assert [(each.name, each.read_bytes()) for each in mine.iterdir()] == [("clips.csv", before)]
    out = Path(shutil.copytree(whole, tmp_path / "run"))
    assert "clips.csv: is where the run writes its clips;" in train(out / "clips.csv", out, "--force")[2]
    assert (out / "clips.csv").read_bytes() == (whole / "clips.csv").read_bytes()
    (tmp_path / "victim").write_text("years")
    (planted := tmp_path / "planted").mkdir()
    (planted / ".lock").symlink_to(tmp_path / "victim")
    status, _, err = train(made, planted)
    assert status == 2
    assert err.startswith(f"{planted}/.lock: cannot be opened (")
    assert (tmp_path / "victim").read_text() == "years"


def test_other_code_or_clips_of_other_content_are_noticed(
    whole: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(whole, tmp_path / "run"))
    assert train(table, out)[0] == 0  # the same clips in another place
    with (table.parent / "clip_00003.mp4").open("ab") as file:
        file.write(bytes(8))
    assert "was trained with other data;" in train(table, out)[2]
    monkeypatch.setattr("swapbench_models.video.runs.begin.code", lambda: "other")
    assert "was trained with other data and code;" in train(table, out)[2]


def test_a_model_that_fails_is_told_and_kept_and_the_others_go_on(whole: Path, made: Path, tmp_path: Path) -> None:
    attempts = [Attempt(2, 8, "MemoryError"), Attempt(1, 16, "MemoryError")]
    make = Maker({"naive_cnn": OutOfMemoryError(attempts)})
    status, out, err = train(made, tmp_path / "run", make=make)
    assert status == 1
    assert "naive_cnn, fold 1: failed: There is too little memory to train (2 at a time" in err
    assert err.splitlines()[-1].startswith("3 folds failed: naive_cnn, fold 1, naive_cnn, fold 2")
    assert [line.split()[0] for line in out.splitlines()[2:-1]] == ["logistic_regression", "x3d"]
    failed = json.loads((tmp_path / "run/models/naive_cnn/fold_1/failed.json").read_text())
    assert [each["batch_size"] for each in failed["attempts"]] == [2, 1]
    status, out, err = ran("compare", "--run", tmp_path / "run")
    assert (status, err) == (0, "")
    assert "naive_cnn" not in out
    assert train(made, tmp_path / "run")[0] == 0
    assert results(tmp_path / "run") == results(whole)
    assert not list((tmp_path / "run").rglob("failed.json"))


def test_a_fold_that_fails_leaves_the_others_and_is_told_wherever_they_are_shown(made: Path, tmp_path: Path) -> None:
    clip = next(row["video_path"] for row in rows(made.parent / "metadata.csv"))  # which one fold does not train on
    make = Maker()

    def spoilt(fit: tuple[str, tuple[str, ...]]) -> None:
        if str(made.parent / clip) not in fit[1]:
            raise VideoError("It is spoilt.")

    make.how["noted"] = spoilt
    assert train(made, tmp_path / "run", models="svm", make=make)[0] == 1
    assert len(rows(tmp_path / "run/models/svm/fold_results.csv")) == 2
    assert not (tmp_path / "run/models/svm/training_complete.json").exists()
    for command in ("compare", "evaluate"):
        status, _, err = ran(command, "--run", tmp_path / "run")
        assert status == 0
        assert err.endswith(": is missing; It is spoilt.\n")
    assert "2/3" in ran("compare", "--run", tmp_path / "run")[1]


def test_folds_have_classes_and_platforms_alike_where_groups_allow_it(
    made: Path, whole: Path, table: Path, tmp_path: Path
) -> None:
    assert json.loads((whole / "run.json").read_text())["strata"] == "label and platform"
    for fold in "123":
        found = [(row["label"], row["platform"]) for row in rows(whole / "clips.csv") if row["fold"] == fold]
        assert len(set(found)) == 4
    table.write_text(table.read_text().replace("archive", "nowhere", 1))
    assert train(table, tmp_path / "run", models="svm")[0] == 0
    assert json.loads((tmp_path / "run/run.json").read_text())["strata"] == "label"


def test_a_fold_of_one_class_has_no_area_under_a_curve_and_all_else(tmp_path: Path) -> None:
    one, two = np.array([0, 0]), np.array([0, 1])
    found = [
        Result(fold, scores(truth, np.array([[0.9, 0.1], [0.2, 0.8]])), 32, (Attempt(8, 1),), 0.1, 0.1)
        for fold, truth in enumerate((one, two), 1)
    ]
    results_of.write(tmp_path / "fold_results.csv", found)
    assert [row["roc_auc"] for row in rows(tmp_path / "fold_results.csv")] == ["", "1.0"]
    row = Row("svm", [each.scores for each in found], 2, 32)
    assert row.shown("accuracy") == "0.7500 ± 0.3536"
    assert row.shown("roc_auc") == "1.0000 (n 1)"


def test_what_a_library_is_needed_for_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    told = 'tqdm is not installed; pip install "swapbench[video]" brings it.\n'
    assert ran("features", "clip.mp4") == (2, "", told)


def test_probabilities_that_are_none_are_a_failure(made: Path, tmp_path: Path) -> None:
    status, _, err = train(made, tmp_path / "run", models="svm", make=Maker(how={"shift": float("nan")}))
    assert status == 1
    assert "svm, fold 2: failed: Its probabilities are none, for training has diverged;" in err


def test_an_interrupted_run_says_how_it_goes_on(made: Path, tmp_path: Path) -> None:
    make = Maker({"naive_cnn": KeyboardInterrupt()})
    status, _, err = train(made, tmp_path / "run", make=make)
    assert status == 130
    assert err.endswith("\nInterrupted. The same command goes on where it was.\n")
    assert len(rows(tmp_path / "run/models/logistic_regression/fold_results.csv")) == FOLDS


def test_clips_that_cannot_be_read_end_a_run_before_it_begins_or_are_left_out_when_that_is_said(
    table: Path, tmp_path: Path
) -> None:
    spoilt = table.parent / "clip_00004.mp4"
    spoilt.write_bytes(spoilt.read_bytes()[:-100])
    make = Maker()
    status, _, err = train(table, tmp_path / "run", make=make)
    assert status == 2
    assert make.fits == []
    assert err.splitlines()[0].startswith(f"{spoilt}: is cut off")
    assert (
        err.splitlines()[1]
        == f"{table}: 1 of 24 clips cannot be read; repair them, or leave them out with --skip-unreadable."
    )
    status, _, err = train(table, tmp_path / "run", "--skip-unreadable", models="svm", make=make)
    assert status == 0
    assert f"{spoilt}: is cut off" in err
    assert len(make.fits) == FOLDS
    assert all(str(spoilt) not in paths for _, paths in make.fits)
    assert [row["fold"] for row in rows(tmp_path / "run/clips.csv") if row["video_path"] == str(spoilt)] == ["0"]
    moved = Path(shutil.move(table.parent, tmp_path / "moved")) / table.name
    assert train(moved, tmp_path / "run", "--skip-unreadable", models="svm,x3d", make=make)[0] == 0
    assert [name for name, _ in make.fits] == ["svm"] * FOLDS + ["x3d"] * FOLDS
    assert not any(spoilt.name in path for _, paths in make.fits for path in paths)
    assert "1 of 24 clips cannot be read" in train(moved, tmp_path / "run", models="svm")[2]


def test_clips_are_looked_at_with_all_frames_that_any_model_takes(table: Path, tmp_path: Path) -> None:
    path = encode(tmp_path / "spoilt.mp4", options={"g": "1", "bf": "0"})
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    content, spoilt = bytearray(path.read_bytes()), places(FRAMES, 16)[1]
    at, size = packets[spoilt]
    content[at + 40 : at + size - 10] = bytes(np.random.default_rng(0).integers(0, 256, size - 50, np.uint8))
    path.write_bytes(content)
    assert spoilt not in places(FRAMES, 8)
    assert len(frames(path, 8, 32)) == 8
    table.write_text(table.read_text() + f"{path},0,,,\n")
    given, make = (table, tmp_path / "run", "--profile", "standard"), Maker()
    status, _, err = train(*given, models="svm")
    assert status == 2
    assert err.splitlines()[0].startswith(f"{path}: ")
    assert train(*given, "--skip-unreadable", models="svm,slowfast", make=make)[0] == 0
    assert not any(str(path) in paths for _, paths in make.fits)


def test_missing_clips_are_told_and_the_variables_of_the_seed_count_where_no_option_does(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (table.parent / "clip_00023.mp4").unlink()
    monkeypatch.setenv("FVC_TEST_MODE", "true")
    monkeypatch.setenv("MODELS_TO_TRAIN", "x3d, svm")
    make, given = Maker(), ("train", "--data", table, "--folds", 2)
    status, _, err = ran(*given, "--out", tmp_path / "run", make=make)
    assert status == 0
    assert "1 of 24 clips are missing and left out" in err.splitlines()[0]
    told = "Of each class the first 5 clips are taken, 10 in all (FVC_TEST_MODE; --first 0 takes all)."
    assert err.splitlines()[1] == told
    assert [name for name, _ in make.fits] == ["svm", "svm", "x3d", "x3d"]
    assert len({path for _, paths in make.fits for path in paths}) == 10
    monkeypatch.setenv("USE_MULTIMODEL", "false")
    told = "USE_MULTIMODEL is off, and there are 2 models; say which by --models NAME.\n"
    assert ran(*given, "--out", tmp_path / "run") == (2, "", told)
    assert ran(*given, "--out", tmp_path / "other", "--models", "svm,x3d", "--first", 6, make=make)[0] == 0
    assert len({path for _, paths in make.fits[4:] for path in paths}) == 12
    assert ran(*given, "--out", tmp_path / "all", "--models", "svm", "--first", 0, make=make)[0] == 0
    assert len({path for _, paths in make.fits[8:] for path in paths}) == 23


def test_saved_models_say_again_what_they_said_and_another_answer_is_told(whole: Path) -> None:
    status, out, err = ran("evaluate", "--run", whole)
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == FOLDS * len(MODELS)
    assert all(line.endswith(", as it was recorded, to the last bit") for line in out.splitlines())
    status, out, _ = ran("evaluate", "--run", whole, "--models", "x3d", make=Maker(how={"shift": 1e-12}))
    assert status == 1
    assert "was recorded; " in out
    status, out, _ = ran("evaluate", "--run", whole, "--models", "x3d", "--json", make=Maker(how={"shift": 1e-12}))
    assert [(each["model"], each["fold"], each["same"]) for each in json.loads(out)] == [
        ("x3d", fold, False) for fold in (1, 2, 3)
    ]


def test_saved_models_are_scored_on_other_clips_and_the_runs_own_are_told(
    whole: Path, made: Path, tmp_path: Path
) -> None:
    other = generate(Plan(clips=4, frames=4, size=32, seed=5), tmp_path / "other")
    status, out, err = ran("evaluate", "--run", whole, "--data", other, "--json")
    assert (status, err) == (0, "")
    assert [(row["model"], row["folds"], row["positive"]) for row in json.loads(out)] == [
        (model, FOLDS, "1") for model in MODELS
    ]
    assert (
        f"{made}: 24 of 24 clips are the run's own, on which its models were trained."
        in ran("evaluate", "--run", whole, "--data", made)[2]
    )
    other.write_text(other.read_text().replace(",1,", ",2,"))
    assert ran("evaluate", "--run", whole, "--data", other)[2] == (
        "--data has classes 0, 2, and the run 0, 1; give a table with the same.\n"
    )


def test_a_clip_that_has_changed_is_not_evaluated(table: Path, tmp_path: Path) -> None:
    assert train(table, tmp_path / "run", models="svm")[0] == 0
    shutil.copy(table.parent / "clip_00001.mp4", table.parent / "clip_00000.mp4")
    status, _, err = ran("evaluate", "--run", tmp_path / "run")
    assert status == 2
    assert err == f"{table.parent / 'clip_00000.mp4'}: is not what it was when the run began; put it there again.\n"


def test_models_are_compared_the_best_first_by_mean_and_deviation(whole: Path, tmp_path: Path) -> None:
    places = [tmp_path / f"comparison{ending}" for ending in (".csv", ".md", ".png")]
    given = [part for place in places for part in ("-o", place)]
    said = "".join(f"{place}\n" for place in places)
    assert ran("compare", "--run", whole, "--by", "accuracy", *given) == (0, said, "")
    found = rows(places[0])
    assert sorted(row["model"] for row in found) == MODELS
    means = [float(row["accuracy_mean"]) for row in found]
    assert means == sorted(means, reverse=True)
    for row in found:
        each = [float(fold["f1"]) for fold in rows(whole / "models" / row["model"] / "fold_results.csv")]
        assert float(row["f1_mean"]) == fmean(each)
        assert float(row["f1_std"]) == stdev(each)
    first = found[0]
    shown = f"{float(first['roc_auc_mean']):.4f} ± {float(first['roc_auc_std']):.4f}"
    assert {row["best_first_by"] for row in found} == {"accuracy"}
    head, _, best, *_, caption = places[1].read_text().splitlines()
    assert head == "| model | folds | accuracy | precision | recall | f1 | roc_auc | parameters |"
    assert best.startswith(f"| {first['model']} | 3/3 | ")
    assert shown in best
    of = "set/metadata.csv: 24 clips, profile quick, 3 folds."
    assert caption == f"{of} Mean ± standard deviation over folds, the best accuracy first."
    out = ran("compare", "--run", whole)[1]
    assert shown in out
    assert out.splitlines()[-2:] == ["Precision, recall and F1 are of class 1.", caption.replace("accuracy", "f1")]
    assert {row["positive"] for row in found} == {json.loads((whole / "run.json").read_text())["positive"]} == {"1"}
    assert places[2].read_bytes().startswith(b"\x89PNG")


def test_a_picture_has_all_ends_of_deviations_and_says_what_is_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure

    drawn: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **how: drawn.append(figure))
    truth = np.array([0, 1])
    wrong, right = (scores(truth, np.eye(2)[said]) for said in ([1, 0], [0, 1]))
    found = [Row("svm", [wrong, right], 2, 33), Row("x3d", [wrong, wrong], 2, 100_000)]
    png(found, "caption $1 of $2", "recall", 0.6)
    *panels, sizes = drawn[0].axes
    assert [axes.get_xlabel() for axes in panels if "first" in axes.get_xlabel()] == ["recall (best first)"]
    for axes in panels:
        low, high = axes.get_xlim()
        assert low < 0.5 - 0.5**0.5 < 0.5 + 0.5**0.5 < high
    assert [[text.get_text() for text in axes.texts] for axes in panels] == [
        ["largest class"],
        [],
        [],
        [],
        ["guessing"],
    ]
    assert [line.get_xdata()[0] for line in panels[0].lines if line.get_linestyle() == "--"] == [0.6]
    assert [text.get_text() for text in sizes.texts] == ["33", "100,000"]
    assert not sizes.patches  # a bar on a logarithmic axis is as long as where the axis begins


def test_scores_are_those_of_the_second_class_and_undefined_where_there_is_one() -> None:
    truth, second = np.array([0, 0, 1, 1, 1]), np.array([0.2, 0.6, 0.4, 0.7, 0.9])
    found = scores(truth, np.stack([1 - second, second], axis=1))
    assert (found.tn, found.fp, found.fn, found.tp) == (1, 1, 1, 2)
    assert (found.accuracy, found.precision, found.recall, found.f1) == pytest.approx((0.6, 2 / 3, 2 / 3, 2 / 3))
    assert found.roc_auc == pytest.approx(5 / 6)  # of six pairs one is the wrong way round
    alone = scores(np.array([0, 0]), np.array([[0.9, 0.1], [0.8, 0.2]]))
    assert (alone.accuracy, alone.precision, alone.f1, alone.roc_auc, alone.tn) == (1, 0, 0, None, 2)
    three = scores(np.array([0, 1, 2, 2]), np.eye(3)[[0, 1, 2, 1]])
    assert (three.accuracy, three.tp) == (0.75, None)
    assert three.recall == pytest.approx((1 + 1 + 0.5) / 3)


def test_of_two_classes_by_name_the_last_is_scored_and_of_more_the_mean() -> None:
    found = [Result(1, scores(np.array([0, 1]), np.eye(2)), 32, (), 0.1, 0.1)]
    for classes, said in ((("fake", "real"), "of class real"), (("a", "b", "c"), "means over classes")):
        made = comparison.rows({"svm": found}, FOLDS, classes)
        assert comparison.text(made).splitlines()[-1] == f"Precision, recall and F1 are {said}."


def test_scores_are_what_scikit_learn_says_of_as_many_classes_as_there_are() -> None:
    draws = np.random.default_rng(0)
    for classes, average in ((2, "binary"), (4, "macro")):
        truth, said = draws.integers(0, classes, 50), draws.dirichlet(np.ones(classes), 50)
        found = scores(truth, said)
        shares = precision_recall_fscore_support(truth, said.argmax(axis=1), average=average)
        assert (found.precision, found.recall, found.f1) == pytest.approx(shares[:3])
        area = roc_auc_score(truth, said[:, 1] if classes == 2 else said, multi_class="ovr")
        assert found.roc_auc == pytest.approx(area)


def test_features_are_a_table_in_which_a_clip_that_cannot_be_read_has_no_row(table: Path, tmp_path: Path) -> None:
    spoilt = table.parent / "clip_00001.mp4"
    spoilt.write_bytes(b"nothing")
    cache = ("--cache", tmp_path / "cache")
    for _ in range(2):
        status, out, err = ran("features", "--data", table, "-o", tmp_path / "features.csv", *cache)
        assert (status, out) == (1, f"{tmp_path / 'features.csv'}\n")
        assert err.splitlines()[0].startswith(f"{spoilt}: ")
        assert err.splitlines()[1] == "1 of 24 clips have no row, for they cannot be read."
    found = rows(tmp_path / "features.csv")
    assert list(found[0]) == ["video_path", "label", *NAMES]
    assert [row["video_path"] for row in found[:2]] == [str(table.parent / f"clip_0000{at}.mp4") for at in (0, 2)]
    assert [float(found[1][name]) for name in NAMES] == of_clip(found[1]["video_path"]).tolist()
    status, out, err = ran("features", found[0]["video_path"])
    assert (status, err) == (0, "")
    assert out.splitlines()[1] == ",".join(list(found[0].values())[:1] + list(found[0].values())[2:])
    status, out, err = ran("features", spoilt, "-o", tmp_path / "none.csv")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"{spoilt}: ")
    assert not (tmp_path / "none.csv").exists()


def test_a_name_that_a_table_could_not_have_is_told(table: Path, tmp_path: Path) -> None:
    folder = table.parent.rename(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff"))
    for command in (
        ("features", folder / "clip_00000.mp4", "-o", tmp_path / "features.csv"),
        ("features", folder / "clip_00000.mp4"),
        ("train", "--data", folder / table.name, "--out", tmp_path / "run"),
    ):
        told = f"{str(folder / 'clip_00000.mp4')!r}: is no UTF-8, and a table could not name it; give it another name."
        assert ran(*command) == (2, "", f"{told}\n")
    assert list(tmp_path.glob("features.csv")) == []


def test_clips_of_another_plan_are_written_over_when_that_is_said_and_other_files_never(tmp_path: Path) -> None:
    given = ("generate", "--out", tmp_path / "set", "--frames", 4, "--size", 32, "--clips")
    assert ran(*given, 4)[:2] == (0, f"{tmp_path / 'set' / 'metadata.csv'}\n")
    assert (
        ran(*given, 2)[2] == f"{tmp_path / 'set'}: holds other files, or clips of another plan; give an empty folder.\n"
    )
    assert ran(*given, 2, "--force")[0] == 0
    (tmp_path / "set" / "metadata.csv").write_text("edited")
    told = "metadata.csv: is not as it was made; give another folder, or --force to make it again.\n"
    assert ran(*given, 2) == (2, "", f"{tmp_path / 'set'}/{told}")
    assert (tmp_path / "set" / "metadata.csv").read_text() == "edited"
    assert ran(*given, 2, "--force")[0] == 0
    assert (tmp_path / "set" / "metadata.csv").read_text() != "edited"
    assert sorted(each.name for each in (tmp_path / "set").glob("*.mp4")) == ["clip_00000.mp4", "clip_00001.mp4"]
    (tmp_path / "set" / "clip_00002.mp4").write_text("years")
    before = {each.name: each.read_bytes() for each in (tmp_path / "set").iterdir()}
    assert ran(*given, 4, "--force")[0] == 2
    assert {each.name: each.read_bytes() for each in (tmp_path / "set").iterdir()} == before


def test_models_are_listed_with_what_they_hold_in_each_profile_and_without_a_library() -> None:
    code = (
        "import sys; from swapbench_models.video.command.main import main; main(['list', '--json'])\n"
        "assert not {'numpy', 'torch', 'av', 'sklearn', 'timm'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert [each["model"] for each in found] == [
        *("logistic_regression", "svm", "naive_cnn", "vit_gru", "vit_transformer", "slowfast", "x3d")
    ]
    assert found[5]["backends"] == ["torch"]
    assert found[5]["parameters"]["paper"] == 33_646_793
    assert found[6]["parameters"]["paper"] == 2_976_723
    assert all(set(each["parameters"]) == {"quick", "standard", "paper"} for each in found)
    assert "slowfast" in ran("list")[1]
    assert [name for name in SIZES if name in catalogue.MODELS] == [*catalogue.MODELS]


BAD: list[tuple[Callable[[Path, Path], list[object]], str]] = [
    (lambda table, out: ["--models", "r3d_18"], "--models: there is no model 'r3d_18'; known are logistic_regression"),
    (lambda table, out: ["--models", ","], "--models names no model; known are "),
    (lambda table, out: ["--folds", "99"], "99 folds need as many groups of each class, and class 0 has 1"),
    (lambda table, out: ["--pretrained", "x3d"], "--pretrained x3d: write MODEL=FILE."),
    (lambda table, out: ["--pretrained", "svm=a"], "svm begins with no file; only networks do: "),
    (lambda table, out: ["--pretrained", "x3d=/no"], "/no: cannot be read (No such file or directory)"),
    (lambda table, out: ["--out", table.parent], "holds other files; give an empty folder, or that of a run."),
    (lambda table, out: ["--data", out / "no.csv"], "no.csv: cannot be read (No such file or directory)"),
    (lambda table, out: ["--out", table / "below"], "metadata.csv/below: cannot be made (Not a directory)"),
]


@pytest.mark.parametrize(("more", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_what_cannot_be_trained_is_told_in_one_line(
    more: Callable[[Path, Path], list[object]], sentence: str, made: Path, tmp_path: Path
) -> None:
    given = ("train", "--data", made, "--out", tmp_path / "run", "--models", "svm", "--folds", 2)
    status, out, err = ran(*given, *more(made, tmp_path))
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_what_is_no_run_or_was_edited_is_told(whole: Path, made: Path, tmp_path: Path) -> None:
    assert ran("compare", "--run", tmp_path)[2] == f"{tmp_path}: holds no run; train one with --out {tmp_path}.\n"
    assert (
        "fractions.pdf: cannot be written; give a name that ends with .csv or .md or .png.\n"
        in ran("compare", "--run", whole, "-o", "fractions.pdf")[2]
    )
    assert (
        "has no complete fold of vit_gru; train it first." in ran("evaluate", "--run", whole, "--models", "vit_gru")[2]
    )
    assert ran("features")[0] == 2
    out = Path(shutil.copytree(whole, tmp_path / "run"))
    (out / "clips.csv").write_text((out / "clips.csv").read_text().replace(",1\n", ",2\n"))
    assert "clips.csv: is not as it was written;" in ran("evaluate", "--run", out)[2]
    assert train(made, out)[0] == 0
    assert ran("evaluate", "--run", out)[0] == 0
    (out / "run.json").write_text((out / "run.json").read_text().replace('"folds": 3', '"folds": 2'))
    assert "run.json: is damaged, or was edited. Give another --out, or --force" in train(made, out)[2]
    assert train(made, out, "--force", "--folds", 99)[0] == 2
    assert len(rows(out / "models" / "x3d" / "fold_results.csv")) == FOLDS  # nothing is forgotten before all is checked
    assert train(made, out, "--force")[0] == 0


def test_a_folder_is_of_one_process_at_a_time(made: Path, tmp_path: Path) -> None:
    said: list[Ran] = []

    def make(name: str, **asked: Any) -> Any:
        said.append(train(made, tmp_path / "run"))
        return Maker()(name, **asked)

    assert train(made, tmp_path / "run", models="svm", make=make)[0] == 0
    assert said[0] == (2, "", f"{tmp_path / 'run'}: another process is at work there; wait for its end.\n")
