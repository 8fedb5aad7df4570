"""The local engine: executes jobs in children of this machine, in the slot of one worker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from swapbench.run.job import Job
from swapbench.run.measurement import Measurement, measure
from swapbench.run.provisions import Provisions
from swapbench.run.supervisor import Supervisor


@dataclass
class LocalEngine:
    """Executes each job when its result is asked for; `workers` are as many as share the machine in this run."""

    supervisor: Supervisor
    workers: int = 1
    provisions: Provisions = field(init=False)

    def __post_init__(self) -> None:
        self.provisions = Provisions(self.supervisor)

    def submit(self, *sides: Job) -> None:
        """Take a job on: nothing of it is done ahead, for its turn on this machine is when its result is wanted."""

    def result(self, *sides: Job) -> Sequence[dict[str, Any]]:
        """Measure, and return the values of the record of each side."""
        made = [Measurement(job) for job in sides]
        measure(self.provisions, made)
        slot, start = self.supervisor.slot.mode, self.supervisor.start_method
        return [one.values(slot, self.workers, start(one.job.request.backend)) for one in made]

    def close(self) -> None:
        """End the fork servers."""
        self.supervisor.close()
