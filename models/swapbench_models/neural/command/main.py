"""The whole command: its parts, and how each ends."""

import argparse
import os
from collections.abc import Sequence

from swapbench_models.ending import ended, speak_plainly
from swapbench_models.neural.backends.hushed import LEVEL, NOTHING
from swapbench_models.neural.command import (
    benchmarking,
    checking,
    cleaning,
    compiling,
    converting,
    debugging,
    listing,
    running,
    searching,
    training,
    versions,
    visualizing,
)
from swapbench_models.neural.command.versions import Version
from swapbench_models.neural.error import NeuralError

_PARTS = (
    listing,
    training,
    checking,
    compiling,
    converting,
    running,
    searching,
    debugging,
    visualizing,
    benchmarking,
    cleaning,
    versions,
)
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0; 1 when a text that was to be checked is faulty; 2 with what is
    wrong, for what cannot be done; 130 when it was interrupted."""
    speak_plainly()
    os.environ.setdefault(LEVEL, NOTHING)  # what TensorFlow logs of itself is no part of any answer
    return ended(lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    if options.cpu:
        _keep_to_the_processor(options)
    if hasattr(options, "threads"):
        _keep_to_threads(options.threads)
    status: int = options.command(options)
    return status


def _keep_to_the_processor(options: argparse.Namespace) -> None:
    """Let a command compute on the processor, those that have no --device too: libraries look for GPUs as they are
    imported, which has not happened yet."""
    if getattr(options, "device", None) not in {None, "cpu"}:
        raise NeuralError(f"--cpu and --device {options.device}: say one of them.")
    options.device = "cpu"
    os.environ.update(CUDA_VISIBLE_DEVICES="", JAX_PLATFORMS="cpu")


def _keep_to_threads(many: int | None) -> None:
    """Have so many threads compute, which libraries learn as they are imported; one where nobody says how many."""
    if many is None and "OMP_NUM_THREADS" in os.environ:
        return
    told = str(many or 1)
    os.environ.update(dict.fromkeys(_THREADS, told))
    eigen = "false" if told == "1" else "true"
    os.environ.setdefault("XLA_FLAGS", f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={told}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m swapbench_models.neural",
        description="A language for networks: checked, compiled for a backend, trained and compared.",
    )
    parser.add_argument("--version", action=Version, help="say what is installed, and in which version")
    parser.set_defaults(verbose=False, cpu=False)
    _add_common(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in _PARTS:
        part.add(commands)
    for each in commands.choices.values():
        _add_common(each)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    """Add what may stand before the command, and after it."""
    parser.add_argument(
        "-v", "--verbose", action="store_true", default=argparse.SUPPRESS, help="tell more: times and notes, on stderr"
    )
    parser.add_argument("--cpu", action="store_true", default=argparse.SUPPRESS, help="the same as --device cpu")
