"""Clusters of our own: each lives in a folder of its own as long as whoever began it, and nothing of it for longer."""

import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from swapbench.base.process import ended, identity
from swapbench.run.cluster.node import MARK

# Ray's sockets lie in it, whose paths may have 107 characters: wherever else temporary files go, this is short.
PLACE = "/tmp"  # noqa: S108  # mkdtemp makes a folder that is ours alone
_PREFIX = "swapbench-ray-"
_MAKER = "maker.json"
# What Ray keeps there, and lets everybody write into; nobody else comes through the folder above.
RAY = "ray"
_DIES_S = 0.01


def begun() -> Path:
    """Make the folder of a cluster that this process begins; what others have left behind that were killed goes."""
    for left in Path(PLACE).glob(f"{_PREFIX}*"):
        if _left_behind(left):
            end(left)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=PLACE))
    (folder / _MAKER).write_text(json.dumps(identity(os.getpid())))
    return folder


def end(folder: Path) -> None:
    """End all that still lives of a cluster, and remove its folder. Ray's own agents would go in a minute or two, and
    what lives on beside the next run would be felt by it."""
    while living := list(_living(f"{MARK}={folder}".encode())):  # one may have begun another while it was looked for
        for pid in living:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_DIES_S)
    shutil.rmtree(folder, ignore_errors=True)


def _living(mark: bytes) -> Iterator[int]:
    """Yield this user's processes with a variable; one that has been killed has none any more."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended, or is another user's
            if path.stat().st_uid == os.getuid() and mark in (path / "environ").read_bytes().split(b"\0"):
                yield int(path.name)


def _left_behind(folder: Path) -> bool:
    """Tell whether a folder is of this user's and whoever made it has ended for certain."""
    try:
        return folder.lstat().st_uid == os.getuid() and ended(json.loads((folder / _MAKER).read_text()))
    except (OSError, ValueError):
        return False
