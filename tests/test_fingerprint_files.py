"""Files of logs: which there are, what is read of those that are not all of one shape, and what a cache is worth."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from swapbench_models.fingerprint.control import inputs
from swapbench_models.fingerprint.control.inputs import Look, watched
from swapbench_models.fingerprint.error import DataError
from swapbench_models.fingerprint.files import expanded, matched
from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.logs.reader import Reader

DUO = schema.named("duo")


def event(minute: int = 0, **changes: Any) -> dict[str, Any]:
    return {"timestamp": f"2022-08-01T00:{minute:02d}:00Z", "user": {"name": "a"}, "result": "success", **changes}


def read(path: Path, content: str | bytes | list[Any], **options: Any) -> Any:
    """Write a file and return what a reader makes of it."""
    text = json.dumps(content) if isinstance(content, list) else content
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Reader(options.pop("schema", DUO), **options).read([str(path)])


# Which there are


def test_a_folder_stands_for_the_files_in_it(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    for name in ("b.json", "a.json", "deeper/c.json"):
        (tmp_path / name).write_text("[]")
    assert [Path(name).name for name in expanded([str(tmp_path)])] == ["a.json", "b.json"]
    assert [Path(name).name for name in expanded([f"{tmp_path}/*"])] == ["a.json", "b.json"]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("foo://x/*.json", "neither a path nor an address"),
        ("gs://x/*.json", "gcsfs"),
        ("here/nothing*", "no file matches"),
    ],
)
def test_a_pattern_that_cannot_be_looked_up_keeps_no_other(tmp_path: Path, pattern: str, words: str) -> None:
    (tmp_path / "a.json").write_text("[]")
    found, unmatched = matched([pattern, f"{tmp_path}/*"])
    assert len(found) == 1
    assert words in unmatched[pattern]
    with pytest.raises(DataError, match=f"No file matches.*{words.removeprefix('no file matches')}"):
        expanded([pattern])


# What is in them


@pytest.mark.parametrize(
    ("mark", "encoding"), [(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")]
)
@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_byte_order_mark_is_no_part_of_the_content(tmp_path: Path, mark: bytes, encoding: str, form: str) -> None:
    text = json.dumps([event()]) if form == "json" else json.dumps(event()) + "\n"
    assert len(read(tmp_path / "a.json", mark + text.encode(encoding)).frame) == 1


def test_no_rows_are_no_fault(tmp_path: Path) -> None:
    made = read(tmp_path / "a.json", [])
    assert (len(made.frame), made.bad, made.dropped) == (0, {}, {})
    (tmp_path / "b.json").write_text(json.dumps([event()]))
    assert len(Reader(DUO).read([str(tmp_path / name) for name in ("a.json", "b.json")]).frame) == 1


@pytest.mark.parametrize(
    "when",
    [1659312000, 1659312000.0, 1659312000123, 1659312000123456, "1659312000", "1659312000.5", "2022-08-01T00:00:00Z"],
)
def test_times_may_be_numbers_since_1970(tmp_path: Path, when: Any) -> None:
    made = read(tmp_path / "a.json", [event(timestamp=when)])
    assert made.frame["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%S").to_list() == ["2022-08-01T00:00:00"]


def test_a_file_without_one_row_that_can_be_used_is_bad_and_its_rows_are_counted(tmp_path: Path) -> None:
    made = read(tmp_path / "a.json", [event(timestamp="some day"), event(user=None)])
    assert made.dropped == {"without a time or a user": 2}
    assert list(made.bad.values()) == ["not one of its rows can be used: 2 without a time or a user"]


ODD: dict[str, tuple[Callable[[], str], int]] = {
    "a row that is no object": (lambda: json.dumps([event(), 3, event(1)]), 1),
    "a field that is text where it was an object": (lambda: json.dumps([event(), event(1, auth_device="phone")]), 0),
    "a text where it was a list": (lambda: json.dumps([event(reason=["x"]), event(1, reason="y")]), 0),
    "half a line": (lambda: f'{json.dumps(event())}\n{json.dumps(event(1))}\n{{"timesta', 1),
    "a line that is no object": (lambda: f"{json.dumps(event())}\n7\n{json.dumps(event(1))}\n", 1),
    "a line with a comma too many": (lambda: f"{HEAD}\n{ROW}\n{ROW}\n{ROW},,\n", 1),
}
HEAD, ROW = "timestamp,user.name,result", "2022-08-01T00:00:00Z,a,success"


@pytest.mark.parametrize("name", ODD)
def test_a_row_of_another_shape_costs_itself_and_not_its_file(tmp_path: Path, name: str) -> None:
    text, odd = ODD[name]
    made = read(tmp_path / "a.json", text())
    assert (len(made.frame), made.bad) == (2, {})
    assert made.dropped == ({"of another shape": odd} if odd else {})
    assert made.frame["result"].to_list() == [True, True]


def test_an_object_written_over_many_lines_is_one_row(tmp_path: Path) -> None:
    assert len(read(tmp_path / "a.json", json.dumps(event(), indent=2)).frame) == 1


def test_a_row_whose_data_is_null_is_dropped_unless_that_is_not_wanted(tmp_path: Path) -> None:
    rows = [event(data=1), event(1, data=None)]
    assert read(tmp_path / "a.json", rows).dropped == {"whose data is null": 1}
    assert len(read(tmp_path / "a.json", rows, filter_null=False).frame) == 2


def test_for_parity_what_is_absent_is_another_text_than_what_is_null(tmp_path: Path) -> None:
    rows = [
        event(access_device={"browser": None, "location": {"city": "B", "state": None}}),
        event(1, access_device={"location": {"city": "B", "state": None, "country": None}}, reason=None),
    ]
    parity = read(tmp_path / "a.json", rows, schema=DUO.of_reference()).frame
    assert parity["accessdevicebrowser"].to_list() == ["None", "nan"]
    assert parity["location"].to_list() == ["B, None, nan", "B, None, None"]
    assert parity["reason"].to_list() == ["nan", "None"]
    assert DUO.counted(parity)["locincrement"].to_list() == [1, 2]
    ours = read(tmp_path / "a.json", rows).frame
    assert DUO.counted(ours)["locincrement"].to_list() == [1, 1]


def test_read_one_by_one_rows_have_the_columns_that_they_have_together(tmp_path: Path) -> None:
    golden = Path(__file__).parent / "data" / "fingerprint" / "golden" / "duo_raw.json"
    whole = Reader(DUO).read([str(golden)]).frame
    odd = read(tmp_path / "a.json", [*json.loads(golden.read_text()), "odd"])
    assert odd.frame.equals(whole)


# The cache


@pytest.mark.parametrize("damage", [b"", b"PAR1 of somebody else", "truncated", "flipped", "another file's"])
def test_a_cache_that_is_damaged_or_foreign_is_rebuilt_and_told(tmp_path: Path, damage: bytes | str) -> None:
    log, cache = tmp_path / "log.json", tmp_path / "cache"
    whole = read(log, [event(), event(1)], cache=cache)
    (kept,) = cache.iterdir()
    content = bytearray(kept.read_bytes())
    if damage == "another file's":
        other = read(tmp_path / "other.json", [event(2)], cache=cache)
        assert len(other.frame) == 1
        content = bytearray(next(path for path in cache.iterdir() if path != kept).read_bytes())
    elif damage == "truncated":
        content = content[:-5]
    elif damage == "flipped":
        content[-20] ^= 4
    kept.write_bytes(damage if isinstance(damage, bytes) else content)
    again = Reader(DUO, cache=cache).read([str(log)])
    assert again.frame.equals(whole.frame)
    assert list(again.rebuilt) == [str(log)]
    assert Reader(DUO, cache=cache).read([str(log)]).rebuilt == {}


def test_a_file_whose_name_is_not_utf_8_is_read_and_cached(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/log\xff.json"))
    made = read(path, [event()], cache=tmp_path / "cache")
    assert (len(made.frame), made.bad, made.uncached) == (1, {}, {})


def test_a_server_that_tells_nothing_of_its_files_serves_them_uncached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> str:
        raise NotImplementedError

    monkeypatch.setattr(fsspec.get_filesystem_class("file"), "ukey", silent)
    made = read(tmp_path / "a.json", [event()], cache=tmp_path / "cache")
    assert (len(made.frame), list(made.uncached.values())) == (1, ["NotImplementedError"])


# Watching


def test_a_file_is_given_out_when_it_has_stopped_growing_and_again_when_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "1.json", tmp_path / "2.json"

    def happens() -> Iterator[None]:
        yield  # nothing: the first file is as it was
        two.write_text("[{")
        yield  # the second is new
        two.write_text("[{}]")
        yield  # it grows
        yield  # it has stopped
        one.write_text("[{}, {}]")
        yield  # the first has changed
        yield  # and stays
        one.unlink()
        yield
        two.write_text("[]")
        yield
        yield

    one.write_text("[]")
    steps = happens()
    monkeypatch.setattr(inputs.time, "sleep", lambda _: next(steps))
    looks = watched([f"{tmp_path}/*.json"], 60)
    paths = [str(one), str(two)]
    assert next(looks) == Look((paths[0],), (paths[0],))
    assert next(looks) == Look((paths[0], paths[1]), (paths[1],))
    assert next(looks) == Look((paths[0], paths[1]), (paths[0],))
    assert next(looks) == Look((paths[1],), (paths[1],))


def test_watching_begins_with_files_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No file matches"):
        next(watched([f"{tmp_path}/*.json"], 1))


def test_a_csv_with_paths_for_names_reads_as_the_objects_do(tmp_path: Path) -> None:
    made = read(tmp_path / "a.csv", f"{HEAD}\n{ROW}\n")
    assert made.frame.row(0, named=True)["username"] == "a"
