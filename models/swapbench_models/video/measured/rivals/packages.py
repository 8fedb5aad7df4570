"""PyTorchVideo, as it is published, with what it needs beside torch, in a folder of its own."""

import subprocess
import sys
from importlib import resources
from pathlib import Path

from swapbench_models.video.error import VideoError

_ASKED = "packages.txt"
# These versions and checksums, and nothing that they ask for: what they need of it is in the list. Half of them are
# published as source alone.
_OPTIONS = ("--no-deps", "--require-hashes", "--disable-pip-version-check", "--retries", "1")


def install(folder: Path) -> None:
    """Have pip fetch the packages into a folder; raises VideoError with pip's own reason where it cannot."""
    with resources.as_file(resources.files(__package__).joinpath(_ASKED)) as asked:
        command = [sys.executable, "-m", "pip", "install", *_OPTIONS, "--target", str(folder), "-r", str(asked)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise VideoError(
            f"PyTorchVideo's packages cannot be installed ({said[-1] if said else 'pip said nothing'}); "
            "give pip a way to the package index."
        )
