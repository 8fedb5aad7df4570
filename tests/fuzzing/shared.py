"""What readers of trained models share: checkpoints and sealed JSON, and their seals put on anew."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from fuzzing.reader import Reader
from swapbench_models import sealed
from swapbench_models.error import FamilyError
from swapbench_models.store.sealed import SUMS, Sealed, write
from swapbench_models.training import checkpoint, failures

_STANDS_ON = {"model": "mine", "data": "0" * 64}


def reseal_checkpoint(content: bytes) -> bytes:
    """Return a checkpoint with the digest of what it is now."""
    before, _, after = checkpoint._sealed(content)
    return b"".join((before, checkpoint._digest(before, after).encode(), after))


def reseal_json(content: bytes) -> bytes:
    """Return sealed JSON with the digest of what it is now."""
    values = json.loads(content)
    values.pop("sha256", None)
    return json.dumps({"sha256": sealed.digest(values), **values}).encode()


def reseal_folder(path: Path) -> None:
    """Write the sums of a folder anew for what a file of it is now, for most of what that can be."""
    if path.name == SUMS or not path.is_file() or path.is_symlink() or sum(path.read_bytes()[:64]) % 5 == 0:
        return
    write(path.parent, {file.name: file.read_bytes() for file in path.parent.iterdir() if file.name != SUMS})


def _checkpoints(folder: Path) -> Sequence[Path]:
    file = folder / "latest.safetensors"
    values = {
        "model": {"w": torch.arange(6.0).reshape(2, 3), "b": torch.zeros(3)},
        "state": {0: {"step": torch.tensor(3.0)}, "rate": [0.1, (1, None)]},
        "epoch": 3,
    }
    checkpoint.save(file, values, _STANDS_ON)
    return [file]


def _read_checkpoint(path: Path) -> None:
    checkpoint.read(path, _STANDS_ON)


def _sealed_files(folder: Path) -> Sequence[Path]:
    sealed.write(folder / "run.json", {"version": 1, "values": {"a": [1, 2.5, None]}, "name": "mine"})
    return [folder / "run.json"]


def _failures(folder: Path) -> Sequence[Path]:
    (folder / failures.FILE).write_text(json.dumps({"configuration": "c", "failed": {"2": "no memory"}}))
    return [folder / failures.FILE]


def _tried(path: Path) -> None:
    class Sharing:
        accumulation = 1

    failures.noted(lambda sharing: None, path.parent, "c")(Sharing())  # type: ignore[arg-type]


def _folders(folder: Path) -> Sequence[Path]:
    write(folder / "model", {"weights": b"01234567" * 10, "about.json": b'{"a": 1}'})
    return [folder / "model" / name for name in ("weights", "about.json", SUMS)]


def _read_folder(path: Path) -> None:
    reseal_folder(path)
    for name in ("weights", "about.json"):
        Sealed(path.parent).read(name)


READERS = {
    "checkpoint": Reader(_checkpoints, _read_checkpoint, (FamilyError,), seal=reseal_checkpoint),
    "sealed JSON": Reader(_sealed_files, sealed.read, (FamilyError,), seal=reseal_json),
    "batches that failed": Reader(_failures, _tried, (FamilyError, MemoryError), named=False),
    "sealed folder": Reader(_folders, _read_folder, (FamilyError,), named=False),
}
