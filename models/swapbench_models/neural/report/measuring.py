"""Measuring: pytest with the instrument, in a process of its own, which writes the run that a report is made of."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from swapbench_models.neural.error import NeuralError

SUITE = Path("bench") / "test_neural.py"
EPOCHS, PAIRS = "NEURAL_EPOCHS", "NEURAL_PAIRS"  # read by the suite
# How long a process that was interrupted may take: the terminal tells it as well, so that it is not told at once.
_HEARD_S, _ENDING_S = 3.0, 20.0
# What pytest ends with when it has run: all passed, some failed.
_RAN = (0, 1)
_NO_TESTS = 5


def suite_of(given: str | None) -> Path:
    """Return the suite that was given, or that lies in the working directory or a folder above it; raises NeuralError
    where there is none."""
    if given is not None:
        if not Path(given).exists():
            raise NeuralError(f"--suite {given}: there is no such file.")
        return Path(given).absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / SUITE).is_file():
            return folder / SUITE
    raise NeuralError(
        f"There is no {SUITE} here nor in a folder above: run this in a checkout, say --suite PATH, or make the report "
        "of a run that is there with --from RUN.json."
    )


def measure(suite: Path, chosen: Sequence[str], epochs: int | None, run: Path) -> int:
    """Have the chosen cells measured and the run written to a file, whose folder must be there; return pytest's status.

    What pytest says goes to the error stream. Raises NeuralError where no run was written; the file that was there
    before is then as it was.
    """
    command = [sys.executable, "-m", "pytest", str(suite), "--benchmark-only", "-q", "-p", "no:cacheprovider"]
    with TemporaryDirectory(prefix=".partial-", dir=run.parent) as folder:
        partial = Path(folder) / run.name
        status = _ended([*command, *chosen, f"--swap-report={partial}"], epochs)
        if status == _NO_TESTS:
            raise NeuralError(f"No benchmark results available: {suite} has no cells of what was asked for.")
        if status not in _RAN or not partial.is_file():
            raise NeuralError(f"Nothing was measured: pytest ended with status {status}, and says above why.")
        partial.replace(run)
    return status


def _ended(command: Sequence[str], epochs: int | None) -> int:
    """Run a command to its end, also where this process is interrupted, and return its status."""
    with subprocess.Popen(command, env=_environment(epochs), stdin=subprocess.DEVNULL, stdout=2) as process:
        try:
            return process.wait()
        except BaseException:
            _interrupt(process)
            raise


def _environment(epochs: int | None) -> Mapping[str, str]:
    """Return this process's environment, without what an outer pytest has set for itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_") and name != EPOCHS}
    asked = {} if epochs is None else {EPOCHS: str(epochs)}
    return {**kept, PAIRS: "1", **asked}


def _interrupt(process: "subprocess.Popen[bytes]") -> None:
    """End a process: it is waited for, then interrupted, then killed."""
    for number, patience_s in ((None, _HEARD_S), (signal.SIGINT, _ENDING_S), (signal.SIGKILL, None)):
        if number is not None:
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
            return
