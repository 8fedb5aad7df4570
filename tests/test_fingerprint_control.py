"""What is asked for and how rows are put together for it: messages, files by their date, users and windows."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swapbench_models.fingerprint.control.messages import Bad, Message, messages
from swapbench_models.fingerprint.error import DataError, FingerprintError
from swapbench_models.fingerprint.logs.batcher import Batcher, File, told_by
from swapbench_models.fingerprint.logs.users import Splitter
from swapbench_models.fingerprint.logs.window import Window, WindowOptions
from swapbench_models.fingerprint.logs.windows import Windows
from swapbench_models.fingerprint.pipeline.loading import batcher_of

DATA = Path(__file__).parent / "data" / "fingerprint"
DUO = [
    f"DUO_2022-08-0{day}T{time}Z.json" for day in (1, 2) for time in ("00_05_06.806", "03_02_04.418", "06_05_05.064")
]
DAY = datetime(2022, 8, 1, tzinfo=UTC).replace(tzinfo=None)  # frames hold UTC without saying so
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


# Messages


@pytest.mark.parametrize("path", sorted((DATA / "control_messages").glob("*.json")), ids=lambda path: path.stem)
def test_every_control_message_of_the_reference_is_understood(path: Path) -> None:
    read = [*messages(path.read_text(), path.name)]
    told = json.loads(path.read_text())["inputs"]
    assert len(read) == len(told)
    for message, asked in zip(read, told, strict=True):
        assert isinstance(message, Message)
        assert list(message.files) == asked["tasks"][0]["properties"]["files"]
        assert message.kind == next((task["type"] for task in asked["tasks"][1:]), None)


def test_bad_inputs_are_told_by_their_place_and_the_others_are_read() -> None:
    load = {"type": "load", "properties": {"files": ["a"]}}
    metadata = {"data_type": "payload"}
    inputs = [
        {"tasks": [{"type": "train"}], "metadata": metadata},
        {"tasks": [load, {"type": "Training", "properties": {}}], "metadata": metadata},
        {"tasks": [{"type": kind, "properties": {}} for kind in ("training", "inference")], "metadata": metadata},
        {"tasks": [], "metadata": {"data_type": "payload", "batching_options": {"perod": "D"}}},
    ]
    first, good, mixed, misspelt = messages(json.dumps({"inputs": inputs}), "m.json")
    assert isinstance(good, Message)
    assert (good.kind, good.files) == ("training", ("a",))
    told = [bad.sentence() for bad in (first, mixed, misspelt) if isinstance(bad, Bad)]
    assert told[0] == "m.json, inputs[0]: tasks[0]: a task has the type load, training or inference"
    assert "inputs[2]: the input: training and inference cannot be asked for in one input" in told[1]
    assert "inputs[3]: metadata.batching_options.perod" in told[2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nope", "not JSON"),
        ("[]", 'expected {"inputs": [...]}'),
        (b"\xff", "JSON"),
        ("[" * 200_000, "not JSON"),
    ],
)
def test_a_message_that_is_none_is_one_bad_message(text: str | bytes, words: str) -> None:
    (bad,) = messages(text, "m.json")
    assert isinstance(bad, Bad)
    assert words in bad.sentence()


def test_a_message_says_where_it_is_from_and_as_a_letter_asks_for_itself_again() -> None:
    content = {"tasks": [], "metadata": {"data_type": "payload"}}
    (message,) = messages(b"\xef\xbb\xbf" + json.dumps({"inputs": [content]}).encode(), "m.json")
    assert isinstance(message, Message)
    letter = message.bad("it failed")
    assert letter.sentence() == "m.json, inputs[0]: it failed"
    (again,) = messages(letter.text, "again")
    assert isinstance(again, Message)
    assert again.model_dump() == message.model_dump()


def test_a_key_that_nobody_knows_is_an_error_unless_it_is_allowed_and_told() -> None:
    content = {"tasks": [], "metadata": {"data_type": "payload", "colour": 1, "batching_options": {"perod": "D"}}}
    text = json.dumps({"inputs": [content]})
    assert [type(each) for each in messages(text, "m")] == [Bad]
    (message,) = messages(text, "m", lenient=True)
    assert isinstance(message, Message)
    assert set(message.ignored) == {"metadata.colour", "metadata.batching_options.perod"}
    wrong = json.dumps({"inputs": [{**content, "tasks": [{"type": "fly"}]}]})
    assert [type(each) for each in messages(wrong, "m", lenient=True)] == [Bad]


@pytest.mark.parametrize(
    ("options", "sampling"),
    [({"sampling_rate_s": 3600}, "3600s"), ({"sampling_rate_s": 0}, None), ({}, 0.5), ({"sampling": None}, None)],
)
def test_a_message_may_say_how_files_are_sampled_in_the_older_way(options: dict[str, object], sampling: object) -> None:
    content = {"tasks": [], "metadata": {"data_type": "payload", "batching_options": options}}
    (message,) = messages(json.dumps({"inputs": [content]}), "m")
    assert isinstance(message, Message)
    assert batcher_of(message, Batcher(sampling=0.5)).sampling == sampling


def test_a_sampling_said_twice_is_refused() -> None:
    both = {"sampling": 2, "sampling_rate_s": 60}
    content = {"tasks": [], "metadata": {"data_type": "payload", "batching_options": both}}
    (bad,) = messages(json.dumps({"inputs": [content]}), "m")
    assert isinstance(bad, Bad)
    assert "give one" in bad.sentence()


# Batches


def grouped(batcher: Batcher, names: list[str] = DUO) -> list[tuple[int, int]]:
    files = [batcher.dated(name, lambda _: LONG_AGO) for name in names]
    return [(len(batch.files), batch.count) for batch in batcher.batches(files)]


@pytest.mark.parametrize(
    ("batcher", "groups"),
    [
        (Batcher(), [(3, 2), (3, 2)]),
        (Batcher(start="2022-10-20", end="2022-10-25"), []),
        (Batcher(start="2022-07-30", end="2022-08-02"), [(3, 1)]),
        (Batcher(sampling="30min"), [(3, 2), (3, 2)]),
        (Batcher(sampling="D"), [(1, 2), (1, 2)]),
        (Batcher(period=None, sampling=0.5), [(3, 1)]),
        (Batcher(period=None, sampling=5), [(5, 1)]),
        (Batcher(period="min"), [(1, 6)] * 6),
        (Batcher(period="2D"), [(6, 1)]),
        *((Batcher(period=period), [(6, 1)]) for period in ("W", "M", "ME", "Y", "YE", None)),
    ],
)
def test_files_are_batched_by_the_moment_in_their_names(batcher: Batcher, groups: list[tuple[int, int]]) -> None:
    assert grouped(batcher) == groups


def test_a_window_holds_both_its_ends_and_a_name_without_a_moment_its_time_of_modification() -> None:
    batcher = Batcher(period=None, start="2022-08-01T00:05:06.806", end="2022-08-01T03:02:04.418Z")
    assert grouped(batcher) == [(2, 1)]
    for nowhen in ("x.json", "DUO_2022-06-31.json"):
        assert batcher.dated(nowhen, lambda _: LONG_AGO) == File(nowhen, LONG_AGO, named=False)
    assert batcher.dated(DUO[0], lambda _: LONG_AGO).written.microsecond == 806_000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"period": "fortnight"}, "no period 'fortnight'"),
        ({"sampling": "x"}, "no period 'x'"),
        ({"sampling": 0}, "sampling 0"),
        ({"start": "yesterday"}, "start_time 'yesterday'"),
        ({"period": "999999999999D"}, "no period '999999999999D'"),
        ({"sampling": float("inf")}, "sampling inf"),
        ({"start": "0001-01-01T00:00:00+05:00"}, "start_time '0001-01-01T00:00:00.05:00'"),
    ],
)
def test_a_batcher_refuses_what_cannot_be(options: dict[str, object], words: str) -> None:
    with pytest.raises(FingerprintError, match=words):
        Batcher(**options)  # type: ignore[arg-type]  # wrong on purpose


SPANS = ("D", "2D", "5D", "36h", "W", "2W", "ME", "2ME", "QE", "2QE", "YE", "2YE")


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SPANS), st.lists(st.datetimes(datetime(2021, 1, 1), datetime(2022, 1, 1)), min_size=1))  # noqa: DTZ001
def test_periods_begin_where_those_of_pandas_do(period: str, moments: list[datetime]) -> None:
    files = [File(str(place), moment.replace(tzinfo=UTC), True) for place, moment in enumerate(moments)]
    made = [batch.files for batch in Batcher(period=period).batches(files)]
    names = pd.Series([file.name for file in files], index=pd.DatetimeIndex([file.written for file in files]))
    groups = names.sort_index(kind="stable").resample(period)
    assert made == [tuple(group) for _, group in groups if len(group)]


@pytest.mark.parametrize("name", ["MMXX-08-01.json", "99999999999999-08-01.json", "x.json"])
def test_a_pattern_may_find_what_is_no_moment(name: str) -> None:
    batcher = Batcher(parts=told_by(r"(?P<year>\w+)-(?P<month>\d+)-(?P<day>\d+)"))
    assert batcher.dated(name, lambda _: LONG_AGO) == File(name, LONG_AGO, named=False)


# Users

FRAME = pl.DataFrame({"username": ["b", "a", "b", "c"], "n": [1, 2, 3, 4]})


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({}, {}),
        ({"generic": True}, {"generic_user": [1, 2, 3, 4]}),
        ({"individual": True}, {"a": [2], "b": [1, 3], "c": [4]}),
        ({"generic": True, "individual": True, "skip": ("b",)}, {"a": [2], "c": [4], "generic_user": [2, 4]}),
        ({"generic": True, "individual": True, "only": ("b",)}, {"b": [1, 3], "generic_user": [1, 3]}),
        ({"individual": True, "skip": ("a",), "only": ("c",)}, {"c": [4]}),
        ({"generic": True, "only": ("nobody",)}, {}),
    ],
)
def test_rows_are_split_by_user_and_kept_for_all(options: dict[str, object], parts: dict[str, list[int]]) -> None:
    split = [*Splitter(**options).split(FRAME)]  # type: ignore[arg-type]  # of several types
    assert {user: rows["n"].to_list() for user, rows in split} == parts
    assert [user for user, _ in split] == sorted(parts)


def test_users_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(FingerprintError, match="Users a are to be skipped and the only ones"):
        Splitter(skip=("a",), only=("a",))


@pytest.mark.parametrize("generic", [True, False])
def test_nobody_is_called_as_the_fallback_is_whatever_their_name(generic: bool) -> None:
    names = ["generic_user", "a", "generic_user~user", "generic_user~user~user", "generic_user~"]
    frame = pl.DataFrame({"username": names, "n": range(5)})
    split = {user: rows["n"].to_list() for user, rows in Splitter(generic=generic, individual=True).split(frame)}
    assert split.pop("generic_user", None) == ([*range(5)] if generic else None)
    assert split == {
        "a": [1],
        "generic_user~": [4],
        "generic_user~user": [0],
        "generic_user~user~user": [2],
        "generic_user~user~user~user": [3],
    }


# Windows


def hours(first: int, count: int) -> pl.DataFrame:
    return pl.DataFrame({"timestamp": [DAY + timedelta(hours=first + n) for n in range(count)]})


def pushed(window: Window, *batches: pl.DataFrame) -> list[int | None]:
    due = [window.push(batch) for batch in batches]
    return [None if rows is None else len(rows) for rows in due]


def test_a_batch_window_gives_all_out_once_there_is_enough_and_forgets_it() -> None:
    assert pushed(Window(WindowOptions(min_history=5)), hours(0, 3), hours(3, 3), hours(6, 2)) == [None, 6, None]


def test_an_aggregate_window_waits_for_news_and_keeps_its_span() -> None:
    window = Window(WindowOptions("aggregate", 5, 3, "10h"))
    assert pushed(window, hours(0, 6), hours(6, 2), hours(8, 4), hours(12, 3)) == [6, None, 11, 11]
    window = Window(WindowOptions("aggregate", 1, 1, 4))
    assert pushed(window, hours(0, 3), hours(3, 3), hours(6, 6)) == [3, 4, 6]


def test_late_rows_are_dropped_and_counted_or_kept_or_an_error() -> None:
    dropping, keeping = (Window(WindowOptions("aggregate", late=late)) for late in ("drop", "keep"))
    assert pushed(dropping, hours(5, 3), hours(6, 2)) == [3, 4]
    assert dropping.counts.late == 1
    assert pushed(keeping, hours(5, 3), hours(6, 2)) == [3, 5]
    with pytest.raises(DataError, match="1 rows are older than 2022-08-01 07:00:00"):
        pushed(Window(WindowOptions("aggregate", late="error")), hours(5, 3), hours(6, 2))


def test_windows_outlive_the_process_whatever_users_are_called(tmp_path: Path) -> None:
    options, user = WindowOptions("aggregate", 5, 3), "../../etc/passwd"
    assert [kept_after(Windows(options, tmp_path), user, rows) for rows in (hours(0, 4), hours(4, 2))] == [None, 6]
    assert kept_after(Windows(options, tmp_path), user, hours(6, 2)) is None
    assert [path.suffix for path in tmp_path.iterdir()] == [".window"]


def kept_after(windows: Windows, user: str, rows: pl.DataFrame) -> int | None:
    """Push rows, keep the window, and return how many are due."""
    due = windows.push(user, rows).due
    assert windows.commit() == {}
    return None if due is None else len(due)


@pytest.mark.parametrize("restarted", [True, False])
def test_rows_whose_work_was_not_done_are_due_again(tmp_path: Path, restarted: bool) -> None:
    options = WindowOptions("aggregate", 5, 3)
    windows = Windows(options, tmp_path)
    kept_after(windows, "a", hours(0, 4))
    assert windows.push("a", hours(4, 2)).due is not None
    if restarted:
        windows = Windows(options, tmp_path)
    else:
        windows.rollback()
    again = windows.push("a", hours(4, 2))
    assert again.due is not None
    assert (len(again.due), again.late) == (6, 0)


@pytest.mark.parametrize(
    "damage", ["truncated", "flipped", "empty", "foreign", "another's", "another schema's", "columns"]
)
def test_a_window_that_cannot_be_used_begins_anew_is_set_aside_and_told(tmp_path: Path, damage: str) -> None:
    options = WindowOptions("aggregate", 5, 3)
    kept_after(Windows(options, tmp_path, "one"), "a", hours(0, 4))
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    damaged = {"truncated": content[:-9], "flipped": flipped, "empty": b"", "foreign": b"PAR1"}
    path.write_bytes(damaged.get(damage, content))
    schema, user = "two" if damage == "another schema's" else "one", "b" if damage == "another's" else "a"
    windows = Windows(options, tmp_path, schema)
    if user == "b":
        path.rename(windows._path("b"))
    more = {"other": pl.lit(1)} if damage == "columns" else {}
    pushed = windows.push(user, hours(4, 5).with_columns(**more))
    assert "begins anew" in pushed.lost
    assert pushed.due is not None
    assert len(pushed.due) == 5
    windows.commit()
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".aside", ".window"]
    assert Windows(options, tmp_path, schema).push(user, hours(9, 1).with_columns(**more)).lost == ""


def test_windows_that_cannot_be_kept_are_named_and_their_rows_are_not_lost(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    windows = Windows(WindowOptions("aggregate", 5, 3), tmp_path / "file")
    assert windows.push("a", hours(0, 4)).due is None
    assert list(windows.commit()) == ["a"]
    due = windows.push("a", hours(4, 2)).due
    assert due is not None
    assert len(due) == 6


def test_late_rows_are_those_of_this_time(tmp_path: Path) -> None:
    windows = Windows(WindowOptions("aggregate"), tmp_path)
    assert [windows.push("a", hours(*span)).late for span in ((5, 3), (6, 2), (0, 4), (8, 1))] == [0, 1, 4, 0]
