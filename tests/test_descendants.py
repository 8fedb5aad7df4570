"""Descendants: what measured code starts is a part of it, in memory and in time, and lives as it would anywhere."""

from pathlib import Path

import pytest

from helpers import DATA, LIGHT, Project
from swapbench.record.record import Record
from swapbench.run.probes import Meter, Others

MIB = 2**20

_MODELS = """
import ctypes, mmap, multiprocessing, os, signal, subprocess, sys, time
from pathlib import Path

MIB = 2**20

def taken(mebibytes):
    return b"1" * (mebibytes * MIB)

def written(memory, begin, end):
    for at in range(begin, end, mmap.PAGESIZE):
        memory[at] = 1

def outlast():
    # Longer than a phase for which further models are made in a round: each of those would start processes, too.
    time.sleep(0.03)

def copies(count, work):
    '''Have copies of this process do some work, by their number, and wait for them.'''
    pids = []
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            work(number)
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)

def daemon(work):
    '''Start a process by forking twice, as daemons are, and return its number.'''
    ours, theirs = os.pipe()
    if os.fork() == 0:
        os.setsid()
        pid = os.fork()
        if pid == 0:
            work()
        os.write(theirs, str(pid).encode())
        os._exit(0)
    os.wait()
    return int(os.read(ours, 20))

class Helped:
    def prepare(self, X):
        work = "print(flush=True); input(); kept = b'1' * 2**25; print(flush=True); input()"
        self.helper = subprocess.Popen([sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.helper.stdout.readline()

    def run(self, X):
        self.helper.stdin.write(b"go\\n")
        self.helper.stdin.flush()
        self.helper.stdout.readline()
        time.sleep(0.02)

class Orphaning:
    def run(self, X):
        ended, ending = os.pipe()
        child = os.fork()
        if child == 0:
            if os.fork() == 0:
                time.sleep(0.02)  # by then its parent has gone
                kept = taken(32)
                time.sleep(0.02)
            os._exit(0)
        os.close(ending)
        os.waitpid(child, 0)
        os.read(ended, 1)
        os.close(ended)

class Between:
    def run(self, X):
        def grow(_):
            kept = taken(32)
            if os.fork() == 0:
                time.sleep(0.3)
                os._exit(0)
            time.sleep(0.05)
        copies(1, grow)
        time.sleep(0.1)

class Freeing:
    def run(self, X):
        kept = taken(32)
        pid = os.fork()
        if pid == 0:
            time.sleep(0.2)
            os._exit(0)
        del kept
        time.sleep(0.05)
        kept = taken(32)
        os.waitpid(pid, 0)

class Readers:
    def run(self, X):
        shared = mmap.mmap(-1, 32 * MIB)
        written(shared, 0, 32 * MIB)
        def read(_):
            any(shared[at] > 1 for at in range(0, 32 * MIB, mmap.PAGESIZE))
            time.sleep(0.5)
        copies(3, read)

class Quarters:
    def run(self, X):
        shared = mmap.mmap(-1, 32 * MIB)
        def fill(number):
            written(shared, number * 8 * MIB, (number + 1) * 8 * MIB)
            time.sleep(0.5)
        copies(4, fill)

def grow(pipe):
    kept = taken(64)
    pipe.send("grown")
    time.sleep(600)

class Spawning:
    def run(self, X):
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self.worker = context.Process(target=grow, args=(theirs,), daemon=True)
        self.worker.start()
        ours.recv()
        time.sleep(0.02)

class Unheard:
    '''Starts programs from C: one, and then another in a way that is heard of.'''

    def run(self, X):
        outlast()
        ctypes.CDLL(None).system(b"true")
        subprocess.run(["true"])

class UnheardLiving:
    def run(self, X):
        outlast()
        ctypes.CDLL(None).popen(b"exec sleep 600", b"r")

def work(_):
    while time.process_time() < 0.5:
        pass

class Pooled:
    def run(self, X):
        self.pool = multiprocessing.get_context("fork").Pool(1)
        self.pool.map(work, [0])

class Watched:
    def run(self, X):
        watcher = ~os.getppid() << 3 | 2  # the clock of its processor time, see clock_getcpuclockid(3)
        if os.fork() == 0:
            time.sleep(600)
        began, before = time.monotonic(), time.clock_gettime(watcher)
        while time.monotonic() < began + 0.5:
            pass
        share = (time.clock_gettime(watcher) - before) / (time.monotonic() - began)
        Path("shares").open("a").write(f"{share}\\n")

class WaitingForAll:
    def run(self, X):
        daemon(lambda: time.sleep(600))
        copies(1, lambda number: None)
        try:
            while True:
                os.wait()
        except ChildProcessError:
            pass

class Stopping:
    def run(self, X):
        pid = daemon(lambda: time.sleep(600))
        os.kill(pid, signal.SIGTERM)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.001)
"""

_SUITE = """
from swapbench import Phase, Suite
from light import LIGHT
import model

models = {name: {"python": f"model:{name}"} for name, made in vars(model).items() if isinstance(made, type)}
helped = {"Helped": models.pop("Helped")}
(test_run,) = Suite("family", models=models, **LIGHT, folds=2, phases=["run"]).tests()
(test_help,) = Suite("help", models=helped, **LIGHT, folds=2, phases=[Phase("run", after="prepare")]).tests()
"""


def _measured(folder: Path, *models: str, rounds: int = 2) -> dict[str, Record]:
    project = Project(folder).write(data=DATA, light=LIGHT, model=_MODELS, test_family=_SUITE)
    chosen = [f"--swap-model={model}" for model in models]
    project.measured(*chosen, "--swap-fold=0", f"--swap-rounds={rounds}", "--swap-timeout=20")
    return {record.cell.model: record for record in project.records()}


@pytest.mark.parametrize(
    ("model", "mebibytes"),
    [
        pytest.param("Helped", 32, id="what-is-added-by-one-that-was-there-before"),
        pytest.param("Orphaning", 32, id="one-whose-parent-has-ended"),
        pytest.param("Between", 32, id="what-a-parent-that-has-ended-left-to-it"),
        pytest.param("Freeing", 64, id="what-its-parent-has-freed-since"),
        pytest.param("Readers", 32, id="shared-memory-once"),
        pytest.param("Quarters", 32, id="shared-memory-of-which-each-has-a-part"),
    ],
)
def test_the_memory_of_a_family_is_counted_once(tmp_path: Path, model: str, mebibytes: int) -> None:
    samples = _measured(tmp_path, model, rounds=3)[model].samples
    assert [sample["peak_memory_bytes"] / MIB for sample in samples] == pytest.approx([mebibytes] * 3, abs=1.0)
    assert all(sample["memory_complete"] for sample in samples)


def test_what_multiprocessing_spawns_is_watched(tmp_path: Path) -> None:
    samples = _measured(tmp_path, "Spawning")["Spawning"].samples
    assert min(sample["peak_memory_bytes"] / MIB for sample in samples) > 64
    assert all(sample["memory_complete"] for sample in samples)


@pytest.mark.parametrize("model", ["Unheard", "UnheardLiving"])
def test_what_could_not_be_watched_is_told(tmp_path: Path, model: str) -> None:
    samples = _measured(tmp_path, model)[model].samples
    assert [sample["memory_complete"] for sample in samples] == [False, False]


def test_the_time_of_what_a_model_started_is_its_own_and_no_other_load(tmp_path: Path) -> None:
    samples = _measured(tmp_path, "Pooled")["Pooled"].samples
    assert min(sample["cpu_s"] for sample in samples) >= 0.5
    # It takes nine tenths of a core; what is left of 0.6 is for whoever else is on the machine.
    assert min(sample["foreign_cpus"] for sample in samples) < 0.6


def test_watching_takes_a_small_share_of_a_core(tmp_path: Path) -> None:
    _measured(tmp_path, "Watched")
    assert max(float(share) for share in (tmp_path / "shares").read_text().split()) < 0.08


def test_watching_is_no_other_load() -> None:
    watched = Meter((0,), fine=False, others=lambda: Others(0.0, 0.0), elapsed_s=1.0, busy_s=0.95, waited_s=0.3)
    watched.cpu_s, watched.watching_s = 0.6, 0.3
    assert watched.foreign().cpus == pytest.approx(0.03)
    assert watched.foreign().waited == 0


def test_a_model_finds_only_its_own_processes_among_its_children(tmp_path: Path) -> None:
    assert _measured(tmp_path, "WaitingForAll")["WaitingForAll"].status == "ok"


def test_a_daemon_that_a_model_stops_is_gone(tmp_path: Path) -> None:
    assert _measured(tmp_path, "Stopping")["Stopping"].status == "ok"
