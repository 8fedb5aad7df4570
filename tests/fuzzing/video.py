"""The readers of the family `video`, and files as it writes them."""

import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fuzzing.reader import Reader
from fuzzing.shared import reseal_checkpoint, reseal_json
from swapbench_models.error import FamilyError
from swapbench_models.training.memory import Attempt
from swapbench_models.video.classifier.create import classifier
from swapbench_models.video.classifier.linear import _digest
from swapbench_models.video.data import metadata
from swapbench_models.video.data.generate import generate
from swapbench_models.video.data.kept import Kept
from swapbench_models.video.data.mark import Mark
from swapbench_models.video.data.plan import Plan
from swapbench_models.video.features.cache import Cache
from swapbench_models.video.networks.pretrained import load_pretrained
from swapbench_models.video.reading.codec import codec
from swapbench_models.video.reading.frames import frames
from swapbench_models.video.runs import predictions
from swapbench_models.video.runs.clips import Clips, as_table, read_clips
from swapbench_models.video.runs.configuration import Configuration
from swapbench_models.video.runs.description import Description, run_in
from swapbench_models.video.runs.fold import MODEL, PREDICTIONS, Cell, Result
from swapbench_models.video.runs.folder import Folder
from swapbench_models.video.runs.predictions import Predictions
from swapbench_models.video.runs.scores import scores
from video_clips import encode

_CLASSES = ("no", "yes")


def _clips(folder: Path) -> Sequence[Path]:
    made = [encode(folder / f"clip.{ending}", count=6, width=32, height=32) for ending in ("mp4", "mkv", "avi")]
    return [*made, encode(folder / "clip.webm", "libvpx", count=6, width=32, height=32), _gif(folder / "clip.gif")]


def _gif(path: Path) -> Path:
    return encode(path, "gif", count=4, width=32, height=32, pixels="rgb8")


def _read_clip(path: Path) -> None:
    codec(path)
    frames(path, 3, 16)


# Tables

_PLAN = Plan(clips=4, frames=4, size=64)


def _tables(folder: Path) -> Sequence[Path]:
    generate(_PLAN, folder / "set")
    rows = [
        {"video_path": f"clip_0000{n}.mp4", "label": _CLASSES[n % 2], "platform": "a", "dup_group": f"{n}"}
        for n in range(4)
    ]
    metadata.write(folder / "set" / "own.csv", rows)
    return [folder / "set" / "own.csv"]


def _read_table(path: Path) -> None:
    found = metadata.read(path)
    inside = [clip for clip in found.paths if not str(clip).startswith("/etc")]
    assert found.labels.max() < len(found.classes)
    assert len(inside) == len(found.paths)


def _marks(folder: Path) -> Sequence[Path]:
    Mark(folder, _PLAN).set({"clip_00000.mp4": "0" * 64})
    return [folder / "generated.json"]


def _read_mark(path: Path) -> None:
    mark = Mark(path.parent, _PLAN)
    for force in (False, True):
        mark.check(force)
    mark.whole()
    mark.clear()


def _said() -> Predictions:
    chances = np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]])
    return Predictions(["a.mp4", "b.mp4", "c.mp4"], np.array([1, 0, 0]), chances)


def _predictions(folder: Path) -> Sequence[Path]:
    _said().write(folder / "predictions.csv", _CLASSES)
    return [folder / "predictions.csv"]


def _read_predictions(path: Path) -> None:
    found = predictions.read(path, _CLASSES)
    scores(found.labels, found.probabilities)


def _of_run() -> Clips:
    one = np.array([0, 1, 0, 1])
    return Clips(
        tuple(f"/clips/{n}.mp4" for n in range(4)),
        ("0" * 64,) * 4,
        one,
        ("a",) * 4,
        np.arange(4),
        np.array([1, 1, 2, 2]),
    )


def _run(folder: Path) -> Sequence[Path]:
    run = Folder(folder / "run")
    run.root.mkdir()
    table = as_table(_of_run())
    Description(Configuration(folds=2), "table.csv", _CLASSES, "label", (), {"code": "0"}).write(run, table)
    run.clips.write_bytes(table)
    return [run.description]


def _read_run(path: Path) -> None:
    description, clips = run_in(Folder(path.parent))
    clips.digest(description.classes)
    for fold in range(1, min(description.configuration.folds, 9) + 1):
        clips.test(fold)


def _clip_tables(folder: Path) -> Sequence[Path]:
    (folder / "clips.csv").write_bytes(as_table(_of_run()))
    return [folder / "clips.csv"]


def _folds(folder: Path) -> Sequence[Path]:
    cell = Cell(Folder(folder / "run"), "svm", 1)
    cell.folder.mkdir(parents=True)
    for name in (MODEL, PREDICTIONS):
        (cell.folder / name).write_text(name)
    said = _said()
    result = Result(1, scores(said.labels, said.probabilities), 10, (Attempt(4, 2, "no memory"),), 1.5, 0.5)
    cell._mark(result, {"code": "0"})
    return [cell.folder / "fold_complete.json"]


def _read_fold(path: Path) -> None:
    from swapbench_models.video.runs import results

    found = Cell(Folder(path.parents[3]), "svm", 1).result({"code": "0"})
    if found is not None:
        results.table([results.row(found)], results.COLUMNS)


# What is kept


def _kept_arrays(folder: Path) -> Sequence[Path]:
    Kept(folder / "kept", 1 << 20).get("clip", _zeros)
    return [folder / "kept" / "clip.npy"]


def _zeros() -> Any:
    return np.zeros((2, 3), np.uint8)


def _read_kept(path: Path) -> None:
    Kept(path.parent, 1 << 20).get("clip", _zeros).sum()


def _reseal_kept(content: bytes) -> bytes:
    import hashlib

    return content[:-32] + hashlib.sha256(content[:-32]).digest()


def _features(folder: Path) -> Sequence[Path]:
    clip = encode(folder / "clip.mp4", count=4, width=32, height=32)
    kept = Cache(folder / "features", frames=2)
    kept.features(clip)
    return [kept._place(clip)]


def _read_features(path: Path) -> None:
    Cache(path.parent, frames=2).features(path.parents[1] / "clip.mp4")


def _reseal_text(content: bytes) -> bytes:
    body = content.decode().removesuffix("\n").partition("\n")[2]
    return f"{_digest(body)}\n{body}\n".encode()


# Models

_MODELS = ("logistic_regression", "svm", "naive_cnn")


def _fitted(folder: Path) -> Sequence[Path]:
    generate(Plan(clips=12, frames=4, size=64), folder / "set")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = metadata.read(folder / "set" / "metadata.csv")
        files = []
        for name in _MODELS:
            how = {"epochs": 1} if name == "naive_cnn" else {}
            model = classifier(name, seed=0, folder=folder / "cache", **how)
            model.fit([str(path) for path in data.paths], data.labels.tolist())
            model.save_fitted(folder / f"{name}.model")
            files.append(folder / f"{name}.model")
    return files


def _load(path: Path) -> None:
    model = classifier(path.stem, seed=0, folder=path.parent / "cache")
    model.load_fitted(path)
    model.count_parameters()


def _reseal_model(content: bytes) -> bytes:
    return reseal_checkpoint(content) if content[8:9] == b"{" else _reseal_text(content)


def _published(folder: Path) -> Sequence[Path]:
    from safetensors.torch import save_file

    network = _network()
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    torch.save({"model_state": weights}, folder / "published.pth")
    save_file(weights, folder / "published.safetensors")
    return [folder / "published.pth", folder / "published.safetensors"]


@cache
def _network() -> Any:
    from swapbench_models.video.create import create as network

    return network("x3d", num_classes=400, profile="quick")


def _load_published(path: Path) -> None:
    load_pretrained(_network(), path)


READERS = {
    "clips": Reader(_clips, _read_clip, (FamilyError,)),
    "table of clips": Reader(_tables, _read_table, (FamilyError,), named=False),
    "mark of a set": Reader(_marks, _read_mark, (FamilyError, OSError), named=False),
    "predictions": Reader(_predictions, _read_predictions, (FamilyError,), named=False),
    "description of a run": Reader(_run, _read_run, (FamilyError,), named=False, seal=reseal_json),
    "clips of a run": Reader(_clip_tables, read_clips, (FamilyError,)),
    "mark of a fold": Reader(_folds, _read_fold, (FamilyError,), named=False, seal=reseal_json),
    "arrays that are kept": Reader(_kept_arrays, _read_kept, (FamilyError,), seal=_reseal_kept, pipes=True),
    "features that are kept": Reader(_features, _read_features, (FamilyError,), seal=_reseal_text, pipes=True),
    "models": Reader(_fitted, _load, (FamilyError,), seal=_reseal_model),
    "published weights": Reader(_published, _load_published, (FamilyError,)),
}
