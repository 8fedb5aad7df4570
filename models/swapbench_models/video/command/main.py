"""The whole command: its parts, and how each ends."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from swapbench_models.error import FamilyError
from swapbench_models.video.command import comparing, evaluating, extracting, generating, listing, training

if TYPE_CHECKING:
    from swapbench_models.video.runs.classifier import Factory

_PARTS = (listing, generating, extracting, training, evaluating, comparing)
_GONE = 141  # as the shell says it of a writer whose reader has gone


def main(arguments: Sequence[str] | None = None, make: "Factory | None" = None) -> int:
    """Run one command and return its exit status: 0; 1 when it ended, but something in it failed or is not as it was;
    2 with one sentence for what cannot be done; 130 when it was interrupted.

    `make` makes the classifiers that are trained, the family's own by default.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names of files may hold bytes that are no text
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    options.make = make
    try:
        status: int = options.command(options)
        sys.stdout.flush()
    except FamilyError as error:
        print(error, file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("swapbench_models"):
            raise
        print(f'{error.name} is not installed; pip install "swapbench[video]" brings it.', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"Interrupted.{getattr(options, 'interrupted', '')}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _GONE
    except OSError as error:
        print(f"{error.filename or 'A file'}: {error.strerror or error}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m swapbench_models.video", description="Classifiers of clips: trained on folds, checked and compared."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for part in _PARTS:
        part.add(commands)
    return parser
