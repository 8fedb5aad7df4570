"""Fuzzing: whatever a stranger makes of a file, its reader returns, or refuses it in a sentence that names it.

It does so within its memory and in its time, and runs nothing, calls nobody, and writes nothing elsewhere. As many
files as one likes are tried by `PYTHONPATH=tests python -m fuzzing --examples N`; docs/security.md has the counts.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import strategies as st

from fuzzing import guard
from fuzzing.reader import HEAD, Reader, Told
from fuzzing.readers import OWNERS
from fuzzing.run import given_to
from helpers import require
from library_process import Ask, process

NEEDS = {
    "instrument": (),
    "shared": ("torch", "safetensors"),
    "can": ("torch", "can"),
    "video": ("torch", "av", "timm", "skimage"),
    "fingerprint": ("torch", "polars", "fsspec"),
    "neural": ("torch", "sklearn"),
}
# How many files a reader is given: few in passing, more where it may take a minute, or as many as one likes.
FEW, MANY = 12, int(os.environ.get("SWAPBENCH_FUZZING", "120"))


@pytest.fixture(scope="module")
def guarded() -> Iterator[Ask]:
    """Yield what calls functions in a process of its own: for its life it hears of what it does, and is bounded."""
    with process(PYTHONWARNINGS="ignore") as ask:
        yield ask


def held(told: list[Told]) -> None:
    assert told
    found = "\n".join(f"{one.line()}\n    {one.found}" for one in told if one.found)
    assert not found, f"{HEAD}\n{found}"


@pytest.mark.parametrize("owner", OWNERS)
def test_every_reader_reads_or_refuses_what_it_is_given(guarded: Ask, owner: str) -> None:
    require(*NEEDS[owner])
    held(guarded("fuzzing.run:fuzzed", owner, FEW))


@pytest.mark.long
@pytest.mark.parametrize("owner", OWNERS)
def test_every_reader_reads_or_refuses_what_it_is_given_however_often(guarded: Ask, owner: str) -> None:
    require(*NEEDS[owner])
    held(guarded("fuzzing.run:fuzzed", owner, MANY, 1))


# The guard


def wrote(folder: Path) -> list[Path]:
    (folder / "file").write_bytes(b"sound")
    return [folder / "file"]


def once(deed: Callable[[], object], path: Path) -> None:
    """Read a file as a reader does, and where it is not as it was written do something else."""
    if path.read_bytes() != b"sound":
        deed()


DEEDS: dict[str, tuple[Callable[[], object], str]] = {
    "runs": (lambda: exec("1"), "Deed"),  # noqa: S102  # what must be noticed
    "starts": (lambda: subprocess.run(["true"], check=True), "Deed"),
    "opens": (lambda: Path("/etc/hostname").read_bytes(), "Deed"),
    "writes": (lambda: Path("made").write_bytes(b""), "Deed"),
    "removes": (lambda: Path("kept").unlink(), "Deed"),
    "hangs": (lambda: time.sleep(60), "Hang"),
    "fills memory": (lambda: bytes(2**31), "MemoryError"),
    "grows": (lambda: bytearray(b"x" * 2**29), "more than 256 MiB of memory"),
    "raises": (lambda: {}["x"], "KeyError"),
    "names nothing": (lambda: int("x"), "without its name, ValueError"),
}


def deeds(name: str) -> list[str]:
    """Return what is noticed of a reader that does a deed."""
    guard._PATIENCE_S = 1
    reader = Reader(wrote, partial(once, DEEDS[name][0]), (ValueError,), lambda *_: st.just(b"x"), links=False)
    return list(given_to(name, reader, 1).found)


def deeds_of_all() -> dict[str, list[str]]:
    return {name: deeds(name) for name in DEEDS}


def test_the_guard_notices_whatever_a_reader_does_beside_reading() -> None:
    with process() as ask:
        ask("fuzzing.guard:begin")
        found = ask(deeds_of_all)
    assert {
        name: [what for what in told if what.startswith(DEEDS[name][1])] != [] for name, told in found.items()
    } == dict.fromkeys(DEEDS, True)


def test_the_command_prints_a_line_a_reader_and_fails_where_one_does_something_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fuzzing", "instrument: tolerances.toml", "--examples", "20"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    head, *lines = done.stdout.splitlines()
    assert head == HEAD
    assert [line.split("  ")[0] for line in lines] == ["instrument: tolerances.toml"]
