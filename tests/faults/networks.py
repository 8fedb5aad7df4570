"""Networks: the store lies on a file system of another machine."""

from faults.fault import Fault
from faults.promise import insist
from faults.victim import CONFTEST, Truth, Victim

_KINDS = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "lustre",
    "ceph",
    "fuse.sshfs",
    "fuse.glusterfs",
    "beegfs",
    "gpfs",
    "afs",
)
_MOUNTS = """
from pathlib import Path
from swapbench.base import disk

disk.MOUNTS = Path(__file__).parent / "mounts"
"""


def _network(victim: Victim, truth: Truth) -> None:
    """Have the table of mounts say of the store's folder what it would say there."""
    kind = victim.chance.choice(_KINDS)
    place = victim.chance.choice([victim.folder, victim.store])
    lines = ["27 1 254:0 / / rw shared:1 - ext4 /dev/vda rw", f"30 27 0:40 / {place} rw - {kind} server:/export rw"]
    (victim.folder / "mounts").write_text("\n".join(lines) + "\n")
    victim.project.write(conftest=CONFTEST + _MOUNTS)
    running = victim.command(*victim.chance.choice(([], ["-n", "2"])))
    running.ended({4})
    victim.settle(running)
    told = [line for line in running.output.splitlines() if f"lies on {kind}" in line]
    insist(len(told) == 1 and "--swap-store" in told[0], "untold", running.output)
    insist(not (victim.store / "journal.sqlite").exists(), "wrong", "a journal was made there")
    victim.project.write(conftest=CONFTEST)


FAULTS = [
    Fault(
        "store on a network file system", "A sentence names it and refuses, with status 4, before any work.", _network
    )
]
