"""Training as the reference does it: each batch of each epoch is prepared anew from its frame of pandas.

The steps are those of dfencoder (Alliance for Decision Education, BSD-3), in Morpheus' DFP: a batch is cut out of the
frame and its rows are shuffled, numbers are scaled, truths and categories become numbers, column by column; some cells
are swapped, and all become tensors. Network, loss, optimizer and draws are ours, so that the losses are the same where
rows are not shuffled within their batch.
"""

import time
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from swapbench_models.fingerprint.model.features import Features, Rows
from swapbench_models.fingerprint.model.network import Network, losses
from swapbench_models.fingerprint.model.options import Options
from swapbench_models.fingerprint.model.training import optimizer, origins
from swapbench_models.training.progress import Progress


def train(
    network: Network, known: Features, frame: pd.DataFrame, check: pd.DataFrame, options: Options, shuffle: bool = True
) -> Progress:
    """Train in place on a frame, and say how it went; `check` validates after each epoch."""
    began = time.perf_counter()
    progress = Progress()
    generator = torch.Generator().manual_seed(options.seed)
    updates = optimizer(network, options)
    size = options.batch_size
    batches = -(-len(frame) // size)
    for _ in range(options.epochs):
        network.train()
        total = 0.0
        for place in torch.randperm(batches, generator=generator).tolist():
            part = frame.iloc[place * size : (place + 1) * size]
            prepared = _prepared(part.sample(frac=1.0) if shuffle else part, known)
            origin = origins(len(part), len(known.names), options.swap_probability, generator).numpy()
            noisy = _swapped(prepared, origin)
            loss = losses(network(_tensors(noisy, known)), _tensors(prepared, known)).mean()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
            updates.step()
            updates.zero_grad()
            total += loss.item()
        progress.losses.append(total / batches)
        progress.steps += batches
        for group in updates.param_groups:
            group["lr"] *= options.learning_rate_decay or 1.0
        if len(check):
            progress.validation_losses.append(_checked(network, known, check, options.eval_batch_size))
    progress.stopped, progress.seconds = "epochs", time.perf_counter() - began
    return progress


@torch.no_grad()
def _checked(network: Network, known: Features, check: pd.DataFrame, size: int) -> float:
    network.eval()
    found = []
    for first in range(0, len(check), size):
        rows = _tensors(_prepared(check.iloc[first : first + size], known), known)
        found.append(losses(network(rows), rows).mean().item())
    return float(np.mean(found))


def _prepared(part: pd.DataFrame, known: Features) -> pd.DataFrame:
    """Return a batch with each column as numbers."""
    made = part.copy()
    for name, scaler in known.numeric.items():
        made[name] = scaler.scale(made[name].fillna(known.means[name]).to_numpy(float))
    for name in known.binary:
        made[name] = made[name].fillna(value=False).astype(bool).astype(int)
    for name, seen in known.categorical.items():
        codes = pd.Index(seen).get_indexer(pd.Index(made[name]))
        made[name] = np.where(codes < 0, len(seen), codes)
    return made


def _swapped(prepared: pd.DataFrame, origin: NDArray[Any]) -> pd.DataFrame:
    made = prepared.copy()
    for place, name in enumerate(prepared.columns):
        made[name] = prepared[name].to_numpy()[origin[:, place]]
    return made


def _tensors(prepared: pd.DataFrame, known: Features) -> Rows:
    def tensor(names: Iterable[str], kind: type) -> torch.Tensor:
        return torch.from_numpy(prepared[[*names]].to_numpy(kind, copy=True))

    return Rows(
        tensor(known.numeric, np.float32), tensor(known.binary, np.float32), tensor(known.categorical, np.int64)
    )
