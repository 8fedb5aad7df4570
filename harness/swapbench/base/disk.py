"""Disks: whether a folder lies on this machine, or on a file system of others."""

import os
import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")  # proc_pid_mountinfo(5)
# As the kernel names them; those of FUSE by the program that serves them.
_NETWORK = frozenset(
    [
        *("afs", "beegfs", "ceph", "cifs", "coda", "gfs2", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2"),
        *("orangefs", "pvfs2", "smb3", "smbfs", "fuse.ceph", "fuse.curlftpfs", "fuse.davfs", "fuse.gcsfuse"),
        *("fuse.glusterfs", "fuse.juicefs", "fuse.mfs", "fuse.moosefs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    ]
)


def network(folder: Path) -> str | None:
    """Return the kind of the network file system that a folder lies on, or would if it were made; None for a disk of
    this machine, and where the system does not say."""
    try:
        lines = MOUNTS.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return None
    place, deepest, found = Path(os.path.realpath(folder)), 0, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        mounted = Path(_plain(before.split(" ")[4]))
        if place.is_relative_to(mounted) and len(mounted.parts) >= deepest:  # of two at one place the later one
            deepest, found = len(mounted.parts), after.split(" ")[0]
    return found if found in _NETWORK else None


def _plain(text: str) -> str:
    r"""Return a path as it is: the kernel writes what would part fields as octal numbers, a space as \040."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
