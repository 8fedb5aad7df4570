"""An opening: the first frames of a recording, by which it is known what is usual on its bus."""

from swapbench_models.can.frames.frames import Frames

LONGEST = 1_000_000  # frames, on a bus whose clock stands still: they are held in memory until it is over


def opening(frames: Frames, seconds: float) -> Frames:
    """Return the frames before the first that is stamped more than `seconds` after the very first one, should time step
    back after that, and LONGEST at most."""
    part = frames[:LONGEST]
    later = part.times > part.times[:1] + seconds
    return part[: int(later.argmax()) if later.any() else len(part)]
