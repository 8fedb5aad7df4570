"""Runs of detectors: scores, how late attacks are found, where means lie, who leads, and what of a plan is done."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as students
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    precision_score,
    recall_score,
    roc_auc_score,
)

from can_fakes import Bus, Maker, bus
from library_process import Ask
from swapbench_models.can.catalogue import DATASETS, MODELS, STANDS_ON
from swapbench_models.can.data.generate import generate
from swapbench_models.can.data.plan import Plan
from swapbench_models.can.error import DataError
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.runs.compared.beside_rule import beside_rule
from swapbench_models.can.runs.compared.comparison import Line
from swapbench_models.can.runs.compared.distilled import distilled
from swapbench_models.can.runs.compared.footnotes import footnotes
from swapbench_models.can.runs.compared.interval import interval
from swapbench_models.can.runs.compared.leading import leading
from swapbench_models.can.runs.configuration import Configuration
from swapbench_models.can.runs.folder import Folder
from swapbench_models.can.runs.latency import Latency, latency
from swapbench_models.can.runs.openings import openings, warnings
from swapbench_models.can.runs.plan import Training, plan
from swapbench_models.can.runs.scenarios import shortened
from swapbench_models.can.runs.scores import scores
from swapbench_models.can.runs.states import Asked, states
from swapbench_models.can.runs.train import Trainer
from swapbench_models.can.sizes import KDGAT, SIZES
from swapbench_models.can.windows.held_out import held_out
from swapbench_models.can.windows.windows import Windows

CHILD = "can_command_child"
SCENARIO = "test_01_known_vehicle_known_attack"

judged = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.2, 0.5, 0.5000001, 0.9, 1.0])), min_size=2)


@settings(max_examples=40)  # scikit-learn takes its time
@given(judged)
def test_scores_are_those_of_scikit_learn_and_undefined_where_there_is_one_class(of: list[tuple[int, float]]) -> None:
    labels, said = np.array([label for label, _ in of]), np.array([score for _, score in of])
    found, flagged = scores(labels, said, 0.5), said > 0.5
    assert [found.tn, found.fp, found.fn, found.tp] == confusion_matrix(labels, flagged, labels=[0, 1]).ravel().tolist()
    assert found.accuracy == pytest.approx(accuracy_score(labels, flagged))
    assert (found.windows, found.positives) == (len(labels), labels.sum())
    if len(np.unique(labels)) == 1:
        defined = {name for name, value in asdict(found).items() if value is not None}
        assert defined == {"windows", "positives", "accuracy", "tn", "fp", "fn", "tp"}
        return
    assert found.f1 == pytest.approx(f1_score(labels, flagged))
    assert found.recall == pytest.approx(recall_score(labels, flagged))
    assert found.roc_auc == pytest.approx(roc_auc_score(labels, said))
    assert found.mcc == pytest.approx(matthews_corrcoef(labels, flagged))
    assert found.false_positive_rate == pytest.approx(1 - recall_score(labels, flagged, pos_label=0))
    assert found.precision == (pytest.approx(precision_score(labels, flagged)) if flagged.any() else None)


def test_what_is_no_number_and_no_window_are_not_scored() -> None:
    with pytest.raises(DataError, match="is no number, for training has diverged"):
        scores(np.array([0, 1]), np.array([0.1, np.nan]), 0.5)
    with pytest.raises(DataError, match="no windows to judge by"):
        scores(np.array([], int), np.array([]), 0.5)


def test_an_attack_is_found_by_the_end_of_the_first_flagged_window_that_has_a_frame_of_it() -> None:
    # A frame a millisecond: the attack at 150 goes on until 430, for no second lies between its frames.
    first = bus(3000, [(150, 160), (420, 430), (1800, 1810), (2950, 2960)])
    windows = Windows((first, bus(250, [(110, 111), (240, 250)])))
    flagged = np.zeros(len(windows), int)
    flagged[[0, 3, 4, 31]] = 1  # a false alarm, one before and one within the second part of the first attack, a hit
    found = latency(windows, flagged)
    assert found == Latency(4, 2, pytest.approx((0.499 - 0.150 + 0.199 - 0.110) / 2), ((500 - 150) + (200 - 110)) / 2)
    assert latency(windows, 0 * flagged) == Latency(4, 4, None, None)
    assert latency(Windows((bus(300),)), np.ones(3, int)) == Latency(0, 0, None, None)
    overlapping = Windows((bus(400, [(150, 160)]),), stride=10)
    assert latency(overlapping, np.ones(len(overlapping), int)).frames == 160 - 150  # of those from 60 on, the first


@pytest.mark.parametrize("hour", [150, 200, 300])
def test_a_clock_that_is_set_back_between_two_attacks_makes_no_one_of_them(hour: int) -> None:
    frames = bus(500, [(120, 125), (310, 320)])
    frames.times[hour:] -= 3600
    windows = Windows((frames,))
    flagged = np.array([0, 1, 0, 0, 0])
    assert latency(windows, flagged) == Latency(2, 1, pytest.approx((min(hour, 200) - 1 - 120) / 1000), 80)
    frames.times[315:] -= 0.5  # within an attack, by less than makes another
    assert latency(windows, np.array([0, 1, 0, 1, 0])).attacks == 2


def test_an_attack_that_begins_after_a_clock_was_set_back_was_not_found_an_hour_later() -> None:
    frames = bus(200, [(150, 160)])
    frames.times[140:] -= 3600
    assert latency(Windows((frames,)), np.array([0, 1])) == Latency(1, 0, pytest.approx(0.049), 50)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_an_interval_is_students_and_stays_within_bounds(values: list[float]) -> None:
    found, mean = interval(values), fmean(values)
    half = students.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    assert found.mean == mean
    assert (found.low, found.high) == (pytest.approx(max(0, mean - half)), pytest.approx(min(1, mean + half)))


def test_of_one_seed_it_is_not_known_where_its_mean_lies() -> None:
    assert interval([0.5]).low is None
    assert interval([0.5]).excludes(0.6) is None
    assert (interval([0.6, 0.61]).excludes(0.5), interval([0.6, 0.61]).excludes(0.6)) == (True, False)
    assert interval([0.5, 0.7]).apart_from(interval([0.6, 0.61])) is False
    assert interval([0.5]).apart_from(interval([0.6, 0.61])) is None


def line(model: str, *values: float | None) -> Line:
    return Line("hcrl_sa", "test_02_unknown", model, {seed: {"f1": each} for seed, each in enumerate(values)}, {})


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            [line("rule", 0.9), line("student", 0.5, 0.5, 0.51), line("timing", 0.2, 0.8)],
            (
                "rule has the highest mean F1, 90.0; the next, student, has 50.3 [48.9, 51.8], which excludes the 90.0 "
                "of rule."
            ),
        ),
        (
            [line("rule", 0.4), line("student", 0.5, 0.7), line("timing", 0.6, 0.8)],
            (
                "the next, student, has 60.0 [0.0, 100.0], and their intervals overlap; the rule has 40.0, which the "
                "interval of timing includes."
            ),
        ),
        (
            [line("teacher", 0.7, 0.71), line("student", 0.5, 0.51)],
            "the next, student, has 50.5 [44.1, 56.9], and their intervals are apart.",
        ),
        (
            [line("rule", 0.9984), line("between", 1.0), line("boosting", 0.9984, 0.9984)],
            (
                "between has the highest mean F1, 100.0; the next, rule and boosting, have 99.8 (no seed moves any of "
                "them: on other recordings it may be otherwise)."
            ),
        ),
        (
            [line("rule", 0.9984), line("between", 1.0)],
            "the next, rule, has 99.8 (no seed moves either: on other recordings it may be otherwise).",
        ),
        (
            [line("rule", 0.99796), line("between", 0.99804), line("teacher", 0.9, 1.0)],
            (
                "between and rule share the highest mean F1, 99.8; the next, teacher, has 95.0 [31.5, 100.0], which "
                "includes the 99.8 of between and rule."
            ),
        ),
        (
            [line("rule", 0.9), line("teacher", 0.9, 0.9001, 0.9), line("student", 0.5)],
            (
                "teacher and rule share the highest mean F1, 90.0; the next, student, has 50.0, and one seed does not "
                "say whether they differ."
            ),
        ),
        (
            [line("rule", 0.9), line("teacher", 0.9, 0.9001), line("student", 0.5, 0.51)],
            "has 50.5 [44.1, 56.9] (of each it is shown that it differs).",
        ),
        (
            [line("teacher", 0.5), line("student", 0.5), line("boosting", None)],
            "teacher and student have the same F1, 50.0, so nobody leads.",
        ),
        ([line("teacher", 0.5), line("student", 0.4)], "has 40.0, and one seed does not say whether they differ."),
        ([line("teacher", 0.5), line("student", None)], "test_02_unknown: only teacher was judged, F1 50.0."),
        ([line("teacher", 0.0), line("student", 0.0)], "test_02_unknown: none finds anything, so nobody leads."),
        ([line("teacher", 0.0002), line("rule", 0.0)], "none finds anything to speak of, so nobody leads."),
        ([line("teacher", None)], "test_02_unknown: no model has an F1 there."),
    ],
)
def test_who_leads_is_said_with_whether_that_is_shown(found: list[Line], sentence: str) -> None:
    assert leading(found).endswith(sentence)


def on_two(model: str, first: list[float | None], second: list[float | None]) -> list[Line]:
    return [replace(line(model, *values), scenario=name) for name, values in (("one", first), ("two", second))]


def test_who_is_never_below_the_rule_is_said_over_all_scenarios() -> None:
    rule, better = on_two("rule", [0.9], [0.5]), on_two("between", [0.89996], [0.6])
    moved, lower = on_two("timing", [0.92, 0.93], [0.5, 0.7]), on_two("teacher", [0.95], [0.4])
    found = beside_rule([*rule, *better, *moved, *lower, *on_two("student", [1.0], [None])])
    assert str(found) == "Never below the rule on all 2 scenarios, by mean F1: between and timing."
    found = beside_rule([*rule, *on_two("timing", [0.93, 0.93, 0.931], [0.7, 0.71])])
    assert str(found).endswith(" by mean F1: timing; with the whole interval over seeds: timing.")
    told = "Every other row is below the rule on at least one of the 2 scenarios, or was not judged there."
    assert str(beside_rule([*rule, *lower])) == told
    assert beside_rule(rule) is beside_rule(better) is None


def test_a_student_is_compared_with_itself_without_a_teacher_seed_by_seed() -> None:
    with_teacher = on_two("student", [0.5, 0.62, 0.71], [0.1, 0.1, 0.1])
    alone = on_two("student_alone", [0.4, 0.51, 0.62], [0.2, 0.0, None])
    assert distilled([*with_teacher, *alone]) == (
        "student less student_alone in points of F1, seed by seed: one +10.0 [+7.5, +12.5], shown; "
        "two 0.0 [-100.0, +100.0], not shown to be any."
    )
    assert distilled([line("student", 0.5), line("student_alone", 0.4)]) == (
        "student less student_alone in points of F1, seed by seed: test_02 +10.0, of one seed."
    )
    assert distilled([line("student", 0.5), line("student_alone", None)]) is None
    assert distilled(with_teacher) is None


def test_below_a_table_stands_what_it_holds_and_nothing_else() -> None:
    (brackets, exact) = footnotes([line("rule", 0.9), line("between", 0.9)])
    assert brackets == "In brackets behind F1 the area under the ROC curve."
    assert exact == "rule and between draw nothing, and are the same for every seed, on these recordings."
    (_, alone, _) = footnotes([line("rule", 0.9), line("teacher", 0.8)])
    assert alone.startswith("Rows that draw are of seed 0 alone: ")
    (_, means) = footnotes([line("teacher", 0.8, 0.9, 0.7)])
    assert means.startswith("Rows that draw have the mean of seeds 0 to 2, in square brackets its 95 % interval (t): ")
    (_, same, one) = footnotes([line("teacher", 0.8, 0.8), line("student", 0.8)])
    assert same == "Rows that draw are of seeds 0 and 1, which come to the same, on these recordings."
    assert one == "Of student there is one seed alone, and so no interval."
    assert footnotes([line("teacher", None)])[0].startswith("It is undefined where windows are of one class")


def test_recordings_that_are_short_or_begin_with_an_attack_are_counted_and_told_of() -> None:
    def of(lasts_s: float, attack_s: float | None) -> Frames:
        count = round(10 * lasts_s) + 1
        places = [] if attack_s is None else [(round(10 * attack_s), round(10 * attack_s) + 1)]
        return bus(count, places, apart_s=0.1)

    fine = openings([of(10, 5), of(20, None), of(12, 1)], 5.0)
    assert fine == {"seconds": 5.0, "recordings": 3, "short": 0, "attacked": 2, "early": 1}
    assert warnings("own", [fine]) == warnings("own", []) == []
    short, early = warnings("own", [fine, openings([of(9, 4)], 5.0)])
    assert short.startswith("1 of 4 recordings of own end within 10 s: rows that compare with an opening of 5 s (rule,")
    assert early.startswith("2 of 3 recordings of own with an attack have it within their first 5 s: rows that compare")


def test_one_class_on_a_side_is_told_with_its_cause_and_what_to_do() -> None:
    windows = Windows((bus(6000, [(1000, 1200)]),))
    with pytest.raises(DataError, match=r"stretches of 25 windows go to one side as a whole, and 1 of 3 have attacks"):
        held_out(windows, windows.labels)


def test_the_plan_is_eighteen_trainings_each_after_those_it_stands_on() -> None:
    order = plan(DATASETS)
    assert len(order) == len(set(order)) == 18
    assert [each.model for each in order] == ["teacher"] * 6 + ["student"] * 6 + ["fusion"] * 6
    assert all(order.index(need) < place for place, each in enumerate(order) for need in each.needs)
    rows = list(MODELS)
    assert all(rows.index(need) < rows.index(row) for row, needs in STANDS_ON.items() for need in needs)


def test_names_of_scenarios_are_short_where_they_stay_apart() -> None:
    known = ["test_01_known_vehicle", "test_02_DoS", "test_02_fuzzing", "own"]
    assert list(shortened(known).values()) == ["test_01", "test_02_DoS", "test_02_fuzzing", "own"]


def test_how_long_a_training_takes_is_what_was_measured_of_it_or_its_like_and_else_not_known(tmp_path: Path) -> None:
    of = Asked(Folder(tmp_path), Configuration())
    order = plan(["hcrl_ch", "hcrl_sa"])
    assert [each.seconds for each in states(of, order)] == [None] * 6
    trainer = Trainer(Bus(), Maker(), print)
    made = [trainer.train(of.fit(Training("hcrl_ch", model))).record for model in ("teacher", "student")]
    took = {state.training: state for state in states(of, order)}
    assert [took[each].seconds for each in order] == [
        *(made[0].fit_s, made[0].fit_s, made[1].fit_s, made[1].fit_s, None, None)
    ]
    assert [took[each].status for each in order] == ["trained", "ready", "trained", "blocked", "ready", "blocked"]
    other = Asked(of.folder, Configuration(profile="standard"))
    assert [each.seconds for each in states(other, order)] == [None] * 6
    assert states(other, order)[0].note == "profile quick and not standard"


def learnt(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("*.pth")}


@pytest.mark.parametrize("profile", ["quick", "standard", "paper"])
def test_the_sizes_that_are_listed_are_those_of_the_models(torch: Ask, profile: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    expected = tuple({name: size[profile] for name, size in sizes.items()} for sizes in (SIZES, KDGAT))
    assert torch(f"{CHILD}:sizes", profile, tmp_path / "file") == expected


def test_of_no_window_every_row_says_nothing(torch: Ask, tmp_path: Path) -> None:
    assert torch(f"{CHILD}:without_windows", tmp_path) == dict.fromkeys(MODELS, [(0,)] * 3)


OTHER = ("--architecture", "kdgat", "--fusion", "mixture")


@pytest.mark.parametrize("more", [(), pytest.param(OTHER, marks=pytest.mark.long)])
def test_a_data_set_is_trained_from_its_teacher_to_its_fusion_and_left_as_it_is(
    torch: Ask, tmp_path: Path, more: tuple[str, ...]
) -> None:
    given = ("train", "-d", "hcrl_sa", "--all", "--json", "--models", tmp_path, *more)
    status, out, err = torch(f"{CHILD}:ran", *given)
    assert (status, err) == (0, "".join(f"{line}\n" for line in err.splitlines()))
    first = json.loads(out)
    assert [each["status"] for each in first] == ["completed"] * 3
    assert first[1]["result"]["stands_on"]["teacher"] == first[0]["result"]["content"]
    assert all(each["result"]["scores"][SCENARIO]["windows"] == 26 for each in first)
    before = learnt(tmp_path)
    again = json.loads(torch(f"{CHILD}:ran", *given)[1])
    assert [each["status"] for each in again] == ["skipped"] * 3
    assert [each["result"] for each in again] == [each["result"] for each in first]
    assert torch(f"{CHILD}:ran", *given, "-m", "student", "--force-retrain")[0] == 0
    assert learnt(tmp_path) == before  # the same seed, the same bytes


def test_sets_of_ones_own_are_read_and_rows_compared_on_them(torch: Ask, tmp_path: Path) -> None:
    made = generate(Plan("set_01", "quick", 3), tmp_path / "sets")
    made.rename(tmp_path / "sets" / "my-fleet")
    given = ("evaluate", "-d", "my-fleet", "--data", tmp_path / "sets", "--seeds", 1, "--out", tmp_path / "out")
    status, out, err = torch(f"{CHILD}:ran", *given, "--rows", "rule,student_alone", "--json")
    assert status == 0, err
    (found,) = json.loads(out)
    assert [each["windows"] for each in found["results"]] == [26] * 8
    status, out, err = torch(f"{CHILD}:ran", *given[:2], "my-flet", *given[3:])
    assert (status, out) == (2, "")
    assert err.startswith(f"{tmp_path / 'sets'}: has no data set my-flet")


@pytest.mark.soak
@pytest.mark.long
def test_a_plan_that_is_killed_again_and_again_comes_to_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "swapbench_models.can", "train", "--all", "-d", "set_04", "--models"]
    subprocess.run([*command, f"{tmp_path / 'whole'}"], check=True, capture_output=True)
    draws, kills = np.random.default_rng(0), 0
    while kills < 10 and not (tmp_path / "killed" / "fusion_agent_set_04.json").exists():
        with subprocess.Popen([*command, f"{tmp_path / 'killed'}"], stdout=-3, stderr=-3) as process:
            time.sleep(float(draws.uniform(2, 5)))
            os.kill(process.pid, signal.SIGKILL)
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 2
    subprocess.run([*command, f"{tmp_path / 'killed'}"], check=True, capture_output=True)
    ours, theirs = (
        {file.name: file.read_bytes() for file in (tmp_path / each).glob("*.pth")} for each in ("killed", "whole")
    )
    assert ours == theirs
    assert len(ours) == 3
