"""What an engine has brought of a job: taken where it is the job's record, and whole."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from swapbench.base.error import SwapError
from swapbench.record import reading
from swapbench.record.record import STATUSES, Record
from swapbench.run.job import Job

_ENDS = tuple(status for status in STATUSES if status != "skipped")  # what is not there never comes to an engine
# What a record just measured has beyond what is needed to read one: all that is compared and shown of it.
_SAMPLE = set(reading.SAMPLE) - {"together", "server"}
_ENVIRONMENT = ("threads", "cpus", "slot", "seed", "folds", "data", "versions", "machine")


def record_of(job: Job, brought: Any, engine: str) -> Record:
    """Return the record of a job, in which the engine is named; raises SwapError, which names engine and cell, for
    whatever is not wholly that."""
    try:
        record = _whole(job, brought)
    except ValueError as error:
        what = f"what it brought of {job.cell} is not its record"
        raise SwapError(f"--swap-engine {engine}: {what}: {error}.") from error
    return replace(record, environment={**record.environment, "engine": engine})


def _whole(job: Job, brought: Any) -> Record:
    if not isinstance(brought, list | tuple) or len(brought) != 1 or not isinstance(brought[0], Mapping):
        raise ValueError("it is no list of one dictionary")
    record = Record.measured(dict(brought[0]))
    wrong = next(_wrong(job, record), None)
    if wrong is not None:
        raise ValueError(wrong)
    return record


def _wrong(job: Job, record: Record) -> Iterator[str]:
    """Say what forbids taking a record for that of the job."""
    if record.cell != job.cell:
        yield f"it is of {record.cell}"
    if record.key != job.key:
        yield f"key is {record.key!r} and not {job.key!r}"
    if record.status not in _ENDS:
        yield f"status is {record.status!r} and not one of {', '.join(_ENDS)}"
    reading.each(reading.having(reading.SAMPLE, _SAMPLE))("samples", record.samples)
    if record.status != "ok":
        if not record.reason:
            yield f"reason is empty, and status {record.status!r}"
        return
    if len(record.samples) != job.rounds:
        yield f"it has {len(record.samples)} of {job.rounds} rounds"
    reading.having(reading.ENVIRONMENT, _ENVIRONMENT)("environment", record.environment)
    wanted = {metric["name"] for metric in job.request.metrics if job.request.phase["scored"]}
    for name in sorted(wanted - {*record.scores, *record.undefined}):
        yield f"scores.{name} is lacking, and undefined does not say why"
    for name in sorted(set(record.scores) - wanted):
        yield f"scores.{name} is there, which is no metric of its suite"
