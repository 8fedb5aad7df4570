"""Judge: what a trained detector is worth on the recordings of each scenario, none of which it has learned from."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from swapbench_models.can.detector.detector import Detector
from swapbench_models.can.error import DataError
from swapbench_models.can.runs.latency import latency
from swapbench_models.can.runs.recordings import Part
from swapbench_models.can.runs.scores import scores
from swapbench_models.error import FamilyError

Judged = Mapping[str, Any]


def judged(detector: Detector, part: Part) -> Judged:
    """Return what a detector is worth on a scenario, as JSON has it: its scores, how late it finds attacks, and how
    long it takes, with the making of what it looks at; or the error that says why that cannot be told."""
    try:
        return {"recordings": part.digest, **_judged(detector, part)}
    except (FamilyError, OSError) as error:
        return {"error": f"{part.name}: {error}"}


def is_of(found: Judged, part: Part) -> bool:
    """Tell whether what came of judging is of these recordings; not where they cannot be read, which is told anew."""
    try:
        return found.get("recordings") == part.digest
    except (FamilyError, OSError):
        return False


def _judged(detector: Detector, part: Part) -> dict[str, Any]:
    windows = part.windows
    if not len(windows):
        raise DataError("has no window: its recordings are too short, or there are none.")
    labels = windows.labels  # before the clock runs: what it makes is for all detectors
    began = time.perf_counter()
    said = detector.scores(windows)
    seconds = time.perf_counter() - began
    found = scores(labels, said, detector.threshold)
    late = latency(windows, (said > detector.threshold).astype("int64"))
    how_late = {
        "attacks": late.attacks,
        "attacks_missed": late.missed,
        "latency_s": late.seconds,
        "latency_frames": late.frames,
    }
    speed = {"windows_per_s": len(windows) / seconds, "ms_per_window": 1000 * seconds / len(windows)}
    return {**asdict(found), **how_late, **speed}
