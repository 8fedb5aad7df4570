"""Runs of pytest that a command starts, in a process of their own."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from swapbench.base.error import SwapError
from swapbench.base.interpreter import command

_NO_TESTS = 5


def run_pytest(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, owner: str = ""
) -> str:
    """Run pytest in a folder, with some variables of its environment set, and return what it printed.

    Raises SwapError with pytest's own words when it fails, after the name of the `owner`. Having collected no tests is
    no failure.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command("pytest", "-q", "-p", "no:cacheprovider", *arguments),
        cwd=folder,
        env={**kept, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, _NO_TESTS):
        words = _in_words(done.stdout, done.stderr) or f"pytest ended with status {done.returncode}."
        raise SwapError(f"{owner}: {words}" if owner else words)
    return done.stdout


def _in_words(output: str, errors: str) -> str:
    """Pick out the sentence in which pytest says what is wrong: an error line, or the text under its heading with the
    exception that is named last there."""
    lines = [line.strip() for line in (output + "\n" + errors).splitlines() if line.strip()]
    for line in lines:
        if line.startswith("ERROR: "):
            return line.removeprefix("ERROR: ")
    for number, (heading, line) in enumerate(pairwise(lines)):
        if heading.startswith("_") and "ERROR collecting" in heading:
            raised = [own.removeprefix("E ").strip() for own in lines[number + 2 :] if own.startswith("E ")]
            return " ".join([line, *raised[-1:]])
    return lines[-1] if lines else ""
