"""A detector that knows time and no identifiers: it judges each frame beside the opening of its own recording."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.detector.margin import threshold
from swapbench_models.can.detector.timing_lesson import Examples, teach
from swapbench_models.can.detector.timing_settings import timing_settings
from swapbench_models.can.error import CanError, DataError
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.networks.timing import FrameNetworks
from swapbench_models.can.standing import standing
from swapbench_models.can.timing.graphs import FrameGraphs, linked
from swapbench_models.can.timing.opening import Opening
from swapbench_models.can.timing.tracker import Tracker
from swapbench_models.can.windows.held_out import held_out
from swapbench_models.can.windows.windows import Indices, Windows
from swapbench_models.training import checkpoint
from swapbench_models.training.memory import Attempt, Sharing, within_memory
from swapbench_models.training.progress import Progress
from swapbench_models.training.seeding import seeded

_MOST = 256  # windows at a time


class Timing:
    """Networks over graphs of frames.

    A window's score is that of its most suspicious frame, so the frame that raises an alarm is known:
    `frame_scores` has all of them. `progress` says how its training went, and `bar` whether a terminal shows how far it
    is.
    """

    def __init__(self, *, profile: str = "standard", seed: int = 0, **options: Any) -> None:
        """Raise CanError for a profile or an option (of TimingSettings) that is not known."""
        self.profile, self.seed = profile, seed
        self.settings = timing_settings(profile, **options)
        self.attempts: tuple[Attempt, ...] = ()
        self.progress: Progress | None = None
        self.bar = False
        self._learnt: tuple[FrameNetworks, float] | None = None

    @property
    def threshold(self) -> float:
        return self._known()[1]

    @property
    def fit_s(self) -> float:
        """How long training took, in seconds, what was interrupted included, but for epochs that were not kept."""
        return self.progress.seconds if self.progress else 0.0

    def fit(self, windows: Windows, keeper_folder: Path | None = None) -> Self:
        """Train anew, in smaller batches and the same steps where memory is short; with a folder, on from the last
        epoch that is kept there."""
        labels = windows.labels
        if not len(labels):
            raise DataError(f"There is no window of {windows.size} frames to learn from; give longer recordings.")
        learned, judged = held_out(windows, labels, self.settings.validation, self.seed)
        given, judges = Examples.of(windows, (learned, judged), self.settings, self.seed)

        def attempt(sharing: Sharing) -> tuple[FrameNetworks, Progress]:
            network, stands_on, latest = self._network(), dict[str, str](), None
            if keeper_folder:
                told = {**self._told(), "batches": [sharing.effective, sharing.accumulation]}
                data = (*vars(windows.frames).values(), windows.counts, windows.first, learned)
                stands_on, latest = standing(told, data), _latest(keeper_folder, sharing)
            return network, teach(network, given, self.settings, sharing, self.seed, latest, stands_on, self.bar)

        made, self.attempts = within_memory(attempt, self.settings.batch_size, retries=self.settings.retries)
        network, self.progress = made
        batches = (judges.batch(part) for part in _cut(len(judges)))
        logits = np.concatenate([_said(network, each.signals, each.before, each.after) for each in batches])
        self._learnt = network, float(_sigmoid(threshold(logits.max(axis=1), judges.labels)))
        return self

    def scores(self, windows: Windows) -> Scores:
        scores: Scores = self.frame_scores(windows).max(axis=1)
        return scores

    def frame_scores(self, windows: Windows) -> NDArray[np.float64]:
        """Return how sure it is of each frame of each window (n, size) that it was injected, from 0 to 1."""
        network, _ = self._known()
        return self._of_frames(network, self.graphs(windows))

    def graphs(self, windows: Windows) -> FrameGraphs:
        """Return what the network is given of windows."""
        return FrameGraphs.of(windows, self.settings.opening_s)

    def following(self, opening: Frames, size: int) -> "Following":
        """Return what goes with a bus from its first frame on, in windows of a size, by the frames of its opening."""
        network, _ = self._known()
        tracker = Tracker(Opening.of(opening, self.settings.opening_s))
        return Following(tracker, size, lambda graphs: self._of_frames(network, graphs).max(axis=1))

    def _of_frames(self, network: FrameNetworks, graphs: FrameGraphs) -> NDArray[np.float64]:
        """Return the scores of the frames of graphs (n, size)."""
        seen = list(self.settings.signals)
        found = [np.empty((0, graphs.places.shape[1]))]
        for part in _cut(len(graphs)):
            signals, before, after = graphs.take(part)
            found.append(_said(network, *map(torch.from_numpy, (signals[:, :, seen], before, after))))
        frame_scores: NDArray[np.float64] = _sigmoid(np.concatenate(found))
        return frame_scores

    def save_fitted(self, path: Path) -> None:
        network, threshold = self._known()
        checkpoint.save(Path(path), {"model": network.state_dict(), "threshold": threshold}, self._stands_on())

    def load_fitted(self, path: Path) -> None:
        self._learnt = self._checked(Path(path), checkpoint.read(Path(path), self._stands_on()))

    def count_parameters(self) -> int:
        return sum(each.numel() for each in self._network().parameters())

    def _network(self) -> FrameNetworks:
        chosen = self.settings
        with seeded(self.seed):
            return FrameNetworks(len(chosen.signals), chosen.width, chosen.layers, chosen.members)

    def _checked(self, path: Path, values: Mapping[str, Any]) -> tuple[FrameNetworks, float]:
        """Return what the values of a file say; raises CanError, which names it, for what none can have learnt."""
        network = self._network()
        try:
            network.load_state_dict(values["model"])
            threshold = values["threshold"]
            good = 0 <= threshold <= 1 and all(each.isfinite().all() for each in network.parameters())
        except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            raise CanError(f"{path}: holds no trained network of this kind ({error}); fit it again.") from error
        if not good:
            raise CanError(f"{path}: its weights are not finite, or its threshold is none from 0 to 1; fit it again.")
        return network, float(threshold)

    def _told(self) -> dict[str, Any]:
        return {"model": "timing", "profile": self.profile, "seed": self.seed, **self.settings.told()}

    def _stands_on(self) -> dict[str, str]:
        names = ("members", "width", "layers", "without", "opening_s")
        return {"model": "timing", **{name: str(getattr(self.settings, name)) for name in names}}

    def _known(self) -> tuple[FrameNetworks, float]:
        if self._learnt is None:
            raise CanError("This detector has learnt nothing yet; fit it, or load what was fitted.")
        return self._learnt


@dataclass(frozen=True)
class Following:
    """Scores the windows of one bus, whose frames it is given in their order, as `judge` does their graphs."""

    tracker: Tracker
    size: int
    judge: Callable[[FrameGraphs], Scores]

    def scores(self, frames: Frames) -> Scores:
        places = np.arange(len(frames)).reshape(-1, self.size)
        return self.judge(FrameGraphs(self.tracker.signals(frames), places, *linked(frames.ids[places])))


def _latest(folder: Path, sharing: Sharing) -> Path:
    """Return the file of an attempt: one of smaller batches has a folder by itself, for it begins anew."""
    place = folder if sharing.accumulation == 1 else folder / f"batches_of_{sharing.batch_size}"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CanError(f"{place}: cannot be made ({error.strerror}); give another folder.") from error
    return place / "latest.safetensors"


@torch.inference_mode()
def _said(network: FrameNetworks, signals: Tensor, before: Tensor, after: Tensor) -> NDArray[np.float64]:
    """Return the logits of the frames of windows (n, size)."""
    said: NDArray[np.float64] = network.eval()(signals, before, after).mean(dim=0).double().numpy()
    return said


def _cut(count: int) -> list[Indices]:
    """Return the places of so many windows, a few at a time."""
    return np.split(np.arange(count), range(_MOST, count, _MOST))


def _sigmoid(logits: Any) -> Any:
    return 1 / (1 + np.exp(-logits))
