"""Parallel training: several processes learn what one learns, and end together however one of them ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from helpers import environment
from library_process import Ask, process
from swapbench.record.journal import Journal

CHILD = "training_parallel_child"
pytestmark = [
    pytest.mark.both_cores,
    pytest.mark.skipif(not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="one core"),
]


@pytest.fixture(scope="module")
def torch() -> Iterator[Ask]:
    with process("torch", "safetensors") as ask:
        yield lambda name, *arguments: ask(f"{CHILD}:{name}", *arguments)
        ask(f"{CHILD}:close")


@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted classes"])
@pytest.mark.parametrize(
    "sharing", [(8, 1), (7, 1), (29, 1), (8, 2), (7, 3)], ids=["even", "uneven", "one left", "of two", "of three"]
)
def test_two_processes_learn_what_one_learns_however_their_shares_come_out(
    torch: Ask, sharing: tuple[int, int], weighted: bool
) -> None:
    one, two = torch("both", sharing, weighted)
    assert two["digest"] != one["digest"]  # sums are added up in another order, so it has been done by two
    for name in ("losses", "validation_losses"):
        assert two["progress"][name] == pytest.approx(one["progress"][name], rel=1e-5)
    assert two["progress"]["steps"] == one["progress"]["steps"]
    for ours, theirs in zip(two["weights"], one["weights"], strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)


def test_a_training_by_two_goes_on_as_if_it_had_never_been_interrupted(torch: Ask, tmp_path: Path) -> None:
    (whole, resumed), kept = torch("gone_on", tmp_path)
    assert whole == resumed
    assert kept == {"latest", "best"}


def test_each_has_one_core_and_thread_and_listens_on_loopback_alone(torch: Ask, tmp_path: Path) -> None:
    (first, *one), (second, *other) = torch("placed", tmp_path)
    assert len(first) == len(second) == 1
    assert first != second
    assert one[0] == other[0] == 1
    assert {*one[1], *other[1]} == {"0100007F"}


def test_what_is_handed_over_is_everybodys_own(torch: Ask) -> None:
    assert torch("handed") == ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])


def test_a_world_of_one_needs_no_process_and_leaves_the_threads_as_they_were(torch: Ask) -> None:
    assert torch("alone") == (True, 2)


def test_shares_are_the_batch_and_nearly_alike(torch: Ask) -> None:
    assert torch("shares", 20)
    assert torch("not_shared") == (
        "A batch that is a list does not say how it is shared out among processes; give Training a `share` of batch, "
        "rank and size."
    )


def test_what_cannot_be_started_is_refused_in_a_sentence(torch: Ask) -> None:
    assert torch("refused", 2) == (
        "2 ranks: each needs a core, and this process may use 1; start fewer, or give it more."
    )
    assert torch("refused", 0) == "0 ranks: give a number from 1 on."
    assert torch("refused", 1, "tpu") == "There is no device 'tpu'; choose cpu or cuda."


def test_without_devices_cuda_is_refused_in_a_sentence(torch: Ask) -> None:
    if torch("devices"):
        pytest.skip("there are devices")
    assert torch("refused", 2, "cuda") == (
        "2 ranks on 'cuda': each needs a CUDA device, and there are 0; start fewer, or on 'cpu'."
    )


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("SIGKILL", "it ended by SIGKILL."),
        (
            "leaves a weight out",
            "Some of the weights have no part in the loss of a batch, so that processes cannot",
        ),
    ],
)
def test_one_that_fails_ends_all_with_its_own_error(torch: Ask, how: str, words: str) -> None:
    assert torch("refusal", how).partition(": ")[2].startswith(words)


def test_one_that_runs_out_of_memory_has_all_begin_anew_with_less(torch: Ask) -> None:
    failed, done = torch("with_less")
    assert failed == "8 at a time, 1 times a step: MemoryError: Rank 1 of 2: MemoryError: none left."
    assert done == "4 at a time, 2 times a step: done"


def test_the_example_of_the_documentation_runs(torch: Ask, tmp_path: Path) -> None:
    *_, code, _ = re.split("```(?:python)?", (Path(__file__).parents[1] / "docs" / "training.md").read_text())
    (tmp_path / "taught.py").write_text(code)
    one, two = torch("shown", tmp_path)
    assert two == pytest.approx(one, abs=1e-5)


@pytest.mark.long
def test_one_that_stops_is_not_waited_for_longer_than_is_said(torch: Ask) -> None:
    assert torch("stopped").startswith("The ranks waited 3 s for rank 1 in vain (RuntimeError: ")


@pytest.mark.long
@pytest.mark.soak
def test_the_suite_measures_starting_and_training_and_finds_all_rows_alike(tmp_path: Path) -> None:
    command = ["-m", "pytest", "bench/claims/test_training_parallel.py", "--benchmark-only", "-p", "no:cacheprovider"]
    options = ["--swap-profile=standard", "--swap-threads=2", "--swap-fold=0", "--swap-rounds=1", "--swap-slot=none"]
    done = subprocess.run(
        [sys.executable, *command, *options, f"--swap-store={tmp_path / 'store'}"],
        cwd=Path(__file__).parents[1],
        env=environment(SWAPBENCH_LOCKS=str(tmp_path / "locks")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    with closing(Journal(tmp_path / "store")) as journal:
        records = journal.records(journal.last_run() or "")
    found = {f"{each.cell.phase} {each.cell.row.variant}": each for each in records}
    assert {name: record.status for name, record in found.items()} == dict.fromkeys(
        ("start world2", "fit ", "fit world1", "fit world2"), "ok"
    )
    assert all(sample["memory_complete"] for record in records for sample in record.samples)
    assert all(record.scores["scaling_efficiency"] > 0 for name, record in found.items() if name.startswith("fit"))
    two, one = (found[f"fit world{size}"].samples[0] for size in (2, 1))
    assert two["cpu_s"] > 0.8 * one["cpu_s"]  # what its processes use is its own
    assert two["peak_memory_bytes"] > one["peak_memory_bytes"]


STARTED = """
import os, sys, time
from swapbench_models.training.ranks import Ranks
ranks = Ranks("training_parallel_child:called", 2)
ranks.start()
print(*(member.process.pid for member in ranks._members), flush=True)
time.sleep(600)
"""


@pytest.mark.long
def test_they_end_with_whoever_started_them(tmp_path: Path) -> None:
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", STARTED], env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        starter.send_signal(signal.SIGKILL)
    assert len(pids) == 2
    patience = time.monotonic() + 30
    while any(_alive(pid) for pid in pids) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not any(_alive(pid) for pid in pids)


def _alive(pid: int) -> bool:
    try:
        return re.search(r"^State:\tZ", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE) is None
    except OSError:
        return False
