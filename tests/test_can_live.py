"""Watching a bus: every whole window is judged, in order, however its frames come."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import EXTENDED, Frames
from swapbench_models.can.live.bus import received
from swapbench_models.can.live.watch import Judged, watch
from swapbench_models.can.timing.opening import Opening
from swapbench_models.can.windows.opening import opening
from swapbench_models.can.windows.windows import Windows

SIZE = 10


class ByIdentifier:
    """Says of a window the mean of its identifiers."""

    threshold = 0.5
    attempts = ()

    def scores(self, windows: Windows) -> Any:
        return windows.frames.ids[windows.places].mean(axis=1)


class Counting(ByIdentifier):
    """Says how many frames of the bus were before a window, as a thousandth, and remembers its opening."""

    def following(self, opening: Frames, size: int) -> "Counting":
        self.opening, self.seen = opening, 0
        return self

    def scores(self, given: Any) -> Any:
        before = self.seen + np.arange(len(given) // SIZE) * SIZE
        self.seen += len(given)
        return before / 1000


def frames(count: int, apart_s: float = 0.01) -> Frames:
    return Frames.of(np.arange(count) * apart_s, [at // SIZE % 2 for at in range(count)], [b""] * count)


def parts(given: Frames, cuts: list[int]) -> Iterator[Frames]:
    for start, end in zip([0, *cuts], [*cuts, len(given)], strict=True):
        yield given[start:end]


@given(st.integers(0, 95), st.lists(st.integers(0, 95), max_size=8).map(sorted))
def test_windows_are_judged_alike_however_their_frames_come(count: int, cuts: list[int]) -> None:
    cut = parts(frames(count), [min(each, count) for each in cuts])
    judged = list(watch(cut, ByIdentifier(), size=SIZE))
    assert [each.number for each in judged] == [*range(count // SIZE)]
    assert [each.alarm for each in judged] == [number % 2 == 1 for number in range(count // SIZE)]
    assert [each.first for each in judged] == [number * SIZE * 0.01 for number in range(count // SIZE)]


@pytest.mark.parametrize("length", [1, 7, 500])
def test_who_follows_the_bus_begins_with_its_opening_and_is_given_every_window_after_it(length: int) -> None:
    whole, detector = frames(400), Counting()
    judged = list(watch(parts(whole, [*range(length, 400, length)]), detector, opening_s=1.0, size=SIZE))
    assert detector.opening.times[-1] == pytest.approx(1.0)
    assert [each.score for each in judged] == [number * SIZE / 1000 for number in range(40)]


TIMES = st.sampled_from([0.0, 0.4, 0.9, 1.0, np.nextafter(1.0, 2), 1.1, 1.6, -0.5])


@example([0.0, 0.4, 1.0, *[1.0] * 6, 1.1], [3])
@example([0.0, 0.4, 1.0, *[0.4] * 6, 1.1], [3])
@given(st.lists(TIMES, min_size=SIZE, max_size=60), st.lists(st.integers(0, 60), max_size=5).map(sorted))
def test_an_opening_is_that_of_the_whole_recording_however_its_frames_come(times: list[float], cuts: list[int]) -> None:
    whole = Frames.of(np.array(times) + 7.3, range(len(times)), [b""] * len(times))
    detector = Counting()
    list(watch(parts(whole, [min(each, len(whole)) for each in cuts]), detector, opening_s=1.0, size=SIZE))
    expected = Opening.of(whole, 1.0).ids
    assert detector.opening.ids.tolist() == expected.tolist() == opening(whole, 1.0).ids.tolist()


def test_a_clock_that_stands_still_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("live.watch", "windows.opening"):
        monkeypatch.setattr(f"swapbench_models.can.{module}.LONGEST", 40)
    for cuts in ([], [10, 45, 70]):
        detector = Counting()
        assert len(list(watch(parts(frames(100, 0.0), cuts), detector, size=SIZE))) == 10
        assert len(detector.opening) == 40


def test_a_stream_that_ends_within_its_opening_is_judged_by_what_there_is() -> None:
    detector = Counting()
    assert len(list(watch([frames(35)], detector, opening_s=5.0, size=SIZE))) == 3
    assert len(detector.opening) == 35


def test_a_clock_that_steps_back_ends_no_opening_and_loses_no_window() -> None:
    whole = frames(300)
    whole.times[150:] -= 1.0
    assert len(list(watch(parts(whole, [100, 200]), Counting(), opening_s=2.0, size=SIZE))) == 30


def test_latency_is_counted_from_when_the_last_frame_was_read() -> None:
    ticks = iter([10.0, 20.0, 20.5])
    (judged,) = watch(parts(frames(SIZE), [4]), ByIdentifier(), size=SIZE, clock=lambda: next(ticks))
    assert isinstance(judged, Judged)
    assert judged.latency_s == 0.5


def test_frames_of_a_virtual_bus_are_received_as_they_were_sent() -> None:
    can: Any = pytest.importorskip("can")
    sent = [(7, b"\x01\x02", False), (1 << 20, b"", True)] * 30

    def send() -> None:
        with can.Bus("a bus", interface="virtual") as bus:
            time.sleep(0.2)  # until the other end listens
            bus.send(can.Message(is_error_frame=True))
            for identifier, payload, extended in sent:
                bus.send(can.Message(arbitration_id=identifier, data=payload, is_extended_id=extended))

    sender = threading.Thread(target=send)
    sender.start()
    got = Frames.joined(list(received("virtual", "a bus", seconds=0.6)))
    sender.join()
    assert got.ids.tolist() == [7, (1 << 20) | EXTENDED] * 30
    assert got.lengths.tolist() == [2, 0] * 30
    assert got.payloads[0].tolist() == [1, 2, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("seconds", [0.0, -3.0, float("nan")])
def test_what_is_no_time_is_refused_before_anything_is_received(seconds: float) -> None:
    with pytest.raises(CanError, match="are no time to receive for; give one above 0"):
        received("virtual", "a bus", seconds)
    with pytest.raises(CanError, match="are no opening; give a time above 0"):
        watch([], Counting(), opening_s=seconds)


def test_an_interface_that_cannot_be_opened_is_named() -> None:
    pytest.importorskip("can")
    with pytest.raises(CanError, match="--interface nonsense --channel a: cannot be received from"):
        list(received("nonsense", "a", seconds=0.1))
