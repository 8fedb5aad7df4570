"""Running: a command under way, its processes by what they are, and how it ended."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from faults.promise import BrokenPromiseError, insist
from helpers import Project

LIMIT_S = 90.0  # some thirty times what one takes
_GLANCE_S = 0.003

_BEGINS = re.compile(r"^collected \d+ items|^\d+ workers \[\d+ items\]", re.MULTILINE)
# A shell has what runs in its background ignore interrupts.
_BEGIN = """
import os, resource, signal, sys

signal.signal(signal.SIGINT, signal.SIG_DFL)
if sys.argv[1]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""

Role = Literal["controller", "worker", "server", "child", "driver", "raylet", "ray head", "ray worker"]
# What the commands of processes have that come with a cluster, up to their first options.
_OF_RAY: dict[str, Role] = {
    "swapbench.run.cluster.driver": "driver",
    "/raylet/raylet": "raylet",
    "/gcs/gcs_server": "ray head",
    "ray::execute": "ray worker",
}


@dataclass(frozen=True)
class Running:
    """A command that was started in a process group of its own; it writes what it says into a file."""

    project: Project
    process: "subprocess.Popen[bytes]"
    words: Path

    @classmethod
    def of(
        cls,
        project: Project,
        command: list[str],
        *,
        extra: Mapping[str, str] | None = None,
        largest: int | None = None,
    ) -> "Running":
        """Start a command with some more variables. Where none of its files may grow beyond the `largest`, in bytes,
        what it says goes through a pipe."""
        project.folder.joinpath("locks").mkdir(exist_ok=True)
        words = project.folder / "locks" / f"words-{time.monotonic_ns()}"
        environment = {**project.environment, "PYTHONPYCACHEPREFIX": str(project.folder.parent / "bytecode")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # half of the time of so small a run is to compile
        with words.open("wb") as file, _through(file, environment) if largest else nullcontext(file) as said:
            process = subprocess.Popen(
                [sys.executable, "-ISc", _BEGIN, str(largest or ""), *command],
                cwd=project.folder,
                env={**environment, **(extra or {})},
                stdout=said,
                stderr=said,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        return cls(project, process, words)

    def __str__(self) -> str:
        return " ".join(map(str, self.process.args[4:])) if isinstance(self.process.args, list) else ""

    @property
    def output(self) -> str:
        return self.words.read_text(errors="replace")

    @property
    def measuring(self) -> str:
        """What it has said since it began to measure. Before that Python and pytest speak, and of one that was killed
        nobody is left to speak."""
        begins = _BEGINS.search(self.output)
        return self.output[begins.end() :] if begins and self.process.returncode != -signal.SIGKILL else ""

    @property
    def over(self) -> bool:
        return self.process.poll() is not None

    def wait(self, limit_s: float = LIMIT_S) -> int:
        """Wait for its end and return its status; one that does not end within its time is killed with all it has."""
        try:
            return self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            for pid in self.project.processes():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
            raise BrokenPromiseError("hung", f"{self}: after {limit_s:g} s; {self.output}") from None

    def ended(self, statuses: Set[int]) -> int:
        """Wait for its end, which is to be one of some statuses."""
        status = self.wait()
        insist(status in statuses, "untold", f"{self}: status {status}, not one of {statuses}; {self.output}")
        return status

    def sleep(self, seconds: float) -> None:
        """Let it go on for so long, or to its end."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)

    def commands(self) -> dict[int, str]:
        """Return the processes of its project, whoever began them, with the command of each."""
        return {pid: _command(pid).replace("\0", " ").strip() for pid in self.project.processes()}

    def found(self, role: Role) -> list[int]:
        """Return its processes of a role, as they are now."""
        return [pid for pid, own in _roles(self.process.pid, self.project.processes()) if own == role]

    def kill(self, role: Role, chance: Any, signum: int = signal.SIGKILL) -> bool:
        """Send a signal to one of its processes of a role, as soon as there is one; False where it ended before."""
        while not self.over:
            pids = self.found(role)
            if pids:
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(pids), signum)
                    return True
            self.sleep(_GLANCE_S)
        return False


@contextmanager
def _through(file: IO[bytes], environment: Mapping[str, str]) -> Iterator[IO[bytes]]:
    """Yield a pipe into a file, which is read as long as anybody can write into it, by what counts as left over."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=file, env=environment) as reader:
        assert reader.stdin is not None
        yield reader.stdin
        reader.stdin.close()
        reader.returncode = 0  # it ends by itself, and nobody waits for it


def _roles(controller: int, pids: list[int]) -> Iterator[tuple[int, Role]]:
    commands, parents = {pid: _command(pid) for pid in pids}, {pid: _parent(pid) for pid in pids}
    serving = {parents[pid] for pid in pids if _serves(commands[pid])}
    for pid, command in commands.items():
        if pid == controller:
            yield pid, "controller"
        elif "swapbench.run.child" in command or (_serves(command) and _serves(commands.get(parents[pid], ""))):
            yield pid, "child"
        elif _serves(command):
            yield pid, "server"
        # As execnet starts what pytest-xdist asks for; one without a fork server is still being started, and when it is
        # killed takes pytest-xdist with it.
        elif "sys.stdin.readline" in command and pid in serving:
            yield pid, "worker"
        else:
            yield from ((pid, role) for text, role in _OF_RAY.items() if text in command.partition("\0--")[0])


def _serves(command: str) -> bool:
    return "swapbench.run.server" in command


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    return ""


def _parent(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
