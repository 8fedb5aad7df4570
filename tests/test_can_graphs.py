"""Graphs of windows: each is what its definition says, whatever the frames, and what is kept is those frames'."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swapbench_models.can.error import CanError, DataError
from swapbench_models.can.folder import kept_in
from swapbench_models.can.frames.frames import EXTENDED, UNLABELLED, Frames
from swapbench_models.can.graphs import build as build_module
from swapbench_models.can.graphs import kept as kept_module
from swapbench_models.can.graphs.build import build
from swapbench_models.can.graphs.graphs import EDGE_FEATURES, NODE_FEATURES, Graphs
from swapbench_models.can.graphs.kept import Kept
from swapbench_models.can.graphs.vocabulary import Vocabulary
from swapbench_models.can.measured import graphs as measured
from swapbench_models.can.measured.rivals import graph_loop
from swapbench_models.can.windows.windows import Windows

SHARED = Path(__file__).parents[2] / "shared" / "data" / "can"
ARRAYS = ("ids", "features", "edges", "edge_features", "node_starts", "edge_starts")

identifiers = st.sampled_from([0, 1, 2, 0x7FF]) | st.integers(0, 12) | st.integers(EXTENDED, EXTENDED + (1 << 29) - 1)
times = st.sampled_from([0.0, 1.0]) | st.floats(-1e9, 1e9)
rows = st.lists(st.tuples(times, identifiers, st.binary(max_size=8)), max_size=40)


def frames(ids: Any, payloads: Any = None, attacks: Any = None) -> Frames:
    """Return frames of these identifiers, a millisecond apart and normal where nothing else is said."""
    found = [b""] * len(ids) if payloads is None else payloads
    return Frames.of(np.arange(len(ids)) / 1000, ids, found, [0] * len(ids) if attacks is None else attacks)


def drawn(count: int, ids: Any, seed: int = 0) -> Frames:
    """Return frames of random payloads."""
    draws = np.random.default_rng(seed)
    return frames(draws.choice(ids, count).tolist(), [draws.bytes(int(each)) for each in draws.integers(0, 9, count)])


def check_same(found: Graphs, expected: Graphs) -> None:
    """Fail where two are not the same to the last bit."""
    for name in ARRAYS:
        one, other = getattr(found, name), getattr(expected, name)
        assert one.dtype == other.dtype, name
        np.testing.assert_array_equal(one, other, err_msg=name, strict=True)


def of_edge(graphs: Graphs, source: int, target: int) -> dict[str, float]:
    """Return the features of the edge between two nodes."""
    place = graphs.edges.T.tolist().index([source, target])
    return dict(zip(EDGE_FEATURES, graphs.edge_features[place].tolist(), strict=True))


@given(st.lists(rows, max_size=3), st.integers(2, 12), st.integers(1, 15), st.sets(identifiers), st.integers(1, 60))
@settings(deadline=None)
def test_graphs_are_those_of_the_loop_to_the_last_bit_whatever_the_frames(
    recordings: list[list[tuple[float, int, bytes]]], size: int, stride: int, known: set[int], block: int
) -> None:
    windows = Windows(tuple(Frames.of(*zip(*each, strict=True)) for each in recordings if each), size, stride)
    vocabulary = Vocabulary(tuple(sorted(known)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_module, "_BLOCK", block)
        found = build(windows, vocabulary)
    assert len(found) == len(windows)
    check_same(found, graph_loop.build(windows, vocabulary))


@pytest.mark.parametrize(
    ("ids", "size", "stride"),
    [(60, 100, 100), (1 << 29, 100, 37), (60, 100, 250), (1 << 29, 700, 600), (3, 1000, 77), (1, 1300, 1)],
)
def test_so_they_are_for_windows_of_every_size(ids: int, size: int, stride: int) -> None:
    windows = Windows((drawn(1300, ids), drawn(10, ids), drawn(1307, ids, seed=1)), size, stride)
    vocabulary = Vocabulary(tuple(range(0, 60, 2)))
    check_same(build(windows, vocabulary), graph_loop.build(windows, vocabulary))


def test_a_graph_worked_by_hand() -> None:
    a, b, c, d = range(4)
    recording = frames([a, a, b, a, b, a, c, d], [bytes([255, 51]), b"", b"\xff", *[b""] * 5])
    graphs = build(Windows((recording,), size=7, stride=7), Vocabulary((a, b)))
    assert graphs.ids.tolist() == [0, 1, 2, 2]
    features = dict(zip(NODE_FEATURES, graphs.features.T.tolist(), strict=True))
    assert features["byte_0"] == pytest.approx([1 / 4, 1 / 2, 0, 0])
    assert features["byte_1"] == pytest.approx([51 / 255 / 4, 0, 0, 0])
    assert features["count"] == pytest.approx([1, 2 / 4, 1 / 4, 0])  # d is led to, and leads nowhere
    assert features["last_position"] == pytest.approx([5 / 6, 4 / 6, 1, 0])
    assert graphs.edges.T.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [2, 3]]
    assert of_edge(graphs, 0, 1) == pytest.approx(
        {
            "count": 2,
            "share": 2 / 7,
            "interval_mean": 2,  # at positions 1 and 3
            "interval_std": 0,
            "regularity": 1,
            "first_position": 1 / 7,
            "last_position": 3 / 7,
            "spread": 2 / 7,
            "reversed": 1,
            "degree_product": 6 * 4,  # a is touched by all but c-d, a-a once
            "degree_ratio": 6 / 4,
        }
    )
    assert of_edge(graphs, 0, 0)["reversed"] == 1
    once = of_edge(graphs, 0, 2)
    assert (once["interval_mean"], once["interval_std"], once["regularity"], once["reversed"]) == (0, 0, 0, 0)


def test_the_deviation_of_intervals_is_that_of_the_population() -> None:
    places = [0, 3, 11, 40]
    recording = frames([1 if place in places else 2 for place in range(60)])
    found = of_edge(build(Windows((recording,), size=60), Vocabulary((1, 2))), 0, 1)
    assert found["interval_mean"] == pytest.approx(40 / 3)
    assert found["interval_std"] == pytest.approx(np.std(np.diff(places)))
    assert found["regularity"] == pytest.approx(1 / (1 + np.std(np.diff(places))))


def test_the_last_frame_of_a_recording_leads_nowhere_and_never_into_the_next_one() -> None:
    recordings = frames([1, 2]), frames([3, 4])
    graphs = build(Windows(recordings, size=2, stride=1), Vocabulary((1, 2, 3, 4)))
    assert graphs.ids.tolist() == [0, 1, 2, 3]
    assert graphs.edges.T.tolist() == [[0, 1], [2, 3]]


def test_each_unknown_identifier_is_a_node_of_its_own_with_the_last_index() -> None:
    graphs = build(Windows((frames([5, 9, 5, 7, EXTENDED | 5]),), size=4), Vocabulary((5,)))
    assert graphs.ids.tolist() == [0, 1, 1, 1]


def test_windows_that_there_are_none_of_make_no_graph() -> None:
    for recordings in ((), (frames([1]),)):
        check_same(build(Windows(recordings), Vocabulary((1,))), Graphs.joined([]))


def test_the_log_of_icsim_makes_the_graphs_that_it_is_known_for() -> None:
    file = SHARED / "icsim_sample-can.log"
    if not file.is_file():
        pytest.skip("the log of ICSim is not at hand")
    parts = [line.split()[2].split("#") for line in file.read_text().splitlines()]
    recording = frames([int(each, 16) for each, _ in parts], [bytes.fromhex(data) for _, data in parts])
    windows, vocabulary = Windows((recording,)), Vocabulary.learned([recording])
    graphs = build(windows, vocabulary)
    assert len(graphs) == 61
    assert len(graphs.ids) / 61 == pytest.approx(27.0, abs=0.05)
    assert graphs.edges.shape[1] / 61 == pytest.approx(39.3, abs=0.05)
    check_same(graphs, graph_loop.build(windows, vocabulary))


def test_so_do_recordings_of_a_vehicle_that_is_attacked() -> None:
    file = SHARED / "real" / "hcrl_sa" / "train_02_with_attacks__DoS-kia.parquet"
    if not file.is_file():
        pytest.skip("hcrl_sa is not at hand")
    polars = pytest.importorskip("polars")
    rows = polars.read_parquet(file)[60_000:80_000]
    recording = Frames.of(rows["timestamp"], rows["id"], [*map(bytes.fromhex, rows["data_field"])], rows["label"])
    windows, vocabulary = Windows((recording,)), Vocabulary.learned([recording])
    assert windows.labels.any()
    check_same(build(windows, vocabulary), graph_loop.build(windows, vocabulary))


@pytest.mark.parametrize("time", [np.nan, np.inf, -np.inf])
def test_a_time_that_is_no_number_is_refused_with_its_place(time: float) -> None:
    broken = Frames.of([0.0, 1.0, time], [1, 2, 3], [b""] * 3)
    with pytest.raises(CanError, match=r"Recording 2 of 2, frame 3: .* is no time"):
        build(Windows((frames([1]), broken), size=2), Vocabulary((1,)))


@pytest.mark.parametrize("identifier", [-1, 1 << 32])
def test_an_identifier_that_none_can_have_is_refused(identifier: int) -> None:
    with pytest.raises(CanError, match=rf"frame 2: {identifier} is no identifier"):
        build(Windows((frames([1, identifier]),), size=2), Vocabulary((1,)))


def test_windows_that_are_too_large_are_refused() -> None:
    with pytest.raises(CanError, match="give fewer"):
        build(Windows((), size=(1 << 20) + 1), Vocabulary((1,)))


@cache
def eight() -> Graphs:
    """Return eight graphs."""
    return build(Windows((drawn(99, 6),), size=12, stride=12), Vocabulary((1, 2)))


@given(st.lists(st.integers(-8, 7), max_size=20))
@settings(deadline=None)
def test_taken_graphs_are_those_graphs_in_their_order(indices: list[int]) -> None:
    graphs = eight()
    alone = [graphs.take([index]) for index in range(len(graphs))]
    taken = graphs.take(indices)
    check_same(taken, Graphs.joined([alone[index] for index in indices]))
    sizes = [len(alone[index].ids) for index in indices]
    assert taken.batch.tolist() == [graph for graph, size in enumerate(sizes) for _ in range(size)]
    assert (taken.batch[taken.edges[0]] == taken.batch[taken.edges[1]]).all()


def test_graphs_that_are_not_there_cannot_be_taken() -> None:
    with pytest.raises(IndexError):
        eight().take([8])


def test_a_vocabulary_is_learned_from_normal_frames_and_sorted() -> None:
    one = frames([9, 3, 100, 9], attacks=[0, 0, 1, 0])
    vocabulary = Vocabulary.learned([one, frames([3, 4, 5], attacks=[0, 0, UNLABELLED])])
    assert vocabulary.identifiers == (3, 4, 9)
    assert (len(vocabulary), vocabulary.unknown) == (4, 3)
    assert vocabulary.indices(np.array([9, 100, 3, 5, 4, 0, 1 << 31])).tolist() == [2, 3, 0, 3, 1, 3, 3]


@pytest.mark.parametrize("attack", [1, UNLABELLED])
def test_there_is_none_without_normal_frames(attack: int) -> None:
    with pytest.raises(DataError, match="marked as normal"):
        Vocabulary.learned([frames([1, 2], attacks=[attack] * 2)])


def test_a_vocabulary_comes_back_from_json_and_has_a_digest_of_its_own() -> None:
    vocabulary = Vocabulary((1, 30))
    assert Vocabulary(tuple(json.loads(json.dumps(vocabulary.identifiers)))).digest == vocabulary.digest
    assert len({each.digest for each in (vocabulary, Vocabulary((13, 0x30)), Vocabulary((1,)))}) == 3


@pytest.mark.parametrize("changed", [(2, 1), (1, 1), (-1,), (1.0,), ("1",), (True,)], ids=str)
def test_a_vocabulary_that_was_changed_is_refused(changed: tuple[Any, ...]) -> None:
    with pytest.raises(CanError, match="was changed"):
        Vocabulary(changed)


@pytest.fixture
def windows() -> Windows:
    return Windows((drawn(300, 20), drawn(200, 20, seed=1)), size=50, stride=50)


VOCABULARY = Vocabulary(tuple(range(10)))


def test_what_was_built_is_kept_and_not_built_again(
    tmp_path: Path, windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path / "made")
    first = kept.graphs(windows, VOCABULARY)
    check_same(first, build(windows, VOCABULARY))
    monkeypatch.setattr(kept_module, "build", None)
    check_same(kept.graphs(Windows(windows.recordings, 50, 50), VOCABULARY), first)


def test_what_is_damaged_is_built_again(tmp_path: Path, windows: Windows) -> None:
    kept = Kept(tmp_path)
    expected = kept.graphs(windows, VOCABULARY)
    place = kept.place(windows, VOCABULARY)
    whole = place.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damaged in (b"", whole[:100], whole[:-1], bytes(flipped)):
        place.write_bytes(damaged)
        check_same(kept.graphs(windows, VOCABULARY), expected)
        assert place.read_bytes() == whole


def test_other_frames_windows_vocabularies_and_code_are_kept_elsewhere(
    tmp_path: Path, windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path)
    one, other = windows.recordings
    payloads = one.payloads.copy()
    payloads[-1, -1] ^= 1
    changed = Frames(one.times, one.ids, one.lengths, payloads, one.attacks)
    asked = [
        (windows, VOCABULARY),
        (windows, Vocabulary(tuple(range(11)))),
        (Windows((one, other), 50, 49), VOCABULARY),
        (Windows((one, other), 49, 50), VOCABULARY),
        (Windows((changed, other), 50, 50), VOCABULARY),
        (Windows((other, one), 50, 50), VOCABULARY),
        (Windows((Frames.joined([one, other]),), 50, 50), VOCABULARY),
    ]
    places = [kept.place(*each) for each in asked]
    monkeypatch.setattr(kept_module, "_code", lambda: "other")
    assert len({*places, kept.place(windows, VOCABULARY)}) == len(asked) + 1


def test_labels_are_not_part_of_what_graphs_are_made_of(tmp_path: Path, windows: Windows) -> None:
    relabelled = tuple(
        Frames(each.times, each.ids, each.lengths, each.payloads, 1 - each.attacks) for each in windows.recordings
    )
    kept = Kept(tmp_path)
    assert kept.place(Windows(relabelled, 50, 50), VOCABULARY) == kept.place(windows, VOCABULARY)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, windows: Windows) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CanError, match="file/in: cannot be made"):
        Kept(tmp_path / "file" / "in").graphs(windows, VOCABULARY)


def test_the_folder_is_the_one_that_is_named_or_the_users_own() -> None:
    assert kept_in({"SWAPBENCH_CAN": "/here"}) == Path("/here")
    assert kept_in({"XDG_CACHE_HOME": "/cache"}) == Path("/cache/swapbench/can")
    assert kept_in({}) == Path.home() / ".cache" / "swapbench" / "can"


def test_both_rows_of_the_claim_do_the_same_work() -> None:
    data, _ = measured.recording(1200)
    made = []
    for each in (measured.Vectorised(), measured.Loop()):
        each.prepare(data)
        made.append(each.graphs(data))
    assert len(made[0]) == 12
    check_same(*made)
