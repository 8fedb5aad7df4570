"""Supplies: data that a node cannot prepare for itself, sent to it as it was prepared where the run was planned.

What is sent is a finished entry of the planner's cache: a list of its files with the checksum of each, and their
contents in pieces. It is kept only where every checksum holds.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from swapbench.base.error import SwapError
from swapbench.run.cache import Cache, contents, unread

_PIECE_BYTES = 2**26


def manifest(cache: Cache, key: str) -> dict[str, Any]:
    """Return what is to be sent of an entry: its key, and of each file the checksum and the number of pieces; raises
    SwapError where it is not whole."""
    entry = cache.whole(key)
    files = {
        name: {"sha256": sha256, "pieces": -(-(entry / name).stat().st_size // _PIECE_BYTES)}
        for name, sha256 in contents(entry).items()
    }
    return {"key": key, "files": files}


def pieces(cache: Cache, sent: dict[str, Any]) -> Iterator[bytes]:
    """Yield the contents of all files that a manifest names, piece by piece, in its order."""
    for name in sent["files"]:
        with (cache.entry(sent["key"]) / name).open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece


def receive(cache: Cache, sent: dict[str, Any], brought: Sequence[bytes]) -> None:
    """Put what was sent into a cache, in place of what is there under its key; raises SwapError where it is not what
    its manifest says."""
    waiting = iter(brought)

    def build(folder: Path) -> None:
        for name, told in sent["files"].items():
            whole = hashlib.sha256()
            place = folder / _inside(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                for _ in range(told["pieces"]):
                    piece = next(waiting, b"")
                    whole.update(piece)
                    file.write(piece)
            if whole.hexdigest() != told["sha256"]:
                raise SwapError(f"{name} of {sent['key']} has arrived damaged from where the run was planned")
        # They lie where it was prepared, and are not here to be looked at.
        unread(folder)

    if cache.has(sent["key"]):
        cache.remove([sent["key"]])
    cache.make(sent["key"], build)


def _inside(name: str) -> str:
    """Return the name of a file of an entry; raises SwapError for one that would lie elsewhere."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise SwapError(f"{json.dumps(name)} is no name of a file in an entry")
    return name
