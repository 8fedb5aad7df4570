"""Classifiers of clips: seven behind one contract, whatever interrupts them; their scores, and the suite of them."""

import importlib.util
import re
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import reject
from hypothesis import strategies as st

pytest.importorskip("av")
pytest.importorskip("PIL")
pytest.importorskip("skimage")
from helpers import require
from library_process import Ask, process
from swapbench_models.error import FamilyError
from swapbench_models.video import MEMORY
from swapbench_models.video.catalogue import CLIPS, HANDCRAFTED, MODELS
from swapbench_models.video.classifier.ahead import ahead
from swapbench_models.video.classifier.examples import Examples
from swapbench_models.video.classifier.settings import Settings, settings
from swapbench_models.video.code import code
from swapbench_models.video.data.generate import generate
from swapbench_models.video.data.metadata import read
from swapbench_models.video.data.plan import Plan
from swapbench_models.video.error import VideoError
from swapbench_models.video.measured import datasets, scores
from swapbench_models.video.memory import memory
from swapbench_models.video.runs import scores as runs_scores
from video_clips import published

CHILD = "classifier_child"
NETWORKS = tuple(CLIPS["quick"])
Given = tuple[list[str], list[int], list[int]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("classifiers")


@pytest.fixture(scope="module")
def given(folder: Path) -> Given:
    """Clips by path, their classes and groups."""
    found = read(generate(Plan(clips=12, frames=8, size=64), folder / "set"))
    return list(map(str, found.paths)), found.labels.tolist(), [at // 2 for at in range(12)]


@pytest.fixture
def ask(torch: Ask) -> Ask:
    """Call a function of the child where torch, timm and scikit-learn may be imported."""
    require("timm")
    return lambda name, *arguments: torch(f"{CHILD}:{name}", *arguments)


@pytest.mark.parametrize("name", MODELS)
def test_a_classifier_keeps_the_contract(ask: Ask, given: Given, folder: Path, name: str) -> None:
    assert ask("contract", name, given, folder) == []


@pytest.mark.parametrize("name", ["svm", "logistic_regression", "naive_cnn"])
def test_three_classes_are_told_apart_too(ask: Ask, given: Given, folder: Path, name: str) -> None:
    assert ask("of_three", name, given, folder) == pytest.approx([1, 1, 3], abs=1e-12)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", HANDCRAFTED)
def test_numbers_that_are_kept_predict_what_scikit_learn_does(ask: Ask, name: str, classes: int) -> None:
    assert ask("beside_scikit_learn", name, classes) < 1e-12


@pytest.mark.parametrize("name", ["svm", "naive_cnn"])
def test_a_damaged_file_or_another_models_is_told_and_not_loaded(
    ask: Ask, given: Given, folder: Path, name: str
) -> None:
    assert ask("damaged", name, given, folder) == []


@pytest.mark.parametrize("name", ["svm", "naive_cnn"])
def test_a_file_that_is_as_it_was_written_but_holds_what_cannot_be_is_told(
    ask: Ask, given: Given, folder: Path, name: str
) -> None:
    assert ask("forged", name, given, folder) == []


@pytest.mark.parametrize("name", ["svm", "naive_cnn"])
def test_what_cannot_be_learned_from_is_told_in_a_sentence(
    ask: Ask, given: Given, folder: Path, tmp_path: Path, name: str
) -> None:
    (paths, y, _), bad = given, tmp_path / "bad.mp4"
    bad.write_bytes(Path(paths[0]).read_bytes()[:-100])
    for clips, labels, groups, told in (
        ([], [], None, "There are no clips to train on"),
        (paths, [0] * 12, None, "are 12 of class 0; give"),
        (paths, [2 * label for label in y], None, "are 6 of class 0, 0 of class 1, 6 of class 2; give"),
        (paths, y[1:], None, r"12 clips need as many labels, found shape \(11,\)"),
        (paths, y, [0], r"12 clips need as many groups, found shape \(1,\)"),
        (paths, [label / 2 for label in y], None, r"Labels are whole numbers from 0 on, .* \(float64\)\.$"),
        (paths, [label - 1 for label in y], None, r"found -1 \(int64\)\.$"),
        (paths, ["real", "fake"] * 6, None, r"found 'real' \(str128\)\.$"),
        (paths[:3], [0, 1, 0], None, "Class 1 has a single clip to train on"),
        (paths, y, [0] * 12, "Class 0 has a single group of clips to train on"),
        ([str(bad), *paths[1:]], y, None, f"{bad}: "),
        ([str(tmp_path / "none.mp4"), *paths[1:]], y, None, "none.mp4: "),
    ):
        said = ask("refusal", name, (clips, labels, groups), folder)
        assert re.search(told, said), (told, said)


def test_training_that_diverges_is_told(ask: Ask, given: Given, folder: Path) -> None:
    said = ask("refusal_of", "x3d", given, folder, {"learning_rate": 1e30, "epochs": 9})
    assert said.startswith("VideoError: Training diverged in epoch ")


def test_the_weights_of_the_best_epoch_are_left(ask: Ask, given: Given, folder: Path) -> None:
    losses, same = ask("best", given, folder)
    assert min(losses) < losses[-1]
    assert same


def test_clips_are_augmented_where_they_are_trained_on_and_nowhere_else(ask: Ask, given: Given, folder: Path) -> None:
    shown = ask("shown", given, folder)
    learned = sum(count for number, count in shown if number is not None) // 3
    judged = [(None, count) for number, count in shown[: len(shown) // 3] if number is None]
    assert sum(count for _, count in judged) == 12 - learned > 0
    assert {number for number, _ in shown} == {0, 1, None}
    for epoch in range(3):
        found = shown[epoch * len(shown) // 3 : (epoch + 1) * len(shown) // 3]
        assert [each for each in found if each[0] is None] == judged
        assert {number for number, _ in found} == {epoch % 2, None}
        assert max(count for _, count in found) == 3


def test_a_rate_stays_or_rises_for_a_tenth_and_falls_to_nothing(ask: Ask, given: Given, folder: Path) -> None:
    assert set(ask("rates", given, folder, "constant")) == {0.1}
    rates = ask("rates", given, folder, "cosine")
    top = rates.index(max(rates))
    assert len(rates) >= 16
    assert top <= len(rates) // 10
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert max(rates) == pytest.approx(0.1, rel=0.05)
    assert 0 < rates[-1] < 0.002


def test_classes_weigh_the_same_and_the_loss_is_the_cross_entropy(ask: Ask) -> None:
    weights, two, three = ask("weighed")
    assert weights == pytest.approx([2 / 3] * 3 + [2])
    assert two == pytest.approx([np.log1p(np.exp(logit)) for logit in (0, 1, -1, -2)], abs=1e-6)
    assert three == pytest.approx([np.log(np.exp([0, 1, 2]).sum()) - 2], abs=1e-6)


@pytest.mark.parametrize("name", ["naive_cnn", pytest.param("vit_transformer", marks=pytest.mark.long)])
def test_little_memory_makes_smaller_batches_and_the_same_steps(
    ask: Ask, given: Given, tmp_path: Path, name: str
) -> None:
    attempts, batch_size, same, gone_on = ask("short_of_memory", name, given, tmp_path)
    assert attempts == [(8, 1, False), (4, 2, False), (2, 4, True)]
    assert batch_size == 2
    assert same
    assert gone_on


def test_no_room_at_all_is_tried_again_by_who_asks_again(ask: Ask, given: Given, tmp_path: Path) -> None:
    assert ask("short_of_memory_once", "naive_cnn", given, tmp_path) == (True, 2)


def test_a_training_that_was_interrupted_comes_to_the_same(ask: Ask, given: Given, tmp_path: Path) -> None:
    wrong, took, again = ask("interrupted", "x3d", given, tmp_path)
    assert wrong == []
    assert took == again > 0


def test_the_making_of_features_is_no_part_of_a_fit(ask: Ask, given: Given, tmp_path: Path) -> None:
    assert ask("beside_the_fit", given, tmp_path, 0.3) >= 0.3


def test_a_training_does_not_go_on_from_one_of_something_else(ask: Ask, given: Given, tmp_path: Path) -> None:
    seed, rate, clips, frames = ask("refusals_to_go_on", "naive_cnn", given, tmp_path)
    assert "was kept by a training with other configuration" in seed
    assert "was kept by a training with other configuration" in rate
    assert "was kept by a training with other data" in clips
    assert "was kept by a training with other configuration" in frames


def test_all_that_is_learned_with_counts_as_code_and_nothing_that_shows_it(tmp_path: Path) -> None:
    digests = [code(tmp_path)]
    for name in ("video/catalogue.py", "video/classifier/network.py", "training/loop.py", "video/command/main.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("now")
        code.cache_clear()
        digests.append(code(tmp_path))
    assert len(set(digests)) == 4
    assert digests[-1] == digests[-2]
    assert code() != digests[-1]


@pytest.mark.parametrize("name", ["vit_gru", "vit_transformer"])
def test_a_frozen_backbone_sees_each_clip_once(ask: Ask, given: Given, tmp_path: Path, name: str) -> None:
    once, twice, same, loaded = ask("frozen", name, given, tmp_path)
    assert 12 <= once <= 24  # as it is where it validates, and augmented where it is trained on
    assert twice == 0
    assert same
    assert loaded


def test_published_weights_are_taken_and_a_missing_file_is_an_error(ask: Ask, given: Given, tmp_path: Path) -> None:
    taken, said = ask("pretrained", given, tmp_path)
    assert taken
    assert f"{tmp_path / 'missing.pth'}: is no file" in said


def test_what_is_ready_is_not_decoded_again(ask: Ask, given: Given, tmp_path: Path) -> None:
    assert ask("decoded", given, tmp_path) == (12, 0)


@pytest.mark.long
def test_a_training_that_is_killed_at_ten_moments_comes_to_the_same(given: Given, tmp_path: Path) -> None:
    with process("torch", "timm") as ask:
        kills, same = ask(f"{CHILD}:killed", given, tmp_path, 10)
    assert kills == 10
    assert same


@pytest.mark.long
@pytest.mark.parametrize("name", MODELS)
def test_published_clips_pass_through_all_models(ask: Ask, tmp_path: Path, name: str) -> None:
    paths = list(map(str, published(tmp_path)))
    assert len(paths) == 4
    assert ask("contract", name, (paths, [0, 1, 0, 1], [0, 1, 2, 3]), tmp_path) == []


@drawn(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=4, max_size=40), st.integers(0, 3))
def test_no_group_is_on_both_sides(pairs: list[tuple[int, int]], seed: int) -> None:
    y, groups = [0, 1, 0, 1, *(label for label, _ in pairs)], [7, 7, 8, 8, *(group for _, group in pairs)]
    examples = Examples.checked([str(at) for at in range(len(y))], y, groups)
    try:
        parts = examples.parts(5, seed, "this")
    except FamilyError:
        reject()  # groups that are too unlike in size; of too many such examples it would complain
    assert 2 <= len(parts) <= 5
    for learned, checked in parts:
        assert sorted([*learned, *checked]) == list(range(len(y)))
        assert not {groups[at] for at in learned} & {groups[at] for at in checked}
        assert {y[at] for at in learned} == {0, 1}


def test_batches_are_read_in_order_and_no_more_than_one_ahead_of_each_worker() -> None:
    for workers in (0, 1, 3):
        taken, most, lock, reading = [], 0, threading.Lock(), []

        def read(part: int, lock: Any = lock, reading: Any = reading) -> int:
            with lock:
                reading.append(part)
            time.sleep(0.002 * (part % 3))
            return part

        for part in ahead(range(12), read, workers):
            taken.append(part)
            most = max(most, len(reading) - len(taken))
        assert taken == list(range(12))
        assert most <= workers


def test_what_reading_raises_is_raised_and_the_rest_left_unread() -> None:
    seen: list[int] = []

    def read(part: int) -> int:
        seen.append(part)
        if part == 2:
            raise VideoError("two")
        return part

    for workers in (0, 2):
        seen.clear()
        with pytest.raises(VideoError, match=r"^two$"):
            list(ahead(range(100), read, workers))
        assert len(seen) < 10


def test_settings_are_those_of_the_profile_and_unknown_ones_are_told() -> None:
    assert list(MEMORY) == list(MODELS)
    for name in NETWORKS:
        paper = settings(name, "paper")
        found = (paper.batch_size, paper.accumulation, paper.num_workers)
        assert found == tuple(MEMORY[name].values())
        assert (paper.learning_rate, paper.weight_decay, paper.epochs, paper.patience) == (1e-4, 1e-4, 20, 5)
    assert settings("x3d", "paper", batch_size=1).batch_size == 1
    for options, told in (
        ({"batchsize": 4}, r"^There is no option 'batchsize' of training; known are epochs, batch_size, "),
        ({"epochs": 0}, r"^epochs=0: give a whole number from 1 on\.$"),
        ({"validation": 1}, r"^validation=1: "),
        ({"learning_rate": 0.0}, r"^learning_rate=0, "),
        ({"precision": "float16"}, "float32 or bfloat16"),
        ({"schedule": "steps"}, "constant or cosine"),
        ({"frozen": True}, r"^x3d has no backbone"),
    ):
        with pytest.raises(VideoError, match=told):
            settings("x3d", "quick", **options)
    with pytest.raises(VideoError, match=r"^No weights are published for naive_cnn"):
        settings("naive_cnn", "quick", pretrained="weights.pth")
    with pytest.raises(VideoError, match=r"^There is no memory configuration for 'r3d_18'; known are log"):
        memory("r3d_18")
    assert "num_workers" not in Settings().told()


def test_scores_are_what_a_table_of_confusion_says(recwarn: pytest.WarningsRecorder) -> None:
    truth, labels = [1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0]
    assert scores.precision(truth, labels) == scores.recall(truth, labels) == scores.f1(truth, labels) == 0.75
    assert scores.specificity(truth, labels) == pytest.approx(2 / 3)
    assert scores.precision(truth, [0] * 7) == scores.f1(truth, [0] * 7) == scores.recall([0] * 7, labels) == 0.0
    probabilities = np.array([[0.2, 0.8], [0.6, 0.4], [0.5, 0.5], [0.9, 0.1]])
    assert scores.roc_auc([1, 1, 0, 0], probabilities) == 0.75
    assert not recwarn.list
    with pytest.warns(match="one class"):
        assert np.isnan(scores.roc_auc([1, 1], probabilities[:2]))
    for said in (labels, [0] * 7, [1] * 7):
        of_run = runs_scores.scores(np.array(truth), np.eye(2)[said])
        for name in ("precision", "recall", "f1"):
            assert getattr(scores, name)(truth, said) == getattr(of_run, name)


def test_clips_of_a_suite_have_the_same_names_everywhere_and_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for place in ("here", "there"):
        monkeypatch.setenv("SWAPBENCH_VIDEO", str(tmp_path / place))
        names, y, groups = datasets.clips(clips=4, frames=4, size=32)
        assert all(datasets.path(name).is_file() for name in names)
        pairs = {*zip(groups.tolist(), datasets.groups_of(names).tolist(), strict=True)}
        assert len(pairs) == len({group for group, _ in pairs}) == len({group for _, group in pairs}) == 2
        found.append((names.tolist(), y.tolist(), groups.tolist()))
    assert found[0] == found[1]
    other, _, _ = datasets.clips(clips=4, frames=4, size=32, seed=1)
    assert not {*other} & {*found[0][0]}


def test_the_suite_has_a_cell_for_each_model_and_fold() -> None:
    file = Path(__file__).parents[1] / "bench" / "test_video.py"
    spec = importlib.util.spec_from_file_location("bench_of_video", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    suite = module.suite
    assert [row.model for row in suite.rows()] == list(MODELS)
    for name, model in suite.models.items():
        assert ("batch_size" in model.spec) == (name in NETWORKS)  # which is halved where memory is short
        assert model.spec_for("paper")["profile"] == ("paper" if name in NETWORKS else "quick")
    assert [phase.name for phase in suite.before(suite.phases["predict"])] == ["extract", "fit"]
