"""Frames beside the opening of their own recording: what is said of them, whatever vehicle they are of."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from can_timing_bus import bus, renamed
from library_process import Ask
from swapbench_models.can.detector.margin import threshold
from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.timing.augmented import augmented
from swapbench_models.can.timing.graphs import FrameGraphs, linked
from swapbench_models.can.timing.opening import Opening
from swapbench_models.can.timing.tracker import LAGS, NAMES, Signals, Tracker
from swapbench_models.can.windows.windows import Windows

CHILD = "can_timing_child"


def signals(frames: Frames, opening: Opening | None = None) -> Signals:
    return Tracker(opening or Opening.of(frames)).signals(frames)


def steady(count: int = 800, interval: float = 0.01) -> Frames:
    """One identifier, sent without any jitter."""
    return Frames.of(np.arange(count) * interval, [5] * count, [bytes(8)] * count, [0] * count)


def with_one_more(frames: Frames, at: int, late: float, payload: bytes = bytes(8)) -> Frames:
    """The frames with one of the identifier of frame `at` so many seconds after it."""
    one = Frames.of([frames.times[at] + late], [frames.ids[at]], [payload], [1])
    return Frames.joined([frames[: at + 1], one, frames[at + 1 :]])


class TestSignals:
    @settings(deadline=None, max_examples=25)
    @given(seed=st.integers(0, 5), cuts=st.lists(st.integers(0, 4000), max_size=6))
    def test_a_stream_that_comes_in_parts_has_those_of_the_whole_recording(self, seed: int, cuts: list[int]) -> None:
        frames = bus(seed, injected=20)
        tracker = Tracker(Opening.of(frames))
        edges = [0, *sorted(min(cut, len(frames)) for cut in cuts), len(frames)]
        parts = [tracker.signals(frames[start:end]) for start, end in pairwise(edges)]
        assert np.array_equal(np.concatenate(parts), signals(frames))

    def test_identifiers_are_in_none_of_them(self) -> None:
        frames = bus(1, injected=20)
        assert np.array_equal(signals(renamed(frames)), signals(frames))

    def test_a_clock_that_begins_elsewhere_changes_none(self) -> None:
        frames = bus(2, injected=20)
        later = Frames(frames.times + 4096, frames.ids, frames.lengths, frames.payloads, frames.attacks)
        assert np.allclose(signals(later), signals(frames), atol=1e-3)

    def test_one_frame_too_many_comes_early_and_the_next_is_on_time_after_the_one_before_it(self) -> None:
        usual = steady()
        made = signals(with_one_more(usual, 700, 0.004), Opening.of(usual))
        assert made[701, NAMES.index("interval_1")] == pytest.approx(np.log2(0.4), abs=1e-3)
        assert made[702, NAMES.index("interval_1")] == pytest.approx(np.log2(0.6), abs=1e-3)
        assert abs(made[702, NAMES.index("deviation_2")]) < 0.1 < abs(made[701, NAMES.index("deviation_2")])

    def test_bits_that_never_changed_surprise_more_than_those_that_always_do(self) -> None:
        frames = bus(3)
        opening, rarest = Opening.of(frames), NAMES.index("rarest_1")
        last = len(frames) - 1
        changed = frames[: last + 1]
        changed.payloads[last, 0] ^= 1
        assert signals(changed, opening)[last, rarest] > 4 > signals(frames[:last], opening)[:, rarest].max()

    def test_what_the_opening_has_not_is_new_and_is_not_remembered(self) -> None:
        frames = bus(4)
        tracker = Tracker(Opening.of(frames))
        flood = Frames.of(np.full(3000, frames.times[-1]), range(3000, 6000), [b""] * 3000)
        tracker.signals(frames)
        made = tracker.signals(flood)
        assert made[:, 0].all()
        assert not made[:, 1 : NAMES.index("gap")].any()
        assert len(tracker._carried) <= LAGS * len(np.unique(frames.ids))

    @settings(deadline=None, max_examples=40)
    @given(
        times=arrays.arrays(float, st.integers(1, 60), elements=st.floats(-1e9, 1e9)),
        seed=st.integers(0, 2**32 - 1),
    )
    def test_they_are_finite_whatever_time_does(self, times: np.ndarray, seed: int) -> None:
        draw = np.random.default_rng(seed)
        payloads = [draw.bytes(int(draw.integers(0, 9))) for _ in times]
        assert np.isfinite(signals(Frames.of(times, draw.integers(0, 4, len(times)), payloads))).all()


class TestOpening:
    def test_few_injected_frames_in_it_leave_what_is_usual(self) -> None:
        usual = steady()
        attacked = usual
        for at in range(100, 130):
            attacked = with_one_more(attacked, at * 2, 0.003, b"\xff" * 8)
        assert Opening.of(attacked).interval == pytest.approx(Opening.of(usual).interval)

    def test_nothing_has_none(self) -> None:
        with pytest.raises(CanError, match="0 frames"):
            Opening.of(Frames.of([], [], []))
        with pytest.raises(CanError, match="0 s"):
            Opening.of(steady(), 0.0)


class TestGraphs:
    @given(ids=arrays.arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(2, 12)), elements=st.integers(0, 4)))
    def test_a_frame_is_linked_to_the_nearest_of_its_identifier(self, ids: np.ndarray) -> None:
        before, after = linked(ids)
        for window, row in enumerate(ids.tolist()):
            for place, each in enumerate(row):
                earlier = [at for at in range(place) if row[at] == each]
                later = [at for at in range(place + 1, len(row)) if row[at] == each]
                assert before[window, place] == (earlier[-1] if earlier else -1)
                assert after[window, place] == (later[0] if later else -1)

    def test_windows_of_a_recording_share_its_signals(self) -> None:
        frames = bus(0)
        graphs = FrameGraphs.of(Windows((frames, frames), size=40, stride=20))
        taken, before, after = graphs.take(np.array([1]))
        assert np.array_equal(taken[0], signals(frames)[20:60])
        assert before.shape == after.shape == (1, 40)


class TestAugmented:
    @settings(deadline=None, max_examples=10)
    @given(seed=st.integers(0, 1000))
    def test_attacks_are_put_in_and_what_validates_is_in_no_window(self, seed: int) -> None:
        frames = bus(seed % 3, seconds=10, injected=40)
        windows = Windows((frames,), size=50, stride=50)
        learned = np.flatnonzero(np.arange(len(windows)) % 10 < 7)
        made, (kept,) = augmented(windows, [learned], 4, 5.0, seed)
        there, taken = made.frames, made.places[kept]
        assert np.isin(frames.times, there.times).all()
        assert there.attacks.sum() > frames.attacks.sum()
        assert there.attacks[taken].any()
        validating = frames.times[np.setdiff1d(np.arange(len(windows) * 50), windows.places[learned].ravel())]
        seen = there.times[taken.ravel()]
        assert not np.isin(seen, validating).any()


class TestThreshold:
    @given(st.lists(st.tuples(st.integers(-20, 20), st.booleans()), min_size=1, max_size=30))
    def test_it_errs_no_more_than_the_best_and_chance(self, pairs: list[tuple[int, bool]]) -> None:
        logits, labels = np.array([each for each, _ in pairs], float), np.array([int(each) for _, each in pairs])
        if len({*labels.tolist()}) < 2:
            with pytest.raises(ValueError, match="All labels are the same"):
                threshold(logits, labels)
            return
        tried = np.arange(-22.5, 23)

        def errors(each: float) -> int:
            return int(((logits > each) != labels).sum())

        def f1(each: float) -> float:
            found = logits > each
            return 2 * float((found & (labels == 1)).sum()) / float(found.sum() + labels.sum())

        best = max(map(f1, tried))
        fewest = max(errors(each) for each in tried if f1(each) == pytest.approx(best))
        assert errors(threshold(logits, labels)) <= fewest + fewest**0.5

    def test_it_is_a_third_of_the_way_from_normal_to_attacked_where_that_errs_no_more_than_by_chance(self) -> None:
        assert threshold(np.array([-3.0, 6.0]), np.array([0, 1])) == 0
        labels = np.repeat([0, 1], 10)
        apart = [-9.0] * 9 + [0.0] + [9.0] * 10
        assert threshold(np.array(apart), labels) == 4.5  # no error is allowed where none has to be
        overlapping = [-9.0] * 9 + [0.0] + [-1.0] + [9.0] * 9
        assert threshold(np.array(overlapping), labels) == -3


class TestDetector:
    def test_it_finds_single_frames_in_a_vehicle_that_it_does_not_know(self, torch: Ask) -> None:
        f1, elsewhere = torch(f"{CHILD}:right", 0, 7)
        assert f1 > 0.9
        assert elsewhere == 0

    def test_other_identifiers_have_the_same_scores(self, torch: Ask) -> None:
        assert torch(f"{CHILD}:renames")

    def test_it_is_kept_and_goes_on_from_where_it_was_interrupted(self, torch: Ask, tmp_path: Path) -> None:
        assert torch(f"{CHILD}:kept", tmp_path) == []

    def test_a_bus_that_is_watched_is_judged_as_its_recording(self, torch: Ask) -> None:
        assert torch(f"{CHILD}:live")

    def test_a_window_is_judged_by_itself(self, torch: Ask) -> None:
        assert torch(f"{CHILD}:alone")

    def test_what_cannot_be_is_refused_by_name(self, torch: Ask) -> None:
        said = torch(f"{CHILD}:refusals")
        for told, expected in zip(
            said, ("learnt nothing", "'huge'", "'depth'", "'speed'", "do not say", "no window"), strict=True
        ):
            assert expected in told
