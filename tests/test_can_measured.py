"""What suites are given of the family: windows as rows, published splits as folds, and scores of alarms."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swapbench_models.can.data.generate import generate
from swapbench_models.can.data.plan import Plan
from swapbench_models.can.detector.detector import Detector, Scores
from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import UNLABELLED, Frames
from swapbench_models.can.frames.writing import write
from swapbench_models.can.measured import scores
from swapbench_models.can.measured.datasets import generated
from swapbench_models.can.measured.datasets import published as recorded
from swapbench_models.can.measured.estimator import Estimator
from swapbench_models.can.measured.examples import examples, windows
from swapbench_models.can.measured.splits import TRAIN, published
from swapbench_models.can.windows.windows import Windows
from swapbench_models.training.error import TrainingError

SIZE = 10


def recording(count: int, seed: int) -> Frames:
    draw = np.random.default_rng(seed)
    payloads = [draw.bytes(each) for each in draw.integers(0, 9, count)]
    times, ids = np.cumsum(draw.normal(0.01, 0.01, count)), draw.integers(0, 1 << 29, count)
    return Frames.of(times, ids, payloads, draw.integers(0, 2, count))


class ByLabel:
    """Says of a window what its frames say of themselves, which is what nobody may do."""

    threshold = 0.5
    attempts = ()

    def fit(self, given: Windows, keeper_folder: Any = None) -> "ByLabel":
        self.learned = given.labels
        return self

    def scores(self, given: Windows) -> Scores:
        scores: Scores = (given.frames.attacks[given.places] == 1).any(axis=1).astype(float)
        return scores


class TestRows:
    @given(st.lists(st.integers(0, 55), min_size=1, max_size=4), st.integers(0, 99))
    def test_recordings_come_back_but_for_what_is_in_no_window(self, counts: list[int], seed: int) -> None:
        given_ = Windows(tuple(recording(count, seed + at) for at, count in enumerate(counts)), SIZE, SIZE)
        back = windows(examples(given_), labelled=True)
        kept = [each[: len(each) // SIZE * SIZE] for each in given_.recordings if len(each) >= SIZE]
        assert len(back.recordings) == len(kept)
        for found, expected in zip(back.recordings, kept, strict=True):
            for name, values in vars(expected).items():
                assert np.array_equal(getattr(found, name), values), name
        assert np.array_equal(back.labels, given_.labels)

    def test_who_predicts_is_not_told_which_frames_were_injected(self) -> None:
        rows = examples(Windows((recording(40, 0),), SIZE, SIZE))
        assert (windows(rows).frames.attacks == UNLABELLED).all()
        cheating: Any = ByLabel()
        estimator = Estimator(cheating).fit(rows, None)
        assert cheating.learned.any()
        assert not estimator.predict(rows).any()

    def test_rows_of_a_part_of_a_recording_are_refused(self) -> None:
        rows = examples(Windows((recording(40, 0), recording(40, 1)), SIZE, SIZE))
        for part in ([1, 2], [0, 2], [4, 5, 6, 7, 1]):
            with pytest.raises(CanError, match="not those of whole recordings"):
                windows(rows[part])
        assert len(windows(rows[[4, 5, 6, 7, 0, 1]])) == 6

    def test_windows_that_overlap_make_no_rows(self) -> None:
        with pytest.raises(CanError, match="stride 5: rows are windows that follow each other"):
            examples(Windows((recording(40, 0),), SIZE, SIZE // 2))


class TestSplits:
    GROUPS = np.array([TRAIN] * 3 + ["test_02"] * 2 + ["test_01"])

    def test_each_scenario_is_a_fold_and_after_the_last_the_first_follows(self) -> None:
        found = published(None, None, self.GROUPS, folds=3)
        assert [train.tolist() for train, _ in found] == [[0, 1, 2]] * 3
        assert [test.tolist() for _, test in found] == [[5], [3, 4], [5]]

    @pytest.mark.parametrize("groups", [[TRAIN], ["test_01"], []])
    def test_without_anything_to_train_or_to_test_on_there_are_none(self, groups: list[str]) -> None:
        with pytest.raises(TrainingError, match="no windows to train on, or none to test on"):
            published(None, None, np.array(groups))

    def test_a_generated_set_has_all_four_scenarios_each_with_both_classes(self) -> None:
        X, y, groups = generated("set_04")
        parts = published(X, y, groups)
        assert len(X) == len(y) == sum(len(test) for _, test in parts) + len(parts[0][0])
        assert all({*y[test]} == {0, 1} for _, test in parts)


class TestScores:
    TRUTH = np.array([0, 1, 1, 1, 0, 0, 1, 0])

    @pytest.mark.parametrize(
        ("alarms", "latency"),
        [
            ([[0, 1, 0, 0, 0, 0, 1, 0]], 0.0),
            ([[0, 0, 0, 1, 0, 0, 1, 0]], 1.0),
            ([[0, 0, 0, 0, 0, 0, 0, 0]], 2.0),  # three windows and one that nobody told of
            ([[1, 0, 0, 0, 1, 1, 0, 1]], 2.0),  # alarms beside an attack tell of none
            ([[0, 1, 0], [0, 0, 0, 0, 0]], 2 / 3),  # the second recording begins with an attack of its own
        ],
    )
    def test_latency_is_how_many_windows_of_an_attack_pass_before_an_alarm(
        self, alarms: list[list[int]], latency: float
    ) -> None:
        judged = SimpleNamespace(alarms_by_recording=[np.array(each) for each in alarms])
        assert scores.detection_latency(self.TRUTH, judged) == pytest.approx(latency)

    def test_an_estimator_knows_where_recordings_end(self) -> None:
        estimator = Estimator(cast("Detector", ByLabel()))
        estimator.predict(examples(Windows((recording(40, 0), recording(25, 1)), SIZE, SIZE)))
        assert [len(each) for each in estimator.alarms_by_recording] == [4, 2]

    def test_shares_by_hand(self) -> None:
        alarms = np.array([1, 1, 0, 0, 0, 0, 1, 0])
        assert scores.precision(self.TRUTH, alarms) == pytest.approx(2 / 3)
        assert scores.recall(self.TRUTH, alarms) == 0.5
        assert scores.false_positive_rate(self.TRUTH, alarms) == 0.25
        assert scores.f1(self.TRUTH, alarms) == pytest.approx(4 / 7)

    @pytest.mark.parametrize(
        ("score", "truth"),
        [("roc_auc", [0, 0]), ("roc_auc", [1, 1]), ("false_positive_rate", [1, 1])],
    )
    def test_what_one_class_leaves_undefined_is_said(self, score: str, truth: list[int]) -> None:
        given_ = np.full((2, 2), 0.5) if score == "roc_auc" else np.zeros(2, int)
        with pytest.warns(UserWarning, match="of the fold"):
            assert np.isnan(getattr(scores, score)(np.array(truth), given_))


def test_what_is_trained_on_is_not_tested_and_damage_is_told(tmp_path: Path) -> None:
    place = generate(Plan("hcrl_sa"), tmp_path)
    (damaged,) = sorted((place / "test_04_unknown_vehicle_unknown_attack").iterdir())
    damaged.write_text(damaged.read_text() + "1.0,xyz,00,0\n")
    with pytest.raises(CanError, match=rf"{damaged.name}, line 2602: "):
        recorded("hcrl_sa", str(tmp_path))
    assert len(recorded("hcrl_sa", str(tmp_path), strict=False)[0]) == len(generated("hcrl_sa")[0])
    trained = next((place / "train_01_attack_free").iterdir())
    shutil.copy(trained, place / "test_04_unknown_vehicle_unknown_attack" / "again.csv")
    with pytest.raises(CanError, match=r"tests test_04.*again, whose frames are those of train_01"):
        recorded("hcrl_sa", str(tmp_path), strict=False)


def test_a_set_of_ones_own_is_found_by_the_folder_that_it_lies_in(tmp_path: Path) -> None:
    for split, many in (("train_01_attack_free", 0), ("train_02_with_attacks", 9), ("test_01_mine", 9)):
        times, attacks = np.arange(400) / 100 + len(split), (np.arange(400) % 40 < many).astype(int)
        (tmp_path / "mine" / split).mkdir(parents=True)
        write(tmp_path / "mine" / split / "drive.csv", Frames.of(times, [7] * 400, [b"\x01"] * 400, attacks))
    for folder in (tmp_path, tmp_path / "mine"):
        X, _, groups = recorded("mine", str(folder))
        assert len(X) == 12
        assert {*groups} == {TRAIN, "test_01_mine"}
    with pytest.raises(CanError, match="has no data set other"):
        recorded("other", str(tmp_path))
