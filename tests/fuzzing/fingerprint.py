"""The readers of the family `fingerprint`, and files as it writes them."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from fuzzing.reader import Reader
from fuzzing.shared import reseal_folder
from swapbench_models.error import FamilyError
from swapbench_models.fingerprint.control.inputs import written
from swapbench_models.fingerprint.control.messages import Message
from swapbench_models.fingerprint.files import frame
from swapbench_models.fingerprint.logs import objects, schema
from swapbench_models.fingerprint.logs.batcher import Batcher
from swapbench_models.fingerprint.logs.kept import _HEAD, keep, kept
from swapbench_models.fingerprint.logs.reader import Reader as LogReader
from swapbench_models.fingerprint.logs.window import WindowOptions
from swapbench_models.fingerprint.logs.windows import Windows
from swapbench_models.fingerprint.model.autoencoder import AutoEncoder
from swapbench_models.fingerprint.model.create import create
from swapbench_models.fingerprint.model.stored import AutoEncoders
from swapbench_models.fingerprint.pipeline.loading import batcher_of, reader_of
from swapbench_models.fingerprint.pipeline.usermodels import NOTED
from swapbench_models.store.sealed import SUMS
from swapbench_models.store.shelf import Shelf

_DATA = Path(__file__).parents[1] / "data" / "fingerprint"
_SMALL: dict[str, Any] = {"encoder_layers": (8,), "decoder_layers": (8,), "epochs": 1}


@cache
def _rows() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "logcount": [float(place % 5) for place in range(40)],
            "result": [place % 7 != 0 for place in range(40)],
            "browser": ["Chrome" if place % 3 else "Edge" for place in range(40)],
        }
    )


@cache
def _model() -> AutoEncoder:
    return create("ae", **_SMALL).fit(_rows())


# Logs


def _logs(folder: Path) -> Sequence[Path]:
    rows = json.loads((_DATA / "golden" / "duo_raw.json").read_bytes())[:6]
    lines = list(map(json.dumps, rows))
    flat = objects.flattened(rows, schema.named("duo").paths())
    (folder / "log.jsonl").write_text("\n".join(lines))
    (folder / "log.json").write_text(json.dumps(rows))
    (folder / "log.json.gz").write_bytes(gzip.compress(json.dumps(rows).encode()))
    flat.write_csv(folder / "log.csv")
    flat.write_parquet(folder / "log.parquet")
    return sorted(folder.glob("log.*"))


def _read_log(path: Path) -> None:
    """Read it as one frame, and by a schema, by way of a cache."""
    with suppress(FamilyError):
        frame(str(path))
    known = schema.named("duo")
    made = LogReader(known, cache=path.parent / "cache").read([str(path)]).frame
    known.counted(made)
    shutil.rmtree(path.parent / "cache", ignore_errors=True)


def _kept_rows(folder: Path) -> Sequence[Path]:
    keep(folder / "rows", _rows(), {"key": "k", "dropped": {}, "unknown": {}})
    return [folder / "rows"]


def _reseal_rows(content: bytes) -> bytes:
    body = content[_HEAD:]
    return content[: _HEAD - 65] + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _windows(folder: Path) -> Sequence[Path]:
    windows = Windows(WindowOptions(min_history=100), folder / "windows", "s")
    windows.push("ann", _timed())
    windows.commit()
    return [windows._path("ann")]


def _timed() -> pl.DataFrame:
    return _rows().with_columns(
        pl.datetime_range(pl.datetime(2022, 8, 1), pl.datetime(2022, 8, 1, 0, 39), "1m").alias("timestamp")
    )


def _read_windows(path: Path) -> None:
    windows = Windows(WindowOptions(min_history=100), path.parent, "s")
    windows.push("ann", _timed())
    windows.commit()


def _schemas(folder: Path) -> Sequence[Path]:
    return [Path(shutil.copy(schema._FOLDER / f"{name}.toml", folder)) for name in schema.names()]


def _read_schema(path: Path) -> None:
    known = schema.named(str(path))
    known.of_reference().paths()
    assert known.digest


# Control messages


def _messages(folder: Path) -> Sequence[Path]:
    return [Path(shutil.copy(file, folder)) for file in sorted((_DATA / "control_messages").glob("*.json"))]


def _read_messages(path: Path) -> None:
    known = schema.named("duo")
    for lenient in (False, True):
        for each in written([str(path)], lenient):
            if isinstance(each, Message):
                _asked_for(each, known)
            else:
                each.sentence()


def _asked_for(message: Message, known: schema.Schema) -> None:
    with suppress(FamilyError):
        batcher, _ = batcher_of(message, Batcher()), reader_of(message, LogReader(known))
        files = [batcher.dated(f"a/DUO_2022-08-0{day}T00_05_06.806Z.json", _dated) for day in range(1, 4)]
        batcher.batches(files)


def _dated(name: str) -> datetime:
    return datetime(2022, 8, 1, tzinfo=UTC)


# Models


def _models(folder: Path) -> Sequence[Path]:
    _model().save(folder / "model")
    return [folder / "model" / name for name in ("model.json", "weights.safetensors", SUMS)]


def _load(path: Path) -> None:
    reseal_folder(path)
    model = AutoEncoder.load(path.parent)
    model.results(_rows())
    model.count_parameters()


def _shelves(folder: Path) -> Sequence[Path]:
    shelf = Shelf(AutoEncoders(), folder / "shelf", NOTED)
    place = shelf.put(_model(), dict.fromkeys(NOTED, "x"))
    return [place / "about.json"]


def _sent(path: Path) -> None:

    reseal_folder(path)
    shelf = Shelf(AutoEncoders(), path.parents[1], NOTED)
    for sent in shelf.send(lambda model, note: str(note)):
        if sent.error is not None:
            raise sent.error
        shelf.put(_model(), dict.fromkeys(NOTED, "x")).rename(path.parent)  # it has left the shelf


def _published(folder: Path) -> Sequence[Path]:
    names = ("ae_weights.npz", "ae_meta.json")
    return [Path(shutil.copy(_DATA / "golden" / name, folder)) for name in names]


def _take_over(path: Path) -> None:
    AutoEncoder.from_reference(path.parent / "ae_weights.npz", path.parent / "ae_meta.json")


READERS = {
    "logs": Reader(_logs, _read_log, (FamilyError, OSError)),
    "rows that are kept": Reader(_kept_rows, kept, (FamilyError, OSError), seal=_reseal_rows, named=False),
    "windows": Reader(_windows, _read_windows, (FamilyError,), seal=_reseal_rows),
    "schema": Reader(_schemas, _read_schema, (FamilyError,), named=False),
    "control messages": Reader(_messages, _read_messages, (FamilyError,)),
    "models": Reader(_models, _load, (FamilyError,), named=False),
    "shelf": Reader(_shelves, _sent, (FamilyError,), named=False),
    "the reference's models": Reader(_published, _take_over, (FamilyError,), named=False),
}
