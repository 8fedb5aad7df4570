"""Disks: a store lies on this machine, or is refused."""

from pathlib import Path

import pytest

from sandbox import Sandbox
from swapbench.base import disk

LOCAL = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"


def _mounts(folder: Path, *lines: str) -> Path:
    path = folder / "mounts"
    path.write_text(LOCAL + "".join(f"{line}\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/home/ann/store", "nfs4"),
        ("/home/ann", "nfs4"),
        ("/home/anna/store", None),
        ("/home/ann/scratch/store", None),
        ("/with space/store", "fuse.sshfs"),
        ("/twice/store", "cifs"),
        ("/once more/store", None),
    ],
)
def test_the_deepest_and_latest_mount_says_what_a_folder_lies_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, kind: str | None
) -> None:
    table = _mounts(
        tmp_path,
        "30 27 0:40 / /home/ann rw shared:1 master:2 - nfs4 server:/export rw,vers=4.2",
        "31 30 254:1 / /home/ann/scratch rw - xfs /dev/vdb rw",
        r"32 27 0:41 / /with\040space rw - fuse.sshfs ann@server: rw",
        "33 27 0:42 / /twice rw - ext4 /dev/vdc rw",
        "34 33 0:43 / /twice rw - cifs //server/share rw",
        r"35 27 0:44 / /once\040more rw - nfs server:/export rw",
        r"36 35 0:45 / /once\040more rw - tmpfs tmpfs rw",
    )
    monkeypatch.setattr(disk, "MOUNTS", table)
    assert disk.network(Path(place)) == kind


def test_where_the_system_does_not_say_a_folder_is_taken_for_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "MOUNTS", tmp_path / "none")
    assert disk.network(tmp_path) is None


ELSEWHERE = """
from pathlib import Path
from swapbench.base import disk

disk.MOUNTS = Path(__file__).parent / "mounts"
"""


def test_a_store_on_a_network_file_system_is_refused_and_may_be_read(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    sandbox.suite("toy")
    assert sandbox.measure().status == 0
    _mounts(sandbox.folder, f"30 27 0:40 / {sandbox.store} rw - nfs4 server:/export rw")
    sandbox.write(conftest=ELSEWHERE)
    refused = sandbox.measure(*spread)
    told = [line for line in refused.output.splitlines() if "lies on nfs4, a network file system" in line]
    assert len(told) == 1
    assert f"The store {sandbox.store} lies on" in told[0]
    assert "--swap-store" in told[0]
    assert (refused.status, refused.records) == (pytest.ExitCode.USAGE_ERROR, ())
    assert sandbox.measure(*spread, "--swap-store=here").status == 0
