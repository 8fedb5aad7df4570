"""What the command may write over: what it has written itself, and nobody has edited since."""

import argparse
from pathlib import Path

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.seal import LARGEST, sealed


def add_force(parser: argparse.ArgumentParser) -> None:
    """Add whether files of others are written over."""
    parser.add_argument(
        "--force", action="store_true", help="write over what this command has not written, or somebody has edited"
    )


def require_free(file: Path, form: str, options: argparse.Namespace) -> None:
    """Raise NeuralError where a file holds what its seal does not say the command wrote, unless --force is said.

    `form` is what it is to be written as, one of seal.FORMS, or nothing where that has no seal.
    """
    if options.force or not file.is_file() or not file.stat().st_size:
        return
    intact = sealed(file.read_bytes(), form) if form and file.stat().st_size <= LARGEST else None
    if not intact:
        why = "has been edited since it was written" if intact is False else "was not written by this command"
        if not form:
            why = "is there, and nothing in such a file says whether this command wrote it"
        raise NeuralError(f"{file}: {why}; give another place, or say --force to write over it.")
