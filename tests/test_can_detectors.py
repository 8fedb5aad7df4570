"""Teachers and students: detectors behind one contract, whatever interrupts them, of which the second learn from the
first."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library_process import Ask
from swapbench_models.can.detector import margin
from swapbench_models.can.detector.create import STUDENTS, TEACHERS, detector
from swapbench_models.can.detector.settings import settings
from swapbench_models.can.detector.threshold import best_f1
from swapbench_models.can.error import CanError
from swapbench_models.can.networks.sizes import sizes
from swapbench_models.can.simple.threshold import best

CHILD = "can_detectors_child"
NAMES = (*TEACHERS, *STUDENTS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("detectors")


@pytest.fixture
def ask(torch: Ask) -> Ask:
    """Call a function of the child where torch may be imported."""
    return lambda name, *arguments: torch(f"{CHILD}:{name}", *arguments)


@pytest.mark.parametrize(
    ("name", "architecture"), [*((name, "dqnfusion") for name in NAMES), ("teacher", "kdgat"), ("student", "kdgat")]
)
def test_a_detector_keeps_the_contract(ask: Ask, folder: Path, name: str, architecture: str) -> None:
    assert ask("contract", name, architecture, folder) == []


@pytest.mark.parametrize("name", ["teacher", "student"])
def test_a_detector_finds_the_attacks_of_other_recordings(ask: Ask, folder: Path, name: str) -> None:
    assert ask("finds_attacks", name, folder) > 0.9


def test_before_they_are_fitted_they_have_as_many_parameters_as_published_ones(ask: Ask) -> None:
    assert ask("counted_before") == [38_268 + 3_551_513, 4_908 + 39_065, 38_268, 3_551_513]


def test_a_student_learns_two_outcomes_and_not_a_softmax_over_one_logit(ask: Ask) -> None:
    """The latter is 0, with no gradient, whatever student and teacher say: so the published code does not distil."""
    found = ask("distilled")
    assert found["of a softmax over one"] == 0
    assert found["least"] > 0.01
    assert found["least gradient"] > 0.01
    assert found["from two outcomes"] < 1e-4
    assert found["of equals"] == 0
    assert found["gradient of equals"] == 0


def test_a_lesson_weighs_what_a_teacher_says_against_the_labels(ask: Ask) -> None:
    found = ask("lessons")
    for network in ("classifier", "autoencoder"):  # each is taught by itself, and so already says the same
        for alpha in (0.0, 0.5, 1.0):
            taught, alone = found[f"{network} {alpha}"]
            assert taught == pytest.approx((1 - alpha) * alone, abs=1e-6)
    assert found["projection"] == [(8, 4), (8,)]


def test_a_student_is_another_than_one_that_is_alone_and_asks_its_teacher_once(ask: Ask, tmp_path: Path) -> None:
    assert ask("guided", tmp_path) == (True, True, 1)


@pytest.mark.parametrize("name", ["teacher", "student"])
def test_a_training_that_was_interrupted_twice_comes_to_the_same(ask: Ask, tmp_path: Path, name: str) -> None:
    assert ask("interrupted", name, tmp_path) == []


def test_a_training_does_not_go_on_from_one_of_something_else(ask: Ask, tmp_path: Path) -> None:
    rate, seed, recordings = ask("goes_on_from", tmp_path)
    assert "was kept by a training with other configuration" in rate
    assert "was kept by a training with other configuration and data" in seed
    assert "was kept by a training with other data" in recordings


def test_little_memory_makes_smaller_batches_and_the_same_steps(ask: Ask, tmp_path: Path) -> None:
    attempts, steps, usual, gone_on = ask("short_of_memory", tmp_path)
    assert attempts == 2 * [(16, 1, False), (8, 2, True)]
    assert steps == usual
    assert gone_on


def test_no_room_at_all_is_tried_again_by_who_asks_again(ask: Ask, tmp_path: Path) -> None:
    assert ask("no_room_once", tmp_path) == (True, 16)


def test_what_cannot_be_learnt_from_is_told_in_a_sentence(ask: Ask, tmp_path: Path) -> None:
    found = ask("refusals", tmp_path)
    for name, told in {
        "unlabelled": "DataError: These recordings do not say which frames were injected",
        "normal": "DataError: Of 100 windows with 0 attacked ones, those to learn from would all be of one class",
        "attacked": "those to learn from would all be of one class",
        "none": "DataError: There is no window of 20 frames to learn from",
        "no teacher": f"DependencyError: {tmp_path}/none: there is no teacher for this student",
        "other identifiers": "this teacher knows 7 identifiers, and not the same as the 6 of these recordings",
        "other profile": "was kept by a training with other profile",
        "other architecture": "was kept by a training with other architecture",
        "unfitted": "CanError: This teacher has learnt nothing yet",
        "unfitted thresholds": "CanError: This teacher has learnt nothing yet",
        "other windows": "CanError: These are windows of 21 frames, and it was fitted on such of 20.",
        "no autoencoder": "CanError: There is no autoencoder here; there is classifier.",
        "diverged": "CanError: Training diverged in epoch ",
        "folder": "cannot be made (",
    }.items():
        assert told in found[name], (name, found[name])
    assert str(tmp_path) in found["other identifiers"]


def test_a_damaged_file_or_another_models_is_told_and_not_loaded(ask: Ask, tmp_path: Path) -> None:
    assert ask("forged", tmp_path) == []


def test_a_classifier_learns_of_all_attacks_and_the_hardest_normal_windows(ask: Ask) -> None:
    assert ask("hardest") == (True, True, True, True)


def test_a_loss_in_focus_is_less_where_a_label_is_likely_and_classes_weigh_the_same(ask: Ask) -> None:
    plain, focal, weights = ask("task")
    expected = [math.log(1 + math.exp(each)) for each in (0.0, -2.0, -1.0)]
    assert plain == pytest.approx(expected, abs=1e-6)
    assert focal == pytest.approx([each * (1 - math.exp(-each)) for each in expected], abs=1e-6)
    assert weights == pytest.approx([2 / 3] * 3 + [2])


def test_options_of_training_matter(ask: Ask) -> None:
    assert ask("options_matter") == []


@given(st.lists(st.tuples(st.floats(0, 1) | st.sampled_from([0.0, 0.25, 1.0]), st.booleans()), min_size=1, max_size=30))
def test_no_other_threshold_has_a_higher_f1(drawn: list[tuple[float, bool]]) -> None:
    scores, labels = np.array([score for score, _ in drawn]), np.array([int(label) for _, label in drawn])

    def f1(threshold: float) -> float:
        flagged = scores > threshold
        return float(2 * (flagged & (labels == 1)).sum() / max(1, flagged.sum() + labels.sum()))

    found = best_f1(scores, labels)
    assert 0 <= found <= 1
    if len(set(scores.tolist())) > 1:
        assert f1(found) == max(f1(each) for each in scores[scores < scores.max()])


def test_a_threshold_lies_in_the_middle_of_the_widest_gap() -> None:
    assert best_f1(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1])) == pytest.approx(0.5)
    for low in (0.5, np.nextafter(0.5, 1)):
        high = np.nextafter(low, 1)
        assert best_f1(np.array([low, high]), np.array([0, 1])) == low
        assert best(np.array([0, 1]), np.array([low, high])) == low
        assert margin.threshold(np.array([low, high]), np.array([0, 1])) < high
    assert best_f1(np.array([0.3, 0.3]), np.array([0, 1])) == 0.5


def test_what_is_not_known_is_told() -> None:
    teacher = Path("teacher")
    for ask, told in (
        (lambda: detector("teachers"), "There is no detector 'teachers'; known are teacher, vgae, gat, student, "),
        (lambda: detector("student"), "The detector student needs the file of its teacher; give teacher."),
        (lambda: detector("vgae", teacher=teacher), "The detector vgae has no teacher; leave it out."),
        (lambda: sizes("gcn", "quick", "teacher"), "There is no architecture 'gcn'; choose dqnfusion or kdgat."),
        (lambda: sizes("kdgat", "huge", "teacher"), "There is no profile 'huge'; choose quick, standard, paper."),
        (lambda: settings("teacher", "huge"), "There is no profile 'huge'; choose quick, standard, paper."),
        (lambda: settings("teacher", "quick", rate=1), "There is no option 'rate' of training; known are "),
        (lambda: settings("teacher", "quick", epochs=0), "epochs=0: give a whole number from 1 on."),
        (lambda: settings("teacher", "quick", temperature=0), "temperature=0: give a number above 0."),
        (lambda: settings("teacher", "quick", beta=-1), "beta=-1: give a number from 0 on."),
        (lambda: settings("teacher", "quick", alpha=2), "alpha=2, validation=0.2: give a share from 0 to 1, and "),
        (lambda: settings("teacher", "quick", loss="mse"), "There is no loss 'mse'; choose cross_entropy or focal."),
    ):
        with pytest.raises(CanError) as error:
            ask()
        assert str(error.value).startswith(told)


def test_a_student_has_the_published_settings_in_profile_paper() -> None:
    teacher, student = settings("teacher", "paper"), settings("student", "paper")
    assert (teacher.epochs, teacher.autoencoder_epochs, teacher.learning_rate) == (10, 10, 1e-3)
    assert (student.epochs, student.autoencoder_epochs, student.learning_rate) == (8, 8, pytest.approx(1.5e-3))
    assert (student.alpha, student.temperature, student.weight_decay, student.clip) == (0.7, 5, 1e-5, 1)
    assert (student.patience, student.validation, student.normals) == (20, 0.2, 4)
