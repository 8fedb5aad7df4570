"""Watched: a program that is run as `python -m` runs it, and what its process took."""

import json
import os
import runpy
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from swapbench.base.error import SwapError
from swapbench.base.interpreter import command
from swapbench.commands.selfcheck.scale.marks import mark, marks
from swapbench.run.probes import cpu_seconds, status_bytes

OUTPUT = "output.txt"  # the file that has what the last program printed
_SELF = "swapbench.commands.selfcheck.scale.watched"


@dataclass(frozen=True)
class Taken:
    """What a process took: `marks` as wall time and its own processor time since it was asked for, `cpu_s` with all
    that it started, and the largest memory it had itself."""

    marks: dict[str, tuple[float, float]]
    cpu_s: float
    peak_bytes: int

    def between(self, begins: str, ends: str) -> tuple[float, float]:
        """Return the wall time and its own processor time from one mark to another."""
        begun, cpu_begun = self.marks[begins]
        ended, cpu_ended = self.marks[ends]
        return ended - begun, cpu_ended - cpu_begun


class Watched:
    """A module that runs as a program, with its output kept in files of a folder."""

    def __init__(self, folder: Path, module: str, arguments: Sequence[str]) -> None:
        self._folder, self._asked = folder, " ".join([module, *arguments])
        self._taken = folder / "taken.json"
        self._taken.unlink(missing_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        given = [str(self._taken), str(time.monotonic()), module, *arguments]
        with (folder / OUTPUT).open("w") as output:
            self.process = subprocess.Popen(
                command(_SELF, *given), cwd=folder, env=kept, stdout=output, stderr=subprocess.STDOUT
            )

    def taken(self) -> Taken:
        """Wait for its end, and return what it took; raises SwapError where it failed."""
        try:
            status = self.process.wait()
        except BaseException:  # whoever waits is interrupted, and nobody would end it
            self.kill()
            raise
        if status:
            last = (self._folder / OUTPUT).read_text().strip().rpartition("\n")[2]
            raise SwapError(f"{self._asked} ended with {status}: {last}")
        return Taken(**json.loads(self._taken.read_text()))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def main() -> None:
    """Run the program to its end, however it ends."""
    file, start, module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        mark("ended")
        told = {"asked": (0.0, 0.0)} | {name: (wall - float(start), cpu) for name, (wall, cpu) in marks.items()}
        taken = {"marks": told, "cpu_s": cpu_seconds(), "peak_bytes": status_bytes("self", "VmHWM")}
        Path(file).write_text(json.dumps(taken))


if __name__ == "__main__":
    main()
