"""Authentication logs on their way to a model: messages, files, batches, columns, users and windows."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from models.fingerprint import schema
from models.fingerprint.batcher import Batcher, File
from models.fingerprint.error import DataError, FingerprintError
from models.fingerprint.generate import ANOMALIES, Plan, events, write
from models.fingerprint.messages import Bad, Message, messages
from models.fingerprint.reader import Reader, expanded
from models.fingerprint.users import Splitter
from models.fingerprint.window import Window, WindowOptions, Windows

DATA = Path(__file__).parent / "data" / "fingerprint"
GOLDEN = DATA / "golden"
DUO = [
    f"DUO_2022-08-0{day}T{time}Z.json" for day in (1, 2) for time in ("00_05_06.806", "03_02_04.418", "06_05_05.064")
]


DAY = datetime(2022, 8, 1, tzinfo=UTC).replace(tzinfo=None)  # frames hold UTC without saying so
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


# Schemas


def csv(frame: pl.DataFrame) -> list[str]:
    """Return a frame's lines as the reference writes them."""
    text = frame.write_csv(datetime_format="%Y-%m-%d %H:%M:%S")
    return text.replace(",true,", ",True,").replace(",false,", ",False,").splitlines()


def test_the_duo_schema_makes_the_references_columns_but_for_the_fraud_it_took_for_a_success() -> None:
    duo = schema.named("duo")
    made = duo.sourced(pl.read_json(GOLDEN / "duo_raw.json", infer_schema_length=None)).frame
    for frame, name in ((made, "after_source_schema.csv"), (duo.counted(made), "after_preprocess_schema.csv")):
        reference = (GOLDEN / name).read_text().splitlines()
        *others, fraud = csv(frame)
        assert others == reference[:-1]
        assert fraud == reference[-1].replace(",True,", ",False,")


def test_for_parity_it_makes_the_references_columns_defect_and_all() -> None:
    duo = schema.named("duo").of_reference()
    made = duo.sourced(pl.read_json(GOLDEN / "duo_raw.json", infer_schema_length=None)).frame
    assert csv(made) == (GOLDEN / "after_source_schema.csv").read_text().splitlines()
    assert csv(duo.counted(made)) == (GOLDEN / "after_preprocess_schema.csv").read_text().splitlines()


def test_counts_are_of_a_users_day_and_ties_keep_their_order() -> None:
    when = [DAY, DAY, DAY + timedelta(hours=1), DAY, DAY + timedelta(hours=24)]
    log = pl.DataFrame(
        {
            "timestamp": [moment.isoformat() for moment in when],
            "user": [{"name": name} for name in "aabaa"],
            "access_device": [{"browser": "x", "os": "y", "location": {"city": city}} for city in "PQPQP"],
            "auth_device": [{"name": None}] * 5,
            "result": ["success", "FRAUD", "no", None, "Denied"],
            "reason": [""] * 5,
        }
    )
    duo = schema.named("duo")
    made = duo.sourced(log)
    counted = duo.counted(made.frame).filter(pl.col("username") == "a")
    assert counted["logcount"].to_list() == [0, 1, 2, 0]
    assert counted["locincrement"].to_list() == [1, 2, 2, 1]
    assert made.frame["result"].to_list() == [True, False, None, None, False]
    assert made.unknown == {"result": 1}
    assert set(made.frame["authdevicename"]) == {"None"}


def test_objects_may_be_json_text_and_times_have_any_zone() -> None:
    log = pl.DataFrame(
        {
            "timestamp": ["2022-08-01T00:00:00+02:00", None],
            "user": ['{"name": "a.b@c"}'] * 2,
            "access_device": ['{"browser": null, "os": "x", "location": {"city": "B"}}'] * 2,
            "result": ["FRAUD"] * 2,
        }
    )
    made = schema.named("duo").sourced(log)
    assert made.dropped == 1
    assert made.frame.row(0) == (
        DAY - timedelta(hours=2),
        "a.b@c",
        "None",
        "x",
        "B, None, None",
        "None",
        False,
        "None",
    )


def test_a_log_of_another_kind_is_told_by_the_fields_it_lacks() -> None:
    with pytest.raises(DataError, match=r"no field timestamp, user\.name"):
        schema.named("duo").sourced(pl.DataFrame({"a": [1]}))


def test_a_schema_of_ones_own_is_a_toml_file_and_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'timestamp = "t"\nuser = "u"\n[source]\nt = { time = "at" }\nu = { text = "who" }\nn = { number = "bytes" }\n'
        '[increments]\nsizes = { distinct = "n" }\n[model]\nfeatures = ["n", "sizes"]\n'
    )
    mine = schema.named(str(own))
    log = pl.DataFrame({"at": ["2022-08-01T00:00:00Z"] * 2, "who": ["a"] * 2, "bytes": ["7", "8"]})
    assert mine.counted(mine.sourced(log).frame)["sizes"].to_list() == [1, 2]
    own.write_text(own.read_text().replace("number", "nummer"))
    with pytest.raises(FingerprintError, match=r"own\.toml: source\.n"):
        schema.named(str(own))
    with pytest.raises(FingerprintError, match="choose one of azure, duo"):
        schema.named("okta")


# Files


def test_what_cannot_be_read_is_named_and_does_not_keep_the_rest(tmp_path: Path) -> None:
    for name, text in {"a.json": "[{", "b.json": "", "c.json": '[{"a": 1}]'}.items():
        (tmp_path / name).write_text(text)
    bad = expanded([str(tmp_path / "*.json")])
    read = Reader(schema.named("duo")).read([str(GOLDEN / "duo_raw.json"), *bad])
    assert len(read.frame) == 401
    assert [*read.bad] == bad
    assert "is empty" in read.bad[bad[1]]
    with pytest.raises(DataError, match=r"No file could be read: .*a\.json.*b\.json.*c\.json"):
        Reader(schema.named("duo")).read(bad)
    with pytest.raises(DataError, match=r"No file matches .*nothing"):
        expanded([str(tmp_path / "nothing*")])


def test_the_cache_knows_the_file_and_the_schema(tmp_path: Path) -> None:
    log, cache = tmp_path / "log.json", tmp_path / "cache"
    log.write_text((GOLDEN / "duo_raw.json").read_text())
    duo = schema.named("duo")
    first = Reader(duo, cache=cache).read([str(log)])
    again = Reader(duo, cache=cache).read([str(log)])
    assert again.frame.equals(first.frame)
    assert len([*cache.iterdir()]) == 1
    assert (
        Reader(duo.of_reference(), cache=cache).read([str(log)]).frame["result"].sum()
        == first.frame["result"].sum() + 1
    )
    log.write_text(json.dumps(json.loads(log.read_text())[:10]))
    assert len(Reader(duo, cache=cache).read([str(log)]).frame) == 10


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
        (Batcher(period="2D"), [(3, 2), (3, 2)]),
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
    ],
)
def test_a_batcher_refuses_what_cannot_be(options: dict[str, object], words: str) -> None:
    with pytest.raises(FingerprintError, match=words):
        Batcher(**options)  # type: ignore[arg-type]  # wrong on purpose


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
    with pytest.raises(FingerprintError, match="A user is called b"):
        [*Splitter(generic=True, individual=True, fallback="b").split(FRAME)]


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
    assert Windows(options, tmp_path).push(user, hours(0, 4)) is None
    due = Windows(options, tmp_path).push(user, hours(4, 2))
    assert due is not None
    assert len(due) == 6
    assert Windows(options, tmp_path).push(user, hours(6, 2)) is None
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".parquet"}
    assert len([*tmp_path.iterdir()]) == 2


# Messages


@pytest.mark.parametrize("path", sorted((DATA / "control_messages").glob("*.json")), ids=lambda path: path.stem)
def test_every_control_message_of_the_reference_is_understood(path: Path) -> None:
    read = [*messages(path.read_text(), path.name)]
    told = json.loads(path.read_text())["inputs"]
    assert len(read) == len(told)
    for message, given in zip(read, told, strict=True):
        assert isinstance(message, Message)
        assert list(message.files) == given["tasks"][0]["properties"]["files"]
        assert message.kind == next((task["type"] for task in given["tasks"][1:]), None)


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
    ("text", "words"), [("nope", "not JSON"), ("[]", 'expected {"inputs": [...]}'), (b"\xff", "JSON")]
)
def test_a_message_that_is_none_is_one_bad_message(text: str | bytes, words: str) -> None:
    (bad,) = messages(text, "m.json")
    assert isinstance(bad, Bad)
    assert words in bad.sentence()


# Generated logs


def test_generated_logs_are_the_same_for_a_seed_and_a_person_and_hold_every_anomaly() -> None:
    plan = Plan(users=12, days=20, anomalies=0.3, clean_days=5)
    made = events(plan)
    assert made == events(plan) != events(Plan(users=12, days=20, anomalies=0.3, clean_days=5, seed=1))
    assert [
        event
        for event in events(Plan(users=20, days=20, anomalies=0.3, clean_days=5))
        if event.user in {event.user for event in made}
    ] == made
    assert {event.label for event in made} == {"", *ANOMALIES}
    assert min(event.when for event in made if event.label) >= plan.start + timedelta(days=5)


@pytest.mark.parametrize("source", ["duo", "azure"])
def test_generated_files_read_by_their_schema_row_for_row(tmp_path: Path, source: str) -> None:
    plan = Plan(users=5, days=3, anomalies=0.5)
    files = write(plan, source, tmp_path)  # type: ignore[arg-type]  # one of the two
    own = schema.named(source)
    read = Reader(own).read([str(path) for path in files])
    assert (len(read.frame), read.dropped, read.bad) == (len(events(plan)), 0, {})
    assert set(own.model.features) < set(own.counted(read.frame).columns)
    labels = pl.read_csv(tmp_path / "labels.csv")
    assert labels["anomaly"].to_list() == [event.label for event in events(plan) if event.label]
    assert len(Batcher().batches([Batcher().dated(str(path), lambda _: LONG_AGO) for path in files])) >= 3
