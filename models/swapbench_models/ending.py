"""Endings: the status of a family's command, and one sentence where it did not come to its end."""

import io
import os
import sys
from collections.abc import Callable

from swapbench_models.error import FamilyError

_FAILED, _INTERRUPTED = 2, 130
_GONE = 141  # as the shell says it of a writer whose reader has gone


def speak_plainly() -> None:
    """Let both streams show what a terminal has no letters for: names of files and texts may hold anything."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def ended(command: Callable[[], int], extra: str = "", how_to_go_on: Callable[[], str] = str) -> int:
    """Run a command, and return its exit status: its own, or 2 with one sentence for what cannot be done, and 130 where
    it was interrupted, with `how_to_go_on`. Where a library is lacking, the `extra` that brings it is named."""
    try:
        status = command()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _GONE
    except (FamilyError, OSError, ModuleNotFoundError) as error:
        print(_told(error, extra), file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"Interrupted.{how_to_go_on()}", file=sys.stderr)
        return _INTERRUPTED
    return status


def _told(error: FamilyError | OSError | ModuleNotFoundError, extra: str) -> str:
    """Return the sentence of an error; raises it where it is a defect of ours."""
    if isinstance(error, OSError):
        return f"{error.filename or 'A file'}: {error.strerror or error}"
    if isinstance(error, FamilyError):
        return str(error)
    if not extra or (error.name or "").startswith("swapbench_models"):
        raise error
    return f'{error.name} is not installed; pip install "swapbench[{extra}]" brings it.'
