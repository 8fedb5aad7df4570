"""A recording: the frames of one file, and what of it became none."""

from dataclasses import dataclass

from swapbench_models.can.frames.frames import Frames


@dataclass(frozen=True)
class Recording:
    """All frames of one file.

    `skipped` lines of it were damaged, of which `reasons` says for the first few where and why; `passed` is of what is
    sound and no frame, as error frames and statistics.
    """

    name: str
    frames: Frames
    skipped: int = 0
    passed: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def steps_back(self) -> int:
        """How often a frame is stamped earlier than the one before it."""
        return self.frames.steps_back
