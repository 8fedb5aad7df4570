"""Branches: one model trained on the rows that all branches share, and written to a store of its own."""

import hashlib
import time
from pathlib import Path
from typing import Any

from models.fingerprint import schema
from models.fingerprint.create import create
from models.fingerprint.fanout.arm import Branch, Work
from models.fingerprint.schema import Schema
from models.fingerprint.store import About, Store
from models.fingerprint.training import Progress
from models.fingerprint.users import GENERIC


def prepared(frame: Any, known: Schema) -> Any:
    """Return the rows of all users with the features that a model is given, and their moments."""
    counted = known.counted(frame)
    return counted.select(known.timestamp, *(name for name in counted.columns if name in known.model.features))


def trained(name: str, frame: Any, work: Work, folder: str | None) -> Branch:
    """Train one model on all rows and write it, where a folder is given; the frame is shared and only read."""
    known = schema.named(work.source)
    began = time.perf_counter()
    model = create(name, epochs=work.epochs, seed=work.seed)
    model.fit(frame.drop(known.timestamp))
    ended = time.perf_counter()
    if folder:
        times = frame[known.timestamp]
        store(name, work, folder).put(GENERIC, model, About(times.min(), times.max(), len(frame), known.digest))
    wrote = time.perf_counter()
    progress = model.progress or Progress()
    return Branch(
        name,
        ended - began,
        wrote - ended,
        len(frame),
        progress.epochs_run,
        progress.steps,
        progress.losses[-1],
        _digest(model),
    )


def store(name: str, work: Work, folder: str) -> Store:
    """Return a branch's own store, which is made when it is not there."""
    from models.fingerprint.mlflow_store import MlflowStore  # takes seconds to import

    place = Path(folder) / name
    place.mkdir(exist_ok=True)
    return MlflowStore(work.source, f"sqlite:///{place}/mlflow.db", name.upper() + "-{source}-{user_id}")


def _digest(model: Any) -> str:
    digest = hashlib.sha256()
    for name, weights in sorted(model.network.state_dict().items()):
        digest.update(name.encode() + weights.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
