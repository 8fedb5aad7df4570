"""Runs of pytest that a command starts, in a process of their own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from harness.plan.error import SwapError


def run_pytest(arguments: Sequence[str], folder: Path) -> str:
    """Run pytest in a folder and return what it printed; raises SwapError with its own words when it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SwapError(_told(done.stdout, done.stderr) or f"pytest ended with status {done.returncode}.")
    return done.stdout


def _told(output: str, errors: str) -> str:
    """Pick out the sentence in which pytest says what is wrong: an error line, or the text under its heading."""
    lines = [line.strip() for line in (output + "\n" + errors).splitlines() if line.strip()]
    for line in lines:
        if line.startswith("ERROR: "):
            return line.removeprefix("ERROR: ")
    for heading, line in pairwise(lines):
        if heading.startswith("_") and "ERROR collecting" in heading:
            return line
    return lines[-1] if lines else ""
