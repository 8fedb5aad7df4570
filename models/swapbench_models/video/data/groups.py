"""Groups: clips that must not be trained on and scored with, one on each side, since they are the same."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.data.metadata import Clip
from swapbench_models.video.reading.content import digest, state

Groups = NDArray[np.int64]


def groups(clips: Sequence[Clip]) -> Groups:
    """Return the number (n,) of each clip's group, for a splitter that keeps groups together.

    Clips of one dup_group are together, and so are files of the same bytes, whatever dup_group says; a clip that is
    neither is alone. Raises VideoError, which names the file, where one cannot be read.
    """
    first: dict[tuple[str, str], int] = {}
    parents = list(range(len(clips)))
    for at, (clip, content) in enumerate(zip(clips, _contents(clips), strict=True)):
        for key in (("content", content), ("dup_group", clip.dup_group)):
            if key[1]:
                parents[_root(parents, at)] = _root(parents, first.setdefault(key, at))
    roots = [_root(parents, at) for at in range(len(clips))]
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _contents(clips: Sequence[Clip]) -> list[str]:
    """Return a digest of each file that another may be like, and nothing of one that has a size of its own."""
    sizes = [state(clip.path)[1] for clip in clips]
    alike = Counter(sizes)
    return [digest(clip.path) if alike[size] > 1 else "" for clip, size in zip(clips, sizes, strict=True)]


def _root(parents: list[int], at: int) -> int:
    while parents[at] != at:
        parents[at] = parents[parents[at]]
        at = parents[at]
    return at
