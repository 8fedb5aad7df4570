"""What tests of the detector that knows time have done in a process with torch."""

from pathlib import Path

import numpy as np
import torch

from can_timing_bus import bus, renamed
from swapbench_models.can.detector import timing_lesson
from swapbench_models.can.detector.detector import alarms
from swapbench_models.can.detector.timing import Timing
from swapbench_models.can.error import CanError, DataError
from swapbench_models.can.frames.frames import UNLABELLED, Frames
from swapbench_models.can.live.watch import watch
from swapbench_models.can.networks.timing import FrameNetwork
from swapbench_models.can.windows.windows import Windows
from swapbench_models.error import FamilyError

SMALL = {"profile": "quick", "epochs": 8}


def windows(seed: int) -> Windows:
    """Windows of a vehicle of which some have one frame too many; every seed is another vehicle."""
    return Windows((bus(seed, seconds=12, injected=60),), size=50, stride=50)


def right(seed: int, other: int) -> tuple[float, int]:
    """Return the F1 with which attacks on another vehicle are found, and how often the frame found is the one."""
    detector, unknown = Timing(**SMALL).fit(windows(seed)), windows(other)
    found, truth = alarms(detector, unknown), unknown.labels
    injected = unknown.frames.attacks[unknown.places]
    most = detector.frame_scores(unknown).argmax(axis=1)
    hits = injected[np.arange(len(most)), most][(found == 1) & (truth == 1)]
    return 2 * float((found & truth).sum()) / float(found.sum() + truth.sum()), int((hits == 0).sum())


def renames() -> bool:
    """Tell whether scores stay what they are, to the last bit, where identifiers are others."""
    detector, known = Timing(profile="quick", epochs=1).fit(windows(0)), windows(1)
    other = Windows(tuple(map(renamed, known.recordings)), known.size, known.stride)
    return np.array_equal(detector.scores(known), detector.scores(other))


def kept(folder: Path) -> list[str]:
    """Save and load, and go on where training was interrupted; return what is not as it was."""
    given, wrong = windows(0), []
    whole = Timing(**SMALL).fit(given)
    whole.save_fitted(folder / "timing")
    loaded = Timing(profile="quick", seed=5)
    loaded.load_fitted(folder / "timing")
    if not np.array_equal(loaded.scores(given), whole.scores(given)) or loaded.threshold != whole.threshold:
        wrong.append("loaded")
    again = _interrupted(given, folder / "kept")
    if not np.array_equal(again.scores(given), whole.scores(given)) or again.threshold != whole.threshold:
        wrong.append("resumed")
    try:
        Timing(profile="standard").load_fitted(folder / "timing")
        wrong.append("another size")
    except FamilyError as error:
        if str(folder / "timing") not in str(error):
            wrong.append("unnamed")
    return wrong


def _interrupted(given: Windows, folder: Path) -> Timing:
    """Return a detector whose training was interrupted in its third epoch and went on."""
    drawn, epochs = timing_lesson.Examples.drawn, []

    def stops(self: timing_lesson.Examples, generator: torch.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        epochs.append(1)
        if len(epochs) == 3:
            raise KeyboardInterrupt
        return drawn(self, generator)

    timing_lesson.Examples.drawn = stops  # type: ignore[method-assign]
    try:
        Timing(**SMALL).fit(given, folder)
    except KeyboardInterrupt:
        pass
    finally:
        timing_lesson.Examples.drawn = drawn  # type: ignore[method-assign]
    return Timing(**SMALL).fit(given, folder)


def refusals() -> list[str]:
    """Return what is said of windows, options and states of which nothing can come."""
    frames = bus(0, seconds=6, injected=10)
    unlabelled = Frames(frames.times, frames.ids, frames.lengths, frames.payloads, np.full(len(frames), UNLABELLED))
    said = []
    for ask in (
        lambda: Timing().scores(windows(0)),
        lambda: Timing(profile="huge"),
        lambda: Timing(depth=3),
        lambda: Timing(without=("speed",)),
        lambda: Timing(profile="quick").fit(Windows((unlabelled,))),
        lambda: Timing(profile="quick").fit(Windows((frames[:10],))),
    ):
        try:
            ask()
        except (CanError, DataError) as error:
            said.append(str(error))
    return said


def alone() -> bool:
    """Tell whether a window's logits are the same whatever windows are beside it, to what sums are worth."""
    network = FrameNetwork(3, width=8, layers=2).eval()
    signals = torch.randn(6, 20, 3, generator=torch.Generator().manual_seed(0))
    before = torch.arange(20).expand(6, 20) - 1
    after = (torch.arange(20) + 1).where(torch.arange(20) < 19, -1).expand(6, 20)
    with torch.inference_mode():
        together = network(signals, before, after)
        apart = torch.cat([network(signals[[at]], before[[at]], after[[at]]) for at in range(6)])
    return bool(torch.allclose(together, apart, atol=1e-5))


def live() -> bool:
    """Tell whether a bus that is watched, however its frames come, is judged as its recording is."""
    detector, known = Timing(**SMALL).fit(windows(0)), windows(1)
    frames = known.recordings[0]
    parts = (frames[first : first + 333] for first in range(0, len(frames), 333))
    judged = [each.score for each in watch(parts, detector, opening_s=5.0, size=known.size)]
    return np.array_equal(judged, detector.scores(known))
