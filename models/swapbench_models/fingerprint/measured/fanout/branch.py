"""Branches: one model trained on the rows that all branches share, and written to a store of its own."""

import hashlib
import time
from pathlib import Path
from statistics import fmean
from typing import Any

from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.logs.schema import Schema
from swapbench_models.fingerprint.logs.users import Splitter
from swapbench_models.fingerprint.measured.fanout.arm import Branch, Work
from swapbench_models.fingerprint.model.create import create
from swapbench_models.fingerprint.model.stored import AutoEncoders
from swapbench_models.fingerprint.pipeline.usermodels import About, Names, UserModels
from swapbench_models.training.progress import Progress


def prepared(frame: Any, known: Schema) -> Any:
    """Return the rows of all users with the features that a model is given, their moments and their users."""
    counted = known.counted(frame)
    features = [name for name in counted.columns if name in known.model.features]
    return counted.select([*dict.fromkeys([known.timestamp, known.user, *features])])


def trained(name: str, frame: Any, work: Work, folder: str | None) -> Branch:
    """Train one kind of model on the rows of each of the users and write the models, where a folder is given; the frame
    is shared and only read."""
    known = schema.named(work.source)
    kept = store(name, work, folder) if folder else None
    splitter = Splitter(known.user, work.users != "individual", work.users != "generic")
    train_s, write_s, rows, steps, epochs = 0.0, 0.0, 0, 0, 0
    losses: list[float] = []
    digest = hashlib.sha256()
    for user, theirs in splitter.split(frame):
        began = time.perf_counter()
        model = create(name, epochs=work.epochs, seed=work.seed)
        model.fit(theirs.select(each for each in frame.columns if each in known.model.features))
        ended = time.perf_counter()
        if kept is not None:
            times: Any = theirs[known.timestamp]
            kept.put(user, model, About(times.min(), times.max(), len(theirs), known.digest))
        train_s, write_s = train_s + ended - began, write_s + time.perf_counter() - ended
        progress = model.progress or Progress()
        rows, steps, epochs = rows + len(theirs), steps + progress.steps, max(epochs, progress.epochs_run)
        losses.append(progress.losses[-1])
        digest.update(_digest(model).encode())
    return Branch(name, train_s, write_s, rows, epochs, steps, fmean(losses), digest.hexdigest()[:16])


def store(name: str, work: Work, folder: str) -> UserModels:
    """Return a branch's own store, which is made when it is not there."""
    from swapbench_models.store.mlflow_store import MlflowStore  # takes seconds to import

    place = Path(folder) / name
    place.mkdir(exist_ok=True)
    made = MlflowStore(AutoEncoders(), f"sqlite:///{place}/mlflow.db")
    return UserModels(made, Names(work.source, name.upper() + "-{source}-{user_id}"))


def _digest(model: Any) -> str:
    digest = hashlib.sha256()
    for name, weights in sorted(model.network.state_dict().items()):
        digest.update(name.encode() + weights.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
