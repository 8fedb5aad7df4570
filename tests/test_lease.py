"""Leases: which cores a worker gets, and who may measure now, across processes."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import environment
from sandbox import Sandbox
from swapbench.base.error import SwapError
from swapbench.base.lock import lock_folder, locked
from swapbench.base.waiting import Aloud, holders
from swapbench.run import lease
from swapbench.run.lease import Mode, Slot, place, taken

_SOON_S = 10.0
_LONG_ENOUGH_S = 0.3  # to be sure that a process waits, where its not waiting would take milliseconds

_ENTER = """
import sys, time
from pathlib import Path
from swapbench.run.lease import Slot

mode, name = sys.argv[1:]
Path(f"{name}.started").touch()
with Slot(mode, (0,)).timed():
    Path(f"{name}.inside").touch()
    while not Path(f"{name}.leave").exists():
        time.sleep(0.002)
Path(f"{name}.left").touch()
"""

_HOLD_CORES = """
import sys, time
from pathlib import Path
from swapbench.run.lease import Slot

with Slot("pinned", (0, 1)).held():
    Path("holder.inside").touch()
    time.sleep(600)
"""

_TAKE_TURNS = """
import sys, time
from swapbench.run.lease import Slot

for _ in range(15):
    with Slot("exclusive", (int(sys.argv[1]),)).timed():
        began = time.monotonic()
        time.sleep(0.004)
        print(began, time.monotonic(), flush=True)
"""


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Pretend that this process may use so many cores."""
    return lambda count: monkeypatch.setattr(lease, "cores", lambda: tuple(range(count)))


class Processes:
    """Processes that hold leases in a folder of their own; all that are left are killed at the end."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack

    def start(self, script: str, *arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            cwd=self.folder,
            env=environment(SWAPBENCH_LOCKS=str(self.folder / "locks")),
            stdout=subprocess.PIPE,
            text=True,
        )
        self._stack.enter_context(process)
        self._stack.callback(process.kill)
        return process

    def enter(self, mode: str, name: str) -> "subprocess.Popen[str]":
        """Start a process that enters a timed section in a mode and stays until told to leave."""
        process = self.start(_ENTER, mode, name)
        self.wait_for(f"{name}.started")
        return process

    def wait_for(self, mark: str) -> None:
        deadline = time.monotonic() + _SOON_S
        while not (self.folder / mark).exists():
            assert time.monotonic() < deadline, f"no {mark} within {_SOON_S:g} s"
            time.sleep(0.002)

    def leave(self, name: str) -> None:
        (self.folder / f"{name}.leave").touch()
        self.wait_for(f"{name}.left")

    def never_enters(self, name: str) -> bool:
        """Tell whether a process is still outside after it had time enough to enter."""
        time.sleep(_LONG_ENOUGH_S)
        return not (self.folder / f"{name}.inside").exists()


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(tmp_path / "locks"))
    with ExitStack() as stack:
        yield Processes(tmp_path, stack)


@given(st.data())
def test_slots_of_different_workers_are_disjoint_while_they_fit(data: st.DataObject) -> None:
    available = data.draw(st.integers(1, 64))
    threads = data.draw(st.integers(1, available))
    workers = data.draw(st.integers(1, available // threads))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lease, "cores", lambda: tuple(range(available)))
        slots = [place(None, threads, worker, workers) for worker in range(workers)]
    assert {slot.mode for slot in slots} == {"pinned"}
    taken = [cpu for slot in slots for cpu in slot.cpus]
    assert len(taken) == len(set(taken)) == workers * threads


def test_workers_that_do_not_fit_measure_one_at_a_time(cores: Callable[[int], None]) -> None:
    cores(4)
    assert [place(None, 2, worker, 3) for worker in range(3)] == [
        Slot("exclusive", (0, 1)),
        Slot("exclusive", (2, 3)),
        Slot("exclusive", (0, 1)),
    ]


def test_a_mode_that_is_asked_for_is_given(cores: Callable[[int], None]) -> None:
    cores(4)
    assert place("exclusive", 1, 1, 2) == Slot("exclusive", (1,))
    assert place("pinned", 2, 1, 2) == Slot("pinned", (2, 3))


def test_without_reservation_all_cores_are_shared(cores: Callable[[int], None]) -> None:
    cores(4)
    assert place("none", 2, 1, 9) == Slot("none", (0, 1, 2, 3))


@pytest.mark.parametrize("threads", [-1, 0, 5])
def test_threads_of_one_worker_must_fit_on_the_cores(cores: Callable[[int], None], threads: int) -> None:
    cores(4)
    with pytest.raises(SwapError, match=rf"--swap-threads {threads}: .* may use 4 cores; ask for 1 to that many\."):
        place(None, threads, 0, 1)


def test_pinned_workers_must_fit_on_the_cores(cores: Callable[[int], None]) -> None:
    cores(4)
    with pytest.raises(SwapError, match=r"--swap-slot pinned: 3 workers x 2 threads .* 4 cores .*exclusive"):
        place("pinned", 2, 0, 3)


def test_the_lock_folder_is_open_to_every_user_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(tmp_path / "made" / "here"))
    assert lock_folder() == tmp_path / "made" / "here"
    assert lock_folder().stat().st_mode & 0o7777 == 0o1777


def test_a_lock_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "link.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SwapError, match=r"link\.lock can be neither opened"), locked(tmp_path / "link.lock"):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_lock_is_open_to_every_user_whatever_the_umask_of_its_maker(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with locked(tmp_path / "cpu0.lock"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "cpu0.lock").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["cpu0.lock"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can take another user's place")
def test_another_user_takes_and_waits_for_a_lock_that_is_not_theirs() -> None:
    with tempfile.TemporaryDirectory() as folder:  # a folder that every user may enter, unlike tmp_path
        Path(folder).chmod(0o1777)
        path = Path(folder) / "cpu0.lock"
        with locked(path):
            pass
        child = os.fork()
        if child == 0:
            os.setgid(65534)
            os.setuid(65534)
            with suppress(BaseException), locked(path):
                os._exit(0)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can take another user's place")
def test_a_lock_that_another_user_keeps_to_himself_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("SWAPBENCH_LOCKS", folder)
        child = os.fork()
        if child == 0:
            os.setgid(65534)
            os.setuid(65534)
            words = r"cpu0\.lock can be neither .* \(Permission denied\).* SWAPBENCH_LOCKS"
            code = 1
            with suppress(BaseException):
                with pytest.raises(SwapError, match=words), locked(lock_folder() / "cpu0.lock"):
                    pass
                code = 0
            os._exit(code)
        assert os.waitpid(child, 0)[1] == 0


def test_exclusive_sections_of_two_processes_never_overlap(processes: Processes) -> None:
    both = [processes.start(_TAKE_TURNS, str(cpu)) for cpu in (0, 1)]
    printed = [line for process in both for line in process.communicate(timeout=60)[0].splitlines()]
    sections = sorted(tuple(map(float, line.split())) for line in printed)
    assert len(sections) == 30
    assert all(end <= begin for (_, end), (begin, _) in pairwise(sections))


def test_pinned_sections_of_two_processes_may_overlap(processes: Processes) -> None:
    processes.enter("pinned", "one")
    processes.enter("pinned", "two")
    processes.wait_for("one.inside")
    processes.wait_for("two.inside")
    assert not list(processes.folder.glob("*.left"))


def test_an_exclusive_section_waits_for_pinned_ones(processes: Processes) -> None:
    processes.enter("pinned", "pinned")
    processes.wait_for("pinned.inside")
    processes.enter("exclusive", "exclusive")
    assert processes.never_enters("exclusive")
    processes.leave("pinned")
    processes.wait_for("exclusive.inside")


def test_a_pinned_section_waits_for_an_exclusive_one(processes: Processes) -> None:
    processes.enter("exclusive", "exclusive")
    processes.wait_for("exclusive.inside")
    processes.enter("pinned", "pinned")
    assert processes.never_enters("pinned")
    processes.leave("exclusive")
    processes.wait_for("pinned.inside")


def test_a_waiting_exclusive_section_is_not_overtaken(processes: Processes) -> None:
    processes.enter("pinned", "first")
    processes.wait_for("first.inside")
    processes.enter("exclusive", "waiting")
    assert processes.never_enters("waiting")
    processes.enter("pinned", "late")
    assert processes.never_enters("late")
    processes.leave("first")
    processes.wait_for("waiting.inside")
    processes.leave("waiting")
    processes.wait_for("late.inside")


def test_a_section_without_reservation_waits_for_nobody(processes: Processes) -> None:
    processes.enter("exclusive", "exclusive")
    processes.wait_for("exclusive.inside")
    processes.enter("none", "careless")
    processes.wait_for("careless.inside")
    assert not (processes.folder / "exclusive.left").exists()


def test_a_long_wait_says_for_which_process(processes: Processes) -> None:
    holder = processes.enter("exclusive", "holder")
    processes.wait_for("holder.inside")
    told: list[str] = []
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(_pass_through, Aloud(told.append, 0.1))
        while not told:
            assert not waiting.done()
            time.sleep(0.01)
        processes.leave("holder")
        waiting.result(_SOON_S)
    sentence, end = told
    assert sentence.startswith(f"waiting for process {holder.pid} (-c import sys, time")
    assert sentence.endswith("…), which measures now")
    assert end == "", "and then that it is over"


def test_nothing_is_said_of_a_short_wait_nor_of_a_neighbour_of_the_same_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(tmp_path))
    told: list[str] = []
    with ThreadPoolExecutor() as threads:
        with Slot("exclusive", ()).timed():
            waiting = [threads.submit(_pass_through, Aloud(told.append, patience_s)) for patience_s in (0.05, 5.0)]
            time.sleep(0.3)
        for passed in waiting:
            passed.result(_SOON_S)
    assert [*filter(None, told)] == []


def test_a_run_that_waits_for_another_one_says_so_past_pytests_capturing(sandbox: Sandbox) -> None:
    sandbox.suite("toy", phases=["fit"])
    turnstile = lock_folder() / "turnstile.lock"
    with ThreadPoolExecutor() as threads:
        with Slot("exclusive", ()).timed():
            run = threads.submit(sandbox.measure, "--swap-fold=0")
            while not (turnstile.exists() and holders(turnstile)):  # where it stands as it waits
                time.sleep(0.05)
            time.sleep(2.5)
        done = run.result()
    assert done.status == 0
    (line,) = [line for line in done.err.splitlines() if line]
    assert re.fullmatch(r"swapbench: waiting for process \d+ \(.+\), which measures now", line)


def _pass_through(waiting: Aloud) -> None:
    with Slot("exclusive", ()).timed(waiting):
        pass


def test_a_device_is_had_by_one_at_a_time_but_where_nothing_is_reserved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(tmp_path))
    with ThreadPoolExecutor() as threads:
        with Slot("pinned", (0,)).leased({"gpu-0"}):
            assert threads.submit(_lease, "exclusive", "gpu-1").result(_SOON_S)
            assert threads.submit(_lease, "none", "gpu-0").result(_SOON_S)
            waiting = threads.submit(_lease, "pinned", "gpu-0")
            time.sleep(_LONG_ENOUGH_S)
            assert not waiting.done()
            assert holders(tmp_path / "gpu-0.lock") == [os.getpid()]
        assert waiting.result(_SOON_S)


def _lease(mode: Mode, device: str) -> bool:
    with Slot(mode, ()).leased({device}):
        return True


def test_a_killed_holder_frees_its_section(processes: Processes) -> None:
    holder = processes.enter("exclusive", "holder")
    processes.wait_for("holder.inside")
    processes.enter("exclusive", "next")
    assert processes.never_enters("next")
    os.kill(holder.pid, signal.SIGKILL)
    processes.wait_for("next.inside")


def test_a_killed_holder_frees_its_cores(processes: Processes) -> None:
    holder = processes.start(_HOLD_CORES)
    processes.wait_for("holder.inside")
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(_SOON_S)
    with Slot("pinned", (1,)).held():
        assert (processes.folder / "locks" / "cpu1.lock").exists()


# Cores that are taken where they are free


@pytest.fixture
def four(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine have four cores, and nobody else's locks."""
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(tmp_path / "locks"))
    monkeypatch.setattr(lease, "cores", lambda: (0, 1, 2, 3))


def cpus(slot: Slot | None) -> tuple[int, ...]:
    return slot.cpus if slot is not None else ()


@pytest.mark.usefixtures("four")
def test_cores_are_taken_that_nobody_has_and_those_of_before_where_they_are_free() -> None:
    with taken("pinned", 2) as one, taken("pinned", 1, before=[3]) as other, taken("exclusive", 1, before=[3]) as third:
        assert (cpus(one), cpus(other), cpus(third)) == ((0, 1), (3,), (2,))
        with taken("pinned", 1) as fourth:
            assert fourth is None
    with taken("pinned", 2, before=[2, 3]) as again:
        assert again is not None
        assert again.cpus == (2, 3)
        with again.held():  # by whoever made it: a second hold of one process would wait for the first
            assert again.mode == "pinned"


@pytest.mark.usefixtures("four")
def test_a_slot_of_another_run_is_left_alone() -> None:
    with Slot("pinned", (0, 2)).held():
        with taken("pinned", 1) as one, taken("pinned", 2) as two:
            assert (cpus(one), two) == ((1,), None)
        with taken("pinned", 2) as free:
            assert cpus(free) == (1, 3)


@pytest.mark.usefixtures("four")
def test_without_a_slot_nothing_is_held_and_more_threads_than_cores_are_refused() -> None:
    with taken("none", 2) as one, taken("none", 2) as other:
        assert (cpus(one), cpus(other)) == ((0, 1), (0, 1))
    with (
        pytest.raises(SwapError, match="a cell has 5 threads, and this machine lets it use 4 cores"),
        taken("pinned", 5),
    ):
        pass
