"""Disks: one is full, or takes no larger file, while a run writes its journal, its cache or its reports."""

import os
import subprocess
from pathlib import Path

from faults.fault import Fault, Late
from faults.promise import insist
from faults.victim import Truth, Victim

_PAGE = 4096
_SAID = ("could not be written", "cannot be used", "takes no more", "is full", "File too large", "disk I/O error")


def mountable() -> bool:
    """Tell whether this user may make disks of their own."""
    return os.geteuid() == 0 and Path("/proc/self/mounts").exists()


def mounted(victim: Victim, folder: Path, size_bytes: int) -> None:
    """Make a folder a disk of its own, of so many bytes, until the victim is done with."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)], check=True)
    victim.ends.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)


def enlarged(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=1g", str(folder)], check=True)


def _told(victim: Victim, status: int, output: str) -> None:
    victim_ended_well = status == 0
    if victim_ended_well:
        raise Late
    insist(any(word in output for word in _SAID), "untold", output)


def _journalling(*arguments: str) -> Fault:
    def inject(victim: Victim, truth: Truth) -> None:
        (victim.folder / "roomy").mkdir()
        mounted(victim, victim.store, victim.chance.randrange(8, 60) * _PAGE)
        (victim.store / "cache").symlink_to(victim.folder / "roomy")
        running = victim.command(*arguments)
        status = running.ended({0, 1, 4})
        victim.settle(running)
        enlarged(victim.store)
        _told(victim, status, running.output)

    return Fault(
        "disk full while journalling",
        "A sentence names the journal; what it has is whole, and with room again `--swap-resume` measures the rest.",
        inject,
        possible=mountable,
        arguments=arguments,
    )


def _caching(*arguments: str) -> Fault:
    def inject(victim: Victim, truth: Truth) -> None:
        mounted(victim, victim.store / "cache", victim.chance.randrange(1, 20) * _PAGE)
        running = victim.command(*arguments)
        status = running.ended({0, 1, 4})
        victim.settle(running)
        enlarged(victim.store / "cache")
        _told(victim, status, running.output)

    return Fault(
        "disk full while caching",
        "The cells that need what could not be kept say so; no half of it is taken for a whole, and none stays.",
        inject,
        possible=mountable,
        arguments=arguments,
    )


def _reporting() -> Fault:
    def inject(victim: Victim, truth: Truth) -> None:
        ending = victim.chance.choice(["md", "csv", "json", "html"])
        mounted(victim, victim.folder / "reports", victim.chance.randrange(1, 3) * _PAGE)
        report = victim.folder / "reports" / f"report.{ending}"
        report.write_text("the old one")
        running = victim.command(f"--swap-report={report}")
        status = running.ended({0, 1})
        victim.settle(running)
        enlarged(report.parent)
        insist(
            [*report.parent.iterdir()] == [report], "untold", f"left beside the report: {[*report.parent.iterdir()]}"
        )
        if status == 1:
            insist(report.read_text() == "the old one", "lost", "the report that was there")
        _told(victim, status, running.output)

    return Fault(
        "disk full while reporting",
        "The run fails with a sentence; the report that was there stays, and every cell is in the journal.",
        inject,
        possible=mountable,
    )


def _limited(*arguments: str) -> Fault:
    def inject(victim: Victim, truth: Truth) -> None:
        running = victim.command(*arguments, largest=victim.chance.randrange(1, 60) * _PAGE // 2)
        status = running.ended({0, 1, 4})
        victim.settle(running)
        _told(victim, status, running.output)

    return Fault(
        "no file may grow beyond a size (RLIMIT_FSIZE)",
        "As with a full disk, whichever file it is: journal, cache, or what a child prints.",
        inject,
        arguments=arguments,
    )


FAULTS = [
    *(make(*arguments) for make in (_journalling, _caching, _limited) for arguments in ((), ("-n", "2"))),
    _reporting(),
]
