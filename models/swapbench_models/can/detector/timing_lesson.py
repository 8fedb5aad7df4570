"""The lesson of the detector that knows time: frames are told apart, and windows by their most suspicious frame."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from swapbench_models.can.detector.timing_settings import TimingSettings
from swapbench_models.can.error import CanError
from swapbench_models.can.networks.timing import FrameNetworks
from swapbench_models.can.timing.augmented import augmented
from swapbench_models.can.timing.graphs import FrameGraphs
from swapbench_models.can.windows.windows import Indices, Windows
from swapbench_models.training.keeper import Keeper
from swapbench_models.training.loop import Training, train
from swapbench_models.training.memory import Sharing
from swapbench_models.training.plan import Plan
from swapbench_models.training.progress import Progress

_FRAMES = 0.1  # what the loss of a window's frames weighs beside the window's own
_FEW_SINGLES = 0.01


@dataclass(frozen=True)
class Batch:
    """Graphs of windows, and which of their frames were injected (n, size)."""

    signals: Tensor
    before: Tensor
    after: Tensor
    injected: Tensor

    def __len__(self) -> int:
        return len(self.signals)


@dataclass(frozen=True)
class Source:
    """Graphs of windows, which of their frames were injected (n, size), and which windows are taken."""

    graphs: FrameGraphs
    injected: NDArray[np.int8]
    taken: Indices


class Examples:
    """Some of the windows, as they are and with attacks put in."""

    def __init__(self, sources: Sequence[Source], settings: TimingSettings) -> None:
        self._signals, self._most = list(settings.signals), settings.most
        self._sources = tuple(sources)
        self._parts = np.concatenate([np.full(len(each.taken), part) for part, each in enumerate(sources)])
        self._places = np.concatenate([each.taken for each in sources])
        attacked = np.concatenate([each.injected[each.taken].any(axis=1) for each in sources])
        self.labels = attacked.astype(np.int64)
        self._classes = [np.flatnonzero(attacked), np.flatnonzero(~attacked)]

    @classmethod
    def of(cls, windows: Windows, parts: Sequence[Indices], settings: TimingSettings, seed: int) -> "list[Examples]":
        """Return the examples of parts of the windows; the seed draws the attacks that are put in.

        Where hardly any attack of the first part is a single frame in its window, none are: dense attacks are told by
        themselves, and who knows single frames too takes what a bus does when something happens for attacks.
        """
        made = [_sources(windows, parts, settings.opening_s)]
        if settings.every and _singles(made[0][0]) >= _FEW_SINGLES:
            put_in = augmented(windows, parts, settings.every, settings.opening_s, seed)
            made.append(_sources(*put_in, settings.opening_s))
        return [cls(sources, settings) for sources in zip(*made, strict=True)]

    def __len__(self) -> int:
        return len(self._places)

    @property
    def per_epoch(self) -> int:
        """How many windows an epoch has."""
        return sum(min(self._most, len(each)) for each in self._classes)

    def drawn(self, generator: torch.Generator) -> NDArray[np.int64]:
        """Return the windows of an epoch in an order that is drawn."""
        chosen = [each[torch.randperm(len(each), generator=generator).numpy()[: self._most]] for each in self._classes]
        windows = np.concatenate(chosen)
        order: NDArray[np.int64] = windows[torch.randperm(len(windows), generator=generator).numpy()]
        return order

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Return some of the windows."""
        made = []
        for part, source in enumerate(self._sources):
            taken = self._places[indices[self._parts[indices] == part]]
            signals, before, after = source.graphs.take(taken)
            made.append((signals[:, :, self._signals], before, after, source.injected[taken].astype(np.float32)))
        return Batch(*(torch.from_numpy(np.concatenate(each)) for each in zip(*made, strict=True)))


def _singles(source: Source) -> float:
    """Return the share of windows with a single injected frame in those with any."""
    counts = source.injected[source.taken].sum(axis=1)
    return float((counts == 1).sum()) / max(1, int((counts > 0).sum()))


def _sources(windows: Windows, parts: Sequence[Indices], opening_s: float) -> list[Source]:
    graphs, injected = FrameGraphs.of(windows, opening_s), windows.frames.attacks[windows.places]
    return [Source(graphs, injected, part) for part in parts]


def teach(
    network: FrameNetworks,
    given: Examples,
    settings: TimingSettings,
    sharing: Sharing,
    seed: int,
    latest: Path | None,
    stands_on: dict[str, str],
    bar: bool,
) -> Progress:
    """Teach in place, and keep each epoch where there is a file for it; the last epoch's weights are left.

    Raises CanError where a loss is no number, and what a keeper raises.
    """
    steps = settings.epochs * -(-given.per_epoch // sharing.effective)

    def rate(step: int, _epoch: int) -> float:
        rising = min(1.0, (step + 1) / max(1, steps // 10))
        return settings.learning_rate * rising * (1 + math.cos(math.pi * step / steps)) / 2

    def batches(_epoch: int, generator: torch.Generator) -> Iterator[Batch]:
        return map(given.batch, sharing.cut(given.drawn(generator)))

    def loss(batch: Batch, _generator: torch.Generator) -> Tensor:
        return losses(network(batch.signals, batch.before, batch.after), batch.injected).mean()

    optimizer = torch.optim.AdamW(network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    training = Training(network, optimizer, loss, batches, rate=rate, draws=False)
    plan = Plan(settings.epochs, sharing.accumulation, settings.clip, seed=seed)
    progress = train(training, plan, Keeper(latest, stands_on) if latest else None, bar)
    if progress.stopped == "diverged":
        told = f"learning_rate={settings.learning_rate:g}"
        raise CanError(f"Training diverged in epoch {progress.epochs_run}: its loss is no number; lower {told}.")
    return progress


def losses(logits: Tensor, injected: Tensor) -> Tensor:
    """Return the loss of each window (members, n), by the logits of its frames (members, n, size) and which were
    injected (n, size).

    A window is as suspicious as its most suspicious frame, as a bag of instances is (Dietterich and others, "Solving
    the multiple instance problem with axis-parallel rectangles", 1997), and since frames are labelled they count too.
    """
    true = injected.expand_as(logits)
    frames = functional.binary_cross_entropy_with_logits(logits, true, reduction="none").sum(dim=2)
    windows = functional.binary_cross_entropy_with_logits(logits.amax(dim=2), true.amax(dim=2), reduction="none")
    return _FRAMES * frames + windows
