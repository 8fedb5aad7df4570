"""The pipeline: from control messages and files of logs to detections, and what it does with what it cannot use."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score

from models.fingerprint import schema
from models.fingerprint.autoencoder import AutoEncoder
from models.fingerprint.batcher import Batcher
from models.fingerprint.create import create
from models.fingerprint.detections import Unusual
from models.fingerprint.generate import Plan, write
from models.fingerprint.loading import Branch
from models.fingerprint.messages import messages
from models.fingerprint.pipeline import Pipeline
from models.fingerprint.reader import Reader
from models.fingerprint.store import MemoryStore
from models.fingerprint.users import Splitter
from models.fingerprint.window import WindowOptions
from models.fingerprint.windows import Windows

SMALL: dict[str, Any] = {"encoder_layers": (16, 8), "decoder_layers": (16,), "learning_rate": 0.05, "batch_size": 32}


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
        MemoryStore(),
        lambda: create("ae", **{**SMALL, "epochs": 15}),
        **choices,
    )


def test_the_pipeline_finds_what_was_planted_and_counts_what_it_could_not_use(tmp_path: Path) -> None:
    write(Plan(users=10, days=30, clean_days=23, anomalies=0.1), "duo", tmp_path)
    (tmp_path / "DUO_2022-08-03T01_00_00.000Z.json").write_text("[oops")
    days = (
        message("training", tmp_path, "2022-08-01", "2022-08-24"),
        message("inference", tmp_path, "2022-08-24", "2022-08-31"),
    )
    text = json.dumps({"inputs": [days[0], {"tasks": []}, days[1]]})
    piped = pipeline(unusual=Unusual(-1.0))
    found = pl.concat([*piped.run(messages(text, "m.json"))])
    assert piped.tally.counts["models trained"] == 10  # nine users and all
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


def test_one_users_failure_does_not_stop_the_others(tmp_path: Path) -> None:
    write(Plan(users=3, days=3), "duo", tmp_path)
    piped = pipeline()
    made = iter([RuntimeError("no luck")])

    def failing() -> AutoEncoder:
        for error in made:
            raise error
        return create("ae", **SMALL, epochs=1)

    piped.create = failing
    text = json.dumps({"inputs": [message("training", tmp_path, "2022-08-01", "2022-08-09")]})
    assert [*piped.run(messages(text, "m.json"))] == []
    assert piped.tally.counts["models trained"] == 3
    assert piped.tally.failures == ["user generic_user: RuntimeError: no luck"]


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
