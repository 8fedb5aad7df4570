"""Attempts: a cell that ran out of memory is tried again with half its batch, and its record says so."""

from dataclasses import dataclass, replace
from typing import Any

from swapbench.run.job import Job
from swapbench.run.request import Request

_MOST = 4  # a sixteenth of the batch; what does not fit then has another trouble than its batch


@dataclass(frozen=True)
class Attempt:
    """One try that ran out of memory: the options of its spec that the next try has others of, and why it ended."""

    options: dict[str, int]
    reason: str

    def as_dict(self) -> dict[str, Any]:
        return {"options": self.options, "reason": self.reason}


def options(job: Job) -> dict[str, int]:
    """Return the options of a job's spec that a smaller batch changes: none where no batch of several is declared."""
    spec = job.request.spec
    found = {name: spec[name] for name in ("batch_size", "accumulation") if _whole(spec.get(name))}
    return found if found.get("batch_size", 1) > 1 else {}


def smaller(job: Job, tried: int) -> Job | None:
    """Return a job with half the batch, after so many that ran out of memory; None where nothing is left to try.

    A model that declares an `accumulation` too, of batches a step, gets as much more of that as keeps the examples of a
    step: the batch is then the largest that shares them out evenly, and half at most. What it fits is kept under a name
    of its own. The models that it needs stay what they are.
    """
    now = options(job)
    if not now or tried >= _MOST:
        return None
    changed = {"batch_size": now["batch_size"] // 2}
    if now.get("accumulation", 0) > 0:
        step = now["batch_size"] * now["accumulation"]
        while step % changed["batch_size"]:
            changed["batch_size"] -= 1
        changed["accumulation"] = step // changed["batch_size"]
    own = job.own and replace(job.own, request=_with(job.own.request, changed))
    return replace(job, request=_with(job.request, changed), own=own)


def _with(request: Request, changed: dict[str, int]) -> Request:
    fitted = request.fitted and f"{request.fitted}-batch{changed['batch_size']}"
    return replace(request, spec={**request.spec, **changed}, fitted=fitted)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
