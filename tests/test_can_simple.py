"""Simple rows of CAN: what a network has to beat does what it says, on recordings made by hand."""

import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from swapbench_models import sealed
from swapbench_models.can.detector.detector import Detector, alarms
from swapbench_models.can.error import CanError, DataError
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.simple import calibrated, features, statistics
from swapbench_models.can.simple.between import Between
from swapbench_models.can.simple.boosting import boosting
from swapbench_models.can.simple.flagged import Flagged
from swapbench_models.can.simple.linear import logistic
from swapbench_models.can.simple.openings import Openings
from swapbench_models.can.simple.rule import Rule
from swapbench_models.can.simple.threshold import best
from swapbench_models.can.simple.trees import Trees
from swapbench_models.can.windows.opening import opening
from swapbench_models.can.windows.windows import Windows
from swapbench_models.error import FamilyError

Make = Callable[[], Detector]
KINDS: tuple[features.Kind, ...] = ("statistics", "ids", "calibrated", "paired")
LEARNERS: dict[str, Make] = {
    "between": Between,
    **{f"logistic of {kind}": lambda kind=kind: logistic(kind) for kind in KINDS},
    **{f"boosting of {kind}": lambda kind=kind: boosting(kind) for kind in KINDS},
    "logistic validated": lambda: logistic(threshold="validated"),
    "boosting validated": lambda: boosting("paired", threshold="validated"),
}
DETECTORS: dict[str, Make] = {"flagged": Flagged, "rule": Rule, **LEARNERS}


def bus(frames: Sequence[tuple[float, int]], attacks: Sequence[int] | None = None) -> Frames:
    """Return frames at those times, in milliseconds, of those identifiers."""
    times, ids = zip(*frames, strict=True)
    return Frames.of([time / 1000 for time in times], ids, [b""] * len(ids), attacks or [0] * len(ids))


def every(interval: float, id_: int, until: float) -> list[tuple[float, int]]:
    return [(float(time), id_) for time in np.arange(id_ / 100, until, interval)]


def attacked(seed: int, seconds: float = 20.0) -> Frames:
    """Return frames of four identifiers in time, and in the second half here and there one more of theirs."""
    draw = np.random.default_rng(seed)
    frames = [(time, id_, 0) for id_ in range(1, 5) for time, _ in every(10.0 * id_, id_, 1000 * seconds)]
    spans = draw.integers(500 * seconds, 1000 * seconds, 60)
    frames += [(float(time) + 0.37, int(draw.integers(1, 5)), 1) for time in spans if time // 1000 % 2]
    times, ids, attacks = zip(*sorted(frames), strict=True)
    payloads = [draw.integers(0, 256, id_ * 2, np.uint8).tobytes() for id_ in ids]
    return Frames.of([time / 1000 for time in times], ids, payloads, attacks)


@pytest.fixture(scope="module")
def windows() -> Windows:
    return Windows((attacked(1), attacked(2)), size=20, stride=20)


@pytest.fixture(scope="module")
def others() -> Windows:
    return Windows((attacked(3),), size=20, stride=20)


@st.composite
def recordings(draw: DrawFn) -> Windows:
    """Short recordings of few identifiers, in which time may step back."""

    def one() -> Frames:
        rows = draw(st.lists(st.tuples(st.integers(-2, 9), st.integers(1, 4), st.binary(max_size=9)), max_size=30))
        times = itertools.accumulate((step / 8 for step, _, _ in rows), initial=1e6)
        return Frames.of(list(times)[1:], [id_ for _, id_, _ in rows], [payload for _, _, payload in rows])

    parts = tuple(one() for _ in range(draw(st.integers(1, 3))))
    return Windows(parts, draw(st.integers(2, 12)), draw(st.integers(1, 12)))


def one_by_one(frames: Frames) -> list[float]:
    """Return the statistics of the frames of a window, one value after the other."""
    ids, times = frames.ids.tolist(), frames.times
    counts = [ids.count(each) for each in sorted(set(ids))]
    runs = [len(list(group)) for _, group in itertools.groupby(ids)]
    gaps = np.diff(times)
    by_id = [np.diff(times[frames.ids == each]) for each in sorted(set(ids))]
    found = np.concatenate(by_id) if max(counts) > 1 else times[-1:] - times[0]
    regular = [each.std() / max(each.mean(), 1e-9) for each in by_id if len(each) > 1]
    payloads = [row[:length] for row, length in zip(frames.payloads, frames.lengths.clip(max=8), strict=True)]
    data = np.concatenate(payloads) if any(map(len, payloads)) else np.zeros(1)
    return [
        len(counts),
        -sum(count / len(ids) * np.log2(count / len(ids)) for count in counts),
        max(counts),
        max(runs),
        gaps.mean(),
        gaps.std(),
        found.mean(),
        found.std(),
        found.min(),
        np.mean(regular) if regular else 0,
        np.mean([not each.any() for each in payloads]),
        data.mean(),
        data.std(),
    ]


@given(recordings())
def test_statistics_are_those_of_each_window_by_itself(made: Windows) -> None:
    found = statistics.statistics(made)
    assert found.shape == (len(made), len(statistics.NAMES))
    expected = [one_by_one(made.frames[places]) for places in made.places]
    np.testing.assert_allclose(found, np.reshape(expected, found.shape), rtol=1e-9, atol=1e-9)


def compared(frames: Frames, seconds: float) -> list[tuple[bool, float, float, float]]:
    """Return of each frame whether its identifier is new, its ratios before and between, and that of its bits."""
    late = [place for place, time in enumerate(frames.times) if time > frames.times[0] + seconds]
    opening = range(late[0] if late else len(frames))
    rows = []
    for place, id_ in enumerate(frames.ids):
        own = np.flatnonzero(frames.ids == id_)
        intervals = np.diff(frames.times[own])
        changed = [np.unpackbits(a ^ b).sum() for a, b in itertools.pairwise(frames.payloads[own])]
        known = [at for at in range(len(intervals)) if own[at + 1] in opening]
        usual = np.median(intervals[known]) if known else np.nan
        usual = usual if usual > 0 else np.nan
        at = int(np.searchsorted(own, place))
        before = intervals[at - 1] / usual if at else np.nan
        between = intervals[at - 1 : at + 1].sum() / 2 / usual if 0 < at < len(intervals) else np.nan
        bits = (changed[at - 1] + 1) / (np.mean([changed[each] for each in known]) + 1) if at and known else 1
        rows.append((own[0] not in opening, before, between, bits))
    return rows


@given(recordings(), st.sampled_from([0.5, 2.0, 99.0]))
def test_frames_are_compared_with_the_opening_of_their_own_recording(made: Windows, seconds: float) -> None:
    openings = Openings(made, seconds)
    found = np.stack([openings.new, openings.before, openings.between, openings.bits], axis=1)
    expected = [row for frames in made.recordings for row in compared(frames, seconds)]
    np.testing.assert_allclose(found, np.reshape(expected, found.shape), rtol=1e-9, atol=1e-9)


@given(recordings(), st.sampled_from([0.5, 2.0, 99.0]), st.lists(st.integers(0, 12), max_size=4))
def test_on_a_bus_the_rule_says_what_it_says_of_the_recording(made: Windows, seconds: float, cuts: list[int]) -> None:
    rule, size = Rule(seconds), 4
    for frames in made.recordings:
        whole = Windows((frames,), size, size)
        if not len(whole):
            continue
        followed = rule.following(opening(frames, seconds), size)
        ends = sorted({*(min(cut, len(whole)) for cut in cuts), 0, len(whole)})
        said = [followed.scores(frames[begin * size : end * size]) for begin, end in itertools.pairwise(ends)]
        np.testing.assert_allclose(np.concatenate(said), rule.scores(whole), rtol=1e-9, atol=1e-9)


def flagged(frames: list[tuple[float, int]], size: int = 10, opening_s: float = 1.0) -> list[int]:
    """Return the windows that the rule flags; frames are put in the order of time."""
    made = Windows((bus(sorted(frames)),), size, size)
    return np.flatnonzero(alarms(Rule(opening_s), made)).tolist()


def test_the_rule_flags_no_bus_that_keeps_its_time() -> None:
    assert flagged(every(100, 1, 5000) + every(250, 2, 5000)) == []


def test_the_rule_flags_an_identifier_that_the_opening_has_not() -> None:
    regular = every(100, 1, 3000)
    assert flagged([*regular, (1999.0, 7)]) == [2]
    assert flagged([*regular, (999.0, 7)]) == []


def test_the_rule_flags_what_comes_within_half_its_interval() -> None:
    regular = every(100, 1, 3000)
    assert flagged([*regular, (1540.0, 1)]) == [1]
    late = [(time + 49 * (time > 1500), id_) for time, id_ in regular]
    assert flagged(late) == []


def test_intervals_go_on_from_window_to_window_but_not_to_another_recording() -> None:
    regular = every(100, 1, 3000)
    assert flagged([*regular, (1930.0, 1)]) == [2]  # the first frame of its window
    again = bus(regular)
    assert Rule(1.0).scores(Windows((again, again), 10, 10)).max() < 1e-9


def test_windows_of_the_opening_are_judged_by_all_of_it() -> None:
    assert flagged([*every(100, 1, 3000), (240.0, 1)]) == [0]


def test_what_was_seen_once_in_the_opening_has_no_interval() -> None:
    seldom = [(10.0, 7), (2010.0, 7), (2011.0, 7)]
    assert flagged([*every(100, 1, 3000), *seldom]) == []


def test_a_frame_stamped_before_the_one_ahead_of_it_is_flagged() -> None:
    frames = every(100, 1, 3000)
    frames.insert(15, (frames[14][0] - 0.26, 1))
    assert np.flatnonzero(alarms(Rule(1.0), Windows((bus(frames),), 10, 10))).tolist() == [1]


def test_the_score_of_the_rule_is_graded() -> None:
    frames = every(100, 1, 3100)
    shorter = [(frames[place][0] + by, 1) for place, by in ((10, 80), (20, 30))]
    scores = Rule(1.0).scores(Windows((bus(sorted(frames + shorter)),), 11, 11))
    assert scores.round(6).tolist() == [0.0, 0.8, 0.7]


def test_what_is_between_two_frames_is_told_from_a_frame_that_is_late() -> None:
    """Of an interval's length, a late one leaves the rule the next to find too short."""
    regular = every(100, 1, 6000)
    late = [(time + 60 * (time == regular[20][0]), 1) for time, _ in regular]
    injected = sorted([*regular, (4555.0, 1)])
    frames = Windows(tuple(map(bus, (late, injected))), 10, 10)
    assert np.flatnonzero(alarms(Rule(1.0), frames)).tolist() == [2, 6 + 4]
    found = Openings(frames, 1.0).between
    assert np.nanmin(found[: len(late)]) > 0.6
    assert np.flatnonzero(found < 0.6).tolist() == [len(late) + 46]


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.25, 0.7, 1.0]), st.booleans()), min_size=2, max_size=12))
def test_a_threshold_has_the_best_f1_that_there_is(scored: list[tuple[float, bool]]) -> None:
    scores = np.array([score for score, _ in scored])
    labels = np.array([label for _, label in scored], int)
    labels[0] = 1

    def f1(threshold: float) -> float:
        return float(2 * labels[scores > threshold].sum() / ((scores > threshold).sum() + labels.sum()))

    assert f1(best(labels, scores)) == max(map(f1, (-1, 0.0, 0.2, 0.25, 0.7)))


def test_of_equally_good_thresholds_the_one_with_the_widest_gap_is_taken() -> None:
    assert best(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])) == 0.5


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_keeps_the_contract(name: str, windows: Windows, others: Windows, tmp_path: Path) -> None:
    detector = DETECTORS[name]()
    assert detector.attempts == ()
    assert detector.fit(windows, tmp_path / "kept") is detector
    scores = detector.scores(others)
    assert scores.shape == (len(others),)
    assert scores.dtype == np.float64
    assert ((scores >= 0) & (scores <= 1)).all()
    assert 0 <= detector.threshold <= 1
    assert detector.scores(Windows((), 20, 20)).shape == (0,)
    detector.save_fitted(tmp_path / "saved")
    again = DETECTORS[name]()
    again.load_fitted(tmp_path / "saved")
    np.testing.assert_array_equal(again.scores(others), scores)
    assert (again.threshold, again.count_parameters()) == (detector.threshold, detector.count_parameters())


@pytest.mark.parametrize("name", sorted({*DETECTORS} - {"flagged", "logistic of ids", "boosting of ids"}))
def test_a_detector_finds_frames_that_were_injected_here_and_there(
    name: str, windows: Windows, others: Windows
) -> None:
    found = alarms(DETECTORS[name]().fit(windows), others)
    hits = int((found & others.labels).sum())
    assert 2 * hits / (found.sum() + others.labels.sum()) > 0.85


@pytest.mark.parametrize("name", DETECTORS)
def test_scores_of_windows_do_not_depend_on_what_else_is_judged(name: str, windows: Windows, others: Windows) -> None:
    detector = DETECTORS[name]().fit(windows)
    both = Windows((*others.recordings, attacked(4)), 20, 20)
    np.testing.assert_allclose(detector.scores(both)[: len(others)], detector.scores(others), rtol=1e-9)


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_says_what_it_cannot_learn_from(name: str, windows: Windows, tmp_path: Path) -> None:
    normal = Windows((bus(every(10, 1, 3000)),), 20, 20)
    with pytest.raises(DataError, match="Of 15 windows 0 are attacked"):
        LEARNERS[name]().fit(normal)
    with pytest.raises(DataError, match="Of 0 windows 0 are attacked"):
        LEARNERS[name]().fit(Windows((), 20, 20))
    first = windows.recordings[0]
    unlabelled = Frames.of(first.times, first.ids, [b""] * len(first))
    with pytest.raises(DataError, match="do not say which frames were injected"):
        LEARNERS[name]().fit(Windows((unlabelled,), 20, 20))
    with pytest.raises(CanError, match="has learnt nothing yet"):
        LEARNERS[name]().scores(windows)
    with pytest.raises(CanError, match="has learnt nothing yet"):
        LEARNERS[name]().save_fitted(tmp_path / "none")


@pytest.mark.parametrize("make", [logistic, boosting])
def test_the_seed_draws_what_validates(make: Callable[..., Detector], windows: Windows, others: Windows) -> None:
    one, same, other = (make(threshold="validated", seed=seed).fit(windows).scores(others) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_kept_trees_tell_what_scikit_learn_does() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    draw = np.random.default_rng(0)
    table = draw.normal(size=(1500, 5)).round(1)
    labels = (table[:, 0] * table[:, 1] + draw.normal(size=1500) > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(table, labels)
    kept = Trees.taken(json.loads(json.dumps(Trees.of(model).learned())), 5)
    np.testing.assert_allclose(kept.sums(table), model.decision_function(table), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", DETECTORS)
def test_a_file_that_is_not_this_detectors_is_told(name: str, windows: Windows, tmp_path: Path) -> None:
    detector = DETECTORS[name]().fit(windows)
    file = tmp_path / "model.json"
    with pytest.raises(FamilyError, match=r"model\.json: there is no such file"):
        detector.load_fitted(file)
    stranger = "rule" if name == "flagged" else "flagged"
    DETECTORS[stranger]().fit(windows).save_fitted(file)
    with pytest.raises(FamilyError, match=rf"model\.json: holds {stranger}, version 1, and not "):
        detector.load_fitted(file)
    detector.save_fitted(file)
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(FamilyError, match=r"model\.json: is damaged"):
        detector.load_fitted(file)


FORGED: list[tuple[str, dict[str, Any], str]] = [
    ("rule", {"opening_s": -1}, "-1 s are no opening"),
    ("between", {"threshold": "high"}, "threshold is 'high'"),
    ("logistic of statistics", {"model": {"mean": [0.0]}}, r"mean is no array of shape \(13,\) of numbers"),
    ("logistic of statistics", {"model": {"scale": [0.0] * 13}}, "a scale is not above 0"),
    ("logistic of statistics", {"features": {"opening_s": float("nan")}}, "nan s are no opening"),
    ("logistic of ids", {"features": {"known": [1, 2]}}, r"mean is no array of shape \(16,\) of numbers"),
    ("boosting of paired", {"model": {"left": "forward"}}, "left is no array"),
    ("boosting of paired", {"model": {"shift": [float("inf")]}}, "shift is no array"),
    ("boosting of paired", {"model": {"roots": [10**6]}}, "nodes that are no trees'"),
    ("boosting of paired", {"threshold": None}, "threshold is None"),
]


@pytest.mark.parametrize(("name", "forged", "why"), FORGED)
def test_a_file_as_it_was_written_that_nothing_can_have_learnt_is_told(
    name: str, forged: dict[str, Any], why: str, windows: Windows, tmp_path: Path
) -> None:
    detector, file = DETECTORS[name]().fit(windows), tmp_path / "model.json"
    detector.save_fitted(file)
    content = sealed.read(file) or {}
    for part, value in forged.items():
        content["values"][part] = {**content["values"][part], **value} if isinstance(value, dict) else value
    sealed.write(file, content)
    with pytest.raises(CanError, match=rf"model\.json: holds no .* that was fitted \(.*{why}.*\); fit it again\.$"):
        detector.load_fitted(file)


@pytest.mark.parametrize("at", ["left", "right"])
def test_trees_in_which_rows_would_go_round_for_ever_are_told(at: str) -> None:
    nodes = {"feature": [0, -1, -1], "value": [0.0, 1.0, 2.0], "left": [1, -1, -1], "right": [2, -1, -1]}
    whole = {**nodes, "roots": [0], "shift": [0.5]}
    assert Trees.taken(whole, 1).sums(np.array([[-1.0], [1.0]])).tolist() == [1.5, 2.5]
    with pytest.raises(ValueError, match="no trees"):
        Trees.taken({**whole, at: [0, -1, -1]}, 1)


def test_options_that_are_not_known_are_told() -> None:
    with pytest.raises(CanError, match="no features 'all'; choose statistics, ids, calibrated, paired"):
        logistic("all")
    with pytest.raises(CanError, match="threshold 2: give a number from 0 to 1, or 'validated'"):
        boosting(threshold=2)
    with pytest.raises(CanError, match="threshold 'best': give"):
        logistic(threshold="best")
    with pytest.raises(CanError, match="0 s are no opening"):
        Openings(Windows((), 20, 20), 0)
    assert len(set(calibrated.PAIRED)) == len(calibrated.PAIRED)
