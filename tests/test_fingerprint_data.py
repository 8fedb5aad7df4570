"""Authentication logs as columns: schemas, files of every shape, the cache, and generated logs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from swapbench_models.fingerprint.error import DataError, FingerprintError
from swapbench_models.fingerprint.files import expanded
from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.logs.batcher import Batcher
from swapbench_models.fingerprint.logs.generate import ANOMALIES, Plan, events, write
from swapbench_models.fingerprint.logs.reader import Reader

DATA = Path(__file__).parent / "data" / "fingerprint"
GOLDEN = DATA / "golden"
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
    assert (len(read.frame), read.dropped, read.bad) == (len(events(plan)), {}, {})
    assert set(own.model.features) < set(own.counted(read.frame).columns)
    labels = pl.read_csv(tmp_path / "labels.csv")
    assert labels["anomaly"].to_list() == [event.label for event in events(plan) if event.label]
    assert len(Batcher().batches([Batcher().dated(str(path), lambda _: LONG_AGO) for path in files])) >= 3
