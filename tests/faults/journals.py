"""Journals: a file of one is cut off or has a bit flipped, at every byte of its last pages or anywhere."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from faults.damage import damaged, flipped
from faults.fault import Fault, Late
from faults.kills import killed
from faults.promise import insist
from faults.victim import FILES, Truth, Victim, result
from swapbench.base.error import SwapError
from swapbench.record.journal import Journal

_LAST = 2 * 4096
_MEMORY = Path("/dev/shm")  # noqa: S108  # where nothing has to be synced
STEP = 64  # of the bytes, one victim takes every so many: that many victims take them all
_ALL = 5  # from here on they are to


def every_byte(victim: Victim, truth: Truth, step: int = STEP) -> int:
    """Damage the journal of a run that has ended, and that of one which was killed, at every so many of its last bytes,
    and read each as commands do; return how often."""
    times = 0
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        for name, content in _states(Path(folder) / "kept", truth):
            for damage in _damages(content[name], victim, step):
                _insist_on_truth({**content, name: damage}, Path(folder) / "damaged", truth)
                times += 1
    return times


def _states(folder: Path, truth: Truth) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield the files of a journal, and which of them is to be damaged: of one that was closed the file itself, of one
    that was not the log beside it, too, which has all there is."""
    ended = {FILES[0]: (truth.folder / ".benchmarks" / "swapbench" / FILES[0]).read_bytes()}
    yield FILES[0], ended
    with closing(Journal(folder)) as journal:
        run = truth.run
        journal.begin(run.name, {})
        journal.plan(run.name, run.outlines, run.planned.items())
        for record in run.records:
            journal.write(run.name, record)
        killed = {name: (folder / name).read_bytes() for name in FILES}
    yield FILES[1], killed


def _damages(content: bytes, victim: Victim, step: int) -> Iterator[bytes]:
    """Yield the content cut off, and with a bit flipped, at every so many of its last bytes."""
    for at in range(max(0, len(content) - _LAST) + victim.number % step, len(content), step):
        yield content[:at]
        yield flipped(content, at, victim.chance.randrange(8))


def _insist_on_truth(files: dict[str, bytes], folder: Path, truth: Truth) -> None:
    """Insist that what is read of a journal is as it was written, or that it is said to be damaged."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        with closing(Journal(folder)) as journal:
            last = journal.last_run()
            run = journal.run(last) if last is not None else None
    except SwapError as error:
        insist("damaged" in str(error), "untold", str(error))
        return
    if run is not None and run.planned:  # what is cut off with the log had not begun
        insist([*run.planned.values()] == [*truth.run.planned.values()], "wrong", "another plan")
        insist(run.outlines == truth.run.outlines, "wrong", "other suites")
        insist(all(result(record) in truth.results for record in run.records), "wrong", "another record")


def _anywhere(victim: Victim, truth: Truth) -> None:
    """Damage the journal of a run that has ended or was killed, and ask for the run to go on."""
    if victim.chance.random() < 0.5:
        shutil.copytree(truth.folder / ".benchmarks", victim.folder / ".benchmarks")
    elif not killed(victim.command(), truth.took_s["0"], victim.chance):
        raise Late
    files = [victim.store / name for name in FILES if (victim.store / name).exists()]
    if not files:
        raise Late
    damaged(victim.chance.choice(files), victim.chance)
    running = victim.command("--swap-resume", new=True)
    if running.ended({0, 4}) == 4:
        insist(running.output.count("is damaged (") == 1, "untold", running.output)
        recovered = victim.swapbench("recover", "--store", str(victim.store))
        if recovered.ended({0, 2}) == 2:  # there may be nothing left that is whole
            insist("holds nothing that is whole" in recovered.output, "untold", recovered.output)
            for name in FILES:
                (victim.store / name).unlink(missing_ok=True)
    victim.known = {}  # what lay in the damaged bytes is measured again


FAULTS = [
    Fault(
        "journal cut off or with a flipped bit, at every byte of its last pages, read by itself",
        "What is read is what was written: the rest is told as damaged, or as not measured yet.",
        every_byte,
        finish=False,
        times=lambda each: each if each < _ALL else STEP,
    ),
    Fault(
        "journal damaged anywhere, gone on with",
        "It is told as damaged, `swapbench recover` keeps what is whole, and `--swap-resume` measures the rest again.",
        _anywhere,
    ),
]
