"""Detections: which rows they are, and how they come into a file whatever happens to the run."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from models.fingerprint import detections
from models.fingerprint.error import DataError, FingerprintError
from models.fingerprint.writer import Writer


def test_a_detection_is_strictly_above_the_threshold() -> None:
    rows = pl.DataFrame({"mean_abs_z": [1.0, 2.0, 2.1, None, float("nan"), 5.0]})
    assert detections.above(rows)["mean_abs_z"].to_list() == [2.1, 5.0]
    with pytest.raises(DataError, match="no column score to filter by"):
        detections.above(rows, column="score")


def test_columns_are_chosen_by_what_their_names_begin_with() -> None:
    rows = pl.DataFrame({"a": [1], "ab": [1], "_row_hash": [1], "cab": [1]})
    assert detections.chosen(rows, include=["a", "_"], exclude=["_row"]).columns == ["a", "ab"]


@pytest.mark.parametrize(
    ("name", "read"), [("d.csv", pl.read_csv), ("d.jsonl", pl.read_ndjson), ("d.parquet", pl.read_parquet)]
)
def test_detections_are_appended_with_the_columns_of_the_first(
    tmp_path: Path, name: str, read: Callable[[Path], pl.DataFrame]
) -> None:
    with Writer(tmp_path / name) as writer:
        writer.write(pl.DataFrame({"a": [1], "b": ["x"]}))
        writer.write(pl.DataFrame({"a": [2], "c": ["y"]}))
    assert read(tmp_path / name).to_dicts() == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    with pytest.raises(FingerprintError, match="is there already"):
        Writer(tmp_path / name)
