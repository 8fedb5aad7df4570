"""The local engine: executes jobs in children of this machine, in the slot of one worker."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from swapbench.base.waiting import OnStderr
from swapbench.run.job import Job
from swapbench.run.measurement import Measurement, measure
from swapbench.run.provisions import Provisions
from swapbench.run.settings import Settings
from swapbench.run.supervisor import Supervisor


class LocalEngine:
    """Executes each job when its result is asked for; `tell` is given a sentence when another run keeps it waiting.
    Measured code has the variables of this process, unless it is to inherit others."""

    def __init__(
        self,
        settings: Settings,
        tell: Callable[[str], None] | None = None,
        inherited: Mapping[str, str] | None = None,
    ) -> None:
        self._settings = settings
        threads, seed = settings.threads, settings.seed
        self.provisions = Provisions(
            Supervisor(settings.slot, threads, seed, tell=tell or OnStderr(), inherited=inherited)
        )

    def submit(self, *sides: Job) -> None:
        """Take a job on: nothing of it is done ahead, for its turn on this machine is when its result is wanted."""

    def result(self, *sides: Job) -> Sequence[dict[str, Any]]:
        """Measure, and return the values of the record of each side."""
        made = [Measurement(job) for job in sides]
        measure(self.provisions, made)
        # Sides of a pair do the same or are not compared, so only a cell by itself may have a smaller batch.
        while len(made) == 1 and (smaller := made[0].again()) is not None:
            made = [smaller]
            measure(self.provisions, made)
        settings, start = self._settings, self.provisions.supervisor.start_method
        told = settings.slot.mode, settings.workers
        return [one.values(*told, start(one.job.request.backend), settings.machine_class) for one in made]

    def close(self) -> None:
        """End the fork servers."""
        self.provisions.supervisor.close()
