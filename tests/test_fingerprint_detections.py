"""Detections: which rows they are, and how they come into a file whatever happens to the run."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from swapbench_models.fingerprint.error import DataError, FingerprintError
from swapbench_models.fingerprint.pipeline import detections
from swapbench_models.fingerprint.pipeline.detections import Unusual
from swapbench_models.fingerprint.pipeline.writer import Writer


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


Z = pl.DataFrame(
    {
        "mean_abs_z": [3.0, 2.5, 0.0, 4.0, float("nan")],
        "a_z_loss": [0.0, 9.0, 1.0, 1.0, 1.0],
        "b_z_loss": [0.0, 0.0, 2.0, 2.5, float("nan")],
        "n": range(5),
    }
)


@pytest.mark.parametrize(
    ("unusual", "frames"),
    [
        (Unusual(), [[0, 1, 3]]),
        (Unusual(slices=True), [[0, 1], [3]]),
        (Unusual(column="z_loss", source="tensor"), [[1, 3]]),
        (Unusual(column="z_loss", source="tensor", slices=True), [[1], [3]]),
        (Unusual(1.5, "z_loss", "tensor"), [[1, 2, 3]]),
        (Unusual(9.0), []),
    ],
)
def test_detections_come_as_one_copy_or_run_by_run_by_one_score_or_any_of_several(
    unusual: Unusual, frames: list[list[int]]
) -> None:
    found = unusual.of(Z)
    assert [frame["n"].to_list() for frame in found] == frames
    assert all(frame.columns == Z.columns for frame in found)


def test_a_tensor_that_no_result_has_is_told() -> None:
    with pytest.raises(DataError, match="no column that ends in _score"):
        Unusual(column="score", source="tensor").of(Z)


READ: dict[str, Callable[[Path], pl.DataFrame]] = {
    "d.csv": pl.read_csv,
    "d.jsonl": lambda path: pl.read_ndjson(path, infer_schema_length=None),
    "d.parquet": pl.read_parquet,
}
A, B = pl.DataFrame({"a": [1], "b": ["x"]}), pl.DataFrame({"a": [2], "c": ["y"]})


@pytest.mark.parametrize("name", READ)
def test_columns_that_come_later_are_counted_or_where_they_vary_written(tmp_path: Path, name: str) -> None:
    with Writer(tmp_path / name) as fixed:
        for frame in (A, B, B):
            fixed.write(frame)
    assert fixed.left_out == {"c": 2}
    with Writer(tmp_path / name, overwrite=True, fixed_columns=False) as varying:
        for frame in (A, B, A):
            varying.write(frame)
    wanted = [{"a": 1, "b": "x", "c": None}, {"a": 2, "b": None, "c": "y"}, {"a": 1, "b": "x", "c": None}]
    assert READ[name](tmp_path / name).to_dicts() == wanted
    assert varying.left_out == {}


@pytest.mark.parametrize("name", READ)
def test_a_run_that_found_nothing_leaves_no_former_detections_and_one_that_failed_does(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    with Writer(path) as writer:
        writer.write(A)
    with pytest.raises(RuntimeError), Writer(path, overwrite=True):
        raise RuntimeError
    assert READ[name](path).to_dicts() == A.to_dicts()
    with Writer(path, overwrite=True):
        pass
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", READ)
def test_a_kill_loses_nothing_that_was_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    killed = Writer(path)
    killed.write(A)
    killed.write(A)  # and never closed
    left = path if path.exists() else tmp_path / f"{name}.parts"
    found = READ[name](path) if path.exists() else pl.read_parquet(left / "*.parquet")
    assert found.to_dicts() == A.to_dicts() * 2
    with pytest.raises(FingerprintError, match=r"is there already.*give --overwrite"):
        Writer(path)
    with Writer(path, overwrite=True) as again:
        again.write(A)
    assert READ[name](path).to_dicts() == A.to_dicts()
    assert [*tmp_path.iterdir()] == [path]


def test_a_place_that_cannot_be_written_is_told_before_any_work(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "d.csv", tmp_path / "d.xls"):
        with pytest.raises(FingerprintError, match=r"cannot be written: No such file|write to a file that ends in"):
            Writer(path)
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(FingerprintError, match="cannot be written: Is a directory"):
        Writer(tmp_path / "d.csv", overwrite=True)
    Writer(tmp_path / "e.csv")
    assert not (tmp_path / "e.csv").exists()
