"""Endings: the status of a family's command, and one sentence where it did not come to its end."""

import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

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
        with _harmless():
            status = command()
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _GONE
    except (FamilyError, OSError, ModuleNotFoundError) as error:
        with _harmless():
            print(_told(error, extra), file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print(f"Interrupted.{how_to_go_on()}", file=sys.stderr)
        return _INTERRUPTED
    return status


# What commands a terminal or turns letters round, but for what bars are drawn with; and what CI takes for a command,
# GitHub's at the beginning of a line, others' anywhere.
_CONTROLS = re.compile(
    r"(?!\x1b\[A|[\n\t\r])[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\r(?=[^\n]*::)"
)
_COMMANDS = re.compile(r"(?m)^[^\S\n]*:(?=:)|#(?=#\w*\[)")


class _Harmless:
    """A stream to which texts are written without what somebody's data would have it, or a terminal, do."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(_COMMANDS.sub(r"\g<0> ", _CONTROLS.sub("\ufffd", text)))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _harmless() -> Iterator[None]:
    """Have nothing that is printed in a with block command whoever reads it."""
    out, errors = (cast(TextIO, _Harmless(stream)) for stream in (sys.stdout, sys.stderr))
    with redirect_stdout(out), redirect_stderr(errors):
        yield


def _told(error: FamilyError | OSError | ModuleNotFoundError, extra: str) -> str:
    """Return the sentence of an error; raises it where it is a defect of ours."""
    if isinstance(error, OSError):
        return f"{error.filename or 'A file'}: {error.strerror or error}"
    if isinstance(error, FamilyError):
        return str(error)
    if not extra or (error.name or "").startswith("swapbench_models"):
        raise error
    return f'{error.name} is not installed; pip install "swapbench[{extra}]" brings it.'
