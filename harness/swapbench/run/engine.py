"""Engines: what executes jobs. A job goes in, the values of its record come out, and nothing else passes between."""

from collections.abc import Sequence
from typing import Any, Protocol

from swapbench.run.job import Job


class Engine(Protocol):
    """Executes jobs, on this machine or on others.

    All that a cell needs happens where its job runs: its data and artefacts are made there, its rounds are measured
    there, and its record names the environment and the machine that they were measured in. Every job that was submitted
    has a result, however it ended; nothing that is wrong with a cell is raised.
    """

    def submit(self, *sides: Job) -> None:
        """Take a job on; several sides of one comparison make their rounds in turn, on one machine."""

    def result(self, *sides: Job) -> Sequence[dict[str, Any]]:
        """Wait until what was submitted has ended, and return the values of the record of each side (Record.measured
        reads them)."""

    def close(self) -> None:
        """End all that is under way, and let go of what the engine holds."""
