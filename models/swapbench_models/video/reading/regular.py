"""Regular: whether a path leads to a file that can be read from its beginning to its end."""

import os
import stat
from pathlib import Path

from swapbench_models.video.error import VideoError


def regular(path: Path) -> os.stat_result:
    """Return what is known of a file without opening it, for to open a pipe could take for ever.

    Raises VideoError, which names it, where it is not there, or is a folder, a pipe or a device.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise VideoError(f"{path}: cannot be read (it is no regular file); give another path.")
    return found


def unreadable(path: Path, error: OSError) -> VideoError:
    """Return what is told of a file that is not there, or may not be read."""
    return VideoError(f"{path}: cannot be read ({error.strerror or error}); give another path.")
