"""Once: recordings of files, each known by its frames, whatever its file is called and however it is written."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from swapbench_models.can.frames.frames import UNLABELLED, Frames
from swapbench_models.can.frames.reading import read
from swapbench_models.can.frames.recording import Recording

ATTACK_FREE = "attack_free"  # in the name of a split to train on
PUBLISHED = ".csv"  # what names of published files end with


@dataclass(frozen=True)
class Once:
    """Recordings of files, none twice: `first` says of a digest of frames which recording, of these or of those before
    them, was the first to have them, and `repeats` which recording has the frames of which before it."""

    kept: tuple[Recording, ...]
    first: Mapping[str, str]
    repeats: Mapping[str, str]


NONE = Once((), {}, {})


def once(paths: Sequence[Path], strict: bool = False, before: Once = NONE) -> Once:
    """Return the recordings of files, each named by its split and its file, and what of them was there `before`.

    Those of a split that is called attack-free are labelled so, where they have no labels. Errors as of `read`.
    """
    kept: dict[str, Recording] = {}
    first, repeats = dict(before.first), dict(before.repeats)
    for path in paths:
        recording = _recording(path, strict)
        content = _digest(recording.frames)
        if content in first:
            repeats[recording.name] = first[content]
        first.setdefault(content, recording.name)
        kept.setdefault(content, recording)
    return Once(tuple(kept.values()), first, repeats)


def called(path: Path) -> str:
    """Return how a recording is called: by its split and its file, with what that ends with where it is another form's
    than what was published."""
    return f"{path.parent.name}/{path.name.removesuffix(PUBLISHED)}"


def _recording(path: Path, strict: bool) -> Recording:
    """Return the recording of a file by its own name; of a split that says so, no frame was injected."""
    found = replace(read(path, strict=strict), name=called(path))
    frames = found.frames
    if ATTACK_FREE in path.parent.name and (frames.attacks == UNLABELLED).all():
        return replace(found, frames=replace(frames, attacks=np.zeros_like(frames.attacks)))
    return found


def _digest(frames: Frames) -> str:
    digest = hashlib.sha256()
    for array in vars(frames).values():
        digest.update(array.tobytes())
    return digest.hexdigest()
