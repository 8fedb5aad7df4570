"""Openings: whether recordings have what rows ask for that compare them with their own first seconds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from swapbench_models.can.frames.frames import Frames

_ROWS = "rule, between, timing, and those called _calibrated and _paired"
Counted = Mapping[str, Any]


def openings(recordings: Sequence[Frames], seconds: float) -> dict[str, Any]:
    """Return of how many recordings, as JSON has it, how many end within twice an opening of so many seconds (`short`),
    how many have an attack (`attacked`), and how many of these one within their opening (`early`)."""
    known = [each for each in recordings if len(each)]
    first = [_first_attack(each) for each in known]
    return {
        "seconds": seconds,
        "recordings": len(known),
        "short": sum(_lasts(each) < 2 * seconds for each in known),
        "attacked": sum(np.isfinite(first).tolist()),
        "early": sum(at < seconds for at in first),
    }


def warnings(dataset: str, counted: Iterable[Counted]) -> list[str]:
    """Return a sentence where some recordings of a data set are too short, and one where most that have an attack have
    it too early; `counted` is what `openings` counts of its parts, for the same seconds."""
    parts = list(counted)
    told = {name: sum(each[name] for each in parts) for name in ("recordings", "short", "attacked", "early")}
    seconds = parts[0]["seconds"] if parts else 0
    found = []
    if told["short"]:
        found.append(
            f"{told['short']} of {told['recordings']} recordings of {dataset} end within {2 * seconds:g} s: rows that "
            f"compare with an opening of {seconds:g} s ({_ROWS}) have little or nothing to compare there; give "
            "longer ones."
        )
    if 2 * told["early"] > told["attacked"]:
        found.append(
            f"{told['early']} of {told['attacked']} recordings of {dataset} with an attack have it within their first "
            f"{seconds:g} s: rows that compare with these ({_ROWS}) take the attack for what is usual; give some that "
            "begin without."
        )
    return found


def _lasts(frames: Frames) -> float:
    return float(frames.times.max() - frames.times[0])


def _first_attack(frames: Frames) -> float:
    """Return how many seconds after the first frame an attack begins; infinity where there is none."""
    return float((frames.times[frames.attacks == 1] - frames.times[0]).min(initial=np.inf))
