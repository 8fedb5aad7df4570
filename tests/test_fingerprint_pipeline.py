"""The pipeline: from control messages and files of logs to detections, and what it does with what it cannot use."""

import json
import shutil
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.metrics import average_precision_score

from swapbench_models.fingerprint.control.messages import Bad, messages
from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.logs.batcher import Batcher
from swapbench_models.fingerprint.logs.generate import Plan, write
from swapbench_models.fingerprint.logs.reader import Reader
from swapbench_models.fingerprint.logs.users import Splitter
from swapbench_models.fingerprint.logs.window import WindowOptions
from swapbench_models.fingerprint.logs.windows import Windows
from swapbench_models.fingerprint.model.autoencoder import AutoEncoder
from swapbench_models.fingerprint.model.create import create
from swapbench_models.fingerprint.model.stored import AutoEncoders
from swapbench_models.fingerprint.pipeline import loading
from swapbench_models.fingerprint.pipeline.detections import Unusual
from swapbench_models.fingerprint.pipeline.loading import Branch
from swapbench_models.fingerprint.pipeline.pipeline import Pipeline
from swapbench_models.fingerprint.pipeline.usermodels import NOTED, About, UserModels
from swapbench_models.store.error import ModelError
from swapbench_models.store.memory import MemoryStore
from swapbench_models.store.shelf import Shelf
from swapbench_models.store.store import Entry, Stored

ABOUT = About(datetime(2022, 8, 1, tzinfo=UTC), datetime(2022, 8, 9, tzinfo=UTC), 1, "abc")
SMALL: dict[str, Any] = {"encoder_layers": (16, 8), "decoder_layers": (16,), "optimizer": "adam", "epochs": 12} | {
    "learning_rate": 0.02,
    "batch_size": 128,
}


def message(kind: str, folder: Path, first: str, last: str, data_type: str = "payload") -> dict[str, Any]:
    return {
        "tasks": [
            {"type": "load", "properties": {"files": [str(folder / "DUO*.json")]}},
            {"type": kind, "properties": {}},
        ],
        "metadata": {"data_type": data_type, "batching_options": {"start_time": first, "end_time": last}},
    }


def pipeline(**choices: Any) -> Pipeline:
    duo = schema.named("duo")
    windows = Windows(WindowOptions("aggregate", 30, 30, "60d"))
    return Pipeline(
        duo,
        Reader(duo),
        {
            "training": Branch(Splitter(generic=True, individual=True, skip=("user0003@example.com",)), windows),
            "inference": Branch(Splitter(individual=True), Windows(WindowOptions())),
        },
        Batcher(),
        UserModels(MemoryStore()),
        lambda: create("ae", **SMALL),
        **choices,
    )


def test_the_pipeline_finds_what_was_planted_and_counts_what_it_could_not_use(tmp_path: Path) -> None:
    write(Plan(users=5, days=16, clean_days=12, anomalies=0.1), "duo", tmp_path)
    (tmp_path / "DUO_2022-08-03T01_00_00.000Z.json").write_text("[oops")
    days = (
        message("training", tmp_path, "2022-08-01", "2022-08-13"),
        message("inference", tmp_path, "2022-08-13", "2022-08-31"),
    )
    text = json.dumps({"inputs": [days[0], {"tasks": []}, days[1]]})
    piped = pipeline(unusual=Unusual(-1.0))
    found = pl.concat([*piped.run(messages(text, "m.json"))])
    assert piped.tally.counts["models trained"] == 5  # four users and all
    assert piped.tally.counts["bad messages"] == piped.tally.counts["bad files"] == 1
    assert any("01_00_00.000Z.json" in line for line in piped.tally.lines())
    assert piped.tally.counts["rows scored"] == piped.tally.counts["detections"] == len(found)
    versions = dict(found.select("username", "model_version").unique().iter_rows())
    assert versions["user0003@example.com"] == "DFP-duo-generic_user:1"
    assert versions["user0001@example.com"] == "DFP-duo-user0001@example_dot_com:1"
    labels = Counter(
        pl.read_csv(tmp_path / "labels.csv").select(pl.col("timestamp").str.strip_suffix("Z"), "username").iter_rows()
    )
    moments = found["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%S%.3f")
    planted = [pair in labels for pair in zip(moments, found["username"], strict=True)]
    assert sum(planted) == labels.total()
    assert average_precision_score(planted, found["mean_abs_z"].to_numpy()) > 3 * np.mean(planted)


class Quick:
    """A model that takes no time: a row is as unusual as the day is long."""

    def fit(self, _: pl.DataFrame) -> "Quick":
        return self

    def results(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(mean_abs_z=pl.col("logcount").cast(pl.Float64))


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days of three people."""
    folder = tmp_path_factory.mktemp("logs")
    write(Plan(users=3, days=4), "duo", folder)
    return folder


def quick(**choices: Any) -> Pipeline:
    piped = pipeline(**choices)
    piped.create = Quick  # type: ignore[assignment]  # it does what a pipeline needs of a model
    return piped


def text(*contents: dict[str, Any]) -> str:
    return json.dumps({"inputs": [*contents]})


BATCHING: dict[str, dict[str, Any]] = {
    "a period without end": {"period": "999999999999D"},
    "an endless sample": {"sampling": 1e999},
    "a moment before the first": {"start_time": "0001-01-01T00:00:00+05:00"},
    "a pattern without groups": {"iso_date_regex_pattern": "x"},
    "a pattern beyond reason": {"iso_date_regex_pattern": "(?P<year>x{99999999999})(?P<month>)(?P<day>)"},
}
FILES = {
    "an unknown protocol": "foo://x/*.json",
    "a protocol that needs a package": "gs://x/*.json",
    "a server that is not there": "http://127.0.0.1:9/x.json",
    "no such folder": "/nowhere/*.json",
    "a name with a zero": "a\0b",
}


@pytest.mark.parametrize("name", [*BATCHING, *FILES])
def test_no_message_keeps_the_one_behind_it(logs: Path, name: str) -> None:
    good = message("training", logs, "2022-08-01", "2022-08-09")
    bad = json.loads(json.dumps(good))
    bad["metadata"]["batching_options"].update(BATCHING.get(name, {}))
    if name in FILES:
        bad["tasks"][0]["properties"]["files"] = [FILES[name]]
    letters: list[Bad] = []
    piped = quick(dead=letters.append)
    assert [*piped.run(messages(text(bad, good), "m.json"))] == []
    assert piped.tally.counts["models trained"] == 4
    assert piped.tally.counts["messages that failed"] == len(letters) == 1
    assert any(line.startswith("m.json, inputs[0]: ") for line in piped.tally.failures)
    assert json.loads(letters[0].text) == {"inputs": [bad]}


def test_a_pattern_whose_year_is_letters_dates_files_by_their_modification(logs: Path) -> None:
    asked = message("training", logs, "2022-08-01", "2122-08-09")
    asked["metadata"]["batching_options"]["iso_date_regex_pattern"] = r"(?P<year>DUO)_(?P<month>\d+)-(?P<day>\d+)"
    piped = quick()
    assert [*piped.run(messages(text(asked), "m.json"))] == []
    assert piped.tally.counts["files dated by their modification"] == piped.tally.counts["files"] > 0


def test_a_file_without_any_date_is_told_and_the_others_are_read(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def undated(name: str) -> Any:
        raise NotImplementedError

    monkeypatch.setattr(loading, "modified", undated)
    asked = message("training", logs, "2022-08-01", "2022-08-09")
    asked["tasks"][0]["properties"]["files"].append(str(logs / "labels.csv"))
    piped = quick()
    assert [*piped.run(messages(text(asked), "m.json"))] == []
    assert piped.tally.counts["files without a date"] == 1
    assert piped.tally.counts["models trained"] == 4
    assert "labels.csv: neither its name nor its place has one: NotImplementedError" in piped.tally.failures[0]


@pytest.mark.parametrize("part", ["split", "kept", "counted", "read"])
def test_whatever_a_part_raises_is_one_messages(logs: Path, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class StrangeError(Exception):
        pass

    def strange(*_: Any, **__: Any) -> Any:
        raise StrangeError

    owner = {"split": Splitter, "kept": Splitter, "counted": schema.Schema, "read": Reader}[part]
    piped = quick()
    with monkeypatch.context() as changed:
        changed.setattr(owner, part, strange)
        asked = text(message("training", logs, "2022-08-01", "2022-08-09"))
        assert [*piped.run(messages(asked, "m.json"))] == []
    assert any("Strange" in line for line in piped.tally.failures)
    assert [*piped.run(messages(asked, "m.json"))] == []
    assert piped.tally.counts["models trained"] == 4


def test_a_day_that_cannot_be_read_costs_itself(logs: Path, tmp_path: Path) -> None:
    shutil.copytree(logs, tmp_path, dirs_exist_ok=True)
    for path in tmp_path.glob("DUO_2022-08-02*"):
        path.write_text("[{")
    asked = message("training", tmp_path, "2022-08-01", "2022-08-09")
    asked["metadata"]["batching_options"]["period"] = "D"
    piped = quick()
    assert [*piped.run(messages(text(asked), "m.json"))] == []
    assert piped.tally.counts["batches that could not be read"] == 1
    assert piped.tally.counts["messages that failed"] == 0
    assert piped.tally.counts["models trained"] > 4
    for path in tmp_path.glob("DUO*"):
        path.write_text("[{")
    letters: list[Bad] = []
    piped = quick(dead=letters.append)
    assert [*piped.run(messages(text(asked), "m.json"))] == []
    assert letters[0].errors == ("not one of its files could be read.",)


def test_files_that_all_lie_outside_the_window_are_told(logs: Path) -> None:
    piped = quick()
    assert [*piped.run(messages(text(message("training", logs, "2030-01-01", "2030-03-02")), "m.json"))] == []
    assert "files was written from 2030-01-01 to 2030-03-02." in piped.tally.failures[0]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_streamed_rows_whose_training_was_cut_off_are_trained_on_the_next_time(
    logs: Path, tmp_path: Path, stop: type[BaseException]
) -> None:
    asked = message("training", logs, "2022-08-01", "2022-08-09", "streaming")
    asked["metadata"]["batching_options"]["period"] = None

    def streaming() -> Pipeline:
        piped = quick()
        piped.branches["training"].windows = Windows(WindowOptions("aggregate", 5, 5), tmp_path)
        return piped

    def cut(*_: Any) -> Any:
        raise stop

    cut_off = streaming()
    cut_off.fit = cut
    with suppress(KeyboardInterrupt):
        assert [*cut_off.run(messages(text(asked), "m.json"))] == []
    again = streaming()
    assert [*again.run(messages(text(asked), "m.json"))] == []
    assert again.tally.counts["models trained"] == 4
    assert again.tally.counts["rows too late for training"] == 0
    third = streaming()
    assert [*third.run(messages(text(asked), "m.json"))] == []
    assert 0 < third.tally.counts["rows too late for training"] < third.tally.counts["rows"] * 2


def test_users_are_counted_once_however_many_batches_they_have(logs: Path) -> None:
    piped = quick()
    asked = message("inference", logs, "2022-08-01", "2022-08-09")
    asked["metadata"]["batching_options"]["period"] = "D"
    piped.models.put("generic_user", Quick(), ABOUT)  # type: ignore[arg-type]  # it does what a pipeline needs
    assert len([*piped.run(messages(text(asked), "m.json"))]) > 3
    assert piped.tally.counts["users scored by the model for all"] == 3


def test_rows_are_counted_for_the_models_that_were_trained_on_them(logs: Path) -> None:
    piped = quick()
    assert [*piped.run(messages(text(message("training", logs, "2022-08-01", "2022-08-09")), "m.json"))] == []
    counts = piped.tally.counts
    assert counts["rows that the model for all was trained on"] == counts["rows that users' own models were trained on"]
    assert counts["rows that the model for all was trained on"] == counts["rows"]


@pytest.mark.parametrize(("period", "cut"), [("6h", True), ("D", False), (None, False)])
@pytest.mark.parametrize("data_type", ["payload", "streaming"])
def test_counts_of_a_day_that_begin_anew_within_it_are_told(
    logs: Path, period: str | None, cut: bool, data_type: str
) -> None:
    piped = quick()
    asked = message("inference", logs, "2022-08-01", "2022-08-09", data_type)
    asked["metadata"]["batching_options"]["period"] = period
    piped.models.put("generic_user", Quick(), ABOUT)  # type: ignore[arg-type]  # it does what a pipeline needs
    assert [*piped.run(messages(text(asked), "m.json"))]
    told = piped.tally.counts["batches of users that begin within a day, whose logcount, locincrement begin anew"]
    assert (told > 0) is cut


def test_with_an_index_each_users_rows_are_numbered(logs: Path) -> None:
    piped = quick(unusual=Unusual(-1.0), index=True)
    piped.models.put("generic_user", Quick(), ABOUT)  # type: ignore[arg-type]  # it does what a pipeline needs
    asked = message("inference", logs, "2022-08-01", "2022-08-09")
    asked["metadata"]["batching_options"]["period"] = "D"
    found = pl.concat(piped.run(messages(text(asked), "m.json")))
    assert found.columns[0] == "index"
    for (_,), rows in found.group_by("username"):
        assert rows["index"].to_list() == [*range(len(rows))]


def test_a_model_that_neither_store_nor_shelf_takes_is_told_and_the_next_is_tried(logs: Path, tmp_path: Path) -> None:
    class Full(MemoryStore[AutoEncoder]):
        def put(self, model: AutoEncoder, entry: Entry) -> str:
            if entry.owner == {"user": "generic_user"}:
                raise RuntimeError("no room")
            return super().put(model, entry)

    (tmp_path / "file").write_text("")
    piped = quick()
    piped.models, piped.shelf = UserModels(Full()), Shelf(AutoEncoders(), tmp_path / "file", NOTED)
    assert [*piped.run(messages(text(message("training", logs, "2022-08-01", "2022-08-09")), "m.json"))] == []
    assert piped.tally.counts["models that the store did not take"] == 1
    (told,) = piped.tally.failures
    assert told.startswith("user generic_user: RuntimeError: no room Nor could it be put on the shelf: ")


def test_a_score_that_one_users_model_has_not_keeps_nobody_elses_detections(logs: Path) -> None:
    class Other(Quick):
        def results(self, frame: pl.DataFrame) -> pl.DataFrame:
            return super().results(frame).with_columns(n_loss=pl.lit(1.0))

    piped = quick(unusual=Unusual(0.0, "n_loss"))
    for user, model in (("generic_user", Other()), ("user0001@example.com", Quick())):
        piped.models.put(user, model, ABOUT)  # type: ignore[arg-type]  # it does what a pipeline needs
    found = pl.concat(piped.run(messages(text(message("inference", logs, "2022-08-01", "2022-08-09")), "m.json")))
    assert found["username"].n_unique() == 2
    assert piped.tally.counts["users whose detections could not be told"] == 1
    assert piped.tally.failures[0].startswith("user user0001@example.com: There is no column n_loss to filter by")


def test_one_users_failure_does_not_stop_the_others(tmp_path: Path) -> None:
    write(Plan(users=3, days=3), "duo", tmp_path)
    piped = pipeline()
    made = iter([RuntimeError("no luck")])

    def failing() -> AutoEncoder:
        for error in made:
            raise error
        return create("ae", **{**SMALL, "epochs": 1})

    piped.create = failing
    text = json.dumps({"inputs": [message("training", tmp_path, "2022-08-01", "2022-08-09")]})
    assert [*piped.run(messages(text, "m.json"))] == []
    assert piped.tally.counts["models trained"] == 3
    assert piped.tally.failures == ["user generic_user: RuntimeError: no luck"]


def test_a_person_called_as_the_model_for_all_is_has_a_model_of_their_own(tmp_path: Path) -> None:
    write(Plan(users=3, days=9), "duo", tmp_path)
    for path in tmp_path.glob("DUO*.json"):
        path.write_text(path.read_text().replace("user0001@example.com", "generic_user"))
    piped = pipeline(unusual=Unusual(-1.0))
    days = [message(kind, tmp_path, "2022-08-01", "2022-08-20") for kind in ("training", "inference")]
    found = pl.concat([*piped.run(messages(text(*days), "m.json"))])
    assert piped.tally.failures == []
    assert dict(found.select("username", "model_version").unique().iter_rows()) == {
        "generic_user": "DFP-duo-generic_user~user:1",
        "user0000@example.com": "DFP-duo-user0000@example_dot_com:1",
        "user0002@example.com": "DFP-duo-user0002@example_dot_com:1",
    }


def test_a_user_whose_model_is_damaged_falls_back_and_one_that_cannot_score_is_never_without_detections(
    tmp_path: Path,
) -> None:
    write(Plan(users=4, days=9), "duo", tmp_path)
    piped = pipeline(unusual=Unusual(-1.0))
    days = [message(kind, tmp_path, "2022-08-01", "2022-08-20") for kind in ("training", "inference")]
    assert [*piped.run(messages(text(*days[:1]), "m.json"))] == []
    latest, blind = piped.models.store.latest, piped.models.latest("user0002@example.com")
    assert blind is not None
    torch.nn.init.constant_(blind.model.network.layers[0].linear.bias, float("nan"))  # type: ignore[arg-type,union-attr]

    def damaged(name: str) -> Stored[AutoEncoder] | None:
        if name == "DFP-duo-user0001@example_dot_com":
            raise ModelError("its weights are damaged.")
        return latest(name)

    piped.models.store.latest = damaged  # type: ignore[method-assign]
    found = pl.concat([*piped.run(messages(text(*days[1:]), "m.json"))])
    versions = dict(found.select("username", "model_version").unique().iter_rows())
    assert versions["user0001@example.com"] == "DFP-duo-generic_user:1"
    counts = piped.tally.counts
    assert counts["rows whose score is not finite"] + counts["rows scored"] == counts["rows"] / 2
    assert len(found) == counts["rows scored"]
    assert [line.partition(":")[0] for line in piped.tally.failures] == [
        "user user0001@example.com",
        "user user0002@example.com",
    ]


def test_streamed_rows_wait_until_there_are_enough_of_a_user(tmp_path: Path) -> None:
    write(Plan(users=2, days=10), "duo", tmp_path)
    piped = pipeline()
    text = json.dumps({"inputs": [message("training", tmp_path, "2022-08-01", "2022-08-20", "streaming")]})
    assert [*piped.run(messages(text, "m.json"))] == []
    assert piped.tally.counts["batches of users that wait for more rows"] > 0
    assert piped.tally.counts["models trained"] > 0


def test_without_any_model_rows_are_counted_and_nothing_is_made_up(tmp_path: Path) -> None:
    write(Plan(users=2, days=2), "duo", tmp_path)
    piped = pipeline()
    text = json.dumps({"inputs": [message("inference", tmp_path, "2022-08-01", "2022-08-20")]})
    assert [*piped.run(messages(text, "m.json"))] == []
    assert piped.tally.counts["rows without a model"] == piped.tally.counts["rows"] > 0
